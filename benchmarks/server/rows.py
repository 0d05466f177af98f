"""The rows that every contender reads, as encoded JSON, made from the templates in `benchmarks/data`.

The templates were taken once from the sandbox, so that figures of different days stay comparable: invented people, the
vendors' documented fields. Row after row only ids, times and numbers change.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
import typing as t
from pathlib import Path

DATA: t.Final = Path(__file__).resolve().parent.parent / "data"
DAY_SECONDS: t.Final = 86_400
HOUR_SECONDS: t.Final = 3_600
FIRST_CALL_ID: t.Final = 9_000_000_000
EPOCH: t.Final = dt.datetime(1970, 1, 1)  # noqa: DTZ001  # the account's wall clock, as the vendor prints it
HOLES: t.Final = r"@(id|visitor_id|start_time|finish_time|phone|tail|hour)\b"
NUMBERS: t.Final = frozenset({"id", "visitor_id"})
"""Holes that stand for numbers: their quotes go."""

Row = tuple[int, bytes]
"""The second on the wall clock by which a row is found, and its JSON."""


@dataclasses.dataclass(frozen=True)
class Span:
    """Rows spread evenly over whole days.

    Attributes:
        rows: how many.
        first_day: the first of them.
        days: how many.
    """

    rows: int
    first_day: dt.date
    days: int

    @property
    def start(self) -> int:
        """The first second, counted from 1970 on the wall clock."""
        return (self.first_day - EPOCH.date()).days * DAY_SECONDS

    def second(self, index: int) -> int:
        """When a row began, to the second."""
        return self.start + index * self.days * DAY_SECONDS // self.rows


def templates(stream: str) -> list[bytes]:
    """The lines of a data file as patterns for `%` formatting."""
    lines = (DATA / f"{stream}.ndjson").read_text(encoding="utf-8").splitlines()
    return [_pattern(line).encode() for line in lines]


def _pattern(line: str) -> str:
    line = line.replace("%", "%%")
    line = re.sub(f'"{HOLES}"', lambda found: _hole(found[1]), line)
    return re.sub(HOLES, r"%(\1)b", line)


def _hole(name: str) -> str:
    return f"%({name})d" if name in NUMBERS else f'"%({name})b"'


def calls(span: Span) -> t.Iterator[Row]:
    """Call sessions of about 900 bytes with nested tags, in the order of their start."""
    patterns = templates("calls")
    lengths = [int(found[1]) for each in patterns if (found := re.search(rb'"total_duration":(\d+)', each))]
    for index in range(span.rows):
        second, number = span.second(index), index % len(patterns)
        yield (
            second,
            patterns[number]
            % {
                b"id": FIRST_CALL_ID + index,
                b"start_time": _text(second),
                b"finish_time": _text(second + lengths[number]),
                b"phone": b"79%09d" % (index * 7_919 % 1_000_000_000),
                b"visitor_id": FIRST_CALL_ID + index * 31 % 50_000_017,
            },
        )


def conversations(span: Span) -> t.Iterator[Row]:
    """Nested conversations of about 7 kB, in the order of the hour of their start, by which they are found."""
    patterns = templates("conversations")
    for index in range(span.rows):
        hour = span.second(index) // HOUR_SECONDS * HOUR_SECONDS
        holes = {b"tail": b"%012x" % index, b"hour": _text(hour)[:13].replace(b" ", b"T")}
        yield hour, patterns[index % len(patterns)] % holes


def _text(second: int) -> bytes:
    return (EPOCH + dt.timedelta(seconds=second)).isoformat(sep=" ").encode()
