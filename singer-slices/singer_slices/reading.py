"""Reading one slice to its end: pages, totals, the vendor's reach, rows that come twice."""

from __future__ import annotations

import dataclasses
import datetime as dt
import logging
import typing as t
from types import NoneType

from singer_slices.errors import SliceTooLargeError, StreamFailedError
from singer_slices.lines import EncodedRows
from singer_slices.record_path import TypedRows
from singer_slices.records import Row
from singer_slices.slices import Slice
from singer_slices.times import SECOND, SourceZone

logger = logging.getLogger(__name__)

#: The rows of a page, as dicts or typed.
Rows = list[Row] | TypedRows
#: What tells a row from the others of its stream: the value of its key field, or a tuple of those of several.
Key = t.Any
#: What tells a row on its way out from others: its key, and its version where there may be several.
Mark = t.Hashable

_REREADS = 1
_WRONG_TOTAL = 1  # so many rows too many are a miscount, more are rows that pages without an order did not show
_MOST_STALE_PAGES = 3


@dataclasses.dataclass(frozen=True, slots=True)
class Page:
    """One answer: its rows, and the total that the vendor states for the whole query (None if it states none).

    Attributes:
        whole: the rows, as the vendor sent them or typed.
        total: of the query.
    """

    whole: Rows
    total: int | None

    @property
    def rows(self) -> list[Row]:
        """The rows as the vendor sent them.

        Raises:
            TypeError: they are typed.
        """
        return _dicts(self.whole)

    @property
    def size(self) -> int:
        """The number of its rows."""
        return len(self.whole)


def _dicts(rows: Rows) -> list[Row]:
    if isinstance(rows, TypedRows):
        raise TypeError("these rows are typed, so there are no dicts: read the page without a RowReader")
    return rows


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


@dataclasses.dataclass(frozen=True, slots=True)
class Keyed:
    """The rows of a page with their keys."""

    whole: Rows
    keys: list[Key]

    @property
    def rows(self) -> list[Row]:
        """As of `Page`."""
        return _dicts(self.whole)

    def values(self, name: str) -> t.Sequence[t.Any]:
        """The vendor's values of one field; None where it is absent."""
        rows = self.whole
        return rows.values(name) if isinstance(rows, TypedRows) else [row.get(name) for row in rows]

    def pick(self, places: t.Sequence[int]) -> Keyed:
        """Some of the rows."""
        keys = [self.keys[place] for place in places]
        rows = self.whole
        return Keyed(rows.pick(places) if isinstance(rows, TypedRows) else [rows[place] for place in places], keys)


@dataclasses.dataclass(frozen=True, slots=True)
class Batch:
    """Rows on their way out.

    Attributes:
        rows: the vendor's rows, or what became of typed ones.
        marks: of each row what tells it from others; a row whose mark was given before is left out.
        size: about how many bytes all this takes while it waits.
    """

    rows: list[Row] | EncodedRows
    marks: t.Sequence[Mark]
    size: int

    def pick(self, places: t.Sequence[int]) -> list[Row] | EncodedRows:
        """Some of the rows."""
        rows = self.rows
        return rows.pick(places) if isinstance(rows, EncodedRows) else [rows[place] for place in places]


FetchPage = t.Callable[[int], Page]
#: Reads one query to its end, counting every page in.
ReadQuery = t.Callable[["Tally"], t.Iterator[Keyed]]


class BeyondReachError(Exception):
    """A query holds more rows than the vendor's reach. Internal: answered by splitting."""

    def __init__(self, rows: int, reach: int) -> None:
        super().__init__(f"it holds {rows} rows or more, and the vendor lets one read {reach}")


class KeyReader:
    """Reads the keys of rows.

    A key of one field is the value itself: a tuple around each would take memory and the garbage collector's time.

    Args:
        fields: the key's parts.
    """

    def __init__(self, fields: t.Sequence[str]) -> None:
        self._fields = tuple(fields)

    def __call__(self, page: Page) -> list[Key]:
        """Each row's key.

        Raises:
            StreamFailedError: a part of one is missing.
        """
        columns: list[t.Sequence[t.Any]]
        if isinstance(page.whole, TypedRows):
            columns = [page.whole.values(field) for field in self._fields]
        else:
            columns = [[row.get(field) for row in page.whole] for field in self._fields]
        if any(NoneType in set(map(type, column)) for column in columns):
            raise self._missing(columns)
        return list(columns[0]) if len(columns) == 1 else list(zip(*columns, strict=True))

    def _missing(self, columns: t.Sequence[t.Sequence[t.Any]]) -> StreamFailedError:
        key = next(key for key in zip(*columns, strict=True) if None in key)
        missing = [field for field, part in zip(self._fields, key, strict=True) if part is None]
        return StreamFailedError(f"the vendor sent a row without its key ({', '.join(missing)})")


