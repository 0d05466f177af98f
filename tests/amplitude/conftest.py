"""The real program against the sandbox over HTTP."""

from __future__ import annotations

import dataclasses
import json
import subprocess
import sys
import typing as t
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from sandbox.testing import AMPLITUDE_API_KEY, SandboxProcess, start_sandbox

Json = dict[str, t.Any]

PROGRAM = Path(sys.executable).with_name("target-amplitude")
TIMEOUT_SECONDS = 300

MAPPING: Json = {
    "type": "identify",
    "user_id": "id",
    "device_id": "device",
    "user_properties": {"$set": ["segment", "level", "seen_at"], "$postInsert": ["tags"]},
}


def as_lines(messages: Sequence[Json]) -> str:
    """Messages as a tap writes them."""
    return "".join(json.dumps(message, ensure_ascii=False) + "\n" for message in messages)


@dataclasses.dataclass
class Done:
    """How a run ended."""

    code: int
    stdout: str
    stderr: str

    @property
    def states(self) -> list[t.Any]:
        return [json.loads(line)["at"] for line in self.stdout.splitlines()]


class Program:
    """The program in a folder of its own, configured for the sandbox."""

    def __init__(self, folder: Path, sandbox: SandboxProcess) -> None:
        self.folder = folder
        self.sandbox = sandbox

    def command(self, *options: str, **config: t.Any) -> list[str]:
        """The command line for a configuration."""
        given = {
            "api_key": AMPLITUDE_API_KEY,
            "api_url": self.sandbox.amplitude_url,
            "streams": {"profiles": MAPPING},
            "summary_path": "summary.json",
            "report_path": "report.json",
            **config,
        }
        path = self.folder / "config.json"
        path.write_text(json.dumps({name: value for name, value in given.items() if value is not None}))
        return [str(PROGRAM), "--config", str(path), *options]

    def run(self, *messages: Json, options: Sequence[str] = (), **config: t.Any) -> Done:
        """Run to the end."""
        done = subprocess.run(
            self.command(*options, **config),
            input=as_lines(messages),
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=TIMEOUT_SECONDS,
            check=False,
        )
        return Done(done.returncode, done.stdout, done.stderr)

    def start(self, **config: t.Any) -> subprocess.Popen[str]:
        """Start with an open input."""
        return subprocess.Popen(
            self.command(**config),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=self.folder,
            text=True,
        )

    def file(self, name: str) -> Json:
        """A JSON file that the program wrote."""
        return t.cast("Json", json.loads((self.folder / name).read_text()))

    @property
    def letters(self) -> list[Json]:
        """Its dead letters, in the file they go to by default."""
        path = self.folder / "target-amplitude.dead-letter.jsonl"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    @property
    def reasons(self) -> dict[t.Any, str]:
        """Reason by user."""
        return {letter["record"]["id"]: letter["reason"] for letter in self.letters}

    @property
    def users(self) -> Json:
        """What Amplitude knows of the users now."""
        return t.cast("Json", self.sandbox.received()["users"])

    def everything_written(self) -> str:
        """All files but the configuration."""
        texts = [path.read_text() for path in self.folder.rglob("*") if path.is_file() and path.name != "config.json"]
        return "\n".join(texts)


@pytest.fixture(scope="session")
def running_sandbox() -> Iterator[SandboxProcess]:
    """One sandbox for all tests of this folder."""
    with start_sandbox(days=1, calls_per_day=1) as running:
        yield running


@pytest.fixture
def sandbox(running_sandbox: SandboxProcess) -> SandboxProcess:
    """The sandbox, as if just started."""
    running_sandbox.clear_faults()
    running_sandbox.clear_received()
    running_sandbox.clear_requests()
    running_sandbox.settings(
        silenced_devices=[], throttled_users=[], daily_quota=500_000, project_limited=False, throttled_devices=[]
    )
    return running_sandbox


@pytest.fixture
def program(tmp_path: Path, sandbox: SandboxProcess) -> Program:
    """The program."""
    return Program(tmp_path, sandbox)
