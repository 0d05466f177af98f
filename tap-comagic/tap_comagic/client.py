"""The one place where HTTP happens: JSON-RPC envelope, authentication, point budget, error mapping.

Contract: https://comagic.github.io/data_api/ (JSON-RPC 2.0 over POST, one address for all methods; errors come with
HTTP status 200 and are told apart by `error.data.mnemonic`).
"""

from __future__ import annotations

import itertools
import logging
import math
import threading
import time
import typing as t

import msgspec
from singer_slices import (
    Answer,
    Budget,
    ConfigurationError,
    CredentialError,
    EngineError,
    Page,
    QuotaSpentError,
    RetryableError,
    RunControl,
    SliceTooWideError,
    StreamFailedError,
    StreamRefusedError,
    Transport,
    decode,
    redactor,
)

logger = logging.getLogger(__name__)

Params = dict[str, t.Any]

_LOGIN = "login.user"
_TOKEN_DEAD = frozenset({"access_token_expired", "access_token_invalid"})
_NO_ENTRY = {
    "access_token_blocked": "the key is blocked: unblock it or make a new one in the account's user settings",
    "auth_error": "check login and password; nothing is tried again, so that the account is not locked",
    "ip_not_whitelisted": "add this machine's address in the account's security settings, tab API",
    "account_inactive": "the account is disabled: contact the vendor's support",
}
#: With several clients of an agency these concern one client: its list of addresses, its account.
_OF_ONE_CLIENT = frozenset({"ip_not_whitelisted", "account_inactive"})
_REFUSED = {
    "forbidden": "the user has no right to this method: grant it in the account",
    "method_component_disabled": "the account lacks the product component that the method needs",
    "method_not_found": "this brand or account does not know the method",
}
#: Codes are not unique and the mnemonic decides; where an answer has none, its code must do.
_MNEMONIC_OF_CODE = {
    -32001: "access_token_invalid",
    -32003: "forbidden",
    -32008: "method_component_disabled",
    -32009: "account_inactive",
    -32029: "limit_exceeded",
    -32601: "method_not_found",
    -32603: "internal_error",
}
_FIELD_PROBLEMS = frozenset({"unexpected_parameters", "parameter_component_disabled"})
_EXAMPLE_URL = "https://dataapi.comagic.ru/v2.0"
_BUCKETS = ("minute", "hour", "day")
_REFRESH_SHARE = 0.9  # of a session's life, after which a new one is begun
_MOST_QUOTA_WAITS = 20
_UNAUTHORIZED, _FORBIDDEN, _CLIENT_ERROR = 401, 403, 400
_WRONG_ADDRESS = frozenset({301, 302, 303, 307, 308, 404, 405, 410})


class _TokenDeadError(EngineError):
    """The session or key is not accepted (any more)."""


class _QuotaHitError(EngineError):
    """The vendor refused a request because a bucket of points is empty."""


