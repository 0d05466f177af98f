"""What all contacts of a person have in common, be it a call, a chat, an offline message or a goal."""

from __future__ import annotations

import dataclasses
import typing as t

from sandbox.comagic import catalog
from sandbox.comagic.life.person import FIRST_SESSION_ID, Person
from sandbox.comagic.life.zone import DAY_MS, HOUR_MS
from sandbox.dice import Dice, below, chance

MINUTE_MS: t.Final = 60_000
NEVER: t.Final = 1 << 62
# nothing shows later than this after the start that it states, but for the end of a chat that was left open
LONGEST_MS: t.Final = 3 * HOUR_MS
SETTLED_MS: t.Final = 6 * DAY_MS

# Ids of contacts are unique within a type only: https://comagic.github.io/data_api/tag/set_tag_communications/ names
# both. So calls, chats, offline messages and goals of a day are numbered alike.
FIRST_CONTACT_ID: t.Final = 5_139_000_000
SAMPLE_SESSION_ID: t.Final = FIRST_SESSION_ID
KINDS: t.Final = ("call", "chat", "offline_message", "goal", "none")


def session_number(kind: str, number: int) -> int:
    """The id of the visit in which a contact was made, or of a visit without any."""
    return FIRST_SESSION_ID + 1 + (number - FIRST_CONTACT_ID) * len(KINDS) + KINDS.index(kind)


class Tagging(t.NamedTuple):
    """A tag that somebody, or the system, will put on a contact at an instant."""

    at: int
    tag: int
    employee: int | None


@dataclasses.dataclass(slots=True, kw_only=True)
class Contact:
    """A contact; times in milliseconds, durations in seconds.

    Attributes:
        number: its id.
        wall: start on the account's wall clock, unrounded.
        utc: start as an instant.
        person: whose contact.
        campaign: index of the campaign, for tracked persons.
        employee: index of who took it, or should have.
        ordinal: the person's how-manieth contact.
        dice: everything else that is left to chance.
        sample: the vendor's documented example row instead of a made one.
    """

    kind: t.ClassVar[str] = "none"

    number: int = 0
    wall: int
    utc: int
    person: Person
    campaign: int | None
    employee: int
    ordinal: int = 0
    dice: Dice
    sample: bool = False

    @property
    def appears(self) -> int:
        """The instant from which it can be read."""
        return self.utc

    @property
    def finish(self) -> int:
        """The instant of its end."""
        return self.utc

    @property
    def serious(self) -> bool:
        """Whether a deal may follow."""
        return False

    @property
    def occasion(self) -> Contact:
        """The contact whose visit it shares, or itself."""
        return self

    @property
    def session(self) -> int | None:
        """The id of the visit it was made in, for tracked persons."""
        if self.sample:
            return SAMPLE_SESSION_ID
        return session_number(self.occasion.kind, self.occasion.number) if self.campaign is not None else None

    @property
    def sold_at(self) -> int | None:
        """When a deal is entered, days after the contact."""
        if not self.serious or not chance(self.dice[3], 8):
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

    def milestones(self) -> list[int | None]:
        """The instants at which something of its own kind becomes known."""
        return []

    def changes(self) -> list[int]:
        """The instants at which its row appears or changes."""
        late = [self.sold_at, *self.milestones(), *(tagging.at for tagging in self.taggings())]
        return [self.utc, self.finish, *(at for at in late if at is not None)]
