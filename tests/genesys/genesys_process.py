"""`tap-genesys` as a process against a served sandbox: what it wrote, merged as a loader would."""

from __future__ import annotations

import dataclasses
import json
import subprocess
import sys
import typing as t
from pathlib import Path

from sandbox.testing import GENESYS_CLIENT_SECRET

Row = dict[str, t.Any]
TAP = str(Path(sys.executable).parent / "tap-genesys")
PATIENCE_SECONDS = 300


@dataclasses.dataclass
class Warehouse:
    """Tables merged on the key, and the last STATE: what a loader keeps from run to run."""

    tables: dict[str, dict[tuple[t.Any, ...], Row]] = dataclasses.field(default_factory=dict)
    keys: dict[str, list[str]] = dataclasses.field(default_factory=dict)
    state: Row | None = None

    def take(self, line: str) -> None:
        message = json.loads(line)
        match message["type"]:
            case "SCHEMA":
                self.keys[message["stream"]] = message["key_properties"]
            case "RECORD":
                record = message["record"]
                key = tuple(record[part] for part in self.keys[message["stream"]])
                self.tables.setdefault(message["stream"], {})[key] = record
            case "STATE":
                self.state = message["value"]

    def rows(self, stream: str) -> dict[tuple[t.Any, ...], Row]:
        return self.tables.get(stream, {})

    def bookmark(self, stream: str) -> str | None:
        known = (self.state or {}).get("bookmarks", {}).get(stream, {})
        return t.cast("str | None", known.get("replication_key_value"))


@dataclasses.dataclass
class Tap:
    """Runs the program; settings and selection may be changed between runs."""

    folder: Path
    config: Row
    warehouse: Warehouse = dataclasses.field(default_factory=Warehouse)

    def run(self, *streams: str, kill_after: int | None = None, **changes: t.Any) -> Row:
        """One run into the warehouse; the summary, or nothing where it was killed after so many lines."""
        summary = self.folder / "summary.json"
        summary.unlink(missing_ok=True)
        command = [TAP, "--config", self._file("config", {**self.config, "summary_path": str(summary), **changes})]
        command += ["--catalog", self._file("catalog", self._catalog(streams))]
        if self.warehouse.state:
            command += ["--state", self._file("state", self.warehouse.state)]
        with (
            (self.folder / "stderr.txt").open("w") as errors,
            subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True) as tap,
        ):
            assert tap.stdout is not None
            for number, line in enumerate(tap.stdout):
                if number == kill_after:
                    tap.kill()
                    return {}
                self.warehouse.take(line)
            tap.wait(PATIENCE_SECONDS)
        told: Row = json.loads(summary.read_text())
        assert told["exit_code"] == tap.returncode
        assert GENESYS_CLIENT_SECRET not in summary.read_text() + self.stderr
        return told

    @property
    def stderr(self) -> str:
        return (self.folder / "stderr.txt").read_text()

    def _file(self, name: str, document: Row) -> str:
        path = self.folder / f"{name}.json"
        path.write_text(json.dumps(document))
        return str(path)

    @staticmethod
    def _catalog(streams: t.Collection[str]) -> Row:
        catalog: Row = json.loads(subprocess.run([TAP, "--discover"], capture_output=True, check=True).stdout)
        for entry in catalog["streams"]:
            [root] = [part["metadata"] for part in entry["metadata"] if not part["breadcrumb"]]
            root["selected"] = not streams or entry["tap_stream_id"] in streams
        return catalog
