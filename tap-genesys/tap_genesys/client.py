"""The one place where HTTP happens: token, requests, rate limits, paging.

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
    CredentialError,
    EngineError,
    Envelope,
    RetryableError,
    Rows,
    StreamFailedError,
    Transport,
    decode,
    redactor,
)

from tap_genesys.answers import (
    OK,
    Document,
    Read,
    TooManyRowsError,
    document_of,
    number_in,
    rows_of,
    told,
    told_by_login,
    wait_of,
)

logger = logging.getLogger(__name__)

Params = t.Mapping[str, t.Any]

#: Where the rows of a list are, and what leads to the next page.
LISTING = Envelope(("entities",), kept=("nextUri", "pageNumber", "pageCount"))

_API = "/api/v2"
_TOKEN_PATH = "/oauth/token"  # noqa: S105 - a path
_REFRESH_SHARE = 0.9  # of a token's life, after which a new one is asked for
_DEFAULT_LIFETIME = 60.0  # seconds of a token that does not tell its own
_UNAUTHORIZED, _GATEWAY_TIMEOUT = 401, 504
_STALE_PAGES = 3


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
            rows = rows_of(answer, "entities", doing)
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
            if method == "DELETE" and answer.status in OK:
                return {}
            return document_of(answer, doing, read)

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
                f"{doing}: {told(answer)}, even with a new token; check that the OAuth client is active and that "
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
        seconds = float(lifetime) if isinstance(lifetime, int | float) and lifetime > 0 else _DEFAULT_LIFETIME
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
        if answer.status not in OK:
            raise CredentialError(
                f"{doing}: {told_by_login(answer)}; check client_id, client_secret and region ({self._auth_url})"
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
        used, allowed = number_in(answer, "inin-ratelimit-count"), number_in(answer, "inin-ratelimit-allowed")
        reset = number_in(answer, "inin-ratelimit-reset")
        if answer.throttled:
            self._budget.observe("minute", remaining=0, reset_seconds=wait_of(answer))
        elif used is not None and allowed is not None:
            left = max(int(allowed - used), 0)
            self._budget.observe("minute", remaining=left, reset_seconds=reset, limit=int(allowed))


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
