"""Sources that cannot sort: a page is the reach, and what one reading did not show is looked for in shorter slices."""

from __future__ import annotations

import datetime as dt
import random
import typing as t

import pytest
from singer_slices import Limits, Page, Slice, SourceZone
from slices_fake import Row, gather

UTC = SourceZone("UTC")
START = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)
DAY = Slice(START, START + dt.timedelta(days=1))


class Shuffled:
    """Rows every `step`, in another order for every answer."""

    def __init__(self, number: int, step: dt.timedelta, page_size: int) -> None:
        self.times = {index: START + index * step for index in range(number)}
        self.page_size = page_size
        self.stated: t.Callable[[int], int | None] = lambda total: total
        self.shown: t.Callable[[list[Row]], list[Row]] = lambda rows: rows
        self.asked: list[tuple[Slice, int]] = []

    def fetch(self, piece: Slice, offset: int) -> Page:
        self.asked.append((piece, offset))
        rows = [{"id": index} for index, at in self.times.items() if piece.start <= at < piece.end]
        random.Random(len(self.asked)).shuffle(rows)  # noqa: S311 - no secret is made of it
        return Page(self.shown(rows[offset : offset + self.page_size]), self.stated(len(rows)))

    def read(self) -> list[int]:
        limits = Limits(self.page_size, 1000, ordered=False)
        return sorted(gather(self.fetch, limits, UTC, [DAY]).ids)

    @property
    def paged(self) -> set[dt.timedelta]:
        """The lengths of the slices that were asked for beyond their first page and had rows there."""
        return {piece.length for piece, offset in self.asked if offset and offset >= self.page_size}


def test_slices_are_halved_until_a_page_holds_them() -> None:
    source = Shuffled(100, dt.timedelta(minutes=10), page_size=9)
    assert source.read() == list(range(100))
    assert all(offset == 0 for _, offset in source.asked)


def test_a_full_page_is_halved_since_the_total_may_be_too_low() -> None:
    source = Shuffled(10, dt.timedelta(minutes=10), page_size=9)
    source.stated = lambda total: min(total, 9)
    assert source.read() == list(range(10))
    assert {offset for _, offset in source.asked} == {0}


def test_the_smallest_slice_is_paged() -> None:
    source = Shuffled(30, dt.timedelta(0), page_size=9)
    source.times = dict.fromkeys(range(30), START + dt.timedelta(hours=5))
    assert len(source.read()) > 9
    assert source.paged == {dt.timedelta(seconds=1)}


@pytest.mark.parametrize("stated", [lambda total: total + 1, lambda total: max(total - 1, 0), lambda total: None])
def test_a_wrong_total_costs_few_requests(stated: t.Callable[[int], int | None]) -> None:
    source = Shuffled(24, dt.timedelta(hours=1), page_size=10)
    source.stated = stated
    assert source.read() == list(range(24))
    assert len(source.asked) < 40


def test_what_short_pages_did_not_show_is_looked_for_in_shorter_slices() -> None:
    source = Shuffled(80, dt.timedelta(minutes=15), page_size=100)
    source.shown = lambda rows: rows[:-5] if len(rows) > 10 else rows
    assert source.read() == list(range(80))


def test_limits_of_a_slice() -> None:
    second = Slice(START, START + dt.timedelta(seconds=1))
    limits = Limits(10, 100, ordered=False)
    assert (limits.reach, limits.of(DAY).reach, limits.of(second).reach) == (10, 10, 110)
    assert Limits(10, 100).of(DAY).reach == 110
