"""`tap-comagic` as a process: what it was given, what it wrote, and what must hold of every run's output."""

from __future__ import annotations

import collections
import dataclasses
import functools
import json
import subprocess
import sys
import typing as t
from pathlib import Path

import jsonschema

Row = dict[str, t.Any]
TAP = Path(sys.executable).parent / "tap-comagic"
PATIENCE_SECONDS = 300


@dataclasses.dataclass
class Run:
    """A finished run."""

    exit_code: int
    stdout: str
    stderr: str
    summary: Row

    @functools.cached_property
    def messages(self) -> list[Row]:
        return [json.loads(line) for line in self.stdout.splitlines() if line.endswith("}")]

    def records(self, stream: str = "calls") -> list[Row]:
        return [m["record"] for m in self.messages if m["type"] == "RECORD" and m["stream"] == stream]

    def ids(self, stream: str = "calls") -> list[int]:
        return [record["id"] for record in self.records(stream)]

    def schema(self, stream: str = "calls") -> Row:
        [message] = [m for m in self.messages if m["type"] == "SCHEMA" and m["stream"] == stream]
        return message

    def states(self) -> list[Row]:
        return [m["value"] for m in self.messages if m["type"] == "STATE"]

    @property
    def state(self) -> Row:
        return self.states()[-1]

    @property
    def bookmark(self) -> str | None:
        """Where the next run's calls begin, by the last STATE."""
        states = self.states()
        calls = states[-1]["bookmarks"].get("calls", {}) if states else {}
        return t.cast("str | None", calls.get("replication_key_value"))

    def statuses(self, name: str) -> dict[str | None, str]:
        """How each partition of a stream ended."""
        return {part["partition"]: part["status"] for part in self.summary["streams"] if part["stream"] == name}

    def stream_parts(self, name: str) -> set[str]:
        """How the partitions of a stream ended, without their names."""
        return set(self.statuses(name).values())

    def bookmarks(self, name: str) -> list[tuple[Row, str | None]]:
        """The partitions of a stream in the last STATE, with their bookmarks."""
        parts = self.state["bookmarks"].get(name, {}).get("partitions", [])
        return [(part["context"], part.get("replication_key_value")) for part in parts]

    def stream(self, name: str = "calls") -> Row:
        [summary] = [part for part in self.summary["streams"] if part["stream"] == name]
        return t.cast("Row", summary)


@dataclasses.dataclass
class Tap:
    """Settings and files of one test."""

    folder: Path
    config: Row
    secrets: tuple[str, ...]
    streams: tuple[str, ...] | None = ("calls",)
    deselected: tuple[str, ...] = ()
    command: tuple[str, ...] = (str(TAP),)
    arguments: tuple[str, ...] = ()

    def start(self, *, state: Row | None = None, **changes: t.Any) -> subprocess.Popen[str]:
        """Start the program with these settings; a None takes a setting away."""
        self.summary_path.unlink(missing_ok=True)
        config = {"summary_path": str(self.summary_path), **self.config, **changes}
        config = {name: value for name, value in config.items() if value is not None}
        command = [*self.command, "--config", self._write("config.json", config), *self.arguments]
        if self.streams is not None:
            command += ["--catalog", self._write("catalog.json", self.catalog())]
        if state is not None:
            command += ["--state", self._write("state.json", state)]
        with (self.folder / "stdout").open("w") as stdout, (self.folder / "stderr").open("w") as stderr:
            return subprocess.Popen(command, stdout=stdout, stderr=stderr, text=True)

    def run(self, *, state: Row | None = None, **changes: t.Any) -> Run:
        """One whole run, checked for what must hold of every run."""
        return self.finish(self.start(state=state, **changes))

    def finish(self, process: subprocess.Popen[str]) -> Run:
        """Wait for the end of a started run."""
        try:
            code = process.wait(PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise
        stdout, stderr = (self.folder / "stdout").read_text(), (self.folder / "stderr").read_text()
        summary = json.loads(self.summary_path.read_text()) if self.summary_path.exists() else {}
        run = Run(code, stdout, stderr, summary)
        self._check(run, whole=code >= 0)
        return run

    def catalog(self) -> Row:
        """A catalog that selects `streams` without the `deselected` fields, made from a real `--discover`."""
        document: Row = json.loads(discovered())
        for entry in document["streams"]:
            for part in entry["metadata"]:
                if not part["breadcrumb"]:
                    part["metadata"]["selected"] = entry["stream"] in (self.streams or ())
                elif part["breadcrumb"][-1] in self.deselected and part["metadata"]["inclusion"] != "automatic":
                    part["metadata"]["selected"] = False
        return document

    @property
    def summary_path(self) -> Path:
        return self.folder / "summary.json"

    def _write(self, name: str, document: Row) -> str:
        path = self.folder / name
        path.write_text(json.dumps(document))
        return str(path)

    def _check(self, run: Run, *, whole: bool) -> None:
        self._check_secrets(run)
        if not whole:
            return
        assert "Traceback" not in run.stderr, run.stderr
        if "--test" in self.arguments:
            return
        assert run.summary, f"no summary was written: {run.stderr}"
        assert run.summary["exit_code"] == run.exit_code
        check_messages(run.messages)
        written: collections.Counter[str] = collections.Counter()
        for part in run.summary["streams"]:
            written[part["stream"]] += part["records"]
        assert written == {name: len(run.records(name)) for name in written}

    def _check_secrets(self, run: Run) -> None:
        for secret in self.secrets:
            for spelling in {secret, json.dumps(secret)[1:-1]}:
                for name, text in {"stdout": run.stdout, "stderr": run.stderr, "summary": str(run.summary)}.items():
                    assert spelling not in text, f"{name} shows the secret {spelling!r}"


def check_messages(messages: t.Sequence[Row]) -> None:
    """SCHEMA before records, keys never null, every record of the declared types, bookmarks never backwards."""
    checks: dict[str, t.Callable[[Row], None]] = {}
    keys: dict[str, list[str]] = {}
    reached: dict[str, str] = {}
    for message in messages:
        stream = message.get("stream", "")
        if message["type"] == "SCHEMA":
            validator = jsonschema.Draft202012Validator(message["schema"])
            checks[stream], keys[stream] = validator.validate, message["key_properties"]
        elif message["type"] == "RECORD":
            checks[stream](message["record"])
            assert all(message["record"][key] is not None for key in keys[stream])
        elif message["type"] == "STATE":
            for name, bookmark in message["value"]["bookmarks"].items():
                for part in (bookmark, *bookmark.get("partitions", ())):
                    place = f"{name} {part.get('context')}"
                    value = part.get("replication_key_value", "")
                    assert value >= reached.get(place, ""), f"the bookmark of {place} went back"
                    reached[place] = value


_discovered: list[str] = []


def discovered() -> str:
    """What `tap-comagic --discover` prints, once a session."""
    if not _discovered:
        done = subprocess.run([TAP, "--discover"], capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=True)
        _discovered.append(done.stdout)
    return _discovered[0]
