"""Every stream through `tap-comagic | target-duckdb`: the tables hold the vendor's keys and values, come what may."""

from __future__ import annotations

import dataclasses
import json
import signal
import typing as t

import pytest
from landed import DAILY, LISTS, OF_AGENCY, REPORTS, STREAMS, difference, held, landed
from sandbox.testing import AGENCY_TOKEN

if t.TYPE_CHECKING:
    from conftest import Pipe

FIRST = "2026-06-08 00:00:00"
NOW = "2026-06-15 11:50:00"  # the sandbox's clock less the settling time
A_DAY_LATER = "2026-06-16 11:50:00"
#: Without the account no stream knows its zone, without the sites none of its statistics can be asked for.
OTHERS_NEED = {"account", "sites"}


@pytest.fixture
def every(pipe: Pipe) -> Pipe:
    tap = pipe.tap | {"start_date": FIRST[:10], "end_date": None, "slice_days": 3}
    return dataclasses.replace(pipe, streams=tuple(STREAMS), tap=tap)


def differences(pipe: Pipe, names: t.Iterable[str], first: str, end: str) -> list[str]:
    """What is not as the sandbox holds it: keys that are missing or too many, values that differ."""
    found: list[str] = []
    for name in names:
        theirs, mine = held(pipe.sandbox, name, first, end), landed(pipe.warehouse, name)
        found += [f"{name} {key}: missing" for key in theirs.keys() - mine.keys()]
        found += [f"{name} {key}: not the vendor's" for key in mine.keys() - theirs.keys()]
        for key in theirs.keys() & mine.keys():
            found += difference(mine[key], theirs[key], f"{name} {key}")
    return found


def tables(pipe: Pipe) -> set[str]:
    return {name for (name,) in pipe.rows("SELECT table_name FROM duckdb_tables() WHERE schema_name = 'raw_comagic'")}


def test_killed_loaded_and_a_day_later(every: Pipe) -> None:
    """One story: both programs are killed in the first load, it is run again, a day passes, it is run once more."""
    tap, target = every.start()
    every.wait_for_requests(40)
    for process in (tap, target):
        process.send_signal(signal.SIGKILL)
    assert every.finish(tap, target) == (-signal.SIGKILL, -signal.SIGKILL)

    assert every.run() == (0, 0)
    assert differences(every, STREAMS, FIRST, NOW) == []
    before = {name: landed(every.warehouse, name) for name in (*REPORTS, *DAILY)}

    every.sandbox.advance(days=1)
    assert every.run() == (0, 0)
    assert differences(every, LISTS, FIRST, A_DAY_LATER) == []
    assert _changed(every, before) > 0, "a day changes old rows, or this proves little"


def _changed(pipe: Pipe, before: dict[str, dict[t.Any, t.Any]]) -> int:
    """Check reports and statistics a day later; how many rows of the first load have changed."""
    changed = 0
    for name in (*REPORTS, *DAILY):
        theirs, mine = held(pipe.sandbox, name, FIRST, A_DAY_LATER), landed(pipe.warehouse, name)
        assert mine.keys() == theirs.keys(), name
        assert mine.keys() > before[name].keys(), name
        for key, row in mine.items():
            if difference(row, theirs[key], name):  # it was not looked at again: it is as it was
                assert row == before[name].get(key), (name, key)
            changed += key in before[name] and row != before[name][key]
    return changed


@pytest.mark.parametrize("half", [0, 1])
def test_streams_that_are_refused_cost_only_themselves(every: Pipe, half: int) -> None:
    refusable = [name for name in STREAMS if name not in OTHERS_NEED]
    refused = refusable[half::2]
    every.sandbox.settings(forbidden=[STREAMS[name].method for name in refused])

    assert every.run() == (3, 0)

    summary = json.loads((every.folder / "tap-summary.json").read_text())
    assert {part["stream"] for part in summary["streams"] if part["status"] != "complete"} == set(refused)
    whole = [name for name in STREAMS if name not in refused]
    assert differences(every, whole, FIRST, NOW) == []
    assert [name for name in refused if name in tables(every) and landed(every.warehouse, name)] == []
    bookmarks = json.loads(every.state.read_text())["bookmarks"]
    assert [name for name in refused if _moved(bookmarks.get(name, {}))] == []

    every.sandbox.settings(forbidden=[])
    every.streams = refused
    assert every.run() == (0, 0)
    assert differences(every, refused, FIRST, NOW) == []


def _moved(bookmark: dict[str, t.Any]) -> bool:
    parts = [bookmark, *bookmark.get("partitions", [])]
    return any("replication_key_value" in part for part in parts)


def test_an_agencys_lists_and_its_clients(every: Pipe) -> None:
    every.streams = (*OF_AGENCY, "calls", "tags")
    for name in ("login", "password"):
        del every.tap[name]
    every.tap |= {"access_token": AGENCY_TOKEN, "all_clients": True}
    tap, target = every.start()
    every.wait_for_requests(6)
    for process in (tap, target):
        process.send_signal(signal.SIGKILL)
    assert every.finish(tap, target) == (-signal.SIGKILL, -signal.SIGKILL)

    assert every.run() == (0, 0)

    assert differences(every, OF_AGENCY, FIRST, NOW) == []
    mine = every.rows("SELECT user_id, id FROM raw_comagic.calls WHERE partition_date < '2026-06-15' ORDER BY ALL")
    accounts = sorted({account for account, _ in mine})
    theirs = [
        (account, row["id"])
        for account in accounts
        for row in REPORTS["calls"].rows(every.sandbox, FIRST, "2026-06-15 00:00:00", account=str(account))
    ]
    assert accounts == [2870, 4001, 4002]
    assert mine == sorted(theirs), "each client's days are those of its own zone"

    every.sandbox.advance(days=1)
    every.sandbox.settings(forbidden=["get.tags"])
    assert every.run() == (3, 0)
    assert differences(every, OF_AGENCY, FIRST, A_DAY_LATER) == []
    assert len(every.rows("SELECT id FROM raw_comagic.calls")) > len(mine)
