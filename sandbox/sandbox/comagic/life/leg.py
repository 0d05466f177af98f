"""The legs of a call session and what they cost."""

from __future__ import annotations

import dataclasses
import typing as t

from sandbox.comagic.life.call import Call
from sandbox.comagic.life.contact import FIRST_CONTACT_ID, MINUTE_MS
from sandbox.comagic.life.zone import SECOND_MS, Zone
from sandbox.dice import below, between, chance, pick

FIRST_LEG_ID: t.Final = 11_692_000_001
SAMPLE_LEG_ID: t.Final = 2_207_700_011
LEGS_RESERVED: t.Final = 4
# share of the legs that ring a whole group, with nobody named
GROUP_RINGS: t.Final = 15


@dataclasses.dataclass(slots=True, kw_only=True)
class Leg:
    """A leg, which can be read once its session is over.

    Attributes:
        call: the session.
        index: number within the session.
        wall: start on the account's wall clock.
        utc: start as an instant.
        employee: index of the employee at its end; none for the subscriber's side and for rings of a group.
        operator: it leads to the account's side.
        transferred: it came from passing the call on.
        talk: which of the session's talks it carried, if any.
        wait: seconds until it was picked up, or until its end.
        duration: seconds from then on.
    """

    call: Call
    index: int
    wall: int
    utc: int
    employee: int | None
    operator: bool
    transferred: bool = False
    talk: int | None
    wait: int
    duration: int

    @property
    def number(self) -> int:
        """Its id."""
        if self.call.sample:
            return SAMPLE_LEG_ID
        return FIRST_LEG_ID + (self.call.number - FIRST_CONTACT_ID) * LEGS_RESERVED + self.index

    @property
    def sample(self) -> bool:
        """Whether it is the vendor's documented example."""
        return self.call.sample

    @property
    def appears(self) -> int:
        """The instant from which it can be read."""
        return self.call.finish

    def changes(self) -> list[int]:
        """The instants at which its row appears or changes."""
        recorded = self.call.recorded_at
        return [self.appears] if recorded is None else [self.appears, recorded]


@dataclasses.dataclass(slots=True)
class Charge:
    """What a leg cost, which is known some minutes after its end."""

    leg: Leg

    @property
    def number(self) -> int:
        """The id of its leg."""
        return self.leg.number

    @property
    def wall(self) -> int:
        """Start of the leg on the account's wall clock."""
        return self.leg.wall

    @property
    def utc(self) -> int:
        """Start of the leg as an instant."""
        return self.leg.utc

    @property
    def sample(self) -> bool:
        """Whether it is the vendor's documented example."""
        return self.leg.sample

    @property
    def appears(self) -> int:
        """The instant from which it can be read."""
        return self.leg.call.finish + between(self.leg.call.dice[7], 3, 40) * MINUTE_MS

    def changes(self) -> list[int]:
        """The instants at which its row appears or changes."""
        return [self.appears]


def legs_of(call: Call, zone: Zone) -> list[Leg]:
    """The legs of a session: the subscriber's, and one for every employee rung."""
    if call.sample:
        return [_leg(call, zone, 0, 0, employee=0, operator=True, talk=0, wait=call.wait, duration=call.talk)]
    ring = min(call.wait, 1 + below(call.dice[3], 4))
    first = _employee_of(call)
    if call.inbound:
        found = [_leg(call, zone, 0, 0, operator=False, talk=None, wait=0, duration=call.total)]
        found.append(_operator(call, zone, ring, first))
    else:
        found = [_leg(call, zone, 0, 0, employee=first, operator=True, talk=None, wait=1, duration=call.total - 1)]
        talk = 0 if call.answered else None
        found.append(
            _leg(call, zone, 1, ring, operator=False, talk=talk, wait=call.wait - ring, duration=call.talk),
        )
    if call.second is not None:
        found.append(_passed(call, zone, call.second))
    return found


def _employee_of(call: Call) -> int | None:
    """Who is named: nobody where an unanswered call rang a group."""
    return None if not call.answered and chance(call.dice[4], GROUP_RINGS) else call.employee


def _operator(call: Call, zone: Zone, ring: int, employee: int | None) -> Leg:
    half = call.talk // 2 if call.second is not None else call.talk
    talk = 0 if call.answered else None
    return _leg(call, zone, 1, ring, employee=employee, operator=True, talk=talk, wait=call.wait - ring, duration=half)


def _passed(call: Call, zone: Zone, employee: int) -> Leg:
    half, wait = call.talk // 2, min(3, call.talk - call.talk // 2)
    after = call.wait + half
    duration = call.talk - half - wait
    return _leg(
        call, zone, 2, after, employee=employee, operator=True, transferred=True, talk=1, wait=wait, duration=duration
    )


def _leg(call: Call, zone: Zone, index: int, after: int, employee: int | None = None, **more: t.Any) -> Leg:
    utc = call.utc + after * SECOND_MS
    wall = call.wall if not after else zone.wall(utc)
    return Leg(call=call, index=index, wall=wall, utc=utc, employee=employee, **more)


def charges_of(legs: t.Iterable[Leg]) -> list[Charge]:
    """The charges of a session's legs: those to a subscriber that was reached, and some of those to an employee."""
    return [Charge(leg) for leg in legs if leg.talk is not None and _is_charged(leg)]


def _is_charged(leg: Leg) -> bool:
    return leg.call.sample or not leg.operator or pick(leg.call.dice[6], (True, True, False))
