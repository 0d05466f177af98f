"""Presence and routing status, one record an entry.

The vendor groups entries under their user; the user's id is added to each.
Fields: https://developer.genesys.cloud/analyticsdatamanagement/analytics/detail/user-query.
"""

from __future__ import annotations

from tap_genesys.schemas.parts import record, text, time

_KEYS = ["userId", "startTime"]
_USER = text("id of the user")
_START = time("beginning of the entry; may lie before the time asked for")
_END = time("end of the entry; absent while it lasts")

USER_PRESENCE = record(
    _KEYS,
    {
        "userId": _USER,
        "startTime": _START,
        "endTime": _END,
        "systemPresence": text("AVAILABLE, AWAY, BREAK, BUSY, IDLE, MEAL, MEETING, OFFLINE, ON_QUEUE, TRAINING"),
        "organizationPresenceId": text("id of the presence definition"),
    },
)

USER_ROUTING_STATUS = record(
    _KEYS,
    {
        "userId": _USER,
        "startTime": _START,
        "endTime": _END,
        "routingStatus": text("OFF_QUEUE, IDLE, INTERACTING, NOT_RESPONDING, COMMUNICATING"),
    },
)
