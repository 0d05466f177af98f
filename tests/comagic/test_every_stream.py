"""Every stream against the strict vendor: whole rows, keys, the vendor's two spellings, streams it refuses."""

from __future__ import annotations

import typing as t

import pytest
from strict_methods import METHODS, field_table
from strict_rows import daily, entities, full_row, timed
from strict_vendor import AGENCY_KEY, Vendor

if t.TYPE_CHECKING:
    from tap_process import Tap

Row = dict[str, t.Any]
SITES = (25001, 25002)
DAY = "2026-03-02"
#: Stream → its key, as contract and decisions have it.
KEYS = {
    "financial_call_legs": ["call_session_id", "leg_id"],
    "communications": ["communication_type", "id"],
    "goals": ["communication_id"],
    "campaign_daily_stat": ["row_key"],
    "campaign_parameter_weights": ["site_id"],
    "available_virtual_numbers": ["phone_number"],
    "employee_stat": ["date", "id"],
    "ct_summary": ["date", "site_id"],
    "ct_ac_summary": ["date", "site_id", "ac_id"],
    "account": ["app_id"],
}
OF_AGENCY = ("customers", "customer_users")


def noun(method: str) -> str:
    return method.removeprefix("get.").removesuffix("_report")


BY_STREAM = {noun(method): method for method in METHODS if method != "getobj.account"}
DAILY = tuple(name for name, method in BY_STREAM.items() if METHODS[method].time == "date")
REPORTS = tuple(name for name, method in BY_STREAM.items() if METHODS[method].time and name not in DAILY)
LISTS = tuple(sorted(set(BY_STREAM) - {*DAILY, *REPORTS, *OF_AGENCY, "account"}))
ORDINARY = (*REPORTS, *DAILY, *LISTS, "account")


@pytest.fixture
def full(vendor: Vendor, tap: Tap) -> Vendor:
    """Two rows of everything."""
    for name in REPORTS:
        vendor.rows[BY_STREAM[name]] = [timed(BY_STREAM[name], number, f"{DAY} 10:00:0{number}") for number in (1, 2)]
    for name in DAILY:
        vendor.rows[BY_STREAM[name]] = [daily(BY_STREAM[name], DAY, site) for site in SITES]
    for name in (*LISTS, *OF_AGENCY):
        vendor.rows[BY_STREAM[name]] = entities(BY_STREAM[name], 2)
    vendor.rows["get.sites"] = [{**full_row("get.sites", 1), "id": site} for site in SITES]
    vendor.rows["get.statuses"] = [{**row, "is_deleted": False} for row in vendor.rows["get.statuses"]]
    tap.config |= {"slice_days": None}
    return vendor


@pytest.mark.parametrize("samples", [False, True])
def test_every_stream_gives_every_field(full: Vendor, tap: Tap, samples: bool) -> None:
    full.sample_names, full.bare_rows = samples, samples
    full.metadata_name = "meta_data" if samples else "metadata"
    tap.streams = ORDINARY

    run = tap.run()

    assert run.exit_code == 0, run.stderr
    assert {name: len(run.records(name)) for name in ORDINARY} == {**dict.fromkeys(ORDINARY, 2), "account": 1}
    for name in ORDINARY:
        names = {field["name"] for field in field_table(BY_STREAM[name]) if "inside" not in field}
        for record in run.records(name):
            assert names <= set(record), name
            assert [field for field in names if record[field] is None] == [], name
        assert run.schema(name)["key_properties"] == KEYS.get(name, ["id"]), name
        assert run.stream_parts(name) <= {"complete"}, name


def test_a_second_run_gives_the_same_keys_and_values(full: Vendor, tap: Tap) -> None:
    tap.streams = ORDINARY
    first = tap.run()
    second = tap.run(state=first.state, lookback_days=30)
    assert second.exit_code == 0
    for name in ORDINARY:
        assert sorted(second.records(name), key=str) == sorted(first.records(name), key=str), name
    assert second.state == first.state


@pytest.mark.parametrize("refused", ORDINARY)
def test_any_one_stream_refused(full: Vendor, tap: Tap, refused: str) -> None:
    if refused in {"account", "sites"}:
        pytest.skip("others need it; see the tests of sites and zones")
    full.refuse[BY_STREAM[refused]] = ("method_component_disabled", -32602)
    tap.streams = tuple(name for name in (refused, "calls", "tags", "goals") if name)

    run = tap.run()

    assert run.exit_code == 3
    others = {"calls", "tags", "goals"} - {refused}
    assert {name: len(run.records(name)) for name in others} == dict.fromkeys(others, 2)
    assert run.records(refused) == []
    assert run.stream_parts(refused) == {"failed"}
    assert refused in run.stderr


def test_tag_names_and_days(full: Vendor, tap: Tap) -> None:
    tap.streams = REPORTS
    run = tap.run()
    for name in REPORTS:
        tagged = any(field["name"] == "tags" for field in field_table(BY_STREAM[name]))
        for number, record in enumerate(run.records(name), 1):
            assert record["partition_date"] == DAY, name
            assert ("tag_names" in record) == tagged, name
            if tagged:
                assert record["tag_names"] == [f"tag_name {record['tags'][0]['tag_id']}"], (name, number)


