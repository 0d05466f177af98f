"""Amplitude's memory: users and their properties, groups, events, and what was counted on the way."""

from __future__ import annotations

import collections
import typing as t

from sandbox.amplitude.operations import apply, truncate
from sandbox.amplitude.rates import DAY_SECONDS, WINDOW_SECONDS, HourlyUpdates, Meter
from sandbox.amplitude.validate import GROUP_IDENTIFY, IDENTIFY, Event
from sandbox.clock import Clock

DEDUPLICATION_SECONDS: t.Final = 7 * DAY_SECONDS
# setting one of a set nulls the others of it unless they come in the same call
TOGETHER: t.Final = (
    ("platform", "os_name", "os_version", "device_brand", "device_manufacturer", "device_model", "carrier"),
    ("country", "region", "city", "dma"),
)
ALONE: t.Final = ("app_version", "language", "paying", "start_version")
COUNTS: t.Final = ("requests", "events", "identifies", "group_identifies", "duplicates", "refused", "dropped_updates")


class Store:
    """What has been ingested."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.clear()

    def clear(self) -> None:
        """Forgets everything, rates included."""
        self.users: dict[str, dict[str, t.Any]] = {}
        self.devices: dict[str, dict[str, t.Any]] = {}
        self.groups: dict[str, dict[str, dict[str, t.Any]]] = {}
        self.own: dict[str, dict[str, t.Any]] = {}
        self.events: list[Event] = []
        self.identifies: list[Event] = []
        self.counts = dict.fromkeys(COUNTS, 0)
        self.rates = {"/2/httpapi": Meter(self._clock, WINDOW_SECONDS), "/batch": Meter(self._clock, WINDOW_SECONDS)}
        self.quota = Meter(self._clock, DAY_SECONDS)
        self._updates = HourlyUpdates(self._clock)
        self._owner: dict[str, str] = {}
        self._seen: dict[tuple[str | None, str], float] = {}

    def summary(self) -> dict[str, t.Any]:
        """Everything, for ``/_sandbox/received``."""
        return {
            "users": self.users,
            "devices": self.devices,
            "groups": self.groups,
            "amplitude_properties": self.own,
            "events": self.events,
            "identifies": self.identifies,
            "counts": self.counts,
        }

    def ingest(self, events: t.Iterable[Event], update_limit: int) -> int:
        """Takes events in that have passed every check, and returns how many were no duplicates."""
        return sum(self._ingest_one(truncate(event), update_limit) for event in events)

    def _ingest_one(self, event: Event, update_limit: int) -> bool:
        if self._is_duplicate(event):
            self.counts["duplicates"] += 1
            return False
        if event["event_type"] == GROUP_IDENTIFY:
            self.counts["group_identifies"] += 1
            for kind, value in event["groups"].items():
                apply(self.groups.setdefault(kind, {}).setdefault(str(value), {}), event["group_properties"])
            return True
        identifies = event["event_type"] == IDENTIFY
        self.counts["identifies" if identifies else "events"] += 1
        (self.identifies if identifies else self.events).append(event)
        if not event.get("$skip_user_properties_sync"):
            self.update_user(event, update_limit)
        return True

    def update_user(self, event: Event, update_limit: int) -> None:
        """Applies an event's user properties; beyond the hourly limit they are dropped without a word."""
        device, user = event.get("device_id") or None, event.get("user_id") or None
        if device and user:
            self._owner[device] = user
        user = user or self._owner.get(device or "")
        key = user or f"device:{device}"
        holder = self.users.setdefault(user, {}) if user else self.devices.setdefault(str(device), {})
        own = {name: event[name] for name in (*sum(TOGETHER, ()), *ALONE) if event.get(name) is not None}
        if not event.get("user_properties") and not own:
            return
        if not self._updates.admit(key, update_limit):
            self.counts["dropped_updates"] += 1
            return
        apply(holder, event.get("user_properties") or {})
        self._set_own(self.own.setdefault(key, {}), own)

    def _set_own(self, holder: dict[str, t.Any], given: dict[str, t.Any]) -> None:
        for together in TOGETHER:
            if set(together) & set(given):
                holder.update(dict.fromkeys(together))
        holder.update(given)

    def _is_duplicate(self, event: Event) -> bool:
        insert_id = event.get("insert_id")
        if not insert_id:
            return False
        # without a device id the server derives one from the user id
        key = (event.get("device_id") or event.get("user_id"), insert_id)
        now = self._clock.now().timestamp()
        if now - self._seen.get(key, float("-inf")) < DEDUPLICATION_SECONDS:
            return True
        self._seen[key] = now
        return False

    def count_events(self, path: str, events: t.Iterable[Event], *, quota: bool) -> None:
        """Counts accepted events towards the rates of their users and devices."""
        for name, count in names_of(events).items():
            self.rates[path].add(name, count)
            if quota:
                self.quota.add(name, count)


def names_of(events: t.Iterable[Event]) -> collections.Counter[str]:
    """How many events each user and each device has, under ``user:…`` and ``device:…``."""
    names: collections.Counter[str] = collections.Counter()
    for event in events:
        for field in ("user", "device"):
            if value := event.get(f"{field}_id"):
                names[f"{field}:{value}"] += 1
    return names
