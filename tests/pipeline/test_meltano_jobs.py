"""The jobs of `meltano.yml` through Meltano itself: from calls to profiles, and when the vendor does not play along."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import typing as t
from pathlib import Path

import duckdb
import pytest

from orchestrate.run_job import ROOT, ExitCode, Project, default_meltano, run_jobs

if t.TYPE_CHECKING:
    from sandbox.testing import SandboxProcess

PLUGINS = ("tap-comagic", "target-duckdb", "tap-duckdb", "target-amplitude")
OURS = ("TAP_", "TARGET_", "DBT_", "MELTANO_", "SWITCHBOARD_", "SANDBOX_")


@pytest.fixture
def project(tmp_path: Path, sandbox: SandboxProcess) -> Project:
    """The repository's own project; database, warehouse and summaries lie in the test's folder."""
    if not default_meltano().is_absolute() or not (ROOT / ".meltano").is_dir():
        if os.environ.get("CI"):
            pytest.fail("Meltano or its plugins are not installed: run `make environments`")
        pytest.skip("Meltano or its plugins are not installed: run `make environments`")
    no_env_file = tmp_path / "empty.env"
    no_env_file.touch()
    variables = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    variables |= {
        "MELTANO_DATABASE_URI": f"sqlite:///{tmp_path / 'meltano.db'}",
        "SANDBOX_COMAGIC_URL": sandbox.comagic_url,
        "SANDBOX_AMPLITUDE_URL": sandbox.amplitude_url,
        "TARGET_DUCKDB_PATH": str(tmp_path / "warehouse.duckdb"),
        "TAP_DUCKDB_PATH": str(tmp_path / "warehouse.duckdb"),
        "DBT_DUCKDB_PATH": str(tmp_path / "warehouse.duckdb"),
        "DBT_SUMMARY_DIR": str(tmp_path),
        "TAP_COMAGIC_START_DATE": "2026-06-01",
        "TARGET_AMPLITUDE_DEAD_LETTER_PATH": str(tmp_path / "dead-letters.jsonl"),
        "TARGET_AMPLITUDE_REPORT_PATH": str(tmp_path / "report.json"),
    }
    variables |= {f"{name.upper().replace('-', '_')}_SUMMARY_PATH": str(tmp_path / f"{name}.json") for name in PLUGINS}
    log = tmp_path / "meltano.log"
    return Project(default_meltano(), "sandbox", tmp_path, log=log, variables=variables, env_file=no_env_file)


def summary(project: Project, plugin: str) -> dict[str, t.Any]:
    return t.cast("dict[str, t.Any]", json.loads((project.summaries / f"{plugin}.json").read_text()))


def count(project: Project, table: str) -> int:
    with contextlib.closing(duckdb.connect(str(project.summaries / "warehouse.duckdb"), read_only=True)) as warehouse:
        row = warehouse.table(table).count("*").fetchone()
    assert row
    return int(row[0])


def bookmarks(project: Project) -> dict[str, t.Any]:
    """The state that Meltano keeps, as `meltano state get` shows it."""
    command = project.command("state", "get", "sandbox:tap-comagic-to-target-duckdb")
    shown = subprocess.run(command, cwd=ROOT, env=project.variables, capture_output=True, text=True, check=True)
    return t.cast("dict[str, t.Any]", json.loads(shown.stdout)["singer_state"]["bookmarks"])


def profiles(project: Project) -> dict[str, int]:
    """Calls by person, as the mart has them."""
    query = "SELECT user_id, calls_count FROM marts.prd_contacts_profiles_v1"
    with contextlib.closing(duckdb.connect(str(project.summaries / "warehouse.duckdb"), read_only=True)) as warehouse:
        return dict(warehouse.execute(query).fetchall())


def arrived(sandbox: SandboxProcess) -> dict[str, int]:
    """Calls by person, as Amplitude has them."""
    return {user: person["calls_count"] for user, person in sandbox.received()["users"].items()}


def test_a_forbidden_stream_costs_only_itself_and_the_next_run_is_whole(
    project: Project, sandbox: SandboxProcess
) -> None:
    sandbox.settings(forbidden=["get.employees"])

    assert run_jobs(project, ["comagic", "profiles"]) == ExitCode.PARTIAL

    told = summary(project, "tap-comagic")
    assert told["exit_code"] == 3
    assert {stream["stream"] for stream in told["streams"] if stream["status"] != "complete"} == {"employees"}
    [employees] = [stream for stream in told["streams"] if stream["stream"] == "employees"]
    assert employees["known_unavailable"] == "employees"
    calls = len(sandbox.truth("get.calls_report", "2026-06-01 00:00:00", "2026-06-15 11:50:00"))
    assert count(project, "raw_comagic.calls") == count(project, "marts.prd_comagic_calls_v1") == calls
    assert count(project, "raw_comagic.tags") == len(sandbox.truth("get.tags"))
    assert count(project, "marts.prd_contacts_profiles_v1") > 100
    assert bookmarks(project)["calls"] == {
        "replication_key": "start_time",
        "replication_key_value": "2026-06-15T11:50:00+03:00",
    }
    assert arrived(sandbox) == profiles(project)

    sandbox.settings(forbidden=[])
    sandbox.advance(days=1)
    before = profiles(project)

    assert run_jobs(project, ["comagic", "profiles"]) == ExitCode.DONE

    assert {plugin: summary(project, plugin)["exit_code"] for plugin in PLUGINS} == dict.fromkeys(PLUGINS, 0)
    calls = len(sandbox.truth("get.calls_report", "2026-06-01 00:00:00", "2026-06-16 11:50:00"))
    assert count(project, "raw_comagic.calls") == count(project, "marts.prd_comagic_calls_v1") == calls
    assert count(project, "raw_comagic.employees") == len(sandbox.truth("get.employees"))
    assert arrived(sandbox) == profiles(project)
    assert set(profiles(project)) > set(before), "a day brings new people"


def test_a_wrong_password_starts_nothing_else(project: Project, sandbox: SandboxProcess) -> None:
    variables = {**(project.variables or {}), "TAP_COMAGIC_PASSWORD": "not-the-password"}
    wrong = Project(
        project.meltano, project.environment, project.summaries, project.log, variables, env_file=project.env_file
    )

    assert run_jobs(wrong, ["comagic", "profiles"]) == ExitCode.CONFIGURATION

    assert [entry["method"] for entry in sandbox.requests()] == ["login.user"]
    assert "auth_error" in summary(project, "tap-comagic")["error"]
    assert not (project.summaries / "tap-duckdb.json").exists()
    assert "not-the-password" not in (project.summaries / "meltano.log").read_text()
