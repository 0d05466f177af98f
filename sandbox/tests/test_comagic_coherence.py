"""One account's lists and reports fit together: keys are unique, and every id that a report names exists."""

from __future__ import annotations

import collections
import dataclasses
import typing as t

import msgspec
import pytest
from sandbox.comagic.methods import METHODS

Row = dict[str, t.Any]
FIRST, END = "2026-02-01", "2026-03-21"  # all days there are, the documented one, 2026-03-17, among them
DAILY = "get.campaign_daily_stat"
OF_SITES = (DAILY, "get.ct_ac_summary_report")
#: The vendor's keys where they are not `id`.
KEYS: dict[str, tuple[str, ...]] = {
    "get.account": ("app_id",),
    "get.available_virtual_numbers": ("phone_number",),
    "get.campaign_parameter_weights": ("site_id",),
    "get.financial_call_legs_report": ("call_session_id", "leg_id"),
    "get.communications_report": ("communication_type", "id"),
    "get.goals_report": ("communication_id",),
    "get.ct_summary_report": ("site_id",),
    "get.ct_ac_summary_report": ("ac_id",),
    DAILY: (
        "date",
        "site_id",
        "campaign_id",
        "campaign_ext_id",
        "banner_group_id",
        "keyword_id",
        "current_banner_id",
    ),
}
#: Fields of reports that name a row of another method, by their last name.
NAMED = {
    "call_session_id": "get.calls_report",
    "campaign_id": "get.campaigns",
    "channel_id": "get.chat_channels",
    "chat_channel_id": "get.chat_channels",
    "chat_id": "get.chats_report",
    "contact_id": "get.contacts",
    "employee_id": "get.employees",
    "first_answered_employee_id": "get.employees",
    "first_talked_employee_id": "get.employees",
    "group_id": "get.group_employees",
    "last_answered_employee_id": "get.employees",
    "last_talked_employee_id": "get.employees",
    "leg_id": "get.call_legs_report",
    "scenario_id": "get.scenarios",
    "segment_id": "get.segments",
    "session_ids": "get.visitor_sessions_report",
    "site_id": "get.sites",
    "tag_employee_id": "get.employees",
    "tag_id": "get.tags",
    "virtual_phone_number": "get.virtual_numbers",
    "visitor_first_campaign_id": "get.campaigns",
    "visitor_session_id": "get.visitor_sessions_report",
}
#: The same name for the group of an advertising system.
OTHER_GROUPS = {"integrated_campaign_data.group_id"}
CONTACTS = {
    "call": "get.calls_report",
    "chat": "get.chats_report",
    "goal": "get.goals_report",
    "offline_message": "get.offline_messages_report",
}
REPORTS = [name for name, method in METHODS.items() if method.dates and name.endswith("_report")]


@dataclasses.dataclass
class Account:
    """All that an account shows."""

    rows: dict[str, list[Row]]

    def values(self, method: str, field: str) -> set[t.Any]:
        return {row[field] for row in self.rows[method]}


@pytest.fixture(scope="module", params=["own", "4001", "uis"])
def account(request: pytest.FixtureRequest, make_vendor: t.Any) -> Account:
    vendor = make_vendor(days=30, calls_per_day=60)

    def read(method: str, more: str = "") -> list[Row]:
        query = f"account={request.param}&date_from={FIRST}&date_till={END}&plain=true{more}"
        answer = vendor.send("GET", f"/_sandbox/truth/comagic/{method}", query=query)
        assert answer.status == 200, answer.body
        return [msgspec.json.decode(line) for line in answer.body.splitlines()]

    rows = {name: read(name, "&include_ongoing_calls=true") for name in METHODS if name not in OF_SITES}
    sites = [site["id"] for site in rows["get.sites"]]
    rows |= {name: [row for site in sites for row in read(name, f"&site_id={site}")] for name in OF_SITES}
    return Account(rows)


def values(value: t.Any, path: str = "") -> t.Iterator[tuple[str, t.Any]]:
    """The scalars of a row with their paths."""
    if isinstance(value, dict):
        for name, member in value.items():
            yield from values(member, f"{path}.{name}" if path else name)
    elif isinstance(value, list):
        for member in value:
            yield from values(member, path)
    elif value is not None:
        yield path, value


def test_no_two_rows_have_the_same_key(account: Account) -> None:
    twice = {}
    for method, rows in account.rows.items():
        key = KEYS.get(method, ("id",))
        counts = collections.Counter(tuple(row[part] for part in key) for row in rows)
        twice[method] = [found for found, count in counts.items() if count > 1]
        if method != DAILY:
            assert [found for found in counts if None in found] == [], method
    assert twice == {method: [] for method in METHODS}


def test_every_id_that_a_report_names_exists(account: Account) -> None:
    known = {method: account.values(method, "id") for method in {*NAMED.values()} - {"get.virtual_numbers"}}
    known["get.virtual_numbers"] = account.values("get.virtual_numbers", "virtual_phone_number")
    missing, seen = set(), set()
    for method in (*REPORTS, DAILY):
        for row in account.rows[method]:
            for path, value in values(row):
                target = None if path in OTHER_GROUPS else NAMED.get(path.rpartition(".")[2])
                if target and value not in known[target]:
                    missing.add((method, path, value))
                seen.add(path.rpartition(".")[2] if target else None)
    assert missing == set()
    assert seen - {None} == set(NAMED), "every reference was looked at"


def test_contacts_are_listed_by_their_own_reports(account: Account) -> None:
    """The list of all contacts and the reports of each kind hold the same; visits and statistics name some of them."""
    own = {(kind, row["communication_id"]) for kind, method in CONTACTS.items() for row in account.rows[method]}
    assert {(row["communication_type"], row["id"]) for row in account.rows["get.communications_report"]} == own
    for method in ("get.visitor_sessions_report", DAILY):
        named = [
            (part["communication_type"], part["communication_id"])
            for row in account.rows[method]
            for part in row["communications"] or ()
        ]
        assert len(named) > 20
        assert set(named) <= own


def test_statistics_count_every_visit_once(account: Account) -> None:
    """The documented row stands apart: it claims more contacts than the documented visit had."""
    visits = collections.Counter(
        (row["date_time"][:10], row["site_id"]) for row in account.rows["get.visitor_sessions_report"]
    )
    counted: collections.Counter[tuple[str, int]] = collections.Counter()
    for row in account.rows[DAILY]:
        counted[row["date"], row["site_id"]] += row["visits_count"]
        assert len(row["session_ids"] or ()) == row["visits_count"]
    assert {place: count for place, count in counted.items() if count} == dict(visits)
