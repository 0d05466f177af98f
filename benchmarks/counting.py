"""What came out at the other end: rows counted and added up, in messages and in tables.

As a program it counts a table of a DuckDB file: `python -m benchmarks.counting FILE STREAM`. The harness starts it so,
since a process as large as DuckDB's would show up in the memory of what it starts.
"""

from __future__ import annotations

import dataclasses
import json
import subprocess
import sys
import typing as t
from pathlib import Path

from benchmarks.contenders.job import DATA, KEYS, SCHEMAS
from benchmarks.measure import ROOT


@dataclasses.dataclass(frozen=True)
class Rows:
    """Rows of a stream.

    Attributes:
        count: how many.
        keys: how many different keys.
        weight: seconds of all calls, or participants of all conversations.
    """

    count: int
    keys: int
    weight: int


def expected(stream: str, rows: int) -> Rows:
    """What the server holds, by the templates that it goes through again and again."""
    lines = (DATA / f"{stream}.ndjson").read_text(encoding="utf-8").splitlines()
    weights = [_weight(json.loads(line)) for line in lines]
    rounds, rest = divmod(rows, len(weights))
    return Rows(rows, rows, rounds * sum(weights) + sum(weights[:rest]))


def in_messages(path: Path, stream: str) -> Rows:
    """What a file of Singer or Airbyte messages holds."""
    keys, count, weight = set(), 0, 0
    with path.open("rb") as lines:
        for line in lines:
            message = json.loads(line)
            if message["type"] != "RECORD":
                continue
            record = message["record"].get("data", message["record"])
            count += 1
            weight += _weight(record)
            keys.add(record[KEYS[stream]])
    return Rows(count, len(keys), weight)


def in_database(path: Path, stream: str) -> Rows:
    """What the table of a stream holds in a DuckDB file."""
    words = [sys.executable, "-m", "benchmarks.counting", str(path), stream]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, check=True)
    return Rows(*json.loads(done.stdout))


def _weight(row: t.Mapping[str, t.Any]) -> int:
    return len(row["participants"]) if "participants" in row else int(row["total_duration"])


def _count_table(path: str, stream: str) -> tuple[int, int, int]:
    import duckdb  # noqa: PLC0415  # only as a program

    weight = "total_duration" if stream == "calls" else "json_array_length(participants)"
    query = (
        f'select count(*), count(distinct "{KEYS[stream]}"), sum({weight})::bigint from {SCHEMAS[stream]}."{stream}"'  # noqa: S608  # our own names
    )
    with duckdb.connect(path, read_only=True) as connection:
        return t.cast("tuple[int, int, int]", connection.execute(query).fetchone())


if __name__ == "__main__":
    sys.stdout.write(json.dumps(_count_table(*sys.argv[1:])))
