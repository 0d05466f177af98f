"""How each DuckDB type travels: its JSON schema, and the SQL expression that renders a value for it.

Rendering happens in DuckDB, at every depth, so that Python only ever sees text, numbers, booleans and null: times leave
as RFC 3339 in UTC with microseconds (always as many digits, so that they sort as text), days as ISO dates, whatever
JSON has no type for as text. https://duckdb.org/docs/stable/sql/data_types/overview
"""

from __future__ import annotations

import typing as t

if t.TYPE_CHECKING:
    from duckdb.sqltypes import DuckDBPyType

JsonSchema = dict[str, t.Any]

_INTEGERS = {
    "tinyint",
    "smallint",
    "integer",
    "bigint",
    "hugeint",
    "utinyint",
    "usmallint",
    "uinteger",
    "ubigint",
    "uhugeint",
}
_NUMBERS = {"float", "double", "decimal"}
_ZONED = {"timestamp with time zone"}
# A naive TIMESTAMP is read as UTC, as DuckDB itself does when it casts one; anything else would be a guess.
_NAIVE = {"timestamp", "timestamp_s", "timestamp_ms", "timestamp_ns"}
_LISTS = {"list", "array"}
_RFC3339 = "%Y-%m-%dT%H:%M:%S.%fZ"
_ANYTHING = ["object", "array", "string", "number", "boolean", "null"]


def json_schema(kind: DuckDBPyType) -> JsonSchema:
    """JSON schema of a type's values as `render` renders them; every value may be null."""
    if str(kind) == "JSON":
        return {"type": _ANYTHING}
    if kind.id in _LISTS:
        return {"type": ["array", "null"], "items": json_schema(_child(kind))}
    if kind.id == "struct":
        members = {name: json_schema(child) for name, child in _members(kind).items()}
        return {"type": ["object", "null"], "properties": members, "additionalProperties": False}
    if kind.id == "map":
        value = json_schema(_members(kind)["value"])
        return {"type": ["object", "null"], "additionalProperties": value}
    return _scalar_schema(kind.id)


def _scalar_schema(name: str) -> JsonSchema:
    for names, json_type in ((_INTEGERS, "integer"), (_NUMBERS, "number"), ({"boolean"}, "boolean")):
        if name in names:
            return {"type": [json_type, "null"]}
    formats = {"date": "date", "time": "time", "uuid": "uuid"} | dict.fromkeys(_ZONED | _NAIVE, "date-time")
    if name in formats:
        return {"type": ["string", "null"], "format": formats[name]}
    return {"type": ["string", "null"], **({"contentEncoding": "base64"} if name == "blob" else {})}


def is_nested(kind: DuckDBPyType) -> bool:
    """Whether a value is rendered as JSON text that Python parses."""
    return str(kind) == "JSON" or kind.id in _LISTS | {"struct", "map"}


def render(expression: str, kind: DuckDBPyType) -> str:
    """SQL for a top-level column: JSON text if it is nested, else a value that Python's JSON writer takes as it is.

    Args:
        expression: SQL that gives the value, already quoted.
        kind: its type.
    """
    if str(kind) == "JSON":
        return expression
    if is_nested(kind):
        return f"CAST(to_json({_inner(expression, kind, 0)}) AS VARCHAR)"
    return _scalar(expression, kind.id)


def _scalar(expression: str, name: str) -> str:
    if name in _ZONED:
        return f"strftime(timezone('UTC', {expression}), '{_RFC3339}')"
    if name in _NAIVE:
        return f"strftime({expression}, '{_RFC3339}')"
    if name == "blob":
        return f"to_base64({expression})"
    if name in _INTEGERS | _NUMBERS | {"boolean"}:
        return expression
    return f"CAST({expression} AS VARCHAR)"


def _inner(expression: str, kind: DuckDBPyType, depth: int) -> str:
    """SQL for a value inside a nested one: the same shape with every leaf rendered."""
    item = f"item_{depth}"
    if str(kind) == "JSON":
        return expression
    if kind.id in _LISTS:
        as_list = expression if kind.id == "list" else f"CAST({expression} AS {_child(kind)}[])"
        return f"list_transform({as_list}, lambda {item}: {_inner(item, _child(kind), depth + 1)})"
    if kind.id == "struct":
        members = ", ".join(
            f"{quote(name)} := {_inner(f'({expression}).{quote(name)}', child, depth)}"
            for name, child in _members(kind).items()
        )
        return f"CASE WHEN {expression} IS NULL THEN NULL ELSE struct_pack({members}) END"
    if kind.id == "map":
        value = _inner(f"{item}.value", _members(kind)["value"], depth + 1)
        pair = f"struct_pack(key := CAST({item}.key AS VARCHAR), value := {value})"
        return f"map_from_entries(list_transform(map_entries({expression}), lambda {item}: {pair}))"
    return _scalar(expression, kind.id)


def quote(identifier: str) -> str:
    """A DuckDB identifier that means exactly this name."""
    return '"' + identifier.replace('"', '""') + '"'


def _child(kind: DuckDBPyType) -> DuckDBPyType:
    return _members(kind)["child"]


def _members(kind: DuckDBPyType) -> dict[str, DuckDBPyType]:
    # `children` of an ARRAY also tells its size, which is no type.
    return {name: t.cast("DuckDBPyType", child) for name, child in kind.children}
