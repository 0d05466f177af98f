"""The strict vendor itself: what it refuses, and what it gives. A lenient one would prove nothing about the tap."""

from __future__ import annotations

import json
import typing as t

import pytest
from strict_methods import METHODS, field_table
from strict_rows import daily, entities, full_row, timed
from strict_vendor import AGENCY_KEY, KEY, Vendor

Row = dict[str, t.Any]
MARCH = {"date_from": "2026-03-01 00:00:00", "date_till": "2026-03-02 23:59:59"}
DAILY = "get.campaign_daily_stat"
MESSAGES = "get.chat_messages_report"


def ask(vendor: Vendor, method: str, key: str = KEY, **params: t.Any) -> t.Any:
    """The result of one request, or the mnemonic of its error."""
    body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": {"access_token": key, **params}}
    answer = vendor.handle(json.dumps(body).encode(), {})
    return answer["result"] if "result" in answer else answer["error"]["data"]["mnemonic"]


def rows(vendor: Vendor, method: str, **params: t.Any) -> list[Row]:
    result = ask(vendor, method, **params)
    assert isinstance(result, dict), result
    return t.cast("list[Row]", result["data"])


@pytest.mark.parametrize("method", sorted(name for name, known in METHODS.items() if known.time))
def test_dates_are_required_and_no_stranger_is_let_in(method: str) -> None:
    vendor = Vendor()
    more: Row = dict.fromkeys(METHODS[method].required, 1)
    if method != MESSAGES:
        assert ask(vendor, method, **more, date_from=MARCH["date_from"]) == "required_parameter_missed"
    assert ask(vendor, method, **more, **MARCH, group_by="day") == "unexpected_parameters"
    assert ask(vendor, method, **more, **MARCH, fields=["no_such_field"]) == "unexpected_parameters"
    assert ask(vendor, method, **more, **{**MARCH, "date_till": "2026-03-02"}) == "invalid_parameter_value"
    assert ask(vendor, method, **more, **MARCH, offset=100_001) == "invalid_parameter_value"
    longer = {**MARCH, "date_till": "2026-07-01 00:00:00"}
    assert ask(vendor, method, **more, **longer) == "date_interval_limit_reached"


@pytest.mark.parametrize("method", ["get.sites", "get.contacts", "get.available_virtual_numbers", "get.chat_channels"])
def test_lists_take_no_dates(method: str) -> None:
    assert ask(Vendor(), method, **MARCH) == "unexpected_parameters"


def test_every_field_of_every_method_may_be_asked_for() -> None:
    for method in METHODS.keys() - {"get.account", "getobj.account"}:
        vendor = Vendor(rows={method: [{**full_row(method, 8), "_site": 1}]})
        names = [field["name"] for field in field_table(method) if "inside" not in field]
        more = {**dict.fromkeys(METHODS[method].required, 1), **(MARCH if METHODS[method].time else {})}
        for row in vendor.rows[method]:
            row["_at"] = timed("get.calls_report", 1, "2026-03-01 00:00:00")["_at"]
        result = ask(vendor, method, AGENCY_KEY if METHODS[method].of_agency else KEY, fields=names, **more)
        [row] = result if isinstance(result, list) else result["data"]
        assert set(row) == set(names), method


def test_messages_may_span_thirty_days() -> None:
    vendor = Vendor(rows={MESSAGES: [timed(MESSAGES, 1, "2026-03-01 10:00:00", chat_id=5)]})
    month = {"date_from": "2026-03-01 00:00:00", "date_till": "2026-03-31 00:00:00"}
    assert len(rows(vendor, MESSAGES, **month)) == 1
    assert ask(vendor, MESSAGES, **{**month, "date_till": "2026-03-31 00:00:01"}) == "date_interval_limit_reached"
    assert ask(vendor, MESSAGES) == "required_parameter_missed"
    assert [len(rows(vendor, MESSAGES, chat_id=chat)) for chat in (5, 6)] == [1, 0]


def test_a_brand_that_knows_messages_by_chat_only() -> None:
    vendor = Vendor(messages_by_chat_only=True, rows={MESSAGES: [timed(MESSAGES, 1, "2026-03-01 10:00:00", chat_id=5)]})
    assert ask(vendor, MESSAGES, **MARCH) == "unexpected_parameters"
    assert ask(vendor, MESSAGES, chat_ids=[5]) == "unexpected_parameters"
    assert ask(vendor, MESSAGES, chat_id=5, fields=["id", "text"]) == "unexpected_parameters"
    assert ask(vendor, MESSAGES) == "required_parameter_missed"
    assert rows(vendor, MESSAGES, chat_id=5, fields=["chat_id", "text"]) == [{"chat_id": 5, "text": "text 1"}]


def test_daily_statistics_come_for_one_site_in_whole_days_and_bare() -> None:
    vendor = Vendor(rows={DAILY: [daily(DAILY, f"2026-03-0{day}", site) for day in (1, 2, 3) for site in (8, 9)]})
    names = ["date", "site_id", "campaign_id"]
    assert ask(vendor, DAILY, **MARCH) == "required_parameter_missed"
    assert ask(vendor, DAILY, **MARCH, site_id="8") == "data_type_error"
    assert ask(vendor, DAILY, **MARCH, site_id=8, fields=names) == [
        {"date": "2026-03-01", "site_id": 8, "campaign_id": 8},
        {"date": "2026-03-02", "site_id": 8, "campaign_id": 8},
    ]
    short = {**MARCH, "date_till": "2026-03-02 00:00:00"}
    assert len(ask(vendor, DAILY, **short, site_id=8)) == 1, "a bare midnight drops the day"
    vendor.sample_names = True
    assert ask(vendor, DAILY, **MARCH, site_id=8, fields=names)[0] == {
        "date": "2026-03-01",
        "site_id": 8,
        "campain_id": 8,
    }
    vendor.refuse[f"{DAILY}@8"] = ("forbidden", None)
    assert ask(vendor, DAILY, **MARCH, site_id=8) == "forbidden"
    assert len(ask(vendor, DAILY, **MARCH, site_id=9)) == 2


