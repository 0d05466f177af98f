"""Moments and days in the source's own zone: vendors print local times without an offset, Singer wants RFC 3339.

Moments are `datetime`s in UTC throughout: Python compares and subtracts two times of one local zone by the clock on the
wall, which is wrong twice a year.
"""

from __future__ import annotations

import datetime as dt
import functools
import re
import typing as t
import zoneinfo

from singer_slices.errors import ConfigurationError

SECOND = dt.timedelta(seconds=1)
_HOUR = dt.timedelta(hours=1)
_DAY = dt.timedelta(days=1)
HOUR_TEXT = len("2026-01-31T10")
SECOND_TEXT = len("2026-01-31T10:00:00")
_LOCAL_HOUR = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[ T]([01][0-9]|2[0-3])")
#: The minutes and seconds of an hour, as they stand in a time.
MINUTES = frozenset(f":{minute:02d}:{second:02d}" for minute in range(60) for second in range(60))
#: Times, or parts of them, that are kept before all are forgotten.
MOST_REMEMBERED = 8192
_RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
T = t.TypeVar("T")
_DATE_ONLY = len("2026-01-31")


class Seen:
    """Parts of times that were seen: one that is made of such parts need not be parsed.

    Attributes:
        local_hours: local hour → the same as RFC 3339, the offset, where all of it has the same, and the day.
        wholes: times that were RFC 3339 already; one moment is often told several times.
        whole_hours: their hours.
        endings: what stood behind their seconds.
    """

    def __init__(self) -> None:
        self.local_hours: dict[str, tuple[str, str, str]] = {}
        self.wholes: dict[str, None] = {}
        self.whole_hours: dict[str, None] = {}
        self.endings: dict[str, None] = {}

    def local(self, text: str, local: str, offset: str) -> None:
        """A time without an offset: as it came, as RFC 3339, and its offset."""
        if len(text) == SECOND_TEXT and _LOCAL_HOUR.match(text):
            _remember(self.local_hours, text[:HOUR_TEXT], (local[:HOUR_TEXT], offset, local[:_DATE_ONLY]))

    def whole(self, text: str) -> None:
        """A time that is RFC 3339."""
        if _LOCAL_HOUR.match(text):
            _remember(self.wholes, text, None)
            _remember(self.whole_hours, text[:HOUR_TEXT], None)
            _remember(self.endings, text[SECOND_TEXT:], None)

    def rfc3339(self, text: str) -> str | None:
        """What `SourceZone.rfc3339` gives, in a quarter of the time; None for texts with a part that was not seen."""
        ending = text[SECOND_TEXT:]
        minutes = text[HOUR_TEXT:SECOND_TEXT]
        if minutes not in MINUTES:
            return None
        if not ending:
            hour = self.local_hours.get(text[:HOUR_TEXT])
            return f"{hour[0]}{minutes}{hour[1]}" if hour else None
        if ending in self.endings and text[:HOUR_TEXT] in self.whole_hours:
            _remember(self.wholes, text, None)
            return text
        return None


def _remember(known: dict[str, T], key: str, value: T) -> None:
    if len(known) >= MOST_REMEMBERED:
        known.clear()
    known[key] = value


