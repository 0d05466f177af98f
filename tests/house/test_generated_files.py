"""Generated files are up to date, and what is generated is what the Meltano Hub accepts."""

from __future__ import annotations

import json
import typing as t
from pathlib import Path

import jsonschema
import pytest
import yaml
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT7

from tools import docs, generated, hub
from tools.connectors import CONNECTORS, Connector, about

ROOT = Path(__file__).resolve().parents[2]
SCHEMAS = ROOT / "hub" / "schemas"
REFRESH = "out of date: run `make docs hub` and commit what it writes\n"

Json = dict[str, t.Any]


def validator(kind: str) -> jsonschema.Draft7Validator:
    """The Hub's validator for plugin definitions of a kind; its schemas refer to each other by relative paths."""
    base = "https://hub.example/"
    placed = []
    for file in (*SCHEMAS.glob("common/*.json"), *SCHEMAS.glob("plugin_definitions/*.json")):
        # Each file's own `$id` is relative to another base than its references are: the file's place decides.
        place = base + file.relative_to(SCHEMAS).as_posix()
        content = json.loads(file.read_text(encoding="utf-8")) | {"$id": place}
        placed.append((place, Resource.from_contents(content, default_specification=DRAFT7)))
    root = {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "$ref": f"{base}plugin_definitions/{kind}.schema.json",
    }
    registry: Registry[t.Any] = Registry().with_resources(placed)
    return jsonschema.Draft7Validator(root, registry=registry)


def definitions() -> list[Path]:
    return sorted((ROOT / "hub" / "_data" / "meltano").rglob("*.yml"))


def read(path: Path) -> t.Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def test_readme_tables_and_meltano_settings_are_up_to_date() -> None:
    assert generated.differences(docs.files()) == "", REFRESH


def test_hub_definitions_are_up_to_date() -> None:
    assert generated.differences(hub.files()) == "", REFRESH


def test_every_connector_has_one_definition_where_the_hub_looks() -> None:
    expected = [f"{one.kind}/{one.name}/switchboard.yml" for one in CONNECTORS]
    base = ROOT / "hub" / "_data" / "meltano"
    assert [path.relative_to(base).as_posix() for path in definitions()] == sorted(expected)
    for path in definitions():
        assert read(path)["name"] == path.parent.name


@pytest.mark.parametrize("path", definitions(), ids=lambda path: path.parent.name)
def test_the_hub_accepts_the_definition(path: Path) -> None:
    problems = [error.message for error in validator(path.parent.parent.name).iter_errors(read(path))]
    assert problems == []


def test_the_hub_refuses_what_it_should() -> None:
    good = read(definitions()[0])
    wrong = {"unknown_key": 1}, {"quality": "platinum"}, {"settings": [{"kind": "number", "name": "a"}]}
    for change in wrong:
        assert list(validator("extractors").iter_errors({**good, **change})), change


def test_maintainers_and_default_variants_fit_the_definitions() -> None:
    maintainers = read(ROOT / "hub" / "_data" / "maintainers.yml")
    assert set(maintainers) == {read(path)["variant"] for path in definitions()}
    assert all(set(entry) == {"label", "name", "url"} for entry in maintainers.values())
    defaults = read(ROOT / "hub" / "_data" / "default_variants.yml")
    assert defaults == {
        "extractors": {"tap-comagic": "switchboard"},
        "loaders": {"target-amplitude": "switchboard"},
    }


@pytest.mark.parametrize("connector", CONNECTORS, ids=lambda connector: connector.name)
def test_every_setting_is_described_and_secrets_are_marked(connector: Connector) -> None:
    settings = {setting["name"]: setting for setting in hub.definition(connector)["settings"]}
    own = {name: one for name, one in settings.items() if not name.startswith(docs.SDK_SETTINGS)}
    assert [name for name, setting in own.items() if not setting.get("description") or not setting.get("label")] == []
    secrets = {"access_token", "api_key", "hash_salt", "password"} & set(own)
    assert {name for name, setting in own.items() if setting.get("sensitive")} >= secrets
    assert [name for name, setting in own.items() if setting.get("sensitive") and "value" in setting] == []


@pytest.mark.parametrize("connector", CONNECTORS, ids=lambda connector: connector.name)
def test_the_groups_of_settings_exist_and_hold_what_is_required(connector: Connector) -> None:
    schema: Json = about(connector)["settings"]
    for group in connector.settings_groups:
        assert set(group) <= set(schema["properties"])
        assert set(schema.get("required", ())) <= set(group)
