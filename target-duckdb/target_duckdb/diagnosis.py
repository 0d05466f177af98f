"""After a failed load: which record, which field; never the value."""

# ruff: noqa: S608 - every name in the SQL is quoted by `types.quoted`, every text by `types.literal`

from __future__ import annotations

import json
import typing as t

import duckdb
from singer_spool import Batch, LoadError

from target_duckdb.expressions import read_type
from target_duckdb.session import is_out_of_memory
from target_duckdb.staging import source
from target_duckdb.tables import Column, Table
from target_duckdb.types import BIGINT, HUGEINT, quoted

_SHOWN = 200


def outgrown(connection: duckdb.DuckDBPyConnection, batch: Batch, table: Table) -> list[Column]:
    """The BIGINT columns with whole numbers that need HUGEINT, if that is all that is wrong with the batch."""
    wider = [column for column in table.read if column.type == BIGINT and _unfit(connection, batch, table, column)]
    grown = table
    for column in wider:
        grown = grown.with_type(column.name, HUGEINT)
    return [] if any(_unfit(connection, batch, grown, column) for column in grown.read) else wider


def unfit_value(connection: duckdb.DuckDBPyConnection, batch: Batch, table: Table) -> LoadError | None:
    """An error that names stream, key and field of the first value that fits no column."""
    for column in table.read:
        found = _unfit(connection, batch, table, column)
        if found:
            msg = (
                f"Stream '{table.spec.name}': field '{column.name}' of {_record(*found)} does not fit the column's "
                f"type {column.type}. Nothing of this load was written and no STATE was emitted. Correct the type in "
                "the tap's schema (in Meltano the tap's extra 'schema'), or the value at its source."
            )
            return LoadError(msg, stream=table.spec.name)
    return None


def _unfit(
    connection: duckdb.DuckDBPyConnection, batch: Batch, table: Table, column: Column
) -> tuple[int, dict[str, t.Any]] | None:
    if read_type(column.type) != "VARCHAR" or column.fitted == quoted(column.name):
        return None
    number = quoted("number of the record")
    keys = ", ".join([number, *(f"CAST({key} AS VARCHAR)" for key in table.keys)])
    row = connection.execute(
        f"SELECT {keys} FROM (SELECT row_number() OVER () AS {number}, * FROM {source(batch, table)})"
        f" WHERE {quoted(column.name)} IS NOT NULL AND ({column.fitted}) IS NULL ORDER BY {number} LIMIT 1",
    ).fetchone()
    return (row[0], dict(zip(table.spec.key_properties, row[1:], strict=True))) if row else None


def _record(number: int, key: dict[str, t.Any]) -> str:
    named = ", ".join(f"{name} = {str(value)[:_SHOWN]}" for name, value in key.items())
    return f"the record with key {named}" if key else f"record {number} of this load"


def unreadable_record(batch: Batch, table: Table) -> LoadError | None:
    """An error that names the first record which DuckDB's JSON reader refuses: a field that stands in it twice."""
    for number, line in enumerate(batch.raw_lines(), start=1):
        double = _repeated(line)
        if double is not None:
            return LoadError(
                f"Stream '{table.spec.name}': record {number} of this load has the field '{double}' twice. Nothing of "
                "the load was written and no STATE was emitted. The tap must write each field once.",
                stream=table.spec.name,
            )
    return None


def _repeated(line: bytes) -> str | None:
    found: list[str] = []

    def look(pairs: list[tuple[str, t.Any]]) -> None:
        names = [name for name, _ in pairs]
        found.extend(name for place, name in enumerate(names) if name in names[:place])

    json.loads(line, object_pairs_hook=look)
    return found[0] if found else None


_SAFE = (duckdb.OutOfMemoryException, duckdb.IOException, duckdb.TransactionException, duckdb.CatalogException)


def unexplained(error: duckdb.Error, stream: str | None) -> LoadError:
    """An error for what the diagnosis did not find; DuckDB's text only where it cannot hold values."""
    reason = str(error).partition("\n")[0] if isinstance(error, _SAFE) else "(its text may hold values and is left out)"
    advice = ""
    if is_out_of_memory(error):
        advice = " Raise 'memory_limit' or leave it out, or lower 'batch_size_rows' and 'batch_size_mb'."
    return LoadError(
        f"DuckDB refused the load: {type(error).__name__} {reason}. It was rolled back and no STATE was emitted."
        + advice,
        stream=stream,
    )
