"""The demonstration's judgement and its summary, on made-up runs."""

from __future__ import annotations

import dataclasses
import json
import typing as t
from pathlib import Path

import duckdb
import pytest

from orchestrate import demo_facts, demo_genesys, demo_report

FIRST = demo_facts.Run(
    seconds=18.0,
    read={"account": 1, "calls": 3},
    loaded={"account": 1, "calls": 3},
    profiles=2,
    calls=3,
    changed_calls=0,
    complete_until="2026-03-01 22:00:00",
    marts={"marts.prd_comagic_calls_v1": 3, "marts.prd_contacts_profiles_v1": 2},
    tests={"pass": 5},
)
SECOND = dataclasses.replace(
    FIRST,
    read={"account": 1, "calls": 2},
    loaded={"account": 1, "calls": 2},
    profiles=1,
    calls=1234,
    changed_calls=1,
    marts={"marts.prd_comagic_calls_v1": 1234, "marts.prd_contacts_profiles_v1": 2},
)
ARRIVED = demo_facts.Arrival(
    vendor_calls={1, 2, 3, 4, 5},
    finished_calls={1, 2, 3, 4},
    stored_calls=[1, 2, 3, 4],
    profiles={"a": {"calls_count": 3, "city": "Пермь"}, "b": {"calls_count": 1}},
    mart_profiles={"a", "b"},
    refused=0,
    days=[("2026-03-01", 4, 1), ("2026-03-02", 2, 0)],
)


def test_a_good_demonstration_has_no_problem() -> None:
    assert demo_facts.problems([FIRST, SECOND], ARRIVED) == []


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"stored_calls": [1, 2, 3]}, "1 calls that CoMagic has and the warehouse lacks"),
        ({"stored_calls": [1, 2, 3, 4, 9]}, "1 calls that the warehouse has and CoMagic lacks"),
        ({"stored_calls": [1, 2, 3, 4, 4]}, "1 calls stored twice"),
        ({"mart_profiles": {"a", "b", "c"}}, "1 profiles that Amplitude lacks"),
        ({"refused": 2}, "2 profiles that Amplitude refused"),
        ({"profiles": {}, "mart_profiles": set()}, "no profile arrived at Amplitude"),
    ],
)
def test_what_did_not_arrive_is_named(change: dict[str, t.Any], problem: str) -> None:
    assert demo_facts.problems([FIRST, SECOND], dataclasses.replace(ARRIVED, **change)) == [problem]


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"loaded": {"account": 1, "calls": 1}}, "run 2: the tap sent"),
        ({"tests": {"pass": 4, "fail": 1}}, "run 2: dbt tests: {'fail': 1}"),
        ({"tests": {}}, "no dbt test ran in the last run"),
        ({"calls": 3}, "the last run brought no new call"),
        ({"read": FIRST.read, "loaded": FIRST.read}, "the last run read as many calls as the first"),
        ({"read": {"account": 1}, "loaded": {"account": 1}}, "run 2: no calls were read"),
    ],
)
def test_a_run_that_went_wrong_is_named(change: dict[str, t.Any], problem: str) -> None:
    (found,) = demo_facts.problems([FIRST, dataclasses.replace(SECOND, **change)], ARRIVED)
    assert found.startswith(problem)


def test_the_summary(tmp_path: Path) -> None:
    lines = demo_report.render([FIRST, SECOND], ARRIVED, "of Genesys", tmp_path / "output", tmp_path).splitlines()
    assert "of Genesys" in lines
    assert "  records read  run 1  run 2" in lines
    assert "  calls             3      2" in lines
    assert "  raw_comagic.calls                   3  1,234" in lines
    assert "  dbt tests passed                    5      5" in lines
    assert "  run 2 found 1,231 new calls and 1 changed ones" in lines
    assert "  2 profiles arrived and are known there (sent: 2 in run 1, 1 in run 2)" in lines
    assert '  for example a: {"calls_count": 3, "city": "Пермь"}' in lines
    assert "  2026-03-01  " + "█" * 36 + "░" * 12 + "  4" in lines
    assert "  2026-03-02  " + "█" * 24 + " " * 24 + "  2" in lines
    assert "The warehouse is output/switchboard.duckdb." in lines


def test_a_run_is_taken_down_from_what_it_left(tmp_path: Path) -> None:
    """Two runs: the second adds a call, changes one, and touches one without changing what the vendor says."""
    summaries = tmp_path / "summary"
    summaries.mkdir()
    calls = {"stream": "calls", "records": 2, "bookmark": "2026-03-02T01:00:00+03:00"}
    for program in ("tap-comagic", "target-duckdb", "target-amplitude"):
        (summaries / f"{program}.json").write_text(json.dumps({"streams": [calls, calls]}), encoding="utf-8")
    results = [{"unique_id": "model.a", "status": "success"}, {"unique_id": "test.a", "status": "pass"}]
    (tmp_path / "run_results.json").write_text(json.dumps({"results": results}), encoding="utf-8")
    warehouse = duckdb.connect(str(tmp_path / "switchboard.duckdb"))
    warehouse.execute("create schema raw_comagic; create schema marts")
    warehouse.execute("create table raw_comagic.calls (id integer, reason text, _sdc_sequence integer)")
    warehouse.execute("insert into raw_comagic.calls values (1, 'a', 1), (2, 'b', 1)")
    for mart in demo_facts.MARTS:
        warehouse.execute(f"create table {mart} as select 1 as id")
    warehouse.close()

    first = demo_facts.take_down(tmp_path, tmp_path, 1, 1.5)
    warehouse = duckdb.connect(str(tmp_path / "switchboard.duckdb"))
    warehouse.execute("update raw_comagic.calls set _sdc_sequence = 2")
    warehouse.execute("update raw_comagic.calls set reason = 'c' where id = 2")
    warehouse.execute("insert into raw_comagic.calls values (3, 'd', 2)")
    warehouse.close()
    second = demo_facts.take_down(tmp_path, tmp_path, 2, 1.0)

    assert first == demo_facts.Run(
        seconds=1.5,
        read={"calls": 4},
        loaded={"calls": 4},
        profiles=4,
        calls=2,
        changed_calls=0,
        complete_until="2026-03-02 01:00:00",
        marts=dict.fromkeys(demo_facts.MARTS, 1),
        tests={"pass": 1},
    )
    assert (second.calls, second.changed_calls) == (3, 1)


