"""All that happens in one account, made day by day from the seed, up to any day the clock reaches."""

from __future__ import annotations

import bisect
import collections
import dataclasses
import datetime as dt
import typing as t

from sandbox.comagic.life.contact import LONGEST_MS, NEVER, Contact
from sandbox.comagic.life.day import Day, OrdinaryDay, VolumeDay, contacts_of
from sandbox.comagic.life.daymaker import DayMaker
from sandbox.comagic.life.samples import documented_day, sample_contacts
from sandbox.comagic.life.shelf import Happening, Shelf
from sandbox.comagic.life.zone import SECOND_MS, Zone, day_start, wall_day

Reference = tuple[Shelf[t.Any], int]
SAMPLE_AGE_DAYS: t.Final = 3
ONE_DAY: t.Final = dt.timedelta(days=1)


@dataclasses.dataclass(frozen=True)
class Kind:
    """A kind of happenings.

    Attributes:
        name: unique name.
        shelf: what a day holds of it; the world keeps it.
        spills: it may lead on into the next day.
    """

    name: str
    shelf: t.Callable[[Day, Zone], Shelf[t.Any]]
    spills: bool = False


class World:
    """One account, a pure function of the seed, the first day and the present."""

    def __init__(self, *, seed: int, timezone: str, now: dt.datetime, days: int, calls_per_day: int) -> None:
        self.zone = Zone(timezone)
        self.seed = seed
        today = wall_day(self.zone.wall(int(now.timestamp() * SECOND_MS)))
        self.first_day = today - dt.timedelta(days=days)
        self._maker = DayMaker(seed, self.zone, calls_per_day)
        self._days: list[OrdinaryDay] = []
        self._volumes: dict[dt.date, VolumeDay] = {}
        self._shelves: dict[tuple[str, dt.date], Shelf[t.Any]] = {}
        self._contacts: collections.Counter[int] = collections.Counter()
        self.sample_day = self._place_sample(today)

    @property
    def crowd(self) -> int:
        """How many people there are."""
        return self._maker.crowd

    def set_volume(self, date: dt.date, calls: int, second: int | None) -> None:
        """Replaces a day by a given number of calls."""
        self._volumes[date] = VolumeDay(self.seed, self.zone, date, calls, second)
        self._shelves.clear()

    def window(self, kind: Kind, low: int, high: int, now: int) -> list[Reference]:
        """What is timed within wall times low to below high and has appeared by now, in order of time."""
        found: list[Reference] = []
        for shelf in self._shelves_between(kind, low, min(high, self.zone.wall(now) + LONGEST_MS), now):
            first, last = bisect.bisect_left(shelf.walls, low), bisect.bisect_left(shelf.walls, high)
            found += [(shelf, index) for index in range(first, last)]
        if kind.spills:
            found.sort(key=lambda reference: reference[0].walls[reference[1]])
        return [*self._appeared(found, now)]

    def next_change(self, kind: Kind, low: int, high: int, now: int) -> int:
        """The next instant after now at which a row of the window appears or changes."""
        shelves = self._shelves_between(kind, low, high, now)
        upcoming = min((shelf.next_change(now) for shelf in shelves), default=NEVER)
        today = wall_day(self.zone.wall(now))
        # a window that goes on beyond today gets the next day's happenings, which no known day tells of
        return upcoming if wall_day(high) <= today else min(upcoming, self._midnight_after(today))

    def shelf(self, kind: Kind, date: dt.date) -> Shelf[t.Any] | None:
        """A day's happenings of a kind, unless the account knows no such day."""
        if date < self.first_day and date not in self._volumes:
            return None
        shelf = self._shelves.get((kind.name, date))
        if shelf is None:
            shelf = self._shelves[kind.name, date] = kind.shelf(self._day(date), self.zone)
        return shelf

    def _midnight_after(self, date: dt.date) -> int:
        return self.zone.instant(day_start(date + ONE_DAY))

    def surely_over(self, shelf: Shelf[t.Any], index: int, now: int) -> bool:
        """Whether something began so long ago that it must have appeared, and a call have ended."""
        return shelf.walls[index] < self.zone.wall(now) - LONGEST_MS

    def _appeared(self, references: list[Reference], now: int) -> t.Iterator[Reference]:
        for shelf, index in references:
            if self.surely_over(shelf, index, now) or t.cast("Happening", shelf.item(index)).appears <= now:
                yield shelf, index

    def _shelves_between(self, kind: Kind, low: int, high: int, now: int) -> list[Shelf[t.Any]]:
        last = min(wall_day(high), wall_day(self.zone.wall(now)))
        date = wall_day(low) - ONE_DAY if kind.spills else wall_day(low)
        dates = [early for early in sorted(self._volumes) if date <= early < min(self.first_day, last + ONE_DAY)]
        date = max(date, self.first_day)
        while date <= last:
            dates.append(date)
            date += ONE_DAY
        shelves = (self.shelf(kind, date) for date in dates)
        return [shelf for shelf in shelves if shelf is not None]

    def _day(self, date: dt.date) -> Day:
        position = (date - self.first_day).days
        while len(self._days) <= position:
            self._days.append(self._make_day(self.first_day + dt.timedelta(days=len(self._days))))
        return self._volumes.get(date) or self._days[position]

    def _make_day(self, date: dt.date) -> OrdinaryDay:
        samples = sample_contacts(date, self.seed, self.zone) if date == self.sample_day else []
        day = self._maker.make(date, samples)
        contacts: list[Contact] = contacts_of(day)
        for contact in sorted(contacts, key=lambda one: (one.wall, one.utc)):
            # the ordinal counts the contacts of a person since the first day
            self._contacts[contact.person.index] += 1
            contact.ordinal = self._contacts[contact.person.index]
        return day

    def _place_sample(self, today: dt.date) -> dt.date:
        """The documented day if the data reaches it, else one shortly before the start of the clock."""
        documented = documented_day()
        return documented if self.first_day <= documented < today else today - dt.timedelta(days=SAMPLE_AGE_DAYS)
