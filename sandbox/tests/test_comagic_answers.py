"""Answers of each method against the documented structures, and faults in pages."""

from __future__ import annotations

import datetime as dt
import typing as t

import pytest
from sandbox.comagic.fields import examples

LISTS = ["get.sites", "get.campaigns", "get.employees", "get.tags", "get.account"]


def shape(value: t.Any) -> t.Any:
    """Keys and nesting without values; arrays by their first member."""
    if isinstance(value, dict):
        return {key: shape(member) for key, member in value.items()}
    return [shape(value[0])] if isinstance(value, list) and value and isinstance(value[0], dict) else None


@pytest.mark.parametrize("method", LISTS)
def test_the_first_row_is_the_documented_one(vendor: t.Any, method: str) -> None:
    documented = examples()[method]["response_example"]["result"]
    result = vendor.comagic(method)["result"]
    key = "app_id" if method == "get.account" else "id"
    rows = {row[key]: row for row in result["data"]}
    for row in documented["data"]:
        assert rows[row[key]] == row
    assert result.keys() == documented.keys()


@pytest.mark.parametrize("method", LISTS)
def test_keys_and_nesting_are_the_documented_structure(vendor: t.Any, method: str) -> None:
    structure = examples()[method]["documented_response_structure"]["result"]["data"][0]
    row = min(vendor.comagic(method)["result"]["data"], key=lambda row: row.get("id", 0))
    assert shape(row) == shape(structure)


METHODS = [*LISTS, "get.calls_report"]


@pytest.mark.parametrize("method", METHODS)
def test_the_documented_request_gets_the_documented_answer(make_vendor: t.Any, method: str) -> None:
    vendor = make_vendor(now=dt.datetime(2024, 3, 5, tzinfo=dt.UTC))
    vendor.control("POST", "/settings", {"limits": {"minute": 60, "day": 3000}})
    documented = examples()[method]
    params = {**documented["request_example"]["params"]}
    del params["access_token"]
    answer = vendor.comagic(method, **params)
    assert answer.keys() == documented["response_example"].keys()
    expected = documented["response_example"]["result"]
    assert answer["result"].keys() == expected.keys()
    (key,) = answer["result"].keys() - {"data"}
    assert answer["result"][key].keys() == expected[key].keys()
    assert answer["result"][key]["limits"].keys() == expected[key]["limits"].keys()
    assert all(row in answer["result"]["data"] for row in expected["data"])


def test_the_account_object_is_the_documented_sample(vendor: t.Any) -> None:
    documented = examples()["getobj.account"]["response_example"]["result"]
    result = vendor.comagic("getobj.account")["result"]
    assert result["data"] == {**documented["data"], "is_agent": False, "agent_type": None}
    assert result["metadata"].keys() == documented["metadata"].keys()


def test_the_metadata_block_is_spelt_as_each_page_does(vendor: t.Any) -> None:
    spelling = {method: (vendor.comagic(method)["result"].keys() - {"data"}).pop() for method in LISTS}
    assert spelling == {
        "get.sites": "meta_data",
        "get.account": "meta_data",
        "get.campaigns": "metadata",
        "get.employees": "metadata",
        "get.tags": "metadata",
    }
    vendor.control("POST", "/settings", {"meta_data_spelling": "metadata"})
    assert "metadata" in vendor.comagic("get.sites")["result"]


def test_some_fields_appear_only_when_asked_for(vendor: t.Any) -> None:
    assert "static_utm_source" not in vendor.comagic("get.campaigns")["result"]["data"][0]
    rows = vendor.comagic("get.campaigns", fields=["id", "static_utm_source"])["result"]["data"]
    assert {"id": 31001, "static_utm_source": "src"} in rows
    conditions = {
        row["type"]: "campaign_conditions" in row for row in vendor.comagic("get.campaigns")["result"]["data"]
    }
    assert conditions == {"basic": True, "system": False, "integrated": False}


