"""Signals, closed pipes, crashes: what is complete is in the state, and the exit code says how it ended."""

from __future__ import annotations

import contextlib
import io
import json
import os
import signal
import threading
import time
import typing as t

import pytest
from singer_slices import Page, RunControl, once
from singer_slices.errors import Abandoned, Interruption
from slices_fake import Ask, Events, Run, Things, Vendor, bookmark, event, finish, read_summary, run, start

DAYS = [event(1, "2026-03-08 09:00:00"), event(2, "2026-03-09 09:00:00"), event(3, "2026-03-10 09:00:00")]


def stopped_at(request: int, signum: int) -> Run:
    """A run that is sent a signal while its answer number `request` is on the way."""
    vendor = Vendor(DAYS, things=[{"id": 1}])

    def fault(page: Page) -> Page:
        os.kill(os.getpid(), signum)
        return page

    vendor.faults[request] = fault
    return run(vendor, only=None)


@pytest.mark.parametrize(("signum", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_signal_ends_the_run_with_the_state_of_what_is_complete(signum: int, code: int) -> None:
    done = stopped_at(1, signum)
    assert done.exit_code == code
    assert done.ids() == [1]
    assert done.states[-1] == bookmark("2026-03-09T00:00:00+03:00")
    assert done.order[-1] == "STATE"
    assert done.summary["error"] == f"stopped by {signal.Signals(signum).name}; what is complete is in the state"
    assert [(s["stream"], s["status"], s["bookmark"]) for s in done.summary["streams"]] == [
        ("events", "incomplete", "2026-03-09T00:00:00+03:00")
    ]


def test_slice_whose_rows_are_all_written_is_complete_before_the_stop() -> None:
    """The signal comes with the last slice's last page, which is empty."""
    vendor = Vendor([DAYS[0]])

    def fault(page: Page) -> Page:
        os.kill(os.getpid(), signal.SIGTERM)
        return page

    vendor.faults[1] = fault
    done = run(vendor)
    assert done.exit_code == 143
    assert done.states[-1] == bookmark("2026-03-10T00:00:00+03:00")


def test_stop_in_a_list_activates_nothing() -> None:
    done = stopped_at(3, signal.SIGTERM)
    assert done.exit_code == 143
    assert done.ids("things") == []
    assert "ACTIVATE_VERSION" not in done.order


def test_signal_while_waiting_ends_the_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    control = RunControl()
    signal.signal(signal.SIGTERM, lambda signum, frame: control.request_stop(signum))
    signal.setitimer(signal.ITIMER_REAL, 0.05)
    signal.signal(signal.SIGALRM, lambda signum, frame: os.kill(os.getpid(), signal.SIGTERM))
    with pytest.raises(Interruption, match="stopped by SIGTERM"):
        control.wait(30)
    assert control.stopping
    with pytest.raises(Interruption):
        control.wait(0)


def test_signal_in_a_request_cuts_it_short_and_elsewhere_only_sets_a_flag() -> None:
    control = RunControl()
    control.request_stop(signal.SIGTERM)
    with pytest.raises(Interruption):
        control.check()
    fresh = RunControl()
    with pytest.raises(Interruption), fresh.interruptible():
        fresh.request_stop(signal.SIGTERM)
    reached = []
    with pytest.raises(Interruption), fresh.interruptible():
        reached.append(1)
    assert reached == []  # no further request is begun


def test_waits_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: clock[0])
    monkeypatch.setattr(time, "sleep", lambda seconds: clock.__setitem__(0, clock[0] + seconds))
    control = RunControl()
    control.wait(1.5)
    control.wait(-1)
    control.wait(2)
    assert control.waited_seconds == 3.5


def test_second_signal_ends_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    ended: list[int] = []
    monkeypatch.setattr(os, "_exit", ended.append)
    tap = start(Vendor(DAYS))
    os.kill(os.getpid(), signal.SIGTERM)
    assert (tap.control.stopping, ended) == (True, [])
    with contextlib.suppress(Interruption):
        os.kill(os.getpid(), signal.SIGINT)
    assert ended == [130]


def test_probe_that_is_stopped_ends_with_its_signal() -> None:
    vendor = Vendor(DAYS)

    def fault(page: Page) -> Page:
        os.kill(os.getpid(), signal.SIGINT)
        return page

    vendor.faults[0] = fault
    tap = start(vendor, only=Events)

    def probe(context: t.Any) -> None:
        with tap.control.interruptible():
            vendor.answer(Ask("events", None, None, 0))

    tap.streams["events"].__dict__["probe"] = probe
    assert tap.probe_all() == 130


class ClosedPipe(io.StringIO):
    """A reader that went away after some lines."""

    def __init__(self, lines: int) -> None:
        super().__init__()
        self.left = lines

    def write(self, text: str) -> int:
        if self.left == 0:
            raise BrokenPipeError
        self.left -= 1
        return super().write(text)


@pytest.mark.parametrize("lines", [0, 1, 2, 3])
def test_closed_pipe_is_no_failure_of_a_stream(lines: int, tmp_path: t.Any) -> None:
    path = tmp_path / "summary.json"
    tap = start(Vendor(DAYS, things=[{"id": 1}]), summary_path=str(path))
    with contextlib.redirect_stdout(ClosedPipe(lines)) as out:
        assert tap.run() == 1
    assert len(out.getvalue().splitlines()) == lines
    summary = read_summary(path)
    assert summary["error"] == "the program that reads this tap's output has ended"
    assert {part["status"] for part in summary["streams"]} <= {"incomplete"}


def test_crash_keeps_the_state_of_what_is_complete(tmp_path: t.Any) -> None:
    path = tmp_path / "summary.json"
    vendor = Vendor(DAYS)

    def crash(ask: Ask) -> None:
        if ask.start == "2026-03-09 00:00:00":
            raise ZeroDivisionError("a bug")

    vendor.refuse = crash
    done = run(vendor, summary_path=str(path))
    assert done.exit_code == 1
    assert done.states == [bookmark("2026-03-09T00:00:00+03:00")]
    summary = read_summary(path)
    assert (summary["exit_code"], summary["error"]) == (1, "ZeroDivisionError: a bug")
    assert summary["streams"][0]["status"] == "incomplete"
    assert json.dumps(summary, sort_keys=True) == json.dumps(done.summary, sort_keys=True)


def test_every_record_reaches_standard_output_before_the_state_that_covers_it() -> None:
    """STATE is flushed when it is written; what stands before it in the buffer goes with it."""

    class Counting(io.TextIOWrapper):
        flushed: t.ClassVar[list[int]] = []

        def flush(self) -> None:
            super().flush()
            self.flushed.append(len(raw.getvalue().splitlines()))

    raw = io.BytesIO()
    tap = start(Vendor(DAYS), only=Events)
    with contextlib.redirect_stdout(Counting(io.BufferedWriter(t.cast("t.Any", raw), 1 << 20))):
        assert tap.run() == 0
        lines = [json.loads(line) for line in raw.getvalue().splitlines()]
    assert [message["type"] for message in lines].count("STATE") == 3
    states = [index + 1 for index, message in enumerate(lines) if message["type"] == "STATE"]
    assert set(states) <= set(Counting.flushed)


def test_finished_run_is_reported_the_same_twice() -> None:
    done = finish(start(Vendor(DAYS), only=Things))
    assert (done.exit_code, done.stream("things")["status"]) == (0, "complete")


def test_what_may_exist_once_is_made_once_whichever_thread_asks_first() -> None:
    made: list[int] = []

    class Owner:
        @once
        def client(self) -> object:
            """The client."""
            made.append(1)
            time.sleep(0.05)
            return object()

    owner, found = Owner(), []
    threads = [threading.Thread(target=lambda: found.append(owner.client)) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert (len(found), len(set(map(id, found))), made) == (5, 1, [1])
    assert Owner.client.__doc__ == "The client."
    assert Owner().client is not owner.client


def test_failure_of_what_may_exist_once_is_no_answer() -> None:
    class Owner:
        tries = 0

        @once
        def client(self) -> int:
            self.tries += 1
            if self.tries == 1:
                raise ValueError("not yet")
            return self.tries

    owner = Owner()
    with pytest.raises(ValueError, match="not yet"):
        _ = owner.client
    assert owner.client == 2


def test_worker_that_nobody_waits_for_leaves_its_wait() -> None:
    control, ended = RunControl(), threading.Event()

    def work() -> None:
        with control.working(lambda: False), contextlib.suppress(Abandoned):
            control.wait(300)
        ended.set()

    threading.Thread(target=work, daemon=True).start()
    control.end()
    assert ended.wait(10)
    assert control.waited_seconds < 10
