"""What an answer of Amplitude means for each update of the request.

Sources: https://amplitude.com/docs/apis/analytics/http-v2 and https://amplitude.com/docs/apis/analytics/batch-event-upload
(bodies of 400 and 429), https://amplitude.com/docs/apis/analytics/http-api-batching-retries (remove what is listed and
send the rest again), https://amplitude.com/docs/sdks/sdk-debugging (project ceilings). A 400, 413 or 429 refuses the
whole request: nothing of it has been taken in.
"""

from __future__ import annotations

import dataclasses
import re
import typing as t
from collections.abc import Iterator, Mapping, Sequence

from singer_spool import ConfigurationError, CredentialError

from target_amplitude.updates import Rejection, Update

USER_PAUSE_SECONDS: t.Final = 30.0
PROJECT_PAUSE_SECONDS: t.Final = 60.0

OK, BAD_REQUEST, FORBIDDEN, TIMEOUT, TOO_LARGE, TOO_MANY, SERVER_ERROR = 200, 400, 403, 408, 413, 429, 500

_INVALID_KEY = re.compile(r"invalid[ _]api[ _]?key", re.IGNORECASE)
_REQUEST_LEVEL = ("invalid json request body", "invalid request path", "missing request body", "missing_event")
_EVENT_LISTS: t.Final = {
    "events_with_invalid_fields": "invalid_fields",
    "events_with_missing_fields": "missing_fields",
    "events_with_invalid_id_lengths": "invalid_id_length",
}
"""Key of the answer (field to indexes) and our reason."""
_SHOWN_TEXT = 500


@dataclasses.dataclass(frozen=True, slots=True)
class Answer:
    """What came back for one request.

    Attributes:
        status: The HTTP status; None when there was no whole answer.
        text: The body.
        body: The body as JSON, or None if it is not JSON.
        retry_after: Seconds the server asks to wait, if it does.
        problem: Without a status: what happened instead.
    """

    status: int | None
    text: str = ""
    body: t.Any = None
    retry_after: float | None = None
    problem: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class Accepted:
    """Everything was taken in."""

    ingested: int | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class Listed:
    """The answer names updates: some are rejected, some have to wait; the rest can be sent again at once."""

    rejected: dict[int, Rejection]
    throttled: frozenset[int]
    pause: float


@dataclasses.dataclass(frozen=True, slots=True)
class Refused:
    """The request was refused for the sake of some update that the answer does not name."""

    rejection: Rejection


@dataclasses.dataclass(frozen=True, slots=True)
class Forbidden:
    """The firewall in front of the API refused the request: some value in it, or the caller's region."""

    rejection: Rejection


@dataclasses.dataclass(frozen=True, slots=True)
class TooLarge:
    """The request has too many bytes or updates."""

    rejection: Rejection


@dataclasses.dataclass(frozen=True, slots=True)
class ProjectLimit:
    """A ceiling of the whole project or endpoint: nobody can send for a while."""

    pause: float


@dataclasses.dataclass(frozen=True, slots=True)
class Unclear:
    """Whether anything was taken in is unknown, or nothing was: the same bytes have to be sent again."""

    problem: str
    retry_after: float | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class Stop:
    """No request can succeed until a person changes something."""

    error: ConfigurationError


Verdict = Accepted | Listed | Refused | Forbidden | TooLarge | ProjectLimit | Unclear | Stop


def read_answer(answer: Answer, updates: Sequence[Update], *, answers_json: bool) -> Verdict:
    """Judge an answer.

    Args:
        answer: What came back.
        updates: The request's updates, in order: the answer's indexes point into this sequence.
        answers_json: Whether the endpoint tells success in JSON.
    """
    body = answer.body if isinstance(answer.body, dict) else {}
    status = _status(answer, body)
    if status is None or status >= SERVER_ERROR or status == TIMEOUT:
        return Unclear(answer.problem or f"HTTP {answer.status}: {shown(answer)}", answer.retry_after)
    if status == OK:
        if answers_json and not body:
            return Unclear("HTTP 200 with a body that is no JSON object", answer.retry_after)
        return Accepted(_integer(body.get("events_ingested")))
    return _refusal(status, answer, body, updates)


def _refusal(status: int, answer: Answer, body: Mapping[str, t.Any], updates: Sequence[Update]) -> Verdict:
    rejection = Rejection("refused", f"Amplitude answered {status}: {shown(answer)}", status, _compact(answer, body))
    if status == TOO_MANY:
        return _too_many(answer, body, updates)
    if status == TOO_LARGE:
        return TooLarge(dataclasses.replace(rejection, reason="payload_too_large"))
    if status == FORBIDDEN:
        return Forbidden(dataclasses.replace(rejection, reason="forbidden"))
    if status == BAD_REQUEST:
        return _bad_request(answer, body, updates, rejection)
    return Stop(ConfigurationError(_stopped(status, answer, "Check 'api_url' and 'region'.")))


def _status(answer: Answer, body: Mapping[str, t.Any]) -> int | None:
    """The HTTP status, or the body's `code` where a 200 carries another one."""
    if answer.status != OK:
        return answer.status
    code = _integer(body.get("code"))
    return OK if code is None else code


