"""One local day of an account: ordinary days, and days of a given volume that are made only where somebody looks."""

from __future__ import annotations

import array
import dataclasses
import datetime as dt
import typing as t

from sandbox.comagic.life.call import Call
from sandbox.comagic.life.chat import Chat
from sandbox.comagic.life.contact import FIRST_CONTACT_ID, LONGEST_MS, NEVER, SETTLED_MS, Contact
from sandbox.comagic.life.form import Form, Goal
from sandbox.comagic.life.making import make_call, time_of_day
from sandbox.comagic.life.person import person
from sandbox.comagic.life.shelf import ListShelf, Shelf
from sandbox.comagic.life.visit import Visit
from sandbox.comagic.life.zone import DAY_MS, SECOND_MS, Zone, day_start
from sandbox.dice import throw

NUMBERS_RESERVED: t.Final = 1_000_000
ID_EPOCH: t.Final = dt.date(2015, 1, 1)

# one stranger makes this many calls on a day of given volume
CALLS_PER_STRANGER: t.Final = 3
FIRST_STRANGER: t.Final = 50_000_000


def contact_number(day: dt.date, index: int) -> int:
    """The id of a day's contact within its type."""
    return FIRST_CONTACT_ID + (day - ID_EPOCH).days * NUMBERS_RESERVED + index


def day_of_number(number: int) -> dt.date | None:
    """The day that a contact's id belongs to."""
    days = (number - FIRST_CONTACT_ID) // NUMBERS_RESERVED
    return ID_EPOCH + dt.timedelta(days=days) if 0 <= days < 365 * 200 else None


class Day(t.Protocol):
    """A local day."""

    date: dt.date

    @property
    def calls(self) -> Shelf[Call]:
        """Its calls."""
        ...

    @property
    def chats(self) -> ListShelf[Chat]:
        """Its chats."""
        ...

    @property
    def forms(self) -> ListShelf[Form]:
        """Its offline messages."""
        ...

    @property
    def goals(self) -> ListShelf[Goal]:
        """Its goals."""
        ...

    @property
    def idle_visits(self) -> t.Callable[[], list[Visit]]:
        """Gives the visits that led to no contact."""
        ...


def all_calls(day: Day) -> list[Call]:
    """Every call of a day."""
    return [day.calls.item(index) for index in range(len(day.calls.walls))]


def contacts_of(day: Day) -> list[Contact]:
    """All contacts of a day, without technical requests."""
    forms = [form for form in day.forms.items if not form.technical]
    return [*all_calls(day), *day.chats.items, *forms, *day.goals.items]


@dataclasses.dataclass
class OrdinaryDay:
    """A day whose contacts are all made at once, and its other visits when somebody asks for them."""

    date: dt.date
    calls: ListShelf[Call]
    chats: ListShelf[Chat]
    forms: ListShelf[Form]
    goals: ListShelf[Goal]
    idle_visits: t.Callable[[], list[Visit]]

    def __post_init__(self) -> None:
        """Numbers the contacts in the order of their start."""
        for shelf in (self.calls, self.chats, self.forms, self.goals):
            for index, contact in enumerate(shelf.items):
                contact.number = contact.number or contact_number(self.date, index)


class VolumeCalls:
    """Any number of calls, each a pure function of its index."""

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

    def item(self, index: int) -> Call:
        """One call."""
        wall = self.walls[index]
        stranger, turn = divmod(index, CALLS_PER_STRANGER)
        dice = throw(self._seed, self.date.toordinal(), "volume", index)
        who = person(self._seed, FIRST_STRANGER + self.date.toordinal() % 1000 * NUMBERS_RESERVED + stranger)
        utc = wall + self._offset if self._offset is not None else self._zone.instant(wall)
        call = make_call(wall, utc, who, dice)
        call.number = contact_number(self.date, index)
        call.ordinal = turn + 1
        return call

    def next_change(self, now: int) -> int:
        """Never once everything has settled; before that, at any instant."""
        return NEVER if now >= self._settled else now


class VolumeDay:
    """A day of any number of calls and nothing else."""

    def __init__(self, seed: int, zone: Zone, date: dt.date, calls: int, second: int | None) -> None:
        self.date = date
        self.calls = VolumeCalls(seed, zone, date, calls, second)
        self.chats: ListShelf[Chat] = ListShelf(date, [])
        self.forms: ListShelf[Form] = ListShelf(date, [])
        self.goals: ListShelf[Goal] = ListShelf(date, [])

    def idle_visits(self) -> list[Visit]:
        """None: every visit of such a day led to a call."""
        return []
