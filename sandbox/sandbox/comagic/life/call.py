"""One call session: what is fixed when it happens, and when the rest becomes known."""

from __future__ import annotations

import dataclasses
import typing as t

from sandbox.comagic.life.contact import MINUTE_MS, Contact
from sandbox.comagic.life.zone import SECOND_MS
from sandbox.dice import between, chance


@dataclasses.dataclass(slots=True, kw_only=True)
class Call(Contact):
    """A call session.

    Attributes:
        inbound: they called us.
        answered: somebody talked.
        wait: seconds until the first talk or the end.
        talk: seconds from the first talk to the end.
        hold: seconds of the talk spent on hold.
        second: index of a colleague it was passed to.
        processed: when a lost call was made good by a successful one.
    """

    kind: t.ClassVar[str] = "call"

    inbound: bool
    answered: bool
    wait: int
    talk: int
    hold: int
    second: int | None
    processed: int | None = None

    @property
    def total(self) -> int:
        """Seconds from start to end."""
        return self.wait + self.talk

    @property
    def finish(self) -> int:
        """The instant of its end."""
        return self.utc + self.total * SECOND_MS + self.dice[0] % SECOND_MS

    @property
    def serious(self) -> bool:
        """Whether a deal may follow."""
        return self.answered and self.inbound

    @property
    def recorded_at(self) -> int | None:
        """When its recording can be listened to, some minutes after the end."""
        if not self.answered or not chance(self.dice[1], 92):
            return None
        return self.finish + between(self.dice[2], 2, 15) * MINUTE_MS

    def milestones(self) -> list[int | None]:
        """When the recording and the call back are there, and when the voice mail is."""
        return [self.recorded_at, self.processed, self.finish + MINUTE_MS]
