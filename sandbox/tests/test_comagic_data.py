"""The calls: deterministic, consistent, changing late, and right at every border of time."""

from __future__ import annotations

import collections
import datetime as dt
import typing as t
import zoneinfo

import pytest
from sandbox.comagic import catalog
from sandbox.comagic.fields import example_rows, examples, fields_of
from sandbox.comagic.life.making import time_of_day
from sandbox.comagic.life.zone import Zone, day_start, wall_text

METHOD = "get.calls_report"
ALL = list(fields_of(METHOD))


def truth(vendor: t.Any, date_from: str, date_till: str, extra: str = "") -> list[dict[str, t.Any]]:
    import msgspec

    query = f"date_from={date_from}&date_till={date_till}{extra}"
    answer = vendor.send("GET", f"/_sandbox/truth/comagic/{METHOD}", query=query)
    assert answer.status == 200
    return [msgspec.json.decode(line) for line in answer.body.splitlines()]


def by_id(rows: t.Iterable[dict[str, t.Any]]) -> dict[int, dict[str, t.Any]]:
    return {row["id"]: row for row in rows}


def test_the_same_seed_gives_the_same_rows_and_another_does_not(make_vendor: t.Any) -> None:
    first, again, other = (truth(make_vendor(seed=seed), "2026-03-01", "2026-03-20") for seed in (7, 7, 8))
    assert first == again
    assert len(first) > 200
    assert [row["contact_phone_number"] for row in first] != [row["contact_phone_number"] for row in other]


def test_truth_equals_what_the_api_returns(vendor: t.Any) -> None:
    vendor.control("POST", "/settings", {"undocumented_extras": False, "bounds": "half_open"})
    expected = truth(vendor, "2026-03-01", "2026-03-20")
    rows = vendor.calls("2026-03-01", "2026-03-20", fields=ALL)
    assert by_id(rows) == by_id(expected)
    assert [list(row) for row in rows] == [ALL] * len(rows)
    only = truth(vendor, "2026-03-01", "2026-03-20", "&fields=id,start_time")
    assert only == [{"id": row["id"], "start_time": row["start_time"]} for row in expected]


def test_every_field_is_filled_in_some_rows_and_every_optional_one_null_in_others(make_vendor: t.Any) -> None:
    vendor = make_vendor(days=60, calls_per_day=60)
    rows = truth(vendor, "2026-01-20", "2026-03-20")
    filled = {name for row in rows for name, value in row.items() if value not in (None, [])}
    assert filled == set(ALL)
    always = {name for name in ALL if all(row[name] is not None for row in rows)}
    assert {"id", "start_time"} <= always
    for name in ("tags", "call_records", "visitor_id", "contact_phone_number", "sale_date", "attributes", "segments"):
        assert name not in always


def test_types_and_enums_are_the_documented_ones(vendor: t.Any) -> None:
    kinds: dict[str, t.Any] = {
        "number": (int, float),
        "string": str,
        "enum": str,
        "datetime": str,
        "boolean": bool,
        "array": list,
    }
    rows = truth(vendor, "2026-02-15", "2026-03-20")
    for field in fields_of(METHOD).values():
        values = [row[field.name] for row in rows if row[field.name] is not None]
        assert all(isinstance(value, kinds[field.type]) for value in values), field.name
        if field.values and field.type == "enum":
            assert set(values) <= set(field.values), field.name


def test_references_lead_into_the_lists(vendor: t.Any) -> None:
    rows = truth(vendor, "2026-02-15", "2026-03-20")
    sites, campaigns = by_id(catalog.sites()), by_id(catalog.campaigns())
    employees, tags = by_id(catalog.employees()), by_id(catalog.tags())
    for row in rows:
        if row["site_id"] is not None:
            assert sites[row["site_id"]]["domain_name"] == row["site_domain_name"]
            assert campaigns[row["campaign_id"]]["name"] == row["campaign_name"]
            assert campaigns[row["campaign_id"]]["site_id"] == row["site_id"]
        for one in row["employees"] or ():
            assert employees[one["employee_id"]]["full_name"] == one["employee_full_name"]
        for tag in row["tags"] or ():
            assert tags[tag["tag_id"]]["name"] == tag["tag_name"]


def test_durations_add_up(vendor: t.Any) -> None:
    for row in truth(vendor, "2026-02-15", "2026-03-20"):
        assert row["total_duration"] == row["wait_duration"] + row["talk_duration"]
        assert row["total_wait_duration"] - row["wait_duration"] == row["talk_duration"] - row["clean_talk_duration"]
        span = dt.datetime.fromisoformat(row["finish_time"]) - dt.datetime.fromisoformat(row["start_time"])
        assert abs(span.total_seconds() - row["total_duration"]) <= 1
        assert row["is_lost"] == (row["talk_duration"] == 0)


