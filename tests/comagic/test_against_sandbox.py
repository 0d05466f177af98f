"""Calls and the lists around them against the sandbox, over weeks: what arrives is what its memory holds."""

from __future__ import annotations

import datetime as dt
import typing as t
from zoneinfo import ZoneInfo

import pytest
from sandbox.testing import LOGIN, PASSWORD, SandboxProcess, start_sandbox
from tap_process import Tap

if t.TYPE_CHECKING:
    from pathlib import Path

Row = dict[str, t.Any]
LISTS = {"account": "app_id", "campaigns": "id", "employees": "id", "sites": "id", "tags": "id"}
START = "2026-05-20"
ZONE = ZoneInfo("Europe/Moscow")


@pytest.fixture(scope="module")
def sandbox() -> t.Iterator[SandboxProcess]:
    with start_sandbox(seed=11, now="2026-06-15T12:00:00+03:00", frozen=True) as running:
        running.settings(limits=None)  # the clock stands still, so points would never come back
        yield running


@pytest.fixture
def reading(tmp_path: Path, sandbox: SandboxProcess) -> Tap:
    config = {"api_url": sandbox.comagic_url, "login": LOGIN, "password": PASSWORD, "start_date": START}
    return Tap(tmp_path, config | {"slice_days": 4, "page_size": 100}, (PASSWORD,), streams=("calls", *LISTS))


def same(mine: t.Any, theirs: t.Any, path: str = "") -> None:
    """A record against the vendor's row: equal but for the form of times and numbers."""
    if isinstance(theirs, dict):
        assert set(mine) == set(theirs), path
        for name, value in theirs.items():
            same(mine[name], value, f"{path}.{name}")
    elif isinstance(theirs, list):
        assert len(mine) == len(theirs), path
        for left, right in zip(mine, theirs, strict=True):
            same(left, right, path)
    elif mine != theirs:
        assert _moment(mine) == _moment(theirs) if _is_time(theirs) else str(mine) == str(theirs), path


def _is_time(value: t.Any) -> bool:
    return isinstance(value, str) and len(value) >= 19 and value[4:8:3] == "--"


def _moment(text: str) -> dt.datetime:
    moment = dt.datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=ZONE)


def without_derived(record: Row) -> Row:
    assert record["partition_date"] == record["start_time"][:10]
    names = None if record["tags"] is None else [tag["tag_name"] for tag in record["tags"]]
    assert record["tag_names"] == names
    return {name: value for name, value in record.items() if name not in {"partition_date", "tag_names"}}


def test_calls_and_lists_now_and_a_day_later(sandbox: SandboxProcess, reading: Tap) -> None:
    first = reading.run()
    assert first.exit_code == 0
    assert first.bookmark == "2026-06-15T11:50:00+03:00"
    for name, key in LISTS.items():
        truth = {row[key]: row for row in sandbox.truth(f"get.{name}")}
        records = first.records(name)
        assert len(records) == len(truth) > 0
        for record in records:
            same(record, truth[record[key]], name)
    calls = {row["id"]: row for row in sandbox.truth("get.calls_report", f"{START} 00:00:00", "2026-06-15 11:50:00")}
    assert sorted(first.ids()) == sorted(calls)
    for record in first.records():
        same(without_derived(record), calls[record["id"]], "calls")
    assert {entry["outcome"] for entry in sandbox.requests()} == {"ok"}

    sandbox.advance(days=1)
    second = reading.run(state=first.state)
    assert second.exit_code == 0
    assert second.bookmark == "2026-06-16T11:50:00+03:00"
    later = {row["id"]: row for row in sandbox.truth("get.calls_report", "2026-06-12 00:00:00", "2026-06-16 11:50:00")}
    assert sorted(second.ids()) == sorted(later)
    for record in second.records():
        same(without_derived(record), later[record["id"]], "calls")
    before = {row["id"]: row for row in first.records()}
    changed = [row for row in second.records() if row["id"] in before and row != before[row["id"]]]
    assert changed, "a day changes calls that were read before"
    assert set(later) - set(calls), "and brings new ones"
    for name, key in LISTS.items():
        assert {row[key] for row in second.records(name)} == {row[key] for row in sandbox.truth(f"get.{name}")}
