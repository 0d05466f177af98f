"""The traps of live answers: misspelt names, numbers as text, nested times, short pages, totals, notices, agencies."""

from __future__ import annotations

import datetime as dt
import typing as t

import msgspec
import pytest
from sandbox.comagic.fields import example_rows

Row = dict[str, t.Any]
CALLS, DAILY = "get.calls_report", "get.campaign_daily_stat"
AGENCY = "sandbox-agency-token"
DEPRECATED = {"current_version_deprecated": True, "current_version": "v2.0", "latest_version": "v2.1"}


def truth(vendor: t.Any, method: str, **given: t.Any) -> list[Row]:
    asked = {"date_from": "2026-03-01", "date_till": "2026-03-20", **given}
    query = "&".join(f"{name}={value}" for name, value in asked.items())
    answer = vendor.send("GET", f"/_sandbox/truth/comagic/{method}", query=query)
    assert answer.status == 200, answer.body
    return [msgspec.json.decode(line) for line in answer.body.splitlines()]


def pairs(vendor: t.Any, method: str, **given: t.Any) -> list[tuple[Row, Row]]:
    """Each row as it is sent, and as the tables of fields have it."""
    return list(zip(truth(vendor, method, **given), truth(vendor, method, plain="true", **given), strict=True))


def row_of(rows: t.Iterable[Row], number: int) -> Row:
    [row] = [row for row in rows if row["id"] == number]
    return row


# Names


def test_lists_come_under_the_names_of_their_samples(vendor: t.Any) -> None:
    [group] = vendor.comagic("get.group_employees", filter={"field": "id", "operator": "=", "value": 301})["result"][
        "data"
    ]
    assert group == {
        "id": 301,
        "name": "Отдел продаж",
        "members": [{"employee_id": 5001, "employee_full_name": "Тестов Тест Тестович"}],
        "phone_number": [
            {
                "employee_phone_number": "70000000301",
                "employee_phone_number_id": 91001,
                "employee_full_name": "Тестов Тест Тестович",
                "employee_id": 5001,
                "available": True,
            }
        ],
        "group_phone_number": "101",
        "queue_enabled": False,
        "channels_count": 1,
    }
    assert row_of(vendor.comagic("get.group_contacts")["result"]["data"], 401) == {
        "id": 401,
        "name": "Клиенты",
        "is_system": False,
        "members": [{"contacts_id": 21001, "contact_full_name": "Тестов Тест Тестович"}],
    }
    condition = {"type": "include", "segment_parameter": "utm_source", "operator": "=", "value": "src"}
    assert row_of(vendor.comagic("get.segments")["result"]["data"], 701) == {
        "id": 701,
        "name": "Тестовый сегмент",
        "description": None,
        "site_id": 25001,
        "site_domain_name": "example.test",
        "segment_conditions": {"group_conditions": [{"conditions": [condition]}]},
    }


def test_requests_know_the_names_of_the_tables_alone(vendor: t.Any) -> None:
    assert vendor.refused("get.group_employees", fields=["phone_number"])["mnemonic"] == "unexpected_parameters"
    rows = vendor.comagic("get.group_employees", fields=["phone_numbers"])["result"]["data"]
    assert {tuple(row) for row in rows} == {("phone_number",)}


def test_the_documented_statistics_in_the_shape_of_their_sample(vendor: t.Any) -> None:
    """Rows directly in `result`, three names spelt otherwise; the day is moved by whole days."""
    [documented] = example_rows(DAILY)
    vendor.control("POST", "/settings", {"sample_shapes": [DAILY]})
    day = {"site_id": 25001, "date_from": "2026-03-17 00:00:00", "date_till": "2026-03-17 23:59:59"}
    names = {"campain_id": "campaign_id", "banner_id": "current_banner_id", "banner_name": "current_banner_name"}
    rows = vendor.comagic(DAILY, fields=[names.get(name, name) for name in documented], **day)["result"]
    tag = {**documented["communications"][0]["tags"][0], "tag_change_time": "2026-03-17 09:20:00"}
    contact = {**documented["communications"][0], "tags": [tag]}
    assert [row for row in rows if row["keyword_id"] == documented["keyword_id"]] == [
        {**documented, "date": "2026-03-17", "communications": [contact]}
    ]


def test_a_visit_in_the_shape_of_its_sample(vendor: t.Any) -> None:
    """Its duration is text, a single page a lone object, the banner's id misspelt; the tables know none of that."""
    method = "get.visitor_sessions_report"
    lone = next(row for row in truth(vendor, method) if row["hits_count"] == 1)
    plain = row_of(truth(vendor, method, plain="true"), lone["id"])
    assert (plain["hits"], plain["duration"]) == ([lone["hits"]], int(lone["duration"]))
    assert isinstance(lone["duration"], str)
    for sent, table in pairs(vendor, method):
        ad = table["integrated_campaign_data"]
        renamed = ad and {"banner_id" if name == "current_banner_id" else name: value for name, value in ad.items()}
        assert sent["integrated_campaign_data"] == renamed


