"""The connection that every load uses."""

from __future__ import annotations

import logging
import subprocess
import sys
import typing as t
from pathlib import Path

import duckdb
import pytest
from singer_spool import Batch
from target_duckdb import backend, session
from target_duckdb.diagnosis import outgrown
from target_duckdb.tables import Column, Table

SETTING = """
import sys
from target_duckdb.session import Database
with Database(sys.argv[1]).connection() as connection:
    print(connection.execute("SELECT current_setting('enable_progress_bar')").fetchone())
"""


def test_nothing_but_state_goes_to_standard_output(tmp_path: Path) -> None:
    """DuckDB draws a progress bar where Python was started without a script, as `python -m` does."""
    command = [sys.executable, "-c", SETTING, str(tmp_path / "w.duckdb")]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == "(False,)\n"


MEGABYTE = 1_000_000
SCHEMA = {
    "type": "SCHEMA",
    "stream": "t",
    "schema": {"properties": {"id": {"type": "integer"}, "text": {"type": "string"}}},
    "key_properties": ["id"],
}
LONG = {"type": "RECORD", "stream": "t", "record": {"id": 1, "text": "x" * 20 * MEGABYTE}}
STATE = {"type": "STATE", "value": 1}


def test_the_memory_limit_is_hard_when_it_is_set(warehouse: t.Any) -> None:
    outcome = warehouse.load(SCHEMA, LONG, STATE, memory_limit="20MB")
    assert (outcome.code, outcome.states, warehouse.table()) == (1, [], [])
    assert "OutOfMemoryException" in outcome.error
    assert "Raise 'memory_limit' or leave it out" in outcome.error


def test_without_a_limit_a_load_gets_the_memory_it_needs(
    warehouse: t.Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(session, "FIRST_MEMORY", 20)
    monkeypatch.setattr(session, "_MEGABYTES_TO_READ", 0)
    caplog.set_level(logging.INFO)
    outcome = warehouse.load(SCHEMA, LONG, STATE)
    assert (outcome.code, outcome.states) == (0, [1]), outcome.error
    assert warehouse.query("SELECT id, length(text) FROM t") == [(1, 20 * MEGABYTE)]
    assert "DuckDB gets 30 MB of memory: a load did not fit into less" in caplog.messages


@pytest.mark.parametrize(
    ("limit", "told"),
    [
        ({}, "field 'id' of the record with key id = one does not fit"),
        ({"memory_limit": "100MB"}, "OutOfMemoryException"),
    ],
)
def test_finding_out_what_does_not_fit_gets_the_memory_it_needs(
    warehouse: t.Any, monkeypatch: pytest.MonkeyPatch, limit: dict[str, str], told: str
) -> None:
    too_little = [duckdb.OutOfMemoryException("SET memory_limit")] * 2

    def costly(connection: duckdb.DuckDBPyConnection, batch: Batch, table: Table) -> list[Column]:
        if too_little:
            raise too_little.pop()
        return outgrown(connection, batch, table)

    monkeypatch.setattr(backend, "outgrown", costly)
    wrong = {"type": "RECORD", "stream": "t", "record": {"id": "one"}}
    outcome = warehouse.load(SCHEMA, wrong, STATE, **limit)
    assert (outcome.code, outcome.states) == (1, [])
    assert told in outcome.error


def test_a_file_of_an_older_format_is_loaded_into(warehouse: t.Any) -> None:
    with duckdb.connect() as connection:
        connection.execute(f"ATTACH '{warehouse.path}' AS old (STORAGE_VERSION 'v1.0.0')")
        connection.execute(
            "CREATE TABLE old.main.t (id BIGINT, text VARCHAR); INSERT INTO old.main.t VALUES (1, 'old')"
        )
    record = {"type": "RECORD", "stream": "t", "record": {"id": 2, "text": "new"}}
    assert warehouse.load(SCHEMA, record).code == 0
    assert warehouse.query("FROM t ORDER BY id") == [(1, "old"), (2, "new")]


WIDE = {f"c{number}": {"type": ["string", "null"]} for number in range(113)}
WIDE_SCHEMA = {**SCHEMA, "schema": {"properties": {"id": {"type": "integer"}, **WIDE}}}
WIDE_RECORDS = [
    {"type": "RECORD", "stream": "t", "record": {"id": number, **{name: f"{name} of {number}" for name in WIDE}}}
    for number in range(900)
]
COUNT = "SELECT count(*), count(DISTINCT id), count(DISTINCT c112) FROM t"


@pytest.mark.parametrize("known", [True, False])
def test_writing_back_a_wide_table_gets_the_memory_it_needs(
    warehouse: t.Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, known: bool
) -> None:
    """At once, since the number of its columns tells how much; or when it lacks."""
    caplog.set_level(logging.INFO)
    if not known:
        monkeypatch.setattr(session, "_MEGABYTES_A_COLUMN", 0)
    outcome = warehouse.load({**WIDE_SCHEMA, "key_properties": []}, *WIDE_RECORDS, STATE, batch_size_rows=300)
    assert (outcome.code, outcome.states) == (0, [1]), outcome.error
    assert warehouse.query(COUNT) == [(900, 900, 900)]
    assert ("MB of memory: a load did not fit into less" in caplog.text) is not known


def test_what_was_committed_under_a_tight_limit_is_there_for_the_next_run(warehouse: t.Any) -> None:
    messages = [
        message for number, record in enumerate(WIDE_RECORDS) for message in (record, STATE | {"value": number})
    ]
    tight = warehouse.load(WIDE_SCHEMA, *messages, batch_size_rows=300, memory_limit="80MB")
    assert tight.code == 1
    assert "raise 'memory_limit' or leave it out" in tight.error.replace("Raise", "raise")
    ((rows, *_),) = warehouse.query(COUNT)
    assert rows >= (tight.states[-1] + 1 if tight.states else 0)
    assert warehouse.load(WIDE_SCHEMA, *messages, batch_size_rows=300).code == 0
    assert warehouse.query(COUNT) == [(900, 900, 900)]
