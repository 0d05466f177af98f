"""When agents work: their presence, block by block, on every day they come."""

from __future__ import annotations

import datetime as dt
import functools
import typing as t

from sandbox.dice import below, chance, throw
from sandbox.genesys.names import HOUR_MS, MINUTE_MS, day_start
from sandbox.genesys.people import Person, shift_of

ON_QUEUE: t.Final = "ON_QUEUE"
SHIFT_HOURS: t.Final = (5, 9, 17)  # UTC; the late shift goes on past midnight
SATURDAY: t.Final = 5
WEEKEND_TURN: t.Final = 4

# minutes from login to the end of each block of a working day
PLAN: t.Final = (
    ("AVAILABLE", 5),
    (ON_QUEUE, 120),
    ("BREAK", 135),
    (ON_QUEUE, 240),
    ("MEAL", 270),
    (ON_QUEUE, 375),
    ("MEETING", 405),
    (ON_QUEUE, 470),
    ("AVAILABLE", 480),
)


class Block(t.NamedTuple):
    """A stretch of one presence; times in milliseconds."""

    start: int
    end: int
    presence: str


def works(person: Person, date: dt.date) -> bool:
    """Whether an agent comes on a day: always on weekdays but for days off, by turns at the weekend."""
    if person.agent is None or day_start(date) >= person.gone_from:
        return False
    if date.weekday() >= SATURDAY:
        return (person.agent // 3 + date.toordinal()) % WEEKEND_TURN == 0
    return not chance(throw("day off", person.id, date.toordinal())[0], 6)


@functools.lru_cache(maxsize=8192)
def blocks(person: Person, date: dt.date) -> tuple[Block, ...]:
    """The presence of a working day from login to logout, without gaps; empty on a day off."""
    if not works(person, date):
        return ()
    dice = throw("shift", person.id, date.toordinal())
    start = day_start(date) + SHIFT_HOURS[shift_of(person.agent or 0)] * HOUR_MS
    start += below(dice[0], 8 * MINUTE_MS)
    made, begin = [], start
    for index, (presence, minute) in enumerate(PLAN):
        shown = "TRAINING" if presence == "MEETING" and chance(dice[1], 30) else presence
        end = start + minute * MINUTE_MS + below(dice[2 + index], 3 * MINUTE_MS)
        made.append(Block(begin, end, shown))
        begin = end
    return tuple(made)


def on_queue(person: Person, date: dt.date) -> list[Block]:
    """The blocks in which an agent takes interactions."""
    return [block for block in blocks(person, date) if block.presence == ON_QUEUE]
