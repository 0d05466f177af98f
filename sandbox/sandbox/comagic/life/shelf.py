"""What happened on one local day, in order of time."""

from __future__ import annotations

import array
import bisect
import datetime as dt
import functools
import itertools
import typing as t

from sandbox.comagic.life.contact import NEVER


class Happening(t.Protocol):
    """Anything that a report lists.

    Attributes:
        wall: the time by which it is asked for, on the account's wall clock, unrounded.
        utc: the same time as an instant.
    """

    @property
    def wall(self) -> int: ...  # noqa: D102  # described above

    @property
    def utc(self) -> int: ...  # noqa: D102  # described above

    @property
    def sample(self) -> bool:
        """Whether it is the vendor's documented example."""
        ...

    @property
    def appears(self) -> int:
        """The instant from which it can be read."""
        ...

    def changes(self) -> list[int]:
        """The instants at which its row appears or changes."""
        ...


Item_co = t.TypeVar("Item_co", bound=Happening, covariant=True)


Item = t.TypeVar("Item", bound=Happening)


class Shelf(t.Protocol[Item_co]):
    """The happenings of one kind on a local day, in the order of their unrounded time."""

    date: dt.date
    walls: array.array[int]

    def item(self, index: int) -> Item_co:
        """One of them."""
        ...

    def next_change(self, now: int) -> int:
        """The next instant after ``now`` at which one of them appears or changes."""
        ...


class ListShelf(t.Generic[Item]):
    """A shelf whose happenings are all made at once."""

    def __init__(self, date: dt.date, items: t.Iterable[Item]) -> None:
        self.date = date
        self.items = sorted(items, key=lambda item: (item.wall, item.utc))
        self.walls = array.array("q", [item.wall for item in self.items])

    def item(self, index: int) -> Item:
        """One of them."""
        return self.items[index]

    def next_change(self, now: int) -> int:
        """The next instant after ``now`` at which one of them appears or changes."""
        position = bisect.bisect_right(self._changes, now)
        return self._changes[position] if position < len(self._changes) else NEVER

    @functools.cached_property
    def _changes(self) -> list[int]:
        return sorted(itertools.chain.from_iterable(item.changes() for item in self.items))
