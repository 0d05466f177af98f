"""Bookmarks: the end of what is complete, never backwards, held where something is missing."""

from __future__ import annotations

import typing as t

import pytest
from singer_slices import QuotaSpentError, StreamFailedError
from slices_fake import Ask, Events, Things, Vendor, bookmark, event, failing, run

THREE_DAYS = [
    event(1, "2026-03-08 09:00:00"),
    event(2, "2026-03-09 23:59:59"),
    event(3, "2026-03-10 00:00:00"),
    event(4, "2026-03-10 14:49:59"),
    event(5, "2026-03-10 14:50:00"),
]


def failing_day(day: str) -> t.Callable[[Ask], None]:
    """The vendor fails for good when that day is asked for."""

    def refuse(ask: Ask) -> None:
        if (ask.start or "").startswith(day):
            raise StreamFailedError(f"no {day} today")

    return refuse


def test_state_follows_each_complete_slice() -> None:
    done = run(Vendor(THREE_DAYS))
    assert done.exit_code == 0
    assert [m["record"]["id"] if m["type"] == "RECORD" else m["type"] for m in done.messages] == [
        *["SCHEMA", 1, "STATE", 2, 3, "STATE", 4, "STATE"]  # 3 lies on an inclusive bound
    ]
    assert done.states == [
        bookmark("2026-03-09T00:00:00+03:00"),
        bookmark("2026-03-10T00:00:00+03:00"),
        bookmark("2026-03-10T14:50:00+03:00"),  # now less ten minutes of settling
    ]


def test_second_run_reads_the_running_day_again_from_its_midnight() -> None:
    vendor = Vendor(THREE_DAYS)
    done = run(vendor, state=bookmark("2026-03-10T09:30:00+03:00"))
    assert [(ask.start, ask.end) for ask in vendor.asked] == [("2026-03-10 00:00:00", "2026-03-10 14:50:00")]
    assert done.ids() == [2, 3, 4][1:]
    assert done.states[-1] == bookmark("2026-03-10T14:50:00+03:00")


def test_lookback_reads_days_again_and_leaves_the_bookmark_where_it_is_until_it_is_passed() -> None:
    done = run(Vendor(THREE_DAYS), state=bookmark("2026-03-10T00:00:00+03:00"), lookback_days=1)
    assert done.ids() == [2, 3, 4]
    assert done.states == [bookmark("2026-03-10T00:00:00+03:00"), bookmark("2026-03-10T14:50:00+03:00")]


def test_lookback_does_not_reach_before_start_date() -> None:
    vendor = Vendor(THREE_DAYS)
    run(vendor, state=bookmark("2026-03-10T00:00:00+03:00"), lookback_days=90)
    assert vendor.asked[0].start == "2026-03-08 00:00:00"


def test_bookmark_is_never_moved_back() -> None:
    ahead = bookmark("2026-03-10T14:55:00+03:00")
    done = run(Vendor(THREE_DAYS), state=ahead, lookback_days=2)
    assert done.ids() == [1, 2, 3, 4]
    assert done.states == [ahead]


def test_bookmark_beyond_the_end_reads_nothing() -> None:
    vendor = Vendor(THREE_DAYS)
    ahead = bookmark("2026-03-10T14:55:00+03:00")
    done = run(vendor, state=ahead, end_date="2026-03-09")
    assert (done.exit_code, vendor.asked, done.records(), done.states) == (0, [], [], [ahead])
    assert done.stream()["status"] == "complete"


def test_failed_slice_holds_the_bookmark_and_later_slices_are_read() -> None:
    vendor = Vendor(THREE_DAYS, refuse=failing_day("2026-03-09"))
    done = run(vendor)
    assert done.exit_code == 3
    assert done.ids() == [1, 3, 4]
    assert done.states == [bookmark("2026-03-09T00:00:00+03:00")]
    stream = done.stream()
    assert (stream["status"], stream["error"], stream["bookmark"]) == (
        "failed",
        "no 2026-03-09 today",
        "2026-03-09T00:00:00+03:00",
    )
    assert (stream["slices_done"], stream["slices_planned"], stream["records"]) == (2, 3, 3)


def test_run_after_a_failed_slice_reads_it() -> None:
    vendor = Vendor(THREE_DAYS, refuse=failing_day("2026-03-09"))
    state = run(vendor).states[-1]
    vendor.refuse = lambda ask: None
    done = run(vendor, state=state)
    assert done.ids() == [2, 3, 4]
    assert done.states[-1] == bookmark("2026-03-10T14:50:00+03:00")


def test_two_failed_slices_running_end_the_stream() -> None:
    vendor = Vendor(THREE_DAYS, refuse=failing_day("2026-03-0"))
    done = run(vendor)
    assert done.exit_code == 3
    assert done.records() == []
    assert [ask.start for ask in vendor.asked] == ["2026-03-08 00:00:00", "2026-03-09 00:00:00"]


def test_spent_quota_saves_what_is_complete() -> None:
    vendor = Vendor(THREE_DAYS, things=[{"id": 1}])
    vendor.faults[1] = failing(QuotaSpentError("spent"))
    done = run(vendor, only=None)
    assert done.exit_code == 4
    saved = bookmark("2026-03-09T00:00:00+03:00")
    assert done.states == [saved, {"bookmarks": {**saved["bookmarks"], "things": {}}}]
    assert [(s["stream"], s["status"], s["error"]) for s in done.summary["streams"]] == [
        ("events", "incomplete", "spent"),
        ("things", "incomplete", None),
    ]
    assert done.summary["error"] == "spent"
    assert "ACTIVATE_VERSION" not in done.order


