"""The clients of an agency, each with its zone and its faults."""

from __future__ import annotations

import operator
import typing as t

import pytest
import time_machine
from comagic_memory import NOW, Row, report, sync, table
from singer_slices import Page, RetryableError, StreamRefusedError


@pytest.fixture(autouse=True)
def _now() -> t.Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def agency(method: str, params: Row) -> Page:
    if method == "get.customer_users":
        assert "user_id" not in params
        return Page([{"id": 8}, {"id": 7}], 2)
    if method == "getobj.account":
        zone = {7: "Europe/Moscow", 8: "Asia/Omsk"}[params["user_id"]]
        return Page([{"app_id": params["user_id"] + 100, "app_name": "c", "timezone": zone}], None)
    assert params["user_id"] in {7, 8}
    if method == "get.tags":
        return table([{"id": 1, "name": "same id"}])(method, params)
    return report([{"id": 1, "start_time": "2026-03-09 10:00:00"}], "start_time")(method, params)


def test_all_clients_in_one_run() -> None:
    done = sync(agency, "calls", "tags", "account", all_clients=True, timezone=None, start_date="2026-03-09")
    assert done.exit_code == 0, done.summary
    # Clients are read side by side: each in its own order, but whose answer comes first is open.
    assert sorted((r["user_id"], r["id"], r["start_time"]) for r in done.records("calls")) == [
        (7, 1, "2026-03-09T10:00:00+03:00"),
        (8, 1, "2026-03-09T10:00:00+06:00"),
    ]
    assert sorted(done.records("tags"), key=operator.itemgetter("user_id")) == [
        {"user_id": 7, "id": 1, "name": "same id"},
        {"user_id": 8, "id": 1, "name": "same id"},
    ]
    assert sorted(record["app_id"] for record in done.records("account")) == [107, 108]
    assert done.state["bookmarks"]["calls"]["partitions"] == [
        {
            "context": {"user_id": 7},
            "replication_key": "start_time",
            "replication_key_value": "2026-03-10T14:50:00+03:00",
        },
        {
            "context": {"user_id": 8},
            "replication_key": "start_time",
            "replication_key_value": "2026-03-10T17:50:00+06:00",
        },
    ]


def test_a_client_that_refuses_leaves_the_others_alone() -> None:
    def answer(method: str, params: Row) -> Page:
        if params.get("user_id") == 7 and method == "get.calls_report":
            raise StreamRefusedError("ip not on the client's list")
        return agency(method, params)

    done = sync(answer, "calls", user_ids=[7, 8], timezone=None, start_date="2026-03-09")
    assert done.exit_code == 3
    assert [record["user_id"] for record in done.records("calls")] == [8]
    assert [part["known_unavailable"] for part in done.summary["streams"]] == ["calls@7", None]


def test_an_agency_whose_clients_cannot_be_listed() -> None:
    def answer(method: str, params: Row) -> Page:
        if method == "get.customer_users":
            raise StreamRefusedError("partners only")
        raise RetryableError(method)

    done = sync(answer, "calls", all_clients=True)
    assert (done.exit_code, done.summary["streams"][0]["error"]) == (2, "partners only")


@pytest.mark.parametrize(("several", "code"), [({"user_ids": [7, 8]}, 3), ({"user_id": 7}, 2)], ids=["several", "one"])
def test_a_client_with_an_unknown_zone_leaves_the_others_alone(several: Row, code: int) -> None:
    def answer(method: str, params: Row) -> Page:
        if method == "getobj.account" and params["user_id"] == 7:
            return Page([{"app_id": 107, "app_name": "c", "timezone": "Mars/Base"}], None)
        return agency(method, params)

    done = sync(answer, "calls", "tags", **several, timezone=None, start_date="2026-03-09")
    assert done.exit_code == code
    assert {record["user_id"] for record in done.records("calls")} == ({8} if code == 3 else set())
    assert "'Mars/Base' is not a time zone" in str(done.summary["streams"][0]["error"])


def test_an_agency_without_clients_is_told_so(caplog: pytest.LogCaptureFixture) -> None:
    done = sync(lambda _method, _params: Page([], 0), "calls", all_clients=True)
    assert (done.exit_code, done.records("calls")) == (0, [])
    assert "the agency's list names no client" in caplog.text


def test_sites_of_every_client() -> None:
    def answer(method: str, params: Row) -> Page:
        if method == "get.sites":
            return Page([{"id": params["user_id"] * 10}], 1)
        return Page([], 0)

    done = sync(answer, "campaign_daily_stat", user_ids=[7, 8], start_date="2026-03-09")
    contexts = [part["context"] for part in done.state["bookmarks"]["campaign_daily_stat"]["partitions"]]
    assert contexts == [{"user_id": 7, "site_id": 70}, {"user_id": 8, "site_id": 80}]


def test_ids_that_come_with_a_decimal_point_are_asked_for_as_whole_numbers() -> None:
    def answer(method: str, params: Row) -> Page:
        if method == "get.customer_users":
            return Page([{"id": 8.0}, {"id": 7.0}], 2)
        assert type(params["user_id"]) is int
        if method == "get.sites":
            return Page([{"id": params["user_id"] * 10.0}], 1)
        assert type(params["site_id"]) is int
        return Page([], 0)

    done = sync(answer, "campaign_daily_stat", all_clients=True, start_date="2026-03-09")
    assert (done.exit_code, [part["partition"] for part in done.summary["streams"]]) == (0, ["7/70", "8/80"])
