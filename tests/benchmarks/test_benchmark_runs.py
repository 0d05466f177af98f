"""The harness at a small size, with what needs no environment of its own: ours, and the unchecked loop."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import re
import typing as t
from pathlib import Path

import duckdb
import pytest

from benchmarks import counting, job_roster, roster, sizes, tabling
from benchmarks.measure import run
from benchmarks.rounds import LostRowsError, compare, prove
from benchmarks.vendor import Load, serving

CALLS = Load("calls", rows=600, days=3, slice_days=2, page_size=150)
CONVERSATIONS = Load("conversations", rows=60, days=3, slice_days=1, page_size=7)
BY_JOBS = Load("conversations", rows=60, days=3, slice_days=1, page_size=7, by_jobs=True)
FLOOR = dataclasses.replace(roster.FLOOR, prepare=roster.floor("workspace"))


def records(contender: roster.Contender, load: Load, folder: Path) -> list[dict[str, t.Any]]:
    with serving(load) as vendor:
        run(contender.prepare(vendor.job, folder), folder / "log", folder / "out")
    messages = [json.loads(line) for line in (folder / "out").read_bytes().splitlines()]
    return [message["record"] for message in messages if message["type"] == "RECORD"]


def localised(row: dict[str, t.Any]) -> dict[str, t.Any]:
    """What our tap makes of the vendor's row: offsets on times, local day, names of tags."""
    tags = row["tags"]
    for holder, name in ((row, "start_time"), (row, "finish_time"), *((tag, "tag_change_time") for tag in tags or [])):
        holder[name] = f"{holder[name].replace(' ', 'T')}+03:00" if holder[name] else None
    derived = {"partition_date": row["start_time"][:10], "tag_names": tags and [tag["tag_name"] for tag in tags]}
    return row | ({**derived, "tag_names": []} if tags == [] else derived)


def moments(value: t.Any) -> t.Any:
    """A row with its times as moments, however they are spelled."""
    if isinstance(value, dict):
        return {name: moments(each) for name, each in value.items()}
    if isinstance(value, list):
        return [moments(each) for each in value]
    if isinstance(value, str) and re.match(r"\d{4}-\d\d-\d\dT", value):
        return dt.datetime.fromisoformat(value)
    return value


def test_our_calls_are_those_of_the_unchecked_loop_made_fit(tmp_path: Path) -> None:
    ours, floor = (records(each, CALLS, tmp_path) for each in (roster.OUR_TAP, FLOOR))
    assert len(ours) == 600
    assert sorted(ours, key=lambda row: row["id"]) == [localised(row) for row in floor]


def test_a_slow_vendor_sees_as_many_requests_at_once_as_asked_for_and_never_more(tmp_path: Path) -> None:
    load = Load("calls", rows=480, days=48, slice_days=1, page_size=150, parallel=3, latency=0.05)
    with serving(load) as vendor, vendor.watched() as seen:
        run(roster.OUR_TAP.prepare(vendor.job, tmp_path), tmp_path / "log")
    assert (seen["requests"], seen["most_at_once"]) == (48, 3)


def test_our_conversations_are_those_of_the_unchecked_loop(tmp_path: Path) -> None:
    ours, floor = (records(each, CONVERSATIONS, tmp_path) for each in (roster.OUR_TAP, FLOOR))
    assert len(ours) == 60
    by_id = {row["conversationId"]: moments(row) for row in ours}
    assert by_id == {row["conversationId"]: moments(row) for row in floor}


@pytest.mark.parametrize("contender", [roster.OUR_TAP, FLOOR], ids=lambda each: each.key)
def test_contenders_prove_what_they_read(contender: roster.Contender) -> None:
    assert prove(contender, CALLS) == counting.Rows(600, 600, 98_790)


def test_a_contender_that_loses_rows_is_found_out() -> None:
    def forgetful(job: t.Any, folder: Path) -> t.Any:
        return FLOOR.prepare(dataclasses.replace(job, end="2024-01-03"), folder)

    with pytest.raises(LostRowsError, match="count=400"):
        prove(dataclasses.replace(FLOOR, prepare=forgetful), CALLS)


