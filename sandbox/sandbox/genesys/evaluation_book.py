"""All evaluations, found by the time of their assignment or by their conversation."""

from __future__ import annotations

import datetime as dt
import typing as t

from sandbox.genesys.conversation import ToldConversation
from sandbox.genesys.evaluations import LONGEST_WAIT_DAYS, Evaluation, documented, evaluations_of
from sandbox.genesys.examples import examples
from sandbox.genesys.forms import Forms
from sandbox.genesys.names import DAY_MS, date_of, dates_between, day_start
from sandbox.genesys.people import People
from sandbox.genesys.story import Story

if t.TYPE_CHECKING:
    from sandbox.genesys.world import World


class EvaluationBook:
    """The evaluations of a world's stories."""

    def __init__(self, world: World, forms: Forms) -> None:
        self._world = world
        self._forms = forms
        self._days: dict[dt.date, list[Evaluation]] = {}
        shift = world.example_shift(examples()["conversations"][1]["conversationStart"])
        self._documented = documented(forms, shift)

    def assigned_in(self, low: int, high: int, now: int) -> list[Evaluation]:
        """Those assigned from low to below high, if they have come to exist by now."""
        first = max(low - (LONGEST_WAIT_DAYS + 2) * DAY_MS, day_start(self._world.first_day))
        found = self._of_days(first, min(high, now + 1))
        return [each for each in found if low <= each.assigned < high and each.exists(now)]

    def ever(self, now: int) -> list[Evaluation]:
        """All that were made by now, deleted ones too."""
        found = self._of_days(day_start(self._world.first_day), now + 1)
        return [each for each in found if each.created <= now]

    def _of_days(self, low: int, high: int) -> list[Evaluation]:
        """The documented ones, and those about conversations that began on days from low to high."""
        dates = dates_between(date_of(low), date_of(high))
        return [*self._documented, *(each for date in dates for each in self._of_day(date))]

    def of_conversation(self, identifier: str, now: int) -> list[Evaluation]:
        """Those of one conversation."""
        found = self._world.find(identifier, now)
        if isinstance(found, ToldConversation):
            return self.of_story(found.story)
        return [each for each in self._documented if each.conversation == identifier]

    def of_story(self, story: Story) -> list[Evaluation]:
        """Those of one story."""
        return evaluations_of(story, self._people, self._forms)

    @property
    def _people(self) -> People:
        return self._world.people

    def _of_day(self, date: dt.date) -> list[Evaluation]:
        if date not in self._days:
            self._days[date] = [each for story in self._world.played(date).stories for each in self.of_story(story)]
        return self._days[date]
