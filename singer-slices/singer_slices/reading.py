"""Reading one slice to its end: pages, totals, the vendor's reach, rows that come twice."""

from __future__ import annotations

import collections
import dataclasses
import datetime as dt
import logging
import typing as t

from singer_slices.errors import SliceTooLargeError, SliceTooWideError, StreamFailedError
from singer_slices.records import Row
from singer_slices.slices import Slice
from singer_slices.times import SECOND, SourceZone

logger = logging.getLogger(__name__)

Key = tuple[t.Any, ...]

_REREADS = 1
_WRONG_TOTAL = 1  # so many rows too many are a miscount, more are rows that pages without an order did not show
_MOST_STALE_PAGES = 3
_SEAM = dt.timedelta(hours=2)  # bounds are asked up to an hour wider where the clock is put back


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
        slack: by how many rows the vendor's total may be too high.
        shortfall: by how many rows it may be too low.
        smallest: the shortest interval that the vendor can be asked for.
        ordered: whether the pages of a query follow each other. Where they do not, since the vendor has nothing to sort
            by, a query reaches one page that is not full; only a slice of the smallest length is paged all the same.
    """

    page_size: int
    max_offset: int
    slack: int = 0
    shortfall: int = 0
    smallest: dt.timedelta = SECOND
    ordered: bool = True

    @property
    def reach(self) -> int:
        """The most rows that can be read from one query."""
        return self.max_offset + self.page_size if self.ordered else self.page_size

    def of(self, piece: Slice) -> Limits:
        """The limits for one slice: what cannot be cut any smaller is paged, whatever the order."""
        return self if piece.length > self.smallest else dataclasses.replace(self, ordered=True)


FetchPage = t.Callable[[int], Page]
#: Reads one query to its end, counting every page in.
ReadQuery = t.Callable[["Tally"], t.Iterator[list[Row]]]


class BeyondReachError(Exception):
    """A query holds more rows than the vendor's reach. Internal: answered by splitting."""

    def __init__(self, rows: int, reach: int) -> None:
        super().__init__(f"it holds {rows} rows or more, and the vendor lets one read {reach}")


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

    def counted(self, slack: int) -> int:
        """The rows to hold against the total: those received, but different ones where repeated ones hide a gap."""
        return self.received if self.complete(slack) else len(self.keys)


def read_pages(fetch: FetchPage, limits: Limits, tally: Tally) -> t.Iterator[list[Row]]:
    """The pages of one query, from offset 0 to its end.

    A short page is not the end while fewer rows came than the vendor stated, and a full page never is. An empty page
    before the stated total is asked for once more.

    Raises:
        BeyondReachError: the query holds more rows than can be reached.
        StreamFailedError: the vendor gives the same rows at every offset.
    """
    offset = stale = 0
    asked_again = False
    while True:
        if offset > limits.max_offset:
            if tally.total is not None and offset >= tally.total + max(limits.slack, limits.shortfall):
                return
            raise BeyondReachError(max(tally.total or 0, offset), limits.reach)
        known = len(tally.keys)
        page = fetch(offset)
        tally.add(page)
        if (page.total or 0) > limits.reach or (not limits.ordered and offset + len(page.rows) >= limits.reach):
            raise BeyondReachError(max(page.total or 0, offset + len(page.rows)), limits.reach)
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
        stale = stale + 1 if len(tally.keys) == known else 0
        if stale == _MOST_STALE_PAGES:
            raise StreamFailedError(f"the vendor gives the same rows at every offset ({stale} pages without a new one)")


def count_pages(pages: t.Iterable[Page], tally: Tally) -> t.Iterator[list[Row]]:
    """The rows of pages that the source itself strings together and ends: by cursor, next address, job."""
    for page in pages:
        tally.add(page)
        if page.rows:
            yield page.rows


