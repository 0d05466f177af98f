"""Checks of a request of ``/2/httpapi`` or ``/batch``, before anything of it is taken in.

Sources: https://amplitude.com/docs/apis/analytics/http-v2 and
https://amplitude.com/docs/apis/analytics/batch-event-upload ; the rules on id lengths are those that clients meet.
"""

from __future__ import annotations

import collections
import dataclasses
import typing as t

import msgspec

from sandbox.amplitude.errors import (
    BAD_REQUEST,
    INVALID_FIELDS,
    INVALID_ID_LENGTH,
    MISSING_FIELD,
    TOO_LARGE,
    RefusedError,
)
from sandbox.amplitude.operations import CLEAR_ALL, GROUP_OPERATIONS, MAX_DEPTH, OPERATIONS, depth, is_number, is_valid

API_KEY: t.Final = "sandbox-api-key"
MAX_EVENTS: t.Final = 2000
DEFAULT_MIN_ID_LENGTH: t.Final = 5
IDENTIFY: t.Final = "$identify"
GROUP_IDENTIFY: t.Final = "$groupidentify"
RESERVED_TYPES: t.Final = frozenset(
    f"[Amplitude] {name}"
    for name in ("Start Session", "End Session", "Revenue", "Revenue (Verified)", "Revenue (Unverified)", "Merged User")
)
# documented values; whether case counts is not, so it does not here
REFUSED_IDS: t.Final = frozenset(
    {
        "",
        "anonymous",
        "nil",
        "none",
        "null",
        "n/a",
        "na",
        "undefined",
        "unknown",
        "00000000-0000-0000-0000-000000000000",
        "{}",
        "lmy47d",
        "0",
        "-1",
    },
)
TEXT_FIELDS: t.Final = (
    *("app_version", "platform", "os_name", "os_version", "device_brand", "device_manufacturer", "device_model"),
    *("carrier", "country", "region", "city", "dma", "language", "ip", "idfa", "idfv", "adid", "android_id"),
    *("productId", "revenueType", "currency", "insert_id", "partner_id", "android_app_set_id", "user_agent"),
)
INTEGER_FIELDS: t.Final = ("time", "event_id", "session_id", "quantity")
NUMBER_FIELDS: t.Final = ("price", "revenue", "location_lat", "location_lng")
OBJECT_FIELDS: t.Final = ("event_properties", "group_properties", "groups", "plan")

Event = dict[str, t.Any]


@dataclasses.dataclass(frozen=True)
class Endpoint:
    """What distinguishes the two JSON endpoints.

    Attributes:
        path: below the base.
        max_bytes: largest body.
        events_per_second: documented mean rate of one user or device.
        lists_all: index lists name every failing event rather than the first only.
        has_quota: the daily quota per user applies.
    """

    path: t.Literal["/2/httpapi", "/batch"]
    max_bytes: int
    events_per_second: int
    lists_all: bool
    has_quota: bool


HTTP_V2: t.Final = Endpoint("/2/httpapi", 1_000_000, 30, lists_all=False, has_quota=False)
BATCH: t.Final = Endpoint("/batch", 20_000_000, 1000, lists_all=True, has_quota=True)


@dataclasses.dataclass
class Findings:
    """Indexes of failing events by kind of failure and field."""

    missing: dict[str, list[int]] = dataclasses.field(default_factory=lambda: collections.defaultdict(list))
    invalid: dict[str, list[int]] = dataclasses.field(default_factory=lambda: collections.defaultdict(list))
    short: dict[str, list[int]] = dataclasses.field(default_factory=lambda: collections.defaultdict(list))

    def first_only(self) -> Findings:
        """Only the failures of the first failing event."""
        indexes = [
            index for kind in (self.missing, self.invalid, self.short) for lists in kind.values() for index in lists
        ]
        first = min(indexes, default=-1)
        kept = [
            {field: [first] for field, lists in kind.items() if first in lists}
            for kind in (self.missing, self.invalid, self.short)
        ]
        return Findings(*kept)

    def error(self) -> RefusedError | None:
        """The refusal they amount to, or none."""
        details: dict[str, t.Any] = {}
        if self.invalid:
            details["events_with_invalid_fields"] = dict(self.invalid)
        if self.missing:
            details["events_with_missing_fields"] = dict(self.missing)
        if self.short:
            details["events_with_invalid_id_lengths"] = dict(self.short)
        if not details:
            return None
        text = MISSING_FIELD if self.missing else INVALID_FIELDS if self.invalid else INVALID_ID_LENGTH
        return RefusedError(BAD_REQUEST, text, **details)


