"""Loads that overlap with reading, loads of many small streams together, and the limit of the spool."""

from __future__ import annotations

import contextlib
import json
import pathlib
import threading
import typing as t
from collections.abc import Callable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from singer_spool import Backend, Batch, LoadError, StreamSpec
from singer_spool.loader import Limits, Loader
from singer_spool.spool import Spool
from singer_spool.worker import Worker

Run = Callable[..., t.Any]
PATIENCE = 60.0


def schema(stream: str) -> dict[str, t.Any]:
    fields = {"id": {"type": "integer"}, "text": {"type": "string"}}
    return {"type": "SCHEMA", "stream": stream, "schema": {"properties": fields}, "key_properties": ["id"]}


def record(stream: str, number: int, size: int = 0) -> dict[str, t.Any]:
    fields = {"id": number, "text": "x" * size} if size else {"id": number}
    return {"type": "RECORD", "stream": stream, "record": fields, "version": 1}


def activate(stream: str, version: int = 1) -> dict[str, t.Any]:
    return {"type": "ACTIVATE_VERSION", "stream": stream, "version": version}


def state(value: t.Any) -> dict[str, t.Any]:
    return {"type": "STATE", "value": value}


def test_many_small_lists_with_state_behind_each_are_one_load(run: Run) -> None:
    names = [f"list_{number}" for number in range(35)]
    messages = [
        message
        for place, name in enumerate(names)
        for message in (schema(name), record(name, place), activate(name), state(place))
    ]
    outcome = run(*messages)
    assert [call for call in outcome.calls if call[0] != "declare"] == [
        ("load", {name: [{"id": place}] for place, name in enumerate(names)}),
        *(("activate", name, 1) for name in names),
        ("finish",),
        ("close",),
    ]
    assert outcome.states == ["34"]


def test_records_behind_their_streams_activation_are_loaded_behind_it(run: Run) -> None:
    outcome = run(
        schema("a"), schema("b"), record("a", 1), record("b", 1), activate("a"), state(1), record("b", 2),
        record("a", 2), state(2), activate("a", 2), activate("a", 3), state(3),
    )  # fmt: skip
    assert outcome.calls[2:] == [
        ("load", {"a": [{"id": 1}], "b": [{"id": 1}, {"id": 2}]}),
        ("activate", "a", 1),
        ("load", {"a": [{"id": 2}]}),
        ("activate", "a", 2),
        ("activate", "a", 3),
        ("finish",),
        ("close",),
    ]
    assert outcome.states == ["1", "2", "3"]


class Gate(Backend):
    """Loads wait until the test lets them through."""

    def __init__(self) -> None:
        self.begun = threading.Semaphore(0)
        self.may_end = threading.Semaphore(0)
        self.loads: list[list[int]] = []

    def declare(self, spec: StreamSpec) -> None:
        del spec

    def load(self, batches: Sequence[Batch]) -> None:
        self.loads.append([record["id"] for batch in batches for record in batch.records()])
        self.begun.release()
        assert self.may_end.acquire(timeout=PATIENCE)


class Bench:
    """A loader fed block by block, and what became of it."""

    def __init__(self, folder: pathlib.Path, limits: Limits) -> None:
        self.backend = Gate()
        self.states: list[bytes] = []
        self.spool = Spool(str(folder))
        self.worker = Worker("test")
        emit = self.states.append
        self.loader = Loader(self.backend, self.worker, self.spool, limits, add_metadata=False, emit=emit)

    def feed(self, *messages: dict[str, t.Any]) -> None:
        self.loader.consume([b"".join(json.dumps(message).encode() + b"\n" for message in messages)])

    def files(self) -> int:
        """Bytes on the disk; the worker may delete a file while it is looked at."""
        size = 0
        for path in self.spool.path.glob("*.ndjson"):
            with contextlib.suppress(FileNotFoundError):
                size += path.stat().st_size
        return size

    def end(self) -> None:
        self.worker.stop()
        self.spool.remove()


@pytest.fixture
def make(tmp_path: pathlib.Path) -> t.Iterator[Callable[..., Bench]]:
    made: list[Bench] = []

    def make_bench(*limits: t.Any) -> Bench:
        made.append(Bench(tmp_path, Limits(*limits)))
        return made[-1]

    yield make_bench
    for bench in made:
        bench.backend.may_end.release(100)
        bench.end()


