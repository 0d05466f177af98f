"""Partitions: one pass a site, one bookmark a client of an agency; what one refuses costs the others nothing."""

from __future__ import annotations

import json
import typing as t

import pytest
from strict_rows import call, daily, entities, full_row, timed
from strict_vendor import AGENCY_KEY, Vendor

if t.TYPE_CHECKING:
    from tap_process import Run, Tap

Row = dict[str, t.Any]
DAILY, SITES, CALLS = "get.campaign_daily_stat", "get.sites", "get.calls_report"
END = "2026-03-11T00:00:00+03:00"


def sites(*ids: int, **more: t.Any) -> list[Row]:
    return [{**full_row(SITES, 1), "id": site, **more} for site in ids]


@pytest.fixture
def shop(vendor: Vendor, tap: Tap) -> Vendor:
    """Two sites with statistics of two days."""
    vendor.rows[SITES] = sites(8, 9)
    vendor.rows[DAILY] = [daily(DAILY, day, site) for day in ("2026-03-02", "2026-03-10") for site in (8, 9)]
    tap.streams = ("campaign_daily_stat",)
    return vendor


@pytest.fixture
def agency(vendor: Vendor, tap: Tap) -> Vendor:
    """Three clients with calls, tags and sites of the same ids."""
    vendor.user_ids, vendor.zones = (11, 12, 13), {12: "Asia/Omsk"}
    users = {11: 501, 12: 502, 13: 503}
    vendor.rows["get.customer_users"] = [
        {**full_row("get.customer_users", user), "id": user, "customer_id": customer}
        for user, customer in users.items()
    ]
    vendor.rows[CALLS] = [call(1, "2026-03-02 10:00:00", _client=user) for user in users]
    vendor.rows["get.tags"] = [{**row, "_client": user} for user in users for row in entities("get.tags", 2)]
    vendor.rows[SITES] = [row for user in users for row in sites(8, _client=user)]
    vendor.rows[DAILY] = [daily(DAILY, "2026-03-02", 8, _client=user) for user in users]
    tap.config |= {"access_token": AGENCY_KEY, "all_clients": True}
    tap.streams = ("calls", "tags", "campaign_daily_stat")
    return vendor


# Sites


def test_one_pass_and_one_bookmark_a_site(shop: Vendor, tap: Tap) -> None:
    run = tap.run(slice_days=5)
    assert run.exit_code == 0
    assert sorted((row["site_id"], row["date"]) for row in run.records("campaign_daily_stat")) == [
        (site, day) for site in (8, 9) for day in ("2026-03-02", "2026-03-10")
    ]
    assert run.bookmarks("campaign_daily_stat") == [({"site_id": 8}, END), ({"site_id": 9}, END)]
    asked = [seen.params for seen in shop.calls(DAILY) if (seen.params["site_id"], seen.params["offset"]) == (8, 0)]
    assert [(params["date_from"], params["date_till"]) for params in asked] == [
        ("2026-03-01 00:00:00", "2026-03-05 23:59:59"),
        ("2026-03-06 00:00:00", "2026-03-10 23:59:59"),
    ]


def test_a_refused_site_and_the_line_to_add(shop: Vendor, tap: Tap) -> None:
    shop.refuse[f"{DAILY}@8"] = ("forbidden", None)
    run = tap.run()
    assert run.exit_code == 3
    assert run.statuses("campaign_daily_stat") == {"8": "failed", "9": "complete"}
    assert {row["site_id"] for row in run.records("campaign_daily_stat")} == {9}
    assert "campaign_daily_stat@8" in run.stderr
    again = tap.run(state=run.state, known_unavailable=["campaign_daily_stat@8"])
    assert (again.exit_code, again.statuses("campaign_daily_stat")) == (0, {"8": "skipped", "9": "complete"})


def test_sites_come_and_go(shop: Vendor, tap: Tap) -> None:
    first = tap.run(end_date="2026-03-06")
    shop.rows[SITES] = sites(9, 10)
    shop.rows[DAILY].append(daily(DAILY, "2026-03-02", 10))
    second = tap.run(state=first.state)
    assert {(row["site_id"], row["date"]) for row in second.records("campaign_daily_stat")} >= {(10, "2026-03-02")}
    assert {context["site_id"]: value for context, value in second.bookmarks("campaign_daily_stat")} == {
        8: "2026-03-06T00:00:00+03:00",
        9: END,
        10: END,
    }


