"""What happens in a conversation, before it is told in the platform's words. Times in milliseconds."""

from __future__ import annotations

import dataclasses
import typing as t

Piece = tuple[str, int, int]
"""Segment type, start and end of a part of an agent's work."""


@dataclasses.dataclass
class Leg:
    """One passage through a queue, answered by an agent or not.

    Attributes:
        queue: index of the queue.
        offered: when the queue took the conversation in.
        agent: index of who answered; none when nobody did.
        missed: an agent who let it ring, with the ringing's start and end.
        alerted: when the answering agent was alerted.
        pieces: talk and hold, in order.
        left: when the conversation left the agent, or the queue if nobody answered.
        wrapups: after-call work: start, end, index of the code (none: timed out).
        transferred: it went on to another queue.
    """

    queue: int
    offered: int
    left: int
    agent: int | None = None
    missed: tuple[int, int, int] | None = None
    alerted: int = 0
    pieces: list[Piece] = dataclasses.field(default_factory=list)
    wrapups: list[tuple[int, int, int | None]] = dataclasses.field(default_factory=list)
    transferred: bool = False

    @property
    def answered(self) -> int:
        """When the agent took it."""
        return self.pieces[0][1]


@dataclasses.dataclass
class Story:
    """A conversation.

    Attributes:
        name: what its ids and its chances are made from.
        media: media type of its sessions.
        outbound: an agent began it.
        start: when it began.
        disconnected: when the customer's session ended.
        end: when it ended for the platform.
        legs: passages through queues.
        ivr_end: when the menu passed it on, for calls.
        thread: it may be told again with more legs.
    """

    name: tuple[t.Any, ...]
    media: str
    outbound: bool
    start: int
    disconnected: int
    end: int
    legs: list[Leg]
    ivr_end: int | None = None
    thread: bool = False

    @property
    def last_agent(self) -> Leg | None:
        """The last leg that somebody answered."""
        return next((leg for leg in reversed(self.legs) if leg.agent is not None), None)
