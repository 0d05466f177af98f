"""Reading a vendor's JSON: strict and quick first, forgiving only where the strict reader gives up."""

from __future__ import annotations

import json
import re
import typing as t

import msgspec

from singer_slices.errors import RetryableError

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
        return _clean(json.loads(body, parse_constant=lambda _: None))
    except (ValueError, RecursionError):
        beginning = " ".join(body[:_EXCERPT].decode("utf-8", "replace").split())
        raise RetryableError(
            f"the answer is no JSON: {len(body)} bytes that begin with {beginning!r}" if body else "the answer is empty"
        ) from None


def _clean(value: t.Any) -> t.Any:
    if isinstance(value, str):
        return _SURROGATE.sub("\ufffd", value)
    if isinstance(value, list):
        return [_clean(part) for part in value]
    if isinstance(value, dict):
        return {_clean(name): _clean(part) for name, part in value.items()}
    return value