@pytest.mark.parametrize("bare", [True, False])
def test_the_key_is_the_same_in_both_spellings(shop: Vendor, tap: Tap, bare: bool) -> None:
    null = {"campaign_ext_id": None, "keyword_id": None}
    shop.rows[DAILY] = [
        daily(DAILY, "2026-03-02", 8, **null, banner_group_id="7"),
        daily(DAILY, "2026-03-02", 8, **null, banner_group_id=None),
    ]
    shop.bare_rows = shop.sample_names = bare
    keys = [row["row_key"] for row in tap.run().records("campaign_daily_stat")]
    assert len(set(keys)) == 2
    shop.rows[DAILY][0]["banner_group_id"] = 7
    assert [row["row_key"] for row in tap.run().records("campaign_daily_stat")] == keys
    tap.deselected = ("campaign_id", "banner_group_id", "site_id")
    assert [row["row_key"] for row in tap.run().records("campaign_daily_stat")] == keys


# Clients


def test_all_clients_in_one_run_with_their_own_zones(agency: Vendor, tap: Tap) -> None:
    run = tap.run()
    assert run.exit_code == 0, run.stderr
    assert sorted((row["user_id"], row["id"], row["start_time"]) for row in run.records()) == [
        (11, 1, "2026-03-02T10:00:00+03:00"),
        (12, 1, "2026-03-02T10:00:00+06:00"),
        (13, 1, "2026-03-02T10:00:00+03:00"),
    ]
    assert [context for context, _ in run.bookmarks("calls")] == [{"user_id": user} for user in (11, 12, 13)]
    assert run.bookmarks("calls")[1][1] == "2026-03-11T00:00:00+06:00"
    assert run.schema()["key_properties"] == ["user_id", "id"]
    assert run.schema("campaign_daily_stat")["key_properties"] == ["user_id", "row_key"]
    assert len({(row["user_id"], row["row_key"]) for row in run.records("campaign_daily_stat")}) == 3


def test_a_label_goes_before_the_client(agency: Vendor, tap: Tap) -> None:
    run = tap.run(account_id="north")
    assert run.schema("tags")["key_properties"] == ["account_id", "user_id", "id"]
    assert {(row["account_id"], row["user_id"]) for row in run.records("tags")} == {
        ("north", user) for user in (11, 12, 13)
    }


def test_a_list_of_clients(agency: Vendor, tap: Tap) -> None:
    run = tap.run(all_clients=None, user_ids=[13, 11])
    assert sorted(row["user_id"] for row in run.records()) == [11, 13]
    assert agency.calls("get.customer_users") == []


def test_a_customer_with_several_users_is_read_once(agency: Vendor, tap: Tap) -> None:
    agency.rows["get.customer_users"][2]["customer_id"] = 501
    run = tap.run()
    assert sorted(row["user_id"] for row in run.records()) == [11, 12]


@pytest.mark.parametrize("mnemonic", ["ip_not_whitelisted", "account_inactive", "forbidden"])
def test_a_client_that_refuses(agency: Vendor, tap: Tap, mnemonic: str) -> None:
    agency.refuse["*@12"] = (mnemonic, None)
    run = tap.run()
    assert run.exit_code == 3, run.stderr
    assert run.statuses("calls") == {"11": "complete", "12": "failed", "13": "complete"}
    assert run.statuses("campaign_daily_stat") == {"11/8": "complete", "12": "failed", "13/8": "complete"}
    assert sorted(row["user_id"] for row in run.records()) == [11, 13]
    assert {row["user_id"] for row in run.records("campaign_daily_stat")} == {11, 13}
    assert run.bookmarks("calls")[0][1] == END
    assert "calls@12" in run.stderr


def test_all_clients_refuse(agency: Vendor, tap: Tap) -> None:
    agency.refuse |= {f"*@{user}": ("ip_not_whitelisted", None) for user in (11, 12, 13)}
    run = tap.run()
    assert run.exit_code == 2
    assert "security settings, tab API" in run.stderr


def test_rows_of_clients_that_are_not_read_are_not_said_to_be_gone(agency: Vendor, tap: Tap) -> None:
    run = tap.run(all_clients=None, user_ids=[11])
    assert run.records("tags") != []
    assert [m for m in run.messages if m["type"] == "ACTIVATE_VERSION"] == []


def test_one_client_alone_keeps_plain_keys_and_versions(agency: Vendor, tap: Tap) -> None:
    run = tap.run(all_clients=None, user_id=12)
    assert run.schema()["key_properties"] == ["id"]
    assert [("user_id" in row, row["start_time"]) for row in run.records()] == [(False, "2026-03-02T10:00:00+06:00")]
    assert [m["stream"] for m in run.messages if m["type"] == "ACTIVATE_VERSION"] == ["tags"]


