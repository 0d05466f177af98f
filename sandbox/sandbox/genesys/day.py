"""One operational day of the contact centre, played through: who took what, and who was busy when.

A day runs from the early shift's start to the late shift's end, an hour past midnight UTC. Every day is played by
itself: nobody carries work over, except that letters of longer threads fall on the days they come.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import itertools
import typing as t

from sandbox.dice import FACES, Dice, below, between, chance, pick, throw
from sandbox.genesys.catalog import QUEUES, codes_of
from sandbox.genesys.names import DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS, day_start
from sandbox.genesys.people import People, queues_of
from sandbox.genesys.shifts import SATURDAY, Block, on_queue
from sandbox.genesys.story import Leg, Story
from sandbox.genesys.threads import EMAIL_QUEUE, Thread, letters_on

WEEKEND_SHARE: t.Final = 0.35
# share of a day's contacts by hour, from 05:00 UTC to 01:00 of the next day
HOURS: t.Final = (4, 10, 30, 70, 100, 110, 105, 90, 95, 100, 95, 80, 60, 45, 35, 28, 20, 14, 9, 5)
FIRST_HOUR: t.Final = 5
MEDIA: t.Final = (("voice", 46), ("outbound", 9), ("chat", 17), ("message", 15), ("email", 10), ("callback", 3))
PATIENCE: t.Final = {
    "voice": 3 * MINUTE_MS,
    "chat": 4 * MINUTE_MS,
    "message": 2 * HOUR_MS,
    "email": 5 * HOUR_MS,
    "callback": HOUR_MS,
}
NOT_RESPONDING_MS: t.Final = MINUTE_MS


class Busy(t.NamedTuple):
    """A stretch of an agent's time on queue that was not idle."""

    start: int
    end: int
    status: str


@dataclasses.dataclass
class Desk:
    """An agent's day: blocks on queue, and what filled them so far."""

    agent: int
    blocks: list[Block]
    free: int = 0
    busy: list[Busy] = dataclasses.field(default_factory=list)

    def fits(self, at: int, patience: int, need: int) -> int | None:
        """The first moment not before ``at`` at which a task of some length fits in."""
        for block in self.blocks:
            start = max(at, self.free, block.start + SECOND_MS)
            if start > at + patience:
                return None
            if start + need <= block.end:
                return start
        return None

    def take(self, start: int, end: int, status: str) -> None:
        """Fills a stretch."""
        self.busy.append(Busy(start, end, status))
        self.free = end + 2 * SECOND_MS


@dataclasses.dataclass(frozen=True)
class Day:
    """What a played day left behind.

    Attributes:
        stories: conversations that began on it, but for threads.
        answers: letter of a thread to the leg that answered it.
        busy: agent to stretches of work.
    """

    stories: list[Story]
    answers: dict[tuple[tuple[t.Any, ...], int], Leg]
    busy: dict[int, list[Busy]]


def play(seed: int, date: dt.date, first: dt.date, conversations: int, people: People) -> Day:
    """Plays a day of about so many conversations."""
    return _Play(seed, date, people).run(first, conversations)


