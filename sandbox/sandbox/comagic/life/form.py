"""Offline messages (web forms) and goals."""

from __future__ import annotations

import dataclasses
import typing as t

from sandbox.comagic.life.contact import MINUTE_MS, Contact
from sandbox.comagic.life.zone import HOUR_MS
from sandbox.dice import between, chance


@dataclasses.dataclass(slots=True, kw_only=True)
class Form(Contact):
    """An offline message.

    Attributes:
        technical: a request that is no communication of a customer.
    """

    kind: t.ClassVar[str] = "offline_message"

    technical: bool = False

    @property
    def serious(self) -> bool:
        """Whether a deal may follow."""
        return not self.technical

    @property
    def taken_at(self) -> int | None:
        """When an employee begins to deal with it."""
        if self.technical or not chance(self.dice[12], 85):
            return None
        return self.utc + between(self.dice[13], 2, 900) * MINUTE_MS

    @property
    def processed_at(self) -> int | None:
        """When that is done."""
        if self.taken_at is None or not chance(self.dice[14], 90):
            return None
        return self.taken_at + between(self.dice[15], MINUTE_MS, 30 * HOUR_MS)

    def milestones(self) -> list[int | None]:
        """When its status changes."""
        return [self.taken_at, self.processed_at]


@dataclasses.dataclass(slots=True, kw_only=True)
class Goal(Contact):
    """A goal reached.

    Attributes:
        event: index of its definition.
        form: the offline message whose sending was the goal.
    """

    kind: t.ClassVar[str] = "goal"

    event: int
    form: Form | None = None

    @property
    def serious(self) -> bool:
        """Whether a deal may follow."""
        return True

    @property
    def occasion(self) -> Contact:
        """The contact whose visit it shares, or itself."""
        return self if self.form is None else self.form
