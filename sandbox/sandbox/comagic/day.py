"""The calls of one local day: ordinary days, and days of a given volume that are made only where somebody looks."""

from __future__ import annotations

import array
import bisect
import dataclasses
import datetime as dt
import itertools
import typing as t

from sandbox.comagic import catalog
from sandbox.comagic.call import LONGEST_MS, MINUTE_MS, NEVER, SETTLED_MS, Call
from sandbox.comagic.dice import FACES, Dice, below, between, chance, throw
from sandbox.comagic.person import Person, person
from sandbox.comagic.zone import DAY_MS, HOUR_MS, SECOND_MS, Zone, day_start

FIRST_CALL_ID: t.Final = 5_139_000_000
CALLS_RESERVED: t.Final = 1_000_000
ID_EPOCH: t.Final = dt.date(2015, 1, 1)

# share of a day's calls by hour of the local clock
HOURS: t.Final = (2, 1, 2, 1, 1, 1, 3, 8, 30, 85, 110, 115, 100, 85, 95, 100, 95, 80, 50, 25, 14, 8, 5, 3)
CUMULATED: t.Final = tuple(itertools.accumulate(HOURS, initial=0))
SATURDAY: t.Final = 5
WEEKEND_SHARE: t.Final = 0.35

# people per call of an average day: everybody calls now and then, a few call often
CROWD: t.Final = 20
SKEW: t.Final = 1.7
# one stranger makes this many calls on a day of given volume
CALLS_PER_STRANGER: t.Final = 3
FIRST_STRANGER: t.Final = 50_000_000


def time_of_day(share: float) -> int:
    """Milliseconds after midnight by which that share of a business day's calls has begun."""
    target = share * CUMULATED[-1]
    hour = min(bisect.bisect_right(CUMULATED, target) - 1, len(HOURS) - 1)
    return int((hour + (target - CUMULATED[hour]) / HOURS[hour]) * HOUR_MS)


def call_number(day: dt.date, index: int) -> int:
    """The id of a day's call."""
    return FIRST_CALL_ID + (day - ID_EPOCH).days * CALLS_RESERVED + index


class Day(t.Protocol):
    """The calls of a local day, in the order of their unrounded start."""

    date: dt.date
    walls: array.array[int]

    def call(self, index: int) -> Call:
        """One call."""
        ...

    def next_change(self, now: int) -> int:
        """The next instant after ``now`` at which some row of the day appears or changes."""
        ...


@dataclasses.dataclass
class OrdinaryDay:
    """A day whose calls are all made at once."""

    date: dt.date
    calls: list[Call]

    def __post_init__(self) -> None:
        """Orders the calls and indexes their start."""
        self.calls.sort(key=lambda call: (call.wall, call.utc))
        for index, call in enumerate(self.calls):
            call.number = call.number or call_number(self.date, index)
        self.walls = array.array("q", [call.wall for call in self.calls])
        self._changes = sorted(itertools.chain.from_iterable(call.changes() for call in self.calls))

    def call(self, index: int) -> Call:
        """One call."""
        return self.calls[index]

    def next_change(self, now: int) -> int:
        """The next instant after ``now`` at which some row of the day appears or changes."""
        position = bisect.bisect_right(self._changes, now)
        return self._changes[position] if position < len(self._changes) else NEVER


