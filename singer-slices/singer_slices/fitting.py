"""Making one plain value fit its JSON type: vendors send numbers as text, whole ones with a fraction, truths as 0 / 1.

Each function raises `ValueError`, `TypeError` or `OverflowError` for a value that does not fit. An empty text in place
of a number or a truth is no value: null.
"""

from __future__ import annotations

import math
import re
import typing as t

import msgspec

Convert = t.Callable[[t.Any], t.Any]

_INTEGER = re.compile(r"[+-]?[0-9]+")
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")  # without Python's 1_000, inf and nan
_TRUTHS = {"true": True, "false": False, "1": True, "0": False, 1: True, 0: False}


def as_text(value: t.Any) -> str:
    """Text as it is, everything else as its JSON text."""
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def as_integer(value: t.Any) -> int | None:
    """A whole number; `5.0` and its text are whole."""
    number = as_number(value)
    if isinstance(number, float):
        if not number.is_integer():
            raise ValueError
        return int(number)
    return number


def as_number(value: t.Any) -> int | float | None:
    """A number, an `int` where it is written as one."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise TypeError
    if not isinstance(value, str):
        return value
    text = value.strip()
    if not text:
        return None
    if _INTEGER.fullmatch(text):
        return int(text)
    if not _NUMBER.fullmatch(text) or not math.isfinite(number := float(text)):
        raise ValueError
    return number


def as_boolean(value: t.Any) -> bool | None:
    """A truth; 0, 1 and their texts are truths, too."""
    if isinstance(value, bool):
        return value
    text = value.strip().lower() if isinstance(value, str) else value
    if text == "":
        return None
    known = _TRUTHS.get(text)
    if known is None:
        raise ValueError
    return known


CONVERSIONS: dict[str, Convert] = {
    "string": as_text,
    "integer": as_integer,
    "number": as_number,
    "boolean": as_boolean,
}
