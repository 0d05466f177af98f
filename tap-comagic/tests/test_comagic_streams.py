"""What each family of streams asks for and makes of the answers, with a vendor in memory."""

from __future__ import annotations

import hashlib
import typing as t

import pytest
import time_machine
from comagic_memory import NOW, Row, report, sync, table
from singer_slices import Page, StreamRefusedError, name_of
from tap_comagic.errors import RequestProblemError
from tap_comagic.rows import renamed, row_key
from tap_comagic.streams import STREAMS
from tap_comagic.streams.base import ComagicReport


@pytest.fixture(autouse=True)
def _now() -> t.Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


# Every stream


def minimal(method: str, params: Row) -> Page:
    """One row with nothing but what is never null."""
    if method == "get.account":
        return Page([{"app_id": 1, "name": "a", "timezone": "Europe/Moscow"}], None)
    row: Row = {"id": 5, "site_id": 6, "ac_id": 7, "leg_id": "8", "call_session_id": "9", "communication_id": 10}
    row |= {"communication_type": "call", "phone_number": "+7", "date": "2026-03-09"}
    row |= dict.fromkeys(("start_time", "date_time"), "2026-03-09 10:00:00")
    if method == "get.sites":
        row["id"] = 6
    asked = [*params["fields"], "date", "site_id", "ac_id"]
    return Page([{name: row.get(name) for name in asked if name in row}] if params["offset"] == 0 else [], 1)


@pytest.mark.parametrize("stream", STREAMS, ids=name_of)
def test_no_part_of_a_key_is_ever_null(stream: t.Any) -> None:
    done = sync(minimal, stream.name, start_date="2026-03-09")
    assert done.exit_code == 0, done.summary
    [schema] = [m for m in done.messages if m["type"] == "SCHEMA"]
    records = done.records(stream.name)
    assert records
    for record in records:
        assert [key for key in schema["key_properties"] if record.get(key) is None] == []
        assert set(record) <= set(schema["schema"]["properties"])
    if issubclass(stream, ComagicReport):
        assert {record["partition_date"] for record in records} <= {"2026-03-09", "2026-03-10"}


def test_numbers_that_came_as_text_are_numbers_in_the_key() -> None:
    [record] = sync(minimal, "financial_call_legs", start_date="2026-03-09").records("financial_call_legs")
    assert (record["call_session_id"], record["leg_id"]) == (9, 8)


# Names


def test_documented_names_win() -> None:
    row = {"a": 1, "list": [{"x": 1}, {"x": 2, "y": 3}, None], "lone": {"x": 5}}
    names = {"a": "b", "list.x": "y", "lone.x": "y", "absent.x": "y"}
    assert renamed(row, names) == {"b": 1, "list": [{"y": 1}, {"y": 3}, None], "lone": {"y": 5}}


@pytest.mark.parametrize(
    ("stream", "sent", "field", "expected"),
    [
        ("group_contacts", {"members": [{"contacts_id": 4}]}, "members", [{"contact_id": 4}]),
        (
            "group_employees",
            {"phone_number": [{"employee_phone_number": "7"}]},
            "phone_numbers",
            [{"employee_phone_number": "7"}],
        ),
        ("segments", {"segment_conditions": {"group_conditions": []}}, "segments_conditions", {"group_conditions": []}),
    ],
)
def test_names_of_samples(stream: str, sent: Row, field: str, expected: t.Any) -> None:
    assert sync(table([{"id": 1, **sent}]), stream).records(stream)[0][field] == expected


CONDITION = {"type": "basic", "value": "src", "operator": "="}


@pytest.mark.parametrize(
    ("stream", "sent", "expected"),
    [
        (
            "campaigns",
            {"group_conditions": [[CONDITION], None]},
            {"group_conditions": [{"conditions": [CONDITION]}, None]},
        ),
        (
            "campaigns",
            {"group_conditions": [{"conditions": [CONDITION]}]},
            {"group_conditions": [{"conditions": [CONDITION]}]},
        ),
        ("campaigns", {"group_conditions": None}, {"group_conditions": None}),
        ("campaigns", None, None),
        ("segments", {"group_conditions": [[CONDITION]]}, {"group_conditions": [{"conditions": [CONDITION]}]}),
    ],
)
def test_groups_of_conditions(stream: str, sent: t.Any, expected: t.Any) -> None:
    field = "campaign_conditions" if stream == "campaigns" else "segments_conditions"
    assert sync(table([{"id": 1, field: sent}]), stream).records(stream)[0][field] == expected


def test_a_charge_is_one_in_both_spellings() -> None:
    row = {"start_time": "2026-03-09 10:00:00", "total_charge": 2}
    rows = [{**row, "call_session_id": call, "leg_id": leg} for call, leg in (("9", 8), (9, "8"), (" 9", 8), (9, 7))]
    done = sync(report(rows, "start_time"), "financial_call_legs", start_date="2026-03-09")
    records = done.records("financial_call_legs")
    assert [(record["call_session_id"], record["leg_id"]) for record in records] == [(9, 8), (9, 7)]


