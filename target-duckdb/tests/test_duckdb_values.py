"""Every kind of value: what goes in comes out, or the load stops before the commit and says where."""

from __future__ import annotations

import json
import typing as t
from decimal import Decimal

import pytest

KINDS: dict[str, dict[str, t.Any]] = {
    "integer": {"type": ["integer", "null"]},
    "huge": {"type": ["integer", "null"], "maximum": 2**64},
    "number": {"type": ["number", "null"]},
    "money": {"type": ["number", "null"], "multipleOf": 0.01},
    "exact": {"type": ["string", "null"], "format": "x-singer.decimal", "precision": 38, "scale": 10},
    "boolean": {"type": ["boolean", "null"]},
    "text": {"type": ["string", "null"]},
    "moment": {"type": ["string", "null"], "format": "date-time"},
    "day": {"type": ["string", "null"], "format": "date"},
    "clock": {"type": ["string", "null"], "format": "time"},
    "anything": {},
    "list": {"type": ["array", "null"], "items": {}},
}


def schema(**properties: t.Any) -> dict[str, t.Any]:
    fields = {"id": {"type": "integer"}, **properties}
    return {"type": "SCHEMA", "stream": "t", "schema": {"properties": fields}, "key_properties": ["id"]}


def line(value: str, name: str = "v", number: int = 1) -> bytes:
    """A RECORD whose value is raw JSON text."""
    return b'{"type":"RECORD","stream":"t","record":{"id":%d,%s:%s}}' % (
        number, json.dumps(name).encode(), value.encode()
    )  # fmt: skip


STATE = {"type": "STATE", "value": {"done": True}}


@pytest.mark.parametrize(
    ("kind", "text", "expected"),
    [
        ("integer", "5", 5),
        ("integer", "-0", 0),
        ("integer", "5.0", 5),
        ("integer", "1e3", 1000),
        ("integer", "1e18", 10**18),
        ("integer", "9223372036854775807", 2**63 - 1),
        ("integer", "-9223372036854775808", -(2**63)),
        ("integer", "9007199254740993", 2**53 + 1),
        ("integer", '"12"', 12),
        ("huge", "18446744073709551616", 2**64),
        ("number", "5", 5.0),
        ("number", "0.1", 0.1),
        ("number", "-1.5e-300", -1.5e-300),
        ("number", "1.7976931348623157e308", 1.7976931348623157e308),
        ("number", '"2.5"', 2.5),
        ("money", "0.1", Decimal("0.10")),
        ("money", '"1.0E+2"', Decimal(100)),
        ("money", '"0E-10"', Decimal(0)),
        ("money", '"12345678901234567890123.400E-1"', Decimal("1234567890123456789012.34")),
        ("exact", '"-1.5E-7"', Decimal("-0.00000015")),
        ("exact", '"1E+3"', Decimal(1000)),
        ("money", "12345678901.23", Decimal("12345678901.23")),
        ("money", "5", Decimal("5.00")),
        ("money", "1e2", Decimal("100.00")),
        ("exact", '"12345678901234567890.0123456789"', Decimal("12345678901234567890.0123456789")),
        ("exact", '"1.50000000000000"', Decimal("1.5000000000")),
        ("boolean", "true", True),
        ("boolean", "false", False),
        ("boolean", "1", True),
        ("boolean", '"false"', False),
        ("text", '""', ""),
        ("text", '"null"', "null"),
        ("text", '"it\'s \\"quoted\\" \\\\ \\u0041\\n"', 'it\'s "quoted" \\ A\n'),
        ("text", '"\\ud83d\\ude00 привет 😀"', "😀 привет 😀"),
        ("text", '"a\\u0000b"', "a\x00b"),
        ("text", '"cut \\ud83d"', "cut \ufffd"),
        ("text", "5", "5"),
        ("text", "true", "true"),
        ("text", '{"a": 1}', '{"a":1}'),
        ("moment", '"2026-03-01T10:00:00+03:00"', "2026-03-01 07:00:00+00"),
        ("moment", '"2026-03-01T10:00:00Z"', "2026-03-01 10:00:00+00"),
        ("moment", '"2026-03-01t10:00:00.250z"', "2026-03-01 10:00:00.25+00"),
        ("moment", '"2026-03-01T10:00+05:45"', "2026-03-01 04:15:00+00"),
        ("moment", '"2026-10-25T02:30:00+02:00"', "2026-10-25 00:30:00+00"),
        ("moment", '"2026-10-25T02:30:00+01:00"', "2026-10-25 01:30:00+00"),
        ("moment", '"2026-03-01T10:00:00"', "2026-03-01 10:00:00+00"),
        ("moment", '"2026-03-01 10:00:00.123456"', "2026-03-01 10:00:00.123456+00"),
        ("moment", '"0001-01-01T00:00:00Z"', "0001-01-01 00:00:00+00"),
        ("moment", '"9999-12-31T23:59:59.999999Z"', "9999-12-31 23:59:59.999999+00"),
        ("moment", '"12345-01-01T00:00:00Z"', "12345-01-01 00:00:00+00"),
        ("day", '"2026-02-28"', "2026-02-28"),
        ("day", '"2026-02-28T00:00:00Z"', "2026-02-28"),
        ("day", '"0001-01-01"', "0001-01-01"),
        ("clock", '"10:00:00+03:00"', "10:00:00+03:00"),
        ("anything", '"abc"', '"abc"'),
        ("anything", "5", "5"),
        ("anything", '{"b": null, "a": [1, null, {}]}', '{"b":null,"a":[1,null,{}]}'),
        ("anything", "123456789012345678901234567890", "123456789012345678901234567890"),
        ("list", "[]", "[]"),
        ("list", '["null", null]', '["null",null]'),
    ],
)
def test_a_value_comes_out_as_it_went_in(warehouse: t.Any, kind: str, text: str, expected: t.Any) -> None:
    outcome = warehouse.load(schema(v=KINDS[kind]), line(text), STATE)
    assert (outcome.code, outcome.states) == (0, [{"done": True}]), outcome.error
    assert warehouse.table() == [{"id": 1, "v": expected}]


