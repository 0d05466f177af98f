"""Conversations as the world holds them: told lazily, encoded once when nothing about them changes any more."""

from __future__ import annotations

import typing as t

import msgspec

from sandbox.genesys.asof import as_of, last_change
from sandbox.genesys.body import BodyMaker
from sandbox.genesys.catalog import QUEUES
from sandbox.genesys.examples import Row
from sandbox.genesys.names import NEVER, uuid
from sandbox.genesys.people import People
from sandbox.genesys.story import Story

Evaluated = t.Callable[[Story], list[Row]]


class Conversation(t.Protocol):
    """What every kind of conversation can say of itself; times in milliseconds."""

    id: str
    start: int
    end: int
    deleted: int

    def divisions(self) -> list[str]:
        """Ids of the divisions it belongs to."""
        ...

    def row(self, now: int, *, attributes: bool = True) -> Row:
        """What is known of it at an instant."""
        ...

    def encoded(self, now: int, *, attributes: bool) -> bytes:
        """The same as JSON."""
        ...


def is_there(conversation: Conversation, now: int) -> bool:
    """Whether a conversation has begun and has not been deleted."""
    return conversation.start <= now < conversation.deleted


def overlaps(conversation: Conversation, low: int, high: int, now: int) -> bool:
    """Whether the lifetime, as known at an instant, touches an interval."""
    still_open = conversation.end > now
    return conversation.start < high and (still_open or conversation.end >= low)


class TreeConversation:
    """One whose tree is known as a whole."""

    def __init__(self, tree: Row) -> None:
        self._tree = tree
        self.id: str = tree["conversationId"]
        self.start: int = tree["conversationStart"]
        self.end: int = tree.get("conversationEnd", NEVER)
        self.deleted: int = tree.get("_until", NEVER)

    def divisions(self) -> list[str]:
        """Ids of the divisions it belongs to."""
        return list(self._tree["divisionIds"])

    def row(self, now: int, *, attributes: bool = True) -> Row:
        """What is known of it at an instant."""
        return as_of(self._tree, now, attributes=attributes)

    def encoded(self, now: int, *, attributes: bool) -> bytes:
        """The same as JSON."""
        return msgspec.json.encode(self.row(now, attributes=attributes))

    def settled(self) -> int:
        """The instant after which nothing about it changes any more."""
        return last_change({key: value for key, value in self._tree.items() if key != "_until"})


class ToldConversation:
    """One that is told when somebody asks for it, and kept as JSON alone once it is final."""

    def __init__(self, story: Story, people: People, evaluated: Evaluated) -> None:
        self.story = story
        self._evaluated = evaluated
        self._maker = BodyMaker(story, people)
        self._told: tuple[TreeConversation, int] | None = None
        self._kept: dict[bool, bytes] = {}
        self._settled = NEVER
        self.id = self._maker.id
        self.start = story.start
        self.end = story.end
        self.deleted = self._maker.deleted

    def divisions(self) -> list[str]:
        """Ids of the divisions it belongs to."""
        return sorted({QUEUES[leg.queue].division for leg in self.story.legs} or {QUEUES[0].division})

    def row(self, now: int, *, attributes: bool = True) -> Row:
        """What is known of it at an instant."""
        return t.cast("Row", msgspec.json.decode(self.encoded(now, attributes=attributes)))

    def encoded(self, now: int, *, attributes: bool) -> bytes:
        """The same as JSON."""
        if now >= self._settled and attributes in self._kept:
            return self._kept[attributes]
        told, self._settled = self._tell()
        raw = told.encoded(now, attributes=attributes)
        if now >= self._settled:
            self._kept[attributes] = raw
            self._told = None  # a tree is many times as large as its JSON
        return raw

    def _tell(self) -> tuple[TreeConversation, int]:
        if self._told is None:
            tree = self._maker.tree()
            evaluations = self._evaluated(self.story)
            told = TreeConversation(tree | {"evaluations": evaluations} if evaluations else tree)
            self._told = told, told.settled()
        return self._told


class ThreadConversation:
    """A long thread: its story grows with every day that has been played."""

    def __init__(
        self, name: tuple[t.Any, ...], start: int, end: int, story_at: t.Callable[[int], Story], people: People
    ) -> None:
        self._story_at = story_at
        self._people = people
        self._told: tuple[int, TreeConversation] | None = None
        self.id = uuid(*name)
        self.start = start
        self.end = end
        self.deleted = NEVER

    def divisions(self) -> list[str]:
        """Ids of the divisions it belongs to."""
        return [QUEUES[1].division]

    def row(self, now: int, *, attributes: bool = True) -> Row:
        """What is known of it at an instant."""
        return self._tell(now).row(now, attributes=attributes)

    def encoded(self, now: int, *, attributes: bool) -> bytes:
        """The same as JSON."""
        return self._tell(now).encoded(now, attributes=attributes)

    def _tell(self, now: int) -> TreeConversation:
        story = self._story_at(now)
        if self._told is None or self._told[0] != len(story.legs):
            self._told = len(story.legs), TreeConversation(BodyMaker(story, self._people).tree())
        return self._told[1]
