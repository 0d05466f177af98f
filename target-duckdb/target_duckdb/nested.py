"""Checking nested values before DuckDB casts them into STRUCT and LIST (setting `nested: struct`).

DuckDB converts members as generously as columns, and there is no text of a member to check in SQL. So these values,
and only these, are looked at in Python first.
"""

from __future__ import annotations

import datetime as dt
import typing as t
from collections.abc import Iterator, Mapping

from singer_spool import Batch, LoadError

from target_duckdb.tables import Table
from target_duckdb.types import BIGINT, BOOLEAN, DATE, DOUBLE, HUGEINT, TIMESTAMPTZ, Schema, column_type, is_nested

_RANGES = {BIGINT: (-(2**63), 2**63 - 1), HUGEINT: (-(2**127), 2**127 - 1)}


def check_nested(batch: Batch, table: Table) -> None:
    """Check every value of the STRUCT and LIST columns.

    Raises:
        LoadError: A member does not fit its type; stream, record and path are named.
    """
    columns = [column for column in table.read if is_nested(column.type)]
    if not columns:
        return
    for number, record in enumerate(batch.records(), start=1):
        for column in columns:
            path = next(unfit(record.get(column.name), column.schema, column.name), None)
            if path is not None:
                key = {name: record.get(name) for name in table.spec.key_properties}
                msg = (
                    f"Stream '{table.spec.name}': '{path}' of record {number} of this load (key {key}) does not "
                    "fit its type in the SCHEMA. Nothing of the load was written. Use 'nested: json', or correct the "
                    "schema or the value."
                )
                raise LoadError(msg, stream=table.spec.name)


def unfit(value: t.Any, schema: Schema, path: str) -> Iterator[str]:
    """The paths of values that would change or fail in the type of their schema."""
    if value is None:
        return
    sql_type = column_type(schema, structs=True)
    if sql_type.endswith("[]"):
        yield from _unfit_items(value, schema, path)
    elif sql_type.startswith("STRUCT("):
        yield from _unfit_members(value, schema, path)
    elif not _fits(value, sql_type):
        yield path


def _unfit_items(value: t.Any, schema: Schema, path: str) -> Iterator[str]:
    if not isinstance(value, list):
        yield path
        return
    for place, item in enumerate(value):
        yield from unfit(item, _only(schema)["items"], f"{path}[{place}]")


def _unfit_members(value: t.Any, schema: Schema, path: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield path
        return
    for name, member in _only(schema)["properties"].items():
        yield from unfit(value.get(name), member, f"{path}.{name}")


def _only(schema: Schema) -> Schema:
    """The schema itself, or its one alternative beside null."""
    for keyword in ("anyOf", "oneOf", "allOf"):
        for option in schema.get(keyword, ()):
            if isinstance(option, Mapping) and ("properties" in option or "items" in option):
                return option
    return schema


def _fits(value: t.Any, sql_type: str) -> bool:
    if sql_type in _RANGES:
        low, high = _RANGES[sql_type]
        return _is_number(value) and value == int(value) and low <= value <= high
    if sql_type == DOUBLE:
        return _is_number(value)
    if sql_type == BOOLEAN:
        return isinstance(value, bool)
    if sql_type == DATE:
        return isinstance(value, str) and _parses(dt.date.fromisoformat, value)
    if sql_type == TIMESTAMPTZ:
        return isinstance(value, str) and _parses(dt.datetime.fromisoformat, value)
    return not sql_type.startswith("DECIMAL") or isinstance(value, int | float | str)


def _is_number(value: t.Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _parses(parse: t.Callable[[str], object], text: str) -> bool:
    try:
        parse(text)
    except ValueError:
        return False
    return True
