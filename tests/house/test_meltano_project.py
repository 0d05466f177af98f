"""`meltano.yml` says what the documentation promises, and keeps every secret out."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import typing as t
from pathlib import Path

import yaml

from orchestrate import run_job
from tools.connectors import CONNECTORS

ROOT = Path(__file__).resolve().parents[2]
PROJECT: dict[str, t.Any] = yaml.safe_load((ROOT / "meltano.yml").read_text(encoding="utf-8"))
PLUGINS: dict[str, dict[str, t.Any]] = {
    plugin["name"]: plugin for kind in PROJECT["plugins"].values() for plugin in kind
}
ENVIRONMENTS: dict[str, dict[str, t.Any]] = {one["name"]: one for one in PROJECT["environments"]}


def test_the_sandbox_is_the_default_and_nothing_is_reported_to_anybody() -> None:
    assert PROJECT["default_environment"] == "sandbox"
    assert list(ENVIRONMENTS) == ["sandbox", "prod"]
    assert PROJECT["send_anonymous_usage_stats"] is False
    assert PROJECT["venv"] == {"backend": "uv"}


def test_a_sandbox_run_without_a_sandbox_stops_before_it_reaches_a_vendor() -> None:
    assert PROJECT["ff"] == {"strict_env_var_mode": True}
    sandbox = {
        one["name"]: one["config"] for kind in ENVIRONMENTS["sandbox"]["config"]["plugins"].values() for one in kind
    }
    assert {name: config["api_url"] for name, config in sandbox.items()} == {
        "tap-comagic": "$SANDBOX_COMAGIC_URL",
        "tap-genesys": "$SANDBOX_GENESYS_API_URL",
        "target-amplitude": "$SANDBOX_AMPLITUDE_URL",
    }


def test_every_plugin_is_custom_and_complete() -> None:
    for name, plugin in PLUGINS.items():
        assert {"namespace", "executable", "pip_url", "settings"} <= set(plugin), name
        assert "inherit_from" not in plugin, name


def test_our_connectors_install_from_their_folders_with_the_engine_first() -> None:
    for connector in CONNECTORS:
        folders = [folder for folder in (connector.engine, connector.name) if folder]
        editable = " ".join(f"-e ./{folder}" for folder in folders)
        assert PLUGINS[connector.name]["pip_url"] == f"{editable} --constraint constraints/workspace.txt"


def test_configured_settings_exist() -> None:
    for name, plugin in PLUGINS.items():
        known = {setting["name"] for setting in plugin["settings"]}
        assert set(plugin.get("config", {})) <= known, name
    for environment in ENVIRONMENTS.values():
        for plugins in environment["config"]["plugins"].values():
            for plugin in plugins:
                known = {setting["name"] for setting in PLUGINS[plugin["name"]]["settings"]}
                assert set(plugin["config"]) <= known, plugin["name"]


def test_what_goes_to_amplitude_is_in_the_mart_that_it_is_read_from() -> None:
    """The counts of contacts by channel, and no column that the mart does not have."""
    [table] = PLUGINS["tap-duckdb"]["config"]["tables"]
    stream = table["table"].removeprefix("marts.")
    [mapping] = PLUGINS["target-amplitude"]["config"]["streams"].items()
    assert mapping[0] == stream
    schema = yaml.safe_load(
        (ROOT / "transform/models/contacts/profiles/schema_contacts_profiles.yml").read_text(encoding="utf-8")
    )
    [mart] = [model for model in schema["models"] if model["name"] == stream]
    columns = {column["name"] for column in mart["columns"]}
    properties = mapping[1]["user_properties"]
    mapped = [name for names in properties.values() for name in names]
    assert len(mapped) == len(set(mapped))
    assert {table["key"], table["replication_key"], mapping[1]["user_id"], *mapped} <= columns
    assert {name for name in mapped if name.endswith("_count")} == {
        "contacts_count",
        "calls_count",
        "chats_count",
        "offline_messages_count",
        "lost_calls_count",
    }
    assert set(properties["$setOnce"]) == {"first_contact_at", "first_contact_type", "first_campaign_name"}


def test_summaries_lie_where_the_job_runner_looks() -> None:
    for connector in CONNECTORS:
        assert PLUGINS[connector.name]["config"]["summary_path"] == f"output/summary/{connector.name}.json"


def test_meltano_selects_what_the_tap_selects_by_default() -> None:
    """Meltano knows nothing of a stream's own default."""
    program = Path(sys.executable).with_name("tap-comagic")
    found = subprocess.run([program, "--discover"], capture_output=True, text=True, check=True)
    roots = {
        stream["tap_stream_id"]: entry["metadata"]
        for stream in json.loads(found.stdout)["streams"]
        for entry in stream["metadata"]
        if not entry["breadcrumb"]
    }
    asked_for = sorted(name for name, root in roots.items() if not root["selected-by-default"])
    assert 0 < len(asked_for) < len(roots)
    assert PLUGINS["tap-comagic"]["select"] == ["*.*", *(f"!{name}.*" for name in asked_for)]


