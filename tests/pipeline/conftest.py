"""Real taps piped into real targets, against a sandbox, with files in the test's own folder."""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import json
import subprocess
import sys
import time
import typing as t
from pathlib import Path

import duckdb
import pytest
from sandbox.testing import SandboxProcess, start_sandbox

BIN = Path(sys.executable).parent
PATIENCE_SECONDS = 300
#: What these tests read: calls, which they count, and some lists around them.
STREAMS = ("account", "calls", "campaigns", "employees", "sites", "tags")


sys.path.insert(0, str(Path(__file__).parent))  # the helper module of this folder


@functools.cache
def _discovered() -> bytes:
    return subprocess.run([BIN / "tap-comagic", "--discover"], capture_output=True, check=True).stdout


def catalog(streams: t.Collection[str]) -> dict[str, t.Any]:
    """A catalog in which these streams are selected, as Meltano writes it."""
    entries: dict[str, t.Any] = json.loads(_discovered())
    for entry in entries["streams"]:
        [root] = [part["metadata"] for part in entry["metadata"] if not part["breadcrumb"]]
        root["selected"] = entry["tap_stream_id"] in streams
    return entries


@dataclasses.dataclass
class Pipe:
    """`tap-comagic | target-duckdb` in one folder: settings, warehouse, and the state that the target let out."""

    folder: Path
    sandbox: SandboxProcess
    tap: dict[str, t.Any] = dataclasses.field(default_factory=dict)
    target: dict[str, t.Any] = dataclasses.field(default_factory=dict)
    streams: t.Collection[str] = STREAMS

    @property
    def warehouse(self) -> Path:
        return self.folder / "warehouse.duckdb"

    @property
    def state(self) -> Path:
        return self.folder / "state.json"

    def start(self) -> tuple[subprocess.Popen[bytes], subprocess.Popen[bytes]]:
        """Start both programs."""
        tap_config = self._write("tap.json", {"api_url": self.sandbox.comagic_url, **self.tap})
        target_config = self._write("target.json", {"path": str(self.warehouse), **self.target})
        command: list[str | Path] = [BIN / "tap-comagic", "--config", tap_config]
        command += ["--catalog", self._write("catalog.json", catalog(self.streams))]
        if self.state.exists():
            command += ["--state", self.state]
        with (
            (self.folder / "tap.log").open("ab") as tap_log,
            (self.folder / "target.log").open("ab") as target_log,
            (self.folder / "states.jsonl").open("ab") as states,
        ):
            tap = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=tap_log)
            loader: list[str | Path] = [BIN / "target-duckdb", "--config", target_config]
            target = subprocess.Popen(loader, stdin=tap.stdout, stdout=states, stderr=target_log)
            assert tap.stdout
            tap.stdout.close()  # the target alone reads it now
        return tap, target

    def finish(self, tap: subprocess.Popen[bytes], target: subprocess.Popen[bytes]) -> tuple[int, int]:
        """Wait for both and keep the last state that came out, as an orchestrator does."""
        codes = tap.wait(PATIENCE_SECONDS), target.wait(PATIENCE_SECONDS)
        lines = (self.folder / "states.jsonl").read_text().splitlines()
        whole = [line for line in lines if _is_json(line)]
        if whole:
            self.state.write_text(whole[-1])
        return codes

    def run(self) -> tuple[int, int]:
        """One whole run; the exit codes of tap and target."""
        return self.finish(*self.start())

    def rows(self, query: str) -> list[tuple[t.Any, ...]]:
        """Rows of the warehouse."""
        with contextlib.closing(duckdb.connect(str(self.warehouse), read_only=True)) as connection:
            return connection.execute(query).fetchall()

    def wait_for_requests(self, number: int) -> None:
        """Return as soon as the sandbox has seen that many requests."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while len(self.sandbox.requests()) < number:
            assert time.monotonic() < deadline, f"{number} requests never came"
            time.sleep(0.01)

    def _write(self, name: str, config: dict[str, t.Any]) -> Path:
        path = self.folder / name
        path.write_text(json.dumps(config))
        return path


def _is_json(line: str) -> bool:
    try:
        json.loads(line)
    except ValueError:
        return False
    return True


@pytest.fixture
def sandbox() -> t.Iterator[SandboxProcess]:
    with start_sandbox(seed=7, now="2026-06-15T12:00:00+03:00", frozen=True) as running:
        yield running


@pytest.fixture
def pipe(tmp_path: Path, sandbox: SandboxProcess) -> Pipe:
    tap = {
        "login": "sandbox@example.test",
        "password": "sandbox-password",
        "start_date": "2026-05-10",
        "slice_days": 5,
        "page_size": 200,
        "summary_path": str(tmp_path / "tap-summary.json"),
    }
    target = {
        "default_target_schema": "raw_comagic",
        "batch_size_rows": 300,
        "summary_path": str(tmp_path / "target-summary.json"),
    }
    return Pipe(tmp_path, sandbox, tap, target)
