"""target-duckdb as a real process, killed: no STATE without its rows, no half load, and the next run completes it."""

from __future__ import annotations

import contextlib
import random
import signal
import time
import typing as t

import pytest

ROWS = 1500
BATCH = 100


@pytest.mark.parametrize("seed", range(6))
def test_killed_anywhere_only_whole_loads_and_their_state_remain(
    bench: t.Any, schema_line: bytes, call_lines: t.Callable[..., bytes], seed: int
) -> None:
    chance = random.Random(seed)  # noqa: S311 - a test's dice
    target = bench.start(batch_size_rows=BATCH)
    states_to_see = chance.randrange(ROWS // BATCH - 2)
    delay = chance.uniform(0, 0.03)
    with contextlib.suppress(BrokenPipeError):
        target.send(schema_line + call_lines(1, ROWS))
        target.wait_for(lambda: len(target.states) >= states_to_see)
        time.sleep(delay)
        target.process.send_signal(signal.SIGKILL)
    assert target.end() == -signal.SIGKILL
    covered = target.states[-1] if target.states else 0
    rows = bench.ids()
    assert rows == list(range(1, len(rows) + 1)), "no gaps"
    assert len(rows) % BATCH == 0, "only whole loads"
    assert covered <= len(rows) <= covered + BATCH, "no STATE without rows, at most one load whose STATE was cut off"
    assert target.states == sorted(target.states)

    again = bench.start(batch_size_rows=BATCH)
    again.send(schema_line + call_lines(covered + 1, ROWS))
    assert again.end() == 0, again.log
    assert bench.ids() == list(range(1, ROWS + 1))
    assert again.states[-1] == ROWS
    assert list(bench.spool.iterdir()) == [], "the killed run's spool was removed by the next one"


@pytest.mark.parametrize(("signum", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_signal_loads_what_was_received_and_hands_its_state_on(
    bench: t.Any, schema_line: bytes, call_lines: t.Callable[..., bytes], signum: signal.Signals, code: int
) -> None:
    target = bench.start(batch_size_rows=40)
    target.send(schema_line + call_lines(1, 50))
    target.send(b'{"type":"RECORD","stream":"calls","record":{"id":51')
    target.wait_for(lambda: target.states == [39, 40])
    target.process.send_signal(signum)
    assert target.end(close=False) == code, target.log
    assert bench.ids() == list(range(1, 51))
    assert target.states == [39, 40, 50]
    summary = bench.summary()
    assert (summary["exit_code"], summary["streams"][0]["status"], summary["streams"][0]["loaded"]) == (
        code,
        "incomplete",
        50,
    )
    assert list(bench.spool.iterdir()) == []


def test_a_silent_tap_does_not_hold_back_what_it_sent(
    bench: t.Any, schema_line: bytes, call_lines: t.Callable[..., bytes]
) -> None:
    target = bench.start(batch_max_seconds=1)
    target.send(schema_line + call_lines(1, 3))
    target.wait_for(lambda: target.states == [3])
    assert bench.ids() == [1, 2, 3]
    target.send(call_lines(4, 4))
    assert target.end() == 0
    assert target.states == [3, 4]
