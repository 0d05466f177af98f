"""Nested values as STRUCT and LIST."""

from __future__ import annotations

import datetime as dt
import typing as t

import pytest

PLACE = {
    "type": ["object", "null"],
    "properties": {
        "city": {"type": ["string", "null"]},
        "visits": {"type": ["array", "null"], "items": {"type": "integer"}},
        "seen": {"type": ["string", "null"], "format": "date-time"},
        "more": {},
    },
}
SCHEMA = {
    "type": "SCHEMA",
    "stream": "t",
    "schema": {
        "properties": {
            "id": {"type": "integer"},
            "place": PLACE,
            "tags": {"type": "array", "items": {"type": "string"}},
        }
    },
    "key_properties": ["id"],
}


def record(number: int, **fields: t.Any) -> dict[str, t.Any]:
    return {"type": "RECORD", "stream": "t", "record": {"id": number, **fields}}


def test_structs_and_lists(warehouse: t.Any) -> None:
    place = {
        "city": "Köln",
        "visits": [1, 2**62],
        "seen": "2026-03-01T10:00:00+03:00",
        "more": {"a": [None]},
        "extra": 1,
    }
    outcome = warehouse.load(
        SCHEMA, record(1, place=place, tags=["a", None]), record(2, place={}, tags=[]), record(3), nested="struct"
    )
    assert outcome.code == 0, outcome.error
    assert warehouse.types() == {
        "id": "BIGINT",
        "place": "STRUCT(city VARCHAR, visits BIGINT[], seen TIMESTAMP WITH TIME ZONE, more JSON)",
        "tags": "VARCHAR[]",
    }
    nothing = {"city": None, "visits": None, "seen": None, "more": None}
    rows = warehouse.table(order="id")
    seen = rows[0]["place"].pop("seen")
    assert seen == dt.datetime(2026, 3, 1, 7, tzinfo=dt.UTC)
    assert rows == [
        {"id": 1, "place": {"city": "Köln", "visits": [1, 2**62], "more": '{"a":[null]}'}, "tags": ["a", None]},
        {"id": 2, "place": nothing, "tags": []},
        {"id": 3, "place": None, "tags": None},
    ]
    again = warehouse.load(SCHEMA, record(3, tags=["x"]), nested="struct")
    assert (again.code, warehouse.table(order="id")[2]["tags"]) == (0, ["x"])


@pytest.mark.parametrize(
    ("place", "path"),
    [
        ({"visits": [1, 5.5]}, "place.visits[1]"),
        ({"visits": [True]}, "place.visits[0]"),
        ({"visits": [2**63]}, "place.visits[0]"),
        ({"visits": 5}, "place.visits"),
        ({"seen": "yesterday"}, "place.seen"),
        ({"seen": 5}, "place.seen"),
        ([], "place"),
    ],
)
def test_a_member_that_does_not_fit(warehouse: t.Any, place: t.Any, path: str) -> None:
    outcome = warehouse.load(SCHEMA, record(1), record(7, place=place), {"type": "STATE", "value": 1}, nested="struct")
    assert (outcome.code, outcome.states) == (1, [])
    assert f"Stream 't': '{path}' of record 2 of this load (key {{'id': 7}}) does not fit its type" in outcome.error
    assert warehouse.table() == []


MONEY = {
    "type": "SCHEMA",
    "stream": "t",
    "schema": {
        "properties": {
            "id": {"type": "integer"},
            "sum": {"type": "object", "properties": {"net": {"type": "number", "multipleOf": 0.01}}},
            "sums": {"type": "array", "items": {"type": "string", "format": "singer.decimal"}},
        }
    },
    "key_properties": ["id"],
}


def test_decimals_inside_are_exact(warehouse: t.Any) -> None:
    sums = ["1", "0.0500", "-12345678901234567890.1234567890"]
    outcome = warehouse.load(
        MONEY, record(1, sum={"net": 1200.5}, sums=sums), record(2, sum={"net": 1e3}), nested="struct"
    )
    assert outcome.code == 0, outcome.error
    assert warehouse.query("SELECT sum.net::VARCHAR, sums::VARCHAR[] FROM t ORDER BY id") == [
        ("1200.50", ["1.0000000000", "0.0500000000", "-12345678901234567890.1234567890"]),
        ("1000.00", None),
    ]


@pytest.mark.parametrize("net", [1.239, "1.239", 1e40, "much", True, "NaN"])
def test_a_decimal_inside_is_never_rounded(warehouse: t.Any, net: t.Any) -> None:
    outcome = warehouse.load(MONEY, record(1, sum={"net": net}), {"type": "STATE", "value": 1}, nested="struct")
    assert (outcome.code, outcome.states) == (1, [])
    assert "'sum.net' of record 1 of this load" in outcome.error


def test_members_that_the_schema_lacks_are_named_and_counted(
    warehouse: t.Any, caplog: pytest.LogCaptureFixture
) -> None:
    visit = {"type": "object", "properties": {"at": {"type": "string"}}}
    fields = {"id": {"type": "integer"}, "place": PLACE, "days": {"type": "array", "items": visit}}
    messages = [
        {**SCHEMA, "schema": {"properties": fields}},
        record(1, place={"city": "Köln", "zip": "50667"}, days=[{"at": "a"}, {"at": "b", "why": 1}]),
        record(2, place={"zip": None, "more": {"any": 1}}, days=[{"why": 2}, {"why": 3}], top=1),
        record(3, place={"city": "Bonn"}),
    ]
    outcome = warehouse.load(*messages, nested="struct", batch_size_rows=1)
    assert outcome.code == 0, outcome.error
    nothing = {"city": None, "visits": None, "seen": None, "more": None}
    assert warehouse.table(order="id") == [
        {"id": 1, "place": {**nothing, "city": "Köln"}, "days": [{"at": "a"}, {"at": "b"}]},
        {"id": 2, "place": {**nothing, "more": '{"any":1}'}, "days": [{"at": None}, {"at": None}]},
        {"id": 3, "place": {**nothing, "city": "Bonn"}, "days": None},
    ]
    (stream,) = outcome.summary["streams"]
    assert stream["unknown_fields"] == {"place.zip": 2, "days[].why": 3, "top": 1}
    assert [text for text in caplog.messages if "left out" in text] == [
        (
            "Stream 't': fields that its SCHEMA lacks are left out: days[].why, place.zip "
            "('nested: json' keeps all members of nested values)"
        ),
        "Stream 't': fields that its SCHEMA lacks are left out: top",
    ]
    whole = warehouse.load(*messages[:2], nested="json", default_target_schema="whole")
    assert (whole.code, whole.summary["streams"][0].get("unknown_fields")) == (0, None)
    assert warehouse.query("SELECT place, days FROM whole.t") == [
        ('{"city":"Köln","zip":"50667"}', '[{"at":"a"},{"at":"b","why":1}]')
    ]


def test_names_without_end_are_counted_together(warehouse: t.Any) -> None:
    outcome = warehouse.load(
        SCHEMA, *(record(number, place={f"name {number}": 1}) for number in range(300)), nested="struct"
    )
    counts = outcome.summary["streams"][0]["unknown_fields"]
    assert (outcome.code, len(counts), counts["(others)"], sum(counts.values())) == (0, 201, 100, 300)
