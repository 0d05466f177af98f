"""Waiting: the clock, the pause that all senders share, and how long is too long."""

from __future__ import annotations

import random
import threading
import time
import typing as t
from collections.abc import Callable

from singer_spool import QuotaSpent

SHORTEST_PAUSE: t.Final = 1.0
"""A server that asks to wait no time at all is not hammered."""

_BACKOFF_BASE, _BACKOFF_CAP = 1.0, 60.0


class Clock:
    """Time for one run. Tests replace it.

    Attributes:
        waited_seconds: What all waits of all senders took together.
    """

    def __init__(self) -> None:
        self.waited_seconds = 0.0
        self._lock = threading.Lock()
        self._stopped = threading.Event()

    def now(self) -> float:
        """Seconds on a clock that only goes forward."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait; ends early once `stop` was called."""
        started = self.now()
        self._stopped.wait(seconds)
        with self._lock:
            self.waited_seconds += self.now() - started

    def stop(self) -> None:
        """End every wait, now and later."""
        self._stopped.set()

    @property
    def stopped(self) -> bool:
        """Whether `stop` was called."""
        return self._stopped.is_set()


def backoff(attempt: int, uniform: Callable[[float, float], float] = random.uniform) -> float:
    """Seconds before another try: doubling from one second to a minute, between half of it and all of it.

    Args:
        attempt: 1 after the first failure.
        uniform: Source of the jitter.
    """
    whole = min(_BACKOFF_CAP, _BACKOFF_BASE * 2.0 ** (attempt - 1))
    return uniform(whole / 2, whole)


class Gate:
    """Closed while the project as a whole has to wait.

    Args:
        clock: The run's clock.
        max_wait_seconds: The longest wait without anything being accepted meanwhile.
    """

    def __init__(self, clock: Clock, max_wait_seconds: float) -> None:
        self.max_wait_seconds = max_wait_seconds
        self._clock = clock
        self._lock = threading.Lock()
        self._until = clock.now()
        self._waiting = 0.0

    def close_for(self, seconds: float) -> None:
        """Let nobody send for so long.

        Raises:
            QuotaSpent: That would be too long.
        """
        with self._lock:
            until = max(self._until, self._clock.now() + seconds)
            self._waiting += until - max(self._until, self._clock.now())
            self._until = until
            check_wait(self._waiting, self.max_wait_seconds, "for the project's rate limit")

    def wait(self) -> None:
        """Wait until the gate is open."""
        while not self._clock.stopped and (left := self._until - self._clock.now()) > 0:
            self._clock.sleep(left)

    def accepted(self) -> None:
        """Something was taken in, so the patience begins anew."""
        with self._lock:
            self._waiting = 0.0


def check_wait(seconds: float, allowed: float, what: str) -> None:
    """See that a wait is not too long.

    Raises:
        QuotaSpent: It is; the message says what to do.
    """
    if seconds > allowed:
        msg = (
            f"Sending to Amplitude: it asks to wait {seconds:.0f} s {what}, more than 'max_wait_seconds' ({allowed:g}) "
            "allows. What was not covered by STATE is sent again by the next run: start it later."
        )
        raise QuotaSpent(msg)
