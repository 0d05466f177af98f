"""Numbers with more digits than a double has arrive as they were sent, in columns of every kind."""

from __future__ import annotations

import decimal
import json
import logging
import pathlib
import typing as t

import pytest
from hypothesis import given
from hypothesis import strategies as st
from target_duckdb.exact import has_long_numbers

LONG = "12345678901234567890.1234567891"
MEMBERS = {
    "net": {"type": "number", "multipleOf": 1e-10},
    "text": {"type": "string"},
    "size": {"type": "integer", "maximum": 1e30},
    "near": {"type": "number"},
    "list": {"type": "array", "items": {"type": "number", "format": "singer.decimal"}},
}
FIELDS = {
    "id": {"type": "integer"},
    "sum": {"type": ["number", "null"], "multipleOf": 1e-10},
    "any": {"type": ["object", "array", "null"]},
    "part": {"type": ["object", "null"], "properties": MEMBERS},
    "text": {"type": ["string", "null"]},
    "near": {"type": ["number", "null"]},
}
SCHEMA = {"type": "SCHEMA", "stream": "t", "schema": {"properties": FIELDS}, "key_properties": ["id"]}
STATE = {"type": "STATE", "value": 1}


def record(number: int, fields: str = "") -> bytes:
    return b'{"type":"RECORD","stream":"t","record":{"id":%d%s}}' % (number, fields.encode())


def rows(warehouse: t.Any, columns: str) -> list[tuple[t.Any, ...]]:
    return t.cast("list[tuple[t.Any, ...]]", warehouse.query(f"SELECT {columns} FROM t ORDER BY id"))  # noqa: S608 - ours


@pytest.mark.parametrize("metadata", [False, True])
def test_every_digit_arrives(warehouse: t.Any, metadata: bool) -> None:
    whole = 2**53 + 1
    part = (
        f'{{"net":{LONG},"text":{LONG},"size":{10**30 - 1},"near":0.1234567890123456789,"list":[{LONG},1.5,{whole}]}}'
    )
    outcome = warehouse.load(
        SCHEMA,
        record(1, f', "sum":{LONG},"any":{{"a": [{LONG}, {whole}, {2**70}, 0.1], "b":"é\\n{LONG}, "}},"part":{part}'),
        record(2, f',"sum":-{LONG},"any":[1.5],"text":{LONG},"near":{LONG},"part":{{"net":0.5}}'),
        record(3, f',"sum":{whole}.0000000001,"any":null,"text":[{LONG}],"near":0.1'),
        record(4, f',"any":{whole},"sum":{whole}'),
        record(5, f',"text":"{LONG}","any":"{LONG}"'),
        STATE,
        nested="struct",
        add_record_metadata=metadata,
    )  # fmt: skip
    assert (outcome.code, outcome.states) == (0, [1]), outcome.error
    assert warehouse.types()["sum"] == "DECIMAL(38,10)"
    assert rows(warehouse, 'id, CAST("sum" AS VARCHAR), "any", text, near') == [
        (1, LONG, f'{{"a":[{LONG},{whole},{2**70},0.1],"b":"é\\n{LONG}, "}}', None, None),
        (2, f"-{LONG}", "[1.5]", LONG, float(LONG)),
        (3, f"{whole}.0000000001", None, f"[{LONG}]", 0.1),
        (4, f"{whole}.0000000000", str(whole), None, None),
        (5, None, f'"{LONG}"', LONG, None),
    ]
    exact = decimal.Decimal(LONG)
    assert rows(warehouse, "part")[0] == (
        {
            "net": exact,
            "text": LONG,
            "size": 10**30 - 1,
            "near": 0.12345678901234568,
            "list": [exact, decimal.Decimal("1.5"), decimal.Decimal(whole)],
        },
    )
    assert rows(warehouse, "part.net")[1:] == [(decimal.Decimal("0.5"),), (None,), (None,), (None,)]
    assert "unknown_fields" not in outcome.summary["streams"][0]


def test_objects_land_exactly_as_json_too(warehouse: t.Any) -> None:
    value = f'{{"net":{LONG},"deep":[{{"x":-0.1234567890123456789}}]}}'
    assert warehouse.load(SCHEMA, record(1, f',"part":{value}'), record(2, ',"part":{"net":1}')).code == 0
    assert rows(warehouse, "part") == [(value,), ('{"net":1}',)]
    assert warehouse.load(SCHEMA, record(1, ',"part":{"net":2}'), record(2, f',"part":{value}')).code == 0
    assert rows(warehouse, "part") == [('{"net":2}',), (value,)]


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        (f',"sum":{LONG}1', "'sum'"),
        (',"id":5.00000000000000001', "'id'"),
        (f',"part":{{"net":{LONG}1}}', "'part.net'"),
        (',"part":{"size":5.00000000000000001}', "'part.size'"),
    ],
)
def test_what_has_one_digit_too_many_is_refused_not_rounded(warehouse: t.Any, fields: str, field: str) -> None:
    line = (
        record(1, fields)
        if '"id"' not in fields
        else b'{"type":"RECORD","stream":"t","record":{%s}}' % fields[1:].encode()
    )
    outcome = warehouse.load(SCHEMA, line, STATE, nested="struct")
    assert (outcome.code, outcome.states) == (1, [])
    assert field in outcome.error
    assert warehouse.table() == []


def test_where_rounding_cannot_be_helped_it_is_said(warehouse: t.Any, caplog: pytest.LogCaptureFixture) -> None:
    part = {"type": "object", "properties": {"free": {}, "net": MEMBERS["net"]}}
    schema = {**SCHEMA, "schema": {"properties": {"id": {"type": "integer"}, "part": part}}}
    with caplog.at_level(logging.WARNING):
        outcome = warehouse.load(schema, record(1, f',"part":{{"free":{LONG},"net":{LONG}}}'), nested="struct")
    assert outcome.code == 0, outcome.error
    assert rows(warehouse, "part") == [({"free": "12345678901234567000.0", "net": decimal.Decimal(LONG)},)]
    said = (
        "Stream 't': numbers with more than 17 digits in parts of STRUCT columns whose type the SCHEMA does not tell "
        "are rounded: part ('nested: json' keeps them)"
    )
    assert [text for text in caplog.messages if "rounded" in text] == [said]


def test_no_file_is_left_when_a_load_fails(warehouse: t.Any, tmp_path: pathlib.Path) -> None:
    outcome = warehouse.load(SCHEMA, record(1, f',"sum":{LONG}'), record(2, ',"sum":"x"'), STATE)
    assert (outcome.code, outcome.states) == (1, [])
    assert not list(tmp_path.rglob("*.exact"))


@given(st.decimals(allow_nan=False, allow_infinity=False, places=12, min_value=-(10**24), max_value=10**24))
def test_every_number_with_a_point_that_a_double_changes_is_found(number: decimal.Decimal) -> None:
    text = format(number, "f")
    changes = decimal.Decimal(repr(float(text))) != number
    assert has_long_numbers(b'{"a":[%s],"b":"2026-03-01T10:00:00.123456789Z"}\n' % text.encode()) == changes


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_doubles_take_the_fast_way(number: float) -> None:
    assert not has_long_numbers(json.dumps({"a": number}).encode())
