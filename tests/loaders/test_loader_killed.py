"""target-duckdb as a real process, killed: no STATE without its rows, no half load, and the next run completes it."""

from __future__ import annotations

import contextlib
import gzip
import json
import pathlib
import random
import resource
import signal
import time
import typing as t

import duckdb
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


KEYLESS = {"type": "SCHEMA", "stream": "calls", "schema": {"properties": {"id": {"type": "integer"}}}}


def line(message: dict[str, t.Any]) -> bytes:
    return json.dumps(message).encode() + b"\n"


def plain(first: int, last: int) -> bytes:
    """Records without a STATE between them, and one behind the last."""
    records = (line({"type": "RECORD", "stream": "calls", "record": {"id": n}}) for n in range(first, last + 1))
    return b"".join(records) + line({"type": "STATE", "value": {"last": last}})


def small_files() -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (4 << 20, resource.RLIM_INFINITY))


def test_a_spool_that_cannot_be_written_does_not_double_what_is_loaded(bench: t.Any) -> None:
    target = bench.start(batch_size_rows=40, options={"preexec_fn": small_files})
    target.send(line(KEYLESS) + line({"type": "STATE", "value": {"last": 0}}))
    target.wait_for(lambda: target.states == [0])
    too_much = line({"type": "RECORD", "stream": "calls", "record": {"id": 41, "more": "x" * (5 << 20)}})
    with contextlib.closing(duckdb.connect(str(bench.path))):  # so the load of the 40 has to wait
        target.send(plain(1, 40) + too_much + plain(42, 50))
        time.sleep(1)
    assert target.end() == 1
    assert "Writing the spool in" in target.log
    assert "File too large" in target.log
    assert target.states == [0, 40]
    assert bench.ids() == list(range(1, 41))
    again = bench.start(batch_size_rows=40)
    again.send(line(KEYLESS) + plain(41, 50))
    assert again.end() == 0, again.log
    assert bench.ids() == list(range(1, 51))


def test_a_signal_ends_reading_in_the_middle_of_a_large_batch(bench: t.Any, tmp_path: pathlib.Path) -> None:
    rows, number_of_rows = tmp_path / "rows.jsonl.gz", 3_000_000
    with gzip.open(rows, "wb", compresslevel=1) as file:
        for first in range(1, number_of_rows, 100_000):
            file.write(b"".join(b'{"id":%d,"note":null}\n' % number for number in range(first, first + 100_000)))
    batch = {
        "type": "BATCH",
        "stream": "calls",
        "encoding": {"format": "jsonl", "compression": "gzip"},
        "manifest": [rows.as_uri()],
    }
    schema = {**KEYLESS, "key_properties": ["id"]}
    target = bench.start(batch_size_rows=20_480)
    target.send(line(schema) + plain(1, 10) + line(batch) + line({"type": "STATE", "value": {"last": number_of_rows}}))
    target.wait_for(lambda: target.states == [10])
    target.process.send_signal(signal.SIGTERM)
    assert target.end(close=False) == 143, target.log
    loaded = bench.ids()
    assert loaded == list(range(1, len(loaded) + 1)), "whole loads, from the beginning on"
    assert 10 < len(loaded) < number_of_rows
    assert target.states == [10], "no STATE covers the half of a BATCH"
    assert bench.summary()["streams"][0]["status"] == "incomplete"
