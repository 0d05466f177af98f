"""Local times, day borders, planning: also where clocks change."""

from __future__ import annotations

import datetime as dt
import itertools
import typing as t

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from singer_slices import ConfigurationError, Slice, SourceZone
from singer_slices.planning import Range, cut, planned_start, resolve_range, watermark
from singer_slices.times import parse_day_border, rfc3339

#: Whole hours, half an hour (Lord Howe), at midnight (Sao Paulo, Beirut, Havana), a day left out (Apia), far offsets.
ZONES = [
    *["UTC", "Europe/Moscow", "Europe/Berlin", "America/Sao_Paulo", "Asia/Beirut", "America/Havana"],
    *["Australia/Lord_Howe", "Pacific/Apia", "Asia/Kathmandu", "Africa/Casablanca"],
]
HOUR = dt.timedelta(hours=1)
NONE = dt.timedelta(0)


def utc(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("zone", "text", "expected"),
    [
        ("Europe/Moscow", "2026-03-01 10:00:00", "2026-03-01T10:00:00+03:00"),
        ("Europe/Moscow", "2026-03-01T10:00:00.250", "2026-03-01T10:00:00.250000+03:00"),
        ("Europe/Moscow", "2026-03-01T10:00:00Z", "2026-03-01T10:00:00Z"),
        ("Europe/Moscow", "2026-03-01", "2026-03-01T00:00:00+03:00"),
        ("Europe/Berlin", "2026-10-25 02:30:00", "2026-10-25T02:30:00+02:00"),  # twice: the earlier one
        ("Europe/Berlin", "2026-10-25 03:00:00", "2026-10-25T03:00:00+01:00"),
        ("Europe/Berlin", "2026-03-29 02:30:00", "2026-03-29T02:30:00+01:00"),  # never: as if not yet put forward
        ("Australia/Lord_Howe", "2026-10-04 02:15:00", "2026-10-04T02:15:00+10:30"),
        ("Australia/Lord_Howe", "2026-10-04 02:45:00.5", "2026-10-04T02:45:00.500000+11:00"),
        ("Europe/Moscow", "0001-01-01 00:00:00", "0001-01-01T00:00:00+02:30"),  # RFC 3339 has no seconds of offset
        ("America/Sao_Paulo", "1900-01-01 00:00:00", "1900-01-01T00:00:00-03:06"),
    ],
)
def test_local_times_get_the_offset_of_their_moment(zone: str, text: str, expected: str) -> None:
    assert SourceZone(zone).rfc3339(text) == expected