# The connection test


def refused_by(run: Run) -> list[str]:
    """What a `--test` says to add to `known_unavailable`."""
    lines = [line for line in run.stderr.splitlines() if line.startswith("If that is to stay so")]
    return [name for line in lines for name in json.loads(line.partition('"known_unavailable": ')[2])]


def test_the_connection_test_tries_every_site(shop: Vendor, tap: Tap) -> None:
    shop.refuse[f"{DAILY}@9"] = ("forbidden", None)
    tap.arguments = ("--test",)
    run = tap.run()
    assert (run.exit_code, refused_by(run)) == (3, ["campaign_daily_stat@9"])
    again = tap.run(known_unavailable=["campaign_daily_stat@9"])
    assert (again.exit_code, refused_by(again)) == (0, [])


def test_the_connection_test_tries_every_client(agency: Vendor, tap: Tap) -> None:
    agency.refuse[f"{CALLS}@12"] = ("method_component_disabled", None)
    tap.arguments = ("--test",)
    run = tap.run()
    assert (run.exit_code, refused_by(run)) == (3, ["calls@12"])
    agency.refuse |= {f"{CALLS}@{user}": ("method_component_disabled", None) for user in (11, 13)}
    run = tap.run()
    assert (run.exit_code, refused_by(run)) == (3, ["calls", "calls@11", "calls@12", "calls@13"])


def test_the_connection_test_of_clients_that_all_refuse(agency: Vendor, tap: Tap) -> None:
    agency.refuse |= {f"*@{user}": ("ip_not_whitelisted", None) for user in (11, 12, 13)}
    tap.arguments = ("--test",)
    assert tap.run().exit_code == 2


def test_the_connection_test_of_a_brand_that_knows_chats_alone(vendor: Vendor, tap: Tap) -> None:
    vendor.messages_by_chat_only = True
    vendor.rows["get.chats_report"] = [timed("get.chats_report", 5, "2026-03-08 09:59:00")]
    tap.streams, tap.arguments = ("chat_messages",), ("--test",)
    run = tap.run(slice_days=None)
    assert (run.exit_code, refused_by(run)) == (0, [])
    assert [seen.params.get("chat_id") for seen in vendor.calls("get.chat_messages_report")] == [None, 5]


# Ongoing calls


def test_an_ongoing_call_is_read_again_when_it_has_ended(vendor: Vendor, tap: Tap) -> None:
    ongoing = call(1, "2026-03-09 23:58:00", finish_time=None, _ongoing=True)
    vendor.rows[CALLS] = [ongoing]
    first = tap.run(include_ongoing_calls=True, lookback_days=0, end_date="2026-03-10T00:05:00")
    assert [row["finish_time"] for row in first.records()] == [None]
    ongoing |= {"finish_time": "2026-03-10 00:20:00", "_ongoing": False}
    second = tap.run(state=first.state, include_ongoing_calls=True, lookback_days=0)
    assert [row["finish_time"] for row in second.records()] == ["2026-03-10T00:20:00+03:00"]


# Messages chat by chat


def test_messages_of_a_brand_that_knows_chats_alone(vendor: Vendor, tap: Tap) -> None:
    chats, messages = "get.chats_report", "get.chat_messages_report"
    vendor.messages_by_chat_only = True
    vendor.rows[chats] = [timed(chats, chat, f"2026-03-0{chat} 09:59:00") for chat in (2, 3)]
    said = [
        (2, "2026-03-02 10:00:00"),
        (2, "2026-03-02 10:00:00"),
        (2, "2026-03-05 11:00:00"),
        (3, "2026-03-03 10:00:00"),
    ]
    vendor.rows[messages] = [timed(messages, 1, at, chat_id=chat, text="ok", source="visitor") for chat, at in said]
    tap.streams = ("chat_messages",)

    run = tap.run(slice_days=None)

    assert run.exit_code == 0, run.stderr
    records = run.records("chat_messages")
    assert sorted((row["chat_id"], row["date_time"][:19]) for row in records) == [
        (chat, at.replace(" ", "T")) for chat, at in said
    ]
    assert len({row["id"] for row in records}) == 4
    assert all(row["id"] < 0 for row in records)
    again = tap.run(state=run.state, lookback_days=30, slice_days=None)
    assert sorted(row["id"] for row in again.records("chat_messages")) == sorted(row["id"] for row in records)
