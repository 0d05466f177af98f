"""The methods that the strict vendor serves, by the contract's overview: parameters, dates, limits, odd envelopes."""

from __future__ import annotations

import dataclasses
import datetime as dt
import functools
import importlib.resources
import json
import typing as t

Row = dict[str, t.Any]

LIST = frozenset({"limit", "offset", "fields", "filter", "sort", "user_id"})
DATES = frozenset({"date_from", "date_till"})
_QUARTER, _MONTH = dt.timedelta(days=90), dt.timedelta(days=30)


@dataclasses.dataclass(frozen=True)
class Method:
    """What one method takes, and how its rows are picked.

    Attributes:
        params: parameters beside the token.
        time: the field that the dates apply to.
        longest: the longest interval between the dates.
        required: parameters that must be there, the dates apart.
        bare: the sample puts the rows directly into `result`.
        of_agency: for agencies, which ask about all their clients at once.
        sums: figures over the interval asked for, by these fields; rows are kept by day.
    """

    params: frozenset[str] = LIST
    time: str | None = None
    longest: dt.timedelta = _QUARTER
    required: tuple[str, ...] = ()
    bare: bool = False
    of_agency: bool = False
    sums: tuple[str, ...] = ()


def _report(time: str, *extra: str, **more: t.Any) -> Method:
    return Method(LIST | DATES | set(extra), time, **more)


_AGENCY = Method(LIST - {"user_id"}, of_agency=True)
_ENTITIES = (
    "sites",
    "site_blocks",
    "campaigns",
    "campaign_parameter_weights",
    "employees",
    "group_employees",
    "employee_positions",
    "tags",
    "virtual_numbers",
    "scenarios",
    "contacts",
    "group_contacts",
    "contact_organizations",
    "schedules",
    "media_files",
    "sip_lines",
    "segments",
    "events",
    "blacklist_phone_numbers",
    "available_virtual_numbers",
)
METHODS: dict[str, Method] = {
    "get.account": Method(frozenset()),
    "getobj.account": Method(frozenset({"user_id"})),
    "get.calls_report": _report("start_time", "include_ongoing_calls"),
    "get.call_legs_report": _report("start_time"),
    "get.financial_call_legs_report": _report("start_time"),
    "get.communications_report": _report("date_time"),
    "get.chats_report": _report("date_time"),
    "get.chat_messages_report": _report("date_time", "chat_id", "chat_ids", longest=_MONTH),
    "get.offline_messages_report": _report("date_time", "include_tech_offline_messages"),
    "get.goals_report": _report("date_time"),
    "get.visitor_sessions_report": _report("date_time"),
    "get.campaign_daily_stat": _report("date", "site_id", required=("site_id",), bare=True),
    "get.employee_stat": _report("date", "only_default_statuses_in_stats", sums=("id",)),
    "get.ct_summary_report": _report("date", sums=("site_id",)),
    "get.ct_ac_summary_report": _report("date", "site_id", required=("site_id",), sums=("ac_id",)),
    "get.statuses": Method(LIST | {"is_deleted"}),
    "get.chat_channels": Method(),
    "get.customers": _AGENCY,
    "get.customer_users": _AGENCY,
    **{f"get.{noun}": Method() for noun in _ENTITIES},
}
#: How samples spell what the tables call otherwise: method → path → the sample's name.
SAMPLE_NAMES = {
    "get.campaign_daily_stat": {
        "campaign_id": "campain_id",
        "current_banner_id": "banner_id",
        "current_banner_name": "banner_name",
        "communications.tags.tag_employee_full_name": "tag_employee_full",
    },
    "get.communications_report": {"tags.tag_employee_full_name": "tag_employee_full"},
    "get.visitor_sessions_report": {"integrated_campaign_data.current_banner_id": "banner_id"},
    "get.group_contacts": {"members.contact_id": "contacts_id"},
    "get.group_employees": {"phone_numbers": "phone_number"},
    "get.segments": {"segments_conditions": "segment_conditions"},
}
#: The contract's list of a method that the tables leave out.
_UNTABLED = {
    "get.available_virtual_numbers": {
        "phone_number": "string",
        "category": "enum",
        "location_mnemonic": "string",
        "location_name": "string",
        "onetime_payment": "number",
        "monthly_charge": "number",
        "min_charge": "number",
    }
}


@functools.cache
def _tables() -> dict[str, Row]:
    # The vendor's published tables, kept with the tap; the tap's schemas are tested against them elsewhere.
    text = importlib.resources.files("tap_comagic.schemas").joinpath("fields.json").read_text(encoding="utf-8")
    return t.cast("dict[str, Row]", json.loads(text)["methods"])


def field_table(method: str) -> list[Row]:
    """The documented fields of a method."""
    if method in _UNTABLED:
        return [{"name": name, "type": kind} for name, kind in _UNTABLED[method].items()]
    return t.cast("list[Row]", _tables()[method]["fields"])


def flags(method: str, flag: str) -> dict[str, bool]:
    """Top-level field → whether it may be filtered or sorted by, or comes by default."""
    return {field["name"]: bool(field.get(flag)) for field in field_table(method) if "inside" not in field}
