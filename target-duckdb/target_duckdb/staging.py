"""One batch into its table: read in bulk, checked, counted, merged."""

# ruff: noqa: S608 - every name in the SQL is quoted by `types.quoted`, every text by `types.literal`

from __future__ import annotations

import datetime as dt

import duckdb
from singer_spool import Batch, LoadError, MissingKeyError

from target_duckdb.tables import BATCHED_AT, Table
from target_duckdb.types import literal, quoted

STAGE = "temp.main.switchboard_stage"
_ROOM = 1024


def source(batch: Batch, table: Table) -> str:
    """The spool file as a relation: scalars as text, nested values as JSON, fields that the SCHEMA lacks left out.

    The longest record decides how much DuckDB has to read at once; the file's size is a bound that is always known.
    """
    columns = ", ".join(column.source for column in table.read)
    return (
        f"read_json({literal(str(batch.path))}, format = 'newline_delimited', auto_detect = false, compression = "
        f"'uncompressed', maximum_object_size = {_object_size(batch)}, columns = {{{columns}}})"
    )


def _object_size(batch: Batch) -> int:
    # DuckDB's buffers grow with this figure, so it is no larger than the longest line asks for.
    default = 1 << 24
    if batch.bytes <= default:
        return default
    longest = max(len(line) for line in batch.raw_lines())
    return max(default, longest + _ROOM)


def load_batch(connection: duckdb.DuckDBPyConnection, batch: Batch, table: Table, batched_at: dt.datetime) -> None:
    """Merge a batch on the primary key, or append it where there is none; inside the caller's transaction.

    A merge replaces the whole row: a field that the record lacks is null afterwards, also if the table had a value.
    Of several records with one key the last one counts.

    Raises:
        duckdb.Error: A value does not fit, or the file is not what DuckDB calls JSON.
        MissingKeyError: A record has no value for a part of its key.
        LoadError: A different number of rows arrived than was sent.
    """
    names = ", ".join(quoted(column.name) for column in table.columns)
    values = _values(table, batched_at)
    if not table.keys:
        statement = f"INSERT INTO {table.name.sql} ({names}) SELECT {', '.join(values)} FROM {source(batch, table)}"
        _expect(_affected(connection, statement), batch.rows, table, "appended")
        return
    _stage(connection, batch, table, values)
    doubles = _remove_doubles(connection, table)
    matches = " AND ".join(f"target.{quoted(key)} = stage.{place}" for key, place in _keys(table).items())
    connection.execute(f"DELETE FROM {table.name.sql} AS target USING {STAGE} AS stage WHERE {matches}")
    inserted = _affected(connection, f"INSERT INTO {table.name.sql} ({names}) SELECT * FROM {STAGE}")
    _expect(inserted, batch.rows - doubles, table, "merged")
    connection.execute(f"DROP TABLE {STAGE}")


def _values(table: Table, batched_at: dt.datetime) -> list[str]:
    moment = f"TIMESTAMPTZ {literal(batched_at.isoformat())}"
    return [moment if column.name == BATCHED_AT else column.checked for column in table.columns]


def _keys(table: Table) -> dict[str, str]:
    """The key's fields and their columns in the staging table.

    That table's columns are numbered rather than named: a field called `rowid` would hide the row's number.
    """
    places = {column.name: f"c{place}" for place, column in enumerate(table.columns)}
    return {key: places[key] for key in table.spec.key_properties}


def _stage(connection: duckdb.DuckDBPyConnection, batch: Batch, table: Table, values: list[str]) -> None:
    numbered = ", ".join(f"{value} AS c{place}" for place, value in enumerate(values))
    connection.execute(f"CREATE OR REPLACE TEMP TABLE {STAGE} AS SELECT {numbered} FROM {source(batch, table)}")
    _expect(_number(connection, f"SELECT count(*) FROM {STAGE}"), batch.rows, table, "staged")
    for key, place in _keys(table).items():
        # Row numbers of an open transaction start somewhere, but they go up one by one.
        missing = f"SELECT coalesce(min(rowid) FILTER ({place} IS NULL) - min(rowid) + 1, 0) FROM {STAGE}"
        if number := _number(connection, missing):
            msg = (
                f"Stream '{table.spec.name}': record {number} of this load has no value for '{key}', a part of the "
                "primary key. Nothing of the load was written. The tap must give every record a key."
            )
            raise MissingKeyError(msg, stream=table.spec.name)


def _remove_doubles(connection: duckdb.DuckDBPyConnection, table: Table) -> int:
    """Leave the last record of each key; rows of the staging table are numbered in the order of the file."""
    keys = ", ".join(_keys(table).values())
    distinct = _number(connection, f"SELECT count(*) FROM (SELECT DISTINCT {keys} FROM {STAGE})")
    if distinct == _number(connection, f"SELECT count(*) FROM {STAGE}"):
        return 0
    last = f"SELECT max(rowid) FROM {STAGE} GROUP BY {keys}"
    return _affected(connection, f"DELETE FROM {STAGE} WHERE rowid NOT IN ({last})")


def _number(connection: duckdb.DuckDBPyConnection, query: str) -> int:
    row = connection.execute(query).fetchone()
    return int(row[0]) if row else 0


_affected = _number


def _expect(found: int, expected: int, table: Table, verb: str) -> None:
    if found != expected:
        msg = (
            f"Stream '{table.spec.name}': {found} rows were {verb} where {expected} were expected. The load was rolled "
            "back and no STATE was emitted. This is a bug in the loader or in DuckDB: please report it."
        )
        raise LoadError(msg, stream=table.spec.name)
