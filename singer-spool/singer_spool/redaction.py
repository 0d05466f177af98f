"""One place where secrets are taken out of text: log lines, exceptions, the summary."""

from __future__ import annotations

import json
import logging
import typing as t
import urllib.parse
from collections.abc import Iterable, Mapping

MASK = "***"
MIN_SECRET_LENGTH = 4
"""Shorter values are left alone: masking every "1" would make logs unreadable and protect nothing."""


class Redactor:
    """Replaces known secret values, in all their usual spellings, by a mask."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._spellings: list[str] = []
        self.add(*secrets)

    def add(self, *secrets: str) -> None:
        """Learn secrets; values shorter than `MIN_SECRET_LENGTH` characters are ignored."""
        spellings = set(self._spellings)
        for secret in secrets:
            if len(secret) >= MIN_SECRET_LENGTH:
                spellings |= _spellings(secret)
        # The longest first: one secret may be a part of another.
        self._spellings = sorted(spellings, key=len, reverse=True)

    def __call__(self, text: str) -> str:
        """Return the text without any of the secrets."""
        for spelling in self._spellings:
            text = text.replace(spelling, MASK)
        return text


def _spellings(secret: str) -> set[str]:
    """A secret as it stands in plain text, JSON, a Python repr, a URL and a form body."""
    return {
        secret,
        json.dumps(secret)[1:-1],
        json.dumps(secret, ensure_ascii=False)[1:-1],
        repr(secret)[1:-1],
        urllib.parse.quote(secret, safe=""),
        urllib.parse.quote_plus(secret),
    }


redact = Redactor()
"""The process's redactor: `SpoolTarget` teaches it the secret settings; a backend may add tokens it is given."""


class RedactingFormatter(logging.Formatter):
    """Wraps another formatter and redacts the line it made, exception text included."""

    def __init__(self, inner: logging.Formatter, redactor: Redactor) -> None:
        super().__init__()
        self.inner = inner
        self.redactor = redactor

    def format(self, record: logging.LogRecord) -> str:
        """Format with the wrapped formatter, then redact."""
        return self.redactor(self.inner.format(record))


def redact_logging(redactor: Redactor = redact) -> None:
    """Put the redactor behind the formatter of every handler that is configured now."""
    for handler in _handlers():
        inner = handler.formatter or logging.Formatter()
        if not isinstance(inner, RedactingFormatter):
            handler.setFormatter(RedactingFormatter(inner, redactor))


def _handlers() -> list[logging.Handler]:
    loggers: list[t.Any] = [logging.getLogger(), *logging.getLogger().manager.loggerDict.values()]
    return [handler for logger in loggers if isinstance(logger, logging.Logger) for handler in logger.handlers]


def secret_values(schema: Mapping[str, t.Any], value: t.Any) -> Iterable[str]:
    """Every text that stands, at any depth, below a setting marked as secret.

    Args:
        schema: The JSON Schema of `value`.
        value: A setting's value, or the whole configuration.
    """
    if schema.get("secret") or schema.get("writeOnly"):
        yield from _texts(value)
    elif isinstance(value, Mapping):
        properties = schema.get("properties", {})
        for name, item in value.items():
            yield from secret_values(properties.get(name, {}), item)
    elif isinstance(value, list):
        for item in value:
            yield from secret_values(schema.get("items", {}), item)


def _texts(value: t.Any) -> Iterable[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)
    elif value is not None and not isinstance(value, bool):
        yield str(value)