def _bad_request(answer: Answer, body: Mapping[str, t.Any], updates: Sequence[Update], whole: Rejection) -> Verdict:
    error = str(body.get("error") or answer.text)
    if _INVALID_KEY.search(error):
        hint = "Check 'api_key', and that 'region' is the project's: EU projects have their own keys."
        return Stop(CredentialError(_stopped(BAD_REQUEST, answer, hint)))
    if body.get("missing_field") or error.strip().lower().startswith(_REQUEST_LEVEL):
        hint = "The request itself is wrong: check 'api_url', 'api_key' and the endpoint of the mapping."
        return Stop(ConfigurationError(_stopped(BAD_REQUEST, answer, hint)))
    named = _named(body, updates)
    if named is None:
        return Refused(whole)
    return dataclasses.replace(named, pause=_pause(answer, USER_PAUSE_SECONDS))


def _too_many(answer: Answer, body: Mapping[str, t.Any], updates: Sequence[Update]) -> Verdict:
    named = _named(body, updates)
    if named is None:
        return ProjectLimit(_pause(answer, PROJECT_PAUSE_SECONDS))
    return dataclasses.replace(named, pause=_pause(answer, USER_PAUSE_SECONDS))


def _pause(answer: Answer, usual: float) -> float:
    return usual if answer.retry_after is None else answer.retry_after


def _named(body: Mapping[str, t.Any], updates: Sequence[Update]) -> Listed | None:
    """The updates that the answer names, by index or by id; None if it names none of these."""
    code = _integer(body.get("code")) or BAD_REQUEST
    rejected = _listed_fields(body, code, len(updates))
    for index, rejection in (*_silenced(body, code, updates), *_over_quota(body, code, updates)):
        rejected.setdefault(index, rejection)
    throttled = {index for index in _throttled(body, updates) if index not in rejected}
    if not rejected and not throttled:
        return None
    return Listed(rejected, frozenset(throttled), USER_PAUSE_SECONDS)


def _listed_fields(body: Mapping[str, t.Any], code: int, count: int) -> dict[int, Rejection]:
    found: dict[int, dict[str, list[str]]] = {}
    for key in _EVENT_LISTS:
        lists = body.get(key)
        for field, indexes in lists.items() if isinstance(lists, Mapping) else ():
            for index in _indexes(indexes, count):
                found.setdefault(index, {}).setdefault(key, []).append(str(field))
    return {index: _field_rejection(body, code, fields) for index, fields in found.items()}


def _field_rejection(body: Mapping[str, t.Any], code: int, fields: dict[str, list[str]]) -> Rejection:
    reason = next(_EVENT_LISTS[key] for key in _EVENT_LISTS if key in fields)
    names = ", ".join(sorted({field for listed in fields.values() for field in listed}))
    answer = {"code": code, "error": body.get("error"), **fields}
    return Rejection(reason, f"Amplitude refused the event for its {names}", code, answer)


def _silenced(body: Mapping[str, t.Any], code: int, updates: Sequence[Update]) -> Iterator[tuple[int, Rejection]]:
    devices = _ids(body.get("silenced_devices"))
    indexes = set(_indexes(body.get("silenced_events"), len(updates)))
    indexes |= {index for index, update in enumerate(updates) if update.device_id in devices}
    answer = {"code": code, "error": body.get("error")}
    for index in sorted(indexes):
        yield index, Rejection("silenced", "Amplitude has silenced the device of this update", code, answer)


def _over_quota(body: Mapping[str, t.Any], code: int, updates: Sequence[Update]) -> Iterator[tuple[int, Rejection]]:
    for index, update in enumerate(updates):
        for key, value in (
            ("exceeded_daily_quota_users", update.user_id),
            ("exceeded_daily_quota_devices", update.device_id),
        ):
            counts = body.get(key)
            if isinstance(counts, Mapping) and value is not None and value in counts:
                answer = {"code": code, "error": body.get("error"), key: {value: counts[value]}}
                detail = "the daily quota of this user or device is spent; send it again tomorrow with --replay"
                yield index, Rejection("daily_quota", detail, code, answer)


def _throttled(body: Mapping[str, t.Any], updates: Sequence[Update]) -> set[int]:
    users, devices = _ids(body.get("throttled_users")), _ids(body.get("throttled_devices"))
    by_id = {index for index, update in enumerate(updates) if update.user_id in users or update.device_id in devices}
    return by_id | set(_indexes(body.get("throttled_events"), len(updates)))


def _ids(value: t.Any) -> set[t.Any]:
    return {str(item) for item in value} if isinstance(value, list | Mapping) else set()


def _indexes(value: t.Any, count: int) -> list[int]:
    """The usable ones among what should be a list of indexes."""
    items = value if isinstance(value, list) else []
    return [item for item in items if _integer(item) is not None and 0 <= item < count]


def _integer(value: t.Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _compact(answer: Answer, body: Mapping[str, t.Any]) -> t.Any:
    return {key: body[key] for key in ("code", "error") if key in body} or shown(answer)


def shown(answer: Answer) -> str:
    """The telling part of an answer, short enough for a message."""
    error = answer.body.get("error") if isinstance(answer.body, dict) else None
    text = " ".join(str(error or answer.text).split())
    return text[:_SHOWN_TEXT] or "no text"


def _stopped(status: int, answer: Answer, hint: str) -> str:
    return f"Sending to Amplitude: it answered {status}: {shown(answer)}. {hint} Nothing more was sent."
