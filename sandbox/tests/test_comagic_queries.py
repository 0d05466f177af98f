"""Parameters of list methods: types, ranges, dates, fields, sort and filter."""

from __future__ import annotations

import typing as t

import pytest
from sandbox.comagic.errors import ApiError
from sandbox.comagic.fields import fields_of
from sandbox.comagic.filters import compile_filter

DAY = {"date_from": "2026-03-10 00:00:00", "date_till": "2026-03-10 23:59:59"}


@pytest.mark.parametrize(
    ("changes", "mnemonic", "field"),
    [
        ({"date_from": None}, "required_parameter_missed", "date_from"),
        ({"date_till": None}, "required_parameter_missed", "date_till"),
        ({"date_from": 5}, "data_type_error", "date_from"),
        ({"date_from": "2026-03-10T00:00:00"}, "invalid_parameter_value", "date_from"),
        ({"date_from": "2026-03-10 00:00"}, "invalid_parameter_value", "date_from"),
        ({"date_from": "2026-03-10 00:00:00+03:00"}, "invalid_parameter_value", "date_from"),
        ({"date_from": "2026-03-10 00:00:00.000"}, "invalid_parameter_value", "date_from"),
        ({"date_from": "10.03.2026"}, "invalid_parameter_value", "date_from"),
        ({"date_from": "2026-02-30 00:00:00"}, "invalid_parameter_value", "date_from"),
        ({"date_from": "2026-03-11 00:00:00"}, "invalid_parameter_value", "date_till"),
        ({"date_from": "2025-12-10 23:59:58"}, "date_interval_limit_reached", "date_till"),
        ({"limit": 0}, "invalid_parameter_value", "limit"),
        ({"limit": 10_001}, "invalid_parameter_value", "limit"),
        ({"limit": "10"}, "data_type_error", "limit"),
        ({"limit": 10.5}, "data_type_error", "limit"),
        ({"limit": True}, "data_type_error", "limit"),
        ({"limit": None}, "data_type_error", "limit"),
        ({"offset": -1}, "invalid_parameter_value", "offset"),
        ({"offset": 100_001}, "invalid_parameter_value", "offset"),
        ({"include_ongoing_calls": "true"}, "data_type_error", "include_ongoing_calls"),
        ({"fields": "id"}, "data_type_error", "fields"),
        ({"fields": ["id", 5]}, "data_type_error", "fields"),
        ({"fields": []}, "invalid_parameter_value", "fields"),
        ({"fields": ["id", "utm_referrer"]}, "unexpected_parameters", "utm_referrer"),
        ({"fields": ["tag_name"]}, "unexpected_parameters", "tag_name"),
        ({"fields": ["hold_duration"]}, "unexpected_parameters", "hold_duration"),
        ({"sort": {"field": "start_time"}}, "data_type_error", "sort"),
        ({"sort": [{"field": "id"}]}, "sort_prohibited", "id"),
        ({"sort": [{"field": "nobody"}]}, "unexpected_parameters", "nobody"),
        ({"sort": [{"field": "start_time", "order": "ASC"}]}, "invalid_parameter_value", "sort.order"),
        ({"sort": [{"field": "start_time", "by": "asc"}]}, "unexpected_parameters", "sort.by"),
        (
            {"filter": {"field": "start_time", "operator": ">", "value": "2026-03-10 10:00:00"}},
            "filter_prohibited",
            None,
        ),
        ({"site_id": 25001}, "unexpected_parameters", "site_id"),
    ],
)
def test_wrong_parameters(vendor: t.Any, changes: dict[str, t.Any], mnemonic: str, field: str | None) -> None:
    dates = {name: value for name, value in {**DAY, **changes}.items() if value is not None or name not in DAY}
    error = vendor.refused("get.calls_report", **dates)
    assert error["mnemonic"] == mnemonic
    assert field in {None, error["field"]}


def test_the_longest_window_is_exactly_ninety_days(vendor: t.Any) -> None:
    assert vendor.calls("2025-12-10 23:59:59", "2026-03-10 23:59:59")


def test_a_bare_date_means_midnight(vendor: t.Any) -> None:
    whole = vendor.calls("2026-03-10 00:00:00", "2026-03-11 00:00:00")
    assert vendor.calls("2026-03-10", "2026-03-11") == whole
    assert vendor.calls("2026-03-10", "2026-03-10") == [
        row for row in whole if row["start_time"] < "2026-03-10 00:00:01"
    ]


def test_lists_take_no_dates_and_the_account_no_page(vendor: t.Any) -> None:
    assert vendor.refused("get.sites", date_from="2026-03-10 00:00:00")["field"] == "date_from"
    assert vendor.refused("get.account", limit=5)["field"] == "limit"
    assert vendor.refused("get.tags", include_ongoing_calls=True)["field"] == "include_ongoing_calls"


