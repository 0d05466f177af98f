"""Rates and quotas per user and device on the sandbox's clock.

Source: https://amplitude.com/docs/apis/analytics/batch-event-upload (1000 events a second averaged over 30 seconds,
500 000 in a rolling day) and https://amplitude.com/docs/apis/analytics/http-v2 (30 a second over a recent window).
"""

from __future__ import annotations

import collections
import typing as t

from sandbox.clock import Clock

WINDOW_SECONDS: t.Final = 30
DAY_SECONDS: t.Final = 86_400
HOUR_SECONDS: t.Final = 3600


class Meter:
    """Counts events of names over a rolling window."""

    def __init__(self, clock: Clock, seconds: int) -> None:
        self._clock = clock
        self._seconds = seconds
        self._counts: dict[str, collections.deque[tuple[float, int]]] = collections.defaultdict(collections.deque)
        self._totals: collections.Counter[str] = collections.Counter()

    def total(self, name: str) -> int:
        """Events of a name within the window."""
        counts, horizon = self._counts[name], self._clock.now().timestamp() - self._seconds
        while counts and counts[0][0] <= horizon:
            self._totals[name] -= counts.popleft()[1]
        return self._totals[name]

    def add(self, name: str, count: int) -> None:
        """Counts events of a name at the present moment."""
        self._counts[name].append((self._clock.now().timestamp(), count))
        self._totals[name] += count


class HourlyUpdates:
    """Property updates per user and hour of the clock."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._counts: collections.Counter[tuple[str, int]] = collections.Counter()

    def admit(self, user: str, limit: int) -> bool:
        """Counts an update and says whether it still counts."""
        key = (user, int(self._clock.now().timestamp()) // HOUR_SECONDS)
        self._counts[key] += 1
        return self._counts[key] <= limit
