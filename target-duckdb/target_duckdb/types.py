"""JSON Schema types as DuckDB types, and which type may become which without losing a value."""

from __future__ import annotations

import decimal
import re
import typing as t
from collections.abc import Mapping

BIGINT = "BIGINT"
HUGEINT = "HUGEINT"
DOUBLE = "DOUBLE"
BOOLEAN = "BOOLEAN"
VARCHAR = "VARCHAR"
DATE = "DATE"
TIMESTAMPTZ = "TIMESTAMP WITH TIME ZONE"
JSON = "JSON"

Schema = Mapping[str, t.Any]

_INT64 = (-(2**63), 2**63 - 1)
_INT128 = (-(2**127), 2**127 - 1)
_DECIMAL_DIGITS = 38
_BIGINT_DIGITS = 19
_DECIMAL_FORMATS = {"decimal", "singer.decimal", "x-singer.decimal"}
_DEFAULT_DECIMAL = "DECIMAL(38,10)"
# Of tables that another program made.
_SMALL_INTEGERS = {"TINYINT", "SMALLINT", "INTEGER", "UTINYINT", "USMALLINT", "UINTEGER"}
_HELD = {
    BIGINT: _SMALL_INTEGERS,
    HUGEINT: {BIGINT, "UBIGINT", *_SMALL_INTEGERS},
    DOUBLE: {"FLOAT", *_SMALL_INTEGERS},
    TIMESTAMPTZ: {DATE},
}
_DECIMAL = re.compile(r"DECIMAL\((\d+),(\d+)\)")


def column_type(schema: Schema, *, structs: bool = False) -> str:
    """The DuckDB type for values of a JSON Schema.

    Args:
        schema: A property's schema.
        structs: Give objects and arrays whose members are described a STRUCT or LIST type instead of JSON.

    Returns:
        The type's canonical name, as `duckdb_columns()` shows it.
    """
    alternatives = _alternatives(schema)
    if len(alternatives) != 1:
        return _common_type(alternatives)
    kind, schema = alternatives[0]
    if kind in {"object", "array"}:
        return (_nested_type(kind, schema) if structs else None) or JSON
    return _scalar_type(kind, schema)


def _alternatives(schema: Schema | bool) -> list[tuple[str, Schema]]:
    """Every (type, schema) that a value other than null may have; empty type names stand for "anything"."""
    if not isinstance(schema, Mapping):
        return [] if schema is False else [("", {})]
    for keyword in ("anyOf", "oneOf"):
        if isinstance(options := schema.get(keyword), list):
            return [pair for option in options for pair in _alternatives(option)]
    parts = schema.get("allOf")
    if isinstance(parts, list) and len(parts) == 1 and isinstance(parts[0], Mapping):
        return _alternatives({**schema, **parts[0], "allOf": ()})
    kinds = schema.get("type")
    names = kinds if isinstance(kinds, list) else [kinds]
    # What is no name of a type says as little as none.
    return [(name if isinstance(name, str) else "", schema) for name in names if name != "null"]


def _common_type(alternatives: list[tuple[str, Schema]]) -> str:
    types = {_scalar_type(kind, schema) for kind, schema in alternatives if kind not in {"object", "array", ""}}
    if len(types) == 1 and all(kind not in {"object", "array", ""} for kind, _ in alternatives):
        return types.pop()
    if {kind for kind, _ in alternatives} == {"string"}:
        return VARCHAR  # a date-time, or any other text
    if {kind for kind, _ in alternatives} == {"integer", "number"}:
        return DOUBLE
    return JSON


def _scalar_type(kind: str, schema: Schema) -> str:
    if kind == "integer":
        return _integer_type(schema)
    if kind == "number":
        return _number_type(schema)
    if kind == "boolean":
        return BOOLEAN
    if kind == "string":
        return _string_type(schema)
    return JSON


def _string_type(schema: Schema) -> str:
    # `time` stays text: DuckDB's TIME would drop the offset that RFC 3339 demands.
    form = _format(schema)
    if form == "date-time":
        return TIMESTAMPTZ
    if form == "date":
        return DATE
    if form in _DECIMAL_FORMATS:
        precision, scale = schema.get("precision"), schema.get("scale")
        if isinstance(precision, int) and isinstance(scale, int) and 0 <= scale <= precision <= _DECIMAL_DIGITS:
            return f"DECIMAL({precision},{scale})"
        return _DEFAULT_DECIMAL
    return VARCHAR


def _format(schema: Schema) -> str:
    form = schema.get("format")
    return form if isinstance(form, str) else ""


def _integer_type(schema: Schema) -> str:
    bounds = [
        schema[name]
        for name in ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")
        if isinstance(schema.get(name), int | float) and not isinstance(schema[name], bool)
    ]
    if all(_INT64[0] <= bound <= _INT64[1] for bound in bounds):
        return BIGINT
    return HUGEINT if all(_INT128[0] <= bound <= _INT128[1] for bound in bounds) else VARCHAR


def _number_type(schema: Schema) -> str:
    step = schema.get("multipleOf")
    if isinstance(step, bool) or not isinstance(step, int | float):
        return _DEFAULT_DECIMAL if _format(schema) in _DECIMAL_FORMATS else DOUBLE
    # The shortest text of the number, not its binary value: 0.01 has two places.
    exponent = decimal.Decimal(repr(step)).normalize().as_tuple().exponent
    scale = max(0, -t.cast("int", exponent))
    return f"DECIMAL({_DECIMAL_DIGITS},{scale})" if scale <= _DECIMAL_DIGITS - _BIGINT_DIGITS else DOUBLE


def _nested_type(kind: str, schema: Schema) -> str | None:
    if kind == "array":
        items = schema.get("items")
        return f"{column_type(items, structs=True)}[]" if isinstance(items, Mapping) and items else None
    properties = schema.get("properties")
    folded = {name.casefold() for name in properties or ()}
    # What a STRUCT cannot hold stays JSON: no members, names alike but for case, an empty name.
    if not properties or len(folded) < len(properties) or "" in folded:
        return None
    members = (f"{quoted(name)} {column_type(member, structs=True)}" for name, member in properties.items())
    return f"STRUCT({', '.join(members)})"


def is_nested(sql_type: str) -> bool:
    """Whether a type is a STRUCT or LIST."""
    return sql_type.startswith("STRUCT(") or sql_type.endswith("[]")


def holds(wide: str, narrow: str) -> bool:
    """Whether every value of one type can be kept, unchanged, in another."""
    if wide == narrow:
        return True
    if wide == JSON:
        return True
    if wide == VARCHAR:
        # As text, the string "5" and the number 5 of a JSON value would be the same.
        return narrow != JSON and not is_nested(narrow)
    wide_decimal, narrow_decimal = _DECIMAL.fullmatch(wide), _DECIMAL.fullmatch(narrow)
    if wide_decimal:
        digits, places = int(wide_decimal[1]), int(wide_decimal[2])
        if narrow_decimal:
            return places >= int(narrow_decimal[2]) and digits - places >= int(narrow_decimal[1]) - int(
                narrow_decimal[2]
            )
        return narrow == BIGINT and digits - places >= _BIGINT_DIGITS
    return narrow in _HELD.get(wide, ())


def quoted(name: str) -> str:
    """A name as a SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A text as a SQL string."""
    return "'" + text.replace("'", "''") + "'"