@pytest.mark.parametrize("kind", KINDS)
def test_null_and_absent_are_sql_null(warehouse: t.Any, kind: str) -> None:
    absent = {"type": "RECORD", "stream": "t", "record": {"id": 2}}
    assert warehouse.load(schema(v=KINDS[kind]), line("null"), absent).code == 0
    assert warehouse.query("SELECT id, v IS NULL FROM t ORDER BY id") == [(1, True), (2, True)]


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("integer", "5.5"),
        ("integer", "0.1"),
        ("integer", "true"),
        ("integer", '""'),
        ("integer", '"abc"'),
        ("integer", "[5]"),
        ("integer", "1e40"),
        ("integer", str(2**127)),
        ("huge", str(2**127)),
        ("number", "true"),
        ("number", "1e400"),
        ("number", '"NaN"'),
        ("number", '"infinity"'),
        ("number", '"1_0"'),
        ("number", "{}"),
        ("money", "0.125"),
        ("money", "1e-7"),
        ("money", '"1.25E-1"'),
        ("money", '"1234567890123456789012.34e-2"'),
        ("money", '"1E+40"'),
        ("exact", '"0.12345678901"'),
        ("exact", '"1,5"'),
        ("boolean", "5"),
        ("boolean", '"yes"'),
        ("moment", "1772355600"),
        ("moment", '"infinity"'),
        ("moment", '"epoch"'),
        ("moment", '"10:00:00"'),
        ("moment", '"2026-02-30T00:00:00Z"'),
        ("moment", '""'),
        ("day", '"2026-03-01T10:00:00Z"'),
        ("day", '"2026-02-30"'),
        ("day", '"epoch"'),
    ],
)
def test_a_value_that_does_not_fit_stops_the_load(warehouse: t.Any, kind: str, text: str) -> None:
    good = {"type": "RECORD", "stream": "t", "record": {"id": 1}}
    outcome = warehouse.load(schema(v=KINDS[kind]), good, line(text, number=42), STATE)
    assert (outcome.code, outcome.states) == (1, [])
    assert outcome.error.startswith(
        "Stream 't': field 'v' of the record with key id = 42 does not fit the column's type "
    )
    assert warehouse.table() == []
    assert outcome.summary["streams"][0]["status"] == "failed"


