"""The connection that every load uses."""

from __future__ import annotations

import logging
import subprocess
import sys
import typing as t
from pathlib import Path

import duckdb
import pytest
from target_duckdb import session

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
    caplog.set_level(logging.INFO)
    outcome = warehouse.load(SCHEMA, LONG, STATE)
    assert (outcome.code, outcome.states) == (0, [1]), outcome.error
    assert warehouse.query("SELECT id, length(text) FROM t") == [(1, 20 * MEGABYTE)]
    assert "DuckDB gets 30 MB of memory: a load did not fit into less" in caplog.messages


def test_a_file_of_an_older_format_is_loaded_into(warehouse: t.Any) -> None:
    with duckdb.connect() as connection:
        connection.execute(f"ATTACH '{warehouse.path}' AS old (STORAGE_VERSION 'v1.0.0')")
        connection.execute(
            "CREATE TABLE old.main.t (id BIGINT, text VARCHAR); INSERT INTO old.main.t VALUES (1, 'old')"
        )
    record = {"type": "RECORD", "stream": "t", "record": {"id": 2, "text": "new"}}
    assert warehouse.load(SCHEMA, record).code == 0
    assert warehouse.query("FROM t ORDER BY id") == [(1, "old"), (2, "new")]
