"""The one place where HTTP happens: JSON-RPC envelope, authentication, point budget.

Contract: https://comagic.github.io/data_api/ (JSON-RPC 2.0 over POST, one address for all methods; errors come with
HTTP status 200: see `errors`).
"""

from __future__ import annotations

import itertools
import logging
import threading
import time
import typing as t

import msgspec
from singer_slices import (
    Answer,
    Budget,
    CredentialError,
    Envelope,
    Page,
    QuotaSpentError,
    RetryableError,
    RunControl,
    StreamFailedError,
    Transport,
    TypedRows,
    decode,
    redactor,
)

from tap_comagic.errors import BUCKETS, QuotaHitError, TokenDeadError, details, error_of, error_of_status
from tap_comagic.numbers import number, whole

logger = logging.getLogger(__name__)

Params = dict[str, t.Any]
Read = t.Callable[[bytes], t.Any]

#: Where the rows of an answer are, and what else is read of it.
ENVELOPE = Envelope(("result", "data"), kept=("jsonrpc", "id", "error", "result.metadata", "result.meta_data"))

_LOGIN = "login.user"
_REFRESH_SHARE = 0.9  # of a session's life, after which a new one is begun
_MOST_QUOTA_WAITS = 20


class ComagicClient:
    """Calls methods of the Data API. Safe to use from several threads, which share the session and the points.

    Args:
        config: the tap's settings.
        transport: makes the requests.
        budget: the points of this credential.
        control: for the vendor's clock.
    """

    def __init__(
        self, config: t.Mapping[str, t.Any], transport: Transport, budget: Budget, control: RunControl
    ) -> None:
        self._url = str(config["api_url"]).rstrip("/")
        self._password: str | None = config.get("password")
        self._login: str | None = config.get("login") if self._password else None
        self._token: str | None = config.get("access_token")
        self._several_clients = bool(config.get("user_ids") or config.get("all_clients"))
        self._refresh_at: float | None = None
        self._renewing = threading.Lock()
        self._no_entry: CredentialError | None = None
        self._transport = transport
        self._budget = budget
        self._control = control
        self._ids = itertools.count(1)
        self._deprecation_told = False

    def call(self, method: str, params: Params, *, doing: str, read: Read = decode) -> Page:
        """One call of a `get…` method.

        Args:
            method: as in `get.calls_report`.
            params: everything but the token.
            doing: what the call is for, for messages.
            read: makes a document of an answer's bytes; it may put typed rows (of `ENVELOPE`) into it.

        Returns:
            The rows (a lone object counts as one row) and the stated total.

        Raises:
            CredentialError: the vendor does not let this caller in.
            ConfigurationError: `api_url` is not the API's address.
            StreamRefusedError: no right or no component for this method.
            StreamFailedError: the request failed for good.
            SliceTooWideError: the asked interval is too long.
            QuotaSpentError: the points are spent for longer than may be waited.
        """
        return self._transport.retry(doing, lambda: self._page(method, params, doing, read))

    def _page(self, method: str, params: Params, doing: str, read: Read) -> Page:
        result = self._admitted(method, params, doing, read)
        return Page(_rows(result), whole(_metadata(result).get("total_items")))

    def _admitted(self, method: str, params: Params, doing: str, read: Read) -> t.Any:
        """One call that waits for points where there are none."""
        for _ in range(_MOST_QUOTA_WAITS):
            try:
                return self._authenticated(method, params, doing, read)
            except QuotaHitError:
                continue  # the budget knows now, and waits or gives up
        raise QuotaSpentError(f"{doing}: the quota is still spent after {_MOST_QUOTA_WAITS} waits; run again later")

    # Authentication

    def _authenticated(self, method: str, params: Params, doing: str, read: Read) -> t.Any:
        """One call with a live token; a dead session is renewed once."""
        token, fresh = self._live_token()
        try:
            return self._request(method, {"access_token": token, **params}, doing, read)
        except TokenDeadError as error:
            if self._login is None or fresh:
                raise CredentialError(f"{doing}: {error}; {self._token_advice()}") from None
        token = self._renewed(token)
        try:
            return self._request(method, {"access_token": token, **params}, doing, read)
        except TokenDeadError as error:
            raise CredentialError(f"{doing}: {error}, even right after a new login; {self._token_advice()}") from None

    def _token_advice(self) -> str:
        return (
            "check access_token and api_url: keys of one portal (comagic.ru, uiscom.ru) do not work on another's host"
        )

    def _live_token(self) -> tuple[str | None, bool]:
        """The token to call with; a session is begun if there is none, or if it is about to end.

        Returns:
            The token, and whether its session was begun just now.
        """
        with self._renewing:
            if self._login is None:
                return self._token, False
            if self._token is not None and (self._refresh_at is None or time.monotonic() < self._refresh_at):
                return self._token, False
            self._begin_session()
            return self._token, True

    def _renewed(self, dead: str | None) -> str | None:
        """Another token than `dead`: the first thread that needs one logs in for all."""
        with self._renewing:
            if self._token == dead:
                self._begin_session()
            return self._token

    def _begin_session(self) -> None:
        """Log in, once: a refusal is final for all threads, so that the vendor does not lock the account."""
        if self._no_entry:
            raise self._no_entry
        try:
            self._log_in()
        except CredentialError as error:
            self._no_entry = error
            raise

    def _log_in(self) -> None:
        try:
            result = self._request(_LOGIN, {"login": self._login, "password": self._password}, "logging in")
        except (TokenDeadError, StreamFailedError) as error:
            raise CredentialError(f"logging in: {error}; check login, password and api_url") from None
        data = result.get("data") if isinstance(result, dict) else None
        if not isinstance(data, dict) or not data.get("access_token"):
            raise RetryableError("logging in: the answer holds no access_token")
        self._token = str(data["access_token"])
        redactor.add(self._token)
        # The parameter table calls it expire_at, the sample expire.
        expires = number(data.get("expire_at") or data.get("expire"))
        lifetime = expires - self._control.now().timestamp() if expires else 0.0
        self._refresh_at = time.monotonic() + lifetime * _REFRESH_SHARE if lifetime > 0 else None

    # One request

    def _request(self, method: str, params: Params, doing: str, read: Read = decode) -> t.Any:
        with self._budget.request():
            return self._answered(method, params, doing, read)

    def _answered(self, method: str, params: Params, doing: str, read: Read) -> t.Any:
        body = {"jsonrpc": "2.0", "id": next(self._ids), "method": method, "params": params}
        answer = self._transport.send(
            "POST",
            self._url,
            data=msgspec.json.encode(body),
            headers={"Content-Type": "application/json; charset=UTF-8"},
        )
        excerpt = answer.excerpt() if method != _LOGIN else f"{len(answer.body)} bytes"  # they may hold the token
        document = _document(answer, doing, excerpt, read)
        if error := document.get("error"):
            self._raise_for(
                error if isinstance(error, dict) else {"message": str(error)},
                doing,
                of_one_client=self._several_clients and "user_id" in params,
            )
        result = document.get("result")
        if result is None:
            raise RetryableError(f"the answer has neither result nor error: {excerpt}")
        self._hear(_metadata(result))
        return result

    def _hear(self, metadata: t.Mapping[str, t.Any]) -> None:
        """Take in what an answer says about points and versions."""
        self._hear_limits(metadata.get("limits"))
        version = metadata.get("api_version")
        if isinstance(version, dict) and version.get("current_version_deprecated") and not self._deprecation_told:
            self._deprecation_told = True
            logger.warning(
                "CoMagic says that version %s of its API is deprecated (latest: %s)",
                version.get("current_version"),
                version.get("latest_version"),
            )

    def _hear_limits(self, limits: t.Any) -> None:
        for bucket in BUCKETS if isinstance(limits, dict) else ():
            remaining = whole(limits.get(f"{bucket}_remaining"))
            if remaining is not None:
                self._budget.observe(
                    bucket,
                    remaining=remaining,
                    reset_seconds=number(limits.get(f"{bucket}_reset")),
                    limit=whole(limits.get(f"{bucket}_limit")),
                )

    def _raise_for(self, error: t.Mapping[str, t.Any], doing: str, *, of_one_client: bool) -> t.NoReturn:
        """Take in what a vendor's error says about points, and raise the engine's."""
        self._hear(_metadata(details(error)))
        problem = error_of(error, doing, of_one_client=of_one_client)
        if isinstance(problem, QuotaHitError):
            self._budget.exhaust(problem.bucket)
        raise problem


