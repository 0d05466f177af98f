"""The one place where secrets are taken out of text that leaves the process."""

from __future__ import annotations

import json
import logging
import traceback
import typing as t
from urllib.parse import quote, quote_plus

MASK = "***"
_SHORTEST_SECRET = 4  # shorter values would mask innocent text


class Redactor:
    """Replaces every known secret in a text, in each of the spellings in which it may appear there."""

    def __init__(self) -> None:
        self._spellings: set[str] = set()

    def add(self, secret: object) -> None:
        """Make `secret` known. Empty and very short values are ignored."""
        text = str(secret) if secret is not None else ""
        if len(text) < _SHORTEST_SECRET:
            return
        escaped = json.dumps(text)[1:-1]
        self._spellings |= {text, quote(text, safe=""), quote_plus(text), escaped, repr(text)[1:-1]}

    def scrub(self, text: str) -> str:
        """`text` without any secret."""
        for spelling in sorted(self._spellings, key=len, reverse=True):
            if spelling in text:
                text = text.replace(spelling, MASK)
        return text


#: The process's own; a program has one set of secrets.
redactor = Redactor()


def scrub_logs() -> None:
    """Let no log record of this process carry a secret, whichever logger and handler it goes through."""
    previous = logging.getLogRecordFactory()
    if getattr(previous, "scrubs_secrets", False):
        return

    def factory(*args: t.Any, **kwargs: t.Any) -> logging.LogRecord:
        record = previous(*args, **kwargs)
        message = record.getMessage()
        scrubbed = redactor.scrub(message)
        if scrubbed != message:
            record.msg, record.args = scrubbed, None
        if record.exc_info and record.exc_info[0] is not None:
            trace = "".join(traceback.format_exception(*record.exc_info))
            clean = redactor.scrub(trace)
            if clean != trace:
                record.exc_info, record.exc_text = None, clean
        return record

    factory.scrubs_secrets = True  # type: ignore[attr-defined] # functions carry attributes at run time
    logging.setLogRecordFactory(factory)
