"""Rows that come twice: where slices meet, where pages shift, where a slice is read again."""

from __future__ import annotations

import dataclasses
import datetime as dt
import typing as t

from singer_slices.reading import Mark

_SEAM = dt.timedelta(hours=2)  # bounds are asked up to an hour wider where the clock is put back
_AGE = dt.timedelta(hours=1)
_FOR_EVER = dt.datetime.max.replace(tzinfo=dt.UTC)


@dataclasses.dataclass(slots=True)
class _Generation:
    """The marks given for slices that ended within an hour."""

    first_end: dt.datetime
    last_end: dt.datetime
    marks: set[Mark] = dataclasses.field(default_factory=set)


class Given:
    """The marks of the rows that were handed on, for as long as they may come again."""

    def __init__(self) -> None:
        self._generations: list[_Generation] = []

    def __len__(self) -> int:
        return sum(len(generation.marks) for generation in self._generations)

    def news(
        self, marks: t.Sequence[Mark], start: dt.datetime | None = None, end: dt.datetime = _FOR_EVER
    ) -> list[int] | None:
        """Which of some rows were not given before; from now on they were.

        Args:
            marks: the rows' marks.
            start: of the slice that the rows belong to; what was given long before is forgotten.
            end: of that slice.

        Returns:
            Their places, or None where all are new.
        """
        if start is not None:
            self._generations = [part for part in self._generations if part.last_end >= start - _SEAM]
        known = [part.marks for part in self._generations]
        places = None if all(part.isdisjoint(marks) for part in known) else self._places(marks)
        latest = self._generation(end).marks
        before = len(latest)
        latest.update(marks)
        if places is None and len(latest) - before < len(marks):  # some stand among the new ones twice
            return sorted(_first_places(marks).values())
        return places

    def _places(self, marks: t.Sequence[Mark]) -> list[int]:
        known = [part.marks for part in self._generations]
        return sorted(place for mark, place in _first_places(marks).items() if not any(mark in part for part in known))

    def _generation(self, end: dt.datetime) -> _Generation:
        latest = self._generations[-1] if self._generations else None
        if latest is None or end - latest.first_end > _AGE:
            latest = _Generation(end, end)
            self._generations.append(latest)
        latest.last_end = max(latest.last_end, end)
        return latest


def _first_places(marks: t.Sequence[Mark]) -> dict[Mark, int]:
    return {mark: place for place, mark in reversed(list(enumerate(marks)))}
