"""Which streams have their rows decoded by type: one that fell back to dicts would be slow, and nobody would know."""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import hmac
import json
import typing as t
from unittest import mock

import pytest
import time_machine
from comagic_memory import Row, sync
from singer_slices import EngineStream, Page, name_of
from tap_comagic.streams import STREAMS
from tap_comagic.streams.contacts import Contacts
from tap_comagic.streams.daily import DAILY
from tap_comagic.streams.lists import Account, Statuses

NOW = dt.datetime(2026, 3, 10, 12, 0, tzinfo=dt.UTC)
DAY = "2026-03-09"
#: Their rows are made of several answers, or completed by the tap.
AS_DICTS = (*DAILY, Account, Statuses, Contacts)
VALUES: Row = {"string": "text", "integer": 5, "number": 1.5, "boolean": True, "array": [], "object": None}


def value_of(schema: Row) -> t.Any:
    """A value as documented; times are local."""
    if "format" in schema:
        return f"{DAY} 10:00:00" if schema["format"] == "date-time" else DAY
    [kind] = [kind for kind in schema["type"] if kind != "null"]
    return VALUES[kind]


def documented(stream: t.Any) -> t.Callable[[str, Row], Page]:
    """One row with every field."""
    schema = stream.schema_of({})["properties"]

    def answer(method: str, params: Row) -> Page:
        row = {name: value_of(schema[name]) for name in params["fields"]}
        return Page([row] if params["offset"] == 0 and method == stream.method else [], 1)

    return answer


TAG = {"tag_id": 1, "tag_name": "a", "tag_employee_full": "Ann"}
CONDITIONS = {"group_conditions": [[{"value": "secret"}]]}
HASH = {"hash_salt": "of-at-least-thirty-two-characters"}
#: Rows in the vendor's undocumented forms, and what may keep them from being repaired: a part that is hashed, a field
#: of another name that is asked for, rows before them that no repair can mend.
ODD_ROWS: list[tuple[str, Row, Row, str]] = [
    ("communications", {"tags": [TAG]}, {"hash_fields": ["communications.tags.tag_employee_full_name"]}, "tags"),
    ("communications", {"tags": [TAG]}, {}, "tags"),
    (
        "group_contacts",
        {"members": [{"contacts_id": 7}]},
        {"hash_fields": ["group_contacts.members.contact_id"]},
        "members",
    ),
    ("group_contacts", {"members": [{"contacts_id": 7}]}, {}, "members"),
    ("group_employees", {"phone_number": ["5"]}, {"fields": {"group_employees": ["+phone_number"]}}, "phone_numbers"),
    ("campaigns", {"campaign_conditions": CONDITIONS}, {}, "campaign_conditions"),
    (
        "campaigns",
        {"campaign_conditions": CONDITIONS},
        {"hash_fields": ["campaigns.campaign_conditions.group_conditions.conditions.value"]},
        "campaign_conditions",
    ),
    ("financial_call_legs", {"call_session_id": "77"}, {}, "call_session_id"),
]


def read_odd(name: str, odd: Row, config: Row, made: str) -> list[Row]:
    """The records of a page of rows with a value of a wrong type, then of rows in an undocumented form."""
    [stream] = [stream for stream in STREAMS if name_of(stream) == name]
    schema = stream.schema_of({})["properties"]

    def answer(method: str, params: Row) -> Page:
        whole = {field: value_of(schema[field]) for field in params["fields"] if field in schema}
        whole.pop(made)
        wrong = [{**whole, stream.key_fields[0]: n, **dict.fromkeys(odd, 5.5)} for n in range(100, 130)]
        right = [{**whole, stream.key_fields[0]: n, **odd} for n in range(3)]
        rows = [*wrong, *right] if method == stream.method else []
        return Page(rows[params["offset"] : params["offset"] + params["limit"]], len(rows))

    with time_machine.travel(NOW, tick=False):
        done = sync(answer, name, start_date=DAY, page_size=30, **config)
    assert done.exit_code == 0, done.summary
    return done.records(name)


