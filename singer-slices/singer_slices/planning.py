"""Which time is to be read: from the bookmark less the look-back up to what the source can already answer for."""

from __future__ import annotations

import dataclasses
import datetime as dt
import typing as t

from singer_slices.errors import ConfigurationError
from singer_slices.slices import Slice
from singer_slices.times import SourceZone

SyncUntil = t.Literal["now", "last_complete_day"]


@dataclasses.dataclass(frozen=True)
class Range:
    """What the settings say about time, resolved in the source's zone.

    Attributes:
        start: nothing before it is ever read.
        end: exclusive; None for "as far as there is something".
        sync_until: whether a run ends now or at the last border of a day.
        day_border: when a local day begins, as the distance from midnight.
        backfill: read from `start` to `end` whatever the bookmark says.
    """

    start: dt.datetime
    end: dt.datetime | None
    sync_until: SyncUntil
    day_border: dt.timedelta
    backfill: bool


@dataclasses.dataclass(frozen=True)
class Calendar:
    """The time settings in the zone of one partition.

    Attributes:
        zone: the zone of its local times.
        range: what the settings say, as moments.
        settling: how long after its time a row may still be on its way into the source.
        now: tells the present.
    """

    zone: SourceZone
    range: Range
    settling: dt.timedelta
    now: t.Callable[[], dt.datetime]

    def watermark(self) -> dt.datetime:
        """The moment before which the source's rows are there, as of now."""
        return watermark(self.range, self.zone, self.now(), self.settling)


def resolve_range(settings: t.Mapping[str, t.Any], zone: SourceZone, border: dt.timedelta, now: dt.datetime) -> Range:
    """The time settings as moments.

    Raises:
        ConfigurationError: a date is outside of the calendar, or `start_date` lies in the future or not before
            `end_date`.
    """
    start = _moment(settings, "start_date", zone)
    end = _moment(settings, "end_date", zone) if settings.get("end_date") else None
    if end is not None and start >= end:
        raise ConfigurationError(
            f"start_date {settings['start_date']} is not before end_date {settings['end_date']}; swap or correct them"
        )
    if start > now:
        raise ConfigurationError(
            f"start_date {settings['start_date']} lies in the future (now: {zone.local_text(now)} {zone.name})"
        )
    return Range(start, end, settings["sync_until"], border, backfill=bool(settings.get("backfill")))


def _moment(settings: t.Mapping[str, t.Any], name: str, zone: SourceZone) -> dt.datetime:
    """A date setting in whole seconds, the unit in which vendors are asked."""
    try:
        return zone.parse(settings[name]).replace(microsecond=0)
    except ValueError as error:
        raise ConfigurationError(f"{name}: {error}; write it like '2026-01-31'") from None


def watermark(limits: Range, zone: SourceZone, now: dt.datetime, settling: dt.timedelta) -> dt.datetime:
    """The moment before which the source's rows are there: now less the settling time, or the last border of a day."""
    settled = (now - settling).replace(microsecond=0)
    if limits.sync_until == "last_complete_day":
        settled = zone.day_start(settled, limits.day_border)
    return min(settled, limits.end) if limits.end is not None else settled


def planned_start(limits: Range, zone: SourceZone, bookmark: dt.datetime | None, lookback: dt.timedelta) -> dt.datetime:
    """Where reading begins.

    The local day of the bookmark is read again from its midnight, or from an earlier `day_border`, even without a
    look-back, and the look-back never reaches before `start_date`.
    """
    if bookmark is None or limits.backfill:
        return limits.start
    reached = bookmark - lookback
    return max(limits.start, min(zone.day_start(reached), zone.day_start(reached, limits.day_border)))


def cut(
    start: dt.datetime, end: dt.datetime, *, days: int, zone: SourceZone, border: dt.timedelta
) -> t.Iterator[Slice]:
    """`[start, end)` in slices of `days` local days, cut where days begin."""
    while start < end:
        cut_at = min(zone.add_days(start, days, border), end)
        yield Slice(start, cut_at)
        start = cut_at