def test_without_fields_only_the_documented_defaults_come(vendor: t.Any) -> None:
    vendor.control("POST", "/settings", {"undocumented_extras": False})
    row = vendor.calls("2026-03-10 00:00:00", "2026-03-10 23:59:59")[0]
    assert list(row) == [name for name, field in fields_of("get.calls_report").items() if field.default]
    assert len(row) == 23


def test_fields_come_in_the_order_asked_and_only_once(vendor: t.Any) -> None:
    rows = vendor.calls("2026-03-10 00:00:00", "2026-03-10 23:59:59", fields=["tags", "id", "tags"])
    assert {tuple(row) for row in rows} <= {("tags", "id"), ("tags", "id", "hold_duration")}
    assert {"hold_duration" in row for row in rows} == {True, False}
    assert [list(row) for row in vendor.comagic("get.tags", fields=["name"])["result"]["data"]] == [["name"]] * 8


def test_fields_that_the_brand_does_not_know(vendor: t.Any) -> None:
    vendor.control("POST", "/settings", {"unknown_fields": ["cpn_country_id"]})
    error = vendor.refused("get.calls_report", **DAY, fields=["id", "cpn_country_id"])
    assert (error["mnemonic"], error["field"]) == ("unexpected_parameters", "cpn_country_id")
    assert "cpn_country_id" not in vendor.calls(DAY["date_from"], DAY["date_till"])[0]


def test_sorting_by_any_documented_field(vendor: t.Any) -> None:
    for order, reverse in (("asc", False), ("desc", True)):
        sort = [{"field": "visitor_id", "order": order}, {"field": "start_time", "order": "desc"}]
        rows = vendor.calls(DAY["date_from"], DAY["date_till"], sort=sort, fields=["visitor_id", "start_time"])
        visitors = [row["visitor_id"] for row in rows]
        # as in PostgreSQL, null is the greatest
        assert visitors == sorted(visitors, key=lambda value: (value is None, value or 0), reverse=reverse)
        assert None in visitors
    starts = [row["start_time"] for row in vendor.calls(DAY["date_from"], DAY["date_till"])]
    assert starts == sorted(starts)


@pytest.mark.parametrize("unstable", [False, True])
def test_without_sort_paging_is_consistent_only_if_the_order_is_held(vendor: t.Any, *, unstable: bool) -> None:
    vendor.control("POST", "/settings", {"unstable_order": unstable})
    sorted_ids = [row["id"] for row in vendor.calls("2026-03-01", "2026-03-15", fields=["id"])]
    window = {"date_from": "2026-03-01", "date_till": "2026-03-15"}
    pages: list[int] = []
    for offset in range(0, len(sorted_ids) + 100, 100):
        result = vendor.comagic("get.calls_report", **window, fields=["id"], limit=100, offset=offset)["result"]
        assert result["metadata"]["total_items"] == len(sorted_ids)
        pages += [row["id"] for row in result["data"]]
    assert pages != sorted_ids
    assert len(pages) == len(sorted_ids)
    assert (sorted(pages) == sorted(sorted_ids)) is not unstable


ROWS = [
    {"id": 1, "direction": "in", "contact_phone_number": "79001112233", "is_lost": False, "sale_date": None},
    {"id": 2, "direction": "out", "contact_phone_number": None, "is_lost": True, "sale_date": "2026-03-01 10:00:00"},
    {"id": 3, "direction": "in", "contact_phone_number": "79_99", "is_lost": None, "sale_date": "2026-03-02 10:00:00"},
]
for _row, _tags in zip(ROWS, ([{"tag_id": 88, "tag_name": "a"}], None, [{"tag_id": 90, "tag_name": "b"}]), strict=True):
    _row["tags"] = _tags
for _row, _marks in zip(ROWS, (["primary", "lost"], [], None), strict=True):
    _row["attributes"] = _marks


def passing(filter_: t.Any) -> list[int]:
    test = compile_filter(filter_, fields_of("get.calls_report"))
    return [t.cast("int", row["id"]) for row in ROWS if test(row)]


