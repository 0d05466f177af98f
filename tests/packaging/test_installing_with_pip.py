"""Connectors as a stranger gets them: with pip, outside the workspace, with nothing but what they declare."""

from __future__ import annotations

import json
import re
import shlex
import tomllib
import typing as t
import zipfile
from email.parser import Parser
from pathlib import Path

import pytest

from tools.connectors import CONNECTORS, REPOSITORY, Connector
from tools.environments import members

if t.TYPE_CHECKING:
    from conftest import Outside

ROOT = Path(__file__).resolve().parents[2]


def project(connector: Connector) -> dict[str, str]:
    declared: dict[str, str] = tomllib.loads((connector.folder / "pyproject.toml").read_text(encoding="utf-8"))[
        "project"
    ]
    return declared


@pytest.mark.parametrize("connector", CONNECTORS, ids=lambda connector: connector.name)
def test_a_wheel_installs_alone_and_speaks_without_configuration(
    connector: Connector, wheels: Path, outside: Outside
) -> None:
    distribution, version = project(connector)["name"], project(connector)["version"]
    programs = outside.environment(connector.name)
    outside.pip_install(programs, "--find-links", wheels, f"{distribution}=={version}")
    program = programs / connector.name

    assert outside.run(program, "--version").startswith(f"{connector.name} v{version},")
    said = json.loads(outside.run(program, "--about", "--format=json"))
    assert (said["name"], said["version"]) == (connector.name, version)
    assert said["settings"]["properties"]
    if connector.kind == "extractors":
        catalog = json.loads(outside.run(program, "--discover"))
        assert [stream["tap_stream_id"] for stream in catalog["streams"]] == DISCOVERED[connector.name]


DISCOVERED = {
    "tap-comagic": [
        "account",
        "available_virtual_numbers",
        "blacklist_phone_numbers",
        "call_legs",
        "calls",
        "campaign_daily_stat",
        "campaign_parameter_weights",
        "campaigns",
        "chat_channels",
        "chat_messages",
        "chats",
        "communications",
        "contact_organizations",
        "contacts",
        "ct_ac_summary",
        "ct_summary",
        "customer_users",
        "customers",
        "employee_positions",
        "employee_stat",
        "employees",
        "events",
        "financial_call_legs",
        "goals",
        "group_contacts",
        "group_employees",
        "media_files",
        "offline_messages",
        "scenarios",
        "schedules",
        "segments",
        "sip_lines",
        "site_blocks",
        "sites",
        "statuses",
        "tags",
        "virtual_numbers",
        "visitor_sessions",
    ],
    "tap-duckdb": [],
    "tap-genesys": [
        "conversations",
        "divisions",
        "evaluation_forms",
        "evaluations",
        "groups",
        "languages",
        "locations",
        "presence_definitions",
        "queue_members",
        "queue_wrapup_codes",
        "queues",
        "roles",
        "skills",
        "teams",
        "user_presence",
        "user_routing_status",
        "users",
        "wrapup_codes",
    ],
}
"""What a tap shows without configuration; a database's tables are only known with one."""


def test_wheels_hold_types_and_licence_and_no_tests(wheels: Path) -> None:
    found = sorted(wheels.glob("*.whl"))
    assert len(found) == len(members())
    for wheel in found:
        with zipfile.ZipFile(wheel) as archive:
            names = archive.namelist()
            metadata = next(name for name in names if name.endswith(".dist-info/METADATA"))
            headers = Parser().parsestr(archive.read(metadata).decode())
        packages = {name.split("/")[0] for name in names if not name.split("/")[0].endswith(".dist-info")}
        assert len(packages) == 1, (wheel.name, packages)
        assert f"{packages.pop()}/py.typed" in names, wheel.name
        assert headers["License-Expression"] == "Apache-2.0", wheel.name
        assert headers["Requires-Python"] == ">=3.11", wheel.name


def test_the_line_of_the_readme_installs_from_a_clone(clone: Path, outside: Outside) -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    (line,) = re.findall(r"^pip install (\".+\")$", readme, re.MULTILINE)
    requirements = [word.replace(f"{REPOSITORY}.git", clone.as_uri()) for word in shlex.split(line)]
    assert [word.rsplit("=", 1)[1] for word in requirements] == ["singer-slices", "tap-comagic"]
    assert all(word.startswith(f"git+{clone.as_uri()}#") for word in requirements)
    programs = outside.environment("from-git")
    outside.pip_install(programs, *requirements)
    catalog = json.loads(outside.run(programs / "tap-comagic", "--discover"))
    assert [stream["tap_stream_id"] for stream in catalog["streams"]] == DISCOVERED["tap-comagic"]


def test_readmes_and_hub_definitions_name_the_same_requirements() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    comagic = next(connector for connector in CONNECTORS if connector.name == "tap-comagic")
    assert re.findall(r"^pip install (\".+\")$", readme, re.MULTILINE) == [
        " ".join(f'"{url}"' for url in comagic.pip_url.split())
    ]
