"""Between instants and the account's wall clock, both in milliseconds.

A *wall* time is the naive local time counted as if it were UTC: cheap to compare, and what the vendor prints.
"""

from __future__ import annotations

import datetime as dt
import functools
import typing as t
import zoneinfo

SECOND_MS: t.Final = 1000
HOUR_MS: t.Final = 3_600_000
DAY_MS: t.Final = 86_400_000
QUARTER_MS: t.Final = 900_000
EPOCH: t.Final = dt.date(1970, 1, 1)


def day_start(day: dt.date) -> int:
    """The wall time of a day's midnight."""
    return (day - EPOCH).days * DAY_MS


def wall_day(wall: int) -> dt.date:
    """The local day of a wall time."""
    return EPOCH + dt.timedelta(days=wall // DAY_MS)


@functools.lru_cache(maxsize=4096)
def _date_text(days: int) -> str:
    return (EPOCH + dt.timedelta(days=days)).isoformat()


@functools.lru_cache(maxsize=86_400)
def _time_text(second: int) -> str:
    return f"{second // 3600:02d}:{second // 60 % 60:02d}:{second % 60:02d}"


def wall_text(wall: int, separator: str = " ") -> str:
    """``YYYY-MM-DD hh:mm:ss``, rounded to the second as the vendor does (so it may print the neighbour's)."""
    days, second = divmod((wall + SECOND_MS // 2) // SECOND_MS, 86_400)
    return f"{_date_text(days)}{separator}{_time_text(second)}"


class Zone:
    """An IANA zone with its offsets remembered."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._info = zoneinfo.ZoneInfo(name)
        self._offsets: dict[int, int] = {}

    def wall(self, utc: int) -> int:
        """The wall time of an instant."""
        quarter = utc // QUARTER_MS
        offset = self._offsets.get(quarter)
        if offset is None:
            moment = dt.datetime.fromtimestamp(quarter * QUARTER_MS / SECOND_MS, self._info)
            offset = self._offsets[quarter] = _milliseconds(moment.utcoffset())
        return utc + offset

    def instant(self, wall: int, fold: int = 0) -> int:
        """The instant of a wall time: the earlier one of an ambiguous hour unless ``fold`` is 1."""
        naive = dt.datetime(1970, 1, 1) + dt.timedelta(milliseconds=wall)  # noqa: DTZ001  # wall times are naive
        return wall - _milliseconds(naive.replace(tzinfo=self._info, fold=fold).utcoffset())

    def changes_on(self, day: dt.date) -> bool:
        """Whether the offset changes within a local day."""
        start = day_start(day)
        return start - self.instant(start) != start + DAY_MS - self.instant(start + DAY_MS)


def _milliseconds(offset: dt.timedelta | None) -> int:
    return int(offset.total_seconds() * SECOND_MS) if offset else 0
