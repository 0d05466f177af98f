"""Encoded rows in one file, found by time and sent by the kernel."""

from __future__ import annotations

import array
import bisect
import dataclasses
import tempfile
import typing as t

from benchmarks.server.rows import Row


@dataclasses.dataclass(frozen=True)
class Extent:
    """Rows that lie side by side in a store's file, with commas between them."""

    descriptor: int
    offset: int
    length: int
    rows: int


class Store:
    """The rows of one stream.

    Args:
        rows: encoded rows with their second, in the order of the seconds.
    """

    def __init__(self, rows: t.Iterable[Row]) -> None:
        # Kept open for the life of the server; the name is gone at once, so that nothing stays behind.
        self._file = tempfile.TemporaryFile()  # noqa: SIM115  # lives as long as the store
        self._seconds = array.array("q")
        self._offsets = array.array("Q", [0])
        end = 0
        for second, row in rows:
            self._file.write(row + b",")
            end += len(row) + 1
            self._seconds.append(second)
            self._offsets.append(end)
        self._file.flush()

    def find(self, first: int, last: int) -> range:
        """The rows from one second to another, both included."""
        return range(bisect.bisect_left(self._seconds, first), bisect.bisect_right(self._seconds, last))

    def extent(self, rows: range) -> Extent:
        """Where some rows lie; the last one's comma is left out."""
        begin, end = self._offsets[rows.start], self._offsets[rows.stop]
        return Extent(self._file.fileno(), begin, max(0, end - begin - 1), len(rows))
