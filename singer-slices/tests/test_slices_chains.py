"""Sources that string their pages together themselves, and streams whose newest part is not final yet."""

from __future__ import annotations

import datetime as dt
import typing as t

from singer_slices import Calendar, Page, Slice, SliceTooWideError, StreamFailedError
from slices_fake import NOW, Events, Row, Things, Vendor, bookmark, event, run

MIDNIGHT = dt.datetime(2026, 3, 9, 21, 0, tzinfo=dt.UTC)  # of 10 March in Moscow
SETTLED = NOW - dt.timedelta(minutes=10)


class Chained(Events):
    """Pages of one row that end with an empty one, whatever total is stated."""

    def pages(self, piece: Slice, context: t.Any) -> t.Iterator[Page]:
        if piece.length > dt.timedelta(days=1):
            raise SliceTooWideError("one day at most")
        for row in self.fetch_page(piece, 0, context).rows:
            yield Page([row], None)
        yield Page([], None)


class Broken(Chained):
    """A chain that breaks."""

    def pages(self, piece: Slice, context: t.Any) -> t.Iterator[Page]:
        yield from super().pages(piece, context)
        raise StreamFailedError("the cursor has expired")


class Overlapping(Chained):
    """Rows picked by their lifetime: also those that began before the range."""

    picked_by_time = False


class VersionedOverlap(Overlapping):
    """Windows overlap, and the later one may bring news of a row."""

    def version_of(self, row: Row) -> t.Hashable:
        return row.get("price")


class Provisional(Chained):
    """What lies after the last midnight may still change."""

    def complete_until(self, calendar: Calendar) -> dt.datetime:
        return MIDNIGHT

    def cut(self, start: dt.datetime, end: dt.datetime, calendar: Calendar) -> t.Iterator[Slice]:
        yield from super().cut(start, min(end, MIDNIGHT), calendar)
        yield from super().cut(max(start, MIDNIGHT), end, calendar)


class ChainedThings(Things):
    """A list in pages of one row."""

    def pages(self, context: t.Any) -> t.Iterator[Page]:
        for row in self.fetch_page(0, context).rows:
            yield Page([row], None)


def days(*numbers: int) -> list[Row]:
    return [event(number, f"2026-03-{number:02d} 09:00:00") for number in numbers]


def test_a_chain_is_read_to_its_end_and_cut_where_the_source_says_so() -> None:
    done = run(Vendor(days(7, 8, 9, 10)), only=Chained, start_date="2026-03-07", slice_days=4)
    assert done.ids() == [7, 8, 9, 10]
    assert done.states[-1] == bookmark("2026-03-10T14:50:00+03:00")


def test_a_broken_chain_holds_the_bookmark() -> None:
    done = run(Vendor(days(9, 10)), only=Broken, start_date="2026-03-09")
    assert done.exit_code == 3
    assert "the cursor has expired" in done.stream()["error"]
    assert not any(state["bookmarks"]["events"] for state in done.states)


def test_rows_that_began_before_the_range_are_left_out_unless_they_belong() -> None:
    for stream, expected in ((Chained, [10]), (Overlapping, [6, 10])):
        vendor = Vendor(days(10), faults={0: lambda page: Page([*days(6), *page.rows], None)})
        assert run(vendor, only=stream, start_date="2026-03-10").ids() == expected


def test_a_row_comes_again_only_in_a_new_version() -> None:
    first, newer = event(1, "2026-03-08 09:00:00", price=1), event(1, "2026-03-08 09:00:00", price=2)
    for stream, expected in ((Overlapping, [1]), (VersionedOverlap, [1, 2])):
        vendor = Vendor(faults={0: lambda _: Page([first, first], None), 1: lambda _: Page([first, newer], None)})
        assert [row["price"] for row in run(vendor, only=stream).records()] == expected


def test_the_provisional_part_is_read_and_leaves_the_bookmark_alone() -> None:
    done = run(Vendor(days(9, 10)), only=Provisional, start_date="2026-03-09")
    assert done.ids() == [9, 10]
    assert done.states[-1] == bookmark("2026-03-10T00:00:00+03:00")
    assert done.stream()["slices_planned"] == 2
    again = run(Vendor(days(9, 10)), state=done.states[-1], only=Provisional, start_date="2026-03-09")
    assert again.ids() == [10]
    assert again.states[-1] == bookmark("2026-03-10T00:00:00+03:00")


def test_a_chained_list() -> None:
    done = run(Vendor(things=[{"id": 1, "name": "a"}, {"id": 2, "name": "b"}]), only=ChainedThings)
    assert done.ids("things") == [1, 2]
    assert done.order == ["SCHEMA", "RECORD", "STATE", "ACTIVATE_VERSION"]
