"""User and device ids: as text, and as Amplitude accepts them.

Source: https://amplitude.com/docs/apis/analytics/http-v2 ("Device ID and User ID minimum length", "Invalid IDs"). The
server's own treatment of bad ids differs between its documentation and practice, so they are caught before sending.
"""

from __future__ import annotations

import re
import typing as t

from target_amplitude.updates import Rejected

MAX_ID_LENGTH: t.Final = 1024

REFUSED_IDS: t.Final = frozenset(
    {
        "anonymous",
        "nil",
        "none",
        "null",
        "n/a",
        "na",
        "undefined",
        "unknown",
        "",
        "00000000-0000-0000-0000-000000000000",
        "{}",
        "lmy47d",
        "0",
        "-1",
    },
)
"""Compared ignoring case and surrounding blanks: whether the server does so is not documented, so the stricter way."""

_ALL_ZERO = re.compile(r"0[0-]*")


def read_id(value: t.Any, *, name: str, column: str, min_length: int) -> str | None:
    """A column's value as an id that Amplitude will take; None when there is none.

    Args:
        value: The record's value.
        name: `user_id` or `device_id`, for the message.
        column: The column's name, for the message.
        min_length: Shortest id accepted, in characters.

    Raises:
        Rejected: The value is not usable as an id.
    """
    text = _text(value, name, column)
    if text is None or not text.strip():
        return None
    bare = text.strip()
    if bare.casefold() in REFUSED_IDS or _ALL_ZERO.fullmatch(bare):
        raise Rejected("id_refused", f"the {name} in column '{column}' is a value that Amplitude refuses as an id")
    if len(bare) < min_length:
        detail = f"the {name} in column '{column}' has {len(bare)} characters, at least {min_length} are required"
        raise Rejected("id_too_short", detail)
    if len(text) > MAX_ID_LENGTH:
        detail = f"the {name} in column '{column}' has {len(text)} characters, at most {MAX_ID_LENGTH} are allowed"
        raise Rejected("id_too_long", detail)
    return text


def _text(value: t.Any, name: str, column: str) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, float) and value.is_integer():
        return str(int(value))  # a whole number that went through a system without integers
    raise Rejected("id_not_text", f"the {name} in column '{column}' is neither a text nor a whole number")
