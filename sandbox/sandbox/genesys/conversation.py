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
        self._settled: int | None = None
        self._bytes: dict[bool, bytes] = {}

    def divisions(self) -> list[str]:
        """Ids of the divisions it belongs to."""
        return list(self._tree["divisionIds"])

    def row(self, now: int, *, attributes: bool = True) -> Row:
        """What is known of it at an instant."""
        return as_of(self._tree, now, attributes=attributes)

    def encoded(self, now: int, *, attributes: bool) -> bytes:
        """The same as JSON, kept once it is final."""
        if attributes in self._bytes and self._settled is not None and now >= self._settled:
            return self._bytes[attributes]
        if self._settled is None:
            self._settled = last_change({key: value for key, value in self._tree.items() if key != "_until"})
        raw = msgspec.json.encode(self.row(now, attributes=attributes))
        if now >= self._settled:
            self._bytes[attributes] = raw
        return raw


class ToldConversation:
    """One that is told when somebody asks for it."""

    def __init__(self, story: Story, people: People, evaluated: Evaluated) -> None:
        self.story = story
        self._people = people
        self._evaluated = evaluated
        self._maker = BodyMaker(story, people)
        self._told: TreeConversation | None = None
        self.id = self._maker.id
        self.start = story.start
        self.end = story.end
        self.deleted = self._maker.deleted

    def divisions(self) -> list[str]:
        """Ids of the divisions it belongs to."""
        return sorted({QUEUES[leg.queue].division for leg in self.story.legs} or {QUEUES[0].division})

    def row(self, now: int, *, attributes: bool = True) -> Row:
        """What is known of it at an instant."""
        return self._tell().row(now, attributes=attributes)

    def encoded(self, now: int, *, attributes: bool) -> bytes:
        """The same as JSON."""
        return self._tell().encoded(now, attributes=attributes)

    def _tell(self) -> TreeConversation:
        if self._told is None:
            tree = self._maker.tree()
            evaluations = self._evaluated(self.story)
            self._told = TreeConversation(tree | {"evaluations": evaluations} if evaluations else tree)
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
