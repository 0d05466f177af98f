"""Intervals of analytics queries: ``start/end``, the end exclusive."""

from __future__ import annotations

import typing as t

from sandbox.genesys.errors import bad_request
from sandbox.genesys.names import DAY_MS, read_iso


class Interval(t.NamedTuple):
    """Instants from low to below high, in milliseconds."""

    low: int
    high: int

    def whole_days(self) -> Interval:
        """The UTC days that it touches."""
        return Interval(self.low // DAY_MS * DAY_MS, -(-self.high // DAY_MS) * DAY_MS)


def read_interval(value: t.Any, most_days: int | None = None) -> Interval:
    """Reads and checks an interval.

    Raises:
        ApiError: 400: it is missing, is none, ends before it begins, or is longer than allowed.
    """
    words = most_days and f" that does not exceed {most_days} days"
    if value is None:
        raise bad_request(f"You must specify a search interval as part of your query{words or ''}.")
    if not isinstance(value, str) or value.count("/") != 1:
        raise bad_request(f"Invalid interval: {value!r}. Expected two ISO-8601 instants: start/end", "invalid.date")
    low, high = (read_instant("interval", text) for text in value.split("/"))
    if low >= high:
        raise bad_request(f"The interval {value} must end after it starts.", "invalid.date")
    if most_days and high - low > most_days * DAY_MS:
        raise bad_request(f"You must specify a search interval as part of your query{words}.")
    return Interval(low, high)


def read_instant(name: str, text: str) -> int:
    """Reads one instant.

    Raises:
        ApiError: 400: the text is none.
    """
    try:
        return read_iso(text)
    except ValueError:
        raise bad_request(f"{name}: {text!r} is not an ISO-8601 date-time.", "invalid.date") from None
