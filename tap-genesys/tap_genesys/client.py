"""The one place where HTTP happens: token, requests, rate limits, error mapping, paging.

Contract: https://developer.genesys.cloud/devapps/sdk/docexplorer/purecloudpython/ and the pages named below.
"""

from __future__ import annotations

import base64
import logging
import threading
import time
import typing as t
import urllib.parse

import msgspec
from singer_slices import (
    Answer,
    Budget,
    ConfigurationError,
    CredentialError,
    EngineError,
    Envelope,
    RetryableError,
    Rows,
    SliceTooWideError,
    StreamFailedError,
    StreamRefusedError,
    Transport,
    TypedRows,
    decode,
    redactor,
)

logger = logging.getLogger(__name__)

Params = t.Mapping[str, t.Any]
Document = dict[str, t.Any]
Read = t.Callable[[bytes], t.Any]

#: Where the rows of a list are, and what leads to the next page.
LISTING = Envelope(("entities",), kept=("nextUri", "pageNumber", "pageCount"))

_API = "/api/v2"
_TOKEN_PATH = "/oauth/token"  # noqa: S105 - a path
_REFRESH_SHARE = 0.9  # of a token's life, after which a new one is asked for
_DEFAULT_WAIT = 60.0
_OK = range(200, 300)
_WITH_CONTENT = 200
_BAD_REQUEST, _UNAUTHORIZED, _FORBIDDEN, _NOT_FOUND, _GATEWAY_TIMEOUT = 400, 401, 403, 404, 504
_WRONG_ADDRESS = frozenset({301, 302, 303, 307, 308, 405})
#: How the vendor says that a query asks for too much (the texts are the only sign; the code is the same as for others).
_TOO_LONG = ("search interval", "does not exceed")
_TOO_MANY = ("may not exceed", "pagination may not")
_STALE_PAGES = 3


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


class _TokenDeadError(EngineError):
    """HTTP 401: the token is unknown, has ended, or was idle for too long."""


