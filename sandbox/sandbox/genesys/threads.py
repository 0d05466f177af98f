"""E-mail threads that live for days: planned by themselves, answered by whoever works when a letter comes."""

from __future__ import annotations

import dataclasses
import datetime as dt
import functools
import typing as t

from sandbox.dice import below, between, chance, throw
from sandbox.genesys.names import DAY_MS, HOUR_MS, date_of, dates_between, day_start

LONGEST_DAYS: t.Final = 16
EMAIL_QUEUE: t.Final = 1
CONVERSATIONS_PER_THREAD: t.Final = 50


@dataclasses.dataclass(frozen=True)
class Thread:
    """The plan of a long thread.

    Attributes:
        name: what its ids are made from.
        start: first letter.
        letters: when the customer's letters come in, the first included.
        end: when it is closed.
    """

    name: tuple[t.Any, ...]
    start: int
    letters: tuple[int, ...]
    end: int


@functools.lru_cache(maxsize=1024)
def threads_of(seed: int, date: dt.date, conversations: int) -> tuple[Thread, ...]:
    """The threads that begin on a day."""
    count = conversations // CONVERSATIONS_PER_THREAD + 1 if conversations else 0
    return tuple(_plan(seed, date, index) for index in range(count))


def _plan(seed: int, date: dt.date, index: int) -> Thread:
    name = ("thread", seed, date.toordinal(), index)
    dice = throw(*name)
    letters = [day_start(date) + 6 * HOUR_MS + below(dice[0], 10 * HOUR_MS)]
    for turn in range(between(dice[1], 1, 4)):
        day = letters[-1] // DAY_MS + between(dice[2 + turn], 1, 4)
        letters.append(day * DAY_MS + 7 * HOUR_MS + below(dice[8 + turn], 9 * HOUR_MS))
    pause = between(dice[14], 5, 9) if not chance(dice[15], 20) else 30
    return Thread(name, letters[0], tuple(letters), letters[-1] + pause * HOUR_MS)


def letters_on(seed: int, date: dt.date, first: dt.date, conversations: int) -> list[tuple[Thread, int]]:
    """Threads with the ordinals of their letters that come in on a day, of threads begun from a first day on."""
    found = []
    for begun in dates_between(max(first, date - dt.timedelta(days=LONGEST_DAYS)), date):
        for thread in threads_of(seed, begun, conversations):
            found += [(thread, nth) for nth, at in enumerate(thread.letters) if date_of(at) == date]
    return found
