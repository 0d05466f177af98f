"""Killed anywhere, run again: the table holds exactly the sandbox's calls, once each."""

from __future__ import annotations

import json
import signal
import typing as t

import pytest

if t.TYPE_CHECKING:
    from conftest import Pipe

FIRST_DAY = "2026-05-10 00:00:00"
SETTLED = "2026-06-15 11:50:00"  # the sandbox's now less the settling time
CALLS = "SELECT id, talk_duration, tags::VARCHAR FROM raw_comagic.calls WHERE _sdc_deleted_at IS NULL ORDER BY id"


def expected_ids(pipe: Pipe) -> list[int]:
    return sorted(row["id"] for row in pipe.sandbox.truth("get.calls_report", FIRST_DAY, SETTLED))


def loaded_ids(pipe: Pipe) -> list[int]:
    return [row[0] for row in pipe.rows("SELECT id FROM raw_comagic.calls ORDER BY id")]


@pytest.mark.parametrize("victim", ["tap", "target", "both"])
@pytest.mark.parametrize("after_requests", [3, 9, 16])
def test_sigkill_loses_and_doubles_nothing(pipe: Pipe, victim: str, after_requests: int) -> None:
    tap, target = pipe.start()
    pipe.wait_for_requests(after_requests)
    for name, process in (("tap", tap), ("target", target)):
        if victim in {name, "both"}:
            process.send_signal(signal.SIGKILL)
    codes = pipe.finish(tap, target)
    assert codes != (0, 0), "nothing was killed, the test proves nothing"

    assert pipe.run() == (0, 0)

    assert loaded_ids(pipe) == expected_ids(pipe)
    state = json.loads(pipe.state.read_text())
    assert state["bookmarks"]["calls"] == {
        "replication_key": "start_time",
        "replication_key_value": "2026-06-15T11:50:00+03:00",
    }


def test_a_chain_of_kills_still_arrives(pipe: Pipe) -> None:
    """Each run is killed a little later than the one before; progress is kept from run to run."""
    for after_requests in (2, 5, 8, 11):
        pipe.sandbox.clear_requests()
        tap, target = pipe.start()
        pipe.wait_for_requests(after_requests)
        tap.send_signal(signal.SIGKILL)
        pipe.finish(tap, target)

    assert pipe.run() == (0, 0)

    assert loaded_ids(pipe) == expected_ids(pipe)


def test_sigterm_saves_what_is_complete(pipe: Pipe) -> None:
    pipe.tap["max_parallel_requests"] = 1  # with read-ahead the requests would not tell how far it has come
    tap, target = pipe.start()
    pipe.wait_for_requests(12)
    tap.send_signal(signal.SIGTERM)
    codes = pipe.finish(tap, target)
    assert codes == (143, 0)
    bookmark = json.loads(pipe.state.read_text())["bookmarks"]["calls"]["replication_key_value"]
    assert "2026-05-15T00:00:00+03:00" <= bookmark < "2026-06-15T11:50:00+03:00"
    done = bookmark.replace("T", " ")[:19]
    complete = {row["id"] for row in pipe.sandbox.truth("get.calls_report", FIRST_DAY, done)}
    assert complete <= set(loaded_ids(pipe))

    assert pipe.run() == (0, 0)
    assert loaded_ids(pipe) == expected_ids(pipe)
