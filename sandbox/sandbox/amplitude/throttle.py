"""Refusals that depend on who sends how much, by setting, by fault or by real rate."""

from __future__ import annotations

import typing as t

from sandbox.amplitude.errors import BAD_REQUEST, TOO_MANY, RefusedError
from sandbox.amplitude.rates import WINDOW_SECONDS
from sandbox.amplitude.store import Store, names_of
from sandbox.amplitude.validate import Endpoint, Event
from sandbox.faults import Rule
from sandbox.settings import Settings

TOO_MANY_TEXT: t.Final = "Too many requests for some devices and users"


class Throttle:
    """Decides which users and devices of a request are over what they may send."""

    def __init__(self, store: Store, settings: Settings, endpoint: Endpoint, rule: Rule | None) -> None:
        self._store = store
        self._settings = settings
        self._endpoint = endpoint
        self._rule = rule
        self._threshold = endpoint.events_per_second
        self._limit = settings.events_per_second.get(endpoint.path)

    def check(self, events: t.Sequence[Event]) -> None:
        """Refuses the whole request if any of its events may not pass.

        Raises:
            RefusedError: 429 for rates and quotas, 400 for silenced devices.
        """
        if self._settings.project_limited or self._is("amplitude_project_limit"):
            raise RefusedError(TOO_MANY, "Too many requests")
        rates = self._rates(events)
        spent = self._spent(events) if self._endpoint.has_quota else {}
        silenced = self._silenced(events)
        if silenced:
            raise RefusedError(
                BAD_REQUEST, "Events silenced for device_id", **self._silence(events, silenced, rates, spent)
            )
        if rates or spent:
            raise RefusedError(TOO_MANY, TOO_MANY_TEXT, **self._throttling(events, rates, spent))

    def _is(self, kind: str) -> bool:
        return self._rule is not None and self._rule.kind == kind

    def _rates(self, events: t.Sequence[Event]) -> dict[str, int]:
        """Events a second of every name over its limit."""
        found, limit = {}, self._limit
        for name, count in names_of(events).items():
            total = self._store.rates[self._endpoint.path].total(name) + count
            if limit is not None and total > limit * WINDOW_SECONDS:
                found[name] = -(-total // WINDOW_SECONDS)
            elif self._is_named(name):
                found[name] = self._threshold + 1
        return found

    def _is_named(self, name: str) -> bool:
        kind, _, value = name.partition(":")
        users, devices = list(self._settings.throttled_users), list(self._settings.throttled_devices)
        if self._rule and self._is("amplitude_throttle"):
            if not self._rule.users and not self._rule.devices:
                return True
            users += self._rule.users
            devices += self._rule.devices
        return value in (users if kind == "user" else devices)

    def _spent(self, events: t.Sequence[Event]) -> dict[str, int]:
        limit = self._settings.daily_quota
        totals = {name: self._store.quota.total(name) + count for name, count in names_of(events).items()}
        return {name: total for name, total in totals.items() if limit is not None and total > limit}

    def _silenced(self, events: t.Sequence[Event]) -> list[str]:
        silenced = list(self._settings.silenced_devices)
        if self._rule and self._is("amplitude_silence"):
            silenced += self._rule.devices
        present = {event.get("device_id") for event in events}
        return [device for device in silenced if device in present]

    def _throttling(self, events: t.Sequence[Event], rates: dict[str, int], spent: dict[str, int]) -> dict[str, t.Any]:
        body: dict[str, t.Any] = {
            "eps_threshold": self._threshold,
            "throttled_devices": _of(rates, "device"),
            "throttled_users": _of(rates, "user"),
        }
        if self._endpoint.has_quota:
            body["exceeded_daily_quota_users"] = _of(spent, "user")
            body["exceeded_daily_quota_devices"] = _of(spent, "device")
        return {**body, "throttled_events": _indexes(events, {**rates, **spent})}

    def _silence(
        self,
        events: t.Sequence[Event],
        silenced: list[str],
        rates: dict[str, int],
        spent: dict[str, int],
    ) -> dict[str, t.Any]:
        return {
            "eps_threshold": self._threshold,
            "exceeded_daily_quota_devices": _of(spent, "device"),
            "silenced_devices": silenced,
            "silenced_events": [index for index, event in enumerate(events) if event.get("device_id") in silenced],
            "throttled_devices": _of(rates, "device"),
            "throttled_events": _indexes(events, rates),
        }


def _of(counts: dict[str, int], kind: str) -> dict[str, int]:
    prefix = f"{kind}:"
    return {name.removeprefix(prefix): count for name, count in counts.items() if name.startswith(prefix)}


def _indexes(events: t.Sequence[Event], names: t.Collection[str]) -> list[int]:
    return [index for index, event in enumerate(events) if any(name in names for name in names_of([event]))]
