"""Checked reading of a request's members: unknown names and wrong types are refused."""

from __future__ import annotations

import typing as t

import msgspec

from sandbox.genesys.errors import ApiError, bad_request

Body = dict[str, t.Any]


def read_body(raw: bytes, content_type: str) -> Body:
    """The JSON object of a request.

    Raises:
        ApiError: 415 or 400.
    """
    if content_type.partition(";")[0].strip().lower() != "application/json":
        raise ApiError(415, "unsupported.media.type", f"Content type {content_type or '(none)'} is not supported.")
    try:
        body = msgspec.json.decode(raw)
    except msgspec.DecodeError:
        raise bad_request("The request could not be understood by the server: it is not valid JSON.") from None
    if not isinstance(body, dict):
        raise bad_request("The request body must be a JSON object.")
    return body


def refuse_unknown(given: t.Iterable[str], known: t.Collection[str], where: str) -> None:
    """Stops at a member or parameter that the API does not define.

    Raises:
        ApiError: 400, naming it.
    """
    if unknown := sorted(set(given) - set(known)):
        raise bad_request(f"Unrecognized {where}: {', '.join(unknown)}. Known: {', '.join(sorted(known))}")


def choice(body: Body, name: str, choices: t.Sequence[str], default: str) -> str:
    """One of some words.

    Raises:
        ApiError: 400.
    """
    value = body.get(name, default)
    if value not in choices:
        raise bad_request(f"{name}: {value!r} is not one of [{', '.join(choices)}].", "invalid.value")
    return t.cast("str", value)


def whole(value: t.Any, name: str, low: int, high: int | None = None) -> int:
    """A whole number within bounds; text of digits is one, as query parameters bring it.

    Raises:
        ApiError: 400.
    """
    number = int(value) if isinstance(value, str) and value.isascii() and value.isdigit() else value
    if not isinstance(number, int) or isinstance(number, bool):
        raise bad_request(f"{name}: {value!r} is not an integer.", "invalid.value")
    if number < low or (high is not None and number > high):
        bounds = f"at least {low}" if high is None else f"between {low} and {high}"
        raise bad_request(f"{name} must be {bounds}, and is {number}.", "invalid.value")
    return number


def flag(value: t.Any, name: str) -> bool:
    """A truth value, from JSON or from a query parameter.

    Raises:
        ApiError: 400.
    """
    words = {"true": True, "false": False}
    if isinstance(value, str) and value.lower() in words:
        return words[value.lower()]
    if not isinstance(value, bool):
        raise bad_request(f"{name}: {value!r} is not a boolean.", "invalid.value")
    return value
