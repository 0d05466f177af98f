"""The buckets of an aggregate query: its interval, cut into periods of an ISO 8601 duration."""

from __future__ import annotations

import bisect
import dataclasses
import datetime as dt
import re
import typing as t
import zoneinfo

from sandbox.genesys.errors import bad_request
from sandbox.genesys.intervals import Interval
from sandbox.genesys.names import SECOND_MS

PERIOD: t.Final = re.compile(r"P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?)?")
MOST_BUCKETS: t.Final = 10_000


@dataclasses.dataclass(frozen=True)
class Period:
    """Whole days of a calendar, and a fixed time beside them."""

    days: int
    rest: dt.timedelta

    def after(self, moment: dt.datetime) -> dt.datetime:
        """The end of the period that begins at a moment with a zone: days keep the wall clock's time."""
        return ((moment + dt.timedelta(days=self.days)).astimezone(dt.UTC) + self.rest).astimezone(moment.tzinfo)


class Buckets:
    """Consecutive intervals.

    Args:
        whole: the interval that they fill; the last one may be cut short by its end.
        period: their length; none is one bucket.
        zone: whose days they are.

    Raises:
        ApiError: 400: they are too many.
    """

    def __init__(self, whole: Interval, period: Period | None, zone: dt.tzinfo) -> None:
        self._borders = [whole.low]
        moment = dt.datetime.fromtimestamp(whole.low / SECOND_MS, zone)
        while period and self._borders[-1] < whole.high:
            moment = period.after(moment)
            self._borders.append(min(round(moment.timestamp() * SECOND_MS), whole.high))
            if len(self._borders) > MOST_BUCKETS + 1:
                raise bad_request(f"granularity: the interval has more than {MOST_BUCKETS} periods.", "invalid.value")
        if not period:
            self._borders.append(whole.high)

    def of(self, instant: int) -> Interval | None:
        """The bucket of an instant, or none outside all of them."""
        place = bisect.bisect_right(self._borders, instant)
        return Interval(*self._borders[place - 1 : place + 1]) if 0 < place < len(self._borders) else None


def read_period(text: t.Any) -> Period | None:
    """Reads `P1D`, `PT30M`, `P1DT12H`; nothing where none is given.

    Raises:
        ApiError: 400.
    """
    if text is None:
        return None
    found = PERIOD.fullmatch(text) if isinstance(text, str) else None
    weeks, days, hours, minutes = (int(each or 0) for each in found.groups()) if found else (0, 0, 0, 0)
    period = Period(weeks * 7 + days, dt.timedelta(hours=hours, minutes=minutes))
    if not (period.days or period.rest):
        raise bad_request(
            f"granularity: {text!r} is not an ISO-8601 period of weeks, days, hours and minutes, such as P1D.",
            "invalid.value",
        )
    return period


def read_zone(name: t.Any) -> dt.tzinfo:
    """Reads a zone name of the IANA database; UTC where none is given.

    Raises:
        ApiError: 400.
    """
    try:
        return zoneinfo.ZoneInfo("UTC" if name is None else name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, TypeError, OSError):
        raise bad_request(f"timeZone: {name!r} is not a zone of the IANA database.", "invalid.value") from None
