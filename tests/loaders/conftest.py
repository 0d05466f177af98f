from __future__ import annotations

import contextlib
import json
import pathlib
import subprocess
import sys
import threading
import time
import typing as t
from collections.abc import Iterator

import duckdb
import pytest

SCHEMA = {
    "type": "SCHEMA",
    "stream": "calls",
    "schema": {"properties": {"id": {"type": "integer"}, "note": {"type": ["string", "null"]}}},
    "key_properties": ["id"],
}


def lines(*messages: dict[str, t.Any]) -> bytes:
    return b"".join(json.dumps(message).encode() + b"\n" for message in messages)


def calls(first: int, last: int, *, note: str = "x" * 200) -> bytes:
    """Records `first` to `last`, each with a STATE behind it that says so."""
    return b"".join(
        lines(
            {"type": "RECORD", "stream": "calls", "record": {"id": number, "note": note}},
            {"type": "STATE", "value": {"last": number}},
        )
        for number in range(first, last + 1)
    )


class Target:
    """A running target-duckdb; its output is read as it comes."""

    def __init__(self, folder: pathlib.Path, settings: dict[str, t.Any], **options: t.Any) -> None:
        config = folder / "config.json"
        config.write_text(json.dumps(settings), encoding="utf-8")
        executable = pathlib.Path(sys.executable).with_name("target-duckdb")
        pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
        self.process = subprocess.Popen([str(executable), "--config", str(config)], **{**pipes, **options})
        self.states: list[int] = []
        self.log = ""
        self._readers = [threading.Thread(target=read, daemon=True) for read in (self._read_states, self._read_log)]
        for reader in self._readers:
            reader.start()

    def _read_states(self) -> None:
        for line in self.process.stdout or ():
            self.states.append(json.loads(line)["last"])

    def _read_log(self) -> None:
        for line in self.process.stderr or ():
            self.log += line.decode()

    def send(self, content: bytes) -> None:
        stdin = t.cast("t.IO[bytes]", self.process.stdin)
        stdin.write(content)
        stdin.flush()

    def wait_for(self, condition: t.Callable[[], bool], seconds: float = 120) -> None:
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, self.log
            time.sleep(0.005)

    def end(self, *, close: bool = True, seconds: float = 120) -> int:
        """Close the input, wait for the end; the exit code."""
        with contextlib.suppress(BrokenPipeError):
            if close:
                t.cast("t.IO[bytes]", self.process.stdin).close()
        code = self.process.wait(seconds)
        for reader in self._readers:
            reader.join(5)
        return code

    def release(self) -> None:
        self.process.kill()
        self.process.wait()
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            if stream is not None:
                with contextlib.suppress(OSError):
                    stream.close()


class Bench:
    """A folder with a warehouse, a spool and a summary, and the targets started on it."""

    def __init__(self, folder: pathlib.Path) -> None:
        self.folder = folder
        self.path = folder / "out" / "warehouse.duckdb"
        self.spool = folder / "spool"
        self.summary_path = folder / "summary.json"
        self.targets: list[Target] = []

    def start(self, *, options: dict[str, t.Any] | None = None, **settings: t.Any) -> Target:
        """Start a target with settings; `options` go to the process."""
        config = {
            "path": str(self.path),
            "spool_path": str(self.spool),
            "summary_path": str(self.summary_path),
            "threads": 1,
            **settings,
        }
        target = Target(self.folder, config, **(options or {}))
        self.targets.append(target)
        return target

    def ids(self) -> list[int]:
        with contextlib.closing(duckdb.connect(str(self.path))) as connection:
            found = connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()
            return (
                [row[0] for row in connection.execute("SELECT id FROM calls ORDER BY id").fetchall()] if found else []
            )

    def summary(self) -> dict[str, t.Any]:
        return t.cast("dict[str, t.Any]", json.loads(self.summary_path.read_text(encoding="utf-8")))


@pytest.fixture
def bench(tmp_path: pathlib.Path) -> Iterator[Bench]:
    made = Bench(tmp_path)
    yield made
    for target in made.targets:
        target.release()


@pytest.fixture
def schema_line() -> bytes:
    return lines(SCHEMA)


@pytest.fixture
def call_lines() -> t.Callable[..., bytes]:
    return calls
