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
COUNTS = {
    "account": 3,
    "available_virtual_numbers": 7,
    "blacklist_phone_numbers": 5,
    "call_legs": 34,
    "calls": 123,
    "campaign_daily_stat": 42,
    "campaign_parameter_weights": 13,
    "campaigns": 40,
    "chat_channels": 9,
    "chat_messages": 17,
    "chats": 95,
    "communications": 74,
    "contact_organizations": 2,
    "contacts": 14,
    "ct_ac_summary": 9,
    "ct_summary": 7,
    "customer_users": 5,
    "customers": 20,
    "employee_positions": 2,
    "employee_stat": 9,
    "employees": 48,
    "events": 22,
    "financial_call_legs": 13,
    "goals": 72,
    "group_contacts": 6,
    "group_employees": 14,
    "media_files": 7,
    "offline_messages": 91,
    "scenarios": 12,
    "schedules": 11,
    "segments": 12,
    "sip_lines": 14,
    "site_blocks": 17,
    "sites": 38,
    "statuses": 14,
    "tags": 3,
    "virtual_numbers": 24,
    "visitor_sessions": 88,
}
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


def test_every_readable_method_is_a_stream(schemas: dict[str, Schema]) -> None:
    """A stream is the method's noun without `get.` and `_report`."""
    nouns = {method.removeprefix("get.").removesuffix("_report") for method in TABLES["methods"]}
    assert set(schemas) == nouns
    assert {name: BY_NAME[name].method.removeprefix("get.").removesuffix("_report") for name in schemas} == {
        name: name for name in schemas
    }


#: Fields that the tap adds to the vendor's.
ADDED = {
    "campaign_daily_stat": {"row_key"},
    "ct_ac_summary": {"date", "site_id"},
    "ct_summary": {"date"},
    "employee_stat": {"date"},
}


def derived(name: str) -> set[str]:
    return ADDED.get(name, set()) | set(BY_NAME[name].derived)


@pytest.mark.parametrize("name", sorted(BY_NAME))
def test_every_documented_field_is_there(schemas: dict[str, Schema], name: str) -> None:
    fields, table = dict(walk(schemas[name])), documented(name)
    assert set(fields) == set(table) | derived(name)
    for path, field in table.items():
        [kind] = set(fields[path]["type"]) - {"null"}
        assert kind in TYPES[field["type"]], path
        day = (name, path) == ("campaign_daily_stat", "date")
        assert fields[path].get("format") == (
            "date" if day else "date-time" if field["type"] == "datetime" else None
        ), path


@pytest.mark.parametrize("name", sorted(BY_NAME))
def test_every_field_is_described_and_typed(schemas: dict[str, Schema], name: str) -> None:
    fields = dict(walk(schemas[name]))
    assert [path for path, field in fields.items() if not field.get("description", "").strip()] == []
    assert [path for path, field in fields.items() if not field.get("type")] == []
    opaque = ["operations"] if name == "scenarios" else []  # the vendor does not say what it holds
    assert [path for path, field in fields.items() if field["type"][0] == "array" and not field["items"]] == opaque
    texts = [field["description"] for field in fields.values()]
    assert [text for text in texts if not text[0].isupper() or not text.endswith(".")] == []


def test_every_stream_says_what_it_holds(schemas: dict[str, Schema]) -> None:
    texts = {name: schema.get("description", "") for name, schema in schemas.items()}
    assert {name for name, text in texts.items() if not text[:1].isupper() or not text.endswith(".")} == set()
    assert texts["visitor_sessions"] == ("Visits of sites: source, pages, device, and the contacts that came of them.")


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


BY_TIME = {
    "call_legs": "start_time",
    "calls": "start_time",
    "campaign_daily_stat": "date",
    "chat_messages": "date_time",
    "chats": "date_time",
    "communications": "date_time",
    "ct_ac_summary": "date",
    "ct_summary": "date",
    "employee_stat": "date",
    "financial_call_legs": "start_time",
    "goals": "date_time",
    "offline_messages": "date_time",
    "visitor_sessions": "date_time",
}
OWN_KEYS = {
    "account": ["app_id"],
    "available_virtual_numbers": ["phone_number"],
    "campaign_daily_stat": ["row_key"],
    "campaign_parameter_weights": ["site_id"],
    "communications": ["communication_type", "id"],
    "ct_ac_summary": ["date", "site_id", "ac_id"],
    "ct_summary": ["date", "site_id"],
    "employee_stat": ["date", "id"],
    "financial_call_legs": ["call_session_id", "leg_id"],
    "goals": ["communication_id"],
}
NOT_BY_DEFAULT = {
    "available_virtual_numbers",
    "ct_ac_summary",
    "ct_summary",
    "customer_users",
    "customers",
    "employee_stat",
}


def test_keys_replication_and_selection(schemas: dict[str, Schema]) -> None:
    catalog = TapComagic(config=CONFIG).catalog_dict["streams"]
    entries = {entry["stream"]: entry for entry in catalog}
    assert {name: list(entry["key_properties"]) for name, entry in entries.items()} == {
        name: OWN_KEYS.get(name, ["id"]) for name in schemas
    }
    methods = {name: (entry["replication_method"], entry.get("replication_key")) for name, entry in entries.items()}
    assert methods == {
        name: ("INCREMENTAL", BY_TIME[name]) if name in BY_TIME else ("FULL_TABLE", None) for name in schemas
    }
    roots = {
        name: next(part["metadata"] for part in entry["metadata"] if not part["breadcrumb"])
        for name, entry in entries.items()
    }
    assert {name for name, root in roots.items() if not root["selected"]} == NOT_BY_DEFAULT


@pytest.mark.parametrize("config", [{"user_ids": [7]}, {"all_clients": True}])
def test_the_client_stands_in_front_of_every_key(config: dict[str, t.Any]) -> None:
    streams = TapComagic(config={**CONFIG, **config, "account_id": "north"}).streams
    keys = {name: list(stream.primary_keys) for name, stream in streams.items()}
    own = {name: OWN_KEYS.get(name, ["id"]) for name in keys}
    of_agency = {"customers", "customer_users"}
    assert keys == {
        name: ["account_id", *([] if name in of_agency else ["user_id"]), *key] for name, key in own.items()
    }
    assert streams["calls"].schema["properties"]["user_id"]["type"] == ["integer"]