def read_request(body: bytes, content_type: str, endpoint: Endpoint) -> tuple[list[Event], int]:
    """The events of a request and the least length of their ids.

    Raises:
        RefusedError: the request as such is wrong.
    """
    if content_type.split(";", maxsplit=1)[0].strip() != "application/json":
        raise RefusedError(BAD_REQUEST, "Invalid JSON request body")
    if not body:
        raise RefusedError(BAD_REQUEST, "Missing request body")
    if len(body) > endpoint.max_bytes:
        raise RefusedError(TOO_LARGE, "Payload too large")
    try:
        message = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise RefusedError(BAD_REQUEST, "Invalid JSON request body") from None
    if not isinstance(message, dict):
        raise RefusedError(BAD_REQUEST, "Invalid JSON request body")
    for field in ("api_key", "events"):
        if message.get(field) in (None, ""):
            raise RefusedError(BAD_REQUEST, MISSING_FIELD, missing_field=field)
    check_key(message["api_key"])
    return _events(message["events"]), min_id_length(message.get("options"))


def check_key(key: t.Any) -> None:
    """Refuses an unknown API key.

    Raises:
        RefusedError: 400.
    """
    if key != API_KEY:
        raise RefusedError(BAD_REQUEST, "Invalid API key")


def min_id_length(options: t.Any) -> int:
    """``options.min_id_length``, or the default.

    Raises:
        RefusedError: 400 for another option or a value that is no positive integer.
    """
    if options is None:
        return DEFAULT_MIN_ID_LENGTH
    length = options.get("min_id_length", DEFAULT_MIN_ID_LENGTH) if isinstance(options, dict) else None
    if not isinstance(length, int) or isinstance(length, bool) or length < 1 or set(options) - {"min_id_length"}:
        raise RefusedError(BAD_REQUEST, "Invalid JSON request body")
    return length


def _events(events: t.Any) -> list[Event]:
    if not isinstance(events, list):
        raise RefusedError(BAD_REQUEST, "Invalid JSON request body")
    if not events:
        raise RefusedError(BAD_REQUEST, MISSING_FIELD, missing_field="events")
    if len(events) > MAX_EVENTS:
        raise RefusedError(TOO_LARGE, "Payload too large")
    if not all(isinstance(event, dict) for event in events):
        raise RefusedError(BAD_REQUEST, "Invalid event JSON")
    return events


def check_events(events: t.Sequence[Event], shortest: int, endpoint: Endpoint) -> None:
    """Refuses a request with any failing event.

    Raises:
        RefusedError: 400 with index lists: all of them on Batch, those of the first failing event on HTTP V2.
    """
    findings = Findings()
    for index, event in enumerate(events):
        _check_event(index, event, shortest, findings)
    error = (findings if endpoint.lists_all else findings.first_only()).error()
    if error:
        raise error


def _check_event(index: int, event: Event, shortest: int, findings: Findings) -> None:
    kind = event.get("event_type")
    if kind is None:
        findings.missing["event_type"].append(index)
    elif not isinstance(kind, str) or not kind or kind in RESERVED_TYPES:
        findings.invalid["event_type"].append(index)
    if kind != GROUP_IDENTIFY or event.get("user_id") or event.get("device_id"):
        _check_ids(index, event, shortest, findings)
    for field in invalid_fields(event):
        findings.invalid[field].append(index)


def _check_ids(index: int, event: Event, shortest: int, findings: Findings) -> None:
    user, device = event.get("user_id"), event.get("device_id")
    if user is None and device in (None, ""):
        findings.missing["user_id"].append(index)
        return
    for field, value in (("user_id", user), ("device_id", device)):
        if value is None or (field == "device_id" and value == "" and user):
            continue
        if is_refused_id(value):
            findings.invalid[field].append(index)
        elif len(value) < shortest:
            findings.short[field].append(index)


def is_refused_id(value: t.Any) -> bool:
    """Whether an id is not text or one of the values that stand for nobody."""
    return not isinstance(value, str) or value.strip().lower() in REFUSED_IDS


def invalid_fields(event: Event) -> t.Iterator[str]:
    """The fields of an event whose values are of a wrong type or nested too deeply."""
    for field in TEXT_FIELDS:
        if not isinstance(event.get(field), (str, type(None))):
            yield field
    for field in INTEGER_FIELDS:
        value = event.get(field)
        if value is not None and (not isinstance(value, int) or isinstance(value, bool)):
            yield field
    for field in NUMBER_FIELDS:
        if event.get(field) is not None and not is_number(event[field]):
            yield field
    for field in OBJECT_FIELDS:
        value = event.get(field)
        if value is not None and (not isinstance(value, dict) or depth(value) > MAX_DEPTH):
            yield field
    yield from _invalid_properties(event)


def _invalid_properties(event: Event) -> t.Iterator[str]:
    properties, kind = event.get("user_properties"), event.get("event_type")
    allowed = frozenset({*OPERATIONS, CLEAR_ALL}) if kind == IDENTIFY else frozenset[str]()
    if properties is not None and not is_valid(properties, allowed):
        yield "user_properties"
    if kind != GROUP_IDENTIFY:
        return
    if not is_valid(event.get("group_properties"), GROUP_OPERATIONS):
        yield "group_properties"
    groups = event.get("groups")
    if (
        not isinstance(groups, dict)
        or not groups
        or not all(isinstance(value, (str, int)) for value in groups.values())
    ):
        yield "groups"
