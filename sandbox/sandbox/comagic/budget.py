"""Points per minute, hour and day: one a successful request (https://comagic.github.io/data_api/, limits)."""

from __future__ import annotations

import typing as t

from sandbox.clock import Clock
from sandbox.comagic.errors import ApiError

Bucket = t.Literal["minute", "hour", "day"]
Limits = t.Mapping[Bucket, int | None]
LENGTHS: t.Final[dict[Bucket, int]] = {"minute": 60, "hour": 3600, "day": 86_400}


class Budget:
    """What each account has spent in the present minute, hour and day of the sandbox's clock."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._spent: dict[tuple[int, Bucket], tuple[int, int]] = {}

    def check(self, account: int, limits: Limits) -> None:
        """Refuses a request for which no point is left.

        Raises:
            ApiError: ``limit_exceeded``, naming the bucket and its size.
        """
        for bucket in LENGTHS:
            limit = limits.get(bucket)
            if limit is not None and self._used(account, bucket) >= limit:
                raise ApiError("limit_exceeded", params={"limit_type": bucket, "limit_max_value": limit})

    def charge(self, account: int) -> None:
        """Takes one point from every bucket."""
        for bucket in LENGTHS:
            self._spent[account, bucket] = (self._window(bucket), self._used(account, bucket) + 1)

    def limits(self, account: int, limits: Limits) -> dict[str, int]:
        """The ``metadata.limits`` block: size, rest and seconds to the refill of every limited bucket."""
        block: dict[str, int] = {}
        for bucket, length in LENGTHS.items():
            limit = limits.get(bucket)
            if limit is None:
                continue
            block[f"{bucket}_limit"] = limit
            block[f"{bucket}_remaining"] = max(0, limit - self._used(account, bucket))
            block[f"{bucket}_reset"] = length - self._second() % length
        return block

    def left(self, account: int, limits: Limits) -> dict[str, int]:
        """Points left by bucket, for the request log."""
        rest = {bucket: limits.get(bucket) for bucket in LENGTHS}
        return {bucket: limit - self._used(account, bucket) for bucket, limit in rest.items() if limit is not None}

    def _second(self) -> int:
        return int(self._clock.now().timestamp())

    def _window(self, bucket: Bucket) -> int:
        return self._second() // LENGTHS[bucket]

    def _used(self, account: int, bucket: Bucket) -> int:
        window, used = self._spent.get((account, bucket), (None, 0))
        return used if window == self._window(bucket) else 0
