"""Envelope, access, rights, budget: every refusal with its documented code and mnemonic."""

from __future__ import annotations

import datetime as dt
import typing as t

import msgspec
import pytest
from sandbox.clock import Clock
from sandbox.comagic.budget import Budget

TOKEN = "sandbox-access-token"


def raw(vendor: t.Any, body: bytes, content_type: str = "application/json; charset=UTF-8") -> t.Any:
    return vendor.send("POST", "/comagic/v2.0", body, content_type).json()


@pytest.mark.parametrize(
    ("body", "code", "mnemonic", "echoed"),
    [
        (b"{", -32700, "parse_error", None),
        (b'{"jsonrpc":"2.0","id":1,"method":"get.tags","params":{"a":NaN}}', -32700, "parse_error", None),
        (b"[]", -32099, "batch_opreations_not_supported", None),
        (b'"text"', -32600, "invalid_request", None),
        (b'{"jsonrpc":"2.0","method":"get.tags","params":{}}', -32099, "notifications_not_supported", None),
        (b'{"jsonrpc":"2.0","id":null,"method":"get.tags","params":{}}', -32600, "invalid_request", None),
        (b'{"jsonrpc":"2.0","id":true,"method":"get.tags","params":{}}', -32600, "invalid_request", None),
        (b'{"jsonrpc":"1.0","id":7,"method":"get.tags","params":{}}', -32600, "invalid_request", 7),
        (b'{"jsonrpc":"2.0","id":7,"params":{}}', -32600, "invalid_request", 7),
        (b'{"jsonrpc":"2.0","id":7,"method":"get.tags"}', -32600, "invalid_request", 7),
        (b'{"jsonrpc":"2.0","id":7,"method":"get.tags","params":[]}', -32600, "invalid_request", 7),
        (b'{"jsonrpc":"2.0","id":7,"method":"get.tags","params":{},"x":1}', -32600, "invalid_request", 7),
        (b'{"jsonrpc":"2.0","id":"a","method":"get.groups","params":{}}', -32601, "method_not_found", "a"),
    ],
)
def test_the_envelope_is_strict(vendor: t.Any, body: bytes, code: int, mnemonic: str, echoed: t.Any) -> None:
    answer = raw(vendor, body)
    assert answer.keys() == {"jsonrpc", "id", "error"}
    assert (answer["id"], answer["error"]["code"], answer["error"]["data"]["mnemonic"]) == (echoed, code, mnemonic)


def test_other_content_types_and_verbs_are_refused(vendor: t.Any) -> None:
    body = msgspec.json.encode({"jsonrpc": "2.0", "id": 1, "method": "get.tags", "params": {"access_token": TOKEN}})
    assert "result" in raw(vendor, body, "application/json")
    assert raw(vendor, body, "text/plain")["error"]["data"]["field"] == "Content-Type"
    assert vendor.send("GET", "/comagic/v2.0").status == 405


def test_the_error_body_has_the_documented_members(vendor: t.Any) -> None:
    answer = vendor.comagic("get.tags", site_id=5)
    assert answer["error"] == {
        "code": -32602,
        "message": "Unexpected method parameter(s)",
        "data": {
            "mnemonic": "unexpected_parameters",
            "field": "site_id",
            "value": None,
            "params": {},
            "extended_helper": None,
            "metadata": {
                "version": None,
                "limits": {
                    "minute_limit": 200,
                    "minute_remaining": 200,
                    "minute_reset": 60,
                    "day_limit": 3500,
                    "day_remaining": 3500,
                    "day_reset": 43_200,
                },
            },
        },
    }
    vendor.control("POST", "/settings", {"error_metadata": False})
    assert "metadata" not in vendor.comagic("get.tags", site_id=5)["error"]["data"]


def test_a_session_lives_an_hour_on_the_sandbox_clock(vendor: t.Any) -> None:
    data = vendor.comagic("login.user", None, login="sandbox@example.test", password="sandbox-password")["result"]
    assert data.keys() == {"data"}
    session = data["data"]
    assert session["app_id"] == 1103
    assert session["expire_at"] == int(vendor.sandbox.clock.now().timestamp()) + 3600
    token = session["access_token"]
    vendor.control("POST", "/clock", {"advance_seconds": 3599})
    assert "result" in vendor.comagic("get.tags", token)
    vendor.control("POST", "/clock", {"advance_seconds": 1})
    assert vendor.refused("get.tags", token)["mnemonic"] == "access_token_invalid"


def test_logout_ends_a_session_and_leaves_a_permanent_key_alone(vendor: t.Any) -> None:
    login = vendor.comagic("login.user", None, login="sandbox@example.test", password="sandbox-password")
    token = login["result"]["data"]["access_token"]
    assert vendor.comagic("logout.user", token)["result"] == {"data": {}}
    assert vendor.refused("get.tags", token)["mnemonic"] == "access_token_invalid"
    vendor.comagic("logout.user", TOKEN)
    assert "result" in vendor.comagic("get.tags", TOKEN)


