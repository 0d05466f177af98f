"""From a checked query to one encoded page, remembered for as long as nothing in it can have changed."""

from __future__ import annotations

import collections
import dataclasses
import operator
import typing as t

import msgspec

from sandbox.comagic.query import Query

Row = dict[str, t.Any]
MAX_CACHED_BYTES: t.Final = 768 * 1024 * 1024
MAX_CACHED_ORDERS: t.Final = 16
SCATTER_RANGE: t.Final = 1 << 32


class Rows(t.Protocol):
    """The rows of a method that a query's dates admit.

    Attributes:
        references: one handle a row, in the order of ``sorted_by``.
        sorted_by: the field by which the handles are in order, if any.
        valid_until: the instant (ms) at which the rows may look different.
        extras: undocumented fields that come along where a row has them.
        shuffles: rows that the sorting leaves equal come in another order on every page.
    """

    references: list[t.Any]
    sorted_by: str | None
    valid_until: int
    extras: tuple[str, ...]
    shuffles: bool

    def row(self, reference: t.Any) -> Row:
        """The whole row of a handle, as filters and sorting know it."""
        ...

    def shown(self, reference: t.Any) -> Row:
        """The whole row of a handle, as it is sent."""
        ...

    def scatter(self, reference: t.Any) -> int:
        """A number for the order in which rows come when nobody asked for one."""
        ...


@dataclasses.dataclass(frozen=True)
class Page:
    """One page of a list.

    Attributes:
        data: the JSON array of rows.
        count: rows in it.
        total: rows of the query, whatever limit and offset; none where it is left out.
    """

    data: bytes
    count: int
    total: int | None


@dataclasses.dataclass
class _Order:
    rows: Rows
    references: list[t.Any]


class Lists:
    """Answers queries, with two memories: the order of a query's rows, and its encoded pages."""

    def __init__(self) -> None:
        self._orders: collections.OrderedDict[t.Hashable, tuple[int, _Order]] = collections.OrderedDict()
        self._pages: collections.OrderedDict[t.Hashable, tuple[int, int, Page]] = collections.OrderedDict()
        self._bytes = 0

    def page(
        self,
        key: t.Hashable,
        now: int,
        query: Query,
        source: t.Callable[[], Rows],
        names: t.Mapping[str, str] | None = None,
    ) -> Page:
        """The page of a query.

        Args:
            key: everything besides the query and the instant that decides the rows.
            now: the present instant.
            query: what was asked for.
            source: gives the rows.
            names: names under which some fields come back.
        """
        page_key = (key, query.selection, query.fields, query.limit, query.offset)
        made_at, valid_until, page = self._pages.get(page_key, (0, -1, None))
        if page is not None and (made_at == now or made_at <= now < valid_until):
            self._pages.move_to_end(page_key)
            return page
        order = self._order((key, query.selection), now, query, source)
        references = order.references
        if query.offset and is_loose(order.rows, query):
            references = arrange(order.rows, query, query.offset)
        wanted = references[query.offset : query.offset + query.limit]
        cut = cutter(query.fields, order.rows.extras, names or {})
        rows = [cut(order.rows.shown(reference)) for reference in wanted]
        page = Page(msgspec.json.encode(rows), len(rows), len(order.references))
        self._remember(page_key, (now, order.rows.valid_until, page))
        return page

    def _order(self, key: t.Hashable, now: int, query: Query, source: t.Callable[[], Rows]) -> _Order:
        made_at, order = self._orders.get(key, (0, None))
        if order is not None and (made_at == now or made_at <= now < order.rows.valid_until):
            return order
        rows = source()
        order = _Order(rows, arrange(rows, query))
        self._orders[key] = (now, order)
        while len(self._orders) > MAX_CACHED_ORDERS:
            self._orders.popitem(last=False)
        return order

    def _remember(self, key: t.Hashable, entry: tuple[int, int, Page]) -> None:
        previous = self._pages.pop(key, None)
        self._bytes += len(entry[2].data) - (len(previous[2].data) if previous else 0)
        self._pages[key] = entry
        while self._bytes > MAX_CACHED_BYTES and len(self._pages) > 1:
            _, (_, _, oldest) = self._pages.popitem(last=False)
            self._bytes -= len(oldest.data)


def is_loose(rows: Rows, query: Query) -> bool:
    """Whether the order of the rows is not wholly given by what was asked for, and changes from page to page."""
    return rows.shuffles and not _by_time(rows, query)


def _by_time(rows: Rows, query: Query) -> bool:
    return len(query.sort) == 1 and query.sort[0][0] == rows.sorted_by


def arrange(rows: Rows, query: Query, turn: int = 0) -> list[t.Any]:
    """The handles of the rows that pass the filter, in the order asked for.

    Args:
        rows: the rows that the dates admit.
        query: the filter and the sorting.
        turn: another number, another order of the rows that the sorting leaves equal.
    """
    wanted = rows.references
    if query.filter is not None:
        wanted = [reference for reference in wanted if query.filter(rows.row(reference))]
    if _by_time(rows, query):
        return wanted[::-1] if query.sort[0][1] else list(wanted)
    scattered = sorted(wanted, key=lambda reference: rows.scatter(reference) * (2 * turn + 1) % SCATTER_RANGE)
    if not query.sort:
        return scattered
    values = [(rows.row(reference), reference) for reference in scattered]
    for name, descending in reversed(query.sort):
        # as in PostgreSQL, null counts as the greatest value
        values.sort(key=lambda pair: (pair[0][name] is None, pair[0][name] or 0), reverse=descending)
    return [reference for _, reference in values]


def cutter(
    fields: tuple[str, ...], extras: t.Collection[str] = (), names: t.Mapping[str, str] | None = None
) -> t.Callable[[Row], Row]:
    """What cuts a row to some fields; one that it lacks is left out, an extra one that it has comes along.

    Args:
        fields: the names asked for.
        extras: names that nobody asked for.
        names: names under which some fields come back.
    """
    take = operator.itemgetter(*fields) if len(fields) > 1 else None

    def cut(row: Row) -> Row:
        try:
            kept = dict(zip(fields, take(row), strict=True)) if take else {name: row[name] for name in fields}
        except KeyError:
            kept = {name: row[name] for name in fields if name in row}
        for name in extras:
            if name in row:
                kept[name] = row[name]
        return {names.get(name, name): value for name, value in kept.items()} if names else kept

    return cut
