"""The methods this sandbox serves: one entry each."""

from __future__ import annotations

import dataclasses
import typing as t

from sandbox.comagic import catalog, sources
from sandbox.comagic.lists import contacts, numbers, partner, staff, web
from sandbox.comagic.query import Dates, Option
from sandbox.comagic.reports.daily import DAILY

Rows = t.Callable[[], list[dict[str, t.Any]]]
Level = t.Literal["client", "own", "partner"]

LIST: t.Final = frozenset({"limit", "offset", "fields", "filter", "sort"})
DATES: t.Final = frozenset({"date_from", "date_till"})
CHATS: t.Final = frozenset({"chat_id", "chat_ids"})


@dataclasses.dataclass(frozen=True)
class Method:
    """A ``get.*`` method.

    Attributes:
        name: as in the request.
        source: where its rows come from.
        dates: how it takes a window, if it does.
        options: parameters of its own.
        takes_list: it knows ``limit``, ``offset``, ``fields``, ``filter`` and ``sort``.
        level: an agency reads it for one of its clients (``user_id``), or only clients read it, or only agencies.
        odd_metadata: its documented sample spells the metadata block ``meta_data``.
    """

    name: str
    source: sources.Source
    dates: Dates | None = None
    options: t.Mapping[str, Option] = dataclasses.field(default_factory=dict)
    takes_list: bool = True
    level: Level = "client"
    odd_metadata: bool = False

    @property
    def params(self) -> frozenset[str]:
        """The parameters it knows besides ``access_token`` and ``user_id``."""
        listing, dates = LIST if self.takes_list else frozenset(), DATES if self.dates else frozenset()
        return listing | dates | self.options.keys()


def _report(method: str, dates: Dates | None = None, **options: Option) -> Method:
    return Method(method, sources.report(method), dates or Dates(), options)


def _listed(name: str, rows: Rows, *, odd_metadata: bool = False, level: Level = "client") -> Method:
    return Method(name, sources.listed(name, rows), odd_metadata=odd_metadata, level=level)


SITE: t.Final = {"site_id": Option("number", required=True)}

METHODS: t.Final = {
    method.name: method
    for method in (
        _report("get.calls_report", include_ongoing_calls=Option("boolean")),
        _report("get.call_legs_report"),
        _report("get.financial_call_legs_report"),
        _report("get.communications_report"),
        _report("get.chats_report"),
        _report("get.chat_messages_report", Dates(30, CHATS), chat_id=Option("number"), chat_ids=Option("numbers")),
        _report("get.offline_messages_report", include_tech_offline_messages=Option("boolean")),
        _report("get.goals_report"),
        _report("get.visitor_sessions_report"),
        Method(DAILY, sources.daily_stat, Dates(), SITE),
        Method(
            "get.employee_stat",
            sources.employee_stat,
            Dates(),
            {"only_default_statuses_in_stats": Option("boolean")},
        ),
        Method("get.ct_summary_report", sources.ct_summary, Dates()),
        Method("get.ct_ac_summary_report", sources.ct_ac_summary, Dates(), SITE),
        Method("get.account", sources.account, takes_list=False, level="own", odd_metadata=True),
        _listed("get.sites", catalog.sites, odd_metadata=True),
        _listed("get.site_blocks", web.site_blocks),
        _listed("get.campaigns", catalog.campaigns),
        _listed("get.campaign_parameter_weights", web.campaign_parameter_weights),
        _listed("get.employees", catalog.employees),
        _listed("get.group_employees", staff.group_employees),
        _listed("get.employee_positions", staff.employee_positions),
        Method("get.statuses", sources.statuses(staff.statuses), options={"is_deleted": Option("boolean")}),
        _listed("get.tags", catalog.tags),
        _listed("get.virtual_numbers", numbers.virtual_numbers),
        _listed("get.available_virtual_numbers", numbers.available_virtual_numbers),
        _listed("get.scenarios", numbers.scenarios),
        Method("get.contacts", sources.of_crowd("get.contacts", contacts.contacts)),
        Method("get.group_contacts", sources.of_crowd("get.group_contacts", contacts.group_contacts)),
        _listed("get.contact_organizations", contacts.contact_organizations),
        _listed("get.schedules", staff.schedules),
        _listed("get.media_files", numbers.media_files),
        _listed("get.sip_lines", numbers.sip_lines),
        _listed("get.chat_channels", staff.chat_channels),
        _listed("get.segments", web.segments),
        _listed("get.events", web.events),
        _listed("get.blacklist_phone_numbers", numbers.blacklist_phone_numbers),
        _listed("get.customer_users", partner.customer_users, level="partner"),
        _listed("get.customers", partner.customers, level="partner"),
    )
}

# methods that do not return a list, with the parameters they know besides `access_token`
ACTIONS: t.Final = {
    "login.user": frozenset({"login", "password"}),
    "logout.user": frozenset[str](),
    "getobj.account": frozenset({"user_id"}),
}
