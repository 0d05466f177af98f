from __future__ import annotations

import typing as t

import pytest
from target_duckdb.names import table_name
from target_duckdb.types import column_type, holds, literal, quoted

MOMENT = "TIMESTAMP WITH TIME ZONE"


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({"type": "integer"}, "BIGINT"),
        ({"type": ["null", "integer"]}, "BIGINT"),
        ({"type": "integer", "minimum": -(2**63), "maximum": 2**63 - 1}, "BIGINT"),
        ({"type": "integer", "maximum": 2**64 - 1}, "HUGEINT"),
        ({"type": "integer", "minimum": -(2**63) - 1}, "HUGEINT"),
        ({"type": "integer", "exclusiveMaximum": 2**127}, "VARCHAR"),
        ({"type": "number"}, "DOUBLE"),
        ({"type": "number", "multipleOf": "0.01"}, "DOUBLE"),
        ({"type": "number", "multipleOf": True, "format": "decimal"}, "DECIMAL(38,10)"),
        ({"type": None}, "JSON"),
        ({"type": [["string"]]}, "JSON"),
        ({"type": 5}, "JSON"),
        ({"type": "string", "format": ["date"]}, "VARCHAR"),
        ({"anyOf": [True, {"type": "null"}]}, "JSON"),
        ({"anyOf": [False, {"type": "integer"}]}, "BIGINT"),
        ({"anyOf": ["string"]}, "JSON"),
        ({"oneOf": None, "type": "integer"}, "BIGINT"),
        ({"allOf": [True], "type": "integer"}, "BIGINT"),
        ({"type": ["integer", "number"]}, "DOUBLE"),
        ({"type": "number", "multipleOf": 0.01}, "DECIMAL(38,2)"),
        ({"type": "number", "multipleOf": 1}, "DECIMAL(38,0)"),
        ({"type": "number", "multipleOf": 1e-38}, "DOUBLE"),
        ({"type": "number", "format": "decimal"}, "DECIMAL(38,10)"),
        ({"type": "string", "format": "x-singer.decimal", "precision": 18, "scale": 4}, "DECIMAL(18,4)"),
        ({"type": "string", "format": "singer.decimal", "precision": 99, "scale": 4}, "DECIMAL(38,10)"),
        ({"type": "boolean"}, "BOOLEAN"),
        ({"type": "string"}, "VARCHAR"),
        ({"type": "string", "format": "date-time"}, MOMENT),
        ({"type": "string", "format": "date"}, "DATE"),
        ({"type": "string", "format": "time"}, "VARCHAR"),
        ({"type": "string", "format": "uuid"}, "VARCHAR"),
        ({"type": "object", "properties": {"a": {"type": "integer"}}}, "JSON"),
        ({"type": ["null", "array"], "items": {"type": "string"}}, "JSON"),
        ({}, "JSON"),
        ({"enum": [1, "a"]}, "JSON"),
        ({"type": "null"}, "JSON"),
        ({"type": ["string", "integer"]}, "JSON"),
        ({"type": ["string", "object"]}, "JSON"),
        ({"anyOf": [{"type": "string", "format": "date-time"}, {"type": "null"}]}, MOMENT),
        ({"anyOf": [{"type": "string", "format": "date-time"}, {"type": ["string", "null"]}]}, "VARCHAR"),
        ({"anyOf": [{"type": "integer"}, {"type": "string"}]}, "JSON"),
        ({"oneOf": [{"type": "integer"}, {"type": "number"}]}, "DOUBLE"),
        ({"oneOf": [{"type": "integer"}, {"$ref": "#/x"}]}, "JSON"),
        ({"allOf": [{"type": "string", "format": "date"}]}, "DATE"),
    ],
)
def test_types_of_columns(schema: dict[str, t.Any], expected: str) -> None:
    assert column_type(schema) == expected


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({"type": "array", "items": {"type": "string"}}, "VARCHAR[]"),
        ({"type": "array"}, "JSON"),
        ({"type": "array", "items": {}}, "JSON"),
        ({"type": "object", "properties": {"a": {"type": "integer"}, "b c": {"type": "array", "items": {"not": 1}}}},
         'STRUCT("a" BIGINT, "b c" JSON[])'),
        ({"type": "object", "properties": {}}, "JSON"),
        ({"type": "object", "properties": {"a": {}, "A": {}}}, "JSON"),
        ({"type": "object", "properties": {"": {}}}, "JSON"),
        ({"anyOf": [{"type": "array", "items": {"type": "integer"}}, {"type": "null"}]}, "BIGINT[]"),
    ],
)  # fmt: skip
def test_types_of_columns_with_structs(schema: dict[str, t.Any], expected: str) -> None:
    assert column_type(schema, structs=True) == expected


@pytest.mark.parametrize(
    ("wide", "narrow", "answer"),
    [
        ("BIGINT", "BIGINT", True),
        ("HUGEINT", "BIGINT", True),
        ("BIGINT", "HUGEINT", False),
        ("DOUBLE", "BIGINT", False),
        ("BIGINT", "INTEGER", True),
        ("BIGINT", "UBIGINT", False),
        ("HUGEINT", "UBIGINT", True),
        ("DOUBLE", "UINTEGER", True),
        ("DOUBLE", "FLOAT", True),
        ("BIGINT", "FLOAT", False),
        ("VARCHAR", MOMENT, True),
        ("JSON", "VARCHAR", True),
        ("VARCHAR", "JSON", False),
        (MOMENT, "DATE", True),
        ("DATE", MOMENT, False),
        ("DECIMAL(38,2)", "BIGINT", True),
        ("DECIMAL(20,2)", "BIGINT", False),
        ("DECIMAL(38,4)", "DECIMAL(36,2)", True),
        ("DECIMAL(38,4)", "DECIMAL(38,2)", False),
        ("BOOLEAN", "BIGINT", False),
    ],
)
def test_what_holds_what(wide: str, narrow: str, answer: bool) -> None:
    assert holds(wide, narrow) is answer


@pytest.mark.parametrize(
    ("stream", "schema", "expected"),
    [
        ("calls", None, "main.calls"),
        ("calls", "raw_comagic", "raw_comagic.calls"),
        ("crm-leads", None, "crm.leads"),
        ("db-crm-leads", None, "crm.leads"),
        ("crm-leads", "raw", "raw.leads"),
        ("a-b-c-d", None, "main.d"),
        ("Odd Name!", "raw", "raw.Odd Name!"),
        ("ends-", "raw", "raw.ends-"),
    ],
)
def test_names_of_tables(stream: str, schema: str | None, expected: str) -> None:
    assert str(table_name(stream, "warehouse", schema)) == expected


def test_names_and_texts_are_quoted() -> None:
    assert table_name('a"b', "c", "d").sql == '"c"."d"."a""b"'
    assert quoted("select") == '"select"'
    assert literal("it's") == "'it''s'"
