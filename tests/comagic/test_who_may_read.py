"""Credentials and permissions: sessions, keys, agencies, streams that the vendor refuses."""

from __future__ import annotations

import datetime as dt
import typing as t

import pytest
from strict_rows import calls, entities
from strict_vendor import AGENCY_KEY, KEY, PASSWORD, Vendor
from strict_wire import Fault

if t.TYPE_CHECKING:
    from tap_process import Tap

REPORT = "get.calls_report"
ALL = ("account", "calls", "campaigns", "employees", "sites", "tags")
LISTS = ("campaigns", "employees", "sites", "tags")
HOUR = dt.timedelta(hours=1)


@pytest.fixture
def account(vendor: Vendor) -> Vendor:
    vendor.rows[REPORT] = calls(240, "2026-03-01 00:00:00", HOUR)
    for name in LISTS:
        vendor.rows[f"get.{name}"] = entities(f"get.{name}", 3)
    return vendor


@pytest.fixture
def session(tap: Tap, account: Vendor) -> dict[str, t.Any]:
    """Settings that log in."""
    return {"access_token": None, "login": account.login, "password": PASSWORD}


@pytest.mark.parametrize("dead_token", ["access_token_invalid", "access_token_expired"])
def test_a_session_that_dies_in_mid_run(account: Vendor, tap: Tap, session: dict[str, t.Any], dead_token: str) -> None:
    account.session_requests, account.dead_token, account.expiry_name = 8, dead_token, "expire"

    run = tap.run(page_size=30, **session)

    assert run.exit_code == 0
    assert len(run.ids()) == 240
    assert account.outcomes("login.user") == ["ok", "ok"], "exactly one new login"
    assert account.outcomes(REPORT).count(dead_token) == 1


def test_a_session_that_is_dead_at_once(account: Vendor, tap: Tap, session: dict[str, t.Any]) -> None:
    account.session_requests = 0

    run = tap.run(**session)

    assert run.exit_code == 2
    assert len(account.calls("login.user")) <= 2
    assert run.stderr.count("access_token_invalid") >= 1


def test_a_wrong_password_is_tried_once(account: Vendor, tap: Tap, session: dict[str, t.Any]) -> None:
    tap.streams = ALL

    run = tap.run(**session | {"password": "not the password"})

    assert run.exit_code == 2
    assert account.outcomes() == ["auth_error"]
    assert "check login and password" in run.summary["error"]
    assert "not the password" not in run.stderr
    assert {m["type"] for m in run.messages} <= {"SCHEMA", "STATE"}
    assert run.bookmark is None


def test_a_password_that_is_changed_in_mid_run(account: Vendor, tap: Tap, session: dict[str, t.Any]) -> None:
    account.session_requests = 4

    def change(vendor: Vendor) -> None:
        if len(vendor.calls(REPORT)) == 2:
            vendor.login = "someone.else@example.test"

    account.on_request = change
    run = tap.run(page_size=30, **session)

    assert run.exit_code == 2
    assert account.outcomes("login.user") == ["ok", "auth_error"]
    assert run.bookmark == "2026-03-03T00:00:00+03:00", "what was complete stays complete"


def test_a_login_through_trouble(account: Vendor, tap: Tap, session: dict[str, t.Any]) -> None:
    account.faults = [Fault("status", "login.user"), Fault("truncated", "login.user")]

    run = tap.run(**session)

    assert run.exit_code == 0
    assert len(run.ids()) == 240


def test_a_dead_key_beside_a_login(account: Vendor, tap: Tap, session: dict[str, t.Any]) -> None:
    account.key_error = "access_token_expired"

    run = tap.run(**session | {"access_token": KEY})

    assert run.exit_code == 0
    assert len(run.ids()) == 240
    assert account.outcomes("login.user") == ["ok"]


@pytest.mark.parametrize(
    ("mnemonic", "advice"),
    [
        ("access_token_expired", "check access_token and api_url"),
        ("access_token_blocked", "unblock it or make a new one"),
        ("ip_not_whitelisted", "add this machine's address"),
        ("account_inactive", "contact the vendor's support"),
    ],
)
def test_a_key_that_does_not_let_in(account: Vendor, tap: Tap, mnemonic: str, advice: str) -> None:
    account.key_error, tap.streams = mnemonic, ALL

    run = tap.run()

    assert run.exit_code == 2
    assert account.outcomes() == [mnemonic], "nothing else is tried"
    assert mnemonic in run.summary["error"]
    assert advice in run.summary["error"]


