"""Files as taps write them, and the whole tables that must come of them.

`corpus/expected.json` says for each case which files are loaded one after the other with which settings, how the last
run ends, which STATE it hands on, and every value of every table as text. What depends on the clock is left out, or
only said to be there.
"""

from __future__ import annotations

import json
import pathlib
import typing as t

import pytest
from target_duckdb.types import quoted

CORPUS = pathlib.Path(__file__).parent / "corpus"
CASES: dict[str, dict[str, t.Any]] = json.loads((CORPUS / "expected.json").read_text(encoding="utf-8"))
CLOCK = {"_sdc_received_at", "_sdc_batched_at", "_sdc_sequence"}
TABLES = "SELECT schema_name || '.' || table_name FROM duckdb_tables() ORDER BY ALL"


def contents(warehouse: t.Any, name: str) -> dict[str, t.Any]:
    """Columns with their types, and all rows as text."""
    columns = {column: kind for column, kind in warehouse.types(name).items() if column not in CLOCK}
    texts = ", ".join(
        f"{quoted(column)} IS NOT NULL" if column == "_sdc_deleted_at" else f"CAST({quoted(column)} AS VARCHAR)"
        for column in columns
    )
    rows = warehouse.query(f"SELECT {texts} FROM {name} ORDER BY ALL")  # noqa: S608 - names of this test
    return {"columns": columns, "rows": [list(row) for row in rows]}


def test_every_file_is_part_of_a_case() -> None:
    assert {path.stem for path in CORPUS.glob("*.singer")} == {name for case in CASES.values() for name in case["runs"]}


@pytest.mark.parametrize("name", CASES)
def test_a_file_becomes_these_tables(warehouse: t.Any, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    case = CASES[name]
    monkeypatch.chdir(CORPUS)  # manifests of BATCH messages are relative
    for run in case["runs"]:
        lines = (CORPUS / f"{run}.singer").read_bytes().removesuffix(b"\n").split(b"\n")
        outcome = warehouse.load(*lines, **case["settings"])
    assert {
        "exit_code": outcome.code,
        "error": outcome.summary["error"],
        "states": outcome.states,
        "tables": {table: contents(warehouse, table) for (table,) in warehouse.query(TABLES)},
    } == {key: case[key] for key in ("exit_code", "error", "states", "tables")}