def test_the_tags_of_communications_misspell_their_employee(vendor: t.Any) -> None:
    sent = [tag for row in truth(vendor, "get.communications_report") for tag in row["tags"] or ()]
    table = [tag for row in truth(vendor, "get.communications_report", plain="true") for tag in row["tags"] or ()]
    assert len(sent) > 50
    assert [{**tag, "tag_change_time": None} for tag in sent] == [
        {
            "tag_employee_full" if name == "tag_employee_full_name" else name: value
            for name, value in {**tag, "tag_change_time": None}.items()
        }
        for tag in table
    ]


# Types


@pytest.mark.parametrize(
    ("method", "field", "kinds"),
    [
        ("get.financial_call_legs_report", "call_session_id", {int, str}),
        ("get.offline_messages_report", "visitor_phone_number", {int, str}),
        ("get.chats_report", "visitor_phone_number", {str}),
        ("get.goals_report", "ext_id", {int, str}),
    ],
)
def test_numbers_as_text_and_text_as_numbers(vendor: t.Any, method: str, field: str, kinds: set[type]) -> None:
    both = [(sent[field], table[field]) for sent, table in pairs(vendor, method) if table[field] is not None]
    assert {type(sent) for sent, _ in both} == kinds
    assert [str(sent) for sent, _ in both] == [str(table) for _, table in both]


def test_nulls_stand_for_some_empty_arrays_only(vendor: t.Any) -> None:
    for method in (CALLS, "get.chats_report", "get.goals_report", "get.visitor_sessions_report"):
        changed: dict[str, set[t.Any]] = {}
        for sent, table in pairs(vendor, method):
            for name, value in sent.items():
                if value is None and table[name] is not None:
                    changed.setdefault(name, set()).add(repr(table[name]))
        assert {name: found for name, found in changed.items() if found != {"[]"}} == {}
        assert "segments" in changed
    lists = ("get.sites", "get.employees", "get.virtual_numbers")
    assert [sent for method in lists for sent, table in pairs(vendor, method) if sent != table] == []


# Nested times


def nested_times(value: t.Any) -> t.Iterator[str]:
    if isinstance(value, dict):
        for name, member in value.items():
            if name in {"tag_change_time", "communication_date_time"}:
                yield member
            yield from nested_times(member)
    elif isinstance(value, list):
        for member in value:
            yield from nested_times(member)


@pytest.mark.parametrize("account", ["own", "4001"])
@pytest.mark.parametrize("method", [CALLS, "get.visitor_sessions_report", DAILY])
def test_nested_times_come_in_three_forms(vendor: t.Any, method: str, account: str) -> None:
    """As printed, with a `T`, and with the offset of the account's zone; always the same local time."""
    offset = {"own": "+03:00", "4001": "+05:00"}[account]
    site = {"own": 25001, "4001": 40_000_000_025_001}[account]
    given: Row = {"account": account} | ({"site_id": site} if method == DAILY else {})
    forms = set()
    for sent, table in pairs(vendor, method, **given):
        for mine, theirs in zip(nested_times(sent), nested_times(table), strict=True):
            spelt = {" ": theirs, "T": theirs.replace(" ", "T"), offset: theirs.replace(" ", "T") + offset}
            [form] = [form for form, text in spelt.items() if text == mine]
            forms.add(form)
    assert forms == {" ", "T", offset}


def test_examples_of_nested_times(vendor: t.Any) -> None:
    rows = {row["id"]: row for row in truth(vendor, CALLS)}
    numbers = (9_216_000_000, 9_216_000_004, 9_216_000_007)
    assert [rows[number]["tags"][0]["tag_change_time"] for number in numbers] == [
        "2026-03-03T05:59:56",
        "2026-03-02 20:55:51",
        "2026-03-01T18:43:11+03:00",
    ]


# Pages and totals


def test_pages_of_numbers_come_short_before_the_end(vendor: t.Any) -> None:
    sort = [{"field": "name"}]
    found: list[int] = []
    sizes = []
    while True:
        result = vendor.comagic("get.virtual_numbers", sort=sort, limit=6, offset=len(found))["result"]
        assert result["metadata"]["total_items"] == 16
        sizes.append(len(result["data"]))
        if not result["data"]:
            break
        found += [row["id"] for row in result["data"]]
    assert sizes == [4, 4, 4, 3, 1, 0]
    assert sorted(found) == sorted(row["id"] for row in truth(vendor, "get.virtual_numbers"))
    vendor.control("POST", "/settings", {"short_pages": []})
    assert len(vendor.comagic("get.virtual_numbers", sort=sort, limit=6)["result"]["data"]) == 6


