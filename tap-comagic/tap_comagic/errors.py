"""What the vendor's errors mean for a run: each becomes one of the engine's, with what to change.

Contract: https://comagic.github.io/data_api/ (errors): they come with HTTP status 200, and since codes are not unique,
`error.data.mnemonic` decides.
"""

from __future__ import annotations

import typing as t

from singer_slices import (
    Answer,
    ConfigurationError,
    CredentialError,
    EngineError,
    RetryableError,
    SliceTooWideError,
    StreamFailedError,
    StreamRefusedError,
)

from tap_comagic.numbers import whole

Json = t.Mapping[str, t.Any]

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
#: Where an answer has no mnemonic, its code must do.
_MNEMONIC_OF_CODE = {
    -32001: "access_token_invalid",
    -32003: "forbidden",
    -32008: "method_component_disabled",
    -32009: "account_inactive",
    -32029: "limit_exceeded",
    -32601: "method_not_found",
    -32603: "internal_error",
}
#: An agency's token needs `user_id`, other accounts and some methods do not know it.
_CLIENT = "user_id"
_NO_CLIENT = "this method, or this account, takes no user_id: it is not given for single clients of an agency"
_CLIENT_MISSED = "an agency's key reads its clients: set user_id, user_ids or all_clients"
_FIELD_PROBLEMS = frozenset({"unexpected_parameters", "parameter_component_disabled"})
_EXAMPLE_URL = "https://dataapi.comagic.ru/v2.0"
#: The buckets of points, in the order in which they are looked for.
BUCKETS = ("minute", "hour", "day")
_UNAUTHORIZED, _FORBIDDEN, _CLIENT_ERROR = 401, 403, 400
_WRONG_ADDRESS = frozenset({301, 302, 303, 307, 308, 404, 405, 410})


class TokenDeadError(EngineError):
    """The session or key is not accepted (any more)."""


class QuotaHitError(EngineError):
    """The vendor refused a request because a bucket of points is empty.

    Attributes:
        bucket: which one, as in `minute`.
    """

    def __init__(self, message: str, bucket: str) -> None:
        super().__init__(message)
        self.bucket = bucket


class RequestProblemError(StreamFailedError):
    """The vendor finds fault with a request.

    Attributes:
        mnemonic: which fault, as in `unexpected_parameters`.
        field: the parameter it speaks of, if it names one.
        value: that parameter's value, if it names one.
    """

    def __init__(self, message: str, mnemonic: str, data: Json) -> None:
        super().__init__(message)
        self.mnemonic = mnemonic
        self.field: t.Any = data.get("field")
        self.value: t.Any = data.get("value")


#: Errors that end nothing yet: a new session, a shorter slice, another try.
_HANDLED: t.Mapping[str, type[EngineError]] = {
    "access_token_expired": TokenDeadError,
    "access_token_invalid": TokenDeadError,
    "date_interval_limit_reached": SliceTooWideError,
    "internal_error": RetryableError,
}


def details(error: Json) -> Json:
    """The `data` of a vendor's error; empty where an answer leaves it out."""
    data = error.get("data")
    return data if isinstance(data, dict) else {}


def error_of(error: Json, doing: str, *, of_one_client: bool) -> EngineError:
    """A vendor's error as one of the engine's.

    Args:
        error: the envelope's `error`.
        doing: what the call was for, for messages.
        of_one_client: the call was for one of several clients of an agency: what keeps that client out is no reason to
            end the run.
    """
    data = details(error)
    mnemonic = str(data.get("mnemonic") or _MNEMONIC_OF_CODE.get(whole(error.get("code")) or 0, ""))
    text = f"CoMagic answered {mnemonic or error.get('code')}: {error.get('message')}"
    if mnemonic == "limit_exceeded":
        return QuotaHitError(text, _spent_bucket(error, data))
    if mnemonic in _HANDLED:
        return _HANDLED[mnemonic](text)
    if mnemonic in _NO_ENTRY:
        kind = StreamRefusedError if of_one_client and mnemonic in _OF_ONE_CLIENT else CredentialError
        return kind(f"{doing}: {text}; {_NO_ENTRY[mnemonic]}")
    if mnemonic in _REFUSED:
        return StreamRefusedError(f"{doing}: {text}; {_REFUSED[mnemonic]}")
    if mnemonic == "unexpected_parameters" and data.get("field") == _CLIENT:
        return StreamRefusedError(f"{doing}: {text}; {_NO_CLIENT}")
    return RequestProblemError(f"{doing}: {text}{_field_advice(mnemonic, data)}", mnemonic, data)


def error_of_status(answer: Answer, doing: str, excerpt: str) -> EngineError:
    """An answer that is not the API's own as an error of the engine.

    Args:
        answer: what came back.
        doing: what the call was for, for messages.
        excerpt: what messages may show of the body.

    Returns:
        RetryableError: the next answer may be a good one.
        CredentialError: HTTP 401.
        StreamRefusedError: HTTP 403.
        ConfigurationError: a redirect or 404: this is not the API's address.
        StreamFailedError: another status that speaks of the request.
    """
    text = f"{doing}: HTTP {answer.status}: {excerpt}"
    if answer.may_pass:
        return RetryableError(f"HTTP {answer.status}", retry_after=answer.retry_after, throttled=answer.throttled)
    if answer.status == _UNAUTHORIZED:
        return CredentialError(f"{text}; check the credentials and api_url")
    if answer.status == _FORBIDDEN:
        return StreamRefusedError(f"{text}; something before the API refuses this caller")
    if answer.status in _WRONG_ADDRESS:
        where = f" (it points to {location})" if (location := answer.headers.get("location")) else ""
        return ConfigurationError(f"{text}{where}; api_url must be the API's whole address, like {_EXAMPLE_URL}")
    if answer.status >= _CLIENT_ERROR:
        return StreamFailedError(f"{text}; check api_url")
    return RetryableError(f"the answer is {'empty' if not answer.body else f'no whole JSON-RPC answer: {excerpt}'}")


def _spent_bucket(error: Json, data: Json) -> str:
    """Which bucket a `limit_exceeded` speaks of."""
    params = data.get("params")
    named = str(params.get("limit_type")) if isinstance(params, dict) else ""
    message = str(error.get("message"))
    return next((bucket for bucket in BUCKETS if bucket == named or f"per {bucket}" in message), BUCKETS[0])


def _field_advice(mnemonic: str, data: Json) -> str:
    """Which setting leaves a refused field out."""
    field = data.get("field")
    value = data.get("value")
    named = f" (field {field!r}, value {value!r})" if field else ""
    if mnemonic == "required_parameter_missed" and field == _CLIENT:
        return f"{named}; {_CLIENT_MISSED}"
    if mnemonic in _FIELD_PROBLEMS:
        return f'{named}; leave the field out with the setting fields: {{"<stream>": ["-<field>"]}}'
    return named