def test_lists_can_be_filtered_sorted_and_paged(vendor: t.Any) -> None:
    names = [row["name"] for row in vendor.comagic("get.tags", sort=[{"field": "name"}])["result"]["data"]]
    assert names == sorted(names)
    page = vendor.comagic("get.tags", sort=[{"field": "name"}], limit=3, offset=2)["result"]
    assert [row["name"] for row in page["data"]] == names[2:5]
    assert page["metadata"]["total_items"] == 8
    system = {"field": "is_system", "operator": "=", "value": True}
    assert {row["id"] for row in vendor.comagic("get.tags", filter=system)["result"]["data"]} == {93, 94}


def test_a_removed_row_is_gone(vendor: t.Any) -> None:
    vendor.control("POST", "/settings", {"removed": {"get.tags": [88]}})
    assert 88 not in {row["id"] for row in vendor.comagic("get.tags")["result"]["data"]}


def ids(vendor: t.Any, **params: t.Any) -> tuple[list[int], int]:
    sort = [{"field": "start_time"}]
    given: dict[str, t.Any] = {
        "date_from": "2026-03-01",
        "date_till": "2026-03-15",
        "limit": 20,
        "fields": ["id"],
        "sort": sort,
        **params,
    }
    result = vendor.comagic("get.calls_report", **given)["result"]
    return [row["id"] for row in result["data"]], result["metadata"]["total_items"]


def test_faults_in_pages(vendor: t.Any) -> None:
    first, total = ids(vendor)
    second, _ = ids(vendor, offset=20)

    def spoilt(**rule: t.Any) -> tuple[list[int], int]:
        vendor.control("POST", "/faults", {"vendor": "comagic", "method": "get.calls_report", **rule})
        answer = ids(vendor, offset=20)
        assert ids(vendor, offset=20) == (second, total)
        return answer

    assert spoilt(kind="duplicate_page") == (first, total)
    assert spoilt(kind="shifted_page", shift=3) == ([*first[-3:], *second[:-3]], total)
    assert spoilt(kind="short_page") == (second[:10], total)
    assert spoilt(kind="short_page", keep=3) == (second[:3], total)
    assert spoilt(kind="empty_page") == ([], total)
    assert spoilt(kind="total_items", delta=-1) == (second, total - 1)


def test_faults_that_replace_the_answer(vendor: t.Any) -> None:
    def post() -> t.Any:
        body = b'{"jsonrpc":"2.0","id":1,"method":"get.tags","params":{"access_token":"sandbox-access-token"}}'
        return vendor.send("POST", "/comagic/v2.0", body)

    whole = post()
    rules: list[dict[str, t.Any]] = [
        {"kind": "status", "status": 429, "retry_after": 7, "body": {"a": 1}},
        {"kind": "html", "status": 502},
        {"kind": "truncated"},
        {"kind": "error", "mnemonic": "internal_error"},
    ]
    vendor.control("POST", "/faults", [{"vendor": "comagic", **rule} for rule in rules])
    limited, html, cut, error = (post() for _ in rules)
    assert (limited.status, limited.headers["retry-after"], limited.json()) == (429, "7", {"a": 1})
    assert (html.status, html.headers["content-type"]) == (502, "text/html; charset=utf-8")
    assert html.body.startswith(b"<!DOCTYPE html>")
    assert cut.status == 200
    assert whole.body.startswith(cut.body[:60])
    assert len(cut.body) == len(whole.body) // 2
    assert error.json()["error"]["code"] == -32603
    assert post().status == 200
    points = [entry["points_left"]["minute"] for entry in vendor.control("GET", "/requests")]
    assert points == [199, 199, 199, 198, 198, 197]


def test_rules_wait_match_and_run_out(vendor: t.Any) -> None:
    rule = {"vendor": "comagic", "kind": "error", "mnemonic": "internal_error", "after": 1, "times": 2}
    vendor.control("POST", "/faults", {**rule, "method": "get.tags", "where": {"offset": 0}})
    assert "result" in vendor.comagic("get.sites", offset=0)
    assert "result" in vendor.comagic("get.tags", offset=5)
    outcomes = ["result" in vendor.comagic("get.tags", offset=0) for _ in range(4)]
    assert outcomes == [True, False, False, True]
    vendor.control("POST", "/faults", {**rule, "after": 0, "times": None})
    assert ["error" in vendor.comagic("get.tags") for _ in range(3)] == [True] * 3
    assert len(vendor.control("GET", "/faults")) == 1
    assert vendor.control("DELETE", "/faults") == []
