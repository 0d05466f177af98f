"""What travels through this target: the record a tap sent, and the profile update made of it."""

from __future__ import annotations

import dataclasses
import typing as t

Operations = dict[str, t.Any]
"""Operation to property to value, such as `{"$set": {"plan": "pro"}}`; `$clearAll` alone takes a plain value."""


class Rejected(Exception):  # noqa: N818 - a fate, not a failure of the program
    """A record that cannot be delivered.

    Attributes:
        reason: A short code, for counting.
        detail: One sentence for people, without values of the record.
    """

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


@dataclasses.dataclass(frozen=True, slots=True, eq=False)
class Source:
    """One record as the tap sent it.

    Attributes:
        stream: Its stream.
        key: Key properties and their values.
        record: All columns.
        position: 0 for the first record of the run, and so on.
        schema: The schemas of the mapped columns that hold dates; a replay needs them.
    """

    stream: str
    key: dict[str, t.Any]
    record: dict[str, t.Any]
    position: int
    schema: dict[str, t.Any]


@dataclasses.dataclass(slots=True, eq=False)
class Update:
    """One profile update: an `$identify` event, or one object of the identify form.

    Attributes:
        user_id: The user, or None when the device stands alone.
        device_id: The device, or None.
        operations: What to do to the user's properties.
        fields: Amplitude's own properties, sent beside `user_properties`.
        insert_id: The same on every attempt.
        sources: The records it carries, in order of arrival; more than one when updates were collapsed.
        parts: The updates it was collapsed from, in order; empty for a plain one.
        encoded: Its bytes inside a request's body.
        lane: Updates of one lane share a user or a device and must arrive in order.
        attempts: How many requests have carried it.
    """

    user_id: str | None
    device_id: str | None
    operations: Operations
    fields: dict[str, str]
    insert_id: str
    sources: tuple[Source, ...]
    parts: tuple[Update, ...] = ()
    encoded: bytes = b""
    lane: int = 0
    attempts: int = 0

    @property
    def identity(self) -> tuple[str | None, str | None]:
        """User and device together."""
        return self.user_id, self.device_id


@dataclasses.dataclass(frozen=True, slots=True)
class Rejection:
    """Why an update was not delivered.

    Attributes:
        reason: A short code, for counting.
        detail: One sentence for people.
        status: The HTTP status (or the body's `code`) of the answer; None when nothing was sent.
        answer: The part of the answer that concerns this update.
    """

    reason: str
    detail: str
    status: int | None = None
    answer: t.Any = None