def test_seconds_in_a_status_are_numbers() -> None:
    row = {"id": 1, "status_stats": {"available": "3600", "break": 5, "odd": None}}
    done = sync(table([row]), "employee_stat", start_date="2026-03-10")
    assert done.records("employee_stat")[0]["status_stats"] == {"available": 3600, "break": 5, "odd": None}


# Reports without a sortable time


@pytest.mark.parametrize("stream", ["goals", "offline_messages", "visitor_sessions"])
def test_without_an_order_slices_are_cut_until_one_page_holds_them(stream: str) -> None:
    key = "communication_id" if stream == "goals" else "id"
    rows = [{key: n, "id": n, "date_time": f"2026-03-09 10:{n:02d}:00"} for n in range(10)]
    done = sync(report(rows, "date_time"), stream, start_date="2026-03-09", page_size=4)
    assert sorted(record[key] for record in done.records(stream)) == list(range(10))
    assert {params["offset"] for _, params in done.asked} == {0}
    assert all("sort" not in params for _, params in done.asked)


def test_one_second_without_an_order_is_paged() -> None:
    rows = [{"communication_id": n, "date_time": "2026-03-09 10:00:00"} for n in range(10)]
    done = sync(report(rows, "date_time"), "goals", start_date="2026-03-09", page_size=4)
    assert sorted(record["communication_id"] for record in done.records("goals")) == list(range(10))
    assert {params["offset"] for _, params in done.asked} > {0, 4}


def test_a_full_page_is_cut_although_the_total_fits() -> None:
    """Totals were seen one too low."""
    rows = [{"communication_id": n, "date_time": f"2026-03-09 10:{n:02d}:00"} for n in range(5)]

    def one_too_low(method: str, params: Row) -> Page:
        page = report(rows, "date_time")(method, params)
        return Page(page.rows, min(page.total or 0, 4))

    done = sync(one_too_low, "goals", start_date="2026-03-09", page_size=4)
    assert sorted(record["communication_id"] for record in done.records("goals")) == list(range(5))


# Daily statistics


def daily(method: str, params: Row) -> Page:
    if method == "get.sites":
        return Page([{"id": 6}, {"id": 5}], 2)
    if params["site_id"] == 6:
        return Page([], 0)
    rows: list[Row] = [
        {
            "date": "2026-03-09",
            "site_id": 5,
            "campain_id": 3,
            "banner_id": "11",
            "cost_sum": "10.50",
            "keyword_id": None,
        },
        {"date": "2026-03-09", "campain_id": None},
    ]
    return Page(rows if params["offset"] == 0 else [], 2)


def test_campaign_daily_stat_is_read_site_by_site() -> None:
    done = sync(daily, "campaign_daily_stat", start_date="2026-03-09T10:00:00")
    first = ["2026-03-09", "5", "3", None, None, None, "11"]
    second = ["2026-03-09", "5", None, None, None, None, None]
    keys = [
        hashlib.sha256(str(parts).replace("'", '"').replace("None", "null").replace(" ", "").encode()).hexdigest()
        for parts in (first, second)
    ]
    assert done.records("campaign_daily_stat") == [
        {
            "date": "2026-03-09",
            "site_id": 5,
            "campaign_id": 3,
            "current_banner_id": 11,
            "cost_sum": "10.50",
            "keyword_id": None,
            "row_key": keys[0],
            "partition_date": "2026-03-09",
        },
        {"date": "2026-03-09", "site_id": 5, "campaign_id": None, "row_key": keys[1], "partition_date": "2026-03-09"},
    ]
    bookmark = {"replication_key": "date", "replication_key_value": "2026-03-10T14:50:00+03:00"}
    assert done.state["bookmarks"]["campaign_daily_stat"] == {
        "partitions": [{"context": {"site_id": site}, **bookmark} for site in (5, 6)]
    }
    asked = done.params("get.campaign_daily_stat")[0]
    assert (asked["date_from"], asked["date_till"]) == ("2026-03-09 00:00:00", "2026-03-10 23:59:59")


@pytest.mark.parametrize("told", [{}, {"site_id": None}], ids=["left out", "null"])
def test_rows_of_sites_that_are_not_told_have_keys_of_their_own(told: Row) -> None:
    def answer(method: str, params: Row) -> Page:
        if method == "get.sites":
            return daily(method, params)
        return Page([{"date": "2026-03-09", "campaign_id": 3, **told}] if params["offset"] == 0 else [], 1)

    done = sync(answer, "campaign_daily_stat", start_date="2026-03-09")
    found = done.records("campaign_daily_stat")
    assert sorted(record["site_id"] for record in found) == [5, 6]
    assert len({record["row_key"] for record in found}) == len(found)