class GenesysClient:
    """Calls the platform API of one organisation.

    Safe to use from several threads; they share token and budget.

    Args:
        config: the tap's settings.
        transport: makes the requests.
        budget: the requests of this token.
    """

    def __init__(self, config: t.Mapping[str, t.Any], transport: Transport, budget: Budget) -> None:
        region = str(config["region"]).strip().strip("/")
        self._api_url = str(config.get("api_url") or f"https://api.{region}").rstrip("/")
        self._auth_url = str(config.get("auth_url") or f"https://login.{region}").rstrip("/")
        self._client_id = str(config["client_id"])
        self._client_secret = str(config["client_secret"])
        self._transport = transport
        self._budget = budget
        self._token: str | None = None
        self._refresh_at = 0.0
        self._renewing = threading.Lock()

    def sign_in(self) -> None:
        """Have a live token; its answer also tells the vendor's time.

        Raises:
            CredentialError: the vendor does not let this client in.
        """
        self._live_token()

    # Calls

    def get(self, path: str, params: Params | None = None, *, doing: str, read: Read = decode) -> Document:
        """GET a path below `/api/v2`.

        Args:
            path: as in `/users`.
            params: of the query; a list is sent as repeated parameters.
            doing: what the call is for, for messages.
            read: makes a document of an answer's bytes; it may put typed rows into it.

        Returns:
            The JSON object of the answer; empty where there is none.

        Raises:
            CredentialError: the vendor does not let this client in.
            ConfigurationError: `region` or `api_url` is not the API's address.
            StreamRefusedError: a permission is missing.
            SliceTooWideError: the query asks for more than the vendor gives at once.
            NotFoundError: there is no such thing.
            BadRequestError: the vendor does not understand it.
            StreamFailedError: the request failed for good.
            QuotaSpentError: the vendor asks to wait for longer than allowed.
        """
        return self._call("GET", path, doing, params=params, read=read)

    def post(self, path: str, body: Document, *, doing: str, query: bool = False, read: Read = decode) -> Document:
        """POST a JSON body to a path below `/api/v2`; errors as for `get`.

        Args:
            path: as in `/analytics/conversations/details/query`.
            body: the JSON object.
            doing: what the call is for, for messages.
            query: a synchronous analytics query, where a second 504 in a row means that it asks for too much.
            read: as for `get`.
        """
        return self._call("POST", path, doing, body=body, query=query, read=read)

    def delete(self, path: str, *, doing: str) -> None:
        """DELETE a path below `/api/v2`; errors as for `get`."""
        self._call("DELETE", path, doing)

    def listing(self, path: str, params: Params, *, doing: str) -> t.Iterator[list[Document]]:
        """The pages of a list, to its end; as `pages`, of dicts."""
        return t.cast("t.Iterator[list[Document]]", self.pages(path, params, doing=doing))

    def pages(self, path: str, params: Params, *, doing: str, read: Read = decode) -> t.Iterator[Rows]:
        """The pages of a list, to its end; typed where `read` makes them so (of `LISTING`).

        `nextUri` leads from page to page, by number or cursor; where a list has none, `pageCount` does. Neither `total`
        nor `pageCount` ends a list that still has a `nextUri`, since both may be wrong for large ones.

        Raises:
            StreamFailedError: a page names itself as the next one.
        """
        asked = dict(params)
        empty = 0
        while True:
            answer = self.get(path, asked, doing=doing, read=read)
            rows = _entities(answer, doing)
            yield rows
            empty = 0 if rows else empty + 1
            following = _next_params(answer, asked)
            if following is None or empty == _STALE_PAGES:
                return
            if following == asked:
                raise StreamFailedError(f"{doing}: a page names itself as the next one ({answer.get('nextUri')})")
            asked = following

    def _call(
        self,
        method: str,
        path: str,
        doing: str,
        *,
        params: Params | None = None,
        body: Document | None = None,
        query: bool = False,
        read: Read = decode,
    ) -> Document:
        options: Document = {"params": params} if params else {}
        if body is not None:
            options["data"] = msgspec.json.encode(body)
        timeouts = 0

        def once() -> Document:
            nonlocal timeouts
            answer = self._authorized(method, _API + path, options, doing)
            timeouts = timeouts + 1 if answer.status == _GATEWAY_TIMEOUT else 0
            if query and timeouts > 1:
                raise TooManyRowsError(f"{doing}: HTTP 504 twice: the query asks for too much")
            if method == "DELETE" and answer.status in _OK:
                return {}
            return _document(answer, doing, read)

        return self._transport.retry(doing, once)

    # Authentication

    def _authorized(self, method: str, path: str, options: Document, doing: str) -> Answer:
        """One request with a live token; a dead one is renewed once (https://help.mypurecloud.com, OAuth clients)."""
        token = self._live_token()
        answer = self._send(method, path, options, token)
        if answer.status != _UNAUTHORIZED:
            return answer
        answer = self._send(method, path, options, self._renewed(token))
        if answer.status == _UNAUTHORIZED:
            raise CredentialError(
                f"{doing}: {_told(answer)}, even with a new token; check that the OAuth client is active and that "
                "region is the organisation's own"
            )
        return answer

    def _send(self, method: str, path: str, options: Document, token: str) -> Answer:
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        with self._budget.request():
            answer = self._transport.send(method, self._api_url + path, headers=headers, **options)
            self._hear_limits(answer)
        return answer

    def _live_token(self) -> str:
        with self._renewing:
            if self._token is None or time.monotonic() >= self._refresh_at:
                self._ask_for_token()
            return t.cast("str", self._token)

    def _renewed(self, dead: str) -> str:
        """Another token than `dead`: asked for by the first thread that needs it."""
        with self._renewing:
            if self._token == dead:
                self._ask_for_token()
            return t.cast("str", self._token)

    def _ask_for_token(self) -> None:
        doing = "asking for a token"
        document = self._transport.retry(doing, lambda: self._token_document(doing))
        self._token = str(document["access_token"])
        redactor.add(self._token)
        lifetime = document.get("expires_in")
        seconds = float(lifetime) if isinstance(lifetime, int | float) and lifetime > 0 else _DEFAULT_WAIT
        self._refresh_at = time.monotonic() + seconds * _REFRESH_SHARE

    def _token_document(self, doing: str) -> Document:
        """POST /oauth/token with the client credentials grant.

        Its errors are not the platform's: `{"error": "invalid_client", …}` with 400 or 401, both final.
        """
        basic = base64.b64encode(f"{self._client_id}:{self._client_secret}".encode()).decode()
        redactor.add(basic)
        answer = self._transport.send(
            "POST",
            self._auth_url + _TOKEN_PATH,
            data={"grant_type": "client_credentials"},
            headers={"Authorization": f"Basic {basic}"},
        )
        if answer.may_pass:
            raise RetryableError(f"HTTP {answer.status}", retry_after=answer.retry_after, throttled=answer.throttled)
        if answer.status not in _OK:
            raise CredentialError(
                f"{doing}: {_told_by_login(answer)}; check client_id, client_secret and region ({self._auth_url})"
            )
        document = decode(answer.body)
        if not isinstance(document, dict) or not document.get("access_token"):
            raise RetryableError(f"{doing}: the answer holds no access_token")
        return document

    # Rate limits

    def _hear_limits(self, answer: Answer) -> None:
        """Take in `inin-ratelimit-*` (https://developer.genesys.cloud/blog/2021-05-06-sdk-config-and-logging/).

        `reset` and `Retry-After` are seconds, not times.
        """
        used, allowed = _number(answer, "inin-ratelimit-count"), _number(answer, "inin-ratelimit-allowed")
        reset = _number(answer, "inin-ratelimit-reset")
        if answer.throttled:
            self._budget.observe("minute", remaining=0, reset_seconds=_wait_of(answer))
        elif used is not None and allowed is not None:
            left = max(int(allowed - used), 0)
            self._budget.observe("minute", remaining=left, reset_seconds=reset, limit=int(allowed))


