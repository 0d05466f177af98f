"""A SCHEMA that changes, between runs and in the middle of one."""

from __future__ import annotations

import typing as t

import duckdb
import pytest

INTEGER = {"type": ["integer", "null"]}
NUMBER = {"type": ["number", "null"]}
TEXT = {"type": ["string", "null"]}
DAY = {"type": ["string", "null"], "format": "date"}
MOMENT = {"type": ["string", "null"], "format": "date-time"}
BOOLEAN = {"type": ["boolean", "null"]}
HUGE = {"type": ["integer", "null"], "maximum": 2**65}
MONEY = {"type": ["number", "null"], "multipleOf": 0.01}
ANYTHING: dict[str, t.Any] = {}


def schema(**properties: t.Any) -> dict[str, t.Any]:
    return {
        "type": "SCHEMA",
        "stream": "t",
        "schema": {"properties": {"id": {"type": "integer"}, **properties}},
        "key_properties": ["id"],
    }


def record(**fields: t.Any) -> dict[str, t.Any]:
    return {"type": "RECORD", "stream": "t", "record": fields}


def state(value: t.Any) -> dict[str, t.Any]:
    return {"type": "STATE", "value": value}


def test_new_fields_become_new_columns_in_the_middle_of_a_run(warehouse: t.Any) -> None:
    outcome = warehouse.load(
        schema(a=TEXT), record(id=1, a="x"), state(1), schema(a=TEXT, b=INTEGER), record(id=2, a="y", b=2), state(2)
    )
    assert (outcome.code, outcome.states) == (0, [1, 2])
    assert warehouse.table() == [{"id": 1, "a": "x", "b": None}, {"id": 2, "a": "y", "b": 2}]


def test_fields_that_are_gone_keep_their_column_and_become_null(warehouse: t.Any) -> None:
    warehouse.load(schema(a=TEXT, b=INTEGER), record(id=1, a="x", b=1), record(id=2, a="y", b=2))
    warehouse.load(schema(a=TEXT), record(id=2, a="z"))
    assert warehouse.table() == [{"id": 1, "a": "x", "b": 1}, {"id": 2, "a": "z", "b": None}]


def test_a_field_that_changes_its_case_keeps_its_column(warehouse: t.Any) -> None:
    warehouse.load(schema(Name=TEXT), record(id=1, Name="x"))
    assert warehouse.load(schema(name=TEXT), record(id=2, name="y")).code == 0
    assert warehouse.table() == [{"id": 1, "Name": "x"}, {"id": 2, "Name": "y"}]


@pytest.mark.parametrize(
    ("old", "before", "new", "after", "type_now", "values"),
    [
        (INTEGER, 5, HUGE, 2**64, "HUGEINT", [5, 2**64]),
        (HUGE, 2**64, INTEGER, 5, "HUGEINT", [2**64, 5]),
        (INTEGER, 5, NUMBER, 1.5, "DOUBLE", [5.0, 1.5]),
        (NUMBER, 1.5, INTEGER, 5, "DOUBLE", [1.5, 5.0]),
        (INTEGER, 5, TEXT, "x", "VARCHAR", ["5", "x"]),
        (TEXT, "x", INTEGER, 5, "VARCHAR", ["x", "5"]),
        (BOOLEAN, True, TEXT, "x", "VARCHAR", ["true", "x"]),
        (DAY, "2026-03-01", MOMENT, "2026-03-02T10:00:00Z", "TIMESTAMP WITH TIME ZONE",
         ["2026-03-01 00:00:00+00", "2026-03-02 10:00:00+00"]),
        (MOMENT, "2026-03-02T10:00:00Z", DAY, "2026-03-01", "TIMESTAMP WITH TIME ZONE",
         ["2026-03-02 10:00:00+00", "2026-03-01 00:00:00+00"]),
        (MOMENT, "2026-03-02T10:00:00+03:00", TEXT, "soon", "VARCHAR", ["2026-03-02T07:00:00.000000Z", "soon"]),
        (INTEGER, 5, ANYTHING, {"a": 1}, "JSON", ["5", '{"a":1}']),
        (TEXT, 'say "x"', ANYTHING, [1], "JSON", ['"say \\"x\\""', "[1]"]),
        (ANYTHING, [1], TEXT, "x", "JSON", ["[1]", '"x"']),
        (MOMENT, "2026-03-02T10:00:00Z", ANYTHING, 1, "JSON", ['"2026-03-02T10:00:00.000000Z"', "1"]),
    ],
)  # fmt: skip
def test_types_that_widen(
    warehouse: t.Any, *, old: t.Any, before: t.Any, new: t.Any, after: t.Any, type_now: str, values: list[t.Any]
) -> None:
    warehouse.load(schema(v=old), record(id=1, v=before))
    outcome = warehouse.load(schema(v=new), record(id=2, v=after))
    assert outcome.code == 0, outcome.error
    assert warehouse.types()["v"] == type_now
    assert [row["v"] for row in warehouse.table(order="id")] == values