def test_no_value_is_shown_when_a_load_stops(warehouse: t.Any, caplog: pytest.LogCaptureFixture) -> None:
    fields = schema(v=KINDS["integer"], phone=KINDS["text"])
    record = {"type": "RECORD", "stream": "t", "record": {"id": 42, "v": "private value", "phone": "+7 495 123"}}
    outcome = warehouse.load(fields, record)
    everything = json.dumps(outcome.summary) + caplog.text
    assert "private value" not in everything
    assert "+7 495" not in everything
    assert "id = 42" in outcome.error


def test_a_number_of_more_than_64_bits_widens_its_column(warehouse: t.Any) -> None:
    values = [1, 2**63, -(2**63) - 1, 2**127 - 1]
    first = warehouse.load(schema(v=KINDS["integer"]), line("7", number=0), STATE)
    assert (first.code, warehouse.types()["v"]) == (0, "BIGINT")
    second = warehouse.load(
        schema(v=KINDS["integer"]), *(line(str(v), number=n) for n, v in enumerate(values, 1)), STATE
    )
    assert (second.code, second.states) == (0, [{"done": True}])
    assert warehouse.types()["v"] == "HUGEINT"
    assert [row["v"] for row in warehouse.table(order="id")] == [7, *values]
    third = warehouse.load(schema(v=KINDS["integer"]), line("8", number=9), STATE)
    assert (third.code, warehouse.types()["v"]) == (0, "HUGEINT")


def test_a_very_long_text(warehouse: t.Any) -> None:
    text = "€" * 20_000_000
    assert warehouse.load(schema(v=KINDS["text"]), line(json.dumps(text, ensure_ascii=False))).code == 0
    assert warehouse.query("SELECT length(v), md5(v) = md5(repeat('€', 20000000)) FROM t") == [(20_000_000, True)]


@pytest.mark.parametrize("name", ["select", "a b", 'q"uote', "it's", "ключ", "a.b", "{x}", "x:y", "v\\w", "rowid", "_"])
def test_fields_may_be_called_anything(warehouse: t.Any, name: str) -> None:
    for keys in (["id"], [name]):
        fields = schema(**{name: {"type": "string"}}) | {"key_properties": keys}
        assert warehouse.load(fields, line('"first"', name), line('"value"', name), STATE).code == 0
        assert {"id": 1, name: "value"} in warehouse.table()
    wrong = warehouse.load(schema(**{name: {"type": "string"}, "v": KINDS["integer"]}), line("5.5"))
    assert "field 'v' of the record with key id = 1 does not fit" in wrong.error


@pytest.mark.parametrize("name", ["rowid", "ROWID", "c0", "number"])
def test_a_field_called_like_a_row_number_does_not_change_the_order(warehouse: t.Any, name: str) -> None:
    lines = [line(str(value), name) for value in (3, 1, 2)]
    assert warehouse.load(schema(**{name: {"type": "integer"}}), *lines).code == 0
    assert warehouse.table() == [{"id": 1, name: 2}]


@pytest.mark.parametrize(
    ("properties", "message"),
    [
        ({"Id": {}, "id": {}}, "has the fields 'Id' and 'id', and DuckDB does not tell names apart by case"),
        ({"": {}}, "has a field without a name"),
        ({}, "has no fields, and DuckDB no tables without columns"),
    ],
)
def test_fields_that_duckdb_cannot_hold(warehouse: t.Any, properties: dict[str, t.Any], message: str) -> None:
    before = {"type": "SCHEMA", "stream": "before", "schema": {"properties": {"id": {"type": "integer"}}}}
    outcome = warehouse.load(
        before,
        {"type": "RECORD", "stream": "before", "record": {"id": 1}},
        STATE,
        {"type": "SCHEMA", "stream": "t", "schema": {"properties": properties}},
    )
    assert outcome.code == 1
    assert message in outcome.error
    assert outcome.states == [{"done": True}]
    assert warehouse.table("main.before") == [{"id": 1}]


