"""One chat and its messages."""

from __future__ import annotations

import dataclasses
import typing as t

from sandbox.comagic.life.contact import FIRST_CONTACT_ID, MINUTE_MS, Contact
from sandbox.comagic.life.zone import HOUR_MS, SECOND_MS, Zone
from sandbox.dice import below, between, chance, pick, throw

FIRST_MESSAGE_ID: t.Final = 77_000_000_001
SAMPLE_MESSAGE_ID: t.Final = 77_000_001
MESSAGES_RESERVED: t.Final = 100
# share of the answered chats that nobody closes until they run out, many hours later
LEFT_OPEN: t.Final = 12


@dataclasses.dataclass(slots=True, kw_only=True)
class Chat(Contact):
    """A chat.

    Attributes:
        channel: index of its channel.
        answered: an employee wrote.
        answer: seconds until then.
        beats: seconds from the start to each message.
        length: seconds from the start to its end.
    """

    kind: t.ClassVar[str] = "chat"

    channel: int
    answered: bool
    answer: int
    beats: tuple[int, ...]
    length: int

    @property
    def finish(self) -> int:
        """The instant of its end."""
        return self.utc + self.length * SECOND_MS

    @property
    def serious(self) -> bool:
        """Whether a deal may follow."""
        return self.answered

    @property
    def rated_at(self) -> int | None:
        """When the visitor rates the employee."""
        if not self.answered or not chance(self.dice[12], 40):
            return None
        return self.finish + between(self.dice[13], 1, 60) * MINUTE_MS

    def milestones(self) -> list[int | None]:
        """When messages come, and the rating."""
        return [self.rated_at, *(self.utc + beat * SECOND_MS for beat in self.beats)]


@dataclasses.dataclass(slots=True)
class Message:
    """One message of a chat.

    Attributes:
        chat: where it was written.
        index: number within the chat.
        wall: time on the account's wall clock.
        utc: time as an instant.
    """

    chat: Chat
    index: int
    wall: int
    utc: int

    @property
    def number(self) -> int:
        """Its id."""
        if self.chat.sample:
            return SAMPLE_MESSAGE_ID
        return FIRST_MESSAGE_ID + (self.chat.number - FIRST_CONTACT_ID) * MESSAGES_RESERVED + self.index

    @property
    def sample(self) -> bool:
        """Whether it is the vendor's documented example."""
        return self.chat.sample

    @property
    def appears(self) -> int:
        """The instant from which it can be read."""
        return self.utc

    @property
    def by_operator(self) -> bool:
        """An employee wrote it; they take turns once the chat has been answered."""
        return self.chat.answered and self.index % 2 == 1

    def changes(self) -> list[int]:
        """The instants at which its row appears or changes."""
        return [self.utc]


def conversation(number: t.Any, answered: bool) -> dict[str, t.Any]:
    """When the messages of a chat come and when it ends, left to chance."""
    dice = throw("conversation", number)
    answer = between(dice[0], 5, 400)
    beats = [0]
    if answered:
        beats.append(answer)
        for face in dice[2 : 2 + below(dice[1], 10)]:
            beats.append(beats[-1] + between(face, 4, 150))
    elif chance(dice[1], 40):
        beats.append(between(dice[2], 30, 300))
    open_for = between(dice[13], 6 * HOUR_MS, 40 * HOUR_MS) // SECOND_MS
    pause = open_for if answered and chance(dice[14], LEFT_OPEN) else pick(dice[15], (20, 60, 300, 900))
    return {"answer": answer, "beats": tuple(beats), "length": beats[-1] + pause}


def messages_of(chat: Chat, zone: Zone) -> list[Message]:
    """The messages of a chat."""
    if chat.sample:
        return [Message(chat, 0, chat.wall, chat.utc)]
    instants = [chat.utc + beat * SECOND_MS for beat in chat.beats]
    return [Message(chat, index, zone.wall(utc), utc) for index, utc in enumerate(instants)]
