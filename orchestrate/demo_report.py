"""The demonstration's summary for a terminal."""

from __future__ import annotations

import json
import typing as t

from orchestrate.demo_facts import CALL_MART, CALLS

if t.TYPE_CHECKING:
    from pathlib import Path

    from orchestrate import demo_genesys
    from orchestrate.demo_facts import Arrival, Run

CHART_WIDTH = 48
"""Characters of the longest bar."""


def render(runs: t.Sequence[Run], arrived: Arrival, other: str, output: Path, root: Path) -> str:
    """The summary for the terminal.

    Args:
        runs: The runs, first to last.
        arrived: What is at both ends now.
        other: What is to be said of the other source.
        output: The demonstration's folder.
        root: The repository.

    Returns:
        Lines of text.
    """
    return "\n\n".join(
        [
            "",
            _streams("CoMagic", [run.read for run in runs]),
            _warehouse(runs),
            other,
            _amplitude(runs, arrived),
            _chart(arrived.days),
            _next(output, root),
            "",
        ]
    )


def genesys(runs: t.Sequence[demo_genesys.Run], arrived: demo_genesys.Arrival) -> str:
    """What there is to say of Genesys Cloud.

    Args:
        runs: The runs, first to last.
        arrived: What is at both ends now.

    Returns:
        Lines of text.
    """
    head = ["rows after", *(f"run {number}" for number in range(1, len(runs) + 1))]
    marts = [[mart, *(run.marts[mart] for run in runs)] for mart in runs[0].marts]
    first, last = runs[0], runs[-1]
    new = last.conversations - first.conversations
    queues = [
        [f"{queue}, {medium}", *numbers, "-" if level is None else f"{level} %"]
        for queue, medium, *numbers, level in arrived.queues
    ]
    return "\n".join(
        [
            _streams("Genesys Cloud", [run.read for run in runs]),
            "",
            _table(head, [["raw_genesys.conversations", *(run.conversations for run in runs)], *marts]),
            f"  run {len(runs)} found {new:,} new conversations and {last.changed:,} changed ones",
            "",
            _table(["queue", "offered", "answered", "abandoned", "in time"], queues),
        ]
    )


def _table(head: t.Sequence[str], rows: t.Iterable[t.Sequence[object]]) -> str:
    """Rows under a head: the first column to the left, numbers to the right."""
    texts = [[f"{cell:,}" if isinstance(cell, int) else str(cell) for cell in row] for row in rows]
    widths = [max(len(line[column]) for line in [list(head), *texts]) for column in range(len(head))]
    lines = []
    for name, *numbers in [list(head), *texts]:
        cells = [number.rjust(width) for number, width in zip(numbers, widths[1:], strict=True)]
        lines.append("  " + "  ".join([name.ljust(widths[0]), *cells]))
    return "\n".join(lines)


def _streams(source: str, reads: t.Sequence[dict[str, int]]) -> str:
    head = ["records read", *(f"run {number}" for number in range(1, len(reads) + 1))]
    names = list(dict.fromkeys(name for read in reads for name in read))
    rows = [[name, *(read.get(name, 0) for read in reads)] for name in names]
    return f"{source} -> DuckDB\n" + _table(head, rows)


def _warehouse(runs: t.Sequence[Run]) -> str:
    head = ["rows after", *(f"run {number}" for number in range(1, len(runs) + 1))]
    rows = [
        [CALLS, *(run.calls for run in runs)],
        *([mart, *(run.marts[mart] for run in runs)] for mart in runs[0].marts),
    ]
    rows.append(["dbt tests passed", *(run.tests.get("pass", "-") for run in runs)])
    first, last = runs[0], runs[-1]
    news = f"  run {len(runs)} found {last.calls - first.calls:,} new calls and {last.changed_calls:,} changed ones"
    return f"dbt\n{_table(head, rows)}\n{news}"


def _amplitude(runs: t.Sequence[Run], arrived: Arrival) -> str:
    sent = ", ".join(f"{run.profiles:,} in run {number}" for number, run in enumerate(runs, 1))
    user, properties = max(arrived.profiles.items(), key=lambda entry: entry[1].get("calls_count", 0))
    example = json.dumps(properties, ensure_ascii=False, sort_keys=True)
    return (
        f"Amplitude\n  {len(arrived.profiles):,} profiles arrived and are known there (sent: {sent})\n"
        f"  for example {user}: {example}"
    )


def _chart(days: t.Sequence[tuple[str, int, int]]) -> str:
    most = max(calls for _, calls, _ in days)
    lines = [f"Calls a day, the last {len(days)} (░ lost)"]
    for day, calls, lost in days:
        shade = round(lost * CHART_WIDTH / most)
        bar = "█" * (round(calls * CHART_WIDTH / most) - shade) + "░" * shade
        lines.append(f"  {day}  {bar.ljust(CHART_WIDTH)}  {calls:,}")
    return "\n".join(lines)


def _next(output: Path, root: Path) -> str:
    folder = output.relative_to(root).as_posix()
    return f"""The warehouse is {folder}/switchboard.duckdb.
The log of both runs is {folder}/meltano.log, their summaries lie in {folder}/summary/.

Try next
  .venv/bin/python -c "import duckdb; print(duckdb.connect('{folder}/switchboard.duckdb').sql('from {CALL_MART}'))"
  make test           everything that CI runs
  README.md           "To production": your own account, a schedule, a state backend"""
