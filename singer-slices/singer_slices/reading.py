"""Reading one slice to its end: pages, totals, the vendor's reach, rows that come twice."""

from __future__ import annotations

import dataclasses
import logging
import typing as t

from singer_slices.errors import SliceTooLargeError, SliceTooWideError, StreamFailedError
from singer_slices.records import Row
from singer_slices.slices import Slice
from singer_slices.times import SourceZone

logger = logging.getLogger(__name__)

Key = tuple[t.Any, ...]


@dataclasses.dataclass(frozen=True, slots=True)
class Page:
    """One answer: its rows, and the total that the vendor states for the whole query (None if it states none)."""

    rows: list[Row]
    total: int | None


@dataclasses.dataclass(frozen=True, slots=True)
class Limits:
    """How much the vendor lets one read from one query.

    Attributes:
        page_size: rows asked for at once.
        max_offset: the largest offset; a query reaches `max_offset + page_size` rows.
        slack: by how many rows the vendor's total may be wrong.
    """

    page_size: int
    max_offset: int
    slack: int = 0

    @property
    def reach(self) -> int:
        """The most rows that can be read from one query."""
        return self.max_offset + self.page_size


FetchPage = t.Callable[[int], Page]


class BeyondReachError(Exception):
    """A query holds more rows than the vendor's reach. Internal: answered by splitting."""

    def __init__(self, total: int) -> None:
        super().__init__(f"{total} rows")
        self.total = total


class Tally:
    """What one query gave: rows received, different keys among them, the total last stated."""

    def __init__(self, key_fields: t.Sequence[str]) -> None:
        self._key_fields = tuple(key_fields)
        self.received = 0
        self.total: int | None = None
        self.keys: set[Key] = set()

    def add(self, page: Page) -> None:
        """Count a page in."""
        self.received += len(page.rows)
        self.total = page.total if page.total is not None else self.total
        self.keys.update(self.key(row) for row in page.rows)

    def key(self, row: Row) -> Key:
        """A row's key.

        Raises:
            StreamFailedError: a part of it is missing.
        """
        key = tuple(row.get(field) for field in self._key_fields)
        if None in key:
            missing = [field for field, part in zip(self._key_fields, key, strict=True) if part is None]
            raise StreamFailedError(f"the vendor sent a row without its key ({', '.join(missing)})")
        return key

    def complete(self, slack: int) -> bool:
        """Whether as many different rows came as the vendor stated."""
        return self.total is None or len(self.keys) >= self.total - slack


def read_pages(fetch: FetchPage, limits: Limits, tally: Tally) -> t.Iterator[list[Row]]:
    """The pages of one query, from offset 0 to its end.

    A short page is not the end while fewer rows came than the vendor stated, and a full page never is. An empty page
    before the stated total is asked for once more.

    Raises:
        BeyondReachError: the query holds more rows than can be reached.
    """
    offset = 0
    asked_again = False
    while True:
        if offset > limits.max_offset:
            raise BeyondReachError(max(tally.total or 0, offset))
        page = fetch(offset)
        tally.add(page)
        if page.total is not None and page.total > limits.reach:
            raise BeyondReachError(page.total)
        if not page.rows:
            if asked_again or tally.total is None or offset >= tally.total - limits.slack:
                return
            asked_again = True
            continue
        asked_again = False
        yield page.rows
        offset += len(page.rows)
        if len(page.rows) < limits.page_size and tally.total is not None and offset >= tally.total:
            return


@dataclasses.dataclass(frozen=True, slots=True)
class Piece:
    """A batch of new rows, or a mark without rows: a slice was read to its end (`done`), or it cannot be (`error`)."""

    rows: list[Row]
    done: Slice | None = None
    tally: Tally | None = None
    error: SliceTooLargeError | None = None


class SliceReader:
    """Reads slices, splitting those that hold more than the vendor lets one read.

    Rows come once: one that was already given for this slice or for the one before it is left out.

    Args:
        fetch: gives one page of a slice at an offset.
        key_fields: the fields that tell rows apart.
        limits: the vendor's.
        zone: for cutting and for messages.
        rereads: how often a slice is read again when fewer rows came than stated.
    """

    def __init__(
        self,
        fetch: t.Callable[[Slice, int], Page],
        key_fields: t.Sequence[str],
        limits: Limits,
        zone: SourceZone,
        *,
        rereads: int = 1,
    ) -> None:
        self._fetch = fetch
        self._key_fields = key_fields
        self._limits = limits
        self._zone = zone
        self._rereads = rereads
        self._given_before: set[Key] = set()

    def read(self, piece: Slice, already: t.Collection[Key] = ()) -> t.Iterator[Piece]:
        """The rows of `piece` in batches, with a mark after each part of it that is complete or cannot be read.

        Args:
            piece: the slice.
            already: keys of rows to leave out.

        Raises:
            StreamFailedError: the vendor's answers make no sense.
        """
        given: set[Key] = set(already)
        try:
            for attempt in range(self._rereads + 1):
                tally = Tally(self._key_fields)
                for rows in read_pages(lambda offset: self._fetch(piece, offset), self._limits, tally):
                    if fresh := self._fresh(rows, tally, given):
                        yield Piece(fresh)
                if tally.complete(self._limits.slack):
                    break
                self._tell_incomplete(piece, tally, last=attempt == self._rereads)
        except (BeyondReachError, SliceTooWideError) as error:
            yield from self._read_halves(piece, error, given)
            return
        self._given_before = given
        yield Piece([], done=piece, tally=tally)

    def _fresh(self, rows: list[Row], tally: Tally, given: set[Key]) -> list[Row]:
        fresh = []
        for row in rows:
            key = tally.key(row)
            if key not in given and key not in self._given_before:
                given.add(key)
                fresh.append(row)
        return fresh

    def _read_halves(self, piece: Slice, why: Exception, given: set[Key]) -> t.Iterator[Piece]:
        halves = piece.halves(self._zone)
        if halves is None:
            problem = SliceTooLargeError(
                f"{piece.text(self._zone)} holds {why}, more than the {self._limits.reach} that the vendor lets one "
                "read, and it cannot be cut any smaller; ask the vendor for these rows in another way"
            )
            yield Piece([], error=problem)
            return
        logger.info("%s: %s, cutting it in two", piece.text(self._zone), why)
        for half in halves:
            yield from self.read(half, given)

    def _tell_incomplete(self, piece: Slice, tally: Tally, *, last: bool) -> None:
        logger.warning(
            "%s: the vendor states %s rows, %d different ones came; %s",
            piece.text(self._zone),
            tally.total,
            len(tally.keys),
            "going on, the difference is in the summary" if last else "reading it once more",
        )
