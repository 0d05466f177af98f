"""The sandbox's own time: it can be set, moved on and stopped, and everything in the sandbox follows it."""

from __future__ import annotations

import datetime as dt
import email.utils
import time

MILLISECONDS = 1000


def parse_moment(text: str) -> dt.datetime:
    """Reads an ISO 8601 moment; one without an offset is UTC.

    Raises:
        ValueError: the text is not an ISO 8601 date or date-time.
    """
    moment = dt.datetime.fromisoformat(text)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=dt.UTC)
    return moment.astimezone(dt.UTC)


class Clock:
    """A clock that starts at a given moment and ticks with real time unless it is frozen."""

    def __init__(self, start: dt.datetime | None = None, *, frozen: bool = False) -> None:
        self.frozen = frozen
        self._base = start.astimezone(dt.UTC) if start else dt.datetime.now(dt.UTC)
        self._started = time.monotonic()

    def now(self) -> dt.datetime:
        """The sandbox's present moment, in UTC."""
        if self.frozen:
            return self._base
        return self._base + dt.timedelta(seconds=time.monotonic() - self._started)

    def now_ms(self) -> int:
        """The present moment in milliseconds since 1970-01-01 UTC."""
        return int(self.now().timestamp() * MILLISECONDS)

    def set(self, moment: dt.datetime) -> None:
        """Jumps to a moment, which may lie before the present one."""
        self._base = moment.astimezone(dt.UTC)
        self._started = time.monotonic()

    def advance(self, seconds: float) -> None:
        """Moves on by a number of seconds."""
        self.set(self.now() + dt.timedelta(seconds=seconds))

    def http_date(self) -> str:
        """The present moment as the value of an HTTP ``Date`` header."""
        return email.utils.format_datetime(self.now(), usegmt=True)