@pytest.mark.parametrize(("name", "odd", "config", "field"), ODD_ROWS)
def test_rows_in_another_form_are_repaired_on_both_paths(name: str, odd: Row, config: Row, field: str) -> None:
    typed = read_odd(name, odd, HASH | config, field)
    with mock.patch.object(EngineStream, "row_reader", return_value=None):
        as_dicts = read_odd(name, odd, HASH | config, field)
    assert typed == as_dicts
    assert typed[-1][field] not in (None, [], [{}], {})
    assert "secret" not in json.dumps(typed) or "hash_fields" not in config


def read_tagged(asked: str) -> tuple[dict[int, Row], Row, Row]:
    """Calls by their id, and SCHEMA's types of the tags and of their names, for `hash_fields`."""
    tags = [{**TAG, "tag_name": name} for name in ("vip", None)]
    calls: list[Row] = [
        {"id": n, "start_time": f"{DAY} 10:00:00", "tags": each} for n, each in enumerate((tags, [], None))
    ]

    def answer(method: str, params: Row) -> Page:
        rows = calls if method == "get.calls_report" and params["offset"] == 0 else []
        return Page(json.loads(json.dumps(rows)), len(rows))

    config: Row = {"start_date": DAY, "hash_fields": [asked], **HASH}
    with time_machine.travel(NOW, tick=False):
        done = sync(answer, "calls", **config)
    assert done.exit_code == 0, done.summary
    [schema] = [message["schema"] for message in done.messages if message["type"] == "SCHEMA"]
    records = {record["id"]: record for record in done.records("calls")}
    return records, schema["properties"]["tags"]["items"], schema["properties"]["tag_names"]["items"]


def digest(text: str) -> str:
    return hmac.new(HASH["hash_salt"].encode(), text.encode(), hashlib.sha256).hexdigest()


@pytest.mark.parametrize("asked", ["tags.tag_name", "calls.tags.tag_name"])
@pytest.mark.parametrize("typed", [True, False])
def test_names_of_tags_are_hashed_with_the_tags(asked: str, typed: bool) -> None:
    """`tags` is a stream as well; the field of the calls is meant all the same."""
    seen = contextlib.nullcontext() if typed else mock.patch.object(EngineStream, "row_reader", return_value=None)
    with seen:
        records, tags, names = read_tagged(asked)
    assert records[0]["tag_names"] == [digest("vip"), None]
    assert [tag["tag_name"] for tag in records[0]["tags"]] == [digest("vip"), None]
    assert [tag["tag_id"] for tag in records[0]["tags"]] == [1, 1]
    assert (records[1]["tag_names"], records[2]["tag_names"]) == ([], None)
    assert "vip" not in json.dumps(records)
    assert tags["properties"]["tag_name"] == names
    assert names["type"] == ["string", "null"]


@pytest.mark.parametrize("typed", [True, False])
def test_names_of_tags_are_hashed_with_whole_tags(typed: bool) -> None:
    seen = contextlib.nullcontext() if typed else mock.patch.object(EngineStream, "row_reader", return_value=None)
    with seen:
        records, _, _ = read_tagged("calls.tags")
    assert records[0]["tag_names"] == [digest("vip"), None]
    assert all(len(tag) == 64 for tag in records[0]["tags"])
    assert "vip" not in json.dumps(records)


@pytest.mark.parametrize("stream", [stream for stream in STREAMS if stream not in AS_DICTS], ids=name_of)
def test_rows_as_documented_are_never_dicts(stream: t.Any) -> None:
    finish = mock.Mock(side_effect=AssertionError("a row is a dict"))
    with time_machine.travel(NOW, tick=False), mock.patch.object(EngineStream, "finish", finish):
        done = sync(documented(stream), stream.name, start_date=DAY)
    assert done.exit_code == 0, done.summary
    assert len(done.records(stream.name)) == 1
    assert done.summary["streams"][0]["unknown_fields"] == {}
