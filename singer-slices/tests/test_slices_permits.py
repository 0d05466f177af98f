"""Requests under way at once: never more than permitted, and none of the places idle while a thread computes."""

from __future__ import annotations

import contextlib
import io
import os
import signal
import sys
import threading
import time
import typing as t

import pytest
import requests
import urllib3
from requests.adapters import BaseAdapter
from singer_slices import (
    ConfigurationError,
    Page,
    RetryableError,
    RunControl,
    StreamFailedError,
    Transport,
    once,
    permits,
)
from singer_slices.crew import Crew
from singer_slices.errors import Abandoned, Interruption
from singer_slices.permits import Permits
from slices_fake import Events, FakeTap, Vendor, event, finish, start

pytestmark = pytest.mark.usefixtures("deadline")

URL = "https://vendor.example/v1"


class Body(io.BytesIO):
    """A body that comes when it may."""

    def __init__(self, come: t.Callable[[], bytes]) -> None:
        super().__init__()
        self.come = come

    def read(self, size: int | None = -1) -> bytes:
        return self.come()


class Wire(BaseAdapter):
    """Counts requests as under way until their bodies have been read, which come when `gate` lets them."""

    def __init__(self) -> None:
        super().__init__()
        self.gate = threading.Semaphore(0)
        self.counting = threading.Lock()
        self.under_way = self.most = 0

    def send(self, request: requests.PreparedRequest, *args: t.Any, **options: t.Any) -> requests.Response:
        with self.counting:
            self.under_way += 1
            self.most = max(self.most, self.under_way)
        response = requests.Response()
        response.status_code = 200
        response.raw = urllib3.HTTPResponse(Body(self.body), preload_content=False)
        return response

    def body(self) -> bytes:
        self.gate.acquire()
        with self.counting:
            self.under_way -= 1
        return b""

    def close(self) -> None:
        """Nothing is open."""


def over(wire: BaseAdapter, control: RunControl, parallel_requests: int) -> Transport:
    made = Transport(
        control, user_agent="x", timeout=5, max_retries=2, max_wait_seconds=60, parallel_requests=parallel_requests
    )
    made._session.mount("https://", wire)
    return made


def until(condition: t.Callable[[], bool]) -> None:
    while not condition():
        time.sleep(0.001)


def send_as_worker(transport: Transport, control: RunControl) -> threading.Thread:
    """All threads but the main one are workers, into which no signal breaks."""

    def work() -> None:
        with control.working(lambda: False), contextlib.suppress(Interruption):
            transport.send("GET", URL)

    return in_thread(work)


def in_thread(call: t.Callable[[], t.Any]) -> threading.Thread:
    thread = threading.Thread(target=call, daemon=True)
    thread.start()
    return thread


def test_so_many_requests_as_permitted_are_under_way_and_never_one_more() -> None:
    wire = Wire()
    transport = over(wire, RunControl(), 3)
    threads = [in_thread(lambda: transport.send("GET", URL)) for _ in range(8)]
    for left in range(8, 0, -1):
        # misc, here and below: mypy gives a lambda's default no type.
        until(lambda left=left: (wire.under_way, len(transport._permits._line)) == (min(left, 3), max(left - 3, 0)))  # type: ignore[misc]
        wire.gate.release()
    for thread in threads:
        thread.join()
    assert (wire.most, transport.requests, transport._permits._free) == (3, 8, 3)


@pytest.mark.parametrize(
    ("where", "error", "kind"),
    [
        ("send", requests.ConnectionError("reset"), RetryableError),
        ("send", requests.exceptions.InvalidProxyURL("what"), ConfigurationError),
        ("send", Interruption(signal.SIGTERM), Interruption),
        ("body", urllib3.exceptions.ProtocolError("cut"), RetryableError),
        ("body", Interruption(signal.SIGTERM), Interruption),
        ("body", MemoryError(), MemoryError),
    ],
)
def test_request_that_fails_keeps_no_permit(where: str, error: BaseException, kind: type[BaseException]) -> None:
    wire = Wire()
    transport = over(wire, RunControl(), 1)
    held: list[int] = []

    def fail(*args: t.Any, **options: t.Any) -> t.NoReturn:
        held.append(transport._permits._free)
        raise error

    setattr(wire, where, fail)
    with pytest.raises(kind):
        transport.send("GET", URL)
    assert (held, transport._permits._free) == ([0], 1)


def test_signal_ends_the_wait_for_a_permit() -> None:
    control = RunControl()
    signal.signal(signal.SIGTERM, lambda signum, frame: control.request_stop(signum))
    wire = Wire()
    transport = over(wire, control, 1)
    other = send_as_worker(transport, control)
    until(lambda: wire.under_way == 1)

    def stop() -> None:
        until(lambda: len(transport._permits._line) == 1)
        os.kill(os.getpid(), signal.SIGTERM)

    in_thread(stop)
    with pytest.raises(Interruption, match="stopped by SIGTERM"):
        transport.send("GET", URL)
    assert (wire.under_way, list(transport._permits._line)) == (1, [])
    wire.gate.release()
    other.join()
    assert (transport.requests, transport._permits._free) == (1, 1)