def test_aggregates_add_up_over_the_interval() -> None:
    method = "get.ct_summary_report"
    vendor = Vendor(rows={method: [daily(method, day, 8, calls_count=5) for day in ("2026-03-01", "2026-03-02")]})
    names = ["site_id", "calls_count"]
    assert rows(vendor, method, **MARCH, fields=names) == [{"site_id": 8, "calls_count": 10}]
    first = {**MARCH, "date_till": "2026-03-01 23:59:59"}
    assert rows(vendor, method, **first, fields=names) == [{"site_id": 8, "calls_count": 5}]


def test_reports_without_an_order_come_in_any() -> None:
    goals = "get.goals_report"
    vendor = Vendor(rows={goals: [timed(goals, number, "2026-03-01 10:00:00") for number in range(1, 40)]})
    answers = [
        tuple(row["communication_id"] for row in rows(vendor, goals, **MARCH, fields=["communication_id"]))
        for _ in range(3)
    ]
    assert len(set(answers)) == 3
    assert {tuple(sorted(answer)) for answer in answers} == {tuple(range(1, 40))}
    date = [{"field": "date_time"}]
    assert ask(vendor, goals, **MARCH, sort=date) == "sort_prohibited"


@pytest.mark.parametrize(
    ("condition", "ids"),
    [
        ({"field": "id", "operator": ">", "value": 3}, [4, 5]),
        ({"field": "id", "operator": "<", "value": 2}, [1]),
        (
            {
                "condition": "and",
                "filters": [
                    {"field": "id", "operator": ">", "value": 1},
                    {"field": "id", "operator": "<", "value": 4},
                ],
            },
            [2, 3],
        ),
    ],
)
def test_filters(condition: Row, ids: list[int]) -> None:
    vendor = Vendor(rows={"get.contacts": entities("get.contacts", 5)})
    assert [row["id"] for row in rows(vendor, "get.contacts", filter=condition, fields=["id"])] == ids


@pytest.mark.parametrize(
    ("method", "condition", "mnemonic"),
    [
        ("get.contacts", {"field": "nothing", "operator": "=", "value": 1}, "unexpected_parameters"),
        ("get.contacts", {"field": "id", "operator": "~", "value": 1}, "invalid_parameter_value"),
        ("get.contacts", {"filters": [], "condition": "and"}, "invalid_parameter_value"),
        ("get.contacts", ["id"], "data_type_error"),
        ("get.calls_report", {"field": "start_time", "operator": ">", "value": "2026"}, "filter_prohibited"),
    ],
)
def test_wrong_filters(method: str, condition: t.Any, mnemonic: str) -> None:
    dates = MARCH if METHODS[method].time else {}
    assert ask(Vendor(), method, filter=condition, **dates) == mnemonic


def test_ids_are_filtered_but_not_sorted_by() -> None:
    assert ask(Vendor(), "get.contacts", sort=[{"field": "id"}]) == "sort_prohibited"


def test_agencies_name_a_client_and_clients_see_no_agency() -> None:
    vendor = Vendor(user_ids=(1, 2), zones={2: "Asia/Tomsk"})
    vendor.rows["get.tags"] = [{**row, "_client": 1} for row in entities("get.tags", 2)]
    vendor.rows["get.customer_users"] = entities("get.customer_users", 2)
    assert ask(vendor, "get.tags", AGENCY_KEY) == "required_parameter_missed"
    assert [len(ask(vendor, "get.tags", AGENCY_KEY, user_id=user)["data"]) for user in (1, 2)] == [2, 0]
    assert len(ask(vendor, "get.customer_users", AGENCY_KEY)["data"]) == 2
    assert ask(vendor, "get.customer_users", AGENCY_KEY, user_id=1) == "unexpected_parameters"
    assert ask(vendor, "get.customer_users") == "forbidden"
    assert ask(vendor, "get.account", AGENCY_KEY) == "forbidden"
    zones = [ask(vendor, "getobj.account", AGENCY_KEY, user_id=user)["data"]["timezone"] for user in (1, 2)]
    assert zones == ["Europe/Moscow", "Asia/Tomsk"]
    vendor.refuse["*@2"] = ("ip_not_whitelisted", None)
    assert ask(vendor, "get.tags", AGENCY_KEY, user_id=2) == "ip_not_whitelisted"
    assert ask(vendor, "get.tags", AGENCY_KEY, user_id=1)["data"] != []


def test_deleted_statuses_come_only_when_asked_for() -> None:
    statuses = [{**row, "is_deleted": row["id"] == 2} for row in entities("get.statuses", 3)]
    vendor = Vendor(rows={"get.statuses": statuses})
    assert [row["id"] for row in rows(vendor, "get.statuses", fields=["id"])] == [1, 3]
    assert [row["id"] for row in rows(vendor, "get.statuses", fields=["id"], is_deleted=True)] == [2]