def test_derived_fields_do_not_need_what_they_are_made_of(full: Vendor, tap: Tap) -> None:
    tap.streams, tap.deselected = REPORTS, ("tags", "campaign_id")
    run = tap.run()
    for name in set(REPORTS) - {"call_legs", "financial_call_legs", "chat_messages", "visitor_sessions"}:
        for record in run.records(name):
            assert "tags" not in record
            assert record["tag_names"] != []
            assert record["partition_date"] == DAY


def test_nulls_for_arrays_and_lone_objects(full: Vendor, tap: Tap) -> None:
    chats, sessions = "get.chats_report", "get.visitor_sessions_report"
    full.rows[chats][0] |= {"tags": None, "segments": None, "visitor_ids": None}
    full.rows[chats][1] |= {"tags": {"tag_id": "8", "tag_name": "lone"}, "duration": 90}
    full.rows[sessions][0] |= {"hits": {"hit_time": "2026-03-02 10:00:00", "hit_url": "u"}, "duration": "95"}
    tap.streams = ("chats", "visitor_sessions")

    run = tap.run()

    assert [row["tag_names"] for row in run.records("chats")] == [None, ["lone"]]
    assert run.records("chats")[1]["tags"] == [{"tag_id": 8, "tag_name": "lone"}]
    assert run.records("chats")[1]["duration"] == "90"
    session = next(row for row in run.records("visitor_sessions") if row["id"] == 1)
    assert session["duration"] == 95
    assert session["hits"] == [{"hit_time": "2026-03-02 10:00:00", "hit_url": "u"}]


def test_objects_without_a_table_keep_their_members(full: Vendor, tap: Tap) -> None:
    tap.streams = ("visitor_sessions", "chat_messages", "scenarios", "employee_stat")
    run = tap.run()
    campaign = run.records("visitor_sessions")[0]["integrated_campaign_data"]
    assert (campaign["adv_system"], campaign["current_banner_id"]) == ("yandex.direct", 50000001)
    assert run.records("chat_messages")[0]["resource"]["file_name"] == "photo.png"
    assert run.records("scenarios")[0]["sites"] == [{"site_id": 25001, "site_domain_name": "example.test"}]
    assert run.records("scenarios")[0]["campaigns"][0]["campaign_id"] == 31001
    assert run.records("employee_stat")[0]["status_stats"] == {"available": 3600, "break": 300}


def test_times_with_t_and_offset_inside(full: Vendor, tap: Tap) -> None:
    row = full.rows["get.sip_lines"][0]
    row["ip_addresses"] = [{"date_time": "2025-12-22T09:33:35"}, {"date_time": "2025-04-26T11:24:56+05:00"}]
    tap.streams = ("sip_lines",)
    first = tap.run().records("sip_lines")[0]
    assert [part["date_time"] for part in first["ip_addresses"]] == [
        "2025-12-22T09:33:35+03:00",
        "2025-04-26T11:24:56+05:00",
    ]


def test_conditions_as_arrays_of_arrays(full: Vendor, tap: Tap) -> None:
    condition = {"type": "basic", "campaign_parameter": "utm_source", "value": "x", "operator": "="}
    full.rows["get.campaigns"][0]["campaign_conditions"] = {"group_conditions": [[condition]]}
    tap.streams = ("campaigns",)
    run = tap.run()
    [first] = [row for row in run.records("campaigns") if row["id"] == 1]
    assert first["campaign_conditions"] == {"group_conditions": [{"conditions": [condition]}]}


def test_charges_whose_ids_come_as_text(full: Vendor, tap: Tap) -> None:
    method = "get.financial_call_legs_report"
    full.rows[method] = [
        timed(method, 1, f"{DAY} 10:00:00", call_session_id=call, leg_id=leg, total_charge=charge)
        for call, leg, charge in (("9161005001", 1, "1.5"), ("9161005001", "2", 2), (9161005001, 2, 2))
    ]
    tap.streams = ("financial_call_legs",)
    run = tap.run()
    charges = [(row["call_session_id"], row["leg_id"], row["total_charge"]) for row in run.records(tap.streams[0])]
    assert charges == [(9161005001, 1, 1.5), (9161005001, 2, 2)]


def test_what_is_not_selected_unless_asked_for(full: Vendor, tap: Tap) -> None:
    tap.streams = None
    tap.config |= {"known_unavailable": ["calls"]}
    run = tap.run()
    read = {part["stream"] for part in run.summary["streams"]}
    not_by_default = {*OF_AGENCY, "employee_stat", "ct_summary", "ct_ac_summary", "available_virtual_numbers"}
    assert read == set(BY_STREAM) - not_by_default
    assert run.statuses("calls") == {None: "skipped"}


def test_the_lists_of_an_agency(full: Vendor, tap: Tap) -> None:
    tap.streams = OF_AGENCY
    run = tap.run(access_token=AGENCY_KEY, user_id=4001)
    assert run.exit_code == 0
    for name in OF_AGENCY:
        assert run.ids(name) == [1, 2]
        assert "user_id" not in full.calls(f"get.{name}")[0].params


def test_an_ordinary_key_is_told_about_agencies(full: Vendor, tap: Tap) -> None:
    tap.streams = ("customers", "tags")
    run = tap.run()
    assert (run.exit_code, run.stream_parts("customers"), len(run.records("tags"))) == (3, {"failed"}, 2)
    assert run.stream("customers")["known_unavailable"] == "customers"