class SourceZone:
    """The zone in which a source keeps its times.

    Args:
        name: an IANA name (`Europe/Moscow`) or `UTC`.

    Raises:
        ConfigurationError: the name is no time zone.
    """

    def __init__(self, name: str) -> None:
        try:
            self.tz = zoneinfo.ZoneInfo(name)
        except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise ConfigurationError(
                f"timezone: {name!r} is not a time zone; give a name like 'Europe/Moscow'"
            ) from error
        self.name = name
        self._offset_of_hour = functools.lru_cache(maxsize=4096)(self._constant_offset)
        self.seen = Seen()

    def rfc3339(self, text: str) -> str:
        """A vendor's time as RFC 3339 with an offset.

        A text that is RFC 3339 already stays as it is. A time that has an offset keeps it; one without gets the zone's
        offset of that moment, the earlier one in an hour that comes twice.

        Args:
            text: `2026-03-01 10:00:00`, `2026-03-01T10:00:00` or either with an offset.

        Raises:
            ValueError: the text is no time.
        """
        moment = dt.datetime.fromisoformat(text)
        if moment.tzinfo is not None:
            if not _RFC3339.fullmatch(text):
                return moment.isoformat()
            self.seen.whole(text)
            return text
        offset = self._offset_of_hour(text[:HOUR_TEXT])
        local = moment.isoformat()
        if offset:
            self.seen.local(text, local, offset)
        return local + (offset or _offset_text(moment.replace(tzinfo=self.tz)))

    def _constant_offset(self, hour: str) -> str | None:
        """The offset of a local hour `2026-03-01 10`, or None if it changes within that hour."""
        try:
            start = dt.datetime.fromisoformat(hour + ":00:00").replace(tzinfo=self.tz)
        except ValueError:
            return None  # an unusual spelling: worked out value by value
        first, last = _offset_text(start), _offset_text(start.replace(minute=59, second=59))
        return first if first == last else None

    def parse(self, text: str) -> dt.datetime:
        """A moment (in UTC) from a setting or a bookmark.

        Without an offset it is in this zone, a bare date is its midnight.

        Raises:
            ValueError: the text is neither a date nor a time, or one that UTC cannot express (in the year 1 or 9999).
        """
        moment = dt.datetime.fromisoformat(text)
        try:
            return (moment if moment.tzinfo is not None else moment.replace(tzinfo=self.tz)).astimezone(dt.UTC)
        except OverflowError:
            raise ValueError(f"{text!r} lies outside of the calendar") from None

    def local_text(self, moment: dt.datetime) -> str:
        """`moment` as the vendor writes it: `2026-03-01 10:00:00`."""
        return moment.astimezone(self.tz).strftime("%Y-%m-%d %H:%M:%S")

    def ask_from(self, moment: dt.datetime) -> dt.datetime:
        """The lower bound to ask for so that nothing from `moment` on is missed.

        That is an hour earlier if the moment's local text means two moments.
        """
        return moment - _HOUR if self._ambiguous(moment) else moment

    def ask_till(self, moment: dt.datetime) -> dt.datetime:
        """The upper bound to ask for so that nothing before `moment` is missed.

        That is an hour later if the moment's local text means two moments.
        """
        return moment + _HOUR if self._ambiguous(moment) else moment

    def _ambiguous(self, moment: dt.datetime) -> bool:
        local = moment.astimezone(self.tz)
        return local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()

    def day_start(self, moment: dt.datetime, border: dt.timedelta = dt.timedelta(0)) -> dt.datetime:
        """The beginning of the local day in which `moment` lies; days begin `border` after midnight."""
        day = self._day(moment, border) + _DAY
        while (start := self.border_of(day, border)) > moment:
            day -= _DAY
        return start

    def border_of(self, day: dt.date, border: dt.timedelta = dt.timedelta(0)) -> dt.datetime:
        """The moment (in UTC) at which the local day `day` begins."""
        return (dt.datetime.combine(day, dt.time()) + border).replace(tzinfo=self.tz).astimezone(dt.UTC)

    def add_days(self, start: dt.datetime, days: int, border: dt.timedelta = dt.timedelta(0)) -> dt.datetime:
        """The day border `days` local days after the day in which `start` lies, always later than `start`."""
        day = self._day(start, border) + dt.timedelta(days=days)
        while (end := self.border_of(day, border)) <= start:  # a zone may leave out a day, or pass a border twice
            day += _DAY
        return end

    def _day(self, moment: dt.datetime, border: dt.timedelta) -> dt.date:
        """The local day by the clock on the wall; near a change of the clock it may be off by one."""
        return (moment.astimezone(self.tz).replace(tzinfo=None) - border).date()


def rfc3339(moment: dt.datetime, zone: SourceZone) -> str:
    """`moment` in the source's zone as RFC 3339 with an offset, whole seconds."""
    return moment.astimezone(zone.tz).replace(microsecond=0).isoformat()


def is_date(text: str) -> bool:
    """Whether a date setting is a bare date."""
    return len(text) == _DATE_ONLY


def parse_day_border(text: str) -> dt.timedelta:
    """`HH:MM` as the distance from midnight.

    Raises:
        ValueError: the text is no time of day.
    """
    clock = dt.datetime.strptime(text, "%H:%M")  # noqa: DTZ007 - a time of day has no zone
    return dt.timedelta(hours=clock.hour, minutes=clock.minute)


def _offset_text(moment: dt.datetime) -> str:
    """The offset as `+03:00`; those of the 19th century have seconds, which RFC 3339 has no place for."""
    minutes = round((moment.utcoffset() or dt.timedelta(0)).total_seconds() / 60)
    hours, minutes_left = divmod(abs(minutes), 60)
    return f"{'-' if minutes < 0 else '+'}{hours:02d}:{minutes_left:02d}"