@pytest.mark.parametrize(
    ("field", "verb", "value", "ids"),
    [
        ("id", "=", 2, [2]),
        ("id", "!=", 2, [1, 3]),
        ("id", ">", 1, [2, 3]),
        ("id", "<=", 2, [1, 2]),
        ("id", "in", [1, 3], [1, 3]),
        ("id", "not_in", [1, 3], [2]),
        ("direction", "=", "in", [1, 3]),
        ("direction", "in", ["out"], [2]),
        ("is_lost", "=", True, [2]),
        ("is_lost", "!=", True, [1]),
        ("is_lost", "=", None, [3]),
        ("is_lost", "!=", None, [1, 2]),
        ("contact_phone_number", "like", "7900%", [1]),
        ("contact_phone_number", "like", "79_99", [3]),
        ("contact_phone_number", "not_like", "7900%", [3]),
        ("contact_phone_number", "ilike", "%11%", [1]),
        ("contact_phone_number", "not_ilike", "%11%", [3]),
        ("contact_phone_number", "regexp", "^79.*3$", [1]),
        ("contact_phone_number", "is_null", None, [2]),
        ("contact_phone_number", "is_not_null", None, [1, 3]),
        ("sale_date", ">=", "2026-03-02 00:00:00", [3]),
        ("sale_date", "<", "2026-03-02", [2]),
        ("attributes", "overlap", ["lost", "target"], [1]),
        ("attributes", "not_overlap", ["lost"], [2]),
        ("tags", "jsquery", "#.tag_id = 88", [1]),
        ("tags", "jsquery", '*.tag_name = "b"', [3]),
        ("tags", "jsquery", "#.tag_id = 88 | #.tag_id = 90", [1, 3]),
        ("tags", "jsquery", "#.tag_id >= 88 & #.tag_id < 90", [1]),
        ("tags", "=", None, [2]),
    ],
)
def test_operators(field: str, verb: str, value: t.Any, ids: list[int]) -> None:
    assert passing({"field": field, "operator": verb, "value": value}) == ids


def test_a_value_left_out_is_null() -> None:
    assert passing({"field": "is_lost", "operator": "="}) == [3]


def test_nested_conditions() -> None:
    def leaf(field: str, value: t.Any) -> t.Any:
        return {"field": field, "operator": "=", "value": value}

    either = {"filters": [leaf("id", 1), leaf("id", 2)], "condition": "or"}
    both = {"filters": [either, leaf("direction", "in")], "condition": "and"}
    assert passing({"filters": [both, leaf("id", 3)], "condition": "or"}) == [1, 3]


@pytest.mark.parametrize(
    ("filter_", "mnemonic"),
    [
        ([], "data_type_error"),
        ({"field": "id", "value": 1}, "required_parameter_missed"),
        ({"operator": "=", "value": 1}, "required_parameter_missed"),
        ({"field": "id", "operator": "=", "value": 1, "not": True}, "unexpected_parameters"),
        ({"field": "nobody", "operator": "=", "value": 1}, "unexpected_parameters"),
        ({"field": "call_records", "operator": "=", "value": None}, "filter_prohibited"),
        ({"field": "id", "operator": "==", "value": 1}, "invalid_parameter_value"),
        ({"field": "id", "operator": "like", "value": "1%"}, "invalid_parameter_value"),
        ({"field": "direction", "operator": ">", "value": "in"}, "invalid_parameter_value"),
        ({"field": "id", "operator": "=", "value": "1"}, "data_type_error"),
        ({"field": "id", "operator": "=", "value": True}, "data_type_error"),
        ({"field": "is_lost", "operator": "=", "value": 1}, "data_type_error"),
        ({"field": "direction", "operator": "=", "value": "sideways"}, "invalid_parameter_value"),
        ({"field": "id", "operator": "in", "value": 1}, "data_type_error"),
        ({"field": "tags", "operator": "=", "value": []}, "data_type_error"),
        ({"field": "attributes", "operator": "overlap", "value": "lost"}, "data_type_error"),
        ({"field": "contact_phone_number", "operator": "regexp", "value": "("}, "invalid_parameter_value"),
        ({"field": "contact_phone_number", "operator": "is_null", "value": 1}, "invalid_parameter_value"),
        ({"field": "sale_date", "operator": ">", "value": "01.03.2026"}, "invalid_parameter_value"),
        ({"field": "tags", "operator": "jsquery", "value": "tag_id ~ 8"}, "invalid_parameter_value"),
        ({"filters": [], "condition": "and"}, "invalid_parameter_value"),
        ({"filters": [{"field": "id", "operator": "=", "value": 1}]}, "invalid_parameter_value"),
        ({"filters": {}, "condition": "and"}, "data_type_error"),
        ({"filters": [], "condition": "and", "field": "id"}, "unexpected_parameters"),
    ],
)
def test_wrong_filters(filter_: t.Any, mnemonic: str) -> None:
    with pytest.raises(ApiError) as refusal:
        compile_filter(filter_, fields_of("get.calls_report"))
    assert refusal.value.mnemonic == mnemonic


def test_a_filter_narrows_rows_and_total(vendor: t.Any) -> None:
    rows = vendor.calls(DAY["date_from"], DAY["date_till"], fields=["id", "is_lost"])
    only = {"field": "is_lost", "operator": "=", "value": True}
    body = vendor.comagic("get.calls_report", **DAY, filter=only, fields=["id", "is_lost"], limit=1)
    lost = [row for row in rows if row["is_lost"]]
    assert body["result"]["metadata"]["total_items"] == len(lost) > 1
    assert body["result"]["data"][0]["id"] in {row["id"] for row in lost}