def test_runs_are_compared_on_one_server() -> None:
    figures = compare(CALLS, [roster.OUR_TAP, FLOOR], 2)
    assert list(figures["contenders"]) == ["ours", "floor"]
    for measured in figures["contenders"].values():
        assert len(measured["runs"]) == 2
        assert all(run["served"]["rows"] >= 600 and run["served"]["refused"] == 0 for run in measured["runs"])
        assert 0.05 < measured["median"]["cpu"] < 60
        assert measured["median"]["memory"] > 10  # no limit above: a test's process may be large, and is counted


def test_tables_are_counted_after_every_run() -> None:
    figures = compare(CALLS, [roster.OUR_PAIR], 1, tables=True)
    (run_,) = figures["contenders"]["ours"]["runs"]
    assert run_["loaded"] == {"count": 600, "keys": 600, "weight": 98_790}
    assert set(run_["parts"]) == {"tap", "target"}


PLAIN_BY_JOBS = dataclasses.replace(job_roster.PLAIN_PAIR, prepare=job_roster.plain_tap("workspace"))


@pytest.mark.parametrize("contender", [job_roster.OUR_TAP, PLAIN_BY_JOBS], ids=lambda each: each.key)
def test_conversations_through_jobs_are_those_of_the_unchecked_loop(
    contender: roster.Contender, tmp_path: Path
) -> None:
    found, floor = records(contender, BY_JOBS, tmp_path), records(FLOOR, CONVERSATIONS, tmp_path)
    assert len(found) == 60
    by_id = {row["conversationId"]: moments(row) for row in found}
    assert by_id == {row["conversationId"]: moments(row) for row in floor}


def test_conversations_through_jobs_are_counted_in_their_table() -> None:
    figures = compare(BY_JOBS, [job_roster.OUR_PAIR], 1, tables=True)
    (run_,) = figures["contenders"]["ours"]["runs"]
    assert run_["loaded"] == {"count": 60, "keys": 60, "weight": 300}
    # three jobs, each submitted, looked at and read in three pages, their token and their watermark
    assert run_["served"]["requests"] == 17
    assert tabling.jobs(figures).splitlines()[0] == "60 conversations, jobs of 1 days, pages of 7. One run each."
    assert tabling.jobs(figures).splitlines()[-1].startswith("| **tap-genesys, our target-duckdb** | 1.00 |")


def test_our_tap_keeps_to_the_requests_that_are_allowed() -> None:
    load = dataclasses.replace(sizes.counted(5), limit=10, limit_seconds=3, latency=0.0)
    (run_,) = compare(load, [job_roster.OUR_TAP], 1)["contenders"]["ours"]["runs"]
    assert (run_["served"]["refused"], sum(run_["served"]["points"])) == (0, 21)
    assert run_["served"]["points"][0] == 10
    assert run_["served"]["rows"] == 5 * 48


def test_a_table_that_lacks_rows_ends_the_benchmark() -> None:
    def forgetful(job: t.Any, folder: Path) -> t.Any:
        return roster.our_pair(dataclasses.replace(job, end="2024-01-03"), folder)

    with pytest.raises(LostRowsError, match="ours: Rows"):
        compare(CALLS, [dataclasses.replace(roster.OUR_PAIR, prepare=forgetful)], 1, tables=True)


def test_conversations_in_a_table_are_weighed_by_their_participants(tmp_path: Path) -> None:
    database = tmp_path / "x.duckdb"
    with duckdb.connect(str(database)) as connection:
        connection.execute("create schema raw_genesys")
        connection.execute(
            """create table raw_genesys.conversations as select * from
            (values ('a', '[{}, {}]'::json), ('b', '[{}]'::json), ('b', '[]'::json))
            t("conversationId", participants)"""
        )
    assert counting.in_database(database, "conversations") == counting.Rows(3, 2, 3)