def test_totals_move_from_page_to_page_or_are_left_out(vendor: t.Any) -> None:
    def stated(offset: int) -> t.Any:
        given = {"date_from": "2026-03-01", "date_till": "2026-03-15", "fields": ["id"], "limit": 20}
        result = vendor.comagic(CALLS, sort=[{"field": "start_time"}], offset=offset, **given)["result"]
        assert len(result["data"]) == 20
        return result["metadata"].get("total_items")

    total = stated(0)
    vendor.control("POST", "/faults", {"vendor": "comagic", "kind": "moving_total", "delta": 7, "times": 3})
    assert [stated(offset) for offset in (0, 20, 40, 40)] == [total, total + 7, total + 14, total]
    vendor.control("POST", "/faults", {"vendor": "comagic", "kind": "no_total", "times": 2})
    assert [stated(offset) for offset in (0, 20, 40)] == [None, None, total]


# Metadata


def test_limits_in_hours_alone_and_none_at_all(vendor: t.Any) -> None:
    vendor.control("POST", "/settings", {"limits": {"minute": None, "hour": 4000, "day": None}})
    limits = {"hour_limit": 4000, "hour_remaining": 3999, "hour_reset": 3600}
    assert vendor.comagic("get.tags")["result"]["metadata"] == {"total_items": 8, "version": None, "limits": limits}
    vendor.control("POST", "/settings", {"limits": None})
    assert vendor.comagic("get.tags")["result"]["metadata"]["limits"] == {}


def test_a_deprecated_version_announces_itself_in_every_answer(vendor: t.Any) -> None:
    vendor.control("POST", "/settings", {"deprecated_version": True, "limits": None})
    plain = {"version": None, "limits": {}, "api_version": DEPRECATED}
    assert vendor.comagic("get.tags")["result"]["metadata"] == {"total_items": 8, **plain}
    assert vendor.comagic("getobj.account")["result"]["metadata"] == plain
    assert vendor.refused("get.tags", x=1)["metadata"] == plain


# Agencies


def test_the_agencys_lists_name_its_clients(vendor: t.Any) -> None:
    users = vendor.comagic("get.customer_users", AGENCY, sort=[{"field": "name"}], fields=["id", "customer_id", "name"])
    assert users["result"]["data"] == [
        {"id": 2870, "customer_id": 183501, "name": "Администратор"},
        {"id": 4001, "customer_id": 183502, "name": "Окна Север"},
        {"id": 4002, "customer_id": 183503, "name": "Окна Юг"},
    ]
    for method in ("get.customers", "get.customer_users"):
        assert vendor.refused(method)["mnemonic"] == "forbidden"


def test_every_client_has_data_a_zone_and_rights_of_its_own(vendor: t.Any) -> None:
    numbers: dict[int, set[int]] = {}
    for user in (2870, 4001, 4002):
        window = {"date_from": "2026-03-18", "date_till": "2026-03-20", "fields": ["id"]}
        rows = vendor.comagic(CALLS, AGENCY, user_id=user, limit=10_000, **window)["result"]["data"]
        numbers[user] = {row["id"] for row in rows}
        assert len(numbers[user]) == len(rows) > 2
    assert not set.intersection(*numbers.values())
    vendor.control("POST", "/settings", {"ip_lists": {"4001": ["192.0.2.0/24"]}, "forbidden": ["get.tags@4002"]})
    refused = vendor.refused("get.tags", AGENCY, user_id=4001)
    assert (refused["mnemonic"], refused["params"]) == ("ip_not_whitelisted", {"ip": "10.0.0.7"})
    assert vendor.refused("get.tags", AGENCY, user_id=4002)["mnemonic"] == "forbidden"
    assert len(vendor.comagic("get.tags", AGENCY, user_id=2870)["result"]["data"]) == 8


def test_clients_keep_their_own_time(vendor: t.Any) -> None:
    """The newest call of each is in the last minutes of its own clock."""
    now = dt.datetime(2026, 3, 20, 12, 0)  # noqa: DTZ001  # UTC, compared with wall clocks
    for user, hours in ((4001, 5), (4002, 2)):
        latest = max(row["start_time"] for row in truth(vendor, CALLS, account=user, date_till="2026-03-21"))
        behind = now + dt.timedelta(hours=hours) - dt.datetime.fromisoformat(latest)
        assert dt.timedelta() <= behind < dt.timedelta(hours=6)
