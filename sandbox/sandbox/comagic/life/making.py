"""Single contacts at a given time, with everything else left to chance."""

from __future__ import annotations

import bisect
import itertools
import typing as t

from sandbox.comagic import catalog
from sandbox.comagic.life.call import Call
from sandbox.comagic.life.chat import Chat, conversation
from sandbox.comagic.life.form import Form, Goal
from sandbox.comagic.life.person import Person
from sandbox.comagic.life.zone import HOUR_MS
from sandbox.dice import FACES, Dice, below, between, chance

# share of a day's calls by hour of the local clock
HOURS: t.Final = (2, 1, 2, 1, 1, 1, 3, 8, 30, 85, 110, 115, 100, 85, 95, 100, 95, 80, 50, 25, 14, 8, 5, 3)
CUMULATED: t.Final = tuple(itertools.accumulate(HOURS, initial=0))


def time_of_day(share: float) -> int:
    """Milliseconds after midnight by which that share of a business day's calls has begun."""
    target = share * CUMULATED[-1]
    hour = min(bisect.bisect_right(CUMULATED, target) - 1, len(HOURS) - 1)
    return int((hour + (target - CUMULATED[hour]) / HOURS[hour]) * HOUR_MS)


def _campaign(who: Person, dice: Dice) -> int:
    faithful = chance(dice[2] ^ dice[3], 60)
    return who.campaign if faithful else below(dice[4] ^ dice[5], len(catalog.CAMPAIGNS))


def make_call(wall: int, utc: int, who: Person, dice: Dice) -> Call:
    """A call of a person."""
    inbound = chance(dice[12], 80)
    answered = not chance(dice[13], 18 if inbound else 25)
    talk = 10 + int(600 * (dice[14] / FACES) ** 2.5) if answered else 0
    wait = between(dice[15], 3, 25 if answered else 60)
    passed = answered and chance(dice[0] ^ dice[15], 6)
    employee = below(dice[8] ^ dice[1], len(catalog.EMPLOYEES))
    return Call(
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
        campaign=_campaign(who, dice) if who.tracked else None,
        dice=dice,
    )


def make_chat(wall: int, utc: int, who: Person, dice: Dice) -> Chat:
    """A chat: of a tracked person on a site, of others in a messenger."""
    answered = not chance(dice[0] ^ dice[15], 20)
    messenger = 1 + below(dice[14] ^ dice[0], len(catalog.OPEN_CHANNELS) - 1)
    return Chat(
        wall=wall,
        utc=utc,
        person=who,
        campaign=_campaign(who, dice) if who.tracked else None,
        employee=below(dice[8] ^ dice[1], len(catalog.EMPLOYEES)),
        channel=0 if who.tracked and chance(dice[1] ^ dice[15], 70) else messenger,
        answered=answered,
        dice=dice,
        **conversation((wall, *dice[:2]), answered),
    )


def make_form(wall: int, utc: int, who: Person, dice: Dice) -> Form:
    """An offline message, once in a while one that is merely technical."""
    return Form(
        wall=wall,
        utc=utc,
        person=who,
        campaign=_campaign(who, dice) if who.tracked else None,
        employee=below(dice[8] ^ dice[1], len(catalog.EMPLOYEES)),
        technical=chance(dice[0] ^ dice[15], 12),
        dice=dice,
    )


def make_goal(wall: int, utc: int, who: Person, dice: Dice) -> Goal:
    """A goal, reached by somebody who is tracked."""
    return Goal(
        wall=wall,
        utc=utc,
        person=who,
        campaign=_campaign(who, dice),
        employee=below(dice[8] ^ dice[1], len(catalog.EMPLOYEES)),
        event=1 + below(dice[0] ^ dice[15], len(catalog.GOALS) - 1),
        dice=dice,
    )
