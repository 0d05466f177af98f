"""Checking nested values before DuckDB casts them into STRUCT and LIST (setting `nested: struct`).

DuckDB converts members as generously as columns, and there is no text of a member to check in SQL. So these values,
and only these, are looked at in Python first.
"""

from __future__ import annotations

import collections
import dataclasses
import datetime as dt
import decimal
import re
import typing as t
from collections.abc import Iterator, Mapping

from singer_spool import Batch, LoadError

from target_duckdb.tables import Table
from target_duckdb.types import BIGINT, BOOLEAN, DATE, DOUBLE, HUGEINT, TIMESTAMPTZ, Schema, column_type, is_nested

_RANGES = {BIGINT: (-(2**63), 2**63 - 1), HUGEINT: (-(2**127), 2**127 - 1)}
_PARSERS: dict[str, t.Callable[[str], object]] = {
    DATE: dt.date.fromisoformat,
    TIMESTAMPTZ: dt.datetime.fromisoformat,
}
_DECIMAL = re.compile(r"DECIMAL\((\d+),\s*(\d+)\)")
_PLACE = re.compile(r"\[\d+\]")


@dataclasses.dataclass(frozen=True, slots=True)
class Remarks:
    """What deserves a word but no error, by the member's path (`[]` for any place of a list).

    Attributes:
        unknown: How often each member came that its STRUCT has no place for.
        naive: The members with date-times that lack an offset.
    """

    unknown: collections.Counter[str] = dataclasses.field(default_factory=collections.Counter)
    naive: set[str] = dataclasses.field(default_factory=set)


def check_nested(batch: Batch, table: Table) -> Remarks:
    """Check every value of the STRUCT and LIST columns.

    Raises:
        LoadError: A member does not fit its type; stream, record and path are named.
    """
    remarks = Remarks()
    columns = [column for column in table.read if is_nested(column.type)]
    if not columns:
        return remarks
    for number, record in enumerate(batch.records(), start=1):
        for column in columns:
            path = next(unfit(record.get(column.name), column.schema, column.name, remarks), None)
            if path is not None:
                key = {name: record.get(name) for name in table.spec.key_properties}
                msg = (
                    f"Stream '{table.spec.name}': '{path}' of record {number} of this load (key {key}) does not "
                    "fit its type in the SCHEMA. Nothing of the load was written. Use 'nested: json', or correct the "
                    "schema or the value."
                )
                raise LoadError(msg, stream=table.spec.name)
    return remarks


def unfit(value: t.Any, schema: Schema, path: str, remarks: Remarks) -> Iterator[str]:
    """The paths of values that would change or fail in the type of their schema.

    Args:
        value: A decoded JSON value.
        schema: Its schema.
        path: Where it stands.
        remarks: Where to note what is no error.
    """
    if value is None:
        return
    sql_type = column_type(schema, structs=True)
    if sql_type.endswith("[]"):
        yield from _unfit_items(value, schema, path, remarks)
    elif sql_type.startswith("STRUCT("):
        yield from _unfit_members(value, schema, path, remarks)
    elif not _fits(value, sql_type):
        yield path
    elif sql_type == TIMESTAMPTZ and dt.datetime.fromisoformat(value).tzinfo is None:
        remarks.naive.add(_PLACE.sub("[]", path))


def _unfit_items(value: t.Any, schema: Schema, path: str, remarks: Remarks) -> Iterator[str]:
    if not isinstance(value, list):
        yield path
        return
    for place, item in enumerate(value):
        yield from unfit(item, only(schema)["items"], f"{path}[{place}]", remarks)


def _unfit_members(value: t.Any, schema: Schema, path: str, remarks: Remarks) -> Iterator[str]:
    if not isinstance(value, dict):
        yield path
        return
    members = only(schema)["properties"]
    if value.keys() - members.keys():
        remarks.unknown.update(f"{_PLACE.sub('[]', path)}.{name}" for name in value if name not in members)
    for name, member in members.items():
        yield from unfit(value.get(name), member, f"{path}.{name}", remarks)


def only(schema: Schema) -> Schema:
    """The schema itself, or its one alternative beside null."""
    for keyword in ("anyOf", "oneOf", "allOf"):
        for option in schema.get(keyword) or ():
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
    if sql_type in _PARSERS:
        return isinstance(value, str) and _parses(_PARSERS[sql_type], value)
    if decimals := _DECIMAL.fullmatch(sql_type):
        return _fits_decimal(value, precision=int(decimals[1]), scale=int(decimals[2]))
    return True


def _fits_decimal(value: t.Any, *, precision: int, scale: int) -> bool:
    """Whether DuckDB would neither refuse nor round it."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return False
    try:
        number = decimal.Decimal(str(value))
    except decimal.InvalidOperation:
        return False
    if not number.is_finite():
        return False
    _, digits, exponent = number.as_tuple()
    significant = "".join(map(str, digits)).strip("0")
    if not significant:
        return True
    # The places of the first and of the last digit that is not zero, counted from the point.
    before = len("".join(map(str, digits)).lstrip("0")) + int(exponent)
    return before <= precision - scale and len(significant) - before <= scale


def _is_number(value: t.Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _parses(parse: t.Callable[[str], object], text: str) -> bool:
    try:
        parse(text)
    except ValueError:
        return False
    return True
