"""What the marts of Genesys must hold, worked out in Python from the platform's own rows: no SQL, no model of ours."""

from __future__ import annotations

import collections
import dataclasses
import datetime as dt
import decimal
import typing as t

Row = dict[str, t.Any]
DAY = dt.timedelta(days=1)
INTERVAL = dt.timedelta(minutes=30)
COUNTS = {"offered_count": "nOffered", "transfers_count": "nTransferred"}
OCCURRENCES = {"answered_count": "tAnswered", "abandoned_count": "tAbandon"}
TIMES = {
    "wait_seconds": "tAcd",
    "talk_seconds": "tTalk",
    "hold_seconds": "tHeld",
    "acw_seconds": "tAcw",
    "handle_seconds": "tHandle",
}
# The setting of a queue that tells in what time a medium should be answered.
PROMISES = {"voice": "call", "callback": "callback", "chat": "chat", "email": "email", "message": "message"}


def moment(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text)


def seconds(milliseconds: int) -> decimal.Decimal:
    return decimal.Decimal(milliseconds) / 1000


def milliseconds(span: dt.timedelta) -> int:
    return round(span / dt.timedelta(milliseconds=1))


class Session(t.NamedTuple):
    """A session with whose it is."""

    conversation: str
    participant: Row
    row: Row

    @property
    def key(self) -> str:
        return f"default/{self.conversation}/{self.participant['participantId']}/{self.row['sessionId']}"

    @property
    def segments(self) -> list[Row]:
        return sorted(self.row.get("segments", []), key=lambda segment: moment(segment["segmentStart"]))

    @property
    def queue(self) -> str | None:
        return next((segment["queueId"] for segment in self.segments if "queueId" in segment), None)


def sessions(conversations: t.Iterable[Row]) -> list[Session]:
    return [
        Session(conversation["conversationId"], participant, row)
        for conversation in conversations
        for participant in conversation["participants"]
        for row in participant.get("sessions", [])
    ]


def segment_keys(conversations: t.Iterable[Row]) -> list[str]:
    return [
        f"{session.key}/{segment['segmentType']}/{milliseconds(moment(segment['segmentStart']) - EPOCH)}"
        for session in sessions(conversations)
        for segment in session.segments
    ]


EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


def metric_rows(conversations: t.Iterable[Row]) -> list[tuple[str, str, int]]:
    """Session, name, value; repeats and all."""
    return [
        (session.key, metric["name"], metric["value"])
        for session in sessions(conversations)
        for metric in session.row.get("metrics", [])
    ]


@dataclasses.dataclass(frozen=True)
class Names:
    """What ids mean today."""

    users: dict[str, str]
    queues: dict[str, str]
    codes: dict[str, str]


def conversation_facts(conversation: Row, names: Names) -> Row:
    """A row of the mart, as far as it is made of the conversation's parts."""
    own = sessions([conversation])
    metrics = [(metric["name"], metric["value"]) for session in own for metric in session.row.get("metrics", [])]
    values: dict[str, list[int]] = collections.defaultdict(list)
    for name, value in metrics:
        values[name].append(value)
    facts: Row = {column: sum(values[name]) for column, name in COUNTS.items()}
    facts |= {column: len(values[name]) for column, name in OCCURRENCES.items()}
    facts |= {column: seconds(sum(values[name])) for column, name in TIMES.items()}
    facts["is_abandoned"] = facts["abandoned_count"] > 0 and facts["answered_count"] == 0
    facts["queue_names"] = [names.queues[queue] for queue in _queues_in_order(own)]
    facts["agent_names"] = [names.users[user] for user in _agents_in_order(own)]
    facts["wrapup_names"] = sorted(
        names.codes.get(segment["wrapUpCode"], segment["wrapUpCode"])
        for session in own
        for segment in session.segments
        if "wrapUpCode" in segment
    )
    return facts


def _queues_in_order(own: list[Session]) -> list[str]:
    first: dict[str, dt.datetime] = {}
    for session in own:
        if session.queue:
            at = moment(session.segments[0]["segmentStart"])
            first[session.queue] = min(at, first.get(session.queue, at))
    return sorted(first, key=lambda queue: (first[queue], queue))


def _agents_in_order(own: list[Session]) -> list[str]:
    first: dict[str, dt.datetime] = {}
    for session in own:
        user = session.participant.get("userId")
        for segment in session.segments:
            if user and segment["segmentType"] in {"interact", "hold", "wrapup"}:
                at = moment(segment["segmentStart"])
                first[user] = min(at, first.get(user, at))
    return sorted(first, key=lambda user: (first[user], user))


