"""Days of any number of conversations of about 7 KB, cut from a few templates, so that serving them costs little."""

from __future__ import annotations

import datetime as dt
import typing as t

import msgspec

from sandbox.dice import between, throw
from sandbox.genesys.asof import as_of
from sandbox.genesys.body import BodyMaker
from sandbox.genesys.examples import Row
from sandbox.genesys.names import HOUR_MS, MINUTE_MS, NEVER, SECOND_MS, day_start
from sandbox.genesys.people import People
from sandbox.genesys.story import Leg, Story

if t.TYPE_CHECKING:
    from sandbox.genesys.conversation import Conversation

TEMPLATES: t.Final = 48
BODY_BYTES: t.Final = 7_000
HOURS: t.Final = 24
TAIL: t.Final = 12
MARK: t.Final = "feedfacefeed"
OWN_IDS: t.Final = frozenset({"conversationId", "participantId", "sessionId", "peerId"})


class Template:
    """A conversation within the first hour of a day, with holes for the hour and for the ids' tails."""

    def __init__(self, seed: int, date: dt.date, number: int, people: People) -> None:
        story = _story(seed, date, number)
        maker = BodyMaker(story, people)
        row = as_of(maker.tree(), story.end + 100 * HOUR_MS)
        row.pop("surveys", None)
        row.pop("resolutions", None)
        marked = _marked(row)
        missing = BODY_BYTES - len(msgspec.json.encode(marked))
        marked["participants"][0]["attributes"] = {"Padding": "x" * max(0, min(1024, missing - 30))}
        self.start, self.end = story.start, story.end
        self.id: str = marked["conversationId"]
        self.divisions: list[str] = marked["divisionIds"]
        self.full = msgspec.json.encode(marked)
        for participant in marked["participants"]:
            participant.pop("attributes", None)
        self.bare = msgspec.json.encode(marked)


class VolumeConversation:
    """One of very many; times in milliseconds."""

    __slots__ = ("_hour", "_tail", "_template", "deleted", "end", "id", "start")

    def __init__(self, template: Template, index: int, hour: int) -> None:
        self._template = template
        self._hour = hour
        self._tail = f"{index:012x}"
        self.id = template.id.replace(MARK, self._tail)
        self.start = template.start + hour * HOUR_MS
        self.end = template.end + hour * HOUR_MS
        self.deleted = NEVER

    def divisions(self) -> list[str]:
        """Ids of the divisions it belongs to."""
        return self._template.divisions

    def row(self, now: int, *, attributes: bool = True) -> Row:
        """The whole of it, whatever the instant: days of volume lie in the past."""
        return t.cast("Row", msgspec.json.decode(self.encoded(now, attributes=attributes)))

    def encoded(self, now: int, *, attributes: bool) -> bytes:
        """The same as JSON."""
        del now
        raw = self._template.full if attributes else self._template.bare
        return raw.replace(MARK.encode(), self._tail.encode()).replace(b"T00:", b"T%02d:" % self._hour)


def volume_day(seed: int, date: dt.date, conversations: int, people: People) -> list[Conversation]:
    """Conversations spread evenly over the hours of a UTC day, in order of their start."""
    templates = [Template(seed, date, number, people) for number in range(min(TEMPLATES, conversations))]
    made: list[Conversation] = [
        VolumeConversation(templates[index % len(templates)], index, index * HOURS // conversations)
        for index in range(conversations)
    ]
    return sorted(made, key=lambda each: (each.start, each.id))


def _story(seed: int, date: dt.date, number: int) -> Story:
    name = ("volume", seed, date.toordinal(), number)
    dice = throw(*name)
    start = day_start(date) + number * 50 * SECOND_MS + between(dice[0], 0, 40_000)
    leg = _leg(0, start + 20 * SECOND_MS, number % 3 * 3, dice[1])
    leg.missed = (4, leg.offered + 9, leg.alerted - 9)
    return Story(
        name, "voice", outbound=False, start=start, disconnected=leg.left, end=leg.wrapups[-1][1],
        legs=[leg], ivr_end=leg.offered,
    )  # fmt: skip


def _leg(queue: int, at: int, agent: int, face: int) -> Leg:
    talk = between(face, 20, 90) * SECOND_MS
    leg = Leg(queue, at, 0, agent=agent, alerted=at + 2_400)
    talks = [("interact", talk), ("hold", 7_123), ("interact", talk // 2), ("hold", 4_500), ("interact", 8_000)]
    moment = at + 6_400
    for kind, length in talks:
        leg.pieces.append((kind, moment, moment + length))
        moment += length
    leg.left = moment
    leg.wrapups = [(moment, moment + MINUTE_MS // 2, 0)]
    return leg


def _marked(node: t.Any) -> t.Any:
    if isinstance(node, list):
        return [_marked(item) for item in node]
    if not isinstance(node, dict):
        return node
    return {key: value[:-TAIL] + MARK if key in OWN_IDS else _marked(value) for key, value in node.items()}
