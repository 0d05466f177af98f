"""The fast way of reading values and the careful one must give the same rows."""

from __future__ import annotations

import json
import pathlib
import tempfile
import typing as t
from collections.abc import Iterator

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from singer_spool import Batch, LoadError, StreamSpec
from target_duckdb.backend import DuckDBBackend, Options
from target_duckdb.canonical import CanonicalColumns
from target_duckdb.names import TableName
from target_duckdb.session import Database
from target_duckdb.staging import source
from target_duckdb.tables import plan_table
from target_duckdb.types import quoted

KINDS: dict[str, dict[str, t.Any]] = {
    "i": {"type": ["integer", "null"]},
    "n": {"type": ["number", "null"]},
    "b": {"type": ["boolean", "null"]},
    "m": {"type": ["string", "null"], "format": "date-time"},
    "d": {"type": ["string", "null"], "format": "date"},
    "s": {"type": ["string", "null"]},
    "o": {"type": ["object", "null"]},
    "odd. name`]": {"type": ["integer", "null"]},
}
TABLE = plan_table(
    StreamSpec("t", {"properties": KINDS}), TableName("warehouse", "main", "t"), metadata=False, structs=False
)
STRICT = frozenset(KINDS) - {"s", "o"}
FITTING = [
    b'{"i":9223372036854775807,"n":5,"b":true,"m":"2026-03-01T10:00:00+03:00","d":"2026-02-28","s":1,"o":[]}',
    b'{"i":-9223372036854775808,"n":-1.5e-300,"b":null,"m":"0001-01-01 00:00:00Z","d":"0001-01-01"}',
    b'{"i":null,"n":0.1,"unknown":[5.5],"odd. name`]":7}',
    b"{}",
]


def columns(folder: pathlib.Path, *lines: bytes) -> frozenset[str]:
    path = folder / "batch.ndjson"
    path.write_bytes(b"".join(line + b"\n" for line in lines))
    return CanonicalColumns(TABLE).look_at([path]).typed


def test_values_of_the_columns_own_type_are_trusted(tmp_path: pathlib.Path) -> None:
    assert columns(tmp_path, *FITTING) == STRICT


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("i", "5.0"),
        ("i", "5.5"),
        ("i", "true"),
        ("i", '"5"'),
        ("i", "9223372036854775808"),
        ("odd. name`]", "1e3"),
        ("n", "true"),
        ("n", '"2.5"'),
        ("n", "1e400"),
        ("b", "1"),
        ("b", '"true"'),
        ("m", '"2026-03-01T10:00:00"'),
        ("m", '"2026-03-01T10:00Z"'),
        ("m", "1767225600"),
        ("d", '"2026-02-28T10:00:00Z"'),
        ("d", '"2026-02-30"'),
        ("d", '"2026-2-8"'),
    ],
)
def test_one_value_of_another_type_makes_its_column_text(tmp_path: pathlib.Path, name: str, value: str) -> None:
    line = f"{{{json.dumps(name)}:{value}}}".encode()
    assert columns(tmp_path, *FITTING, line, *FITTING) == STRICT - {name}


@pytest.mark.parametrize("line", [b'{"i":1', b"[]"])
def test_a_file_that_cannot_be_read_is_left_to_duckdb(tmp_path: pathlib.Path, line: bytes) -> None:
    assert columns(tmp_path, *FITTING, line) == frozenset()


def test_a_batch_larger_than_a_chunk_is_looked_at_to_its_end(tmp_path: pathlib.Path) -> None:
    filler = b'{"s":"%s"}' % (b"x" * 700_000)
    assert columns(tmp_path, filler, filler, filler, b'{"i":true}') == STRICT - {"i"}