class VolumeDay:
    """A day of any number of calls, each a pure function of its index."""

    def __init__(self, seed: int, zone: Zone, date: dt.date, calls: int, second: int | None) -> None:
        self.date = date
        self._seed = seed
        self._zone = zone
        start = day_start(date)
        if second is None:
            times = (time_of_day((index + 0.5) / calls) for index in range(calls))
        else:
            times = (second * SECOND_MS + index * SECOND_MS // (2 * calls) for index in range(calls))
        self.walls = array.array("q", [start + time for time in times])
        self._settled = zone.instant(start) + DAY_MS + LONGEST_MS + SETTLED_MS
        self._offset = None if zone.changes_on(date) else zone.instant(start) - start

    def call(self, index: int) -> Call:
        """One call."""
        wall = self.walls[index]
        stranger, turn = divmod(index, CALLS_PER_STRANGER)
        dice = throw(self._seed, self.date.toordinal(), "volume", index)
        who = person(self._seed, FIRST_STRANGER + self.date.toordinal() % 1000 * CALLS_RESERVED + stranger)
        utc = wall + self._offset if self._offset is not None else self._zone.instant(wall)
        call = make_call(wall, utc, who, dice)
        call.number = call_number(self.date, index)
        call.ordinal = turn + 1
        return call

    def next_change(self, now: int) -> int:
        """Never once everything has settled; before that, at any instant."""
        return NEVER if now >= self._settled else now


def make_call(wall: int, utc: int, who: Person, dice: Dice) -> Call:
    """A call of a person at a time, with durations, employee and campaign left to chance."""
    inbound = chance(dice[12], 80)
    answered = not chance(dice[13], 18 if inbound else 25)
    talk = 10 + int(600 * (dice[14] / FACES) ** 2.5) if answered else 0
    wait = between(dice[15], 3, 25 if answered else 60)
    passed = answered and chance(dice[0] ^ dice[15], 6)
    employee = below(dice[8] ^ dice[1], len(catalog.EMPLOYEES))
    faithful = chance(dice[2] ^ dice[3], 60)
    campaign = who.campaign if faithful else below(dice[4] ^ dice[5], len(catalog.CAMPAIGNS))
    return Call(
        number=0,
        wall=wall,
        utc=utc,
        person=who,
        inbound=inbound,
        answered=answered,
        wait=wait,
        talk=talk,
        hold=min(talk // 4, below(dice[6] ^ dice[7], 20)),
        employee=employee,
        second=(employee + 1) % len(catalog.EMPLOYEES) if passed else None,
        campaign=campaign if who.tracked else None,
        ordinal=0,
        dice=dice,
    )


@dataclasses.dataclass(frozen=True)
class DayMaker:
    """Makes ordinary days.

    Attributes:
        seed: same seed, same days.
        zone: the account's zone.
        calls_per_day: calls of a working day, before call-backs.
    """

    seed: int
    zone: Zone
    calls_per_day: int

    def make(self, date: dt.date, extra: t.Iterable[Call] = ()) -> OrdinaryDay:
        """The calls of a day: first contacts, and what follows from those that were lost."""
        count = int(self.calls_per_day * (WEEKEND_SHARE if date.weekday() >= SATURDAY else 1))
        first = [self._contact(date, index, count) for index in range(count)]
        edges = [self._call_at(date, wall, "edge") for wall in self._edges(date)] if count else []
        follow = [again for call in first if (again := self._follow_up(date, call))]
        return OrdinaryDay(date, [*first, *edges, *follow, *extra])

    def _contact(self, date: dt.date, index: int, count: int) -> Call:
        dice = throw(self.seed, date.toordinal(), index, "when")
        time = time_of_day((index + dice[0] / FACES) / count)
        if chance(dice[1], 15):
            time -= time % SECOND_MS  # exactly on a second, where bounds matter
        return self._call_at(date, day_start(date) + time, index)

    def _edges(self, date: dt.date) -> list[int]:
        """Starts that are easily lost: midnight itself, the last half second of a day, a repeated or skipped hour."""
        start, walls = day_start(date), []
        if date.toordinal() % 3 == 0:
            walls.append(start)
        if date.toordinal() % 3 == 1:
            walls.append(start + DAY_MS - 300)
        if self.zone.changes_on(date):
            walls += [start + number * 20 * MINUTE_MS + 123 for number in range(15)]
        return walls

    def _call_at(self, date: dt.date, wall: int, name: object) -> Call:
        dice = throw(self.seed, date.toordinal(), name, wall, "what")
        who = person(self.seed, int(self.calls_per_day * CROWD * (dice[9] / FACES) ** SKEW))
        instant = self.zone.instant(wall, dice[10] & 1)
        return make_call(self.zone.wall(instant), instant, who, dice)

    def _follow_up(self, date: dt.date, lost: Call) -> Call | None:
        """A call back, or the subscriber's next try, later the same day."""
        dice = throw(self.seed, date.toordinal(), lost.wall, "again")
        if lost.answered or not lost.inbound or not chance(dice[0], 75):
            return None
        instant = lost.finish + MINUTE_MS * between(dice[1], 2, 90) + dice[2] % SECOND_MS
        wall = self.zone.wall(instant)
        if wall >= day_start(date) + DAY_MS - LONGEST_MS:
            return None
        again = make_call(wall, instant, lost.person, dice)
        again.inbound = chance(dice[3], 35)
        if again.answered:
            lost.processed = again.utc + again.wait * SECOND_MS
        return again
