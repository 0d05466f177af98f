"""Evaluations as the platform shows them: in quality listings, by themselves, and inside conversation details.

Structure: Evaluation and EvaluationResponse, AnalyticsEvaluation of
https://developer.genesys.cloud/devapps/sdk/docexplorer/purecloudpython/
"""

from __future__ import annotations

import typing as t

from sandbox.genesys.evaluations import Evaluation
from sandbox.genesys.examples import Row
from sandbox.genesys.names import NEVER, iso, iso_short
from sandbox.genesys.scoring import answers

MEDIA: t.Final = {"voice": "CALL", "callback": "CALLBACK", "chat": "CHAT", "message": "MESSAGE", "email": "EMAIL"}
WORDS: t.Final = {"PENDING": "Pending", "INPROGRESS": "InProgress", "FINISHED": "Finished", "RETRACTED": "Retracted"}


def reference(kind: str, identifier: str, **more: t.Any) -> Row:
    """A thing as others name it."""
    return {"id": identifier, **more, "selfUri": f"/api/v2/{kind}/{identifier}"}


def scores_of(evaluation: Evaluation) -> Row:
    """The scoring set of a finished evaluation."""
    return evaluation.answers or answers(evaluation.form.groups, ("scores", evaluation.id))


def row_of(evaluation: Evaluation, now: int, *, scored: bool) -> Row:
    """An evaluation as known at an instant: the less, the earlier its state."""
    form = reference("quality/forms/evaluations", evaluation.form.id, name=evaluation.form.name)
    uri = f"/api/v2/quality/conversations/{evaluation.conversation}/evaluations/{evaluation.id}"
    row: Row = {
        "id": evaluation.id,
        "conversation": reference("conversations", evaluation.conversation),
        "evaluationForm": form,
        "agent": reference("users", evaluation.agent),
        "status": evaluation.status(now),
        "agentHasRead": evaluation.read <= now,
        "assignedDate": iso_short(evaluation.assigned),
        "createdDate": iso_short(evaluation.created),
        "changedDate": iso_short(evaluation.changed(now)),
        "conversationDate": iso(evaluation.began),
        "version": evaluation.number,
        "evaluationContextId": evaluation.context,
        "selfUri": uri,
    }
    if evaluation.evaluator:
        row["evaluator"] = reference("users", evaluation.evaluator)
    if now >= evaluation.started:
        row |= _begun(evaluation)
    if now >= evaluation.submitted:
        row |= _finished(evaluation, now)
        row |= {"answers": scores_of(evaluation)} if scored else {}
    return row


def _begun(evaluation: Evaluation) -> Row:
    row: Row = {
        "assigneeApplicable": evaluation.assignee is not None,
        "queue": reference("routing/queues", evaluation.queue),
        "mediaType": [MEDIA[evaluation.media]],
        "divisionIds": evaluation.divisions,
        "rescore": evaluation.number > 1,
        "neverRelease": evaluation.never_release,
        "assigned": True,
        "redacted": False,
        "isScoringIndex": False,
        "authorizedActions": ["viewAudit"],
        "hasAssistanceFailed": False,
        "disputeCount": 0,
        "declinedReview": False,
    }
    if evaluation.assignee:
        row["assignee"] = reference("users", evaluation.assignee)
    if evaluation.ended != NEVER:
        row["conversationEndDate"] = iso(evaluation.ended)
    return row


def _finished(evaluation: Evaluation, now: int) -> Row:
    row: Row = {"submittedDate": iso_short(evaluation.submitted)}
    if evaluation.released <= now:
        row["releaseDate"] = iso_short(evaluation.released)
    if evaluation.former:
        row["revisionCreatedDate"] = iso_short(evaluation.created)
        row["retractedEvaluation"] = {"id": evaluation.former}
    return row


def nodes_of(evaluation: Evaluation) -> list[Row]:
    """The evaluation inside its conversation: one node for each state that it passes through."""
    steps = sorted({evaluation.created, evaluation.started, evaluation.submitted, evaluation.retracted} - {NEVER})
    made = []
    for at, until in zip(steps, [*steps[1:], evaluation.deleted], strict=True):
        if at < evaluation.deleted:
            made.append(_node(evaluation, at, min(until, evaluation.deleted)))
    return made


def _node(evaluation: Evaluation, at: int, until: int) -> Row:
    row: Row = {
        "evaluationId": evaluation.id,
        "userId": evaluation.agent,
        "formId": evaluation.form.id,
        "formName": evaluation.form.name,
        "contextId": evaluation.form.context,
        "queueId": evaluation.queue,
        "eventTime": at,
        "evaluationStatus": WORDS[evaluation.status(at)],
        "rescored": evaluation.number > 1,
        "deleted": False,
        "released": False,
        "_at": at,
        "_until": until,
    }
    if evaluation.evaluator:
        row["evaluatorId"] = evaluation.evaluator
    if evaluation.released != NEVER:
        row["_late"] = {"released": (evaluation.released, True)}
    if at >= evaluation.submitted:
        scores = scores_of(evaluation)
        row["oTotalScore"] = round(scores["totalScore"])
        row["oTotalCriticalScore"] = round(scores["totalCriticalScore"])
    return row
