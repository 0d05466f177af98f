"""The life of evaluations: who evaluates which contact, when, and what becomes of it for weeks.

States, release within 45 days, changes for 90 days, revisions that retract the former version:
https://developer.genesys.cloud/forum/t/new-default-alternate-time-dimension-for-evaluation-aggregates/5703 and
https://help.mypurecloud.com/articles/evaluate-interaction/
"""

from __future__ import annotations

import dataclasses
import typing as t

from sandbox.dice import Dice, between, chance, pick, throw
from sandbox.genesys.catalog import QUEUES
from sandbox.genesys.examples import Row, example_id, examples
from sandbox.genesys.forms import Forms, Version
from sandbox.genesys.names import DAY_MS, HOUR_MS, MINUTE_MS, NEVER, read_iso, uuid
from sandbox.genesys.people import FIRST_EVALUATOR, FORMER_EVALUATOR, SECOND_EVALUATOR, SUPERVISOR, People
from sandbox.genesys.story import Story

SHARE_PERCENT: t.Final = 8
LONGEST_WAIT_DAYS: t.Final = 5
EVALUATORS: t.Final = (
    *([FIRST_EVALUATOR] * 5),
    *([SECOND_EVALUATOR] * 3),
    *([SUPERVISOR] * 2),
    FORMER_EVALUATOR,
    FORMER_EVALUATOR,
    None,  # made by the system, without an evaluator
)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Evaluation:
    """One version of an evaluation; times in milliseconds, NEVER for what does not happen.

    Attributes:
        id: its own id.
        context: the same for all versions.
        number: version.
        conversation: id of the conversation.
        began: when the conversation began.
        ended: when it ended.
        media: its media type.
        divisions: ids of its divisions.
        queue: id of the queue.
        agent: id of the evaluated user.
        evaluator: id of the evaluator, if any.
        assignee: id of the assignee, if any.
        form: the version of the form used.
        created: when this version was made.
        assigned: when it was assigned.
        started: when somebody began to answer.
        submitted: when it was finished.
        released: when the agent may see it.
        never_release: it will not be released.
        read: when the agent read it.
        retracted: when a later version replaced it.
        deleted: when it was deleted.
        former: id of the version that this one replaced.
        answers: a documented scoring set instead of a made one.
    """

    id: str
    context: str
    number: int
    conversation: str
    began: int
    ended: int
    media: str
    divisions: list[str]
    queue: str
    agent: str
    evaluator: str | None
    assignee: str | None
    form: Version
    created: int
    assigned: int
    started: int = NEVER
    submitted: int = NEVER
    released: int = NEVER
    never_release: bool = False
    read: int = NEVER
    retracted: int = NEVER
    deleted: int = NEVER
    former: str | None = None
    answers: Row | None = None

    def exists(self, now: int) -> bool:
        """Whether it has been made and not been deleted."""
        return self.created <= now < self.deleted

    def status(self, now: int) -> str:
        """Its state in the words of the quality routes."""
        if now >= self.retracted:
            return "RETRACTED"
        if now >= self.submitted:
            return "FINISHED"
        return "INPROGRESS" if now >= self.started else "PENDING"

    def changed(self, now: int) -> int:
        """When it last changed."""
        events = (self.created, self.started, self.submitted, self.released, self.read, self.retracted)
        return max(event for event in events if event <= now)


def evaluations_of(story: Story, people: People, forms: Forms) -> list[Evaluation]:
    """All versions of the evaluation that a contact will get, or none."""
    leg, dice = story.last_agent, throw("evaluation", *story.name)
    if leg is None or story.thread or not chance(dice[0], SHARE_PERCENT):
        return []
    assigned = story.end + between(dice[1], 2 * 60, (LONGEST_WAIT_DAYS - 1) * 24 * 60) * MINUTE_MS
    evaluator = pick(dice[2], EVALUATORS)
    person = people.find(evaluator) if evaluator else None
    if person and assigned + 12 * DAY_MS > person.gone_from:
        evaluator = FIRST_EVALUATOR
    first = Evaluation(
        id=uuid("evaluation", *story.name),
        context=uuid("evaluation context", *story.name),
        number=1,
        conversation=uuid(*story.name),
        began=story.start,
        ended=story.end,
        media=story.media,
        divisions=sorted({QUEUES[each.queue].division for each in story.legs}),
        queue=QUEUES[leg.queue].id,
        agent=people.agents[leg.agent or 0].id,
        evaluator=evaluator,
        assignee=evaluator or SECOND_EVALUATOR,
        form=forms.used_at(story.media, assigned),
        created=assigned,
        assigned=assigned,
    )
    return _lived(first, dice)


def _lived(first: Evaluation, dice: Dice) -> list[Evaluation]:
    deleted = first.created + between(dice[9], 6, 60) * DAY_MS if chance(dice[8], 5) else NEVER
    if chance(dice[3], 10):  # nobody ever takes it up
        return [dataclasses.replace(first, deleted=deleted)]
    started = first.assigned + between(dice[4], 1, 48) * HOUR_MS
    submitted = started + between(dice[5], 20, 8 * 24 * 60) * MINUTE_MS
    never = chance(dice[6], 12)
    released = NEVER if never else submitted + between(dice[7], 0, 7 * 24) * HOUR_MS
    read = released + between(dice[10], 2, 80) * HOUR_MS if not never and chance(dice[11], 60) else NEVER
    done = dataclasses.replace(
        first, started=started, submitted=submitted, released=released, never_release=never, read=read, deleted=deleted
    )
    if not chance(dice[12], 9):
        return [done]
    revised = submitted + between(dice[13], 8 * 24, 40 * 24) * HOUR_MS
    later = dataclasses.replace(
        done,
        id=uuid("evaluation", first.id, 2),
        number=2,
        created=revised,
        started=revised,
        submitted=revised,
        released=NEVER if never else revised,
        read=NEVER,
        former=first.id,
    )
    return [dataclasses.replace(done, retracted=revised), later]


def documented(forms: Forms, shift: int) -> list[Evaluation]:
    """The documented evaluations, moved like the conversations they are about."""
    finished, pending = examples()["evaluations"]
    made = []
    for row in (finished, pending):
        dates = {name: read_iso(row[name]) + shift for name in ("createdDate", "assignedDate", "conversationDate")}
        submitted = read_iso(row["submittedDate"]) + shift if "submittedDate" in row else NEVER
        made.append(
            Evaluation(
                id=row["id"],
                context=row["evaluationContextId"],
                number=1,
                conversation=row["conversation"]["id"],
                began=dates["conversationDate"],
                ended=read_iso(row["conversationEndDate"]) + shift if "conversationEndDate" in row else NEVER,
                media="voice" if row is finished else "message",
                divisions=[example_id(1)],
                queue=example_id(201),
                agent=row["agent"]["id"],
                evaluator=row["evaluator"]["id"],
                assignee=row["evaluator"]["id"],
                form=forms.versions[0],
                created=dates["createdDate"],
                assigned=dates["assignedDate"],
                submitted=submitted,
                started=submitted,
                released=submitted,
                answers=row.get("answers"),
            )
        )
    return made
