"""A slice of a source's time and how it is cut in two."""

from __future__ import annotations

import dataclasses
import datetime as dt

from singer_slices.times import SECOND, SourceZone

_GRAINS = (dt.timedelta(hours=1), dt.timedelta(minutes=1), SECOND)


@dataclasses.dataclass(frozen=True, slots=True)
class Slice:
    """A half-open stretch `[start, end)` of time, both in UTC."""

    start: dt.datetime
    end: dt.datetime

    @property
    def length(self) -> dt.timedelta:
        """How long the slice is."""
        return self.end - self.start

    def halves(self, zone: SourceZone, smallest: dt.timedelta = SECOND) -> tuple[Slice, Slice] | None:
        """The slice cut near its middle, or None if it is no longer than `smallest`.

        The cut lies on a local midnight when both halves keep a day or more, else on a full hour, minute or second, so
        that the pieces read well in logs and stay aligned with the vendor's units.
        """
        if self.length <= smallest:
            return None
        middle = self._middle(zone, smallest)
        return Slice(self.start, middle), Slice(middle, self.end)

    def _middle(self, zone: SourceZone, smallest: dt.timedelta) -> dt.datetime:
        exact = self.start + self.length / 2
        candidates = [zone.day_start(exact)]
        candidates += [_floor(exact, grain) for grain in _GRAINS if grain >= smallest]
        for candidate in candidates:
            if self.start < candidate < self.end and abs(exact - candidate) <= self.length / 4:
                return candidate
        return self.start + smallest

    def text(self, zone: SourceZone) -> str:
        """The slice in the source's local time, for messages."""
        return f"{zone.local_text(self.start)} … {zone.local_text(self.end)} ({zone.name})"


def _floor(moment: dt.datetime, grain: dt.timedelta) -> dt.datetime:
    return moment - (moment - dt.datetime.min.replace(tzinfo=dt.UTC)) % grain