def _document(answer: Answer, doing: str, excerpt: str, read: Read) -> dict[str, t.Any]:
    """The JSON-RPC envelope of an answer, whatever its HTTP status.

    Args:
        answer: what came back.
        doing: what the call is for, for messages.
        excerpt: what messages may show of the body.
        read: makes a document of the body.

    Raises:
        EngineError: there is none; which one the status decides (`error_of_status`).
    """
    try:
        document = read(answer.body)
    except RetryableError:
        document = None
    if isinstance(document, dict) and _is_envelope(document):
        return document
    raise error_of_status(answer, doing, excerpt)


def _is_envelope(document: t.Mapping[str, t.Any]) -> bool:
    """Whether a JSON object is the API's own answer, and not, say, a gateway's `{"error": "bad gateway"}`."""
    error = document.get("error")
    return "result" in document or (isinstance(error, dict) and ("code" in error or "data" in error))


def _metadata(result: t.Any) -> dict[str, t.Any]:
    """The metadata of a result; some methods' samples spell it `meta_data`, one puts the rows in its place."""
    if not isinstance(result, dict):
        return {}
    metadata = result.get("metadata") or result.get("meta_data")
    return metadata if isinstance(metadata, dict) else {}


def _rows(result: t.Any) -> list[dict[str, t.Any]] | TypedRows:
    """The rows of a result.

    Raises:
        RetryableError: there is something else in their place, or nothing.
    """
    if isinstance(result, dict) and "data" not in result:
        raise RetryableError("the answer's result has no data")
    data = result["data"] if isinstance(result, dict) else result
    if data is None:
        return []
    if isinstance(data, TypedRows):
        return data
    rows = [data] if isinstance(data, dict) else data
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise RetryableError("the answer's data is no list of rows")
    return rows