@pytest.mark.parametrize(("mnemonic", "code"), [("forbidden", None), ("method_component_disabled", -32602)])
def test_streams_without_permission(account: Vendor, tap: Tap, mnemonic: str, code: int | None) -> None:
    tap.streams = ALL
    account.refuse = {"get.employees": (mnemonic, code), "get.tags": (mnemonic, code)}

    run = tap.run()

    assert run.exit_code == 3
    statuses = {part["stream"]: part["status"] for part in run.summary["streams"]}
    assert statuses == dict.fromkeys(ALL, "complete") | {"employees": "failed", "tags": "failed"}
    assert (len(run.ids()), len(run.ids("sites")), run.ids("tags")) == (240, 3, [])
    assert run.stream("employees")["known_unavailable"] == "employees"
    assert mnemonic in run.stream("employees")["error"]
    assert '"known_unavailable": ["employees", "tags"]' in run.stderr
    assert account.outcomes("get.tags") == [mnemonic], "the answer will not change: asked once"
    versions = {m["stream"] for m in run.messages if m["type"] == "ACTIVATE_VERSION"}
    assert versions == {"account", "campaigns", "sites"}

    account.seen.clear()
    known = tap.run(known_unavailable=["employees", "tags"])

    assert known.exit_code == 0
    assert known.stream("tags")["status"] == "skipped"
    assert not account.calls("get.tags")
    assert "tags" not in {m.get("stream") for m in known.messages}


def test_calls_without_permission_keep_their_bookmark(account: Vendor, tap: Tap) -> None:
    tap.streams = ("calls", "tags")
    account.refuse = {REPORT: ("forbidden", None)}
    state = {"bookmarks": {"calls": {"replication_key_value": "2026-03-06T00:00:00+03:00"}}}

    run = tap.run(state=state)

    assert run.exit_code == 3
    assert run.bookmark in {None, "2026-03-06T00:00:00+03:00"}
    assert account.outcomes(REPORT) == ["forbidden"]


def test_every_stream_refused(account: Vendor, tap: Tap) -> None:
    tap.streams = ALL
    account.refuse = dict.fromkeys(("get.account", REPORT, *(f"get.{n}" for n in LISTS)), ("forbidden", None))

    run = tap.run()

    assert run.exit_code == 2
    assert {part["status"] for part in run.summary["streams"]} == {"failed"}


def test_an_account_that_may_not_be_read(account: Vendor, tap: Tap) -> None:
    account.refuse = {"get.account": ("forbidden", None)}

    run = tap.run()

    assert (run.exit_code, len(run.ids())) == (0, 240)
    assert "Times are taken to be in Europe/Moscow; set timezone if that is wrong" in run.stderr


def test_a_zone_of_ones_own_needs_no_account(account: Vendor, tap: Tap) -> None:
    run = tap.run(timezone="Asia/Yekaterinburg")

    assert run.exit_code == 0
    assert run.records()[0]["start_time"] == "2026-03-01T00:00:00+05:00"
    assert not account.calls("get.account")


def test_an_agency(account: Vendor, tap: Tap) -> None:
    tap.streams, account.zone = ALL, "Asia/Omsk"

    run = tap.run(access_token=AGENCY_KEY, user_id=4001)

    assert run.exit_code == 0
    assert run.records("account") == [{"app_id": 1103, "name": "Клиент", "timezone": "Asia/Omsk"}]
    assert run.bookmark == "2026-03-11T00:00:00+06:00"
    assert all(seen.params["user_id"] == 4001 for seen in account.seen)
    assert account.outcomes("getobj.account") == ["ok"]
    assert not account.calls("get.account")


def test_an_agency_without_a_client(account: Vendor, tap: Tap) -> None:
    tap.streams = ("calls", "tags")

    run = tap.run(access_token=AGENCY_KEY)

    assert run.exit_code in {2, 3}
    assert "user_id" in run.stderr


def test_the_connection_test(account: Vendor, tap: Tap) -> None:
    account.refuse = {"get.tags": ("forbidden", None)}
    tap.streams, tap.arguments = None, ("--test",)

    partly = tap.run()
    assert partly.exit_code == 3
    assert "tags" in partly.stderr
    looked_up = [["id"]]  # the sites, one by one, make the partitions of campaign_daily_stat
    tried = [seen for seen in account.seen if seen.params.get("fields") not in looked_up]
    assert {seen.params.get("limit", 1) for seen in tried} == {1}, "one row is enough"

    account.key_error = "access_token_blocked"
    assert tap.run().exit_code == 2
