"""Pages, totals, the vendor's reach, seams: every row once, and nothing cut off in silence."""

from __future__ import annotations

import datetime as dt
import logging
import typing as t

import pytest
from singer_slices import Limits, Page, RetryableError, Slice, SliceTooWideError, SourceZone, StreamFailedError
from singer_slices.reading import BeyondReachError, Tally, read_pages
from slices_fake import Ask, Gathered, Row, Vendor, bookmark, event, failing, gather, run

UTC = SourceZone("UTC")
DAY = Slice(dt.datetime(2026, 3, 1, tzinfo=dt.UTC), dt.datetime(2026, 3, 2, tzinfo=dt.UTC))


def rows(*numbers: int) -> list[Row]:
    return [{"id": number} for number in numbers]


class Script:
    """A query whose answers are written down beforehand."""

    def __init__(self, *pages: Page) -> None:
        self.pages = list(pages)
        self.offsets: list[int] = []

    def __call__(self, offset: int) -> Page:
        self.offsets.append(offset)
        return self.pages.pop(0)

    def read(self, limits: Limits) -> tuple[list[int], Tally]:
        tally = Tally(("id",))
        return [row["id"] for page in read_pages(self, limits, tally) for row in page.rows], tally


def test_full_page_is_never_the_end() -> None:
    script = Script(Page(rows(1, 2), 2), Page([], 2))
    assert script.read(Limits(2, 100))[0] == [1, 2]
    assert script.offsets == [0, 2]


def test_short_page_with_the_stated_total_is_the_end() -> None:
    script = Script(Page(rows(1, 2), 3), Page(rows(3), 3))
    assert script.read(Limits(2, 100))[0] == [1, 2, 3]


def test_short_page_before_the_stated_total_is_not_the_end() -> None:
    script = Script(Page(rows(1), 3), Page(rows(2, 3), 3))
    assert script.read(Limits(10, 100))[0] == [1, 2, 3]
    assert script.offsets == [0, 1]


def test_total_one_too_low_loses_no_row() -> None:
    script = Script(Page(rows(1, 2), 2), Page(rows(3), 2))
    assert script.read(Limits(2, 100, slack=1))[0] == [1, 2, 3]


def test_total_one_too_high_is_borne_within_the_slack() -> None:
    script = Script(Page(rows(1, 2), 3), Page([], 3))
    ids, tally = script.read(Limits(2, 100, slack=1))
    assert (ids, tally.complete(1), tally.complete(0)) == ([1, 2], True, False)


def test_empty_page_before_the_total_is_asked_for_once_more() -> None:
    script = Script(Page(rows(1, 2), 4), Page([], 4), Page(rows(3, 4), 4), Page([], 4))
    assert script.read(Limits(2, 100))[0] == [1, 2, 3, 4]
    assert script.offsets == [0, 2, 2, 4]


def test_without_a_total_an_empty_page_is_the_end() -> None:
    script = Script(Page(rows(1), None), Page(rows(2), None), Page([], None))
    assert script.read(Limits(2, 100))[0] == [1, 2]


def test_total_that_one_page_does_not_state_is_remembered() -> None:
    script = Script(Page(rows(1, 2), 4), Page(rows(3), None), Page(rows(4), None))
    assert script.read(Limits(2, 100))[0] == [1, 2, 3, 4]


def test_total_beyond_the_reach_is_noticed_before_any_row_is_given() -> None:
    script = Script(Page(rows(1, 2), 7))
    with pytest.raises(BeyondReachError, match="it holds 7 rows or more, and the vendor lets one read 6"):
        script.read(Limits(2, 4))


def test_exactly_the_reach_can_be_read_where_the_total_is_exact() -> None:
    script = Script(Page(rows(1, 2), 4), Page(rows(3, 4), 4))
    assert script.read(Limits(2, 2))[0] == [1, 2, 3, 4]


def test_exactly_the_reach_is_not_believed_where_the_total_may_be_too_low() -> None:
    script = Script(Page(rows(1, 2), 4), Page(rows(3, 4), 4))
    with pytest.raises(BeyondReachError):
        script.read(Limits(2, 2, slack=1))


def test_offset_beyond_the_largest_without_a_total_is_noticed() -> None:
    script = Script(Page(rows(1, 2), None), Page(rows(3, 4), None))
    with pytest.raises(BeyondReachError):
        script.read(Limits(2, 2))


