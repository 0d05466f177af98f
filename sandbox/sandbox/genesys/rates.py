"""Request rates: of a token, and of the whole organisation on routes with an allowance of their own.

Windows run in real seconds, so that a client that waits as told is let through also while the sandbox's clock stands.
Headers and texts: https://developer.genesys.cloud/blog/2021-05-06-sdk-config-and-logging/ (sample),
https://developer.genesys.cloud/organization/organization/limits#platform-api (300 a minute).
"""

from __future__ import annotations

import dataclasses
import math
import time
import typing as t

from sandbox.genesys.errors import too_many
from sandbox.genesys.settings import GenesysSettings


@dataclasses.dataclass
class Window:
    """Requests counted since a moment of the machine's steady clock."""

    began: float
    count: int = 0


@dataclasses.dataclass(frozen=True)
class Standing:
    """How much of an allowance is used.

    Attributes:
        count: requests in the window, this one included.
        allowed: requests a window may hold.
        reset: whole seconds until the window ends.
    """

    count: int
    allowed: int
    reset: int

    def headers(self) -> dict[str, str]:
        """The headers that every answer of the API carries."""
        return {
            "inin-ratelimit-count": str(self.count),
            "inin-ratelimit-allowed": str(self.allowed),
            "inin-ratelimit-reset": str(self.reset),
        }


class Rates:
    """Counts requests."""

    def __init__(self) -> None:
        self._windows: dict[str, Window] = {}

    def count(self, token: str, route: str, settings: GenesysSettings) -> Standing | None:
        """Counts a request and tells the tighter of its two standings, or none where nothing is limited."""
        limits = {f"token {token}": settings.rate_per_minute, f"route {route}": settings.route_rates.get(route)}
        seconds = settings.rate_window_seconds
        standings = [self._step(key, allowed, seconds) for key, allowed in limits.items() if allowed is not None]
        return min(standings, key=lambda standing: standing.allowed - standing.count, default=None)

    def _step(self, key: str, allowed: int, seconds: float) -> Standing:
        now = time.monotonic()
        window = self._windows.get(key)
        if window is None or now - window.began >= seconds:
            window = self._windows[key] = Window(now)
        window.count += 1
        return Standing(window.count, allowed, math.ceil(window.began + seconds - now))


def refuse_excess(standing: Standing | None) -> None:
    """Stops a request beyond its allowance.

    Raises:
        ApiError: 429, with ``Retry-After``.
    """
    if standing and standing.count > standing.allowed:
        raise too_many(max(1, standing.reset))


def headers_of(standing: Standing | None) -> t.Mapping[str, str]:
    """The rate headers of an answer."""
    return standing.headers() if standing else {}
