"""A stream's JSON schema as an Arrow schema."""

from __future__ import annotations

import functools
import json
import typing as t

import pyarrow as pa
import pyarrow.compute as pc

from benchmarks.contenders.job import DATA

SCALARS: t.Final = {
    "string": pa.string(),
    "integer": pa.int64(),
    "number": pa.float64(),
    "boolean": pa.bool_(),
}


@functools.cache
def arrow_schema(stream: str) -> pa.Schema:
    """The stream's columns; times as text, as the vendor sends them."""
    schema = json.loads((DATA / f"{stream}.schema.json").read_text(encoding="utf-8"))
    return pa.schema([(name, arrow_type(each)) for name, each in schema["properties"].items()])


def arrow_type(schema: dict[str, t.Any]) -> pa.DataType:
    """The Arrow type of a JSON schema, nested values as lists and structs."""
    given = schema["type"]
    kind = next(each for each in ([given] if isinstance(given, str) else given) if each != "null")
    if kind == "array":
        return pa.list_(arrow_type(schema["items"]))
    if kind == "object":
        return pa.struct([(name, arrow_type(each)) for name, each in schema["properties"].items()])
    return SCALARS[kind]


def with_times(table: pa.Table, stream: str) -> pa.Table:
    """The table with its columns of date and time parsed."""
    schema = json.loads((DATA / f"{stream}.schema.json").read_text(encoding="utf-8"))
    for name, each in schema["properties"].items():
        if each.get("format") == "date-time":
            parsed = pc.strptime(table[name], format="%Y-%m-%d %H:%M:%S", unit="us")
            table = table.set_column(table.schema.get_field_index(name), name, parsed)
    return table
