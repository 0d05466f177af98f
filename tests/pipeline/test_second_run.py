"""The sandbox's clock moves: the next run finds what is new and what has changed, and nothing else is touched."""

from __future__ import annotations

import json
import typing as t

if t.TYPE_CHECKING:
    from conftest import Pipe

TRUTH = ("get.calls_report", "2026-05-10 00:00:00")


def changing(pipe: Pipe, till: str) -> dict[int, tuple[t.Any, ...]]:
    """What the vendor changes after the fact, by call."""
    return {
        row["id"]: (
            row["sale_cost"],
            row["lost_call_processing_duration"],
            len(row["call_records"] or ()),
            [tag["tag_name"] for tag in row["tags"] or ()],
        )
        for row in pipe.sandbox.truth(*TRUTH, till)
    }


def loaded(pipe: Pipe) -> dict[int, tuple[t.Any, ...]]:
    rows = pipe.rows(
        "SELECT id, sale_cost, lost_call_processing_duration, call_records::VARCHAR, tag_names::VARCHAR "
        "FROM raw_comagic.calls"
    )
    return {row[0]: (row[1], row[2], len(json.loads(row[3] or "[]")), json.loads(row[4] or "[]")) for row in rows}


def test_new_and_changed_calls_arrive(pipe: Pipe) -> None:
    assert pipe.run() == (0, 0)
    before = loaded(pipe)
    assert before == changing(pipe, "2026-06-15 11:50:00")

    pipe.sandbox.advance(days=1)
    pipe.sandbox.clear_requests()
    assert pipe.run() == (0, 0)

    after = loaded(pipe)
    truth = changing(pipe, "2026-06-16 11:50:00")
    looked_at = {row["id"] for row in pipe.sandbox.truth(TRUTH[0], "2026-06-12 00:00:00", "2026-06-16 11:50:00")}
    assert after == {call: truth[call] if call in looked_at else before[call] for call in truth}
    assert set(before) < set(after), "a day brings new calls"
    assert any(after[call] != before[call] for call in before), "a day changes old calls"
    asked = [entry["params"]["date_from"] for entry in pipe.sandbox.requests() if entry["method"] == "get.calls_report"]
    assert min(asked) == "2026-06-11 23:59:59", "three days before the bookmark's day, less the overlap"


def test_a_backfill_leaves_the_bookmark_alone(pipe: Pipe) -> None:
    pipe.tap["start_date"] = "2026-06-10"
    assert pipe.run() == (0, 0)
    bookmark = pipe.state.read_text()

    pipe.tap |= {"start_date": "2026-05-10", "end_date": "2026-05-20", "backfill": True}
    assert pipe.run() == (0, 0)

    assert json.loads(pipe.state.read_text()) == json.loads(bookmark)
    filled = {row["id"] for row in pipe.sandbox.truth(*TRUTH, "2026-05-20 00:00:00")}
    live = {row["id"] for row in pipe.sandbox.truth("get.calls_report", "2026-06-10 00:00:00", "2026-06-15 11:50:00")}
    assert set(loaded(pipe)) == filled | live


def test_a_day_beyond_the_vendors_reach(pipe: Pipe) -> None:
    """A query reaches 100 000 + page_size rows: a day that holds more is cut until its parts fit."""
    pipe.sandbox.volume("2026-05-12", 112_000)
    pipe.tap |= {"end_date": "2026-05-14", "page_size": 10_000, "fields": {"calls": ["id", "start_time"]}}
    pipe.target["batch_size_rows"] = 50_000

    assert pipe.run() == (0, 0)

    [(rows, different, first, last)] = pipe.rows(
        "SELECT count(*), count(DISTINCT id), min(partition_date)::VARCHAR, max(partition_date)::VARCHAR "
        "FROM raw_comagic.calls"
    )
    expected = len(pipe.sandbox.truth(*TRUTH, "2026-05-14 00:00:00", fields="id"))
    assert (rows, different, first, last) == (expected, expected, "2026-05-10", "2026-05-13")
    assert expected > 112_000
    summary = json.loads((pipe.folder / "tap-summary.json").read_text())
    [calls] = [stream for stream in summary["streams"] if stream["stream"] == "calls"]
    assert (calls["status"], calls["records"], calls["difference"]) == ("complete", expected, 0)
