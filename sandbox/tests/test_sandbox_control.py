"""Clock, settings, volume, request log and the command line."""

from __future__ import annotations

import datetime as dt
import typing as t

import pytest
from sandbox.cli import make_parser
from sandbox.clock import Clock, parse_moment
from sandbox.testing import _arguments


def test_every_answer_is_dated_by_the_sandbox_clock(vendor: t.Any) -> None:
    for method, path in (("GET", "/_sandbox/clock"), ("POST", "/comagic/v2.0"), ("POST", "/amplitude/batch")):
        assert vendor.send(method, path).headers["date"] == "Fri, 20 Mar 2026 12:00:00 GMT"


def test_the_clock_is_set_and_moved(vendor: t.Any) -> None:
    assert vendor.control("GET", "/clock") == {"now": "2026-03-20T12:00:00+00:00"}
    assert vendor.control("POST", "/clock", {"advance_seconds": 90}) == {"now": "2026-03-20T12:01:30+00:00"}
    assert vendor.control("POST", "/clock", {"advance_days": 1.5}) == {"now": "2026-03-22T00:01:30+00:00"}
    assert vendor.control("POST", "/clock", {"now": "2026-01-01T03:00:00+03:00"}) == {
        "now": "2026-01-01T00:00:00+00:00"
    }
    for wrong in ({}, {"now": 5}, {"advance_days": "1"}, {"now": "2026-01-01", "advance_days": 1}, {"now": "soon"}):
        assert vendor.send("POST", "/_sandbox/clock", repr(wrong).replace("'", '"').encode()).status == 400


def test_a_ticking_clock_follows_real_time_and_a_frozen_one_does_not() -> None:
    start = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    ticking, frozen = Clock(start), Clock(start, frozen=True)
    first = ticking.now()
    while ticking.now() == first:
        pass
    assert first < ticking.now() < start + dt.timedelta(minutes=1)
    assert frozen.now() == start
    assert parse_moment("2026-01-01") == start


def test_settings_merge_and_refuse_what_they_do_not_know(vendor: t.Any) -> None:
    before = vendor.control("GET", "/settings")
    assert before["limits"] == {"minute": 200, "hour": None, "day": 3500}
    after = vendor.control("POST", "/settings", {"limits": {"minute": 5}, "ip_allowed": False})
    assert after == {**before, "limits": {"minute": 5, "hour": None, "day": 3500}, "ip_allowed": False}
    assert vendor.control("POST", "/settings", {"limits": None})["limits"] == dict.fromkeys(before["limits"])
    for wrong in (
        b'{"limit": 5}',
        b'{"ip_allowed": "no"}',
        b'{"timezone": "Mars/Olympus"}',
        b"[]",
        b'{"bounds": "odd"}',
    ):
        assert vendor.send("POST", "/_sandbox/settings", wrong).status == 400


def test_faults_refuse_what_they_do_not_know(vendor: t.Any) -> None:
    for wrong in (b'{"vendor": "comagic", "kind": "odd"}', b'{"kind": "html"}', b'{"vendor":"x","kind":"html"}'):
        assert vendor.send("POST", "/_sandbox/faults", wrong).status == 400
    assert vendor.control("GET", "/faults") == []


def test_volume_refuses_what_makes_no_sense(vendor: t.Any) -> None:
    for wrong in (
        b'{"date": "2026-03-10"}',
        b'{"date": "10.03.2026", "calls": 5}',
        b'{"date": "2026-03-10", "calls": -1}',
        b'{"date": "2026-03-10", "calls": 5, "second": "25:00:00"}',
        b'{"date": "2026-03-10", "calls": 5, "minute": 3}',
    ):
        assert vendor.send("POST", "/_sandbox/volume", wrong).status == 400


def test_truth_refuses_unknown_methods_and_missing_dates(vendor: t.Any) -> None:
    assert vendor.send("GET", "/_sandbox/truth/comagic/get.groups").status == 404
    assert vendor.send("GET", "/_sandbox/truth/comagic/get.calls_report").status == 400
    assert vendor.send("GET", "/_sandbox/truth/comagic/get.tags").body.count(b"\n") == 8


def test_the_request_log_holds_no_secret(vendor: t.Any) -> None:
    vendor.comagic("login.user", None, login="sandbox@example.test", password="sandbox-password")
    vendor.comagic("get.tags", limit=2)
    vendor.refused("get.tags", "wrong-token")
    vendor.amplitude("/batch", {"user_id": "user-1", "event_type": "x"})
    raw = vendor.send("GET", "/_sandbox/requests").body
    assert not any(secret in raw for secret in (b"sandbox-password", b"access-token", b"wrong-token", b"api-key"))
    login, tags, wrong, batch = vendor.control("GET", "/requests")
    assert tags == {
        "time": "2026-03-20T12:00:00+00:00",
        "vendor": "comagic",
        "method": "get.tags",
        "params": {"access_token": "***", "limit": 2},
        "outcome": "ok",
        "rows": 2,
        "points_left": {"minute": 198, "day": 3498},
        "fault": None,
    }
    assert (login["outcome"], wrong["outcome"], wrong["points_left"]) == ("ok", "access_token_invalid", {})
    assert (batch["vendor"], batch["method"], batch["outcome"], batch["rows"]) == ("amplitude", "/batch", 200, 1)
    assert vendor.control("DELETE", "/requests") == []


def test_received_can_be_emptied(vendor: t.Any) -> None:
    event = {"user_id": "user-1", "event_type": "x", "insert_id": "i-1", "user_properties": {"a": 1}}
    vendor.amplitude("/batch", event)
    assert vendor.control("DELETE", "/received")["users"] == {}
    vendor.amplitude("/batch", event)
    assert vendor.control("GET", "/received")["counts"]["duplicates"] == 0


def test_the_command_line() -> None:
    given = make_parser().parse_args(
        ["serve", "--now", "2026-03-01T10:00:00+03:00", "--calls-per-day", "5", "--frozen"]
    )
    assert (given.now, given.calls_per_day) == (dt.datetime(2026, 3, 1, 7, tzinfo=dt.UTC), 5)
    assert (given.frozen, given.exit_with_parent, given.port, given.days) == (True, False, 0, 130)
    with pytest.raises(SystemExit):
        make_parser().parse_args(["serve", "--now", "yesterday"])


def test_the_helpers_options_are_the_command_lines() -> None:
    options = {
        "seed": 3,
        "now": dt.datetime(2026, 3, 1, tzinfo=dt.UTC),
        "frozen": True,
        "days": None,
        "max_seconds": 9.5,
    }
    given = make_parser().parse_args(["serve", *_arguments(options)])
    assert (given.seed, given.now, given.frozen, given.days) == (3, options["now"], True, 130)
    assert given.max_seconds == 9.5
