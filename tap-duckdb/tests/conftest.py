"""A DuckDB file with a mart, and the executable run on it."""

from __future__ import annotations

import dataclasses
import json
import subprocess
import sys
import typing as t
from pathlib import Path

import duckdb
import pytest

Message = dict[str, t.Any]

PROFILES = """
CREATE SCHEMA marts;
CREATE TABLE marts.profiles (user_id VARCHAR, calls BIGINT, updated_at TIMESTAMPTZ);
INSERT INTO marts.profiles VALUES
    ('p-3', 30, '2026-03-01 12:00:00+03'),
    ('p-1', 10, '2026-03-01 09:00:00.5+00'),
    ('p-2', 20, '2026-03-01 09:00:00+00');
"""


class WriteSql(t.Protocol):
    """Runs SQL on the file and closes it."""

    def __call__(self, sql: str) -> Path: ...


@pytest.fixture
def write(tmp_path: Path) -> WriteSql:
    path = tmp_path / "warehouse.duckdb"

    def run(sql: str) -> Path:
        with duckdb.connect(str(path)) as connection:
            connection.execute(sql)
        return path

    return run


@pytest.fixture
def profiles(write: WriteSql) -> Message:
    """Settings for a file with three profiles, of which two share their mark."""
    table = {"table": "marts.profiles", "key": "user_id", "replication_key": "updated_at"}
    return {"path": str(write(PROFILES)), "tables": [table]}


@dataclasses.dataclass
class Ended:
    """A run of the executable that has come to its end."""

    exit_code: int
    messages: list[Message]
    errors: list[str]
    stdout: str
    stderr: str

    def records(self, stream: str) -> list[Message]:
        """Records of one stream in order."""
        return [each["record"] for each in self.messages if each["type"] == "RECORD" and each["stream"] == stream]

    @property
    def state(self) -> Message | None:
        """The last state."""
        states: list[Message] = [each["value"] for each in self.messages if each["type"] == "STATE"]
        return states[-1] if states else None


@dataclasses.dataclass
class Executable:
    """`tap-duckdb` as a process of its own."""

    folder: Path

    def command(self, config: Message | str | None, *options: str, **files: Message | str) -> list[str]:
        """The command line; documents are written to files, other texts as they are, and given by option."""
        documents = files if config is None else {"config": config, **files}
        command = [sys.executable, "-m", "tap_duckdb.cli", *options]
        for name, document in documents.items():
            path = self.folder / f"{name}.json"
            path.write_text(document if isinstance(document, str) else json.dumps(document), encoding="utf-8")
            command += [f"--{name}", str(path)]
        return command

    def run(self, config: Message | str | None, *options: str, **files: Message | str) -> Ended:
        """Run it to its end."""
        command = self.command(config, *options, **files)
        done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False, cwd=self.folder)
        return self.ended(done.returncode, done.stdout, done.stderr)

    @staticmethod
    def ended(exit_code: int, stdout: str, stderr: str) -> Ended:
        lines = stdout.splitlines()
        messages = [json.loads(line) for line in lines] if lines and lines[0].startswith('{"type"') else []
        errors = [line.split("| ")[-1] for line in stderr.splitlines() if "| ERROR " in line]
        return Ended(exit_code, messages, errors, stdout, stderr)


@pytest.fixture
def executable(tmp_path: Path) -> Executable:
    folder = tmp_path / "run"
    folder.mkdir()
    return Executable(folder)


@pytest.fixture
def sync() -> t.Callable[..., list[Message]]:
    """Sync in this process, which is quicker; gives all messages."""
    from tap_duckdb.tap import TapDuckDB

    def run(config: Message, *, state: Message | None = None, catalog: Message | None = None) -> list[Message]:
        written: list[Message] = []

        class Collector:
            """Takes what would go to stdout."""

            @staticmethod
            def write_message(message: t.Any) -> None:
                from singer_sdk.singerlib.json import serialize_json

                written.append(json.loads(serialize_json(message.to_dict())))

        TapDuckDB(config=config, state=state, catalog=catalog, message_writer=t.cast("t.Any", Collector())).sync_all()
        return written

    return run


def records(messages: list[Message], stream: str) -> list[Message]:
    """Records of one stream in order."""
    return [each["record"] for each in messages if each["type"] == "RECORD" and each["stream"] == stream]


@pytest.fixture(name="records")
def records_fixture() -> t.Callable[[list[Message], str], list[Message]]:
    return records
