"""Rows: merged on the key, appended without one, counted, replaced whole, marked when they vanish."""

from __future__ import annotations

import pathlib
import typing as t

import duckdb
import pytest
from target_duckdb import staging

FIELDS = {
    "id": {"type": "integer"},
    "part": {"type": "string"},
    "v": {"type": ["string", "null"]},
    "w": {"type": ["integer", "null"]},
}


def schema(*keys: str, stream: str = "t", **more: t.Any) -> dict[str, t.Any]:
    return {"type": "SCHEMA", "stream": stream, "schema": {"properties": FIELDS | more}, "key_properties": list(keys)}


def record(stream: str = "t", version: int | None = None, **fields: t.Any) -> dict[str, t.Any]:
    return {"type": "RECORD", "stream": stream, "record": fields, "version": version}


def state(value: t.Any) -> dict[str, t.Any]:
    return {"type": "STATE", "value": value}


def row(
    number: int | None = None, part: str | None = None, v: str | None = None, w: int | None = None
) -> dict[str, t.Any]:
    return {"id": number, "part": part, "v": v, "w": w}


@pytest.mark.parametrize("size", [1, 2, 100])
def test_the_last_record_of_a_key_wins_and_replaces_the_whole_row(warehouse: t.Any, size: int) -> None:
    outcome = warehouse.load(
        schema("id"),
        record(id=1, v="old", w=1),
        record(id=2, v="only", w=2),
        record(id=1, v="new"),
        record(id=3, v="x", w=3),
        record(id=3, w=4),
        state(1),
        batch_size_rows=size,
    )
    assert outcome.code == 0
    assert warehouse.table() == [row(1, v="new"), row(2, v="only", w=2), row(3, w=4)]
    assert outcome.summary["streams"][0] | {"error": 0} == {
        "stream": "t",
        "partition": None,
        "status": "complete",
        "records": 5,
        "loaded": 5,
        "error": 0,
        "table": "main.t",
        "rows": 3,
    }


def test_a_second_run_updates_and_adds(warehouse: t.Any) -> None:
    warehouse.load(schema("id"), record(id=1, v="a", w=1), record(id=2, v="b"))
    warehouse.load(schema("id"), record(id=2, v="B"), record(id=3, v="C"))
    assert warehouse.table() == [row(1, v="a", w=1), row(2, v="B"), row(3, v="C")]


def test_keys_of_several_parts(warehouse: t.Any) -> None:
    warehouse.load(
        schema("id", "part"),
        record(id=1, part="a", v="1"),
        record(id=1, part="b", v="2"),
        record(id=1, part="a", v="3"),
    )
    assert warehouse.table() == [row(1, "a", "3"), row(1, "b", "2")]


def test_a_stream_without_key_is_appended(warehouse: t.Any) -> None:
    for _ in range(2):
        assert warehouse.load(schema(), record(id=1, v="a"), record(id=1, v="a")).code == 0
    assert warehouse.table() == [row(1, v="a")] * 4


def test_many_doubles_over_many_rows_keep_the_order_of_the_file(warehouse: t.Any) -> None:
    count = 20_000
    records = [record(id=n * 7919 % 500, v=str(n)) for n in range(count)]
    warehouse.load(schema("id"), *records)
    last = {n * 7919 % 500: str(n) for n in range(count)}
    assert [(found["id"], found["v"]) for found in warehouse.table(order="id")] == sorted(last.items())


@pytest.mark.parametrize("fields", [{"part": "x"}, {"id": None, "part": "x"}])
def test_a_record_without_its_key_stops_the_load(warehouse: t.Any, fields: dict[str, t.Any]) -> None:
    outcome = warehouse.load(schema("part", "id"), record(id=1, part="x"), state(1), record(**fields), state(2))
    assert (outcome.code, outcome.states) == (1, [])
    assert "Stream 't': record 2 of this load has no value for 'id', a part of the primary key" in outcome.error
    assert warehouse.table() == []


def test_a_flush_is_one_transaction_over_all_streams(warehouse: t.Any) -> None:
    outcome = warehouse.load(
        schema("id"),
        schema("id", stream="u"),
        record(id=1),
        state(1),
        record("u", id=1),
        record(id=2),
        record("u", id="bad"),
        state(2),
        batch_size_rows=2,
    )
    assert (outcome.code, outcome.states) == (1, [1])
    assert (warehouse.table(), warehouse.table("main.u")) == ([row(1)], [row(1)])
    statuses = {
        stream["stream"]: (stream["status"], stream["records"], stream["loaded"])
        for stream in outcome.summary["streams"]
    }
    assert statuses == {"t": ("incomplete", 2, 1), "u": ("failed", 2, 1)}


