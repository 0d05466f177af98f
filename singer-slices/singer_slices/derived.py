"""Fields that a tap makes of the vendor's, declared instead of programmed, so that every record path can make them."""

from __future__ import annotations

import dataclasses
import datetime as dt
import typing as t

from singer_slices.times import SourceZone

Row = t.Mapping[str, t.Any]
NAIVE_TEXT = len("2026-03-01 10:00:00")
DATE_TEXT = len("2026-03-01")


class Derived(t.Protocol):
    """How a field is made of a row as the vendor sent it."""

    @property
    def field(self) -> str:
        """The vendor's field that it is made of."""

    @property
    def source(self) -> tuple[str, ...]:
        """The path of the values that it holds: who hashes them there hashes them here as well."""

    def of(self, row: Row, zone: SourceZone) -> t.Any:
        """The field's value; null where there is nothing to make it of."""


@dataclasses.dataclass(frozen=True, slots=True)
class LocalDay:
    """The local day of a time, for tables that are partitioned by day.

    Attributes:
        field: the field with the time: local text, or text with an offset.
    """

    field: str

    @property
    def source(self) -> tuple[str, ...]:
        """The time."""
        return (self.field,)

    def of(self, row: Row, zone: SourceZone) -> str | None:
        """`2026-03-01`, or None where there is no time."""
        text = row.get(self.field)
        if not isinstance(text, str):
            return None
        try:
            if len(text) > NAIVE_TEXT:
                return zone.local_text(zone.parse(text))[:DATE_TEXT]
            return dt.date.fromisoformat(text[:DATE_TEXT]).isoformat()
        except ValueError:
            return None


@dataclasses.dataclass(frozen=True, slots=True)
class PartList:
    """One field of every object in a list, as a plain list.

    Attributes:
        field: the field with the list of objects; a lone object counts as a list of one.
        part: the objects' field.
    """

    field: str
    part: str

    @property
    def source(self) -> tuple[str, ...]:
        """The objects' field."""
        return (self.field, self.part)

    def of(self, row: Row, zone: SourceZone) -> list[t.Any] | None:
        """The values, in order; None where there is no list."""
        del zone
        parts = row.get(self.field)
        parts = [parts] if isinstance(parts, dict) else parts
        if not isinstance(parts, list):
            return None
        return [part.get(self.part) for part in parts if isinstance(part, dict)]
