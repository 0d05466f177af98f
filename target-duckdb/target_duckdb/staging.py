"""One batch into its table: read in bulk, checked, counted, merged."""

# ruff: noqa: S608 - every name in the SQL is quoted by `types.quoted`, every text by `types.literal`

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

import duckdb
from singer_spool import Batch, LoadError, MissingKeyError

from target_duckdb.tables import Table
from target_duckdb.types import literal, quoted

STAGE = "temp.main.switchboard_stage"
ROW_NUMBER = "rowid"
_ROOM = 1024
_SMALLEST_OBJECT_SIZE = 1 << 19


def source(batch: Batch, table: Table, typed: Collection[str] = ()) -> str:
    """The spool files as a relation: scalars as text, nested values as JSON, fields that the SCHEMA lacks left out.

    Args:
        batch: The files.
        table: The table whose columns to read.
        typed: Names of columns to read with their own types, because `CanonicalColumns` looked at each value.
    """
    columns = ", ".join(column.source(typed=column.name in typed) for column in table.read)
    files = ", ".join(literal(str(path)) for path in batch.paths)
    # DuckDB's buffers are twice this size (32 MB at least), so it is no larger than the longest record asks for.
    object_size = max(_SMALLEST_OBJECT_SIZE, batch.longest + _ROOM)
    return (
        f"read_json([{files}], format = 'newline_delimited', records = true, auto_detect = false, "
        "compression = 'uncompressed', hive_partitioning = false, "
        f"maximum_object_size = {object_size}, columns = {{{columns}}})"
    )


def load_batch(
    connection: duckdb.DuckDBPyConnection,
    batch: Batch,
    table: Table,
    batched_at: dt.datetime,
    typed: Collection[str] = (),
) -> None:
    """Merge a batch on the primary key, or append it where there is none; inside the caller's transaction.

    A merge replaces the whole row: a field that the record lacks is null afterwards, also if the table had a value.
    Of several records with one key the last one counts.

    Raises:
        duckdb.Error: A value does not fit, or the file is not what DuckDB calls JSON.
        MissingKeyError: A record has no value for a part of its key.
        LoadError: A different number of rows arrived than was sent.
    """
    rows = f"SELECT {', '.join(_values(table, batched_at, typed))} FROM {source(batch, table, typed)}"
    if not table.keys:
        _expect(_insert(connection, table, rows), batch.rows, table, "appended")
    elif table.unique or any(column.name.casefold() == ROW_NUMBER for column in table.columns):
        _merge_from_stage(connection, batch, table, rows)
    else:
        _merge_in_place(connection, batch, table, rows)


def _values(table: Table, batched_at: dt.datetime, typed: Collection[str]) -> list[str]:
    moment = f"TIMESTAMPTZ {literal(batched_at.isoformat())}"
    return [
        moment if table.stamps(column) else quoted(column.name) if column.name in typed else column.checked
        for column in table.columns
    ]


def _insert(connection: duckdb.DuckDBPyConnection, table: Table, rows: str) -> int:
    names = ", ".join(quoted(column.name) for column in table.columns)
    return _number(connection, f"INSERT INTO {table.name.sql} ({names}) {rows}")


def _merge_in_place(connection: duckdb.DuckDBPyConnection, batch: Batch, table: Table, rows: str) -> None:
    """Insert all rows, then delete those that they replace.

    Rows of an open transaction are numbered in the order of the files, from far above all that are committed. So no
    copy of the batch is needed, and whole row groups go to the file while it is read.
    """
    name = table.name.sql
    last = _number(connection, f"SELECT coalesce(max(rowid), -1) FROM {name}")
    _expect(_insert(connection, table, rows), batch.rows, table, "inserted")
    new = f"{name} WHERE rowid > {last}"
    _expect(_number(connection, f"SELECT count(*) FROM {new}"), batch.rows, table, "found as new")
    keys = dict(zip(table.spec.key_properties, table.keys, strict=True))
    _refuse_missing_keys(connection, table, new, keys)
    _remove_doubles(connection, batch, name, f"rowid > {last}", keys.values())
    if last >= 0:
        matches = " AND ".join(f"old.{key} = new.{key}" for key in table.keys)
        replaced = f"(SELECT {', '.join(table.keys)} FROM {new}) AS new WHERE old.rowid <= {last} AND {matches}"
        connection.execute(f"DELETE FROM {name} AS old USING {replaced}")


def _merge_from_stage(connection: duckdb.DuckDBPyConnection, batch: Batch, table: Table, rows: str) -> None:
    """The same by way of a copy, and deleting first.

    For a table with a field called `rowid`, which hides the number of its rows, and for one whose own constraints
    refuse two rows of a key even for a moment.
    """
    places = {column.name: f"c{place}" for place, column in enumerate(table.columns)}
    keys = {key: places[key] for key in table.spec.key_properties}
    named = f"CREATE OR REPLACE TEMP TABLE {STAGE} ({{}}) "
    types = ", ".join(f"{places[column.name]} {column.type}" for column in table.columns)
    connection.execute(named.format(types))
    _expect(_number(connection, f"INSERT INTO {STAGE} {rows}"), batch.rows, table, "staged")
    _refuse_missing_keys(connection, table, f"{STAGE} WHERE true", keys)
    doubles = _remove_doubles(connection, batch, STAGE, "true", keys.values())
    matches = " AND ".join(f"old.{quoted(key)} = new.{place}" for key, place in keys.items())
    connection.execute(f"DELETE FROM {table.name.sql} AS old USING {STAGE} AS new WHERE {matches}")
    _expect(_insert(connection, table, f"FROM {STAGE}"), batch.rows - doubles, table, "merged")
    connection.execute(f"DROP TABLE {STAGE}")


def _refuse_missing_keys(connection: duckdb.DuckDBPyConnection, table: Table, rows: str, keys: dict[str, str]) -> None:
    for key, column in keys.items():
        # Row numbers of an open transaction start somewhere, but they go up one by one.
        missing = f"SELECT coalesce(min(rowid) FILTER ({column} IS NULL) - min(rowid) + 1, 0) FROM {rows}"
        if number := _number(connection, missing):
            msg = (
                f"Stream '{table.spec.name}': record {number} of this load has no value for '{key}', a part of the "
                "primary key. Nothing of the load was written. The tap must give every record a key."
            )
            raise MissingKeyError(msg, stream=table.spec.name)


def _remove_doubles(
    connection: duckdb.DuckDBPyConnection, batch: Batch, name: str, new: str, columns: Collection[str]
) -> int:
    """Leave the last record of each key; the number of those that went."""
    keys = ", ".join(columns)
    distinct = _number(connection, f"SELECT count(*) FROM (SELECT DISTINCT {keys} FROM {name} WHERE {new})")
    if distinct == batch.rows:
        return 0
    last = f"SELECT max(rowid) FROM {name} WHERE {new} GROUP BY {keys}"
    return _number(connection, f"DELETE FROM {name} WHERE {new} AND rowid NOT IN ({last})")


def _number(connection: duckdb.DuckDBPyConnection, query: str) -> int:
    """The one number of a query, or how many rows a statement changed."""
    row = connection.execute(query).fetchone()
    return int(row[0]) if row else 0


def _expect(found: int, expected: int, table: Table, verb: str) -> None:
    if found != expected:
        msg = (
            f"Stream '{table.spec.name}': {found} rows were {verb} where {expected} were expected. The load was rolled "
            "back and no STATE was emitted. This is a bug in the loader or in DuckDB: please report it."
        )
        raise LoadError(msg, stream=table.spec.name)
