"""Where the rows of each method come from."""

from __future__ import annotations

import dataclasses
import typing as t

from sandbox.comagic import catalog
from sandbox.comagic.call import NEVER
from sandbox.comagic.listing import Rows
from sandbox.comagic.query import Query
from sandbox.comagic.render import EXTRA, finishing_touches, render
from sandbox.comagic.world import Reference, World
from sandbox.settings import Settings

Row = dict[str, t.Any]
SCATTER: t.Final = 2_654_435_761
SCATTER_RANGE: t.Final = 1 << 32


@dataclasses.dataclass(frozen=True)
class Present:
    """What rows depend on besides the query.

    Attributes:
        world: the account's calls.
        settings: the switches in force.
        now: the present instant in milliseconds.
    """

    world: World
    settings: Settings
    now: int


Source = t.Callable[[Present, Query], Rows]


class ListRows:
    """The rows of a small list, replaced whole on each read."""

    sorted_by: str | None = None
    valid_until = NEVER
    extras: tuple[str, ...] = ()

    def __init__(self, rows: t.Iterable[Row], removed: t.Collection[int] = ()) -> None:
        self.references = [row for row in rows if row.get("id") not in removed]

    def row(self, reference: Row) -> Row:
        """The row itself."""
        return reference

    def scatter(self, reference: Row) -> int:
        """An order that is neither by id nor by name."""
        return int(reference.get("id", 0)) * SCATTER % SCATTER_RANGE


class CallRows:
    """The calls of a window as they look at an instant."""

    sorted_by: str | None = "start_time"

    def __init__(self, present: Present, query: Query) -> None:
        low, high = query.window or (0, 0)
        self._present = present
        self.extras: tuple[str, ...] = (EXTRA,) if present.settings.undocumented_extras else ()
        self.valid_until = present.world.next_change(low, high, present.now)
        begun = present.world.window(low, high, present.now)
        self.references = begun if query.ongoing else [one for one in begun if self._is_over(one)]

    def row(self, reference: Reference) -> Row:
        """The call as it looks now."""
        day, index = reference
        call, settings = day.call(index), self._present.settings
        row = render(call, self._present.now, self._present.world.zone)
        return finishing_touches(row, call, nulls=settings.nulls_for_arrays, extras=settings.undocumented_extras)

    def scatter(self, reference: Reference) -> int:
        """An order that has nothing to do with time."""
        day, index = reference
        return (day.date.toordinal() * 1_000_003 + index) * SCATTER % SCATTER_RANGE

    def _is_over(self, reference: Reference) -> bool:
        day, index = reference
        return self._present.world.surely_over(day, index, self._present.now) or (
            day.call(index).finish <= self._present.now
        )


def account(present: Present, query: Query) -> ListRows:
    """The one row of ``get.account``."""
    del query
    return ListRows([catalog.account(present.settings.timezone)])


def listed(name: str, rows: t.Callable[[], list[Row]]) -> Source:
    """A source of a list that only the setting ``removed`` changes."""

    def source(present: Present, query: Query) -> ListRows:
        del query
        return ListRows(rows(), present.settings.removed.get(name, ()))

    return source