def test_worker_that_nobody_waits_for_leaves_the_line() -> None:
    control = RunControl()
    wire = Wire()
    transport = over(wire, control, 1)
    wanted, left = threading.Event(), threading.Event()
    wanted.set()

    def work() -> None:
        with control.working(lambda: not wanted.is_set()), contextlib.suppress(Abandoned):
            try:
                transport.send("GET", URL)
            finally:
                left.set()

    other = send_as_worker(transport, control)
    until(lambda: wire.under_way == 1)
    in_thread(work)
    until(lambda: len(transport._permits._line) == 1)
    wanted.clear()
    left.wait()
    wire.gate.release()
    other.join()
    assert (transport.requests, transport._permits._free, list(transport._permits._line)) == (1, 1, [])


def test_permit_that_is_handed_over_to_one_who_leaves_is_not_lost() -> None:
    class Leaving(RunControl):
        def check(self) -> None:
            held._give_back()  # in the very moment in which the wait is given up
            raise Abandoned

    held = Permits(Leaving(), 1)
    held._take()
    with pytest.raises(Abandoned), held.one():
        raise AssertionError
    assert (held._free, list(held._line)) == (1, [])


def test_who_waits_is_served_in_order_however_often_it_naps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(permits, "_NAP", 0.0001)
    few = Permits(RunControl(), 1)
    order: list[int] = []

    def take(number: int) -> None:
        with few.one():
            order.append(number)

    with few.one():
        threads = []
        for number in range(6):
            threads.append(in_thread(lambda number=number: take(number)))  # type: ignore[misc]
            until(lambda: len(few._line) == len(threads))
        time.sleep(0.01)
    for thread in threads:
        thread.join()
    assert order == [0, 1, 2, 3, 4, 5]


# Readers


class FirstComputes(BaseAdapter):
    """The first request is answered at once, the others when three are under way."""

    def __init__(self) -> None:
        super().__init__()
        self.counting = threading.Lock()
        self.seen = 0
        self.three = threading.Barrier(3)
        self.met = threading.Event()

    def send(self, request: requests.PreparedRequest, *args: t.Any, **options: t.Any) -> requests.Response:
        with self.counting:
            self.seen += 1
            number = self.seen
        if number > 1:
            self.three.wait(20)
            self.met.set()
        response = requests.Response()
        response.status_code = 200
        response.raw = urllib3.HTTPResponse(io.BytesIO(b"first" if number == 1 else b""), preload_content=False)
        return response

    def close(self) -> None:
        """Nothing is open."""


class Computing(Events):
    """Takes its time with what came first: until three requests of others are under way."""

    def fetch_page(self, piece: t.Any, offset: int, context: t.Any, *, limit: int | None = None) -> Page:
        tap = t.cast("WiredTap", self.engine_tap)
        if tap.transport.send("GET", URL).body == b"first":
            tap.wire.met.wait(20)
        return super().fetch_page(piece, offset, context, limit=limit)


class WiredTap(FakeTap):
    """A tap that makes requests."""

    name = "tap-wired"
    vendor = Vendor([event(n, f"2026-03-{n:02d} 09:00:00") for n in (7, 8, 9, 10)])
    stream_types = (Computing,)

    def __init__(self, **options: t.Any) -> None:
        self.wire = FirstComputes()
        super().__init__(**options)

    @once
    def transport(self) -> Transport:
        made = self.make_transport()
        made._session.mount("https://", self.wire)
        return made


def wired(**config: t.Any) -> WiredTap:
    return WiredTap(config={"start_date": "2026-03-07", **config})


def test_no_permitted_place_idles_while_a_thread_computes() -> None:
    done = finish(wired(max_parallel_requests=3))
    assert (done.exit_code, done.ids()) == (0, [7, 8, 9, 10])


def test_readers_are_more_than_requests_where_these_are_held_back() -> None:
    assert [wired(max_parallel_requests=n).readers for n in (1, 2, 3, 6, 8, 64)] == [1, 2, 4, 8, 11, 95]
    assert [start(Vendor(), max_parallel_requests=n).readers for n in (1, 8, 64)] == [1, 8, 64]


# Turns


class OneUnit:
    """A lane that tells how often threads take turns while it is read."""

    works: t.ClassVar[list[None]] = [None]

    def __init__(self, error: BaseException | None = None) -> None:
        self.error = error
        self.seconds = 0.0

    def read(self, work: t.Any) -> t.Any:
        self.seconds = sys.getswitchinterval()
        if self.error:
            raise self.error
        yield


@pytest.mark.parametrize("error", [StreamFailedError("no"), ZeroDivisionError()])
def test_threads_take_quick_turns_for_as_long_as_several_read(error: BaseException) -> None:
    before = sys.getswitchinterval()
    lane = OneUnit(error)
    with contextlib.suppress(ZeroDivisionError):
        list(Crew([lane], 2, RunControl()).events())
    assert (lane.seconds, sys.getswitchinterval()) == (0.0005, before)
