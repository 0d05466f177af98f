"""Reports of single contacts, with a time each: https://comagic.github.io/data_api/reports/."""

from __future__ import annotations

import typing as t

from tap_comagic.rows import Repair, whole_numbers
from tap_comagic.streams.base import ComagicReport, UnsortedReport

#: A sample of communications spells the tag's employee so.
_TAG_EMPLOYEE = {"tags.tag_employee_full": "tag_employee_full_name"}


class Calls(ComagicReport):
    """Call sessions: who called, which number and campaign, who answered, how long, where the recordings are."""

    name = "calls"
    method = "get.calls_report"
    time_field = "start_time"
    sort_field = "start_time"

    def _days(self, setting: str, default: int) -> int:
        """A call that was still going on has no end yet: with such calls yesterday is always read again."""
        days = super()._days(setting, default)
        return max(days, 1) if setting == "lookback_days" and self.config.get("include_ongoing_calls") else days

    def own_params(self) -> dict[str, t.Any]:
        """Calls still in progress come only when asked for."""
        return {"include_ongoing_calls": True} if self.config.get("include_ongoing_calls") else {}


class CallLegs(ComagicReport):
    """Legs of call sessions: one row a party that was rung, with its own times, employee and recordings."""

    name = "call_legs"
    method = "get.call_legs_report"
    time_field = "start_time"
    sort_field = "start_time"


class FinancialCallLegs(ComagicReport):
    """Charges of legs; needs the right to view the account's balance."""

    name = "financial_call_legs"
    method = "get.financial_call_legs_report"
    key_fields = ("call_session_id", "leg_id")
    time_field = "start_time"
    sort_field = "start_time"
    repairs: t.ClassVar[tuple[Repair, ...]] = (whole_numbers("call_session_id", "leg_id"),)


class Communications(ComagicReport):
    """Contacts of all kinds (calls, chats, goals, requests); ids are unique only within a kind."""

    name = "communications"
    method = "get.communications_report"
    key_fields = ("communication_type", "id")
    time_field = "date_time"
    sort_field = "date_time"
    renamed = _TAG_EMPLOYEE


class Chats(ComagicReport):
    """Chats: channel, visitor, operator, how fast they were answered, how they ended."""

    name = "chats"
    method = "get.chats_report"
    time_field = "date_time"
    sort_field = "date_time"


class OfflineMessages(UnsortedReport):
    """Requests left in forms, with their text and what became of them."""

    name = "offline_messages"
    method = "get.offline_messages_report"
    time_field = "date_time"


class Goals(UnsortedReport):
    """Goals reached by visitors. `id` may be that of the goal's definition, so the contact's id is the key."""

    name = "goals"
    method = "get.goals_report"
    key_fields = ("communication_id",)
    time_field = "date_time"


class VisitorSessions(UnsortedReport):
    """Visits of sites: source, pages, device, and the contacts that came of them."""

    name = "visitor_sessions"
    method = "get.visitor_sessions_report"
    time_field = "date_time"
    renamed: t.ClassVar[t.Mapping[str, str]] = {"integrated_campaign_data.banner_id": "current_banner_id"}


REPORTS = (Calls, CallLegs, FinancialCallLegs, Communications, Chats, OfflineMessages, Goals, VisitorSessions)
