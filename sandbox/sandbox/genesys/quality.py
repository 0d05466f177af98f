"""Quality management: evaluations by evaluator, agent or conversation, evaluators, and forms.

Routes and parameters: QualityApi of https://developer.genesys.cloud/devapps/sdk/docexplorer/purecloudpython/
"""

from __future__ import annotations

import collections
import typing as t

from sandbox.genesys.call import Call, Reply
from sandbox.genesys.errors import bad_request, not_found
from sandbox.genesys.evaluation_rows import row_of
from sandbox.genesys.evaluations import Evaluation
from sandbox.genesys.examples import Row
from sandbox.genesys.forms import Version
from sandbox.genesys.intervals import read_instant
from sandbox.genesys.lookups import chosen
from sandbox.genesys.names import NEVER
from sandbox.genesys.pages import listing
from sandbox.genesys.people import Person

WHO: t.Final = {
    "conversationId": "conversation",
    "evaluatorUserId": "evaluator",
    "agentUserId": "agent",
    "assigneeUserId": "assignee",
}
STATES: t.Final = ("PENDING", "INPROGRESS", "FINISHED", "INREVIEW", "RETRACTED")
FORM_URI: t.Final = "/api/v2/quality/forms/evaluations"
LARGE: t.Final = 2


def evaluations(call: Call) -> Reply:
    """``GET /api/v2/quality/evaluations/query``.

    At least one of four ids is required. By agent alone the order is that of release, and what is never released is
    left out; otherwise it is that of assignment. ``total`` and ``pageCount`` may be wrong for large sets.
    """
    asked = {member: value for name, member in WHO.items() if (value := call.one(name))}
    if not asked:
        raise bad_request(f"At least one of the following parameters is required: {', '.join(WHO)}.")
    found = [each for each in _window(call) if _matches(call, each, asked)]
    if set(asked) == {"agent"}:
        found = [each for each in found if not each.never_release]
        found.sort(key=lambda each: (each.released, each.id))
    else:
        found.sort(key=lambda each: (each.assigned, each.id))
    if (call.one("sortOrder") or "asc").lower().startswith("desc") and "conversation" not in asked:
        found.reverse()
    scored = bool(call.flag("expandAnswerTotalScores"))
    rows = [_expanded(call, each, row_of(each, call.now, scored=scored)) for each in found]
    return _vague(call, listing(call, rows, bare_uris=True))


def _window(call: Call) -> list[Evaluation]:
    low, high = _bounds(call)
    return call.org.evaluations.assigned_in(low, high, call.now)


def _bounds(call: Call) -> tuple[int, int]:
    start, end = call.one("startTime"), call.one("endTime")
    low = read_instant("startTime", start) if start else 0
    high = read_instant("endTime", end) if end else NEVER
    if low >= high:
        raise bad_request("endTime must be after startTime.", "invalid.date")
    return low, high


def _matches(call: Call, each: Evaluation, asked: t.Mapping[str, str]) -> bool:
    if any(getattr(each, member) != value for member, value in asked.items()) or not call.sees(each.divisions):
        return False
    if not call.flag("includeDeletedUsers") and _about_the_gone(call, each):
        return False
    wanted = {"queueId": each.queue, "formContextId": each.form.context}
    if any(call.one(name) not in {None, value} for name, value in wanted.items()):
        return False
    states = [state.upper() for state in call.many("evaluationState")]
    if unknown := set(states) - set(STATES):
        raise bad_request(f"evaluationState: {', '.join(unknown)} is not one of {', '.join(STATES)}.", "invalid.value")
    flags = {"isReleased": each.released <= call.now, "agentHasRead": each.read <= call.now}
    fits = all(call.flag(name) in {None, value} for name, value in flags.items())
    return fits and (not states or each.status(call.now) in states)


def _about_the_gone(call: Call, each: Evaluation) -> bool:
    people: list[Person | None] = [call.org.people.find(each.agent), call.org.people.find(each.evaluator or "")]
    return any(person is not None and person.state(call.now) == "deleted" for person in people)


def _expanded(call: Call, each: Evaluation, row: Row) -> Row:
    for name in call.many("expand"):
        person = (
            call.org.people.find(row[name]["id"]) if name in {"agent", "evaluator", "assignee"} & set(row) else None
        )
        if person:
            row[name] = {**row[name], "name": person.name}
        elif name == "evaluationForm":
            row[name] = each.form.full(call.org.forms.newest_name(each.form, call.now))
    return row


