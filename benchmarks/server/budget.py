"""A bucket of points that is filled anew after a fixed time, and what was made of it."""

from __future__ import annotations

import threading
import time


class Budget:
    """Points of the only account; every request that is answered with rows costs one.

    Args:
        limit: points of a bucket; 0 for as many as anyone likes, which are counted all the same.
        seconds: after how many the bucket is full again.
    """

    def __init__(self, limit: int, seconds: int) -> None:
        self.limit = limit
        self.seconds = seconds
        self.refused = 0
        self.used: list[int] = [0]
        self._lock = threading.Lock()
        self._begun: float | None = None

    def take(self) -> bool:
        """Take a point; false where none is left. The first bucket begins with the first request."""
        with self._lock:
            self._turn()
            if self.limit and self.used[-1] >= self.limit:
                self.refused += 1
                return False
            self.used[-1] += 1
            return True

    def metadata(self) -> dict[str, int]:
        """The vendor's `limits`; the seconds to the refill are rounded up (https://comagic.github.io/data_api/)."""
        with self._lock:
            if not self.limit:
                return {}
            left = self.limit - self.used[-1]
            reset = self._ends_in()
            return {"minute_limit": self.limit, "minute_remaining": left, "minute_reset": reset}

    def _turn(self) -> None:
        now = time.monotonic()
        if self._begun is None:
            self._begun = now
        while now >= self._begun + self.seconds:
            self._begun += self.seconds
            self.used.append(0)

    def _ends_in(self) -> int:
        begun = self._begun if self._begun is not None else time.monotonic()
        return max(1, -int(-(begun + self.seconds - time.monotonic()) // 1))
