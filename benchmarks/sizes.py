"""How much is measured: everything, a fifth of it, or enough to see within minutes whether something is badly wrong."""

from __future__ import annotations

import dataclasses
import typing as t

from benchmarks.vendor import Load

CALLS_A_DAY: t.Final = 7_000
CONVERSATIONS_A_DAY: t.Final = 2_500


@dataclasses.dataclass(frozen=True)
class Sizes:
    """Rows and repetitions.

    Attributes:
        name: what the figures call it.
        rounds: repetitions of what takes minutes.
        long_rounds: repetitions of what takes longer.
        calls: calls to extract.
        conversations: conversations to extract.
        tables: calls to load.
        slices: slices of the slow vendor.
        budget_slices: slices of the vendor with few points.
        growth: calls of each step.
        starts: repetitions of each start.
        rate_days: days, and so jobs, of the vendor that counts requests.
    """

    name: str
    rounds: int
    long_rounds: int
    calls: int
    conversations: int
    tables: tuple[int, ...]
    slices: int
    budget_slices: int
    growth: tuple[int, ...]
    starts: int
    rate_days: int


FULL: t.Final = Sizes(
    "full", 3, 1, 336_000, 100_000, (168_000, 2_000_000), 1_000, 500, (10_000, 100_000, 1_000_000, 5_000_000), 9, 300
)
MEDIUM: t.Final = Sizes(
    "medium", 2, 1, 84_000, 20_000, (84_000, 500_000), 300, 300, (10_000, 100_000, 200_000, 1_000_000), 5, 150
)
QUICK: t.Final = Sizes("quick", 1, 1, 42_000, 5_000, (21_000,), 80, 60, (10_000, 40_000), 3, 90)

SIZES: t.Final = {size.name: size for size in (FULL, MEDIUM, QUICK)}


def calls(rows: int) -> Load:
    """Calls as a company of some size has them, read with the vendor's largest page."""
    return Load("calls", rows, days=max(1, round(rows / CALLS_A_DAY)), slice_days=7, page_size=10_000)


def conversations(rows: int) -> Load:
    """Conversations, a day a slice."""
    return Load("conversations", rows, days=max(1, round(rows / CONVERSATIONS_A_DAY)), slice_days=1, page_size=1_000)


def jobs(rows: int) -> Load:
    """The same through jobs of a week each."""
    return dataclasses.replace(conversations(rows), slice_days=7, by_jobs=True)


def counted(days: int) -> Load:
    """A vendor that allows 300 requests a minute, as Genesys Cloud does, and has four requests a day to give.

    Each day is a job: submitted, looked at, and read in two pages.
    """
    return Load(
        "conversations", days * 48, days, slice_days=1, page_size=24, latency=0.02, limit=300, limit_seconds=60,
        by_jobs=True,
    )  # fmt: skip


def slow(slices: int) -> Load:
    """A vendor that takes 150 ms to answer, and a day of 1000 calls a slice."""
    return Load("calls", slices * 1_000, slices, slice_days=1, page_size=10_000, parallel=8, latency=0.15)


def stingy(slices: int) -> Load:
    """A vendor that gives 100 points for 20 seconds, and has 100 calls a day."""
    return Load(
        "calls", slices * 100, slices, slice_days=1, page_size=10_000, parallel=8, latency=0.02, limit=100,
        limit_seconds=20,
    )  # fmt: skip
