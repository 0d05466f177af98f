"""The one place where secrets are taken out of text that leaves the process."""

from __future__ import annotations

import base64
import json
import logging
import re
import traceback
import typing as t
from urllib.parse import quote, quote_plus

MASK = "***"
_SHORTEST_SECRET = 4  # shorter values would mask innocent text
_LONGEST_SECRET = 4096
_PERCENT = re.compile("%[0-9A-F]{2}")


class Redactor:
    """Replaces every known secret in a text, in each of the spellings in which it may appear there."""

    def __init__(self) -> None:
        self._spellings: list[str] = []

    def add(self, secret: object) -> None:
        """Make `secret` known. Empty and very short values are ignored."""
        text = str(secret) if secret is not None else ""
        if len(text) < _SHORTEST_SECRET:
            return
        self._spellings = sorted({*self._spellings, *_spellings(text)}, key=len, reverse=True)

    def scrub(self, text: str) -> str:
        """`text` without any secret."""
        for spelling in self._spellings:
            if spelling in text:
                text = text.replace(spelling, MASK)
        return text


def _spellings(text: str) -> set[str]:
    """The secret as it is, and in addresses, JSON, Python's `repr` and base64."""
    quoted = {quote(text, safe=""), quote(text), quote_plus(text)}
    escaped = {json.dumps(text)[1:-1], json.dumps(text, ensure_ascii=False)[1:-1]}
    return {
        text,
        *quoted,
        *(_PERCENT.sub(lambda code: code[0].lower(), spelling) for spelling in quoted),
        *escaped,
        *(spelling.replace("/", "\\/") for spelling in escaped),  # as PHP writes JSON
        repr(text)[1:-1],
        repr(text.encode())[2:-1],
        base64.b64encode(text.encode()).decode(),
    }


#: The process's own; a program has one set of secrets.
redactor = Redactor()


def excerpt(body: bytes, length: int) -> str:
    """The beginning of an answer on one line, for messages.

    It is scrubbed before it is cut, so that no half of a secret is left.
    """
    text = body[: length + _LONGEST_SECRET].decode("utf-8", "replace")
    return " ".join(redactor.scrub(text)[:length].split())


def scrub_logs() -> None:
    """Let no log record of this process carry a secret, whichever logger and handler it goes through."""
    previous = logging.getLogRecordFactory()
    if getattr(previous, "scrubs_secrets", False):
        return

    def factory(*args: t.Any, **kwargs: t.Any) -> logging.LogRecord:
        record = previous(*args, **kwargs)
        _scrub_message(record)
        _scrub_traceback(record)
        return record

    factory.scrubs_secrets = True  # type: ignore[attr-defined] # functions carry attributes at run time
    logging.setLogRecordFactory(factory)


def _scrub_message(record: logging.LogRecord) -> None:
    try:
        message = record.getMessage()
    except Exception:  # noqa: BLE001 - a caller's wrong arguments are told by the handler, as without us
        return
    scrubbed = redactor.scrub(message)
    if scrubbed != message:
        record.msg, record.args = scrubbed, None


def _scrub_traceback(record: logging.LogRecord) -> None:
    """Put a traceback that holds a secret into the message: structured formatters read the exception itself."""
    if not record.exc_info or record.exc_info[0] is None:
        return
    trace = "".join(traceback.format_exception(*record.exc_info))
    clean = redactor.scrub(trace)
    if clean != trace:
        record.msg, record.args, record.exc_info = f"{record.getMessage()}\n{clean.rstrip()}", None, None
