"""The data lake behind jobs: it trails by hours, and a window beyond its watermark comes short without a sign.

https://developer.genesys.cloud/blog/2020-10-22-integrating-with-the-cloud/ (the lag),
https://developer.genesys.cloud/api/rest/v2/analytics/conversation_details_job (availability).
"""

from __future__ import annotations

import typing as t

from sandbox.dice import chance, throw
from sandbox.genesys.call import Call, Reply
from sandbox.genesys.intervals import Interval
from sandbox.genesys.names import HOUR_MS, MINUTE_MS, SECOND_MS, iso, read_iso

LOAD_EVERY_MS: t.Final = 10 * MINUTE_MS
PARTIAL_MS: t.Final = HOUR_MS
PARTIAL_PERCENT: t.Final = 40
Kind = t.Literal["conversations", "users"]


def watermark(call: Call, kind: Kind) -> int:
    """The instant before which the lake is complete."""
    settings = call.settings
    fixed = settings.conversations_watermark if kind == "conversations" else settings.users_watermark
    if fixed and fixed != "none":
        return read_iso(fixed)
    lag = settings.conversations_lag_seconds if kind == "conversations" else settings.users_lag_seconds
    return (call.now - lag * SECOND_MS) // LOAD_EVERY_MS * LOAD_EVERY_MS


def shown_watermark(call: Call, kind: Kind) -> dict[str, str]:
    """The watermark as answers tell it, if they do."""
    fixed = call.settings.conversations_watermark if kind == "conversations" else call.settings.users_watermark
    return {} if fixed == "none" else {"dataAvailabilityDate": iso(watermark(call, kind))}


def availability(kind: Kind) -> t.Callable[[Call], Reply]:
    """Answers the watermark of conversations or of user details."""
    return lambda call: Reply(shown_watermark(call, kind))


def beyond(window: Interval, complete: int) -> Interval | None:
    """The stretch behind the watermark of which the lake already has some rows."""
    low, high = max(window.low, complete), min(window.high, complete + PARTIAL_MS)
    return Interval(low, high) if low < high else None


def has_already(name: str) -> bool:
    """Whether a row behind the watermark has come in before its time."""
    return chance(throw("lake", name)[0], PARTIAL_PERCENT)