G_FIRST = demo_genesys.Run(
    read={"conversations": 9, "users": 2},
    conversations=8,
    changed=0,
    complete_until="2026-03-01T06:00:00+00:00",
    marts=dict.fromkeys(demo_genesys.MARTS, 8),
)
G_SECOND = dataclasses.replace(
    G_FIRST,
    read={"conversations": 5, "users": 2},
    conversations=1_010,
    changed=3,
    marts=dict.fromkeys(demo_genesys.MARTS, 1_010),
)
G_ARRIVED = demo_genesys.Arrival(
    settled={"a", "b"},
    stored=["a", "b", "c"],
    queues=[("Sales", "voice", 1_200, 1_100, 90, 83), ("Mail", "email", 1, 0, 0, None)],
)


def test_conversations_that_arrived_are_no_problem() -> None:
    assert demo_genesys.problems([G_FIRST, G_SECOND], G_ARRIVED) == []


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"stored": ["a"]}, "1 conversations that Genesys has and the warehouse lacks"),
        ({"stored": ["a", "b", "b"]}, "1 conversations stored twice"),
    ],
)
def test_a_conversation_that_did_not_arrive_is_named(change: dict[str, t.Any], problem: str) -> None:
    assert demo_genesys.problems([G_FIRST, G_SECOND], dataclasses.replace(G_ARRIVED, **change)) == [problem]


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"conversations": 9}, "run 2: 9 conversations and 1010 in the mart"),
        ({"marts": G_SECOND.marts | {demo_genesys.QUEUE_MART: 0}}, f"run 2: {demo_genesys.QUEUE_MART} is empty"),
        ({"conversations": 8, "marts": G_FIRST.marts}, "the last run brought no new conversation"),
        ({"read": G_FIRST.read}, "the last run read as many conversations as the first: it was not incremental"),
    ],
)
def test_a_run_of_genesys_that_went_wrong_is_named(change: dict[str, t.Any], problem: str) -> None:
    assert demo_genesys.problems([G_FIRST, dataclasses.replace(G_SECOND, **change)], G_ARRIVED) == [problem]


def test_the_summary_of_genesys() -> None:
    lines = demo_report.genesys([G_FIRST, G_SECOND], G_ARRIVED).splitlines()
    assert lines[0] == "Genesys Cloud -> DuckDB"
    assert "  conversations      9      5" in lines
    assert "  run 2 found 1,002 new conversations and 3 changed ones" in lines
    assert "  Sales, voice    1,200     1,100         90     83 %" in lines
    assert "  Mail, email         1         0          0        -" in lines


def test_a_run_of_genesys_is_taken_down_from_what_it_left(tmp_path: Path) -> None:
    (tmp_path / "summary").mkdir()
    streams = [
        {"stream": "conversations", "records": 2, "bookmark": "2026-03-02T06:00:00+00:00"},
        {"stream": "evaluations", "records": 3, "bookmark": None},
        {"stream": "evaluations", "records": 4, "bookmark": None},
    ]
    (tmp_path / "summary" / "tap-genesys.json").write_text(json.dumps({"streams": streams}), encoding="utf-8")
    with duckdb.connect(str(tmp_path / "switchboard.duckdb")) as warehouse:
        warehouse.execute("create schema raw_genesys; create schema marts")
        warehouse.execute("create table raw_genesys.conversations (conversationId text)")
        warehouse.execute("insert into raw_genesys.conversations values ('a'), ('b')")
        for mart in demo_genesys.MARTS:
            warehouse.execute(f"create table {mart} as select 'a' as conversation_key, 'x' as content_hash")
    first = demo_genesys.take_down(tmp_path, 1)
    with duckdb.connect(str(tmp_path / "switchboard.duckdb")) as warehouse:
        warehouse.execute(f"update {demo_genesys.CONVERSATION_MART} set content_hash = 'y'")  # noqa: S608 - own names
    second = demo_genesys.take_down(tmp_path, 2)

    assert first == demo_genesys.Run(
        read={"conversations": 2, "evaluations": 7},
        conversations=2,
        changed=0,
        complete_until="2026-03-02T06:00:00+00:00",
        marts=dict.fromkeys(demo_genesys.MARTS, 1),
    )
    assert second == dataclasses.replace(first, changed=1)
