"""Numbers of answers, which may come as text."""

from __future__ import annotations

import math
import typing as t


def whole(value: t.Any) -> int | None:
    """A count, also where it came as text; None where there is none."""
    found = number(value)
    return None if found is None else int(found)


def number(value: t.Any) -> float | None:
    """A finite number, also where it came as text; None where there is none."""
    try:
        found = float(value)
    except (TypeError, ValueError):
        return None
    return found if math.isfinite(found) else None