class Tally:
    """What one query gave: rows received, different keys among them, the total last stated.

    Args:
        key_fields: the fields that tell rows apart.

    Attributes:
        shrank: the total became smaller between two offsets: a row of an earlier page is gone, those behind it moved
            up, and one of them may have been on no page.
    """

    def __init__(self, key_fields: t.Sequence[str]) -> None:
        self._keys_of = KeyReader(key_fields)
        self.received = 0
        self.total: int | None = None
        self.shrank = False
        self.keys: set[Key] = set()

    def add(self, page: Page) -> Keyed:
        """Count a page in.

        Raises:
            StreamFailedError: a row has no key.
        """
        keys = self._keys_of(page)
        self.received += len(keys)
        self.total = page.total if page.total is not None else self.total
        self.keys.update(keys)
        return Keyed(page.whole, keys)

    def complete(self, slack: int) -> bool:
        """Whether as many different rows came as the vendor stated."""
        return self.total is None or len(self.keys) >= self.total - slack

    def counted(self, slack: int) -> int:
        """The rows to hold against the total: those received, but different ones where repeated ones hide a gap."""
        return self.received if self.complete(slack) else len(self.keys)


def read_pages(fetch: FetchPage, limits: Limits, tally: Tally) -> t.Iterator[Keyed]:
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
        known, stated = len(tally.keys), tally.total
        page = fetch(offset)
        keyed = tally.add(page)
        if stated is not None and page.total is not None and page.total < stated:
            tally.shrank = True
        if (page.total or 0) > limits.reach or (not limits.ordered and offset + page.size >= limits.reach):
            raise BeyondReachError(max(page.total or 0, offset + page.size), limits.reach)
        if not page.size:
            if asked_again or tally.total is None or offset >= tally.total - limits.slack:
                return
            asked_again = True
            continue
        asked_again = False
        yield keyed
        offset += page.size
        if page.size < limits.page_size and tally.total is not None and offset >= tally.total:
            return
        stale = stale + 1 if len(tally.keys) == known else 0
        if stale == _MOST_STALE_PAGES:
            raise StreamFailedError(f"the vendor gives the same rows at every offset ({stale} pages without a new one)")


def count_pages(pages: t.Iterable[Page], tally: Tally) -> t.Iterator[Keyed]:
    """The rows of pages that the source itself strings together and ends: by cursor, next address, job."""
    try:
        for page in pages:
            keyed = tally.add(page)
            if keyed.keys:
                yield keyed
    finally:
        if isinstance(pages, t.Generator):
            pages.close()  # an error's traceback would keep it alive, and others may wait for its end


class Query:
    """One query, read once more when fewer rows came than stated, or may have. What came before then comes again.

    Args:
        read: reads it to its end.
        slack: by how many rows the vendor's total may be wrong.
        key_fields: the fields that tell rows apart.
        name: what is read, for messages.

    Attributes:
        tally: what the last reading gave.
    """

    def __init__(self, read: ReadQuery, slack: int, key_fields: t.Sequence[str], name: str) -> None:
        self._read = read
        self._slack = slack
        self._key_fields = key_fields
        self._name = name
        self.tally = Tally(key_fields)

    def pages(self) -> t.Iterator[Keyed]:
        """The rows page by page.

        Raises:
            BeyondReachError: the query holds more rows than can be reached.
            StreamFailedError: the vendor's answers make no sense.
        """
        for attempt in range(_REREADS + 1):
            tally = self.tally = Tally(self._key_fields)
            yield from self._read(tally)
            last = attempt == _REREADS
            if not tally.complete(self._slack):
                self._tell_incomplete(last=last)
            elif tally.shrank:
                self._tell_shrank(last=last)
            else:
                return

    def _tell_incomplete(self, *, last: bool) -> None:
        logger.warning(
            "%s: the vendor states %s rows, %d different ones came; %s",
            self._name,
            self.tally.total,
            len(self.tally.keys),
            "the difference is in the summary" if last else "reading it once more",
        )

    def _tell_shrank(self, *, last: bool) -> None:
        logger.warning(
            "%s: rows went away while it was read, so others may have been passed over; %s",
            self._name,
            "a later run may bring them" if last else "reading it once more",
        )


def check_shown(tally: Tally, limits: Limits) -> None:
    """Refuse what pages without an order did not show: a shorter slice needs fewer of them.

    Args:
        tally: of the slice.
        limits: of the slice.

    Raises:
        BeyondReachError: rows are missing.
    """
    if not limits.ordered and not tally.complete(limits.slack + _WRONG_TOTAL):
        raise BeyondReachError(tally.total or 0, len(tally.keys))


def divided(piece: Slice, why: Exception, zone: SourceZone, smallest: dt.timedelta) -> tuple[Slice, Slice]:
    """The halves of a slice that cannot be read at once.

    Args:
        piece: the slice.
        why: what speaks against it.
        zone: for cutting and for messages.
        smallest: the shortest interval that the vendor can be asked for.

    Raises:
        SliceTooLargeError: it cannot be cut any smaller.
    """
    halves = piece.halves(zone, smallest)
    if halves is None:
        raise SliceTooLargeError(
            f"{piece.text(zone)} cannot be read: {why}, and it cannot be cut any smaller; ask the vendor for "
            "these rows in another way"
        )
    logger.info("%s: %s, cutting it in two", piece.text(zone), why)
    return halves