def test_people_call_again_and_their_contacts_are_counted(vendor: t.Any) -> None:
    rows = sorted(truth(vendor, "2026-02-09", "2026-03-20"), key=lambda row: row["start_time"])
    people = collections.defaultdict(list)
    for row in rows:
        if row["person_id"]:
            people[row["person_id"]].append(row)
    assert max(map(len, people.values())) >= 5
    assert any(row["communication_number"] is None and row["visitor_id"] is None for row in rows)
    for calls in people.values():
        numbers = [call["communication_number"] for call in calls]
        assert numbers == sorted(set(numbers))
        assert len({(call["visitor_id"], call["contact_phone_number"]) for call in calls}) == 1


def test_ids_are_unique_and_beyond_32_bits(vendor: t.Any) -> None:
    rows = truth(vendor, "2026-02-08", "2026-03-20")
    assert len(by_id(rows)) == len(rows)
    documented = example_rows(METHOD)[0]["id"]
    assert all(row["id"] > 2**32 for row in rows if row["id"] != documented)
    assert all(row["visitor_id"] > 2**32 for row in rows if row["visitor_id"])


def test_calls_follow_the_business_day_of_the_account(make_vendor: t.Any) -> None:
    for timezone in ("Europe/Moscow", "Asia/Vladivostok"):
        vendor = make_vendor()
        vendor.control("POST", "/settings", {"timezone": timezone})
        hours = collections.Counter(row["start_time"][11:13] for row in truth(vendor, "2026-03-02", "2026-03-20"))
        at_work = sum(hours[f"{hour:02d}"] for hour in range(8, 19))
        assert at_work > 0.8 * hours.total()
    assert [time_of_day(share) // 3_600_000 for share in (0.0, 0.5, 0.999_999)] == [0, 13, 23]


def test_the_documented_example_is_among_the_rows(vendor: t.Any) -> None:
    """Its day is moved to three days before the start of the clock; everything else is the vendor's."""
    documented = example_rows(METHOD)[0]
    row = by_id(truth(vendor, "2026-03-17", "2026-03-18"))[documented["id"]]
    moved = {
        "start_time": "2026-03-17 09:15:07",
        "finish_time": "2026-03-17 09:18:42",
        "tags": [{**documented["tags"][0], "tag_change_time": "2026-03-17 09:20:00"}],
    }
    assert {name: row[name] for name in documented} == {**documented, **moved}


def test_the_documented_example_stays_where_it_is_if_the_data_reaches_it(make_vendor: t.Any) -> None:
    vendor = make_vendor(now=dt.datetime(2024, 3, 5, tzinfo=dt.UTC))
    documented = example_rows(METHOD)[0]
    row = by_id(truth(vendor, "2024-03-01", "2024-03-02"))[documented["id"]]
    assert {name: row[name] for name in documented} == documented


def test_the_default_answer_of_the_documentation_is_reproduced(vendor: t.Any) -> None:
    expected = examples()[METHOD]["default_fields_response_example"]["body"]["result"]["data"][0]
    rows = by_id(vendor.calls("2026-03-17 09:15:07", "2026-03-17 09:15:07"))
    moved = {"start_time": "2026-03-17 09:15:07", "finish_time": "2026-03-17 09:18:42"}
    assert rows[expected["id"]] == {**expected, **moved}


def test_rows_change_late_and_each_change_comes_once(vendor: t.Any) -> None:
    """What was null gets a value some time after the call; nothing else ever changes."""
    late = {"tags", "call_records", "wav_call_records", "full_record_file_link", "voice_mail_records"}
    late |= {"sale_date", "sale_cost", "lost_call_processing_duration"}
    window = ("2026-03-20", "2026-03-21")
    seen: dict[int, dict[str, t.Any]] = {}
    changed: collections.Counter[str] = collections.Counter()
    counts = []
    for minutes in [10] * 12 + [360] * 24:
        rows = by_id(truth(vendor, *window))
        for number, row in rows.items():
            before = seen.get(number, row)
            different = {name for name in ALL if before[name] != row[name]}
            assert different <= late
            assert all(before[name] in (None, []) or name == "tags" for name in different)
            changed.update(different)
        assert seen.keys() <= rows.keys()
        seen = rows
        counts.append(len(rows))
        vendor.control("POST", "/clock", {"advance_seconds": minutes * 60})
    assert counts[0] < counts[-1]
    assert {"tags", "call_records", "sale_cost", "sale_date"} <= set(changed)


def test_a_lost_call_is_processed_by_the_next_successful_one(make_vendor: t.Any) -> None:
    vendor = make_vendor(days=30, calls_per_day=60)
    rows = truth(vendor, "2026-02-18", "2026-03-20")
    processed = [row for row in rows if row["lost_call_processing_duration"] is not None]
    assert len(processed) > 10
    for row in processed:
        lost_at = dt.datetime.fromisoformat(row["start_time"])
        answered = [
            dt.datetime.fromisoformat(other["start_time"]) + dt.timedelta(seconds=other["wait_duration"])
            for other in rows
            if other["contact_phone_number"] == row["contact_phone_number"] and not other["is_lost"]
        ]
        gaps = [(at - lost_at).total_seconds() for at in answered]
        assert row["is_lost"]
        assert any(abs(gap - row["lost_call_processing_duration"]) <= 1 for gap in gaps)


def test_calls_happen_until_now_and_the_running_ones_only_if_asked(make_vendor: t.Any) -> None:
    vendor = make_vendor(calls_per_day=600)
    day = ("2026-03-20 00:00:00", "2026-03-20 23:59:59")
    finished = vendor.calls(*day, fields=ALL)
    everything = vendor.calls(*day, fields=ALL, include_ongoing_calls=True)
    now = "2026-03-20 15:00:00"
    assert max(row["start_time"] for row in everything) <= now
    assert max(row["finish_time"] for row in finished) <= now
    running = by_id(everything).keys() - by_id(finished).keys()
    assert running
    for number in running:
        row = by_id(everything)[number]
        assert (row["finish_time"], row["finish_reason"], row["talk_duration"]) == (None, None, None)
    vendor.control("POST", "/clock", {"advance_seconds": 7200})
    assert by_id(vendor.calls(*day)).keys() > by_id(everything).keys()


@pytest.mark.parametrize(
    ("bounds", "kept"),
    [("closed", [True, True]), ("half_open", [True, False]), ("open_start", [False, True])],
)
def test_bounds_by_setting(vendor: t.Any, bounds: str, kept: list[bool]) -> None:
    """The documented call starts exactly on its second; ask for windows that begin and end there."""
    vendor.control("POST", "/settings", {"bounds": bounds})
    number, start = example_rows(METHOD)[0]["id"], "2026-03-17 09:15:07"
    after = by_id(vendor.calls(start, "2026-03-17 10:00:00"))
    before = by_id(vendor.calls("2026-03-17 09:00:00", start))
    assert [number in after, number in before] == kept


def test_a_row_may_print_the_second_of_the_neighbour_window(vendor: t.Any) -> None:
    """Stored times are finer than printed ones: a call of the last half second prints the next day's midnight."""
    days = [dt.date(2026, 3, 1) + dt.timedelta(days=number) for number in range(15)]
    strays = []
    for day in days:
        after = day + dt.timedelta(days=1)
        rows = vendor.calls(f"{day} 00:00:00", f"{day} 23:59:59", fields=["id", "start_time"])
        rows += vendor.calls(f"{day} 23:59:59", f"{after} 00:00:00", fields=["id", "start_time"])
        strays += [row["start_time"] for row in rows if row["start_time"] == f"{after} 00:00:00"]
    assert strays


def test_a_repeated_hour_and_a_skipped_one() -> None:
    zone = Zone("Europe/Berlin")
    autumn, spring = day_start(dt.date(2025, 10, 26)), day_start(dt.date(2026, 3, 29))
    half_past_two = 150 * 60_000
    first, second = zone.instant(autumn + half_past_two, 0), zone.instant(autumn + half_past_two, 1)
    assert second - first == 3_600_000
    assert zone.wall(first) == zone.wall(second) == autumn + half_past_two
    assert wall_text(zone.wall(zone.instant(spring + half_past_two))) == "2026-03-29 03:30:00"
    assert [zone.changes_on(dt.date(2026, 3, day)) for day in (28, 29, 30)] == [False, True, False]


def test_calls_exist_in_the_repeated_hour(make_vendor: t.Any) -> None:
    vendor = make_vendor(now=dt.datetime(2025, 11, 1, tzinfo=dt.UTC))
    vendor.control("POST", "/settings", {"timezone": "Europe/Berlin"})
    night = truth(vendor, "2025-10-26 02:00:00", "2025-10-26 03:00:00")
    zone = zoneinfo.ZoneInfo("Europe/Berlin")
    for row in night:
        start = dt.datetime.fromisoformat(row["start_time"])
        assert start.replace(tzinfo=zone).utcoffset() != start.replace(tzinfo=zone, fold=1).utcoffset()
    assert len(night) >= 3


def test_a_day_of_given_volume(make_vendor: t.Any) -> None:
    vendor = make_vendor()
    vendor.control("POST", "/volume", {"date": "2026-03-10", "calls": 12_345})
    day = {"date_from": "2026-03-10 00:00:00", "date_till": "2026-03-10 23:59:59"}
    body = vendor.comagic(METHOD, **day, limit=10_000, sort=[{"field": "start_time"}])
    rest = vendor.comagic(METHOD, **day, limit=10_000, offset=10_000, sort=[{"field": "start_time"}])
    rows = body["result"]["data"] + rest["result"]["data"]
    assert (body["result"]["metadata"]["total_items"], len(by_id(rows))) == (12_345, 12_345)
    starts = [row["start_time"] for row in rows]
    assert starts == sorted(starts)
    neighbours = vendor.calls("2026-03-09 00:00:00", "2026-03-09 23:59:58")
    assert 0 < len(neighbours) < 100


def test_a_second_that_holds_more_than_can_be_reached(make_vendor: t.Any) -> None:
    vendor = make_vendor()
    vendor.control("POST", "/volume", {"date": "2026-03-10", "calls": 110_001, "second": "11:22:33"})
    second = {"date_from": "2026-03-10 11:22:33", "date_till": "2026-03-10 11:22:34", "fields": ["start_time"]}
    body = vendor.comagic(METHOD, **second, limit=10_000, offset=100_000, sort=[{"field": "start_time"}])
    assert body["result"]["metadata"]["total_items"] == 110_001
    assert len(body["result"]["data"]) == 10_000
    assert vendor.refused(METHOD, **second, offset=110_000)["mnemonic"] == "invalid_parameter_value"
    assert vendor.calls("2026-03-10 11:22:30", "2026-03-10 11:22:32") == []


def test_a_volume_day_changes_late_too(make_vendor: t.Any) -> None:
    vendor = make_vendor()
    vendor.control("POST", "/volume", {"date": "2026-03-19", "calls": 300})
    before = truth(vendor, "2026-03-19", "2026-03-20")
    vendor.control("POST", "/clock", {"advance_days": 3})
    after = truth(vendor, "2026-03-19", "2026-03-20")
    assert by_id(before).keys() == by_id(after).keys()
    assert before != after


def test_null_for_an_empty_array(vendor: t.Any) -> None:
    by_default = truth(vendor, "2026-03-01", "2026-03-20")
    assert {row["tags"] is None for row in by_default if not row["tags"]} == {True, False}
    vendor.control("POST", "/settings", {"nulls_for_arrays": True})
    documented = example_rows(METHOD)[0]["id"]
    rows = [row for row in truth(vendor, "2026-03-01", "2026-03-20") if row["id"] != documented]
    assert all(row[name] != [] for row in rows for name in ("tags", "call_records", "segments", "employees"))


def test_nested_times_come_in_two_forms(vendor: t.Any) -> None:
    times = [tag["tag_change_time"] for row in truth(vendor, "2026-02-10", "2026-03-20") for tag in row["tags"] or ()]
    assert {text[10] for text in times} == {" ", "T"}


def test_a_window_that_reaches_into_the_future_fills_up(make_vendor: t.Any) -> None:
    """Nothing that was remembered of a page may outlive the next call, also one of a day that has not begun."""
    vendor = make_vendor(calls_per_day=4)  # so few that hours pass between two changes
    vendor.control("POST", "/clock", {"now": "2026-03-18T20:59:30Z"})  # half a minute before the account's midnight
    vendor.control("POST", "/settings", {"undocumented_extras": False, "bounds": "half_open"})
    window = ("2026-03-18 00:00:00", "2026-03-21 00:00:00")
    counts = set()
    for _ in range(200):
        rows = by_id(vendor.calls(*window, fields=ALL))
        assert rows == by_id(truth(vendor, "2026-03-18", "2026-03-21"))
        counts.add(len(rows))
        vendor.control("POST", "/clock", {"advance_seconds": 900})
    assert len(counts) > 5


def test_the_future_is_empty_and_asking_for_it_allowed(vendor: t.Any) -> None:
    assert vendor.calls("2026-03-21", "2026-04-20") == []
    assert truth(vendor, "2026-03-21", "2026-04-20") == []
