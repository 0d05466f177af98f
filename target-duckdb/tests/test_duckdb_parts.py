"""Batches of many files, as the spool makes of large ones: the same tables, whatever the number of threads."""

from __future__ import annotations

import decimal
import typing as t

import pytest

NUMBER: dict[str, t.Any] = {"type": ["integer", "null"]}
ROWS = 20_000
THREADS = pytest.mark.parametrize("threads", [1, 2, 4])


@pytest.fixture(autouse=True)
def small_files(monkeypatch: pytest.MonkeyPatch) -> None:
    """Some hundred records in each."""
    monkeypatch.setattr("singer_spool.spool.PART_BYTES", 8192)


def messages(rows: t.Iterable[dict[str, t.Any]], *keys: str, **fields: dict[str, t.Any]) -> list[dict[str, t.Any]]:
    schema = {"properties": {"id": NUMBER, "n": NUMBER, **fields}}
    records = [{"type": "RECORD", "stream": "t", "record": row} for row in rows]
    return [{"type": "SCHEMA", "stream": "t", "schema": schema, "key_properties": list(keys)}, *records]


@THREADS
def test_rows_without_a_key_keep_their_order(warehouse: t.Any, threads: int) -> None:
    outcome = warehouse.load(*messages({"id": 1, "n": n} for n in range(ROWS)), threads=threads)
    assert outcome.code == 0, outcome.error
    assert warehouse.query("SELECT n FROM t ORDER BY rowid") == [(n,) for n in range(ROWS)]


@THREADS
def test_the_last_record_of_a_key_counts_whatever_its_file(warehouse: t.Any, threads: int) -> None:
    for first in (0, ROWS):
        rows = [{"id": n % 7000, "n": first + n} for n in range(ROWS)]
        assert warehouse.load(*messages(rows, "id"), threads=threads).code == 0
        last = {row["id"]: row["n"] for row in rows}
        assert warehouse.query("SELECT id, n FROM t ORDER BY id") == sorted(last.items())


@THREADS
@pytest.mark.parametrize(
    ("wrong", "keys", "told"),
    [
        ({"id": 1, "n": "x"}, (), "field 'n' of record 15001 of this load does not fit"),
        ({"n": 1}, ("id",), "record 15001 of this load has no value for 'id'"),
    ],
)
def test_records_are_numbered_over_all_files(
    warehouse: t.Any, threads: int, wrong: dict[str, t.Any], keys: tuple[str, ...], told: str
) -> None:
    rows: list[dict[str, t.Any]] = [{"id": n, "n": n} for n in range(ROWS)]
    rows[15_000] = rows[17_000] = wrong
    outcome = warehouse.load(*messages(rows, *keys), threads=threads)
    assert outcome.code == 1
    assert told in outcome.error
    assert warehouse.table() == []


def test_long_numbers_are_exact_in_every_file(warehouse: t.Any) -> None:
    """Those files that have none are written anew as well, and all are deleted."""
    text = "1234567890123456.12345"
    rows = [{"id": n, "v": n + 0.5} for n in range(2000)]
    lines: list[t.Any] = messages(rows, "id", v={"type": "number", "multipleOf": 0.00001})
    for place in (1, 700, 2000):
        lines[place] = b'{"type":"RECORD","stream":"t","record":{"id":%d,"v":%s}}' % (place - 1, text.encode())
    outcome = warehouse.load(*lines)
    assert outcome.code == 0, outcome.error
    long = dict.fromkeys((0, 699, 1999), decimal.Decimal(text))
    expected = [(n, long.get(n, decimal.Decimal(n) + decimal.Decimal("0.5"))) for n in range(2000)]
    assert warehouse.query("SELECT id, v FROM t ORDER BY id") == expected