class _Play:
    def __init__(self, seed: int, date: dt.date, people: People) -> None:
        self._seed = seed
        self._date = date
        desks = (Desk(index, on_queue(person, date)) for index, person in enumerate(people.agents))
        self._desks = {desk.agent: desk for desk in desks if desk.blocks}
        self._answers: dict[tuple[tuple[t.Any, ...], int], Leg] = {}

    def run(self, first: dt.date, conversations: int) -> Day:
        count = int(conversations * (WEEKEND_SHARE if self._date.weekday() >= SATURDAY else 1))
        tasks: list[tuple[int, int, Thread | None]] = [(at, index, None) for index, at in enumerate(self._times(count))]
        letters = letters_on(self._seed, self._date, first, conversations)
        tasks += [(thread.letters[nth], nth, thread) for thread, nth in letters]
        stories = []
        for at, index, thread in sorted(tasks, key=lambda task: task[:2]):
            if thread is None:
                stories.append(self._contact(at, index))
            else:
                self._answer(thread, index, at)
        stories.sort(key=lambda story: story.start)
        return Day(stories, self._answers, {desk.agent: desk.busy for desk in self._desks.values()})

    def _times(self, count: int) -> t.Iterator[int]:
        cumulated = tuple(itertools.accumulate(HOURS, initial=0))
        for index in range(count):
            face = throw("time", self._seed, self._date.toordinal(), index)[0]
            target = (index + face / FACES) / count * cumulated[-1]
            hour = max(number for number in range(len(HOURS)) if cumulated[number] <= target)
            share = (target - cumulated[hour]) / HOURS[hour]
            yield day_start(self._date) + int((FIRST_HOUR + hour + share) * HOUR_MS)
        if count:  # starts that are easily lost: midnight itself and the last millisecond before it
            yield day_start(self._date) + DAY_MS - (1 if self._date.toordinal() % 2 else 0)

    def _contact(self, at: int, index: int) -> Story:
        name = ("conversation", self._seed, self._date.toordinal(), index)
        dice = throw(*name)
        media = _weighted(dice[0])
        if media == "outbound":
            return self._outbound(name, at, dice)
        served = [number for number, queue in enumerate(QUEUES) if media in queue.media]
        queue = pick(dice[1], served)
        menu = at + between(dice[2], 8, 40) * SECOND_MS + below(dice[2], 997) if media == "voice" else None
        leg = self._leg(name, queue, menu or at + below(dice[3], 180), media)
        legs = [leg]
        if leg.agent is not None and chance(dice[4], 12):
            legs += self._transfer(name, leg, media, dice)
        ended = legs[-1].left
        story = Story(name, media, outbound=False, start=at, disconnected=ended, end=ended, legs=legs, ivr_end=menu)
        _close(story, dice)
        return story

    def _transfer(self, name: tuple[t.Any, ...], leg: Leg, media: str, dice: Dice) -> list[Leg]:
        others = [number for number, queue in enumerate(QUEUES) if media in queue.media and number != leg.queue]
        if not others:
            return []
        leg.transferred = True
        return [self._leg((*name, "transfer"), pick(dice[5], others), leg.left + 12, media)]

    def _leg(self, name: tuple[t.Any, ...], queue: int, at: int, media: str) -> Leg:
        """A passage through a queue; whoever is free longest takes it."""
        dice = throw("leg", *name)
        alert = between(dice[0], 2, 9) * SECOND_MS + below(dice[0] ^ dice[1], 991)
        pieces = _lengths(media, dice)
        acw = QUEUES[queue].acw_ms * between(dice[2], 30, 130) // 100 + below(dice[3], 900)
        need = alert + sum(length for _, length in pieces) + 2 * acw + 30 * MINUTE_MS * chance(dice[4], 8)
        patience = PATIENCE[media] * between(dice[5], 20, 100) // 100
        missed = self._miss(queue, at, dice) if chance(dice[7], 5) else None
        desk, start = self._find(queue, missed[2] if missed else at, patience, need, dice[6])
        if desk is None:
            return Leg(queue, at, at + patience, missed=missed)
        leg = Leg(queue, at, 0, agent=desk.agent, alerted=start, missed=missed)
        _work(leg, alert, pieces, acw, dice)
        desk.take(leg.alerted, leg.wrapups[-1][1] if leg.wrapups else leg.left, "INTERACTING")
        return leg

    def _find(self, queue: int, at: int, patience: int, need: int, face: int) -> tuple[Desk | None, int]:
        best: tuple[int, int, Desk] | None = None
        for desk in self._desks.values():
            if queue not in queues_of(desk.agent):
                continue
            start = desk.fits(at, patience, need)
            if start is not None:
                turn = (desk.agent + below(face, 24)) % 24
                best = min(best, (start, turn, desk), key=lambda found: found[:2]) if best else (start, turn, desk)
        return (best[2], best[0]) if best else (None, 0)

    def _miss(self, queue: int, at: int, dice: Dice) -> tuple[int, int, int] | None:
        """Somebody is alerted and does not respond."""
        ringing = between(dice[8], 8, 14) * SECOND_MS
        desk, start = self._find(queue, at, SECOND_MS, ringing + NOT_RESPONDING_MS, dice[9])
        if desk is None:
            return None
        desk.take(start, start + ringing + NOT_RESPONDING_MS, "NOT_RESPONDING")
        return desk.agent, start, start + ringing

    def _outbound(self, name: tuple[t.Any, ...], at: int, dice: Dice) -> Story:
        """A call out by an agent who is on queue, or, if nobody is, one that came to nothing."""
        dialing, talk = between(dice[5], 6, 30) * SECOND_MS + 50, between(dice[6], 20, 400) * SECOND_MS
        acw = between(dice[7], 10, 60) * SECOND_MS
        queue = pick(dice[1], (0, 3, 4))
        desk, start = self._find(queue, at, 20 * MINUTE_MS, dialing + talk + acw, dice[8])
        if desk is None:
            return Story(name, "voice", outbound=True, start=at, disconnected=at + dialing, end=at + dialing, legs=[])
        answered = start + dialing
        leg = Leg(queue, start, answered + talk, agent=desk.agent, alerted=start)
        leg.pieces = [("interact", answered, answered + talk)]
        leg.wrapups = [(leg.left, leg.left + acw, _code(queue, dice[9]))]
        desk.take(start, leg.left + acw, "COMMUNICATING")
        return Story(name, "voice", outbound=True, start=start, disconnected=leg.left, end=leg.left + acw, legs=[leg])

    def _answer(self, thread: Thread, nth: int, at: int) -> None:
        self._answers[thread.name, nth] = self._leg((*thread.name, nth), EMAIL_QUEUE, at + 150, "email")


