"""Every DuckDB type: its JSON schema and the value that leaves."""

from __future__ import annotations

import typing as t

import pytest

if t.TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Executable, Message, WriteSql

INTEGER = {"type": ["integer", "null"]}
NUMBER = {"type": ["number", "null"]}
TEXT = {"type": ["string", "null"]}
TIME = {"type": ["string", "null"], "format": "date-time"}
ANYTHING = {"type": ["object", "array", "string", "number", "boolean", "null"]}

# SQL of a value, its schema, what stands in the record.
CASES: dict[str, tuple[str, Message, t.Any]] = {
    "timestamptz": ("TIMESTAMPTZ '2026-03-01 12:00:00.25+03'", TIME, "2026-03-01T09:00:00.250000Z"),
    "timestamp": ("TIMESTAMP '2026-03-01 12:00:00'", TIME, "2026-03-01T12:00:00.000000Z"),
    "timestamp_s": ("TIMESTAMP_S '2026-03-01 12:00:00'", TIME, "2026-03-01T12:00:00.000000Z"),
    "timestamp_ms": ("TIMESTAMP_MS '2026-03-01 12:00:00.123'", TIME, "2026-03-01T12:00:00.123000Z"),
    "timestamp_ns": ("TIMESTAMP_NS '2026-03-01 12:00:00.123456789'", TIME, "2026-03-01T12:00:00.123456Z"),
    "date": ("DATE '2026-03-01'", TEXT | {"format": "date"}, "2026-03-01"),
    "time": ("TIME '12:34:56.5'", TEXT | {"format": "time"}, "12:34:56.5"),
    "interval": ("INTERVAL 90 MINUTE", TEXT, "01:30:00"),
    "tinyint": ("(-128)::TINYINT", INTEGER, -128),
    "bigint": ("9161005360::BIGINT", INTEGER, 9161005360),
    "ubigint": ("18446744073709551615::UBIGINT", INTEGER, 18446744073709551615),
    "hugeint": ("170141183460469231731687303715884105727::HUGEINT", INTEGER, 170141183460469231731687303715884105727),
    "uhugeint": ("340282366920938463463374607431768211455::UHUGEINT", INTEGER, 2**128 - 1),
    "double": ("0.1::DOUBLE", NUMBER, 0.1),
    "nan": ("'nan'::DOUBLE", NUMBER, None),
    "infinity": ("'inf'::DOUBLE", NUMBER, None),
    "decimal": ("19.90::DECIMAL(10,2)", NUMBER, 19.90),
    "boolean": ("false", {"type": ["boolean", "null"]}, False),
    "varchar": ("'ключ \"quoted\"\n'", TEXT, 'ключ "quoted"\n'),
    "uuid": (
        "'0b0c4f0e-0000-4000-8000-000000000001'::UUID",
        TEXT | {"format": "uuid"},
        "0b0c4f0e-0000-4000-8000-000000000001",
    ),
    "enum": ("'b'::ENUM('a', 'b')", TEXT, "b"),
    "blob": ("'\\x00\\xFFz'::BLOB", TEXT | {"contentEncoding": "base64"}, "AP96"),
    "bit": ("'0101'::BIT", TEXT, "0101"),
    "json object": ("""'{"a": [1, null, {"b": 1.50}]}'::JSON""", ANYTHING, {"a": [1, None, {"b": 1.5}]}),
    "json scalar": ("'\"text\"'::JSON", ANYTHING, "text"),
    "json null": ("'null'::JSON", ANYTHING, None),
    "list": ("['b', NULL, 'a']", {"type": ["array", "null"], "items": TEXT}, ["b", None, "a"]),
    "empty list": ("[]::VARCHAR[]", {"type": ["array", "null"], "items": TEXT}, []),
    "array": ("[1, 2]::INTEGER[2]", {"type": ["array", "null"], "items": INTEGER}, [1, 2]),
    "times in a list": (
        "[TIMESTAMPTZ '2026-03-01 12:00:00+03', NULL]",
        {"type": ["array", "null"], "items": TIME},
        ["2026-03-01T09:00:00.000000Z", None],
    ),
    "struct": (
        "{'at': TIMESTAMPTZ '2026-03-01 12:00:00+03', 'raw': 'z'::BLOB, 'n': 1.10::DECIMAL(5,2), 'j': '[1]'::JSON}",
        {
            "type": ["object", "null"],
            "properties": {"at": TIME, "raw": TEXT | {"contentEncoding": "base64"}, "n": NUMBER, "j": ANYTHING},
            "additionalProperties": False,
        },
        {"at": "2026-03-01T09:00:00.000000Z", "raw": "eg==", "n": 1.1, "j": [1]},
    ),
    "structs in a list": (
        "[{'days': [DATE '2026-03-01'], 'odd name': 1}, NULL]",
        {
            "type": ["array", "null"],
            "items": {
                "type": ["object", "null"],
                "properties": {
                    "days": {"type": ["array", "null"], "items": TEXT | {"format": "date"}},
                    "odd name": INTEGER,
                },
                "additionalProperties": False,
            },
        },
        [{"days": ["2026-03-01"], "odd name": 1}, None],
    ),
    "map": (
        "MAP {1: TIMESTAMPTZ '2026-03-01 12:00:00+03'}",
        {"type": ["object", "null"], "additionalProperties": TIME},
        {"1": "2026-03-01T09:00:00.000000Z"},
    ),
    "list of arrays of times": (
        "[[TIMESTAMP '2026-03-01 12:00:00']::TIMESTAMP[1]]",
        {"type": ["array", "null"], "items": {"type": ["array", "null"], "items": TIME}},
        [["2026-03-01T12:00:00.000000Z"]],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_value_and_null_of_every_type(
    write: WriteSql, sync: Callable[..., list[Message]], records: Callable[..., list[Message]], name: str
) -> None:
    sql, schema, value = CASES[name]
    path = write(f"CREATE TABLE t AS SELECT 1 AS id, {sql} AS v UNION ALL SELECT 2, NULL ORDER BY id")
    messages = sync({"path": str(path), "tables": [{"table": "t", "key": "id"}]})
    assert messages[0]["schema"] == {
        "type": "object",
        "properties": {"id": {"type": ["integer"]}, "v": schema},
        "required": ["id"],
        "additionalProperties": False,
    }
    assert records(messages, "t") == [{"id": 1, "v": value}, {"id": 2, "v": None}]


def test_decimals_keep_every_digit(write: WriteSql, executable: Executable) -> None:
    path = write("CREATE TABLE t AS SELECT 12345678901234567890.10::DECIMAL(38,2) AS v")
    ended = executable.run({"path": str(path), "tables": [{"table": "t"}]})
    assert '"record":{"v":12345678901234567890.10}' in ended.stdout
