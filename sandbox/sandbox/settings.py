"""What a test may change about the vendors' behaviour while the sandbox runs."""

from __future__ import annotations

import typing as t

import msgspec

from sandbox.genesys.settings import GenesysSettings, merged

Bounds = t.Literal["closed", "half_open", "open_start"]
TokenState = t.Literal["active", "blocked", "expired"]


Bucket = t.Literal["minute", "hour", "day"]

SAMPLE_SHAPES: t.Final = (
    "get.communications_report",
    "get.visitor_sessions_report",
    "get.group_employees",
    "get.group_contacts",
    "get.segments",
)
# short pages were seen on the lists of numbers
SHORT_PAGES: t.Final = ("get.virtual_numbers", "get.available_virtual_numbers")


def _other_zones() -> dict[str, str]:
    return {
        "uis": "Asia/Novosibirsk",
        "2870": "Europe/Moscow",
        "4001": "Asia/Yekaterinburg",
        "4002": "Europe/Kaliningrad",
    }


def _default_limits() -> dict[Bucket, int | None]:
    # one of the pairs that the documented samples show
    return {"minute": 200, "hour": None, "day": 3500}


class Settings(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Switches of the vendors, all optional, changed with ``POST /_sandbox/settings``.

    Attributes:
        timezone: IANA name of the CoMagic account's zone; changing it makes new calls.
        timezones: the same for the other accounts, by name: ``uis`` and the agency's clients ``2870 4001 4002``.
        token_lifetime_seconds: life of a session token on the sandbox's clock.
        token_states: permanent key to ``active``, ``blocked`` or ``expired``.
        limits: points per ``minute``, ``hour`` and ``day``; null is no limit, and a null object none at all.
        forbidden: methods that answer ``forbidden`` (``*`` for all); with ``@4001`` behind, for that account alone
            (``own uis agency 2870 4001 4002``).
        disabled: the same for ``method_component_disabled``.
        component_error_code: -32602 is what live servers send, -32008 what the documentation says.
        ip_allowed: false answers ``ip_not_whitelisted``.
        ip_lists: account to the networks it admits; an agency is judged by the list of the client it asks for.
        account_inactive: true answers ``account_inactive``.
        unknown_fields: fields that this brand does not know.
        removed: method to ids that have vanished from that list.
        sample_shapes: methods that answer in the shape of the page's printed structure where that differs from the
            table of fields (names, a lone object for ``hits``; rows directly in ``result`` for
            ``get.campaign_daily_stat``).
        mixed_forms: some rows have numbers as text, nested times with ``T`` or an offset, null for empty arrays.
        short_pages: methods whose pages hold two thirds of what they should.
        unstable_order: in reports, rows that the sorting leaves equal come in another order on every page.
        deprecated_version: the metadata says that this version of the API is deprecated.
        expiry_spelling: how ``login.user`` calls the end of a session.
        bounds: how ``date_from`` and ``date_till`` are compared; the vendor does not say.
        nulls_for_arrays: every empty array comes as null; otherwise a share of the reports' rows has that.
        undocumented_extras: a share of the calls carries ``hold_duration`` though nobody asked.
        meta_data_spelling: how ``get.sites`` and ``get.account`` call their metadata block.
        error_metadata: whether error bodies carry ``metadata``, as documented, or not, as seen live.
        silenced_devices: device ids that Amplitude has silenced.
        throttled_users: user ids over the rate, refused until taken off the list.
        throttled_devices: device ids over the rate.
        events_per_second: endpoint to the allowed mean rate per user or device; null is no limit.
        daily_quota: events a user may send in 24 hours through the batch endpoint; null is no limit.
        project_limited: true refuses every Amplitude request with a 429 that names nobody.
        property_updates_per_hour: updates of one user's properties an hour, more are dropped silently.
        genesys: those of Genesys Cloud (:class:`sandbox.genesys.settings.GenesysSettings`), merged key by key.
    """

    timezone: str = "Europe/Moscow"
    timezones: dict[str, str] = msgspec.field(default_factory=_other_zones)
    token_lifetime_seconds: int = 3600
    token_states: dict[str, TokenState] = {}
    limits: dict[Bucket, int | None] = msgspec.field(default_factory=_default_limits)
    forbidden: list[str] = []
    disabled: list[str] = []
    component_error_code: int = -32602
    ip_allowed: bool = True
    ip_lists: dict[str, list[str]] = {}
    account_inactive: bool = False
    unknown_fields: list[str] = []
    removed: dict[str, list[int]] = {}
    sample_shapes: list[str] = msgspec.field(default_factory=lambda: [*SAMPLE_SHAPES])
    mixed_forms: bool = True
    short_pages: list[str] = msgspec.field(default_factory=lambda: [*SHORT_PAGES])
    unstable_order: bool = True
    deprecated_version: bool = False
    expiry_spelling: t.Literal["expire_at", "expire"] = "expire_at"
    bounds: Bounds = "closed"
    nulls_for_arrays: bool = False
    undocumented_extras: bool = True
    meta_data_spelling: t.Literal["meta_data", "metadata"] = "meta_data"
    error_metadata: bool = True
    silenced_devices: list[str] = []
    throttled_users: list[str] = []
    throttled_devices: list[str] = []
    events_per_second: dict[t.Literal["/2/httpapi", "/batch"], int | None] = msgspec.field(
        default_factory=lambda: {"/2/httpapi": 30, "/batch": 1000},
    )
    daily_quota: int | None = 500_000
    project_limited: bool = False
    property_updates_per_hour: int = 1800
    genesys: GenesysSettings = msgspec.field(default_factory=GenesysSettings)

    def changed(self, changes: dict[str, t.Any]) -> Settings:
        """A copy with some settings replaced; objects of numbers are merged key by key.

        Raises:
            msgspec.ValidationError: an unknown name or a value of the wrong type.
        """
        values = msgspec.to_builtins(self)
        for name, value in changes.items():
            numbers = name in {"limits", "events_per_second", "timezones"}
            if name == "genesys":
                values[name] = merged(self.genesys, value)
            elif numbers and value is None:
                values[name] = dict.fromkeys(values[name])
            elif numbers and isinstance(value, dict):
                values[name] = {**values[name], **value}
            else:
                values[name] = value
        return msgspec.convert(values, Settings)