@pytest.mark.parametrize(
    ("old", "before", "new"),
    [
        (BOOLEAN, True, INTEGER),
        (INTEGER, 2**53 + 1, NUMBER),
        (NUMBER, 0.001, MONEY),
        (MOMENT, "2026-03-01T10:00:00Z", INTEGER),
    ],
)
def test_types_that_cannot_hold_each_other(warehouse: t.Any, old: t.Any, before: t.Any, new: t.Any) -> None:
    warehouse.load(schema(v=old), record(id=1, v=before))
    rows, types = warehouse.table(), warehouse.types()
    outcome = warehouse.load(schema(v=new), record(id=2, v=1), state(1))
    assert (outcome.code, outcome.states) == (1, [])
    assert "neither can hold all values of the other" in outcome.error
    assert (warehouse.table(), warehouse.types()) == (rows, types)


def test_an_integer_beyond_what_a_double_holds_exactly_stops_the_load(warehouse: t.Any) -> None:
    warehouse.load(schema(v=NUMBER), record(id=1, v=1.5))
    assert warehouse.load(schema(v=INTEGER), record(id=2, v=2**53 - 1)).code == 0
    outcome = warehouse.load(schema(v=INTEGER), record(id=3, v=2**53 + 1))
    assert outcome.code == 1
    assert "field 'v' of the record with key id = 3 does not fit the column's type DOUBLE" in outcome.error


def test_a_column_made_by_something_else(warehouse: t.Any) -> None:
    with duckdb.connect(str(warehouse.path)) as connection:
        connection.execute("CREATE TABLE t (id INTEGER, v UUID)")
    outcome = warehouse.load(schema(v=INTEGER), record(id=1))
    assert outcome.code == 1
    assert "column 'v' of main.t has type UUID, the SCHEMA now asks for BIGINT" in outcome.error


def test_small_integers_made_by_something_else_grow(warehouse: t.Any) -> None:
    with duckdb.connect(str(warehouse.path)) as connection:
        connection.execute("CREATE TABLE t AS SELECT 1::INTEGER AS id, 2::UTINYINT AS v")
    assert warehouse.load(schema(v=INTEGER), record(id=2**40, v=300)).code == 0
    assert warehouse.table() == [{"id": 1, "v": 2}, {"id": 2**40, "v": 300}]


def test_keys_that_change(warehouse: t.Any) -> None:
    one = schema(v=TEXT)
    outcome = warehouse.load(
        one, record(id=1, v="a"), one | {"key_properties": ["v"]}, record(id=2, v="a"), record(id=3, v="b")
    )
    assert outcome.code == 0
    assert warehouse.table() == [{"id": 2, "v": "a"}, {"id": 3, "v": "b"}]


def test_metadata_switched_on_later(warehouse: t.Any) -> None:
    warehouse.load(schema(), record(id=1))
    assert warehouse.load(schema(), record(id=2), add_record_metadata=True).code == 0
    assert warehouse.query("SELECT id, _sdc_received_at IS NULL FROM t ORDER BY id") == [(1, True), (2, False)]


def test_days_in_a_column_of_moments_are_no_times_without_an_offset(
    warehouse: t.Any, caplog: pytest.LogCaptureFixture
) -> None:
    moment, day = ({"type": "string", "format": form} for form in ("date-time", "date"))
    warehouse.load(schema(v=moment), record(id=1, v="2026-03-01T10:00:00Z"))
    assert warehouse.load(schema(v=day), record(id=2, v="2026-03-02")).code == 0
    assert warehouse.table()[1] == {"id": 2, "v": "2026-03-02 00:00:00+00"}
    assert "read as UTC" not in caplog.text
