"""The streams' schemas against the vendor's own field tables."""

from __future__ import annotations

import importlib.resources
import json
import typing as t

import pytest
from singer_slices import name_of
from tap_comagic.streams import STREAMS
from tap_comagic.tap import TapComagic

Schema = dict[str, t.Any]
CONFIG = {"access_token": "k" * 8, "start_date": "2026-01-01"}
TABLES = json.loads(importlib.resources.files("tap_comagic.schemas").joinpath("fields.json").read_text("utf-8"))
BY_NAME = {name_of(stream): stream for stream in STREAMS}
#: Documented fields by number: a table that loses one fails here.
COUNTS = {"account": 3, "calls": 123, "campaigns": 40, "employees": 48, "sites": 38, "tags": 3}
TYPES = {
    "number": {"integer", "number", "string"},
    "string": {"string"},
    "enum": {"string"},
    "datetime": {"string"},
    "boolean": {"boolean"},
    "array": {"array"},
    "object": {"object"},
}


@pytest.fixture(scope="module")
def schemas() -> dict[str, Schema]:
    tap = TapComagic(config=CONFIG)
    return {name: stream.schema for name, stream in tap.streams.items()}


def walk(schema: Schema, path: str = "") -> t.Iterator[tuple[str, Schema]]:
    """Every field below a schema with its dotted path."""
    for name, field in schema.get("properties", {}).items():
        yield f"{path}{name}", field
        yield from walk(field, f"{path}{name}.")
        yield from walk(field.get("items", {}), f"{path}{name}.")


def documented(name: str) -> dict[str, Schema]:
    fields = TABLES["methods"][BY_NAME[name].method]["fields"]
    return {f"{field['inside']}.{field['name']}" if field.get("inside") else field["name"]: field for field in fields}


def test_the_streams(schemas: dict[str, Schema]) -> None:
    assert sorted(schemas) == ["account", "calls", "campaigns", "employees", "sites", "tags"]


@pytest.mark.parametrize("name", sorted(BY_NAME))
def test_every_documented_field_is_there(schemas: dict[str, Schema], name: str) -> None:
    fields, table = dict(walk(schemas[name])), documented(name)
    derived = {"partition_date", "tag_names"} if name == "calls" else set()
    assert set(fields) == set(table) | derived
    for path, field in table.items():
        [kind] = set(fields[path]["type"]) - {"null"}
        assert kind in TYPES[field["type"]], path
        assert (fields[path].get("format") == "date-time") == (field["type"] == "datetime"), path


@pytest.mark.parametrize("name", sorted(BY_NAME))
def test_every_field_is_described_and_typed(schemas: dict[str, Schema], name: str) -> None:
    fields = dict(walk(schemas[name]))
    assert [path for path, field in fields.items() if not field.get("description", "").strip()] == []
    assert [path for path, field in fields.items() if not field.get("type")] == []
    assert [path for path, field in fields.items() if field["type"][0] == "array" and not field["items"]] == []
    texts = [field["description"] for field in fields.values()]
    assert [text for text in texts if not text[0].isupper() or not text.endswith(".")] == []


@pytest.mark.parametrize("name", sorted(BY_NAME))
def test_keys_are_never_null_and_all_else_may_be(schemas: dict[str, Schema], name: str) -> None:
    keys = BY_NAME[name].key_fields
    for path, field in walk(schemas[name]):
        assert ("null" in field["type"]) == (path not in keys), path
    assert schemas[name]["required"] == list(keys)


def test_the_number_of_documented_fields() -> None:
    assert {name: len(documented(name)) for name in BY_NAME} == COUNTS


@pytest.mark.parametrize(
    ("path", "types", "form"),
    [
        ("id", ["integer"], None),
        ("start_time", ["string", "null"], "date-time"),
        ("finish_time", ["string", "null"], "date-time"),
        ("sale_cost", ["number", "null"], None),
        ("talk_duration", ["integer", "null"], None),
        ("visitor_id", ["integer", "null"], None),
        ("cpn_country_id", ["string", "null"], None),
        ("is_lost", ["boolean", "null"], None),
        ("call_records", ["array", "null"], None),
        ("tags", ["array", "null"], None),
        ("tags.tag_id", ["integer", "null"], None),
        ("tags.tag_change_time", ["string", "null"], "date-time"),
        ("employees.is_talked", ["boolean", "null"], None),
        ("last_answered_employee_rating", ["number", "null"], None),
        ("partition_date", ["string", "null"], "date"),
        ("tag_names", ["array", "null"], None),
    ],
)
def test_types_of_calls(schemas: dict[str, Schema], path: str, types: list[str], form: str | None) -> None:
    field = dict(walk(schemas["calls"]))[path]
    assert (field["type"], field.get("format")) == (types, form)


def test_keys_and_replication(schemas: dict[str, Schema]) -> None:
    catalog = TapComagic(config=CONFIG).catalog_dict["streams"]
    entries = {entry["stream"]: entry for entry in catalog}
    assert {name: list(entry["key_properties"]) for name, entry in entries.items()} == {
        "account": ["app_id"],
        **{name: ["id"] for name in ("calls", "campaigns", "employees", "sites", "tags")},
    }
    methods = {name: (entry["replication_method"], entry.get("replication_key")) for name, entry in entries.items()}
    assert methods == dict.fromkeys(schemas, ("FULL_TABLE", None)) | {"calls": ("INCREMENTAL", "start_time")}
