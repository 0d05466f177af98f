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
    selected = _selection(batch, table, batched_at)
    if not table.keys:
        _expect(
            _affected(connection, f"INSERT INTO {table.name.sql} BY NAME {selected}"), batch.rows, table, "appended"
        )
        return
    connection.execute(f"CREATE OR REPLACE TEMP TABLE {_unqualified(STAGE)} AS {selected}")
    _expect(_number(connection, f"SELECT count(*) FROM {STAGE}"), batch.rows, table, "staged")
    _check_keys(connection, table)
    doubles = _remove_doubles(connection, table)
    matches = " AND ".join(f"target.{key} = stage.{key}" for key in table.keys)
    connection.execute(f"DELETE FROM {table.name.sql} AS target USING {STAGE} AS stage WHERE {matches}")
    inserted = _affected(connection, f"INSERT INTO {table.name.sql} BY NAME SELECT * FROM {STAGE}")
    _expect(inserted, batch.rows - doubles, table, "merged")
    connection.execute(f"DROP TABLE {STAGE}")


def _selection(batch: Batch, table: Table, batched_at: dt.datetime) -> str:
    values = [f"{column.checked} AS {quoted(column.name)}" for column in table.read]
    if len(table.read) < len(table.columns):
        values.append(f"TIMESTAMPTZ {literal(batched_at.isoformat())} AS {quoted(BATCHED_AT)}")
    return f"SELECT {', '.join(values)} FROM {source(batch, table)}"


def _check_keys(connection: duckdb.DuckDBPyConnection, table: Table) -> None:
    for field, key in zip(table.spec.key_properties, table.keys, strict=True):
        row = connection.execute(f"SELECT min(rowid) FROM {STAGE} WHERE {key} IS NULL").fetchone()
        if row is not None and row[0] is not None:
            msg = (
                f"Stream '{table.spec.name}': record {row[0] + 1} of this load has no value for '{field}', a part of "
                "the primary key. Nothing of the load was written. The tap must give every record a key."
            )
            raise MissingKeyError(msg, stream=table.spec.name)


def _remove_doubles(connection: duckdb.DuckDBPyConnection, table: Table) -> int:
    """Leave the last record of each key; rows of the staging table are numbered in the order of the file."""
    keys = ", ".join(table.keys)
    distinct = _number(connection, f"SELECT count(*) FROM (SELECT DISTINCT {keys} FROM {STAGE})")
    if distinct == _number(connection, f"SELECT count(*) FROM {STAGE}"):
        return 0
    last = f"SELECT max(rowid) FROM {STAGE} GROUP BY {keys}"
    return _affected(connection, f"DELETE FROM {STAGE} WHERE rowid NOT IN ({last})")


def _unqualified(name: str) -> str:
    return name.rpartition(".")[2]


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