def test_prod_holds_no_secret_and_the_sandbox_only_fake_ones() -> None:
    secret = {
        (name, setting["name"])
        for name, plugin in PLUGINS.items()
        for setting in plugin["settings"]
        if setting.get("sensitive")
    }
    written = {
        environment: {
            (plugin["name"], key): value
            for plugins in ENVIRONMENTS[environment]["config"]["plugins"].values()
            for plugin in plugins
            for key, value in plugin["config"].items()
            if (plugin["name"], key) in secret
        }
        for environment in ENVIRONMENTS
    }
    assert written == {
        "sandbox": {
            ("tap-comagic", "password"): "sandbox-password",
            ("tap-genesys", "client_secret"): "sandbox-client-secret",
            ("target-amplitude", "api_key"): "sandbox-api-key",
        },
        "prod": {},
    }
    assert not [(name, key) for name, key in secret if key in PLUGINS[name].get("config", {})]


def test_jobs_keep_load_and_transformation_apart() -> None:
    assert {job["name"]: job["tasks"] for job in PROJECT["jobs"]} == {
        "comagic": ["tap-comagic target-duckdb", "dbt:build-comagic"],
        "genesys": ["tap-genesys target-duckdb", "dbt:build-genesys"],
        "profiles": ["tap-duckdb target-amplitude"],
    }
    plugins = {name for job in PROJECT["jobs"] for task in job["tasks"] for name in run_job.plugins_of(task)}
    assert plugins == {connector.name for connector in CONNECTORS}


def test_each_source_is_loaded_into_a_schema_of_its_own_and_built_by_itself() -> None:
    """dbt parses the project anew when its variables differ from those of its last run: all commands give the same."""
    assert PLUGINS["target-duckdb"]["config"]["default_target_schema"] == "$MELTANO_EXTRACT__LOAD_SCHEMA"
    assert {name: plugin["load_schema"] for name, plugin in PLUGINS.items() if "load_schema" in plugin} == {
        "tap-comagic": "raw_comagic",
        "tap-genesys": "raw_genesys",
    }
    arguments = {name: command["args"].split(" --vars ") for name, command in PLUGINS["dbt"]["commands"].items()}
    builds = {name: words for name, words in arguments.items() if name.startswith("build")}
    everything = "build --exclude-resource-type unit_test"
    assert {name: words[0] for name, words in builds.items()} == {
        "build": everything,
        "build-comagic": f"{everything} --select comagic contacts",
        "build-genesys": f"{everything} --select genesys",
    }
    [variables] = {words[1] for words in builds.values()}
    given = yaml.safe_load(variables.strip("'"))
    declared = yaml.safe_load((ROOT / "transform" / "dbt_project.yml").read_text(encoding="utf-8"))["vars"]
    assert given == {
        name: value.replace("output/summary", "$SWITCHBOARD_SUMMARY_DIR")
        for name, value in declared.items()
        if name.endswith("summary_path")
    }


def test_the_daily_run_is_at_one_in_the_morning_in_moscow() -> None:
    intervals = {schedule["job"]: schedule["interval"] for schedule in PROJECT["schedules"]}
    assert intervals["comagic"] == "0 22 * * *"
    assert intervals["genesys"] == "0 16 * * *"
    assert set(intervals) == {job["name"] for job in PROJECT["jobs"]}


def test_the_example_environment_names_real_settings() -> None:
    text = (ROOT / ".env.example").read_text(encoding="utf-8")
    named = set(re.findall(r"^#? ?([A-Z][A-Z0-9_]+)=", text, re.MULTILINE))
    possible = {
        f"{name}_{setting['name']}".replace("-", "_").replace(".", "_").upper()
        for name, plugin in PLUGINS.items()
        for setting in plugin["settings"]
    }
    own = {setting["env"] for plugin in PLUGINS.values() for setting in plugin["settings"] if "env" in setting}
    meltano = {"MELTANO_ENVIRONMENT", "MELTANO_STATE_BACKEND_URI", "MELTANO_DATABASE_URI"}
    assert named - possible - own - meltano == set()
    needed = {
        "TAP_COMAGIC_ACCESS_TOKEN",
        "TAP_COMAGIC_START_DATE",
        "TARGET_AMPLITUDE_API_KEY",
        "TAP_GENESYS_CLIENT_SECRET",
    }
    assert needed <= named
    filled = {name: value for name, value in re.findall(r"^([A-Z0-9_]+)=(.*)$", text, re.MULTILINE) if value}
    assert filled == {"MELTANO_ENVIRONMENT": "prod"}
