"""One visit of a site: what was looked at, and the contacts made meanwhile."""

from __future__ import annotations

import dataclasses
import typing as t

from sandbox.comagic.life.contact import Contact, session_number
from sandbox.comagic.life.person import Person
from sandbox.comagic.life.zone import SECOND_MS, Zone, day_start, wall_day
from sandbox.dice import Dice, below, between, throw

LONGEST_LEAD_SECONDS: t.Final = 900


@dataclasses.dataclass(slots=True, kw_only=True)
class Visit:
    """A visit.

    Attributes:
        number: its id.
        wall: start on the account's wall clock.
        utc: start as an instant.
        person: whose visit.
        campaign: index of the campaign that brought them.
        contacts: contacts made meanwhile.
        beats: seconds from the start to each page.
        length: seconds from the start to the end.
        dice: everything else that is left to chance.
        sample: the vendor's documented example row instead of a made one.
    """

    number: int
    wall: int
    utc: int
    person: Person
    campaign: int
    contacts: list[Contact]
    beats: tuple[int, ...]
    length: int
    dice: Dice
    sample: bool = False

    @property
    def appears(self) -> int:
        """The instant from which it can be read."""
        return self.utc

    @property
    def finish(self) -> int:
        """The instant of its end."""
        return self.utc + self.length * SECOND_MS

    def changes(self) -> list[int]:
        """The instants at which its row appears or changes."""
        pages = [self.utc + beat * SECOND_MS for beat in self.beats]
        return [*pages, *(contact.utc for contact in self.contacts), self.finish]


def visits_of(contacts: t.Iterable[Contact], zone: Zone) -> list[Visit]:
    """The visits in which contacts of tracked persons were made."""
    together: dict[int, list[Contact]] = {}
    for contact in contacts:
        session = contact.session
        if session is not None and contact.campaign is not None:
            together.setdefault(session, []).append(contact)
    return [_visit_around(number, made, zone) for number, made in together.items()]


def _visit_around(number: int, made: list[Contact], zone: Zone) -> Visit:
    """The visit that led to a contact, begun some minutes before it but on the same local day."""
    first = made[0]
    dice = throw("visit", first.kind, first.number, first.wall)
    midnight = zone.instant(day_start(wall_day(first.wall)))
    lead = min(between(dice[0], 5, LONGEST_LEAD_SECONDS) * SECOND_MS, max(0, first.utc - midnight))
    utc = first.utc if first.sample else first.utc - lead
    last = max(contact.utc for contact in made)
    return Visit(
        number=number,
        wall=zone.wall(utc),
        utc=utc,
        person=first.person,
        campaign=first.campaign or 0,
        contacts=made,
        dice=dice,
        sample=first.sample,
        **_course(dice, (last - utc) // SECOND_MS),
    )


def idle_visit(number: int, utc: int, who: Person, campaign: int, zone: Zone) -> Visit:
    """A visit without any contact."""
    dice = throw("idle", number, who.index, utc)
    return Visit(
        number=session_number("none", number),
        wall=zone.wall(utc),
        utc=utc,
        person=who,
        campaign=campaign,
        contacts=[],
        dice=dice,
        **_course(dice, 0),
    )


def _course(dice: Dice, least: int) -> dict[str, t.Any]:
    """When pages were opened, and the end, not before ``least`` seconds have passed."""
    beats = [0]
    for face in dice[1 : 1 + below(dice[10], 6)]:
        beats.append(beats[-1] + between(face, 5, 180))
    return {"beats": tuple(beats), "length": max(beats[-1] + between(dice[11], 1, 120), least + 10)}