def test_end_date_is_exclusive_and_moves_the_bookmark_there() -> None:
    done = run(Vendor(THREE_DAYS), end_date="2026-03-10")
    assert done.ids() == [1, 2]  # not 3, which the vendor gives as its bounds are inclusive
    assert done.states[-1] == bookmark("2026-03-10T00:00:00+03:00")


def test_start_date_is_inclusive() -> None:
    done = run(Vendor(THREE_DAYS), start_date="2026-03-10T14:49:59")
    assert done.ids() == [4]


def test_last_complete_day_ends_at_the_day_border() -> None:
    done = run(Vendor(THREE_DAYS), sync_until="last_complete_day", day_border="04:00")
    assert done.ids() == [1, 2, 3]
    assert done.states[-1] == bookmark("2026-03-10T04:00:00+03:00")


@pytest.mark.parametrize(
    "state",
    [
        {},
        bookmark("2026-03-01T00:00:00+03:00"),
        {
            "bookmarks": {
                "events": {
                    "replication_key": "at",
                    "replication_key_value": "2026-03-09T00:00:00+03:00",
                    "progress_markers": {"Note": "of another tap"},
                },
                "gone": {},
            },
            "currently_syncing": None,
        },
    ],
)
def test_backfill_passes_the_whole_incoming_state_on(state: dict[str, t.Any]) -> None:
    vendor = Vendor(THREE_DAYS)
    done = run(vendor, state=state, backfill=True, end_date="2026-03-10")
    assert done.exit_code == 0
    assert done.ids() == [1, 2]
    assert done.states == ([state] if state else [])
    assert done.order[-1] == ("STATE" if state else "RECORD")
    assert vendor.asked[0].start == "2026-03-08 00:00:00"


def test_backfill_that_fails_passes_the_state_on() -> None:
    vendor = Vendor(THREE_DAYS, refuse=failing_day("2026-03-08"))
    given = bookmark("2026-03-10T00:00:00+03:00")
    done = run(vendor, state=given, backfill=True, end_date="2026-03-10")
    assert (done.exit_code, done.states) == (3, [given])


def test_state_of_other_streams_is_kept() -> None:
    given = {"bookmarks": {"gone": {"replication_key_value": 7, "partitions": [{"context": {"a": 1}}]}}}
    done = run(Vendor(THREE_DAYS), state=given, end_date="2026-03-09")
    assert done.states[-1] == {
        "bookmarks": {**given["bookmarks"], **bookmark("2026-03-09T00:00:00+03:00")["bookmarks"]}
    }


@pytest.mark.parametrize("value", ["2026-03-09", "2026-03-09T00:00:00", "2026-03-08T21:00:00Z"])
def test_bookmark_may_be_written_in_several_ways(value: str) -> None:
    vendor = Vendor(THREE_DAYS)
    run(vendor, state=bookmark(value))
    assert vendor.asked[0].start == "2026-03-09 00:00:00"


@pytest.mark.parametrize(
    ("entry", "text"),
    [
        ({"replication_key_value": "yesterday"}, "state: the bookmark of events is 'yesterday', which is no time"),
        ({"replication_key_value": 5}, "state: the bookmark of events is 5, which is no time"),
        (
            {"replication_key_value": "2026-03-01", "replication_key": "finished_at"},
            "state: the bookmark of events counts 'finished_at', but this version counts 'at'",
        ),
        ({"replication_key_value": "0001-01-01T00:00:00"}, "which is no time"),
    ],
)
def test_unreadable_bookmark_is_refused(entry: dict[str, t.Any], text: str) -> None:
    vendor = Vendor(THREE_DAYS)
    done = run(vendor, state={"bookmarks": {"events": entry}})
    assert done.exit_code == 2
    assert text in done.summary["error"]
    assert vendor.asked == []


def test_the_sdk_marks_nothing_in_the_state() -> None:
    """No signpost and no starting value, which would pass for a bookmark after a kill."""
    done = run(Vendor(THREE_DAYS, things=[{"id": 1}]), only=None)
    keys = {key for state in done.states for part in state["bookmarks"].values() for key in part}
    assert keys == {"replication_key", "replication_key_value"}


def test_full_table_by_the_catalog_reads_from_start_and_keeps_the_bookmark() -> None:
    vendor = Vendor(THREE_DAYS)
    catalog = run(vendor).tap.catalog_dict
    catalog["streams"][0]["replication_method"] = "FULL_TABLE"
    given = bookmark("2026-03-10T00:00:00+03:00")
    done = run(vendor, state=given, catalog=catalog)
    assert done.ids() == [1, 2, 3, 4]
    assert done.states == [given]


def test_list_has_no_bookmark() -> None:
    done = run(Vendor(things=[{"id": 1, "name": "a"}]), only=Things)
    assert done.states == [{"bookmarks": {"things": {}}}]


def test_events_alone(capsys: pytest.CaptureFixture[str]) -> None:
    """The table on standard error says the same as the summary."""
    run(Vendor(THREE_DAYS), only=Events)
    lines = capsys.readouterr().err.splitlines()
    assert lines[0].split() == ["stream", "status", "records", "slices", "vendor", "bookmark"]
    # 6 stated: row 3 lies on the seam of two slices, row 5 on the last, inclusive bound
    assert lines[2].split() == ["events", "complete", "4", "3/3", "6", "2026-03-10T14:50:00+03:00"]
