"""One request budget per credential: waits before a request that the vendor would refuse."""

from __future__ import annotations

import dataclasses
import logging
import threading
import time

from singer_slices.control import RunControl
from singer_slices.errors import QuotaSpentError

logger = logging.getLogger(__name__)

_ROUNDING = 1.0  # vendors tell whole seconds, some rounded down: asking at the very second would be too early
_DEFAULT_RESET = {"minute": 60.0, "hour": 3600.0, "day": 86400.0}


@dataclasses.dataclass(slots=True)
class _Bucket:
    remaining: int
    refills_at: float


class Budget:
    """Buckets of requests (`minute`, `hour`, `day`) as the vendor last told them.

    Args:
        control: for waiting.
        max_wait_seconds: a longer wait ends the run instead.
        vendor: its name, for messages.
    """

    def __init__(self, control: RunControl, *, max_wait_seconds: float, vendor: str) -> None:
        self._control = control
        self._max_wait = max_wait_seconds
        self._vendor = vendor
        self._buckets: dict[str, _Bucket] = {}
        self._lock = threading.Lock()

    def observe(self, bucket: str, *, remaining: int, reset_seconds: float | None) -> None:
        """Take over what the vendor says about one bucket.

        Args:
            bucket: `minute`, `hour` or `day`.
            remaining: requests left.
            reset_seconds: seconds until the bucket is full again; None if the vendor does not say.
        """
        reset = reset_seconds if reset_seconds is not None else _DEFAULT_RESET.get(bucket, 60.0)
        with self._lock:
            self._buckets[bucket] = _Bucket(remaining, time.monotonic() + max(reset, 0.0) + _ROUNDING)

    def exhaust(self, bucket: str) -> None:
        """Take over that the vendor refused a request because of this bucket."""
        with self._lock:
            known = self._buckets.get(bucket)
            if known is None or known.refills_at <= time.monotonic():
                reset = _DEFAULT_RESET.get(bucket, 60.0)
                self._buckets[bucket] = _Bucket(0, time.monotonic() + reset + _ROUNDING)
            else:
                known.remaining = 0

    def admit(self) -> None:
        """Return as soon as a request may be made.

        Raises:
            QuotaSpentError: that would take longer than `max_wait_seconds`.
        """
        while empty := self._reserve():
            bucket, seconds = empty
            if seconds > self._max_wait:
                raise QuotaSpentError(
                    f"{self._vendor}'s quota per {bucket} is spent and refills in {seconds:.0f} s, longer than "
                    f"max_wait_seconds ({self._max_wait:.0f}). What is complete is saved in the state: run again later"
                )
            logger.info("%s's quota per %s is used up: waiting %.0f s for it to refill", self._vendor, bucket, seconds)
            self._control.wait(seconds)

    def _reserve(self) -> tuple[str, float] | None:
        """Take one request from every bucket, or name the emptiest and the seconds until it refills."""
        with self._lock:
            now = time.monotonic()
            self._buckets = {name: bucket for name, bucket in self._buckets.items() if bucket.refills_at > now}
            empty = [(bucket.refills_at - now, name) for name, bucket in self._buckets.items() if bucket.remaining <= 0]
            if empty:
                seconds, name = max(empty)
                return name, seconds
            for bucket in self._buckets.values():
                bucket.remaining -= 1
            return None