def test_what_was_distrusted_once_stays_so(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "batch.ndjson"
    path.write_bytes(b'{"i":1}\n')
    canonical = CanonicalColumns(TABLE)
    before = canonical.look_at([path])
    assert canonical.agreed(before) == STRICT
    canonical.distrust()
    assert canonical.agreed(before) == frozenset(), "it had passed under a trust that is gone"
    assert canonical.agreed(canonical.look_at([path])) == frozenset()


ODD = st.sampled_from(
    ["5.0", "-0", "-0.0", "1e3", "1E18", "5.5", "9007199254740993", "9223372036854775808", "1e400", "1e-400", "true",
     '"5"', '"true"', '"2026-03-01"', '"2026-03-01t10:00:00z"', '"2026-03-01 10:00:00.1234567+05:30"',
     '"2026-03-01T23:59:60Z"', '"2026-03-01T10:00:00+0300"', '"2026-03-01T24:00:00Z"', '"0001-01-01T00:00:00+23:59"',
     '"2026-\\u0030\\u0033-01"', '""', "null", "[1]", "{}"]
)  # fmt: skip
USUAL = {
    "i": st.integers(-(2**63), 2**63 - 1).map(str),
    "n": st.floats(allow_nan=False, allow_infinity=False).map(json.dumps),
    "b": st.sampled_from(["true", "false"]),
    "m": st.datetimes().map(lambda moment: f'"{moment.isoformat()}Z"'),
    "d": st.dates().map(lambda day: f'"{day}"'),
}
RECORDS = st.lists(st.fixed_dictionaries({}, optional={k: v | ODD for k, v in USUAL.items()}), min_size=1, max_size=4)


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as made:
        made.execute("SET TimeZone = 'UTC'")
        yield made


@given(records=RECORDS)
@settings(max_examples=200, deadline=None)
def test_both_ways_give_the_same_values(connection: duckdb.DuckDBPyConnection, records: list[dict[str, str]]) -> None:
    lines = ["{" + ",".join(f'"{name}":{value}' for name, value in record.items()) + "}\n" for record in records]
    content = "".join(lines).encode()

    def values(expression: str, rows: str) -> list[str | None]:
        # -0.0 and 0.0 are the same number: DuckDB's reader keeps the sign of a zero only in text.
        found = connection.execute(f"SELECT CAST({expression} AS VARCHAR) FROM {rows}").fetchall()  # noqa: S608 - own SQL
        return ["0.0" if value == "-0.0" else value for (value,) in found]

    with tempfile.TemporaryDirectory() as folder:
        batch = Batch(TABLE.spec, (pathlib.Path(folder) / "batch.ndjson",), len(lines), len(content), len(content))
        batch.paths[0].write_bytes(content)
        for column in TABLE.columns:
            if column.name in CanonicalColumns(TABLE).look_at(batch.paths).typed:
                try:
                    fast = values(quoted(column.name), source(batch, TABLE, [column.name]))
                except duckdb.InvalidInputException:
                    continue  # the loader then reads the whole batch as text
                assert fast == values(column.checked, source(batch, TABLE))


def test_names_that_only_text_is_read_by(warehouse: t.Any) -> None:
    names = ['a"b', "c\\d", "e\tf"]
    schema = {"properties": {name: {"type": "integer"} for name in names}}
    outcome = warehouse.load(
        {"type": "SCHEMA", "stream": "t", "schema": schema, "key_properties": []},
        {"type": "RECORD", "stream": "t", "record": dict.fromkeys(names, 5)},
    )
    assert outcome.code == 0, outcome.error
    assert warehouse.table() == [dict.fromkeys(names, 5)]


@pytest.mark.parametrize(("text", "number"), [("1.5e+1", 15), ("1e+18", 10**18), ("1.23e+1", None), ("5.5", None)])
def test_texts_of_whole_numbers(warehouse: t.Any, text: str, number: int | None) -> None:
    outcome = warehouse.load(
        {"type": "SCHEMA", "stream": "t", "schema": {"properties": {"n": {"type": "integer"}}}, "key_properties": []},
        {"type": "RECORD", "stream": "t", "record": {"n": text}},
    )
    assert outcome.code == (1 if number is None else 0)
    assert number is None or warehouse.table() == [{"n": number}]


def test_fields_without_a_column_are_counted_in_every_record(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "batch.ndjson"
    long = b'{"i":1,"s":"' + b"x" * (1 << 20) + b'"}'
    lines = [b'{"i":1,"_sdc_sequence":5}', long, b'{"more":1,"i":5.5,"od\\"d":null}', long, b'{"more":{"x":1},"I":2}']
    path.write_bytes(b"".join(line + b"\n" for line in lines))
    look = CanonicalColumns(TABLE).look_at([path])
    assert look.typed == STRICT - {"i"}
    assert look.unknown == {"more": 2, 'od"d': 1, "I": 1}


def test_records_that_are_not_taken_are_not_counted() -> None:
    look = CanonicalColumns(TABLE).look()
    assert not look.take(b'{"more":1}{"more":2}\n', 1)
    assert not look.take(b'{"more":1}\n{"more":', 2)
    assert not look.take(b'{"more":1}\n{"more":2,"d":"\\q"}\n', 2)
    assert look.unknown == {}
    assert look.take(b'{"more":1}\n', 1)
    look.note(b'{"more":1}{"more":2}\n')
    assert (look.unknown, look.readable) == ({"more": 3}, True)


def test_fields_that_the_spool_adds_are_not_taken_from_a_tap() -> None:
    stamped = plan_table(TABLE.spec, TABLE.name, metadata=True, structs=False)
    for record in (b'{"_sdc_sequence":5}\n', b'{"more":1,"\\u005fsdc_sequence":5}\n'):
        look = CanonicalColumns(stamped).look()
        assert not look.take(record, 1)
        assert look.unknown == {}
        look.note(record)
        assert (look.readable, look.unknown) == (True, {"more": 1} if b"more" in record else {})


def test_a_look_at_another_table_is_not_trusted(tmp_path: pathlib.Path) -> None:
    """Read with its own type, 5.5 would become the whole number 6."""
    spec = StreamSpec("t", {"properties": {"i": {"type": "integer"}}})
    other = StreamSpec("t", {"properties": {"i": {"type": "number"}}})
    line = b'{"i":5.5}\n'
    look = CanonicalColumns(plan_table(other, TABLE.name, metadata=False, structs=False)).look()
    assert look.take(line, 1)
    path = tmp_path / "batch.ndjson"
    path.write_bytes(line)
    backend = DuckDBBackend(Database(str(tmp_path / "warehouse.duckdb")), Options(metadata=False))
    backend.declare(spec)
    with pytest.raises(LoadError, match="'i'"):
        backend.load([Batch(spec, (path,), 1, len(line), len(line), look)])
    backend.close()