class Query:
    """One query, read once more when fewer rows came than stated.

    Args:
        read: reads it to its end.
        slack: by how many rows the vendor's total may be wrong.
        key_fields: the fields that tell rows apart.
        is_new: whether a row, by its key, was not given before; notes that it is now.
        name: what is read, for messages.

    Attributes:
        tally: what the last reading gave.
    """

    def __init__(
        self,
        read: ReadQuery,
        slack: int,
        key_fields: t.Sequence[str],
        is_new: t.Callable[[Key, Row], bool],
        name: str,
    ) -> None:
        self._read = read
        self._slack = slack
        self._key_fields = key_fields
        self._is_new = is_new
        self._name = name
        self.tally = Tally(key_fields)

    def batches(self) -> t.Iterator[list[Row]]:
        """The new rows in batches.

        Raises:
            BeyondReachError: the query holds more rows than can be reached.
            StreamFailedError: the vendor's answers make no sense.
        """
        for attempt in range(_REREADS + 1):
            tally = self.tally = Tally(self._key_fields)
            for rows in self._read(tally):
                if fresh := [row for row in rows if self._is_new(tally.key(row), row)]:
                    yield fresh
            if tally.complete(self._slack):
                return
            self._tell_incomplete(last=attempt == _REREADS)

    def _tell_incomplete(self, *, last: bool) -> None:
        logger.warning(
            "%s: the vendor states %s rows, %d different ones came; %s",
            self._name,
            self.tally.total,
            len(self.tally.keys),
            "the difference is in the summary" if last else "reading it once more",
        )


@dataclasses.dataclass(frozen=True, slots=True)
class Piece:
    """A batch of new rows, or a mark without rows: a slice was read to its end (`done`), or it cannot be (`error`)."""

    rows: list[Row]
    done: Slice | None = None
    tally: Tally | None = None
    error: SliceTooLargeError | None = None


class SliceReader:
    """Reads slices, splitting those that hold more than the vendor lets one read.

    Rows come once: one that was already given for this slice, or for one that ended shortly before it, is left out.

    Args:
        read: reads one slice to its end, as one query.
        key_fields: the fields that tell rows apart.
        limits: the vendor's.
        zone: for cutting and for messages.
        version_of: what tells two versions of a row with one key apart; None where there is only one.
    """

    def __init__(
        self,
        read: t.Callable[[Slice, Tally], t.Iterator[list[Row]]],
        key_fields: t.Sequence[str],
        limits: Limits,
        zone: SourceZone,
        version_of: t.Callable[[Row], t.Hashable] | None = None,
    ) -> None:
        self._read = read
        self._version_of = version_of
        self._key_fields = key_fields
        self._limits = limits
        self._zone = zone
        #: Key → the end of the slice for which its row was given, oldest first.
        self._given: collections.OrderedDict[Key, dt.datetime] = collections.OrderedDict()

    def read(self, piece: Slice) -> t.Iterator[Piece]:
        """The rows of `piece` in batches, with a mark after each part of it that is complete or cannot be read.

        Raises:
            StreamFailedError: the vendor's answers make no sense.
        """
        self._forget(piece.start - _SEAM)
        query = Query(
            lambda tally: self._read(piece, tally),
            self._limits.slack,
            self._key_fields,
            lambda key, row: self._is_new(key, row, piece),
            piece.text(self._zone),
        )
        try:
            for rows in query.batches():
                yield Piece(rows)
            self._judge(query.tally, piece)
        except (BeyondReachError, SliceTooWideError) as error:
            yield from self._read_halves(piece, error)
            return
        yield Piece([], done=piece, tally=query.tally)

    def _judge(self, tally: Tally, piece: Slice) -> None:
        """Refuse what pages without an order did not show: a shorter slice needs fewer of them."""
        limits = self._limits.of(piece)
        if not limits.ordered and not tally.complete(limits.slack + _WRONG_TOTAL):
            raise BeyondReachError(tally.total or 0, len(tally.keys))

    def _is_new(self, key: Key, row: Row, piece: Slice) -> bool:
        if self._version_of:
            key = (*key, self._version_of(row))
        if key in self._given:
            return False
        self._given[key] = piece.end
        return True

    def _forget(self, before: dt.datetime) -> None:
        """Drop the keys of slices that ended so long ago that their rows cannot come again."""
        while self._given and next(iter(self._given.values())) < before:
            self._given.popitem(last=False)

    def _read_halves(self, piece: Slice, why: Exception) -> t.Iterator[Piece]:
        halves = piece.halves(self._zone, self._limits.smallest)
        if halves is None:
            problem = SliceTooLargeError(
                f"{piece.text(self._zone)} cannot be read: {why}, and it cannot be cut any smaller; ask the vendor for "
                "these rows in another way"
            )
            yield Piece([], error=problem)
            return
        logger.info("%s: %s, cutting it in two", piece.text(self._zone), why)
        for half in halves:
            yield from self.read(half)
