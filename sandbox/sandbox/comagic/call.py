"""One call session: what is fixed when it happens, and when the rest becomes known."""

from __future__ import annotations

import dataclasses
import typing as t

from sandbox.comagic import catalog
from sandbox.comagic.dice import Dice, below, between, chance
from sandbox.comagic.person import Person
from sandbox.comagic.zone import DAY_MS, HOUR_MS, SECOND_MS

MINUTE_MS: t.Final = 60_000
NEVER: t.Final = 1 << 62
# no call lasts longer, and nothing about it changes later than this after its start
LONGEST_MS: t.Final = 2 * HOUR_MS
SETTLED_MS: t.Final = 6 * DAY_MS


class Tagging(t.NamedTuple):
    """A tag that somebody, or the system, will put on a call at an instant."""

    at: int
    tag: int
    employee: int | None


@dataclasses.dataclass(slots=True)
class Call:
    """A call session; times in milliseconds, durations in seconds.

    Attributes:
        number: its id.
        wall: start on the account's wall clock, unrounded.
        utc: start as an instant.
        person: the subscriber.
        inbound: they called us.
        answered: somebody talked.
        wait: seconds until the first talk or the end.
        talk: seconds from the first talk to the end.
        hold: seconds of the talk spent on hold.
        employee: index of who took it, or was rung.
        second: index of a colleague it was passed to.
        campaign: index of the campaign, for tracked persons.
        ordinal: the person's how-manieth contact.
        dice: everything else that is left to chance.
        processed: when a lost call was made good by a successful one.
        sample: the vendor's documented example row instead of a made one.
    """

    number: int
    wall: int
    utc: int
    person: Person
    inbound: bool
    answered: bool
    wait: int
    talk: int
    hold: int
    employee: int
    second: int | None
    campaign: int | None
    ordinal: int
    dice: Dice
    processed: int | None = None
    sample: bool = False

    @property
    def total(self) -> int:
        """Seconds from start to end."""
        return self.wait + self.talk

    @property
    def finish(self) -> int:
        """The instant of its end."""
        return self.utc + self.total * SECOND_MS + self.dice[0] % SECOND_MS

    @property
    def recorded_at(self) -> int | None:
        """When its recording can be listened to, some minutes after the end."""
        if not self.answered or not chance(self.dice[1], 92):
            return None
        return self.finish + between(self.dice[2], 2, 15) * MINUTE_MS

    @property
    def sold_at(self) -> int | None:
        """When a deal is entered, days after the call."""
        if not self.answered or not self.inbound or not chance(self.dice[3], 8):
            return None
        return self.finish + DAY_MS + below(self.dice[4], 3 * DAY_MS)

    def taggings(self) -> list[Tagging]:
        """The tags it gets in the course of time."""
        dice, found = self.dice, []
        if chance(dice[5], 10):
            found.append(Tagging(self.finish, 7, None))
        if chance(dice[6], 35):
            at = self.finish + MINUTE_MS + below(dice[7], 3 * DAY_MS)
            found.append(Tagging(at, below(dice[8], 5), self.employee))
        if chance(dice[9], 10):
            at = self.finish + HOUR_MS + below(dice[10], 5 * DAY_MS)
            found.append(Tagging(at, 5 + below(dice[11], 2), (self.employee + 1) % len(catalog.EMPLOYEES)))
        return found

    def changes(self) -> list[int]:
        """The instants at which its row appears or changes."""
        late = [self.recorded_at, self.sold_at, self.processed, *(tagging.at for tagging in self.taggings())]
        return [self.utc, self.finish, *(at for at in late if at is not None)]
