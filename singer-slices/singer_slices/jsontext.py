"""Reading a vendor's JSON: strict and quick first, forgiving only where the strict reader gives up."""

from __future__ import annotations

import json
import math
import re
import typing as t

import msgspec

from singer_slices.errors import RetryableError
from singer_slices.redact import excerpt

_EXCERPT = 120
_SURROGATE = re.compile("[\ud800-\udfff]")


def decode(body: bytes) -> t.Any:
    """The document in `body`.

    NaN and infinities become null and lone surrogates U+FFFD, since no JSON text can carry them on.

    Raises:
        RetryableError: the body is no JSON: cut off, empty, or a page of HTML.
    """
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        pass
    try:
        return clean(json.loads(body))
    except (ValueError, RecursionError):
        beginning = excerpt(body, _EXCERPT)
        raise RetryableError(
            f"the answer is no JSON: {len(body)} bytes that begin with {beginning!r}" if body else "the answer is empty"
        ) from None


def clean(value: t.Any) -> t.Any:
    """`value` with U+FFFD for lone surrogates and null for NaN and infinities, at every depth."""
    if isinstance(value, str):
        return _SURROGATE.sub("\ufffd", value)
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, list):
        return [clean(part) for part in value]
    if isinstance(value, dict):
        return {clean(name): clean(part) for name, part in value.items()}
    return value