def test_reading_goes_on_while_a_load_is_under_way(make: Callable[..., Bench]) -> None:
    bench = make(2, 10**9, 3600)
    bench.feed(schema("a"), record("a", 1), record("a", 2), state(2))
    assert bench.backend.begun.acquire(timeout=PATIENCE)
    bench.feed(record("a", 3), state(3))
    assert (bench.backend.loads, bench.states) == ([[1, 2]], [])
    bench.backend.may_end.release(2)
    bench.loader.flush()
    assert (bench.backend.loads, bench.states) == ([[1, 2], [3]], [b"2", b"3"])


def test_state_with_a_full_load_leaves_when_it_ends_not_with_the_next_one(make: Callable[..., Bench]) -> None:
    bench = make(2, 10**9, 3600)
    bench.feed(schema("a"), record("a", 1), state(1), record("a", 2))
    bench.backend.may_end.release()
    bench.loader.flush()
    assert bench.states == [b"1"]


def test_the_age_of_a_record_does_not_hold_up_reading(make: Callable[..., Bench]) -> None:
    bench = make(10, 10**9, 0)
    bench.feed(schema("a"), record("a", 1), state(1))
    assert bench.backend.begun.acquire(timeout=PATIENCE)
    bench.feed(record("a", 2), state(2))  # old enough at once, but the load before it is not through
    assert bench.states == []
    bench.backend.may_end.release(2)
    bench.loader.flush()
    assert (bench.backend.loads, bench.states) == ([[1], [2]], [b"1", b"2"])


def test_at_the_spools_limit_reading_waits_and_nothing_is_lost(make: Callable[..., Bench]) -> None:
    bench = make(10**6, 10**9, 3600, 10_000)
    numbers = list(range(60))
    sizes: list[int] = []
    counted = bench.backend.load

    def load(batches: Sequence[Batch]) -> None:
        sizes.append(bench.files())
        counted(batches)

    bench.backend.load = load  # type: ignore[method-assign]  # this test's own, around it
    bench.backend.may_end.release(100)
    bench.feed(schema("a"))
    for number in numbers:
        bench.feed(record("a", number, 1_000), state(number))
        assert bench.files() <= 10_000
    bench.feed(record("a", 60, 30_000), state(60))
    bench.loader.flush()
    assert [number for load in bench.backend.loads for number in load] == [*numbers, 60]
    assert bench.backend.loads[-1] == [60], "larger than the limit, and loaded alone"
    assert max(sizes[:-1]) <= 10_000
    assert bench.states[-1] == b"60"
    assert bench.files() == 0


def test_half_the_spool_fills_while_the_other_half_is_loaded(make: Callable[..., Bench]) -> None:
    bench = make(10**6, 10**9, 3600, 10_000)
    bench.feed(schema("a"), *(record("a", number, 990) for number in range(5)), state(4))
    assert bench.backend.begun.acquire(timeout=PATIENCE)
    bench.feed(*(record("a", number, 800) for number in range(5, 9)))
    assert bench.backend.loads == [[0, 1, 2, 3, 4]]


LINES = st.lists(
    st.sampled_from(
        [
            b'{"type":"RECORD","stream":"a","record":{"id":1}}',
            b'{"type": "RECORD", "stream": "a", "record": {"id": 2, "text": "}\\n{"}, "version": 3}',
            b'{"record":{"id":3},"stream":"b","type":"RECORD","more":{"x":[]}}',
            b'{"type":"STATE","value":{"at":1}}',
            b'{"type":"STATE","value":2}\r',
            b'{"type":"RECORD","stream":"a","record":{"id":4,"text":"\xd0\xb6"}}',
            b'{"type":"RECORD","stream":"b","record":{"id":NaN}}',
            b"",
            b"  ",
            b'{"type":"RECORD","stream":"a","record":[]}',
            b'{"type":"RECORD","stream":"c","record":{}}',
            b'{"type":"RECORD","stream":"a","record":{"id":"\xff"}}',
            b'{"type":"RECORD","stream":"a","record":\n{"id":5}} {"type":"STATE","value":6}',
            b'{"type":"RECORD","stream":"a","record":{"id":\n7}}',
            b'{"type":"WHAT"}',
        ]
    ),
    max_size=8,
)


class Told(Backend):
    """Remembers rows."""

    def __init__(self) -> None:
        self.rows: list[tuple[str, bytes]] = []

    def declare(self, spec: StreamSpec) -> None:
        del spec

    def load(self, batches: Sequence[Batch]) -> None:
        self.rows += [(batch.spec.name, line) for batch in batches for line in batch.raw_lines()]