def _wait_of(answer: Answer) -> float:
    """Seconds to wait after a 429: `Retry-After`, else what the window has left, else a minute."""
    if answer.retry_after is not None:
        return answer.retry_after
    reset = _number(answer, "inin-ratelimit-reset")
    return _DEFAULT_WAIT if reset is None else reset + 1


def _number(answer: Answer, header: str) -> float | None:
    try:
        return float(answer.headers.get(header, ""))
    except ValueError:
        return None


def _document(answer: Answer, doing: str, read: Read) -> Document:
    """The JSON object of an answer, or the engine's error for it."""
    if answer.status in _OK:
        document = read(answer.body) if answer.body.strip() else {}
        if not isinstance(document, dict):
            raise RetryableError(f"the answer is no JSON object: {answer.excerpt()}")
        if not any(isinstance(part, list | TypedRows) for part in document.values()):
            _refuse_errors(answer)
        return document
    told = _told(answer)
    text = f"{doing}: {told}"
    if answer.throttled:
        raise RetryableError(told, retry_after=_wait_of(answer), throttled=True)
    if answer.may_pass:
        raise RetryableError(told, retry_after=answer.retry_after)
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
        raise RetryableError(f"the answer is an error: {_told(answer)}")


def _platform_error(answer: Answer) -> Document:
    """The platform's error body; empty where something else answered."""
    try:
        document = decode(answer.body)
    except RetryableError:
        return {}
    return document if isinstance(document, dict) and ("message" in document or "code" in document) else {}


def _told(answer: Answer) -> str:
    """What an answer says is wrong, with the correlation id that the vendor's support asks for."""
    error = _platform_error(answer)
    what = f"{error.get('code') or answer.status}: {error.get('message')}" if error else answer.excerpt()
    correlation = answer.headers.get("inin-correlation-id") or error.get("contextId")
    return f"HTTP {answer.status} {what}" + (f" (correlation id {correlation})" if correlation else "")


def _told_by_login(answer: Answer) -> str:
    try:
        document = decode(answer.body)
    except RetryableError:
        document = None
    if not isinstance(document, dict):
        return f"HTTP {answer.status}"
    parts = [str(document[name]) for name in ("error", "description", "error_description") if document.get(name)]
    return f"HTTP {answer.status} {': '.join(dict.fromkeys(parts))}"


def _entities(answer: Document, doing: str) -> Rows:
    """The rows of a list's page; an absent list is an empty one."""
    rows = answer.get("entities")
    if rows is None:
        return []
    if isinstance(rows, TypedRows):
        return rows
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise StreamFailedError(f"{doing}: the answer's entities are no list of objects")
    return rows


def _next_params(answer: Document, asked: Document) -> Document | None:
    """The parameters of the next page, or None after the last.

    `nextUri` is a path that may lack the filters that were asked with, so only what it names is taken over.
    """
    following = answer.get("nextUri")
    if isinstance(following, str) and following:
        named = urllib.parse.parse_qs(urllib.parse.urlsplit(following).query)
        return {**asked, **{name: _plain(values) for name, values in named.items()}}
    number, count = answer.get("pageNumber"), answer.get("pageCount")
    if isinstance(number, int) and isinstance(count, int) and number < count and answer.get("entities"):
        return {**asked, "pageNumber": number + 1}
    return None


def _plain(values: list[str]) -> t.Any:
    if len(values) > 1:
        return values
    return int(values[0]) if values[0].isdigit() else values[0]