def _vague(call: Call, reply: Reply) -> Reply:
    """Counts of large sets are not to be trusted; only ``nextUri`` is."""
    if call.settings.wrong_totals and reply.body["pageCount"] > LARGE:
        reply.body["pageCount"] -= 1
        reply.body["total"] = reply.body["pageCount"] * reply.body["pageSize"]
    return reply


def evaluation(call: Call) -> Reply:
    """``GET /api/v2/quality/conversations/{conversationId}/evaluations/{evaluationId}``."""
    wanted = call.params["evaluationId"]
    for each in call.org.evaluations.of_conversation(call.params["conversationId"], call.now):
        if each.id == wanted and each.exists(call.now) and call.sees(each.divisions):
            return Reply(_expanded(call, each, row_of(each, call.now, scored=True)), rows=1)
    raise not_found("evaluation", wanted)


def activity(call: Call) -> Reply:
    """``GET /api/v2/quality/evaluators/activity``: everybody who had something to evaluate, with counts."""
    if not call.one("startTime") or not call.one("endTime"):
        raise bad_request("startTime and endTime are required.")
    counts: dict[str, collections.Counter[str]] = {}
    for each in _window(call):
        if each.evaluator and call.sees(each.divisions):
            counts.setdefault(each.evaluator, collections.Counter())[each.status(call.now)] += 1
    rows = [_activity(call, identifier, count) for identifier, count in sorted(counts.items())]
    return listing(call, chosen(call, rows))


def _activity(call: Call, identifier: str, count: collections.Counter[str]) -> Row:
    person = call.org.people.find(identifier)
    named = {"name": person.name} if person else {}
    return {
        "id": identifier,
        **named,
        "evaluator": {"id": identifier, **named, "selfUri": f"/api/v2/users/{identifier}"},
        "numEvaluationsAssigned": count.total(),
        "numEvaluationsStarted": count["INPROGRESS"],
        "numEvaluationsCompleted": count["FINISHED"] + count["RETRACTED"],
        "numCalibrationsAssigned": 0,
        "numCalibrationsStarted": 0,
        "numCalibrationsCompleted": 0,
        "numEvaluationsWithoutViewPermission": 0,
    }


def working_copies(call: Call) -> Reply:
    """``GET …/forms/evaluations``: never published, never with questions."""
    history = "publishHistory" in call.many("expand")
    return listing(call, [_copy(call, each, history=history) for each in _named(call, call.org.forms.copies(call.now))])


def _named(call: Call, versions: t.Iterable[Version]) -> list[Version]:
    name = (call.one("name") or "").lower()
    return [each for each in versions if name in each.name.lower()]


def _copy(call: Call, copy: Version, *, history: bool) -> Row:
    if not history:
        return copy.thin()
    versions = [each.thin() for each in call.org.forms.published(call.now, copy.context)]
    shape = {"pageSize": 25, "pageNumber": 1, "total": len(versions), "pageCount": 1}
    return copy.thin() | {"publishedVersions": {"entities": versions, **shape}}


def published(call: Call) -> Reply:
    """``GET …/publishedforms/evaluations``."""
    versions = _named(call, call.org.forms.published(call.now))
    if call.flag("onlyLatestPerContext"):
        versions = list({each.context: each for each in reversed(versions)}.values())
    return listing(call, [each.thin() for each in versions])


def form(call: Call) -> Reply:
    """``GET …/forms/evaluations/{formId}``: one version in full."""
    found = _form(call)
    return Reply(found.full(call.org.forms.newest_name(found, call.now)), rows=1)


def _form(call: Call) -> Version:
    found = call.org.forms.find(call.params["formId"], call.now)
    if found is None:
        raise not_found("evaluation form", call.params["formId"])
    return found


def newest_published(call: Call) -> Reply:
    """``GET …/publishedforms/evaluations/{formId}``: the most recent version, whichever was asked for."""
    versions = call.org.forms.published(call.now, _form(call).context)
    if not versions:
        raise not_found("published evaluation form", call.params["formId"])
    return Reply(versions[0].full(versions[0].name), rows=1)


def versions(call: Call) -> Reply:
    """``GET …/forms/evaluations/{formId}/versions``."""
    found = call.org.forms.published(call.now, _form(call).context)
    if (call.one("sortOrder") or "desc").lower() == "asc":
        found.reverse()
    return listing(call, [each.thin() for each in found])
