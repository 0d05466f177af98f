"""Evaluation forms: working copies and their published versions, with questions.

Structure: EvaluationFormResponse of https://developer.genesys.cloud/devapps/sdk/docexplorer/purecloudpython/. A version
has ids of its own; ``contextId`` is the same in all versions. The first version is the documented example.
"""

from __future__ import annotations

import dataclasses
import typing as t

from sandbox.genesys.catalog import HOME, division_reference
from sandbox.genesys.examples import Row, example_id, examples
from sandbox.genesys.names import DAY_MS, iso_short, uuid

URI: t.Final = "/api/v2/quality/forms/evaluations"
WORKING_COPY: t.Final = example_id(701)


@dataclasses.dataclass(frozen=True)
class Version:
    """A form as it was published, or is being worked on.

    Attributes:
        id: its own id.
        context: id of the form through all versions.
        name: its name then.
        modified: when it was published or last changed, in milliseconds.
        published: false for the working copy.
        groups: question groups.
    """

    id: str
    context: str
    name: str
    modified: int
    published: bool
    groups: list[Row]

    def thin(self) -> Row:
        """As listings show it: without questions."""
        return {
            "id": self.id,
            "name": self.name,
            "modifiedDate": iso_short(self.modified),
            "published": self.published,
            "contextId": self.context,
            "selfUri": f"{URI}/{self.id}",
        }

    def full(self, newest_name: str) -> Row:
        """With everything."""
        return self.thin() | {
            "division": division_reference(HOME),
            "questionGroups": self.groups,
            "weightMode": "SCALED",
            "evaluationSettings": {"revisionsEnabled": True, "disputesEnabled": False},
            "latestVersionFormName": newest_name,
        }


class Forms:
    """All forms, as of the start of the sandbox's clock: one gets a further version two days after it."""

    def __init__(self, started: int) -> None:
        documented = examples()["form"]
        standard, chat, draft = documented["contextId"], uuid("form", "chat"), uuid("form", "draft")
        self.versions = [
            Version(
                documented["id"],
                standard,
                documented["name"],
                started - 60 * DAY_MS,
                published=True,
                groups=documented["questionGroups"],
            ),
            _version(standard, 2, "Standard Form (fake)", started - 20 * DAY_MS, groups=2),
            _version(standard, 3, "Standard Form 2026 (fake)", started + 2 * DAY_MS, groups=3),
            _version(chat, 1, "Chat Form (fake)", started - 50 * DAY_MS, groups=3),
        ]
        self._copies = [
            _version(standard, 0, "Standard Form (fake)", started - 20 * DAY_MS, groups=2, identifier=WORKING_COPY),
            _version(chat, 0, "Chat Form (fake)", started - 45 * DAY_MS, groups=3, identifier=_copy_id("chat")),
            _version(draft, 0, "Draft Form (fake)", started - 5 * DAY_MS, groups=1, identifier=_copy_id("draft")),
        ]

    def published(self, now: int, context: str | None = None) -> list[Version]:
        """The published versions, newest first."""
        found = [each for each in self.versions if each.modified <= now and context in {None, each.context}]
        return sorted(found, key=lambda each: -each.modified)

    def copies(self, now: int) -> list[Version]:
        """The working copies, as they stand after the last publication."""
        return [self._standing(copy, now) for copy in self._copies if copy.modified <= now]

    def find(self, identifier: str, now: int) -> Version | None:
        """A version or working copy by its id."""
        return next((each for each in [*self.published(now), *self.copies(now)] if each.id == identifier), None)

    def newest_name(self, version: Version, now: int) -> str:
        """The name of the newest published version of a version's form."""
        return next((each.name for each in self.published(now, version.context)), version.name)

    def used_at(self, media: str, ms: int) -> Version:
        """The version that an evaluation begun at an instant uses."""
        chat = media in {"chat", "message"}
        found = [each for each in self.versions if (each.name.startswith("Chat")) == chat]
        return max((each for each in found if each.modified <= ms), key=lambda each: each.modified, default=found[0])

    def _standing(self, copy: Version, now: int) -> Version:
        last = next(iter(self.published(now, copy.context)), None)
        return dataclasses.replace(copy, modified=max(copy.modified, last.modified)) if last else copy


def _copy_id(name: str) -> str:
    return uuid("form copy", name)


def _version(
    context: str, number: int, name: str, modified: int, *, groups: int, identifier: str | None = None
) -> Version:
    own = identifier or uuid("form version", context, number)
    made = [_group(own, context, index, groups) for index in range(groups)]
    return Version(own, context, name, modified, published=number > 0, groups=made)


def _group(version: str, context: str, index: int, groups: int) -> Row:
    kinds = ("multipleChoiceQuestion", "multipleSelectQuestion", "freeTextQuestion", "multipleChoiceQuestion")
    return {
        **_ids(version, context, index),
        "name": f"Group {index + 1}",
        "type": "questionGroup",
        "defaultAnswersToHighest": False,
        "defaultAnswersToNA": False,
        "naEnabled": index > 0,
        "weight": round(100 / groups, 2),
        "manualWeight": False,
        "questions": [_question(version, context, (index, place), kind) for place, kind in enumerate(kinds)],
    }


def _ids(version: str, context: str, *place: object) -> Row:
    return {"id": uuid("part", version, *place), "contextId": uuid("part", context, *place)}


def _question(version: str, context: str, place: tuple[int, int], kind: str) -> Row:
    row: Row = {
        **_ids(version, context, place),
        "text": f"Question {place[0] + 1}.{place[1] + 1}",
        "helpText": "",
        "type": kind,
        "naEnabled": place[1] == 0,
        "commentsRequired": False,
        "isKill": place == (0, 3),
        "isCritical": place[1] == 1,
    }
    if kind == "multipleChoiceQuestion":
        row["answerOptions"] = [_option(version, context, (*place, value), value) for value in (3, 1, 0)]
    elif kind == "multipleSelectQuestion":
        row["multipleSelectOptionQuestions"] = [_tick(version, context, (*place, step)) for step in range(3)]
    if place == (1, 1):
        shown_after = ["/form/questionGroup/0/question/0/answer/0"]
        row["visibilityCondition"] = {"combiningOperation": "AND", "predicates": shown_after}
    return row


def _option(version: str, context: str, place: tuple[object, ...], value: int) -> Row:
    text = {3: "Fully", 1: "Partly", 0: "No"}[value]
    return {**_ids(version, context, "option", place), "text": text, "value": value, "assistanceConditions": []}


def _tick(version: str, context: str, place: tuple[int, ...]) -> Row:
    options = [
        {**_ids(version, context, "tick", place, word), "builtInType": word, "value": value}
        for word, value in (("Selected", 1), ("Unselected", 0))
    ]
    row = _ids(version, context, "tick question", place)
    return {**row, "text": f"Step {place[-1] + 1}", "type": "multipleChoiceQuestion", "answerOptions": options}
