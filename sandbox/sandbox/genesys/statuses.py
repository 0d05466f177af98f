"""Presence and routing status of everybody, without gaps, in step with the conversations they took.

Presence follows the shifts. Routing status is idle, busy or off queue: it fills the on-queue blocks with the work of
the played day, and the time between them with ``OFF_QUEUE``.
"""

from __future__ import annotations

import datetime as dt
import typing as t

from sandbox.genesys.names import DAY_MS, HOUR_MS, MINUTE_MS, NEVER, date_of, dates_between, day_start
from sandbox.genesys.people import Person
from sandbox.genesys.shifts import SATURDAY, Block, blocks, on_queue
from sandbox.genesys.world import World

ROUTING_DELAY_MS: t.Final = 10  # routing status changes a moment after presence


class Entry(t.NamedTuple):
    """A stretch of one status; times in milliseconds, an end that never comes is NEVER."""

    start: int
    end: int
    status: str

    def touches(self, low: int, high: int) -> bool:
        """Whether it overlaps an interval."""
        return self.start < high and self.end >= low


class Statuses:
    """The histories of everybody."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._presence: dict[tuple[str, dt.date], list[Entry]] = {}
        self._off: dict[tuple[str, dt.date], list[Entry]] = {}
        self._inner: dict[tuple[str, dt.date], list[Entry]] = {}

    def presence(self, person: Person, low: int, high: int, now: int) -> list[Entry]:
        """Presence entries that touch an interval and have begun by now."""
        key = (person.id, date_of(now))
        if key not in self._presence:
            self._presence[key] = list(_with_offline(self._blocks(person, now)))
        return [entry for entry in self._presence[key] if entry.touches(low, high) and entry.start <= now]

    def routing(self, person: Person, low: int, high: int, now: int) -> list[Entry]:
        """Routing status entries that touch an interval and have begun by now; none for people who take no contacts."""
        if person.agent is None:
            return []
        key = (person.id, date_of(now))
        if key not in self._off:
            turns = [block for date in self._dates(now) for block in on_queue(person, date)]
            self._off[key] = list(_between(turns))
        first = max(self._world.first_day, date_of(low) - dt.timedelta(days=1))
        inner = [entry for date in dates_between(first, date_of(min(high, now))) for entry in self._day(person, date)]
        found = (entry for entry in [*self._off[key], *inner] if entry.touches(low, high) and entry.start <= now)
        return sorted(found)

    def _dates(self, now: int) -> t.Iterator[dt.date]:
        return dates_between(self._world.first_day, date_of(now) + dt.timedelta(days=1))

    def _blocks(self, person: Person, now: int) -> list[Block]:
        of_day = blocks if person.agent is not None else _office
        return [block for date in self._dates(now) for block in of_day(person, date)]

    def _day(self, person: Person, date: dt.date) -> list[Entry]:
        key = (person.id, date)
        if key not in self._inner:
            busy = self._world.played(date).busy.get(person.agent or 0, [])
            turns = on_queue(person, date)
            work = [Entry(*each) for each in busy]
            self._inner[key] = [entry for turn in turns for entry in _fill(turn, work)]
        return self._inner[key]


def _office(person: Person, date: dt.date) -> tuple[Block, ...]:
    """Office hours of people who take no contacts."""
    start = day_start(date) + 7 * HOUR_MS + 30 * MINUTE_MS
    if date.weekday() >= SATURDAY or start >= person.gone_from:
        return ()
    return (Block(start, start + 8 * HOUR_MS + 30 * MINUTE_MS, "AVAILABLE"),)


def _with_offline(made: list[Block]) -> t.Iterator[Entry]:
    """The blocks, with OFFLINE between the end of one day and the start of the next."""
    for index, block in enumerate(made):
        yield Entry(*block)
        following = made[index + 1].start if index + 1 < len(made) else NEVER
        if following != block.end:
            yield Entry(block.end, following, "OFFLINE")


def _between(turns: list[Block]) -> t.Iterator[Entry]:
    """The time between two turns on queue."""
    for index, turn in enumerate(turns):
        following = turns[index + 1].start + ROUTING_DELAY_MS if index + 1 < len(turns) else NEVER
        yield Entry(turn.end + ROUTING_DELAY_MS, following, "OFF_QUEUE")


def _fill(turn: Block, work: list[Entry]) -> t.Iterator[Entry]:
    """A turn on queue: the work within it, and idle time around it."""
    at, end = turn.start + ROUTING_DELAY_MS, turn.end + ROUTING_DELAY_MS
    for entry in sorted(entry for entry in work if turn.start <= entry.start < turn.end):
        if at < entry.start:
            yield Entry(at, entry.start, "IDLE")
        yield entry
        at = entry.end
    if at < end:
        yield Entry(at, end, "IDLE")


def stored_days(entry: Entry, now: int) -> set[int]:
    """The UTC days, as numbers, for which a status is stored: its first and, once it has ended, its last."""
    days = {entry.start // DAY_MS}
    return days | {entry.end // DAY_MS} if entry.end <= now else days
