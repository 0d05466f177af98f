from __future__ import annotations

import contextlib
import io
import json
import pathlib
import typing as t
from collections.abc import Callable, Sequence

import pytest
from singer_sdk import typing as th
from singer_spool import Backend, Batch, ExitCode, SpoolTarget, StreamSpec


class Memory(Backend):
    """Writes down what it is told, in order; fails when and how a test wants it to."""

    def __init__(self) -> None:
        self.calls: list[tuple[t.Any, ...]] = []
        self.fail: dict[str, Exception] = {}
        self.outcome = ExitCode.OK
        self.on_load: Callable[[], None] = lambda: None

    def _told(self, what: str, *details: t.Any) -> None:
        if what in self.fail:
            raise self.fail[what]
        self.calls.append((what, *details))

    def declare(self, spec: StreamSpec) -> None:
        self._told("declare", spec.name, spec.version, spec.key_properties)

    def load(self, batches: Sequence[Batch]) -> None:
        self.on_load()
        self._told("load", {batch.spec.name: list(batch.records()) for batch in batches})

    def activate_version(self, spec: StreamSpec, version: int) -> None:
        self._told("activate", spec.name, version)

    def finish(self) -> ExitCode:
        self._told("finish")
        return self.outcome

    def stream_results(self) -> list[dict[str, t.Any]]:
        return [{"stream": "a", "table": "memory.a"}]

    def run_results(self) -> dict[str, t.Any]:
        return {"requests": 7}

    def close(self) -> None:
        self.calls.append(("close",))


class MemoryTarget(SpoolTarget):
    """Keeps everything in memory."""

    name = "target-memory"
    package_name = "singer-spool"
    config_jsonschema = th.PropertiesList(
        th.Property("add_record_metadata", th.BooleanType, default=False),
        th.Property("password", th.StringType, secret=True),
        th.Property("size", th.IntegerType, allowed_values=[1, 2]),
    ).to_dict()

    backend: Memory

    def make_backend(self) -> Backend:
        return self.backend


class Outcome(t.NamedTuple):
    code: int
    states: list[str]
    calls: list[tuple[t.Any, ...]]
    summary: dict[str, t.Any]


@pytest.fixture
def backend() -> Memory:
    return Memory()


@pytest.fixture
def run(tmp_path: pathlib.Path, backend: Memory) -> Callable[..., Outcome]:
    """Run a target over messages (dicts, or lines as bytes): exit code, STATE lines, backend calls, summary."""

    def run_target(*messages: dict[str, t.Any] | bytes, **settings: t.Any) -> Outcome:
        spool = tmp_path / "spool"
        summary = tmp_path / "out" / "summary.json"
        config = {"spool_path": str(spool), "summary_path": str(summary), **settings}
        target = MemoryTarget(config=config)
        target.backend = backend
        lines = [line if isinstance(line, bytes) else json.dumps(line).encode() for line in messages]
        output = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
        with contextlib.redirect_stdout(output):
            code = target.run(t.cast("t.IO[str]", io.BytesIO(b"\n".join(lines) + b"\n")))
        states = output.buffer.getvalue().decode().splitlines()
        assert list(spool.iterdir()) == [], "the spool folder is left clean"
        return Outcome(int(code), states, backend.calls, json.loads(summary.read_text(encoding="utf-8")))

    return run_target


@pytest.fixture
def memory_target() -> type[MemoryTarget]:
    return MemoryTarget