def queue_intervals(conversations: t.Iterable[Row], queues: t.Iterable[Row]) -> dict[tuple[str, str, dt.datetime], Row]:
    """Rows by queue, medium and beginning of the half hour (UTC)."""
    promised = {queue["id"]: queue.get("mediaSettings", {}) for queue in queues}
    table: dict[tuple[str, str, dt.datetime], collections.Counter[str]] = {}
    counted = {*COUNTS.values(), *OCCURRENCES.values(), *TIMES.values(), "tNotResponding"}
    for session in sessions(conversations):
        if session.queue is None:
            continue
        medium = session.row["mediaType"]
        setting = promised[session.queue].get(PROMISES.get(medium, ""), {})
        threshold = setting.get("serviceLevel", {}).get("durationMs", 20_000)
        for metric in session.row.get("metrics", []):
            if metric["name"] not in counted:
                continue
            at = moment(metric["emitDate"])
            key = (session.queue, medium, at - (at - EPOCH) % INTERVAL)
            sums = table.setdefault(key, collections.Counter())
            sums[metric["name"]] += metric["value"]
            sums[f"{metric['name']} times"] += 1
            sums["in time"] += metric["name"] == "tAnswered" and metric["value"] <= threshold
    return {key: _interval_row(sums) for key, sums in table.items()}


def _interval_row(sums: collections.Counter[str]) -> Row:
    answered, abandoned = sums["tAnswered times"], sums["tAbandon times"]
    row: Row = {
        "offered_count": sums["nOffered"],
        "answered_count": answered,
        "abandoned_count": abandoned,
        "handled_count": sums["tHandle times"],
        "answered_in_time_count": sums["in time"],
        "service_level": sums["in time"] / (answered + abandoned) if answered + abandoned else None,
    }
    return row | {column: seconds(sums[name]) for column, name in TIMES.items()}


def agent_days(presence: t.Iterable[Row], routing: t.Iterable[Row]) -> dict[tuple[str, dt.date], dict[str, int]]:
    """Milliseconds by person and day (UTC), then by column. What still runs counts to the newest change of anybody."""
    entries: list[tuple[str, str, Row]] = [("presence", row["systemPresence"], row) for row in presence]
    entries += [("routing", row["routingStatus"], row) for row in routing]
    newest = max(moment(str(row.get("endTime", row["startTime"]))) for _, _, row in entries)
    days: dict[tuple[str, dt.date], collections.Counter[str]] = {}
    for kind, status, row in entries:
        at, until = moment(row["startTime"]), moment(row["endTime"]) if "endTime" in row else newest
        while at < until:
            midnight = dt.datetime.combine(at.date() + DAY, dt.time(), dt.UTC)
            column = f"{kind}_{status.lower()}_seconds"
            spent = days.setdefault((row["userId"], at.date()), collections.Counter())
            spent[column] += milliseconds(min(until, midnight) - at)
            at = midnight
    return {key: dict(spent) for key, spent in days.items()}


def answers(evaluations: t.Iterable[Row], forms: t.Iterable[Row]) -> set[tuple[str, str, str, str | None, int | None]]:
    """Evaluation, group, question, answer in words, points: of every question and option that was scored."""
    words: dict[tuple[str, str], str] = {}
    answered: dict[tuple[str, str], str] = {}
    for form in forms:
        for group in form["questionGroups"]:
            words[form["id"], group["id"]] = group["name"]
            for question in group["questions"]:
                for each in (question, *question.get("multipleSelectOptionQuestions", [])):
                    words[form["id"], each["id"]] = each["text"]
                    for answer in each.get("answerOptions", []):
                        answered[form["id"], answer["id"]] = answer.get("text") or answer["builtInType"]
    found = set()
    for evaluation in evaluations:
        form = evaluation["evaluationForm"]["id"]
        for group in evaluation.get("answers", {}).get("questionGroupScores", []):
            for question in group["questionScores"]:
                for each in (question, *question.get("multipleSelectQuestionOptionScores", [])):
                    given = answered.get((form, each.get("answerId", "")))
                    asked = words[form, each["questionId"]]
                    named = words[form, group["questionGroupId"]]
                    found.add((evaluation["id"], named, asked, given, each.get("score")))
    return found
