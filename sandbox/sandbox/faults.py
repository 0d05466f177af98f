"""Faults on demand: rules that spoil the next matching requests."""

from __future__ import annotations

import typing as t

import msgspec

Vendor = t.Literal["comagic", "amplitude", "genesys"]
Kind = t.Literal[
    "status",
    "html",
    "truncated",
    "reset",
    "stall",
    "duplicate_page",
    "shifted_page",
    "short_page",
    "empty_page",
    "total_items",
    "moving_total",
    "no_total",
    "error",
    "amplitude_throttle",
    "amplitude_silence",
    "amplitude_project_limit",
    "genesys_job",
    "genesys_token",
]
JobState = t.Literal["FAILED", "CANCELLED", "EXPIRED"]

PAGE_KINDS: t.Final = frozenset(
    {"duplicate_page", "shifted_page", "short_page", "empty_page", "total_items", "moving_total", "no_total"}
)


class Rule(msgspec.Struct, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """One fault to inject.

    Attributes:
        vendor: whose requests.
        kind: what happens to them.
        method: CoMagic method, Amplitude path (``/batch``) or Genesys operation (``GET /api/v2/users``, names of path
            parts in braces); null is any.
        where: parameters the request must have, by equality.
        times: how many requests it hits; null is all.
        after: matching requests let through first.
        status: HTTP status for ``status``.
        retry_after: value of a ``Retry-After`` header for ``status``.
        body: text or JSON to answer with for ``status``.
        seconds: how long ``stall`` waits before it goes on as usual.
        mnemonic: the vendor's error for ``error`` (Genesys: the code, with ``status``).
        message: replaces the error's message, or is a failed job's.
        delta: what ``total_items`` is off by, and what ``moving_total`` adds from page to page.
        shift: rows by which ``shifted_page`` looks back.
        keep: rows left on a ``short_page`` (default: half of them).
        accepted: Amplitude only: the request is taken in before the fault shows.
        close: ``truncated`` also closes the connection before the announced length.
        users: user ids for ``amplitude_throttle`` (default: all of the request).
        devices: device ids for ``amplitude_throttle`` and ``amplitude_silence``.
        state: what ``genesys_job`` makes of a job: when it has run if the rule hits its submission, else at once.
            ``genesys_token`` ends the token that a request carries.
    """

    vendor: Vendor
    kind: Kind
    method: str | None = None
    where: dict[str, t.Any] = {}
    times: int | None = 1
    after: int = 0
    status: int = 500
    retry_after: int | str | None = None
    body: t.Any = None
    seconds: float = 1.0
    mnemonic: str = "internal_error"
    message: str | None = None
    delta: int = -1
    shift: int = 1
    keep: int | None = None
    accepted: bool = False
    close: bool = False
    users: list[str] = []
    devices: list[str] = []
    state: JobState = "FAILED"

    def matches(self, vendor: Vendor, method: str, params: t.Mapping[str, t.Any]) -> bool:
        """Whether a request is one this rule is meant for."""
        if vendor != self.vendor or self.method not in {None, method}:
            return False
        return all(params.get(name) == value for name, value in self.where.items())


class FaultBook:
    """The rules in force, oldest first."""

    def __init__(self) -> None:
        self.rules: list[Rule] = []

    def add(self, rule: Rule) -> None:
        """Puts a rule behind those already in force."""
        self.rules.append(rule)

    def clear(self) -> None:
        """Takes every rule away."""
        self.rules.clear()

    def take(self, vendor: Vendor, method: str, params: t.Mapping[str, t.Any]) -> Rule | None:
        """The fault for this request, counted as used, or none."""
        for rule in self.rules:
            if not rule.matches(vendor, method, params):
                continue
            if rule.after > 0:
                rule.after -= 1
                continue
            if rule.times is not None:
                rule.times -= 1
            self.rules = [kept for kept in self.rules if kept.times is None or kept.times > 0]
            return rule
        return None