def test_vendor_that_ignores_the_offset_is_an_error_instead_of_a_million_requests() -> None:
    script = Script(*[Page(rows(1, 2), None)] * 4)
    with pytest.raises(StreamFailedError, match="the same rows at every offset"):
        script.read(Limits(2, 100_000))


def test_row_without_a_key_is_an_error() -> None:
    script = Script(Page([{"id": None}], 1))
    with pytest.raises(StreamFailedError, match=r"a row without its key \(id\)"):
        script.read(Limits(2, 2))


# Whole slices


def pieces(fetch: t.Callable[[Slice, int], Page], limits: Limits, *slices: Slice) -> Gathered:
    return gather(fetch, limits, UTC, slices or [DAY])


def test_slice_that_came_short_is_read_once_more(caplog: pytest.LogCaptureFixture) -> None:
    script = Script(Page(rows(1, 2), 4), Page(rows(2, 3), 4), Page([], 4), Page(rows(1, 2), 4), Page(rows(3, 4), 4))
    script.pages.append(Page([], 4))
    found = pieces(lambda _, offset: script(offset), Limits(2, 100))
    assert found.ids == [1, 2, 3, 4]
    assert found.done[-1][1].received == 4
    assert "the vendor states 4 rows, 3 different ones came; reading it once more" in caplog.text


def test_slice_that_lost_a_row_between_pages_is_read_once_more(caplog: pytest.LogCaptureFixture) -> None:
    # Row 1 goes away after the first page: 3 moves up into what was read, and the total speaks of as many rows as came.
    script = Script(Page(rows(1, 2), 5), Page(rows(4, 5), 4), Page([], 4))
    script.pages += [Page(rows(2, 3), 4), Page(rows(4, 5), 4), Page([], 4)]
    found = pieces(lambda _, offset: script(offset), Limits(2, 100))
    assert found.ids == [1, 2, 4, 5, 3]
    assert found.done[-1][1].whole
    assert "rows went away while it was read, so others may have been passed over; reading it once more" in caplog.text


def test_slice_that_never_stops_losing_rows_ends_all_the_same(caplog: pytest.LogCaptureFixture) -> None:
    script = Script(Page(rows(1, 2), 4), Page(rows(4), 3), Page([], 3), Page(rows(2, 3), 3), Page([], 2), Page([], 2))
    found = pieces(lambda _, offset: script(offset), Limits(2, 100))
    assert found.ids == [1, 2, 4, 3]
    assert found.done[-1][1].whole
    assert "a later run may bring them" in caplog.text


def test_rows_that_stay_away_are_counted_although_others_came_twice(caplog: pytest.LogCaptureFixture) -> None:
    twice = [Page(rows(1, 2), 4), Page(rows(1, 2), 4), Page([], 4)]
    script = Script(*twice, *twice)
    found = pieces(lambda _, offset: script(offset), Limits(2, 100))
    assert found.ids == [1, 2]
    [(_, end)] = found.done
    assert (end.received, end.different, end.total, end.whole) == (2, 2, 4, False)
    assert "the difference is in the summary" in caplog.text


