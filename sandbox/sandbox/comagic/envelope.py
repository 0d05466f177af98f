"""The JSON-RPC 2.0 envelope, as strict as the vendor documents it."""

from __future__ import annotations

import dataclasses
import typing as t

import msgspec

from sandbox.comagic.errors import ApiError

MEMBERS: t.Final = frozenset({"jsonrpc", "id", "method", "params"})


@dataclasses.dataclass(frozen=True)
class Call:
    """One request of the API.

    Attributes:
        id: echoed in the answer.
        method: name of the method.
        params: its parameters, unchecked.
    """

    id: str | int | float
    method: str
    params: dict[str, t.Any]


def decode(body: bytes, content_type: str = "application/json") -> t.Any:
    """Any JSON value, announced as such.

    Raises:
        ApiError: ``parse_error``, or ``invalid_request`` for another content type.
    """
    if content_type.split(";", maxsplit=1)[0].strip().lower() != "application/json":
        raise ApiError("invalid_request", "Content-Type", content_type)
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ApiError("parse_error") from error


def request_id(message: t.Any) -> str | int | float | None:
    """The id to echo, or none if it is missing or of a wrong type."""
    given = message.get("id") if isinstance(message, dict) else None
    return given if isinstance(given, (str, int, float)) and not isinstance(given, bool) else None


def read_call(message: t.Any) -> Call:
    """Checks the envelope.

    Raises:
        ApiError: ``batch_opreations_not_supported`` (spelt so), ``notifications_not_supported`` or ``invalid_request``.
    """
    if isinstance(message, list):
        raise ApiError("batch_opreations_not_supported")
    if not isinstance(message, dict):
        raise ApiError("invalid_request")
    if "id" not in message:
        raise ApiError("notifications_not_supported")
    identifier = request_id(message)
    method, params = message.get("method"), message.get("params")
    if identifier is None:
        raise ApiError("invalid_request", "id", message["id"])
    if message.get("jsonrpc") != "2.0":
        raise ApiError("invalid_request", "jsonrpc", message.get("jsonrpc"))
    if not isinstance(method, str):
        raise ApiError("invalid_request", "method", method)
    if not isinstance(params, dict):
        raise ApiError("invalid_request", "params", params)
    if unknown := sorted(message.keys() - MEMBERS):
        raise ApiError("invalid_request", unknown[0], message[unknown[0]])
    return Call(identifier, method, params)