class RequestProblemError(StreamFailedError):
    """The vendor finds fault with a request.

    Attributes:
        mnemonic: which fault, as in `unexpected_parameters`.
        field: the parameter it speaks of, if it names one.
        value: that parameter's value, if it names one.
    """

    def __init__(self, message: str, mnemonic: str, data: t.Mapping[str, t.Any]) -> None:
        super().__init__(message)
        self.mnemonic = mnemonic
        self.field: t.Any = data.get("field")
        self.value: t.Any = data.get("value")


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

    def call(self, method: str, params: Params, *, doing: str) -> Page:
        """One call of a `get…` method.

        Args:
            method: as in `get.calls_report`.
            params: everything but the token.
            doing: what the call is for, for messages.

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
        return self._transport.retry(doing, lambda: self._page(method, params, doing))

    def _page(self, method: str, params: Params, doing: str) -> Page:
        result = self._admitted(method, params, doing)
        return Page(_rows(result), _whole(_metadata(result).get("total_items")))

    def _admitted(self, method: str, params: Params, doing: str) -> t.Any:
        """One call that waits for points where there are none."""
        for _ in range(_MOST_QUOTA_WAITS):
            try:
                return self._authenticated(method, params, doing)
            except _QuotaHitError:
                continue  # the budget knows now, and waits or gives up
        raise QuotaSpentError(f"{doing}: the quota is still spent after {_MOST_QUOTA_WAITS} waits; run again later")

    # Authentication

    def _authenticated(self, method: str, params: Params, doing: str) -> t.Any:
        """One call with a live token; a dead session is renewed once."""
        token, fresh = self._live_token()
        try:
            return self._request(method, {"access_token": token, **params}, doing)
        except _TokenDeadError as error:
            if self._login is None or fresh:
                raise CredentialError(f"{doing}: {error}; {self._token_advice()}") from None
        token = self._renewed(token)
        try:
            return self._request(method, {"access_token": token, **params}, doing)
        except _TokenDeadError as error:
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
        except (_TokenDeadError, StreamFailedError) as error:
            raise CredentialError(f"logging in: {error}; check login, password and api_url") from None
        data = result.get("data") if isinstance(result, dict) else None
        if not isinstance(data, dict) or not data.get("access_token"):
            raise RetryableError("logging in: the answer holds no access_token")
        self._token = str(data["access_token"])
        redactor.add(self._token)
        # The parameter table calls it expire_at, the sample expire.
        expires = _number(data.get("expire_at") or data.get("expire"))
        lifetime = expires - self._control.now().timestamp() if expires else 0.0
        self._refresh_at = time.monotonic() + lifetime * _REFRESH_SHARE if lifetime > 0 else None

    # One request

    def _request(self, method: str, params: Params, doing: str) -> t.Any:
        with self._budget.request():
            return self._answered(method, params, doing)

    def _answered(self, method: str, params: Params, doing: str) -> t.Any:
        body = {"jsonrpc": "2.0", "id": next(self._ids), "method": method, "params": params}
        answer = self._transport.send(
            "POST",
            self._url,
            data=msgspec.json.encode(body),
            headers={"Content-Type": "application/json; charset=UTF-8"},
        )
        excerpt = answer.excerpt() if method != _LOGIN else f"{len(answer.body)} bytes"  # they may hold the token
        document = _document(answer, doing, excerpt)
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
        for bucket in _BUCKETS if isinstance(limits, dict) else ():
            remaining = _whole(limits.get(f"{bucket}_remaining"))
            if remaining is not None:
                self._budget.observe(
                    bucket,
                    remaining=remaining,
                    reset_seconds=_number(limits.get(f"{bucket}_reset")),
                    limit=_whole(limits.get(f"{bucket}_limit")),
                )

    def _raise_for(self, error: t.Mapping[str, t.Any], doing: str, *, of_one_client: bool) -> t.NoReturn:
        """Turn a vendor's error into the engine's.

        Codes are not unique, the mnemonic decides (https://comagic.github.io/data_api/, errors).
        """
        data = error.get("data") if isinstance(error.get("data"), dict) else {}
        data = t.cast("dict[str, t.Any]", data)
        self._hear(_metadata(data))
        mnemonic = str(data.get("mnemonic") or _MNEMONIC_OF_CODE.get(_whole(error.get("code")) or 0, ""))
        text = f"CoMagic answered {mnemonic or error.get('code')}: {error.get('message')}"
        if mnemonic == "limit_exceeded":
            self._budget.exhaust(_spent_bucket(error, data))
            raise _QuotaHitError(text)
        if mnemonic in _TOKEN_DEAD:
            raise _TokenDeadError(text)
        if of_one_client and mnemonic in _OF_ONE_CLIENT:
            raise StreamRefusedError(f"{doing}: {text}; {_NO_ENTRY[mnemonic]}")
        if mnemonic in _NO_ENTRY:
            raise CredentialError(f"{doing}: {text}; {_NO_ENTRY[mnemonic]}")
        if mnemonic in _REFUSED:
            raise StreamRefusedError(f"{doing}: {text}; {_REFUSED[mnemonic]}")
        if mnemonic == "date_interval_limit_reached":
            raise SliceTooWideError(text)
        if mnemonic == "internal_error":
            raise RetryableError(text)
        raise RequestProblemError(f"{doing}: {text}{_field_advice(mnemonic, data)}", mnemonic, data)


def _spent_bucket(error: t.Mapping[str, t.Any], data: t.Mapping[str, t.Any]) -> str:
    """Which bucket a `limit_exceeded` speaks of."""
    params = data.get("params")
    named = str(params.get("limit_type")) if isinstance(params, dict) else ""
    message = str(error.get("message"))
    return next((bucket for bucket in _BUCKETS if bucket == named or f"per {bucket}" in message), _BUCKETS[0])


def _document(answer: Answer, doing: str, excerpt: str) -> dict[str, t.Any]:
    """The JSON-RPC envelope of an answer, whatever its HTTP status.

    Args:
        answer: what came back.
        doing: what the call is for, for messages.
        excerpt: what messages may show of the body.

    Raises:
        RetryableError: there is none, but there may be one the next time.
        CredentialError: HTTP 401.
        ConfigurationError: a redirect or 404: this is not the API's address.
        StreamRefusedError: HTTP 403.
        StreamFailedError: another status that speaks of the request.
    """
    try:
        document = decode(answer.body)
    except RetryableError:
        document = None
    if isinstance(document, dict) and _is_envelope(document):
        return document
    text = f"{doing}: HTTP {answer.status}: {excerpt}"
    if answer.may_pass:
        raise RetryableError(f"HTTP {answer.status}", retry_after=answer.retry_after, throttled=answer.throttled)
    if answer.status == _UNAUTHORIZED:
        raise CredentialError(f"{text}; check the credentials and api_url")
    if answer.status == _FORBIDDEN:
        raise StreamRefusedError(f"{text}; something before the API refuses this caller")
    if answer.status in _WRONG_ADDRESS:
        where = f" (it points to {location})" if (location := answer.headers.get("location")) else ""
        raise ConfigurationError(f"{text}{where}; api_url must be the API's whole address, like {_EXAMPLE_URL}")
    if answer.status >= _CLIENT_ERROR:
        raise StreamFailedError(f"{text}; check api_url")
    raise RetryableError(f"the answer is {'empty' if not answer.body else f'no whole JSON-RPC answer: {excerpt}'}")


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


def _rows(result: t.Any) -> list[dict[str, t.Any]]:
    """The rows of a result.

    Raises:
        RetryableError: there is something else in their place, or nothing.
    """
    if isinstance(result, dict) and "data" not in result:
        raise RetryableError("the answer's result has no data")
    data = result["data"] if isinstance(result, dict) else result
    if data is None:
        return []
    rows = [data] if isinstance(data, dict) else data
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise RetryableError("the answer's data is no list of rows")
    return rows


def _whole(value: t.Any) -> int | None:
    """A count, also where it came as text; None where there is none."""
    number = _number(value)
    return None if number is None else int(number)


def _number(value: t.Any) -> float | None:
    """A finite number, also where it came as text; None where there is none."""
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return number if math.isfinite(number) else None


def _field_advice(mnemonic: str, data: t.Mapping[str, t.Any]) -> str:
    """Which setting leaves a refused field out."""
    field = data.get("field")
    value = data.get("value")
    named = f" (field {field!r}, value {value!r})" if field else ""
    if mnemonic in _FIELD_PROBLEMS:
        return f'{named}; leave the field out with the setting fields: {{"<stream>": ["-<field>"]}}'
    return named
