"""All conversations of the organisation, day by day from the seed, up to any day the clock reaches."""

from __future__ import annotations

import datetime as dt
import typing as t

from sandbox.genesys.asof import tree_of
from sandbox.genesys.conversation import (
    Conversation,
    ThreadConversation,
    ToldConversation,
    TreeConversation,
    is_there,
    overlaps,
)
from sandbox.genesys.day import Day, play
from sandbox.genesys.evaluation_rows import nodes_of
from sandbox.genesys.evaluations import evaluations_of
from sandbox.genesys.examples import Row, examples
from sandbox.genesys.forms import Forms
from sandbox.genesys.names import DAY_MS, date_of, dates_between, day_number, read_iso
from sandbox.genesys.people import People
from sandbox.genesys.story import Story
from sandbox.genesys.threads import Thread, threads_of
from sandbox.genesys.volume import volume_day

EXAMPLE_AGE_DAYS: t.Final = 3
LONGEST_DAYS: t.Final = 20


class World:
    """The conversations of one organisation: a pure function of the seed, the first day and the present."""

    def __init__(self, *, seed: int, started: int, days: int, conversations: int) -> None:
        self.started = started
        self.people = People(started)
        self.first_day = date_of(started) - dt.timedelta(days=days)
        self._seed = seed
        self._conversations = conversations
        self._days: dict[dt.date, Day] = {}
        self._begun: dict[dt.date, list[Conversation]] = {}
        self._by_id: dict[str, Conversation] = {}
        self.forms = Forms(started)

    def set_volume(self, date: dt.date, conversations: int) -> None:
        """Makes a UTC day hold so many conversations of about 7 KB, instead of those it had."""
        self._begun[date] = volume_day(self._seed, date, conversations, self.people)
        self._by_id.clear()

    def played(self, date: dt.date) -> Day:
        """An operational day."""
        if date not in self._days:
            self._days[date] = play(self._seed, date, self.first_day, self._conversations, self.people)
        return self._days[date]

    def began_in(self, low: int, high: int, now: int) -> list[Conversation]:
        """Conversations that began from low to below high and are there now, in order of their start."""
        return [each for each in self._between(low, min(high, now + 1)) if low <= each.start and is_there(each, now)]

    def alive_in(self, low: int, high: int, now: int) -> list[Conversation]:
        """Conversations whose lifetime, as known now, touches the interval, in order of their start."""
        earliest = min(low, now) - LONGEST_DAYS * DAY_MS  # what still runs now runs in every later interval
        near = self._between(earliest, min(high, now + 1))
        oldest = self._open_examples(earliest)
        return [each for each in [*oldest, *near] if is_there(each, now) and overlaps(each, low, high, now)]

    def find(self, identifier: str, now: int) -> Conversation | None:
        """The conversation of an id, if it is there now."""
        if identifier not in self._by_id:
            everything = self._between(day_number(self.first_day) * DAY_MS, now + 1)
            self._by_id = {each.id: each for each in everything}
        found = self._by_id.get(identifier)
        return found if found and is_there(found, now) else None

    def example_shift(self, documented: str) -> int:
        """By how many milliseconds a documented instant is moved: by none where the data reaches its own day."""
        day = date_of(read_iso(documented))
        today = date_of(self.started)
        if self.first_day + dt.timedelta(days=LONGEST_DAYS) <= day < today:
            return 0
        return (day_number(today) - EXAMPLE_AGE_DAYS - day_number(day)) * DAY_MS

    def _between(self, low: int, high: int) -> list[Conversation]:
        found: list[Conversation] = []
        for date in dates_between(max(self.first_day, date_of(low)), date_of(high - 1)):
            found += [each for each in self._begun_on(date) if low <= each.start < high]
        return found

    def _begun_on(self, date: dt.date) -> list[Conversation]:
        if date not in self._begun:
            self._begun[date] = sorted(self._make(date), key=lambda each: (each.start, each.id))
        return self._begun[date]

    def _make(self, date: dt.date) -> t.Iterator[Conversation]:
        for played in (date - dt.timedelta(days=1), date):
            if played >= self.first_day:
                for story in self.played(played).stories:
                    if date_of(story.start) == date:
                        yield ToldConversation(story, self.people, self._evaluations)
        for thread in threads_of(self._seed, date, self._conversations):
            yield ThreadConversation(thread.name, thread.start, thread.end, self._thread_story(thread), self.people)
        yield from (each for each in self._examples() if date_of(each.start) == date)

    def _evaluations(self, story: Story) -> list[Row]:
        return [node for each in evaluations_of(story, self.people, self.forms) for node in nodes_of(each)]

    def _thread_story(self, thread: Thread) -> t.Callable[[int], Story]:
        def story_at(now: int) -> Story:
            days = {at: self.played(date_of(at)) for at in thread.letters if date_of(at) <= date_of(now)}
            legs = [day.answers[thread.name, nth] for nth, day in enumerate(days.values())]
            return Story(
                thread.name, "email", outbound=False, start=thread.start, disconnected=thread.end, end=thread.end,
                legs=legs, thread=True,
            )  # fmt: skip

        return story_at

    def _examples(self) -> list[TreeConversation]:
        """The documented conversations, all moved to days shortly before the start of the clock."""
        rows: list[Row] = examples()["conversations"]
        sample = self.example_shift(rows[0]["conversationStart"])
        others = self.example_shift(rows[1]["conversationStart"])
        return [TreeConversation(tree_of(row, others if index else sample)) for index, row in enumerate(rows)]

    def _open_examples(self, before: int) -> list[Conversation]:
        """The documented conversation that nobody ever ends is alive in every later interval."""
        return [each for each in self._examples() if each.start < before and each.end > self.started]
