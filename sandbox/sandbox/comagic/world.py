"""All calls of the account, made day by day from the seed, up to any day the clock reaches."""

from __future__ import annotations

import bisect
import collections
import datetime as dt
import typing as t

from sandbox.comagic.call import LONGEST_MS, NEVER, Call
from sandbox.comagic.day import Day, DayMaker, VolumeDay
from sandbox.comagic.dice import throw
from sandbox.comagic.fields import example_rows
from sandbox.comagic.person import person
from sandbox.comagic.zone import SECOND_MS, Zone, day_start, wall_day

Reference = tuple[Day, int]
SAMPLE_AGE_DAYS: t.Final = 3


def wall_of_text(text: str) -> int:
    """The wall time of ``YYYY-MM-DD hh:mm:ss``."""
    moment = dt.datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=dt.UTC)
    return int(moment.timestamp()) * SECOND_MS


class World:
    """The calls of one account, a pure function of the seed, the first day and the present."""

    def __init__(self, *, seed: int, timezone: str, now: dt.datetime, days: int, calls_per_day: int) -> None:
        self.zone = Zone(timezone)
        self.seed = seed
        today = wall_day(self.zone.wall(int(now.timestamp() * SECOND_MS)))
        self.first_day = today - dt.timedelta(days=days)
        self._maker = DayMaker(seed, self.zone, calls_per_day)
        self._days: list[Day] = []
        self._volumes: dict[dt.date, VolumeDay] = {}
        self._contacts: collections.Counter[int] = collections.Counter()
        self._sample_day = self._place_sample(today)

    def set_volume(self, date: dt.date, calls: int, second: int | None) -> None:
        """Replaces a day's calls by a given number of them."""
        self._volumes[date] = VolumeDay(self.seed, self.zone, date, calls, second)

    def window(self, low: int, high: int, now: int) -> list[Reference]:
        """Calls that start within wall times low to below high and have begun by now, in order of their start."""
        found: list[Reference] = []
        for day in self._days_between(low, min(high, self.zone.wall(now) + LONGEST_MS), now):
            first, last = bisect.bisect_left(day.walls, low), bisect.bisect_left(day.walls, high)
            found += [(day, index) for index in range(first, last)]
        return [*self._begun(found, now)]

    def next_change(self, low: int, high: int, now: int) -> int:
        """The next instant after now at which a row of the window appears or changes."""
        days = self._days_between(low, high, now)
        upcoming = min((day.next_change(now) for day in days), default=NEVER)
        today = wall_day(self.zone.wall(now))
        # a window that goes on beyond today gets the next day's calls, which no known day tells of
        return upcoming if wall_day(high) <= today else min(upcoming, self._midnight_after(today))

    def _midnight_after(self, date: dt.date) -> int:
        return self.zone.instant(day_start(date + dt.timedelta(days=1)))

    def surely_over(self, day: Day, index: int, now: int) -> bool:
        """Whether a call began so long ago that it must have ended."""
        return day.walls[index] < self.zone.wall(now) - LONGEST_MS

    def _begun(self, references: list[Reference], now: int) -> t.Iterator[Reference]:
        for day, index in references:
            if self.surely_over(day, index, now) or day.call(index).utc <= now:
                yield day, index

    def _days_between(self, low: int, high: int, now: int) -> list[Day]:
        last = min(wall_day(high), wall_day(self.zone.wall(now)))
        earlier = sorted(date for date in self._volumes if date < self.first_day and wall_day(low) <= date <= last)
        found: list[Day] = [self._volumes[date] for date in earlier]
        date = max(wall_day(low), self.first_day)
        while date <= last:
            found.append(self._day(date))
            date += dt.timedelta(days=1)
        return found

    def _day(self, date: dt.date) -> Day:
        position = (date - self.first_day).days
        while len(self._days) <= position:
            self._days.append(self._make_day(self.first_day + dt.timedelta(days=len(self._days))))
        return self._volumes.get(date) or self._days[position]

    def _make_day(self, date: dt.date) -> Day:
        day = self._maker.make(date, [self._sample(date)] if date == self._sample_day else [])
        for call in day.calls:
            # the ordinal counts the contacts of a person since the first day
            self._contacts[call.person.index] += 1
            call.ordinal = self._contacts[call.person.index]
        return day

    def _place_sample(self, today: dt.date) -> dt.date:
        """The documented call's own day if the data reaches it, else one shortly before the start of the clock."""
        documented = wall_day(wall_of_text(example_rows("get.calls_report")[0]["start_time"]))
        return documented if self.first_day <= documented < today else today - dt.timedelta(days=SAMPLE_AGE_DAYS)

    def _sample(self, date: dt.date) -> Call:
        row = example_rows("get.calls_report")[0]
        wall = day_start(date) + wall_of_text(row["start_time"]) % (24 * 3600 * SECOND_MS)
        return Call(
            number=row["id"],
            wall=wall,
            utc=self.zone.instant(wall),
            person=person(self.seed, -1),
            inbound=True,
            answered=True,
            wait=row["wait_duration"],
            talk=row["talk_duration"],
            hold=row["talk_duration"] - row["clean_talk_duration"],
            employee=0,
            second=None,
            campaign=0,
            ordinal=1,
            dice=(0,) * len(throw("sample")),
            sample=True,
        )
