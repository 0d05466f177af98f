"""What the vendors' endpoints were asked, without anybody's secrets."""

from __future__ import annotations

import typing as t

from sandbox.clock import Clock

SECRETS: t.Final = frozenset({"access_token", "password", "api_key"})
MASK: t.Final = "***"


def without_secrets(params: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """A copy of parameters with tokens and passwords masked."""
    return {name: MASK if name in SECRETS else value for name, value in params.items()}


class Journal:
    """Every vendor request since the start or the last clearing, oldest first."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.entries: list[dict[str, t.Any]] = []

    def add(
        self,
        *,
        vendor: str,
        method: str,
        params: t.Mapping[str, t.Any],
        outcome: str | int,
        rows: int | None = None,
        points_left: t.Mapping[str, int] | None = None,
        fault: str | None = None,
    ) -> None:
        """Writes one request down."""
        entry: dict[str, t.Any] = {
            "time": self._clock.now().isoformat(),
            "vendor": vendor,
            "method": method,
            "params": without_secrets(params),
            "outcome": outcome,
            "rows": rows,
            "points_left": dict(points_left) if points_left else {},
            "fault": fault,
        }
        self.entries.append(entry)

    def clear(self) -> None:
        """Forgets everything written so far."""
        self.entries.clear()