def test_wrong_credentials(vendor: t.Any) -> None:
    wrong = vendor.refused("login.user", None, login="sandbox@example.test", password="guess")
    assert (wrong["code"], wrong["mnemonic"]) == (-32001, "auth_error")
    assert vendor.refused("get.tags", "guess")["mnemonic"] == "access_token_invalid"
    assert vendor.refused("get.tags", None)["mnemonic"] == "required_parameter_missed"
    assert vendor.refused("get.tags", t.cast("str", 5))["mnemonic"] == "data_type_error"
    vendor.control("POST", "/settings", {"token_states": {TOKEN: "blocked", "old-key": "expired"}})
    assert vendor.refused("get.tags", TOKEN)["mnemonic"] == "access_token_blocked"
    assert vendor.refused("get.tags", "old-key")["mnemonic"] == "access_token_expired"


@pytest.mark.parametrize(
    ("settings", "code", "mnemonic", "message"),
    [
        ({"ip_allowed": False}, -32003, "ip_not_whitelisted", "Your IP 10.0.0.7 is not whitelisted"),
        ({"account_inactive": True}, -32009, "account_inactive", None),
        ({"forbidden": ["get.tags"]}, -32003, "forbidden", "Permission denied"),
        ({"forbidden": ["*"]}, -32003, "forbidden", None),
        ({"disabled": ["get.tags"]}, -32602, "method_component_disabled", None),
        (
            {"disabled": ["get.tags"], "component_error_code": -32008},
            -32008,
            "method_component_disabled",
            "You need at least on of the following components to access this method: call_tracking, consultant",
        ),
    ],
)
def test_rights_by_setting(vendor: t.Any, settings: t.Any, code: int, mnemonic: str, message: str | None) -> None:
    vendor.control("POST", "/settings", settings)
    error = vendor.refused("get.tags")
    assert (error["code"], error["mnemonic"]) == (code, mnemonic)
    assert message in {None, error["message"]}


def test_an_agency_names_its_client_and_a_client_nobody(vendor: t.Any) -> None:
    agency = "sandbox-agency-token"
    assert vendor.refused("get.account", agency)["mnemonic"] == "forbidden"
    missed = vendor.refused("get.tags", agency)
    assert (missed["mnemonic"], missed["field"]) == ("required_parameter_missed", "user_id")
    assert vendor.refused("get.tags", agency, user_id=1)["mnemonic"] == "entity_not_found"
    assert vendor.refused("get.tags", agency, user_id="4001")["mnemonic"] == "data_type_error"
    assert len(vendor.comagic("get.tags", agency, user_id=4001)["result"]["data"]) == 8
    account = vendor.comagic("getobj.account", agency, user_id=4002)["result"]["data"]
    assert (account["user_id"], account["app_id"], account["timezone"]) == (4002, 5002, "Europe/Kaliningrad")
    for method in ("get.tags", "getobj.account", "get.account"):
        error = vendor.refused(method, user_id=4001)
        assert (error["mnemonic"], error["field"]) == ("unexpected_parameters", "user_id")


def test_only_successful_requests_cost_a_point(vendor: t.Any) -> None:
    vendor.control("POST", "/settings", {"limits": {"minute": 2, "hour": 3, "day": None}})
    vendor.refused("get.tags", x=1)
    vendor.refused("get.calls_report")
    limits = vendor.comagic("get.tags")["result"]["metadata"]["limits"]
    assert limits == {
        "minute_limit": 2,
        "minute_remaining": 1,
        "minute_reset": 60,
        "hour_limit": 3,
        "hour_remaining": 2,
        "hour_reset": 3600,
    }
    vendor.comagic("getobj.account")
    error = vendor.refused("get.tags")
    assert (error["code"], error["mnemonic"]) == (-32029, "limit_exceeded")
    assert error["message"] == "Limit per minute has been exceeded. Value of current limit per minute is 2"
    assert error["params"] == {"limit_type": "minute", "limit_max_value": 2}
    assert error["metadata"]["limits"]["minute_remaining"] == 0
    vendor.control("POST", "/clock", {"advance_seconds": error["metadata"]["limits"]["minute_reset"]})
    assert vendor.comagic("get.tags")["result"]["metadata"]["limits"]["minute_remaining"] == 1
    assert vendor.refused("get.tags")["params"]["limit_type"] == "hour"


def test_budgets_are_counted_per_account() -> None:
    clock = Clock(dt.datetime(2026, 3, 1, 10, 59, 50, tzinfo=dt.UTC), frozen=True)
    budget = Budget(clock)
    limits: t.Any = {"minute": 1, "day": 5}
    budget.charge(1)
    assert budget.limits(1, limits)["minute_remaining"] == 0
    assert budget.limits(2, limits)["minute_remaining"] == 1
    assert budget.limits(1, limits)["minute_reset"] == 10
    clock.advance(10)
    assert budget.left(1, limits) == {"minute": 1, "day": 4}
