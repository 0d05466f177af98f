"""Properties of whole runs: every row once, whatever the vendor's habits and whenever a run is killed."""

from __future__ import annotations

import datetime as dt
import itertools
import json
import typing as t

from hypothesis import assume, given
from hypothesis import strategies as st
from singer_slices import Limits, Page, Slice, SourceZone
from slices_fake import Ask, Events, Row, Vendor, event, gather, many, run

ZONES = ["UTC", "Europe/Moscow", "Europe/Berlin", "America/Sao_Paulo", "Australia/Lord_Howe", "America/Havana"]


#: Days on which some zone's clock changes, and an ordinary one.
DAYS = ["2018-11-03", "2018-02-17", "2026-03-28", "2026-10-24", "2026-04-04", "2026-10-31", "2026-01-14"]


def repeated(page: Page) -> Page:
    """The page's first half twice, as if rows had been put in front of it meanwhile; as long as it was."""
    half = page.rows[: (len(page.rows) + 1) // 2]
    return Page((half + half)[: len(page.rows)], page.total)


FAULTS: dict[str, t.Callable[[Page], Page]] = {
    "short": lambda page: Page(page.rows[:-1], page.total),
    "empty": lambda page: Page([], page.total),
    "repeated": repeated,
    "no total": lambda page: Page(page.rows, None),
}


class Source:
    """Rows with true moments, asked for by their local texts, as a vendor with a local clock keeps them."""

    def __init__(self, zone: SourceZone, moments: list[dt.datetime], *, inclusive: bool, page_size: int) -> None:
        self.zone = zone
        self.rows: list[Row] = [{"id": n, "moment": moment} for n, moment in enumerate(sorted(moments))]
        self.inclusive = inclusive
        self.page_size = page_size
        self.fault: tuple[int, str] | None = None
        self.calls = 0

    def __call__(self, piece: Slice, offset: int) -> Page:
        start = self.zone.local_text(self.zone.ask_from(piece.start))
        end = self.zone.local_text(self.zone.ask_till(piece.end))
        rows = [row for row in self.rows if self._within(self.zone.local_text(row["moment"]), start, end)]
        page = Page(rows[offset : offset + self.page_size], len(rows))
        self.calls += 1
        if self.fault and self.calls - 1 == self.fault[0] and len(page.rows) > 1:
            return FAULTS[self.fault[1]](page)
        return page

    def _within(self, text: str, start: str, end: str) -> bool:
        return start <= text < end or (self.inclusive and text == end)


@many(250)
@given(
    zone=st.sampled_from(ZONES).map(SourceZone),
    day=st.sampled_from(DAYS),
    seconds=st.lists(st.integers(0, 2 * 86400 - 1), max_size=40),
    cuts=st.lists(st.integers(1, 2 * 86400 - 1), max_size=4, unique=True),
    page_size=st.integers(2, 7),
    pages=st.integers(0, 3),
    inclusive=st.booleans(),
    fault=st.none() | st.tuples(st.integers(0, 8), st.sampled_from(sorted(FAULTS))),
)
def test_every_row_of_the_range_is_given_exactly_once(
    *,
    zone: SourceZone,
    day: str,
    seconds: list[int],
    cuts: list[int],
    page_size: int,
    pages: int,
    inclusive: bool,
    fault: tuple[int, str] | None,
) -> None:
    begin = zone.parse(day)
    source = Source(zone, [begin + dt.timedelta(seconds=s) for s in seconds], inclusive=inclusive, page_size=page_size)
    source.fault = fault
    edges = [begin, *(begin + dt.timedelta(seconds=s) for s in sorted(cuts)), begin + dt.timedelta(days=2)]
    limits = Limits(page_size, pages * page_size)
    found = gather(source, limits, zone, [Slice(start, end) for start, end in itertools.pairwise(edges)])
    given_ids = found.ids
    assert len(given_ids) == len(set(given_ids))
    if not found.errors:  # a second may hold more than can be read at once: that is told
        assert set(given_ids) == {row["id"] for row in source.rows}
        done = [piece for piece, _ in found.done]
        assert (done[0].start, done[-1].end) == (edges[0], edges[-1])
        assert all(first.end == second.start for first, second in itertools.pairwise(done))


local_seconds = st.integers(0, 3 * 86400 - 1)


def vendor_of(seconds: list[int], page_size: int, pages: int, *, inclusive: bool) -> Vendor:
    begin = dt.datetime(2026, 3, 8)  # noqa: DTZ001 - the vendor's local clock
    events = [event(n, str(begin + dt.timedelta(seconds=s))) for n, s in enumerate(seconds)]
    return Vendor(events, page_size=page_size, max_offset=page_size * pages, inclusive_end=inclusive)


@many(60)
@given(
    seconds=st.lists(local_seconds, max_size=25),
    start=local_seconds,
    end=local_seconds,
    slice_days=st.integers(1, 3),
    page_size=st.integers(1, 5),
    pages=st.integers(2, 5),
    inclusive=st.booleans(),
)
def test_run_gives_the_rows_from_start_date_to_before_end_date_once(
    *,
    seconds: list[int],
    start: int,
    end: int,
    slice_days: int,
    page_size: int,
    pages: int,
    inclusive: bool,
) -> None:
    assume(start < end)
    begin = dt.datetime(2026, 3, 8)  # noqa: DTZ001 - the vendor's local clock
    first, last = (str(begin + dt.timedelta(seconds=s)) for s in (start, end))
    vendor = vendor_of(seconds, page_size, pages, inclusive=inclusive)
    done = run(vendor, start_date=first, end_date=last, slice_days=slice_days)
    assume(done.exit_code == 0)
    settled = min(last, "2026-03-10 14:50:00")
    expected = {row["id"] for row in vendor.events if first <= row["at"] < settled}
    assert sorted(done.ids()) == sorted(expected)


def loaded(table: dict[int, Row], lines: list[str]) -> Row:
    """What a loader makes of some lines: rows by key, and the last STATE."""
    state: Row = {}
    for message in map(json.loads, lines):
        if message["type"] == "RECORD":
            table[message["record"]["id"]] = message["record"]
        if message["type"] == "STATE":
            state = message["value"]
    return state


@many(25)
@given(
    seconds=st.lists(st.integers(0, 2 * 86400 + 53_399), min_size=1, max_size=15),
    killed_after=st.lists(st.integers(0, 30), min_size=1, max_size=3),
    page_size=st.integers(2, 5),
)
def test_killed_anywhere_and_run_again_all_rows_are_there(
    seconds: list[int], killed_after: list[int], page_size: int
) -> None:
    vendor = vendor_of(seconds, page_size, 3, inclusive=True)
    table: dict[int, Row] = {}
    state: Row = {}
    for count in killed_after:  # of each killed run, so many lines arrived
        state = loaded(table, run(vendor, state=state).lines[:count]) or state
    done = run(vendor, state=state)
    loaded(table, done.lines)
    assert done.exit_code == 0
    assert table == {record["id"]: record for record in run(vendor, only=Events).records()}
    assert set(table) == {row["id"] for row in vendor.events}


def test_the_fake_vendor_filters_as_it_is_told() -> None:
    """The properties are worth what their source is."""
    vendor = Vendor([event(1, "2026-03-08 00:00:00"), event(2, "2026-03-09 00:00:00")])
    ask = Ask("events", "2026-03-08 00:00:00", "2026-03-09 00:00:00", 0)
    assert [row["id"] for row in vendor.answer(ask).rows] == [1, 2]
    vendor.inclusive_end = False
    assert [row["id"] for row in vendor.answer(ask).rows] == [1]
