"""Several contenders, one server, several rounds: in every round another one begins."""

from __future__ import annotations

import dataclasses
import statistics
import tempfile
import typing as t
from pathlib import Path

from benchmarks import counting
from benchmarks.measure import ContenderError, Cost, run
from benchmarks.roster import Contender
from benchmarks.vendor import Load, Vendor, serving

Figures = dict[str, t.Any]
PROOF_ROWS: t.Final = 600


class LostRowsError(Exception):
    """A contender of ours did not deliver what it should have."""


def compare(load: Load, contenders: t.Sequence[Contender], rounds: int, *, tables: bool = False) -> Figures:
    """Measure contenders at the same job.

    Args:
        load: the server's rows.
        contenders: who takes part.
        rounds: how often each runs.
        tables: whether they load into DuckDB, where rows are counted after every run; else their output goes to
            /dev/null, and rows are those that the server sent.

    Returns:
        `load` and, by contender, every run with CPU and wall seconds and memory, their medians, and rows.

    Raises:
        LostRowsError: one of ours lost or doubled rows. That of another is written down.
    """
    runs: dict[str, list[Figures]] = {each.key: [] for each in contenders}
    with serving(load) as vendor:
        for number in range(rounds):
            begin = number % len(contenders)
            for contender in (*contenders[begin:], *contenders[:begin]):
                runs[contender.key].append(_measure(contender, vendor, load, tables=tables))
                _tell(contender, runs[contender.key][-1])
    return {
        "load": dataclasses.asdict(load),
        "contenders": {key: {"median": _medians(each), "runs": each} for key, each in runs.items()},
    }


def prove(contender: Contender, load: Load) -> counting.Rows:
    """Let a contender read a few rows into a file, and count them.

    Args:
        contender: one that writes messages.
        load: what it will be measured with; a fraction of it is read.

    Raises:
        LostRowsError: it wrote something else than the server holds.
    """
    small = dataclasses.replace(load, rows=PROOF_ROWS, days=3, slice_days=2, latency=0.0, limit=0, page_size=200)
    with serving(small) as vendor, tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        output = folder / "messages"
        run(contender.prepare(vendor.job, folder), folder / "log", output)
        found = counting.in_messages(output, load.stream)
    wanted = counting.expected(load.stream, PROOF_ROWS)
    if found != wanted:
        raise LostRowsError(f"{contender.title}: {found} instead of {wanted}")
    return found


def _measure(contender: Contender, vendor: Vendor, load: Load, *, tables: bool) -> Figures:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        database = folder / "warehouse.duckdb"
        job = dataclasses.replace(vendor.job, database=str(database) if tables else "")
        try:
            commands = contender.prepare(job, folder)
            with vendor.watched() as seen:
                cost = run(commands, folder / "log")
        except ContenderError as error:
            if contender.ours:
                raise
            return {"failed": str(error)[-500:]}
        figures = _with_rows(cost, seen)
        if tables:
            found = counting.in_database(database, load.stream)
            figures["loaded"] = dataclasses.asdict(found)
            _check(contender, found, load)
        return figures


def _with_rows(cost: Cost, seen: Figures) -> Figures:
    return cost.rounded() | {"served": seen}


def _check(contender: Contender, found: counting.Rows, load: Load) -> None:
    wanted = counting.expected(load.stream, load.rows)
    if contender.ours and found != wanted:
        raise LostRowsError(f"{contender.title}: {found} instead of {wanted}")


def _medians(runs: t.Sequence[Figures]) -> Figures:
    done = [each for each in runs if "failed" not in each]
    if not done:
        return {}
    return {name: round(statistics.median(each[name] for each in done), 3) for name in ("cpu", "wall", "memory")}


def _tell(contender: Contender, figures: Figures) -> None:
    if "failed" in figures:
        print(f"    {contender.title:<36} FAILED", flush=True)
        return
    numbers = f"{figures['cpu']:8.2f} s CPU {figures['wall']:8.2f} s wall {figures['memory']:6.0f} MB"
    print(f"    {contender.title:<36}{numbers}", flush=True)
