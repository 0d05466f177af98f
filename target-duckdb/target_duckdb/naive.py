"""Date-times without an offset, which DuckDB reads as UTC: worth a word, but no error."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable

import msgspec
from singer_spool import Batch

logger = logging.getLogger(__name__)

_decode = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
# A day alone, or a time of day that ends without Z or an offset.
_NAIVE = re.compile(rb'"[+-]?\d{4,6}-\d{1,2}-\d{1,2}(?:[T ][\d:.]+)?"')


class NaiveTimes:
    """What is known of one stream's date-times; each field is named once.

    Args:
        stream: The stream's name.
    """

    def __init__(self, stream: str) -> None:
        self._stream = stream
        self._named: set[str] = set()

    def look(self, batch: Batch, columns: Iterable[str]) -> None:
        """Look for them in some columns; in those that hold nothing else than RFC 3339 there is nothing to look for."""
        sought = set(columns) - self._named
        found: set[str] = set()
        for line in batch.raw_lines() if sought else ():
            record = _decode(line)
            new = {name for name in sought if name in record and _NAIVE.fullmatch(bytes(record[name]))}
            found |= new
            sought -= new
            if not sought:
                break
        self.name(found)

    def name(self, fields: Iterable[str]) -> None:
        """Log fields, and members of nested values by their path, that hold one."""
        new = set(fields) - self._named
        if new:
            self._named |= new
            names = ", ".join(sorted(new))
            logger.warning("Stream '%s': times without an offset are read as UTC: %s", self._stream, names)
