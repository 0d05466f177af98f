"""What is measured, in which order."""

from __future__ import annotations

import dataclasses
import typing as t

from benchmarks import job_roster, roster, sizes
from benchmarks.rounds import Figures, compare, prove
from benchmarks.sizes import Sizes
from benchmarks.starts import starts
from benchmarks.vendor import Load

WRITERS: t.Final = frozenset({"ours", "plain", "tuned", "airbyte", "floor"})
"""Contenders of the extraction whose messages can be counted."""
ONE_WAY: t.Final = ("dlt-merge", "meltano")
"""Left out of the greatest table: their share is known from the smaller one."""


@dataclasses.dataclass(frozen=True)
class Scenario:
    """A part of the whole that can be run by itself."""

    key: str
    title: str
    measure: t.Callable[[Sizes], Figures]


def calls(size: Sizes) -> Figures:
    """Calls to nowhere."""
    return _extraction(sizes.calls(size.calls), size.rounds)


def conversations(size: Sizes) -> Figures:
    """Conversations to nowhere."""
    return _extraction(sizes.conversations(size.conversations), size.rounds)


def _extraction(load: Load, rounds: int) -> Figures:
    for contender in roster.EXTRACTION:
        if contender.key in WRITERS:
            prove(contender, load)
    return compare(load, roster.EXTRACTION, rounds)


def tables(size: Sizes) -> Figures:
    """Calls into DuckDB."""
    figures = {}
    for number, rows in enumerate(size.tables):
        contenders = [each for each in roster.LOADING if not number or each.key not in ONE_WAY]
        rounds = size.long_rounds if number else size.rounds
        figures[str(rows)] = compare(sizes.calls(rows), contenders, rounds, tables=True)
    return figures


def latency(size: Sizes) -> Figures:
    """A vendor that takes its time."""
    return compare(sizes.slow(size.slices), roster.LATENCY, size.long_rounds)


def budget(size: Sizes) -> Figures:
    """A vendor that gives few points."""
    return compare(sizes.stingy(size.budget_slices), [roster.OUR_TAP], 1)


def jobs(size: Sizes) -> Figures:
    """Conversations through jobs into DuckDB."""
    return compare(sizes.jobs(size.conversations), job_roster.JOBS, size.rounds, tables=True)


def rate(size: Sizes) -> Figures:
    """A vendor that allows so many requests a minute."""
    return compare(sizes.counted(size.rate_days), [job_roster.OUR_TAP], 1)


def growth(size: Sizes) -> Figures:
    """Ever more calls, to nowhere and into DuckDB."""
    return {
        str(rows): {
            "tap": compare(sizes.calls(rows), [roster.OUR_TAP], size.long_rounds),
            "pair": compare(sizes.calls(rows), [roster.OUR_PAIR], size.long_rounds, tables=True),
        }
        for rows in size.growth
    }


def start(size: Sizes) -> Figures:
    """Beginning, with nothing to do."""
    return starts(size.starts)


SCENARIOS: t.Final = (
    Scenario("calls", "Calls to /dev/null", calls),
    Scenario("conversations", "Nested conversations to /dev/null", conversations),
    Scenario("tables", "Calls into DuckDB", tables),
    Scenario("jobs", "Conversations through jobs into DuckDB", jobs),
    Scenario("latency", "A slow vendor", latency),
    Scenario("budget", "A vendor with few points", budget),
    Scenario("rate", "A vendor that counts requests", rate),
    Scenario("growth", "Growth", growth),
    Scenario("start", "Starting", start),
)
