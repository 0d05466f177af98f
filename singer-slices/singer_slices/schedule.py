"""What is read when: lanes, their units, how units end; and how one thread goes through them.

A lane is one partition's way through its plan, an ordered list of units (slices).
"""

from __future__ import annotations

import collections
import dataclasses
import typing as t

from singer_slices.errors import ConfigurationError, EngineError, QuotaSpentError
from singer_slices.reading import Batch
from singer_slices.slices import Slice

#: What a lane reads at once; None where there is but one thing to read.
Work = Slice | None


@dataclasses.dataclass(frozen=True, slots=True)
class Complete:
    """A unit was read to its end: what is held against the vendor's total.

    Attributes:
        received: the rows that came, or only different ones where repeated ones would hide a gap.
        different: different rows among them.
        total: the vendor's; None if it states none.
        whole: whether as many different rows came as stated.
    """

    received: int
    different: int
    total: int | None
    whole: bool


@dataclasses.dataclass(frozen=True, slots=True)
class Divided:
    """A unit cannot be read at once; `parts` take its place."""

    parts: t.Sequence[Slice]


@dataclasses.dataclass(frozen=True, slots=True)
class Failed:
    """A unit cannot be read."""

    error: EngineError


Outcome = Complete | Divided | Failed
Reading = t.Generator[Batch, None, Outcome]


class Lane(t.Protocol):
    """One partition's way through its plan."""

    @property
    def works(self) -> t.Sequence[Work]:
        """The plan."""

    def read(self, work: Work) -> Reading:
        """Read one unit of it; in a worker thread."""


L = t.TypeVar("L", bound=Lane)


#: Something that is to be handed on now: a batch of a lane's head, or how the head ended.
Event = tuple[L, Work, Batch | Outcome]


class Schedule(t.Protocol[L]):
    """Reads lanes."""

    def events(self) -> t.Generator[Event[L], None, None]:
        """What was read, each lane in its order."""

    def drop(self, lane: L) -> None:
        """Read no more of a lane."""


def ends_all(outcome: Outcome | None) -> bool:
    """Whether nothing more can be read of any lane."""
    return isinstance(outcome, Failed) and isinstance(outcome.error, ConfigurationError | QuotaSpentError)


def advance(reading: Reading) -> Batch | Outcome:
    """The next batch of a unit, or how the unit ended."""
    try:
        return next(reading)
    except StopIteration as end:
        return t.cast("Outcome", end.value)
    except EngineError as error:
        return Failed(error)


class OneByOne(t.Generic[L]):
    """Reads lanes one after the other, in the thread that asks for the events."""

    def __init__(self, lanes: t.Sequence[L]) -> None:
        self._lanes = lanes
        self._dropped: list[L] = []

    def drop(self, lane: L) -> None:
        """Read no more of a lane."""
        self._dropped.append(lane)

    def events(self) -> t.Generator[Event[L], None, None]:
        """What was read, lane by lane."""
        for lane in self._lanes:
            waiting = collections.deque(lane.works)
            while waiting and lane not in self._dropped:
                work = waiting.popleft()
                outcome = yield from self._read(lane, work)
                if isinstance(outcome, Divided):
                    waiting.extendleft(reversed(outcome.parts))
                yield lane, work, outcome
                if ends_all(outcome):
                    return

    @staticmethod
    def _read(lane: L, work: Work) -> t.Generator[Event[L], None, Outcome]:
        reading = lane.read(work)
        while True:
            what = advance(reading)
            if not isinstance(what, Batch):
                return what
            yield lane, work, what