def test_slice_beyond_the_reach_is_halved_until_it_fits(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    vendor = Vendor([event(n, f"2026-03-01 {n:02d}:00:00") for n in range(24)], page_size=4, max_offset=4)

    def fetch(piece: Slice, offset: int) -> Page:
        return vendor.answer(Ask("events", UTC.local_text(piece.start), UTC.local_text(piece.end), offset))

    found = pieces(fetch, Limits(4, 4))
    assert found.ids == list(range(24))
    done = [piece for piece, _ in found.done]
    assert [piece.length for piece in done] == [dt.timedelta(hours=6)] * 4
    assert (done[0].start, done[-1].end) == (DAY.start, DAY.end)
    assert "it holds 24 rows or more, and the vendor lets one read 8, cutting it in two" in caplog.text


def test_second_that_holds_more_than_the_reach_is_an_error_and_the_rest_is_read() -> None:
    crowd = [event(n, "2026-03-08 12:00:00") for n in range(5)]
    others = [event(10, "2026-03-08 11:59:58"), event(11, "2026-03-08 12:00:02"), event(12, "2026-03-10 01:00:00")]
    vendor = Vendor([*crowd, *others], page_size=2, max_offset=2, inclusive_end=False)
    done = run(vendor)
    assert done.exit_code == 3
    assert [number for number in done.ids() if number >= 10] == [10, 11, 12]
    assert done.stream()["error"] == (
        "2026-03-08 12:00:00 … 2026-03-08 12:00:01 (Europe/Moscow) cannot be read: it holds 5 rows or more, and the "
        "vendor lets one read 4, and it cannot be cut any smaller; ask the vendor for these rows in another way"
    )
    assert done.states[-1] == bookmark("2026-03-08T12:00:00+03:00")
    assert (done.stream()["slices_done"], done.stream()["slices_planned"]) == (2, 3)


def test_interval_that_the_vendor_finds_too_long_is_halved() -> None:
    vendor = Vendor([event(1, "2026-03-08 01:00:00"), event(2, "2026-03-08 23:00:00")])

    def refuse(ask: Ask) -> None:
        if ask.start == "2026-03-08 00:00:00" and (ask.end or "") > "2026-03-08 12:00:00":
            raise SliceTooWideError("at most half a day")

    vendor.refuse = refuse
    done = run(vendor)
    assert (done.exit_code, done.ids()) == (0, [1, 2])
    assert done.states[0] == bookmark("2026-03-08T12:00:00+03:00")


def test_too_long_although_it_is_the_smallest_says_what_the_vendor_said() -> None:
    def fetch(piece: Slice, offset: int) -> Page:
        raise SliceTooWideError("no interval at all, please")

    minute = Slice(DAY.start, DAY.start + dt.timedelta(minutes=1))
    [error] = pieces(fetch, Limits(1, 1, smallest=dt.timedelta(minutes=1)), minute).errors
    assert "cannot be read: no interval at all, please, and it cannot be cut any smaller" in str(error)


def test_row_on_a_seam_comes_once_though_many_small_slices_overlap_it() -> None:
    """Where the clock is put back, bounds are asked an hour wider: longer than a slice may be."""
    slices = [Slice(DAY.start + dt.timedelta(minutes=n), DAY.start + dt.timedelta(minutes=n + 1)) for n in range(60)]
    assert pieces(lambda piece, offset: Page(rows(1, 2), 2), Limits(10, 0), *slices).ids == [1, 2]


def test_keys_of_long_ago_are_forgotten() -> None:
    starts = [dt.datetime(2026, 2, day, tzinfo=dt.UTC) for day in range(1, 29)]
    slices = [Slice(start, start + dt.timedelta(days=1)) for start in starts]
    found = pieces(lambda piece, offset: Page(rows(piece.start.day), 1), Limits(10, 0), *slices)
    assert found.ids == list(range(1, 29))
    assert found.most_remembered == 2


def test_error_that_escaped_the_retries_fails_the_slice_alone() -> None:
    vendor = Vendor([event(1, "2026-03-08 01:00:00"), event(2, "2026-03-09 01:00:00")])
    vendor.faults[0] = failing(RetryableError("no list of rows"))
    done = run(vendor)
    assert (done.exit_code, done.ids()) == (3, [2])
    assert done.states == [{"bookmarks": {"events": {}}}]
    assert done.stream()["error"] == "no list of rows"


def test_totals_and_difference_stand_in_the_summary() -> None:
    vendor = Vendor([event(1, "2026-03-08 01:00:00"), event(2, "2026-03-09 01:00:00")])
    vendor.faults = {0: lambda page: Page(page.rows, 3), 1: lambda page: Page([], 3), 2: lambda page: Page([], 3)}
    vendor.faults |= {3: lambda page: Page(page.rows, 3), 4: lambda page: Page([], 3), 5: lambda page: Page([], 3)}
    done = run(vendor)
    assert (done.exit_code, done.ids()) == (0, [1, 2])
    assert (done.stream()["vendor_total"], done.stream()["difference"]) == (4, -2)


def test_rows_without_totals_have_no_difference() -> None:
    done = run(Vendor([event(1, "2026-03-08 01:00:00")], states_total=False))
    assert (done.ids(), done.stream()["vendor_total"], done.stream()["difference"]) == ([1], None, None)


@pytest.mark.parametrize(
    ("at", "given"),
    [
        ("2026-03-07T21:00:00Z", True),  # midnight in Moscow
        ("2026-03-07T20:59:59+00:00", False),
        ("2026-03-10 14:49:59.999", True),
        ("2026-03-10T14:50:00.001", False),
        ("0001-01-01 00:00:00", True),
        ("never", True),
    ],
)
def test_rows_from_outside_of_the_range_are_left_out_whatever_their_spelling(*, at: str, given: bool) -> None:
    vendor = Vendor(states_total=False, refuse=lambda ask: None)
    vendor.faults[0] = lambda page: Page([event(1, at)], 1)
    assert run(vendor).ids() == ([1] if given else [])
