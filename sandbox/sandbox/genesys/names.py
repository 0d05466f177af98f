"""Ids and times as the platform writes them."""

from __future__ import annotations

import datetime as dt
import functools
import hashlib
import typing as t

SECOND_MS: t.Final = 1000
MINUTE_MS: t.Final = 60 * SECOND_MS
HOUR_MS: t.Final = 60 * MINUTE_MS
DAY_MS: t.Final = 24 * HOUR_MS
NEVER: t.Final = 1 << 62
EPOCH: t.Final = dt.date(1970, 1, 1)


def uuid(*name: object) -> str:
    """A version 4 UUID that is always the same for the same name."""
    digest = hashlib.blake2b(repr(name).encode(), digest_size=16).hexdigest()
    return f"{digest[:8]}-{digest[8:12]}-4{digest[13:16]}-a{digest[17:20]}-{digest[20:]}"


@functools.lru_cache(maxsize=4096)
def _date(day: int) -> str:
    return (EPOCH + dt.timedelta(days=day)).isoformat()


def iso(ms: int) -> str:
    """An instant as ``2026-03-02T08:27:53.386Z``."""
    day, rest = divmod(ms, DAY_MS)
    seconds, fraction = divmod(rest, SECOND_MS)
    minutes, second = divmod(seconds, 60)
    hour, minute = divmod(minutes, 60)
    return f"{_date(day)}T{hour:02}:{minute:02}:{second:02}.{fraction:03}Z"


def iso_short(ms: int) -> str:
    """An instant whose fraction is left out when it is zero, as the platform's date-time format allows."""
    text = iso(ms)
    return text[:-5] + "Z" if text.endswith(".000Z") else text


def read_iso(text: str) -> int:
    """An instant from ISO 8601 text with ``Z``, an offset, or neither (UTC).

    Raises:
        ValueError: the text is no such instant.
    """
    if "T" not in text:
        raise ValueError(f"{text!r} has no time of day")
    moment = dt.datetime.fromisoformat(text)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=dt.UTC)
    return round(moment.timestamp() * SECOND_MS)


def day_number(date: dt.date) -> int:
    """Days since 1970-01-01."""
    return (date - EPOCH).days


def day_start(date: dt.date) -> int:
    """The instant at which a UTC day begins."""
    return day_number(date) * DAY_MS


def date_of(ms: int) -> dt.date:
    """The UTC day of an instant."""
    return EPOCH + dt.timedelta(days=ms // DAY_MS)


def dates_between(first: dt.date, last: dt.date) -> t.Iterator[dt.date]:
    """Every day from first to last, both included."""
    while first <= last:
        yield first
        first += dt.timedelta(days=1)