@given(lines=LINES, size=st.integers(1, 4))
def test_whole_blocks_and_single_lines_are_understood_alike(
    tmp_path_factory: pytest.TempPathFactory, lines: list[bytes], size: int
) -> None:
    """The fast way through a block, and line by line: the same rows, STATE and errors, line numbers included."""
    schemas = [json.dumps(schema(name)).encode() for name in ("a", "b")]
    content = b"\n".join(schemas + lines).split(b"\n")

    def outcome(blocks: list[bytes]) -> tuple[t.Any, ...]:
        backend, states = Told(), list[bytes]()
        spool, worker = Spool(str(tmp_path_factory.getbasetemp())), Worker("test")
        loader = Loader(backend, worker, spool, Limits(3, 10**9, 3600), add_metadata=False, emit=states.append)
        error = ""
        try:
            loader.consume(blocks)
            loader.flush()
        except Exception as caught:  # noqa: BLE001 - whatever it is, it must be the same
            error = f"{type(caught).__name__}: {caught}"
        worker.stop()
        spool.remove()
        counts = {name: progress.records for name, progress in loader.streams.items()}
        return sorted(backend.rows), states[-1:], error, counts

    whole = [b"\n".join(content[:2] + content[2:][:size]) + b"\n", b"\n".join(content[2 + size :]) + b"\n"]
    assert outcome([block for block in whole if block.strip(b"\n") or block.count(b"\n") > 1]) == outcome(
        [line + b"\n" for line in content]
    )


def test_a_full_disk_leaves_the_state_of_the_load_under_way(
    make: Callable[..., Bench], monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = make(2, 10**9, 3600)
    append = bench.spool.append

    def full(spec: StreamSpec, lines: Sequence[bytes]) -> None:
        if b'"id": 3' in lines[0]:
            bench.backend.may_end.release()
            raise LoadError("No space left on device")
        append(spec, lines)

    monkeypatch.setattr(bench.spool, "append", full)
    with pytest.raises(LoadError, match="No space left"):
        bench.feed(schema("a"), record("a", 1), record("a", 2), state(2), record("a", 3), state(3))
    assert (bench.backend.loads, bench.states) == ([[1, 2]], [b"2"])


def test_a_load_that_fails_beside_a_full_disk_hands_no_state_on(
    make: Callable[..., Bench], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    bench = make(2, 10**9, 3600)
    append = bench.spool.append

    def full(spec: StreamSpec, lines: Sequence[bytes]) -> None:
        if b'"id": 3' in lines[0]:
            raise LoadError("No space left on device")
        append(spec, lines)

    def refuse(batches: Sequence[Batch]) -> None:
        del batches
        raise LoadError("the destination refuses")

    monkeypatch.setattr(bench.spool, "append", full)
    monkeypatch.setattr(bench.backend, "load", refuse)
    with pytest.raises(LoadError, match="No space left"):
        bench.feed(schema("a"), record("a", 1), record("a", 2), state(2), record("a", 3), state(3))
    assert bench.states == []
    assert caplog.messages == ["The load under way failed as well: the destination refuses"]


def test_a_stop_in_the_middle_of_a_batch_takes_nothing_behind_it(tmp_path: pathlib.Path) -> None:
    rows = tmp_path / "rows.jsonl"
    rows.write_text("".join(f'{{"id":{number},"text":"{"x" * 1000}"}}\n' for number in range(200)))
    batch = {"type": "BATCH", "stream": "a", "encoding": {"format": "jsonl"}, "manifest": [str(rows)]}
    backend, states = Told(), list[bytes]()
    spool, worker = Spool(str(tmp_path)), Worker("test")
    asked = iter([False, True])
    loader = Loader(
        backend, worker, spool, Limits(30, 10**9, 3600), add_metadata=False, emit=states.append,
        stopped=lambda: next(asked),
    )  # fmt: skip
    messages = [schema("a"), state(1), batch, state(2), record("a", 999)]
    loader.consume([b"".join(json.dumps(message).encode() + b"\n" for message in messages)])
    loader.flush()
    worker.stop()
    spool.remove()
    numbers = [json.loads(line)["id"] for _, line in backend.rows]
    assert numbers == list(range(len(numbers)))
    assert (len(numbers), states) == (130, [b"1"]), "two times 64 KiB of records"
