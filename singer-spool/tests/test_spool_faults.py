"""A backend that fails, stalls and is killed at every step: STATE never runs ahead, and the next run completes.

The target runs in a process of its own. Its backend keeps each load in a file, so that the test sees what is durable
whatever became of the process.
"""

from __future__ import annotations

import io
import json
import multiprocessing
import os
import pathlib
import signal
import sys
import threading
import time
import typing as t
from collections.abc import Callable, Iterator, Sequence

import pytest
import singer_spool.run
from singer_sdk import typing as th
from singer_spool import Backend, Batch, ExitCode, LoadError, SpoolTarget, StreamSpec

STREAMS = ("calls", "chats")
LAST = 24
"""Records in the input, numbered from 1; every second one is a chat."""
STEPS = [
    "make",
    "declare",
    "load begins",
    "load is half written",
    "load is durable",
    "version is activated",
    "state leaves",
    "state has left",
    "finish",
    "results",
]
OCCURRENCES = {"make": [1], "finish": [1], "results": [1], "version is activated": [1]}
PATIENCE = 60.0

pytestmark = pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")


class Durable(Backend):
    """Keeps what it is told in files, and does at one step what a test wants.

    Args:
        folder: Where; `told` and `stalled` lie there as well.
        step: One of `STEPS`.
        occurrence: The how-manieth time it comes there, from 1.
        action: What happens then.
    """

    def __init__(self, folder: pathlib.Path, step: str, occurrence: int, action: Callable[[], None]) -> None:
        self._folder = folder
        self._step = step
        self._left = occurrence
        self._action = action
        self.at("make")

    def at(self, step: str) -> None:
        if step == self._step:
            self._left -= 1
            if not self._left:
                self._action()

    def _keep(self, content: dict[str, t.Any], step: str) -> None:
        number = len(list(self._folder.glob("*.json")))
        draft = self._folder / "draft"
        text = json.dumps(content)
        draft.write_text(text[: len(text) // 2])
        self.at("load is half written")
        draft.write_text(text)
        draft.rename(self._folder / f"{number:04d}.json")
        self.at(step)

    def declare(self, spec: StreamSpec) -> None:
        del spec
        self.at("declare")

    def load(self, batches: Sequence[Batch]) -> None:
        self.at("load begins")
        rows = [record["id"] for batch in batches for record in batch.records()]
        self._keep({"rows": rows, "fields": [sorted(batch.spec.properties) for batch in batches]}, "load is durable")

    def activate_version(self, spec: StreamSpec, version: int) -> None:
        self._keep({"rows": [], "activated": [spec.name, version]}, "version is activated")

    def finish(self) -> ExitCode:
        self.at("finish")
        return ExitCode.OK

    def run_results(self) -> dict[str, t.Any]:
        self.at("results")
        return {}


class DurableTarget(SpoolTarget):
    """Writes into a folder."""

    name = "target-durable"
    package_name = "singer-spool"
    config_jsonschema = th.PropertiesList(th.Property("add_record_metadata", th.BooleanType, default=False)).to_dict()
    make: Callable[[], Durable]

    def make_backend(self) -> Backend:
        return self.make()


def lines(after: int) -> list[dict[str, t.Any]]:
    """Two streams in turn, STATE behind every other record, a SCHEMA that changes, a version at the end."""

    def schema(stream: str, *more: str) -> dict[str, t.Any]:
        fields = {name: {"type": ["integer", "null"]} for name in ("id", *more)}
        return {"type": "SCHEMA", "stream": stream, "schema": {"properties": fields}, "key_properties": ["id"]}

    messages = [schema(stream) for stream in STREAMS]
    for number in range(after + 1, LAST + 1):
        stream = STREAMS[number % 2]
        if number == LAST // 2 + 1:
            messages.append(schema(stream, "more"))
        messages.append({"type": "RECORD", "stream": stream, "record": {"id": number}, "version": 1})
        if not number % 2:
            messages.append({"type": "STATE", "value": number})
        if number == LAST - 4:
            messages.append({"type": "ACTIVATE_VERSION", "stream": stream, "version": 1})
    return messages


def fail() -> None:
    raise LoadError("the destination refuses", stream="calls")


def shatter() -> None:
    raise RuntimeError("nobody expected this")


def kill() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def interrupt() -> None:
    """Both signals, handed to the thread that the main thread waits for."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.pthread_kill(threading.get_ident(), number)
    time.sleep(10 * PATIENCE)


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


class Place:
    """A folder in which targets run, one after the other, each in a process of its own."""

    def __init__(self, folder: pathlib.Path) -> None:
        self.folder = folder
        self.kept = folder / "kept"
        self.kept.mkdir()
        self.stalled = folder / "stalled"
        self.release = folder / "release"
        self.out = folder / "out"
        self.input = folder / "input"
        self.spool = folder / "spool"
        self.processes: list[multiprocessing.process.BaseProcess] = []

    def start(self, step: str, occurrence: int, action: str, after: int = 0) -> multiprocessing.process.BaseProcess:
        """Start a target that does something at one step; its input begins behind the record `after`."""
        self.out.write_text("")
        self.input.write_bytes(b"".join(json.dumps(message).encode() + b"\n" for message in lines(after)))
        process = multiprocessing.get_context("fork").Process(target=self._run, args=(step, occurrence, action))
        process.start()
        self.processes.append(process)
        return process

    def end(self, process: multiprocessing.process.BaseProcess) -> int | None:
        process.join(PATIENCE)
        return process.exitcode

    def _run(self, step: str, occurrence: int, action: str) -> None:
        actions = {
            "fail": fail,
            "break": shatter,
            "kill": kill,
            "interrupt": interrupt,
            "stall": self._stall,
            "nothing": lambda: None,
        }
        made: list[Durable] = []

        def make() -> Durable:
            backend = Durable(self.kept, step, occurrence, actions[action])
            made.append(backend)
            return backend

        def write_state(value: bytes) -> None:
            made[0].at("state leaves")
            written(value)
            made[0].at("state has left")

        written = singer_spool.run.write_state
        singer_spool.run.write_state = write_state
        target = DurableTarget(config={"batch_size_rows": 5, "spool_path": str(self.spool)})
        target.make = make
        with self.out.open("wb") as output, self.input.open("rb") as source:
            sys.stdout = io.TextIOWrapper(output, encoding="utf-8")
            code = target.run(t.cast("t.IO[str]", source))
        os._exit(code)

    def _stall(self) -> None:
        self.stalled.touch()
        wait_for(self.release.exists)

    def states(self) -> list[int]:
        return [json.loads(line) for line in self.out.read_text().splitlines()]

    def durable(self) -> set[int]:
        return {number for path in self.kept.glob("*.json") for number in json.loads(path.read_text())["rows"]}

    def check(self) -> int:
        """Nothing that STATE covers is missing; the last STATE."""
        states = self.states()
        assert states == sorted(set(states))
        last = states[-1] if states else 0
        assert set(range(1, last + 1)) <= self.durable()
        return last


@pytest.fixture
def place(tmp_path: pathlib.Path) -> Iterator[Place]:
    made = Place(tmp_path)
    yield made
    for process in made.processes:
        process.kill()
        process.join()


def cases() -> list[tuple[str, int]]:
    return [(step, occurrence) for step in STEPS for occurrence in OCCURRENCES.get(step, [1, 3])]


CODES = {"fail": 1, "break": 1, "kill": -signal.SIGKILL}


def complete(place: Place, after: int) -> None:
    """A run without accidents from a STATE on delivers the rest."""
    assert place.end(place.start("", 1, "nothing", after)) == 0
    assert place.check() == LAST or after == LAST
    assert place.durable() == set(range(1, LAST + 1))
    assert list(place.spool.iterdir()) == [], "what a killed run left was removed by the next one"


@pytest.mark.parametrize("action", CODES)
@pytest.mark.parametrize(("step", "occurrence"), cases())
def test_an_accident_at_any_step_leaves_no_gap(place: Place, step: str, occurrence: int, action: str) -> None:
    process = place.start(step, occurrence, action)
    assert place.end(process) == CODES[action]
    complete(place, place.check())


@pytest.mark.parametrize(("step", "occurrence"), cases())
def test_while_a_step_takes_its_time_no_state_runs_ahead(place: Place, step: str, occurrence: int) -> None:
    process = place.start(step, occurrence, "stall")
    wait_for(place.stalled.exists)
    place.check()
    place.release.touch()
    assert place.end(process) == 0
    assert place.check() == LAST
    assert place.durable() == set(range(1, LAST + 1))


def test_two_signals_end_a_stalled_load_at_once(place: Place) -> None:
    process = place.start("load is half written", 2, "stall")
    wait_for(place.stalled.exists)
    before = place.states()
    os.kill(process.pid or 0, signal.SIGTERM)
    os.kill(process.pid or 0, signal.SIGINT)
    assert place.end(process) in {128 + signal.SIGTERM, 128 + signal.SIGINT}
    assert place.states() == before
    complete(place, place.check())


def test_signals_are_heard_whichever_thread_they_reach(place: Place) -> None:
    process = place.start("load is half written", 2, "interrupt")
    assert place.end(process) in {128 + signal.SIGTERM, 128 + signal.SIGINT}
    complete(place, place.check())