@pytest.mark.parametrize("keys", [[], ["id"]])
def test_a_row_lost_on_the_way_stops_the_load(
    warehouse: t.Any, keys: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = staging.source
    monkeypatch.setattr(staging, "source", lambda *given: f"(FROM {whole(*given)} OFFSET 1)")
    outcome = warehouse.load(schema(*keys), record(id=1), record(id=2), state(1))
    assert (outcome.code, outcome.states) == (1, [])
    assert "1 rows were" in outcome.error
    assert "where 2 were expected" in outcome.error
    assert warehouse.table() == []


def test_metadata_columns(warehouse: t.Any) -> None:
    extracted = "2026-03-01T10:00:00.5+03:00"
    message = record(id=1, version=7) | {"time_extracted": extracted}
    assert warehouse.load(schema("id"), message, add_record_metadata=True).code == 0
    assert list(warehouse.types()) == [
        *FIELDS,
        "_sdc_extracted_at",
        "_sdc_received_at",
        "_sdc_batched_at",
        "_sdc_deleted_at",
        "_sdc_sequence",
        "_sdc_table_version",
    ]
    found = warehouse.table()[0]
    assert found["_sdc_extracted_at"] == "2026-03-01 07:00:00.5+00"
    assert found["_sdc_received_at"] <= found["_sdc_batched_at"]
    assert (found["_sdc_deleted_at"], found["_sdc_table_version"]) == (None, 7)
    assert warehouse.query(
        "SELECT abs(epoch_ms(_sdc_received_at) - _sdc_sequence) < 2, _sdc_batched_at <= now() FROM t"
    ) == [(True, True)]


ACTIVATE = {"type": "ACTIVATE_VERSION", "stream": "t", "version": 2}


def full_reads(warehouse: t.Any, **settings: t.Any) -> t.Any:
    """A complete read of three rows, then one in which two of them came."""
    settings = {"add_record_metadata": True, **settings}
    first = [record(id=n, version=1) for n in (1, 2, 3)]
    warehouse.load(schema("id"), *first, ACTIVATE | {"version": 1}, **settings)
    return warehouse.load(
        schema("id"), record(id=1, version=2), record(id=3, version=2), ACTIVATE, state(1), **settings
    )


LIVING = "SELECT id, _sdc_deleted_at IS NULL FROM t ORDER BY id"


def test_rows_that_vanished_are_marked_and_come_back(warehouse: t.Any) -> None:
    assert full_reads(warehouse).states == [1]
    assert warehouse.query(LIVING) == [(1, True), (2, False), (3, True)]
    again = [record(id=n, version=3) for n in (1, 2)]
    warehouse.load(schema("id"), *again, ACTIVATE | {"version": 3}, add_record_metadata=True)
    assert warehouse.query(LIVING) == [(1, True), (2, True), (3, False)]


def test_rows_that_vanished_are_deleted_when_asked(warehouse: t.Any) -> None:
    outcome = full_reads(warehouse, hard_delete=True)
    assert warehouse.query(LIVING) == [(1, True), (3, True)]
    assert outcome.summary["streams"][0]["rows"] == 2


@pytest.mark.parametrize(
    "settings",
    [{"process_activate_version_messages": False}, {"add_record_metadata": False}],
    ids=["ignored", "no columns"],
)
def test_rows_that_vanished_stay_otherwise(warehouse: t.Any, settings: dict[str, t.Any]) -> None:
    assert full_reads(warehouse, **settings).code == 0
    assert warehouse.query("SELECT id FROM t ORDER BY id") == [(1,), (2,), (3,)]


def test_rows_without_a_version_are_left_alone(warehouse: t.Any) -> None:
    warehouse.load(schema("id"), record(id=1), ACTIVATE, add_record_metadata=True)
    assert warehouse.query(LIVING) == [(1, True)]


def test_schemas_and_a_file_called_like_one(warehouse: t.Any) -> None:
    warehouse.load(schema("id"), record(id=1), default_target_schema="warehouse")
    warehouse.load(schema("id"), record(id=1, v="again"), default_target_schema="warehouse")
    assert warehouse.table('warehouse."warehouse".t') == [row(1, v="again")]


def test_two_streams_for_one_table(warehouse: t.Any) -> None:
    outcome = warehouse.load(
        schema("id", stream="a-t"),
        record("a-t", id=1),
        state(1),
        schema("id", stream="b-T"),
        default_target_schema="raw",
    )
    assert outcome.code == 1
    assert "The streams 'a-t' and 'b-T' would both be loaded into raw.T" in outcome.error
    assert (outcome.states, warehouse.table("raw.t")) == ([1], [row(1)])


def test_a_view_in_the_way(warehouse: t.Any) -> None:
    with duckdb.connect(str(warehouse.path)) as connection:
        connection.execute("CREATE VIEW t AS SELECT 1 AS id")
    outcome = warehouse.load(schema("id"), record(id=1))
    assert outcome.code == 1
    assert "main.t is a view" in outcome.error


@pytest.mark.parametrize("kind", ["BIGINT PRIMARY KEY", "BIGINT UNIQUE"])
def test_a_table_with_constraints_of_its_own(warehouse: t.Any, kind: str) -> None:
    warehouse.query(f"CREATE TABLE t (id {kind}, part VARCHAR, v VARCHAR, w BIGINT)")
    warehouse.query("INSERT INTO t VALUES (1, 'old', NULL, NULL), (2, 'kept', NULL, NULL)")
    for part in ("new", "newer"):
        outcome = warehouse.load(schema("id"), record(id=1, part="x"), record(id=3, part=part), record(id=1, part=part))
        assert outcome.code == 0, outcome.error
    assert warehouse.table() == [row(1, "newer"), row(2, "kept"), row(3, "newer")]


def test_a_folder_that_looks_like_a_partition_is_a_folder(warehouse: t.Any, tmp_path: pathlib.Path) -> None:
    (tmp_path / "spool").mkdir()
    outcome = warehouse.load(
        schema("id"), record(id=1, v="a"), record(id=2, v="b"), spool_path=str(tmp_path / "id=5" / "v=x")
    )
    assert outcome.code == 0, outcome.error
    assert warehouse.table() == [row(1, v="a"), row(2, v="b")]


def test_a_field_of_the_taps_with_the_name_of_a_stamp(warehouse: t.Any) -> None:
    stamp: dict[str, t.Any] = {"_sdc_batched_at": {"type": "string", "format": "date-time"}}
    record_of_old = record(id=1, _sdc_batched_at="2001-01-01T00:00:00Z")
    assert warehouse.load(schema("id", **stamp), record_of_old).code == 0
    assert warehouse.table()[0]["_sdc_batched_at"] == "2001-01-01 00:00:00+00"