@pytest.mark.parametrize("text", ["", "never", "01.03.2026", "0000-00-00 00:00:00", "2026-02-30"])
def test_what_is_no_time_is_told(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        SourceZone("UTC").rfc3339(text)


def test_zone_that_is_none_is_a_configuration_error() -> None:
    with pytest.raises(ConfigurationError, match="timezone: 'Moscow' is not a time zone"):
        SourceZone("Moscow")


def test_times_outside_of_utc_are_no_times() -> None:
    with pytest.raises(ValueError, match="lies outside of the calendar"):
        SourceZone("Europe/Moscow").parse("0001-01-01")


@pytest.mark.parametrize(
    ("zone", "moment", "start"),
    [
        ("Europe/Moscow", "2026-03-01T20:59:59", "2026-02-28T21:00:00"),
        ("Europe/Moscow", "2026-03-01T21:00:00", "2026-03-01T21:00:00"),
        ("America/Sao_Paulo", "2018-11-04T02:59:59", "2018-11-03T03:00:00"),
        ("America/Sao_Paulo", "2018-11-04T03:00:00", "2018-11-04T03:00:00"),  # no midnight: the day begins at 01:00
        ("America/Sao_Paulo", "2018-11-05T01:59:59", "2018-11-04T03:00:00"),
        ("America/Havana", "2026-11-01T05:30:00", "2026-11-01T04:00:00"),  # midnight twice: the first
        ("Asia/Beirut", "2026-03-29T10:00:00", "2026-03-28T22:00:00"),
        ("Pacific/Apia", "2011-12-30T10:00:00", "2011-12-30T10:00:00"),  # the 30th was left out
    ],
)
def test_local_day_begins_at_its_midnight(zone: str, moment: str, start: str) -> None:
    assert SourceZone(zone).day_start(utc(moment)) == utc(start)


def test_day_begins_at_the_border() -> None:
    moscow = SourceZone("Europe/Moscow")
    assert moscow.day_start(utc("2026-03-01T00:59:59"), 4 * HOUR) == utc("2026-02-28T01:00:00")
    assert moscow.day_start(utc("2026-03-01T01:00:00"), 4 * HOUR) == utc("2026-03-01T01:00:00")


@pytest.mark.parametrize(("text", "minutes"), [("00:00", 0), ("04:30", 270), ("23:59", 1439)])
def test_day_border_is_a_time_of_day(text: str, minutes: int) -> None:
    assert parse_day_border(text) == dt.timedelta(minutes=minutes)


@pytest.mark.parametrize("text", ["24:00", "4", "4:5:6", "noon"])
def test_day_border_that_is_none(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_day_border(text)


# Planning


def limits(**changes: t.Any) -> Range:
    return Range(
        **{
            "start": utc("2026-01-01"),
            "end": None,
            "sync_until": "now",
            "day_border": NONE,
            "backfill": False,
            **changes,
        }
    )


def test_watermark_is_now_less_settling_in_whole_seconds() -> None:
    now = utc("2026-03-10T12:00:00.999")
    assert watermark(limits(), SourceZone("UTC"), now, 10 * dt.timedelta(minutes=1)) == utc("2026-03-10T11:50:00")


def test_watermark_of_the_last_complete_day_waits_for_settling() -> None:
    moscow, ten = SourceZone("Europe/Moscow"), dt.timedelta(minutes=10)
    whole_days = limits(sync_until="last_complete_day")
    assert watermark(whole_days, moscow, utc("2026-03-09T21:09:59"), ten) == utc("2026-03-08T21:00:00")
    assert watermark(whole_days, moscow, utc("2026-03-09T21:10:00"), ten) == utc("2026-03-09T21:00:00")


def test_watermark_is_never_after_end_date() -> None:
    assert watermark(limits(end=utc("2026-02-01")), SourceZone("UTC"), utc("2026-03-10"), NONE) == utc("2026-02-01")


@pytest.mark.parametrize(
    ("bookmark", "days", "border", "start"),
    [
        (None, 3, NONE, "2026-01-01"),
        ("2026-03-10T09:00:00", 0, NONE, "2026-03-10"),
        ("2026-03-10T09:00:00", 3, NONE, "2026-03-07"),
        ("2026-03-10T09:00:00", 90, NONE, "2026-01-01"),
        ("2026-03-10T09:00:00", 0, 4 * HOUR, "2026-03-10"),  # midnight, though the day border came later
        ("2026-03-10T02:00:00", 0, 4 * HOUR, "2026-03-09T04:00:00"),
        ("2025-06-01T00:00:00", 0, NONE, "2026-01-01"),
    ],
)
def test_reading_begins(bookmark: str | None, days: int, border: dt.timedelta, start: str) -> None:
    value = utc(bookmark) if bookmark else None
    begin = planned_start(limits(day_border=border), SourceZone("UTC"), value, dt.timedelta(days=days))
    assert begin == utc(start)


def test_backfill_begins_at_start_date() -> None:
    begin = planned_start(limits(backfill=True), SourceZone("UTC"), utc("2026-03-10"), NONE)
    assert begin == utc("2026-01-01")


def resolved(**settings: t.Any) -> Range:
    given = {"start_date": "2026-03-01", "sync_until": "now", **settings}
    return resolve_range(given, SourceZone("Europe/Moscow"), NONE, utc("2026-03-10T12:00:00"))


def test_dates_without_an_offset_are_in_the_zone_of_the_source() -> None:
    found = resolved(end_date="2026-03-02T10:00:00")
    assert (found.start, found.end) == (utc("2026-02-28T21:00:00"), utc("2026-03-02T07:00:00"))


def test_dates_are_whole_seconds() -> None:
    assert resolved(start_date="2026-03-01T00:00:00.75").start == utc("2026-02-28T21:00:00")


@pytest.mark.parametrize(
    ("settings", "text"),
    [
        ({"end_date": "2026-02-28T21:00:00Z"}, "is not before end_date"),
        ({"start_date": "2026-03-10T15:00:01"}, r"lies in the future \(now: 2026-03-10 15:00:00 Europe/Moscow\)"),
        ({"start_date": "0001-01-01"}, "start_date: '0001-01-01' lies outside of the calendar"),
    ],
)
def test_ranges_that_are_none(settings: dict[str, t.Any], text: str) -> None:
    with pytest.raises(ConfigurationError, match=text):
        resolved(**settings)


# Cutting

moments = st.integers(min_value=1_260_000_000, max_value=1_790_000_000).map(
    lambda seconds: dt.datetime.fromtimestamp(seconds, dt.UTC)
)
zones = st.sampled_from(ZONES).map(SourceZone)
borders = st.integers(min_value=0, max_value=1439).map(lambda minutes: dt.timedelta(minutes=minutes))


@settings(max_examples=300, deadline=None)
@given(
    zone=zones,
    start=moments,
    length=st.integers(1, 60 * 86400).map(lambda s: dt.timedelta(seconds=s)),
    days=st.integers(1, 40),
    border=borders,
)
def test_cut_partitions_the_range_on_local_day_borders(
    zone: SourceZone, start: dt.datetime, length: dt.timedelta, days: int, border: dt.timedelta
) -> None:
    slices = list(cut(start, start + length, days=days, zone=zone, border=border))
    assert slices[0].start == start
    assert slices[-1].end == start + length
    assert all(first.end == second.start for first, second in itertools.pairwise(slices))
    assert all(piece.length > NONE for piece in slices)
    for piece in slices[:-1]:
        assert zone.day_start(piece.end, border) == piece.end
        assert piece.length <= dt.timedelta(days=days + 1)
        if border == NONE and zone.name not in {"America/Sao_Paulo", "Asia/Beirut", "America/Havana", "Pacific/Apia"}:
            assert zone.local_text(piece.end)[11:] == "00:00:00"


@settings(max_examples=300, deadline=None)
@given(zone=zones, moment=moments, border=borders)
def test_every_moment_lies_in_exactly_one_day(zone: SourceZone, moment: dt.datetime, border: dt.timedelta) -> None:
    start = zone.day_start(moment, border)
    end = zone.add_days(start, 1, border)
    assert start <= moment < end
    assert zone.day_start(start, border) == start
    assert zone.day_start(end - dt.timedelta(seconds=1), border) == start


@settings(max_examples=300, deadline=None)
@given(
    zone=zones,
    start=moments,
    length=st.integers(1, 90 * 86400),
    smallest=st.sampled_from([1, 60, 3600, 86400]).map(lambda s: dt.timedelta(seconds=s)),
)
def test_halving_ends_and_loses_no_second(
    zone: SourceZone, start: dt.datetime, length: int, smallest: dt.timedelta
) -> None:
    piece = Slice(start, start + dt.timedelta(seconds=length))
    for _ in range(64):
        halves = piece.halves(zone, smallest)
        if halves is None:
            break
        first, second = halves
        assert (first.start, first.end, second.end) == (piece.start, second.start, piece.end)
        assert first.length > NONE
        assert second.length > NONE
        piece = max(halves, key=lambda half: half.length)
    assert piece.length <= smallest


@settings(max_examples=300, deadline=None)
@given(zone=zones, moment=moments)
def test_bounds_that_mean_two_moments_are_asked_wide_enough(zone: SourceZone, moment: dt.datetime) -> None:
    """By text as by time: whatever lies before the moment is asked for, and so is whatever lies from it on."""
    before, after = moment - dt.timedelta(seconds=1), moment
    assert zone.local_text(before) <= zone.local_text(zone.ask_till(moment)) or zone.ask_till(moment) > moment
    assert zone.local_text(zone.ask_from(moment)) <= zone.local_text(after)


@settings(max_examples=200, deadline=None)
@given(zone=zones, moment=moments)
def test_a_moment_as_a_bookmark_is_read_back(zone: SourceZone, moment: dt.datetime) -> None:
    assert zone.parse(rfc3339(moment, zone)) == moment


PARTS = st.tuples(
    st.sampled_from(["2026-03-01", "2026-02-30", "2026-10-25", "2026-W10-1", "٢٠٢٦-03-01"]),
    st.sampled_from(["T", " ", "x"]),
    st.sampled_from(["00", "02", "23", "24"]),
    st.sampled_from([":00:00", ":59:59", ":60:00", ":0:00", ""]),
    st.sampled_from(["", "Z", ".5", ".123Z", "+05:00", "+25:00", "+05", " "]),
)


@given(st.lists(PARTS, max_size=20))
@settings(deadline=None)
def test_the_quick_way_gives_what_the_other_gives(parts: list[tuple[str, ...]]) -> None:
    """Whatever was seen before."""
    zone = SourceZone("Europe/Berlin")
    for text in map("".join, parts):
        known = zone.seen.rfc3339(text)
        try:
            whole = zone.rfc3339(text)
        except ValueError:
            assert known is None
        else:
            assert known in {None, whole}
            assert zone.seen.rfc3339(text) == whole or known is None


def test_the_quick_way_knows_hours_that_were_seen() -> None:
    zone = SourceZone("Europe/Moscow")
    assert zone.seen.rfc3339("2026-03-01 10:00:00") is None
    zone.rfc3339("2026-03-01 10:59:59")
    assert zone.seen.rfc3339("2026-03-01 10:00:00") == "2026-03-01T10:00:00+03:00"
    assert zone.seen.rfc3339("2026-03-01T10:00:00.5Z") is None
    zone.rfc3339("2026-03-01T10:00:01.5Z")
    assert zone.seen.rfc3339("2026-03-01T10:00:00.5Z") == "2026-03-01T10:00:00.5Z"
