"""What is read, and when: first loads, second runs, bounds, seams, pages."""

from __future__ import annotations

import datetime as dt
import itertools
import typing as t

import pytest
from strict_rows import call, calls
from strict_vendor import Vendor, field_table

if t.TYPE_CHECKING:
    from tap_process import Tap

HOUR = dt.timedelta(hours=1)
REPORT = "get.calls_report"


def ids(vendor: Vendor, first: str, end: str) -> list[int]:
    """The calls that began, as printed, in `[first, end)`."""
    rounding = dt.timedelta(milliseconds=500)
    bounds = dt.datetime.fromisoformat(first), dt.datetime.fromisoformat(end)
    rows = [((row["_at"] + rounding).replace(microsecond=0), row["id"]) for row in vendor.rows[REPORT]]
    return [row_id for at, row_id in sorted(rows) if bounds[0] <= at < bounds[1]]


def test_a_first_load_and_a_whole_record(vendor: Vendor, tap: Tap) -> None:
    vendor.rows[REPORT] = calls(300, "2026-02-28 20:00:00", HOUR)

    run = tap.run(page_size=40)

    assert run.exit_code == 0
    assert run.ids() == ids(vendor, "2026-03-01", "2026-03-11")
    assert run.bookmark == "2026-03-11T00:00:00+03:00"
    names = {field["name"] for field in field_table(REPORT) if "inside" not in field}
    assert all(set(record) == {*names, "partition_date", "tag_names"} for record in run.records())
    first = run.records()[0]
    assert {name: first[name] for name in ("id", "start_time", "finish_time", "partition_date", "is_lost")} == {
        "id": 9_161_005_004,
        "start_time": "2026-03-01T00:00:00+03:00",
        "finish_time": "2026-03-04T05:06:07+03:00",
        "partition_date": "2026-03-01",
        "is_lost": False,
    }
    assert first["tag_names"] == ["tag_name 9161005004"]
    [tag] = first["tags"]
    assert (tag["tag_id"], tag["tag_change_time"]) == (4, "2026-03-04T05:06:07+03:00")
    assert first["call_records"] == ["call_records-9161005004"]
    stream = run.stream()
    assert {name: stream[name] for name in ("status", "records", "slices_done", "slices_planned", "difference")} == {
        "status": "complete",
        "records": 240,
        "slices_done": 5,
        "slices_planned": 5,
        "difference": 0,
    }


def test_what_is_asked(vendor: Vendor, tap: Tap) -> None:
    tap.run(slice_days=5)

    first, *rest = vendor.calls(REPORT)
    fields = first.params.pop("fields")
    assert fields == [field["name"] for field in field_table(REPORT) if "inside" not in field]
    assert first.params == {
        "limit": 10_000,
        "offset": 0,
        "sort": [{"field": "start_time", "order": "asc"}],
        "date_from": "2026-02-28 23:59:59",
        "date_till": "2026-03-06 00:00:00",
    }
    assert first.headers["Content-Type"] == "application/json; charset=UTF-8"
    assert first.headers["User-Agent"] == "tap-comagic/0.1.0"
    assert [(seen.params["date_from"], seen.params["date_till"]) for seen in rest] == [
        ("2026-03-05 23:59:59", "2026-03-11 00:00:00")
    ]
    assert vendor.outcomes("get.account") == ["ok"], "asked once, for the zone"


def test_a_second_run_reads_what_is_new_and_what_was_looked_back_at(vendor: Vendor, tap: Tap) -> None:
    vendor.rows[REPORT] = calls(240, "2026-03-01 00:00:00", HOUR)
    first = tap.run()
    vendor.rows[REPORT] += calls(48, "2026-03-11 00:00:00", HOUR, first_id=5)
    late = next(row for row in vendor.rows[REPORT] if row["id"] == 9_161_005_000 + 200)  # 9 March
    late |= {"sale_cost": 12.5, "tags": None}
    vendor.rows[REPORT].append(call(3, "2026-03-08 12:00:01"))
    vendor.seen.clear()

    run = tap.run(state=first.state, end_date="2026-03-13")

    assert run.exit_code == 0
    assert run.ids() == ids(vendor, "2026-03-08", "2026-03-13"), "three days before the bookmark's day"
    changed = next(record for record in run.records() if record["id"] == late["id"])
    assert (changed["sale_cost"], changed["tags"], changed["tag_names"]) == (12.5, None, None)
    assert vendor.calls(REPORT)[0].params["date_from"] == "2026-03-07 23:59:59"
    assert run.state["bookmarks"]["calls"] == {
        "replication_key": "start_time",
        "replication_key_value": "2026-03-13T00:00:00+03:00",
    }


def test_no_look_back(vendor: Vendor, tap: Tap) -> None:
    vendor.rows[REPORT] = calls(300, "2026-03-01 00:00:00", HOUR)
    state = {"bookmarks": {"calls": {"replication_key_value": "2026-03-10T15:00:00+03:00"}}}

    run = tap.run(state=state, lookback_days=0)

    assert run.ids() == ids(vendor, "2026-03-10", "2026-03-11"), "the day of the bookmark, from its midnight"