def _weighted(face: int) -> str:
    target = below(face, sum(weight for _, weight in MEDIA))
    for name, weight in MEDIA:
        target -= weight
        if target < 0:
            return name
    raise AssertionError(face)


def _code(queue: int, face: int) -> int | None:
    """Index into a queue's wrap-up codes; now and then the time ran out."""
    return None if chance(face, 6) else below(face, len(codes_of(queue)))


def _lengths(media: str, dice: Dice) -> list[tuple[str, int]]:
    scale = {"voice": 1.0, "callback": 0.8, "chat": 1.6, "message": 2.0, "email": 1.4}[media]
    talk = int((20 * SECOND_MS + 420 * SECOND_MS * (dice[9] / FACES) ** 2) * scale)
    if media == "email" or not chance(dice[10], 30):
        return [("interact", talk)]
    hold = between(dice[11], 5, 90) * SECOND_MS + below(dice[12], 999)
    lengths = [("interact", talk // 2), ("hold", hold), ("interact", talk - talk // 2)]
    return [*lengths, ("hold", hold // 2), ("interact", 9_000)] if chance(dice[13], 25) else lengths


def _work(leg: Leg, alert: int, pieces: list[tuple[str, int]], acw: int, dice: Dice) -> None:
    at = leg.alerted + alert
    for kind, length in pieces:
        leg.pieces.append((kind, at, at + length))
        at += length
    leg.left = at
    late = between(dice[14], 3, 25) * MINUTE_MS if chance(dice[4], 8) else 0  # taken up minutes later
    leg.wrapups.append((at + late, at + late + acw, _code(leg.queue, dice[15])))
    if chance(dice[1] ^ dice[2], 6):  # a second code for the same contact
        leg.wrapups.append((at + late + acw, at + late + acw + acw // 2, _code(leg.queue, dice[0] ^ dice[15])))


def _close(story: Story, dice: Dice) -> None:
    """The end: with the last after-call work, or, where that is late, with the customer."""
    last = story.last_agent
    if last is None or not last.wrapups:
        return
    late = last.wrapups[0][0] > last.left
    story.end = max(story.disconnected, last.left) if late else max(story.disconnected, last.wrapups[-1][1])
    if story.media == "message" and chance(dice[6], 40):  # the customer's window stays open for hours
        story.disconnected = story.end = story.end + between(dice[7], 30, 600) * MINUTE_MS
