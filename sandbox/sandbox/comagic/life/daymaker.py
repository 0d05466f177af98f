"""Makes ordinary days: who gets in touch when, and what follows from it."""

from __future__ import annotations

import collections
import dataclasses
import datetime as dt
import functools
import itertools
import typing as t

from sandbox.comagic import catalog
from sandbox.comagic.life.call import Call
from sandbox.comagic.life.chat import Chat
from sandbox.comagic.life.contact import LONGEST_MS, MINUTE_MS, Contact
from sandbox.comagic.life.day import OrdinaryDay, contact_number
from sandbox.comagic.life.form import Form, Goal
from sandbox.comagic.life.making import make_call, make_chat, make_form, make_goal, time_of_day
from sandbox.comagic.life.person import Person, person
from sandbox.comagic.life.shelf import ListShelf
from sandbox.comagic.life.visit import Visit, idle_visit
from sandbox.comagic.life.zone import DAY_MS, SECOND_MS, Zone, day_start
from sandbox.dice import FACES, Dice, below, between, chance, throw

SATURDAY: t.Final = 5
WEEKEND_SHARE: t.Final = 0.35

# people per call of an average day: everybody calls now and then, a few call often
CROWD: t.Final = 20
SKEW: t.Final = 1.7
# calls per chat, offline message, goal and visit without a contact
CALLS_PER_CHAT: t.Final = 9
CALLS_PER_FORM: t.Final = 10
CALLS_PER_GOAL: t.Final = 8
CALLS_PER_IDLE_VISIT: t.Final = 2
# share of the offline messages whose sending is a goal
FORM_GOALS: t.Final = 60
SOON_SECONDS: t.Final = 5

Made = t.TypeVar("Made", bound=Contact)
Maker = t.Callable[[int, int, Person, Dice], Made]


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

    @property
    def crowd(self) -> int:
        """How many people there are."""
        return self.calls_per_day * CROWD

    def make(self, date: dt.date, samples: t.Iterable[Contact] = ()) -> OrdinaryDay:
        """A day: first contacts, and what follows from those that were lost."""
        count = int(self.calls_per_day * (WEEKEND_SHARE if date.weekday() >= SATURDAY else 1))
        forms = self._others(date, "form", count // CALLS_PER_FORM, make_form)
        goals = [self._sent(form) for form in forms if chance(form.dice[1] ^ form.dice[2], FORM_GOALS)]
        kinds: dict[str, list[t.Any]] = collections.defaultdict(list)
        for sample in samples:
            kinds[sample.kind].append(sample)
        return OrdinaryDay(
            date,
            ListShelf[Call](date, [*self._calls(date, count), *kinds["call"]]),
            ListShelf[Chat](date, [*self._others(date, "chat", count // CALLS_PER_CHAT, make_chat), *kinds["chat"]]),
            ListShelf[Form](date, [*forms, *kinds["offline_message"]]),
            ListShelf[Goal](
                date,
                [
                    *self._others(date, "goal", count // CALLS_PER_GOAL, make_goal),
                    *(goal for goal in goals if goal is not None),
                    *kinds["goal"],
                ],
            ),
            functools.partial(self._idle_visits, date, count // CALLS_PER_IDLE_VISIT),
        )

    def _calls(self, date: dt.date, count: int) -> list[Call]:
        first = [self._contact(date, index, count) for index in range(count)]
        edges = [self._call_at(date, wall, "edge") for wall in self._edges(date)] if count else []
        follow = [again for call in first if (again := self._follow_up(date, call))]
        return [*first, *edges, *follow]

    def _contact(self, date: dt.date, index: int, count: int) -> Call:
        return self._call_at(date, self._time(date, index, count, "when"), index)

    def _time(self, date: dt.date, index: int, count: int, name: str) -> int:
        dice = throw(self.seed, date.toordinal(), index, name)
        time = time_of_day((index + dice[0] / FACES) / count)
        if chance(dice[1], 15):
            time -= time % SECOND_MS  # exactly on a second, where bounds matter
        return day_start(date) + time

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
        return self._made_at(date, wall, (name, wall, "what"), make_call)

    def _made_at(self, date: dt.date, wall: int, name: tuple[object, ...], make: Maker[Made]) -> Made:
        dice = throw(self.seed, date.toordinal(), *name)
        instant = self.zone.instant(wall, dice[10] & 1)
        return make(self.zone.wall(instant), instant, self._somebody(dice[9]), dice)

    def _somebody(self, face: int) -> Person:
        return person(self.seed, int(self.crowd * (face / FACES) ** SKEW))

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

    def _others(self, date: dt.date, name: str, count: int, make: Maker[Made]) -> list[Made]:
        """A day's contacts of another kind, and one at its very edge now and then."""
        walls = [self._time(date, index, count, name) for index in range(count)]
        edges = self._edges(date)
        if count and (date.toordinal() + len(name)) % 2 and edges:
            walls.append(edges[0])
        made = [self._made_at(date, wall, (name, index, wall), make) for index, wall in enumerate(walls)]
        return [contact for contact in made if contact.kind != "goal" or contact.person.tracked]

    def _sent(self, form: Form) -> Goal | None:
        """The goal of sending a form."""
        utc = form.utc + between(form.dice[3], 0, SOON_SECONDS) * SECOND_MS
        if form.technical or form.campaign is None or self.zone.wall(utc) // DAY_MS != form.wall // DAY_MS:
            return None
        goal = make_goal(self.zone.wall(utc), utc, form.person, throw(self.seed, form.wall, form.dice[0], "sent"))
        goal.event, goal.form, goal.campaign = 0, form, form.campaign
        return goal

    def _idle_visits(self, date: dt.date, count: int) -> list[Visit]:
        return list(itertools.islice(self._wanderers(date, count), count))

    def _wanderers(self, date: dt.date, count: int) -> t.Iterator[Visit]:
        for index in range(2 * count):
            dice = throw(self.seed, date.toordinal(), index, "idle")
            who = self._somebody(dice[9])
            if not who.tracked:
                continue
            utc = self.zone.instant(self._time(date, index, 2 * count, "wander"), dice[10] & 1)
            campaign = who.campaign if chance(dice[2], 50) else below(dice[4], len(catalog.CAMPAIGNS))
            yield idle_visit(contact_number(date, index), utc, who, campaign, self.zone)
