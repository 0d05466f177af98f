"""What becomes known after the event, and what is taken back.

Reasons: https://help.mypurecloud.com/faqs/why-can-my-data-change (wrap-up, surveys, a nightly rebuild of data at least
48 hours old, deletion for privacy law), and for wrap-up segments that are missing at first and come two days later
https://developer.genesys.cloud/forum/t/problem-absence-of-information-recovering-conversations-info/1611
"""

from __future__ import annotations

import typing as t

from sandbox.dice import between, chance, throw
from sandbox.genesys.catalog import QUEUES
from sandbox.genesys.examples import Row
from sandbox.genesys.names import DAY_MS, HOUR_MS, MINUTE_MS, NEVER, uuid
from sandbox.genesys.people import People
from sandbox.genesys.story import Leg, Story

REBUILD_HOUR: t.Final = 2
REBUILD_AGE_MS: t.Final = 48 * HOUR_MS
_AGENT_IDS: t.Final = [person.id for person in People(0).agents]


def rebuild_after(ms: int) -> int:
    """The nightly rebuild that first reprocesses what happened at an instant."""
    due = ms + REBUILD_AGE_MS - REBUILD_HOUR * HOUR_MS
    return -(-due // DAY_MS) * DAY_MS + REBUILD_HOUR * HOUR_MS


class Late:
    """The afterlife of one conversation."""

    def __init__(self, story: Story) -> None:
        self._story = story
        self._dice = throw("late", *story.name)
        self._rebuild = rebuild_after(story.end)
        # a thread is told again with every letter, and its story must not change underway
        self._corrected = chance(self._dice[0], 4) and not story.thread
        self._hidden = chance(self._dice[1], 3) and not story.thread

    @property
    def deleted(self) -> int:
        """When privacy law takes the whole conversation away, if ever."""
        if not chance(self._dice[2], 0.6) or self._story.thread:
            return NEVER
        return self._story.end + between(self._dice[3], 3, 40) * DAY_MS

    def wrapup(self, part: Row) -> Row:
        """A wrap-up segment, which may be missing until the rebuild, or get its code minutes after its end."""
        if self._hidden:
            return part | {"_at": self._rebuild}
        if chance(self._dice[4], 15):
            delay = between(self._dice[5], 2, 45) * MINUTE_MS
            part["_late"] = {name: (at + delay, value) for name, (at, value) in part["_late"].items()}
        return part

    def after_call(self, leg: Leg, talked: int, worked: int) -> list[Row]:
        """``tAcw`` of every wrap-up and ``tHandle``, corrected by the rebuild at times."""
        made = []
        for index, (start, end, _) in enumerate(leg.wrapups):
            made += self._versions("tAcw", end, end - start, index)
        at = leg.wrapups[-1][1] if leg.wrapups else leg.left
        return [*made, *self._versions("tHandle", at, talked + worked, 9)]

    def _versions(self, name: str, at: int, value: int, index: int) -> list[Row]:
        row: Row = {"emitDate": at, "name": name, "value": value, "_at": at}
        if self._hidden:
            return [row | {"_at": self._rebuild}]
        if not self._corrected:
            return [row]
        wrong = value + between(self._dice[6 + index % 4], 1, 5000)
        return [row | {"value": wrong, "_until": self._rebuild}, row | {"_at": self._rebuild}]

    def surveys_and_resolutions(self) -> Row:
        """A survey answered days later, and whether the customer came back within three days."""
        leg, end = self._story.last_agent, self._story.end
        if leg is None or self._story.thread:
            return {}
        about = {"queueId": QUEUES[leg.queue].id, "userId": _AGENT_IDS[leg.agent or 0]}
        added: Row = {}
        if chance(self._dice[10], 8):
            added["surveys"] = [self._survey(about, end + between(self._dice[11], 1, 20 * 24) * HOUR_MS)]
        if chance(self._dice[12], 6):
            at = end + 3 * DAY_MS
            added["resolutions"] = [{**about, "eventTime": at, "nNextContactAvoided": 1, "_at": at}]
        return added

    def _survey(self, about: Row, at: int) -> Row:
        return {
            **about,
            "surveyId": uuid("survey", *self._story.name),
            "surveyFormId": uuid("survey form", 2),
            "surveyFormContextId": uuid("survey form", 1),
            "surveyFormName": "CSAT (fake)",
            "surveyStatus": "Finished",
            "surveyType": "Web",
            "surveyCompletedDate": at,
            "eventTime": at,
            "surveyPromoterScore": between(self._dice[13], 0, 10),
            "oSurveyTotalScore": between(self._dice[14], 0, 100),
            "_at": at,
        }