def test_nothing_new(vendor: Vendor, tap: Tap) -> None:
    state = {"bookmarks": {"calls": {"replication_key_value": "2026-03-20T00:00:00+03:00"}}}

    run = tap.run(state=state)

    assert (run.exit_code, run.ids(), vendor.calls(REPORT)) == (0, [], [])
    assert run.states() == [] or run.bookmark == "2026-03-20T00:00:00+03:00"


def test_up_to_now_and_up_to_the_last_complete_day(vendor: Vendor, tap: Tap) -> None:
    zone = dt.timezone(dt.timedelta(hours=3))
    now = dt.datetime.now(zone).replace(microsecond=0)
    midnight = now.replace(hour=0, minute=0, second=0)
    start = (midnight - dt.timedelta(days=2)).date().isoformat()
    settled = now - dt.timedelta(minutes=10)
    span = int((settled - midnight + dt.timedelta(days=2)).total_seconds() // 600)
    vendor.rows[REPORT] = calls(span + 6, f"{start} 00:00:00", dt.timedelta(minutes=10))

    whole_days = tap.run(start_date=start, end_date=None, sync_until="last_complete_day")
    up_to_now = tap.run(start_date=start, end_date=None)

    assert whole_days.bookmark == max(midnight, settled.replace(hour=0, minute=0, second=0)).isoformat() or (
        settled.date() < midnight.date()  # within ten minutes of midnight
    )
    assert len(whole_days.ids()) in {288, 144}
    bookmark = dt.datetime.fromisoformat(t.cast("str", up_to_now.bookmark))
    assert settled <= bookmark <= settled + dt.timedelta(seconds=60)
    assert len(up_to_now.ids()) in {span, span + 1}, "what is younger than the settling time is left to the next run"


@pytest.mark.parametrize("bounds", ["[]", "[)", "(]", "()"])
def test_whatever_the_bounds_include(vendor: Vendor, tap: Tap, bounds: str) -> None:
    """Calls at every second round the seams, some a fraction of a second before or after it."""
    vendor.bounds = bounds
    seams = [f"2026-03-{day:02} 00:00:00" for day in range(1, 12)]
    offsets = [-1.3, -1, -0.7, -0.5, -0.3, 0, 0.3, 0.499, 0.5, 0.7, 1, 1.2]
    moments = [dt.datetime.fromisoformat(seam) + dt.timedelta(seconds=offset) for seam in seams for offset in offsets]
    vendor.rows[REPORT] = [call(index, at) for index, at in enumerate(moments, 1)]

    run = tap.run(slice_days=1, page_size=7)

    assert run.exit_code == 0
    found = run.ids()
    assert len(found) == len(set(found)), "each once"
    expected = set(ids(vendor, "2026-03-01", "2026-03-11"))
    # A call stored at 23:59:59.7 is printed as midnight: at the run's very end it may be left to the next run.
    assert expected - set(found) == set()
    assert set(found) - expected == set()


def _short(rows: list[t.Any], offset: int) -> list[t.Any]:
    """Every page lacks some of what was asked for."""
    return rows[: max(len(rows) - 1 - offset % 3, 1)]


@pytest.mark.parametrize(
    ("total", "page"),
    [
        (lambda total: total, _short),
        (lambda total: None, lambda rows, offset: rows),
        (lambda total: None, _short),
        (lambda total: max(total - 1, 0), lambda rows, offset: rows),
        (lambda total: total + 1, lambda rows, offset: rows),
        (str, _short),
        (lambda total: total, lambda rows, offset: rows or None),
    ],
    ids=["short pages", "no total", "no total, short pages", "one too low", "one too high", "text", "null for empty"],
)
def test_pages_and_totals(vendor: Vendor, tap: Tap, total: t.Any, page: t.Any) -> None:
    vendor.rows[REPORT] = calls(118, "2026-03-01 00:00:00", 2 * HOUR)  # slices of 24 rows, the last one of 22
    vendor.total, vendor.page = total, page

    run = tap.run(page_size=12)

    assert run.exit_code == 0
    assert run.ids() == ids(vendor, "2026-03-01", "2026-03-11")


def test_however_the_answers_travel(vendor: Vendor, tap: Tap) -> None:
    vendor.rows[REPORT] = calls(120, "2026-03-01 00:00:00", 2 * HOUR)
    vendor.metadata_name = "meta_data"
    wires = itertools.cycle(["gzip", "chunked", "closing", "slow", "plain"])

    def change(vendor: Vendor) -> None:
        vendor.wire = next(wires)

    vendor.on_request = change
    run = tap.run(page_size=7)

    assert run.exit_code == 0
    assert run.ids() == ids(vendor, "2026-03-01", "2026-03-11")
    assert run.stream()["vendor_total"] == 120
    assert len(vendor.calls(REPORT)) > 15


def test_a_page_that_comes_twice(vendor: Vendor, tap: Tap) -> None:
    """Offset paging over a live set may repeat rows: a call is given once and the ones that slid are found."""
    vendor.rows[REPORT] = calls(20, "2026-03-01 00:00:00", HOUR)

    def insert(vendor: Vendor) -> None:
        if len(vendor.calls(REPORT)) == 2:  # while the second page is asked for, a call turns up among the first ones
            vendor.rows[REPORT].append(call(77, "2026-03-01 00:30:00"))

    vendor.on_request = insert
    run = tap.run(end_date="2026-03-02", page_size=10)

    assert run.exit_code == 0
    assert sorted(run.ids()) == sorted(ids(vendor, "2026-03-01", "2026-03-02"))
    assert len(set(run.ids())) == 21, "also the one that slid before the page"


def test_ongoing_calls(vendor: Vendor, tap: Tap) -> None:
    ongoing = call(5, "2026-03-02 10:00:00", finish_time=None, talk_duration=None, _ongoing=True)
    vendor.rows[REPORT] = [call(4, "2026-03-02 09:00:00"), ongoing]

    assert tap.run().ids() == [4]
    run = tap.run(include_ongoing_calls=True)

    assert run.ids() == [4, 5]
    assert run.records()[1]["finish_time"] is None
    assert vendor.calls(REPORT)[-1].params["include_ongoing_calls"] is True


def test_nulls_and_other_types_than_documented(vendor: Vendor, tap: Tap) -> None:
    tag = {"tag_id": "17", "tag_name": None, "tag_change_time": "2026-03-02T10:00:00+05:00", "tag_user": "new"}
    odd: dict[str, t.Any] = {
        "tags": tag,
        "employees": None,
        "call_records": None,
        "sale_cost": "10.50",
        "talk_duration": "61",
        "is_lost": 1,
        "cpn_country_id": 7,
        "visitor_id": 10_117_621_191_000_000,
        "sale_date": "",
        "wait_duration": 5.0,
    }
    vendor.rows[REPORT] = [call(9, "2026-03-02 09:00:00", **odd)]

    run = tap.run()

    assert run.exit_code == 0
    [record] = run.records()
    assert {name: record[name] for name in odd} == {
        "tags": [{"tag_id": 17, "tag_name": None, "tag_change_time": "2026-03-02T10:00:00+05:00"}],
        "employees": None,
        "call_records": None,
        "sale_cost": 10.5,
        "talk_duration": 61,
        "is_lost": True,
        "cpn_country_id": "7",
        "visitor_id": 10_117_621_191_000_000,
        "sale_date": None,
        "wait_duration": 5,
    }
    assert record["tag_names"] == [None]


def test_clocks_that_change(vendor: Vendor, tap: Tap) -> None:
    """Berlin: 02:00 does not exist on 29 March 2026 and comes twice on 25 October 2026."""
    vendor.zone = "Europe/Berlin"
    vendor.rows[REPORT] = calls(200, "2026-03-28 00:00:00", HOUR / 2)
    spring = tap.run(start_date="2026-03-28", end_date="2026-03-31", slice_days=1)
    assert spring.ids() == ids(vendor, "2026-03-28", "2026-03-31")
    assert spring.records()[0]["start_time"] == "2026-03-28T00:00:00+01:00"
    assert spring.records()[-1]["start_time"] == "2026-03-30T23:30:00+02:00"
    assert spring.bookmark == "2026-03-31T00:00:00+02:00"

    vendor.rows[REPORT] = calls(200, "2025-10-25 00:00:00", HOUR / 2)
    autumn = tap.run(start_date="2025-10-25", end_date="2025-10-27", slice_days=1)
    assert autumn.ids() == ids(vendor, "2025-10-25", "2025-10-27")
    by_time = {record["start_time"][:16]: record["start_time"][19:] for record in autumn.records()}
    assert by_time["2025-10-26T01:30"] == "+02:00"
    assert by_time["2025-10-26T02:30"] == "+02:00", "the earlier of the two"
    assert by_time["2025-10-26T03:00"] == "+01:00"
    assert autumn.bookmark == "2025-10-27T00:00:00+01:00"


def test_a_backfill_leaves_the_bookmark_alone(vendor: Vendor, tap: Tap) -> None:
    vendor.rows[REPORT] = calls(240, "2026-03-01 00:00:00", HOUR)
    state = {"bookmarks": {"calls": {"replication_key": "start_time", "replication_key_value": "2026-03-11T00:00:00Z"}}}

    run = tap.run(state=state, end_date="2026-03-04", backfill=True)

    assert run.exit_code == 0
    assert run.ids() == ids(vendor, "2026-03-01", "2026-03-04")
    assert all(passed == state for passed in run.states())
    assert run.states(), "passed on, so that the orchestrator keeps it"
