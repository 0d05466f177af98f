"""Several processes on one file: the lock is waited for, and given back between two loads."""

from __future__ import annotations

import contextlib
import pathlib
import signal
import time
import typing as t

import duckdb


@contextlib.contextmanager
def held(path: pathlib.Path) -> t.Iterator[None]:
    """This test's process has the file open."""
    path.parent.mkdir(exist_ok=True)
    with contextlib.closing(duckdb.connect(str(path))):
        yield


def test_the_lock_is_waited_for(bench: t.Any, schema_line: bytes, call_lines: t.Callable[..., bytes]) -> None:
    with held(bench.path):
        target = bench.start()
        target.send(schema_line + call_lines(1, 3))
        target.wait_for(lambda: "is locked by" in target.log)
        time.sleep(0.3)
        assert target.states == []
    assert target.end() == 0
    assert (bench.ids(), target.states) == ([1, 2, 3], [3])
    assert target.log.count("is locked by") == 1


def test_a_lock_that_is_never_given_back_ends_the_run(
    bench: t.Any, schema_line: bytes, call_lines: t.Callable[..., bytes]
) -> None:
    with held(bench.path):
        target = bench.start(lock_timeout_seconds=0.3)
        target.send(schema_line + call_lines(1, 3))
        assert target.end() == 1
    assert "is still locked by" in bench.summary()["error"]
    assert "raise 'lock_timeout_seconds'" in target.log
    assert (target.states, bench.ids()) == ([], [])


def test_two_targets_share_a_file(bench: t.Any, schema_line: bytes, call_lines: t.Callable[..., bytes]) -> None:
    targets = [bench.start(batch_size_rows=100) for _ in range(2)]
    for number, target in enumerate(targets):
        target.send(schema_line + call_lines(1 + 1000 * number, 1000 + 1000 * number))
    assert [target.end() for target in targets] == [0, 0], [target.log for target in targets]
    assert bench.ids() == list(range(1, 2001))


def test_a_second_signal_ends_a_waiting_target_at_once(bench: t.Any, schema_line: bytes) -> None:
    with held(bench.path):
        target = bench.start()
        target.send(schema_line)
        target.wait_for(lambda: "is locked by" in target.log)
        target.process.send_signal(signal.SIGTERM)
        target.wait_for(lambda: "a second signal ends at once" in target.log)
        assert target.process.poll() is None
        started = time.monotonic()
        target.process.send_signal(signal.SIGTERM)
        assert target.end(close=False) == 143
        assert time.monotonic() - started < 60
    assert list(bench.spool.iterdir()) == []