def test_a_refused_site_costs_only_itself() -> None:
    def answer(method: str, params: Row) -> Page:
        if params.get("site_id") == 6:
            raise StreamRefusedError("no right to see this site")
        return daily(method, params)

    done = sync(answer, "campaign_daily_stat", start_date="2026-03-09")
    assert done.exit_code == 3
    assert len(done.records("campaign_daily_stat")) == 2
    assert [part["known_unavailable"] for part in done.summary["streams"]] == [None, "campaign_daily_stat@6"]
    again = sync(answer, "campaign_daily_stat", start_date="2026-03-09", known_unavailable=["campaign_daily_stat@6"])
    assert again.exit_code == 0


def test_the_key_of_parts() -> None:
    assert row_key(5, "5", 5.0) == row_key("5", "5", "5")
    assert row_key(None, "a") != row_key("a", None)
    assert row_key("null") != row_key(None)
    assert row_key("a", "b") != row_key("a,b")


def test_aggregates_are_asked_for_day_by_day() -> None:
    def answer(method: str, params: Row) -> Page:
        return Page([{"id": 7, "status_stats": {"available": 60}}] if params["offset"] == 0 else [], 1)

    done = sync(answer, "employee_stat", start_date="2026-03-08T10:00:00", day_border="04:00")
    assert done.records("employee_stat") == [
        {"date": day, "id": 7, "status_stats": {"available": 60}, "partition_date": day}
        for day in ("2026-03-08", "2026-03-09", "2026-03-10")
    ]
    assert [(p["date_from"], p["date_till"]) for p in done.params("get.employee_stat") if p["offset"] == 0] == [
        (f"2026-03-{day:02d} 00:00:00", f"2026-03-{day:02d} 23:59:59") for day in (8, 9, 10)
    ]


# Chat messages


def test_messages_chat_by_chat_where_a_server_knows_no_dates() -> None:
    messages = [
        {"chat_id": 4, "date_time": "2026-03-09 10:00:00", "text": "a", "source": "visitor"},
        {"chat_id": 4, "date_time": "2026-03-07 10:00:00", "text": "before the start", "source": "visitor"},
        {"chat_id": 5, "date_time": "2026-03-09 11:00:00", "text": "b", "source": "operator"},
    ]

    def answer(method: str, params: Row) -> Page:
        if method == "get.chats_report":
            return table(
                [{"id": 4, "date_time": "2026-02-20 10:00:00"}, {"id": 5, "date_time": "2026-03-09 10:59:00"}]
            )(method, params)
        if "date_from" in params:
            raise RequestProblemError("no", "unexpected_parameters", {"field": "date_from"})
        assert not {"id", "resource"} & set(params["fields"])
        return table([row for row in messages if row["chat_id"] == params["chat_id"]])(method, params)

    done = sync(answer, "chat_messages", start_date="2026-03-08")
    records = done.records("chat_messages")
    assert [(record["chat_id"], record["text"]) for record in records] == [(4, "a"), (5, "b")]
    assert all(record["id"] < 0 for record in records)
    assert len({record["id"] for record in records}) == 2
    again = sync(answer, "chat_messages", start_date="2026-03-08")
    assert again.records("chat_messages") == records


def test_another_fault_of_a_request_is_told() -> None:
    def answer(method: str, params: Row) -> Page:
        raise RequestProblemError("a bad sort", "sort_prohibited", {"field": "sort"})

    assert sync(answer, "chat_messages").summary["streams"][0]["error"] == "a bad sort"


# Lists


def test_deleted_statuses_are_read_too() -> None:
    def answer(method: str, params: Row) -> Page:
        rows = [{"id": 1}, {"id": 3}] if params["is_deleted"] else [{"id": 1}, {"id": 2}]
        return table(rows)(method, params)

    done = sync(answer, "statuses")
    assert [record["id"] for record in done.records("statuses")] == [1, 2, 3]


def test_more_contacts_than_paging_reaches_are_read_in_ranges_of_ids(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tap_comagic.streams.base.MAX_OFFSET", 2)
    ids = [1, 2, 3, 700, 701, 9_000_000, 9_000_001, 9_000_002, 10_117_621_191]

    def answer(method: str, params: Row) -> Page:
        asked = params.get("filter", {})
        leaves = asked.get("filters", [asked] if asked else [])
        tests: dict[str, t.Callable[[int, int], bool]] = {">": lambda a, b: a > b, "<=": lambda a, b: a <= b}
        found = [{"id": n} for n in ids if all(tests[leaf["operator"]](n, leaf["value"]) for leaf in leaves)]
        if params["offset"] > 2:
            raise RequestProblemError("too deep", "invalid_parameter_value", {})
        return table(found)(method, params)

    done = sync(answer, "contacts", page_size=2)
    assert done.exit_code == 0, done.summary
    assert sorted(record["id"] for record in done.records("contacts")) == ids
    assert done.summary["streams"][0]["difference"] == 0
    assert done.messages[-1]["type"] == "ACTIVATE_VERSION"
