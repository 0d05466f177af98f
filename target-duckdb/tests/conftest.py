from __future__ import annotations

import contextlib
import io
import json
import pathlib
import typing as t

import duckdb
import pytest
from target_duckdb.target import TargetDuckDB
from target_duckdb.types import quoted

AS_TEXT = {"DATE", "TIMESTAMP WITH TIME ZONE"}


class Outcome(t.NamedTuple):
    code: int
    states: list[t.Any]
    summary: dict[str, t.Any]

    @property
    def error(self) -> str:
        return str(self.summary["error"])


class Warehouse:
    """A database file, loads into it, and questions to it."""

    def __init__(self, folder: pathlib.Path) -> None:
        self.path = folder / "warehouse.duckdb"
        self._summary = folder / "summary.json"
        self._spool = folder / "spool"

    def load(self, *messages: dict[str, t.Any] | bytes, **settings: t.Any) -> Outcome:
        """Run the target over messages (dicts, or lines as bytes)."""
        config = {
            "path": str(self.path),
            "spool_path": str(self._spool),
            "summary_path": str(self._summary),
            "add_record_metadata": False,
            "threads": 2,
            **settings,
        }
        lines = [line if isinstance(line, bytes) else json.dumps(line).encode() for line in messages]
        output = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
        with contextlib.redirect_stdout(output):
            code = TargetDuckDB(config=config).run(t.cast("t.IO[str]", io.BytesIO(b"\n".join(lines) + b"\n")))
        assert list(self._spool.iterdir()) == [], "the spool folder is left clean"
        states = [json.loads(line) for line in output.buffer.getvalue().decode().splitlines()]
        return Outcome(int(code), states, json.loads(self._summary.read_text(encoding="utf-8")))

    def query(self, sql: str) -> list[tuple[t.Any, ...]]:
        with contextlib.closing(duckdb.connect(str(self.path))) as connection:
            connection.execute("SET TimeZone = 'UTC'")
            return connection.execute(sql).fetchall()

    def table(self, name: str = "main.t", order: str = "ALL") -> list[dict[str, t.Any]]:
        """All rows as dicts, moments and days as text."""
        with contextlib.closing(duckdb.connect(str(self.path))) as connection:
            connection.execute("SET TimeZone = 'UTC'")
            described = connection.execute(f"DESCRIBE {name}").fetchall()
            columns = ", ".join(
                f"CAST({quoted(column)} AS VARCHAR)" if kind in AS_TEXT else quoted(column)
                for column, kind, *_ in described
            )
            rows = connection.execute(f"SELECT {columns} FROM {name} ORDER BY {order}").fetchall()  # noqa: S608 - ours
            return [dict(zip((column for column, *_ in described), row, strict=True)) for row in rows]

    def types(self, table: str = "t") -> dict[str, str]:
        return {column: kind for column, kind, *_ in self.query(f"DESCRIBE {table}")}


@pytest.fixture
def make_warehouse() -> type[Warehouse]:
    return Warehouse


@pytest.fixture
def warehouse(tmp_path: pathlib.Path) -> Warehouse:
    return Warehouse(tmp_path)
