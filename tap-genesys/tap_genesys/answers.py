"""What answers of the platform and of its login mean: documents, or the engine's errors for them.

Contract: https://developer.genesys.cloud/devapps/sdk/docexplorer/purecloudpython/.
"""

from __future__ import annotations

import typing as t

from singer_slices import (
    Answer,
    ConfigurationError,
    RetryableError,
    Rows,
    SliceTooWideError,
    StreamFailedError,
    StreamRefusedError,
    TypedRows,
    decode,
)

Document = dict[str, t.Any]
Read = t.Callable[[bytes], t.Any]

_DEFAULT_WAIT = 60.0
OK = range(200, 300)
_WITH_CONTENT = 200
_BAD_REQUEST, _FORBIDDEN, _NOT_FOUND = 400, 403, 404
_WRONG_ADDRESS = frozenset({301, 302, 303, 307, 308, 405})
#: How the vendor says that a query asks for too much (the texts are the only sign; the code is the same as for others).
_TOO_LONG = ("search interval", "does not exceed")
_TOO_MANY = ("may not exceed", "pagination may not")


class NotFoundError(StreamFailedError):
    """HTTP 404: a job that is gone, or an entity that vanished between two calls."""


class BadRequestError(StreamFailedError):
    """HTTP 400: what was asked for is wrong, or no longer right."""


class TooManyRowsError(SliceTooWideError):
    """A query holds more than it can give, whatever its length: it is cut, but that need not help.

    `rows` is how many it holds; None if that is unknown.
    """

    def __init__(self, message: str, rows: int | None = None) -> None:
        super().__init__(message)
        self.rows = rows


def wait_of(answer: Answer) -> float:
    """Seconds to wait after a 429: `Retry-After`, else what the window has left, else a minute."""
    if answer.retry_after is not None:
        return answer.retry_after
    reset = number_in(answer, "inin-ratelimit-reset")
    return _DEFAULT_WAIT if reset is None else reset + 1


def number_in(answer: Answer, header: str) -> float | None:
    """A header's number; None where it holds none."""
    try:
        return float(answer.headers.get(header, ""))
    except ValueError:
        return None


def document_of(answer: Answer, doing: str, read: Read) -> Document:
    """The JSON object of an answer, or the engine's error for it."""
    if answer.status in OK:
        document = read(answer.body) if answer.body.strip() else {}
        if not isinstance(document, dict):
            raise RetryableError(f"the answer is no JSON object: {answer.excerpt()}")
        if not any(isinstance(part, list | TypedRows) for part in document.values()):
            _refuse_errors(answer)
        return document
    what = told(answer)
    text = f"{doing}: {what}"
    if answer.throttled:
        raise RetryableError(what, retry_after=wait_of(answer), throttled=True)
    if answer.may_pass:
        raise RetryableError(what, retry_after=answer.retry_after)
    if answer.status == _FORBIDDEN:
        raise StreamRefusedError(f"{text}; give the permission to a role of the OAuth client, for every division")
    if answer.status == _NOT_FOUND and _platform_error(answer):
        raise NotFoundError(text)
    if answer.status == _NOT_FOUND or answer.status in _WRONG_ADDRESS:
        raise ConfigurationError(f"{text}; check region and api_url: there is no Genesys Cloud API at this address")
    if answer.status == _BAD_REQUEST:
        _refuse_too_much(text)
        raise BadRequestError(text)
    raise StreamFailedError(text)


def _refuse_too_much(text: str) -> None:
    """Tell a query that asks for too much from other faults.

    Raises:
        SliceTooWideError: it does; the error also says whether of time or of rows.
    """
    if any(sign in text.lower() for sign in _TOO_LONG):
        raise SliceTooWideError(text)
    if any(sign in text.lower() for sign in _TOO_MANY):
        raise TooManyRowsError(text)


def _refuse_errors(answer: Answer) -> None:
    """An error under HTTP 200, or nothing at all, would else be the end of a list.

    Raises:
        RetryableError: it is one.
    """
    if answer.status == _WITH_CONTENT and not answer.body.strip():
        raise RetryableError("the answer is empty")
    if {"message", "code", "status"} <= _platform_error(answer).keys():
        raise RetryableError(f"the answer is an error: {told(answer)}")


def _platform_error(answer: Answer) -> Document:
    """The platform's error body; empty where something else answered."""
    try:
        document = decode(answer.body)
    except RetryableError:
        return {}
    return document if isinstance(document, dict) and ("message" in document or "code" in document) else {}


def told(answer: Answer) -> str:
    """What an answer says is wrong, with the correlation id that the vendor's support asks for."""
    error = _platform_error(answer)
    what = f"{error.get('code') or answer.status}: {error.get('message')}" if error else answer.excerpt()
    correlation = answer.headers.get("inin-correlation-id") or error.get("contextId")
    return f"HTTP {answer.status} {what}" + (f" (correlation id {correlation})" if correlation else "")


def told_by_login(answer: Answer) -> str:
    """What an answer of the login says is wrong, without anything that was sent to it."""
    try:
        document = decode(answer.body)
    except RetryableError:
        document = None
    if not isinstance(document, dict):
        return f"HTTP {answer.status}"
    parts = [str(document[name]) for name in ("error", "description", "error_description") if document.get(name)]
    return f"HTTP {answer.status} {': '.join(dict.fromkeys(parts))}"


def rows_of(page: Document, field: str, doing: str) -> Rows:
    """The rows of a page; past the end the list is absent.

    Raises:
        StreamFailedError: there is something else in their place.
    """
    rows = page.get(field)
    if rows is None:
        return []
    if isinstance(rows, TypedRows):
        return rows
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise StreamFailedError(f"{doing}: the answer's {field} are no list of objects")
    return rows