def test_a_stream_without_fields_can_be_counted_by_its_metadata(warehouse: t.Any) -> None:
    empty = {"type": "SCHEMA", "stream": "t", "schema": {"properties": {}}}
    record = {"type": "RECORD", "stream": "t", "record": {}}
    assert warehouse.load(empty, record, record, add_record_metadata=True).code == 0
    assert warehouse.query("SELECT count(*), count(_sdc_received_at) FROM t") == [(2, 2)]


def test_a_field_that_stands_twice_in_a_record(warehouse: t.Any) -> None:
    outcome = warehouse.load(schema(), b'{"type":"RECORD","stream":"t","record":{"id":1,"id":2}}')
    assert (outcome.code, outcome.states) == (1, [])
    assert "record 1 of this load has the field 'id' twice" in outcome.error


def test_naive_times_are_told_wherever_they_stand(warehouse: t.Any, caplog: pytest.LogCaptureFixture) -> None:
    moment = KINDS["moment"]
    members = {"type": "object", "properties": {"at": moment, "each": {"items": moment, "type": "array"}}}
    moments = [line('"2026-03-01T10:00:00Z"', number=n) for n in range(1500)]
    nested = line('{"at": "2026-03-01T10:00:00", "each": ["2026-03-01T10:00:00Z", "2026-03-01T10:00:00"]}', "n", -2)
    naive = line('"2026-03-01T10:00:00"', number=-1)
    warehouse.load(schema(v=moment, n=members), *moments, naive, nested, naive, nested="struct", batch_size_rows=1200)
    told = [text.rpartition(": ")[2] for text in caplog.messages if "are read as UTC" in text]
    assert told == ["v", "n.at, n.each[]"]


NUMBERS = {"type": "SCHEMA", "stream": "t", "schema": {"properties": {"k": {"type": "number"}}}}


@pytest.mark.parametrize("keys", [["9007199254740993", "9007199254740992"], ["1", '"9007199254740992"'], ["-1e300"]])
def test_keys_that_could_become_one_double(warehouse: t.Any, keys: list[str]) -> None:
    records = [b'{"type":"RECORD","stream":"t","record":{"k":%s}}' % key.encode() for key in keys]
    outcome = warehouse.load(NUMBERS | {"key_properties": ["k"]}, *records)
    assert (outcome.code, outcome.states, warehouse.table()) == (1, [], [])
    assert "field 'k'" in outcome.error
    assert warehouse.load(NUMBERS, *records).code == 0, "only as a key"


def test_keys_that_are_doubles(warehouse: t.Any) -> None:
    keys = (0.5, 9007199254740991, 0.5, -9007199254740991, "7.25", 7.25)
    records = [{"type": "RECORD", "stream": "t", "record": {"k": key}} for key in keys]
    assert warehouse.load(NUMBERS | {"key_properties": ["k"]}, *records).code == 0
    assert [row["k"] for row in warehouse.table()] == [-9007199254740991.0, 0.5, 7.25, 9007199254740991.0]


def test_unknown_fields_and_naive_times_are_reported_once(warehouse: t.Any, caplog: pytest.LogCaptureFixture) -> None:
    records = [
        {"type": "RECORD", "stream": "t", "record": {"id": n, "v": "2026-03-01T10:00:00", "zip": 1, "age": 2}}
        for n in (1, 2)
    ]
    warehouse.load(schema(v=KINDS["moment"]), *records, batch_size_rows=1)
    assert [text for text in caplog.messages if "Stream 't'" in text] == [
        "Stream 't': times without an offset are read as UTC: v",
        "Stream 't': fields that its SCHEMA lacks are left out: age, zip",
    ]
