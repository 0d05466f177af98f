"""Streams without a sortable time: one page is their reach, and only a single second is paged."""

from __future__ import annotations

import collections
import datetime as dt
import typing as t

import pytest
from strict_rows import timed
from strict_vendor import Vendor

if t.TYPE_CHECKING:
    from tap_process import Tap

STREAMS = {
    "goals": "get.goals_report",
    "offline_messages": "get.offline_messages_report",
    "visitor_sessions": "get.visitor_sessions_report",
}


def every(method: str, minutes: int, number: int, first: str = "2026-03-01 00:00:00") -> list[dict[str, t.Any]]:
    start = dt.datetime.fromisoformat(first)
    times = [str(start + dt.timedelta(minutes=minutes * index)) for index in range(number)]
    return [timed(method, index + 1, at) for index, at in enumerate(times)]


def asked_more_than_once(vendor: Vendor, method: str) -> list[tuple[str, str]]:
    """The intervals that were asked for with an offset."""
    paged = [seen.params for seen in vendor.calls(method) if seen.params["offset"]]
    return sorted({(params["date_from"], params["date_till"]) for params in paged})


@pytest.mark.parametrize("stream", sorted(STREAMS))
def test_slices_are_split_until_a_page_holds_them(vendor: Vendor, tap: Tap, stream: str) -> None:
    method = STREAMS[stream]
    vendor.rows[method] = every(method, 7, 1500)
    tap.streams = (stream,)
    key = "communication_id" if stream == "goals" else "id"

    run = tap.run(page_size=50, slice_days=None)

    assert run.exit_code == 0
    assert sorted(row[key] for row in run.records(stream)) == list(range(1, 1501))
    assert asked_more_than_once(vendor, method) == [], "the order of their pages is not defined"
    assert all("sort" not in seen.params for seen in vendor.calls(method))
    assert run.stream(stream)["difference"] == 0


def test_a_day_is_the_slice(vendor: Vendor, tap: Tap) -> None:
    tap.streams = ("goals",)
    run = tap.run(slice_days=None)
    assert len(vendor.calls("get.goals_report")) == 10
    assert run.stream("goals")["slices_planned"] == 10


def test_a_single_second_is_paged(vendor: Vendor, tap: Tap) -> None:
    method = STREAMS["goals"]
    vendor.rows[method] = [timed(method, number, "2026-03-03 12:00:00") for number in range(1, 91)]
    vendor.unordered = ()
    tap.streams = ("goals",)

    run = tap.run(page_size=40, slice_days=None)

    assert run.exit_code == 0
    assert sorted(row["communication_id"] for row in run.records("goals")) == list(range(1, 91))
    for first, last in asked_more_than_once(vendor, method):
        assert dt.datetime.fromisoformat(last) - dt.datetime.fromisoformat(first) <= dt.timedelta(seconds=1)


@pytest.mark.parametrize("off", [-1, 1])
def test_totals_that_are_off_by_one(vendor: Vendor, tap: Tap, off: int) -> None:
    method = STREAMS["goals"]
    vendor.rows[method] = every(method, 240, 60)
    vendor.total = lambda total: max(total + off, 0)
    tap.streams = ("goals",)

    run = tap.run(page_size=6, slice_days=None)

    assert sorted(row["communication_id"] for row in run.records("goals")) == list(range(1, 61))
    asked = collections.Counter(seen.params["date_from"] for seen in vendor.calls(method))
    assert sum(asked.values()) < 200, "no slice is split to pieces for a wrong total"


def test_answers_without_a_total(vendor: Vendor, tap: Tap) -> None:
    method = STREAMS["goals"]
    vendor.rows[method] = every(method, 60, 240)
    vendor.total = lambda total: None
    tap.streams = ("goals",)

    run = tap.run(page_size=10, slice_days=None)

    assert run.exit_code == 0
    assert sorted(row["communication_id"] for row in run.records("goals")) == list(range(1, 241))
    assert len(vendor.calls(method)) < 400


def test_short_pages(vendor: Vendor, tap: Tap) -> None:
    method = STREAMS["goals"]
    vendor.rows[method] = every(method, 60, 240)
    vendor.page = lambda rows, offset: rows[:-2] if len(rows) > 4 else rows
    tap.streams = ("goals",)

    run = tap.run(page_size=100, slice_days=None)

    assert run.exit_code == 0
    assert sorted(row["communication_id"] for row in run.records("goals")) == list(range(1, 241))
