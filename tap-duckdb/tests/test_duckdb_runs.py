"""Whole processes: locks, failures of one table, signals, the summary, exit codes."""

from __future__ import annotations

import contextlib
import json
import signal
import subprocess
import sys
import time
import typing as t
from pathlib import Path

if t.TYPE_CHECKING:
    from collections.abc import Iterator

    from conftest import Executable, Message, WriteSql

WRITER = """
import sys, time, duckdb
with duckdb.connect(sys.argv[1]) as connection:
    connection.execute("INSERT INTO marts.profiles VALUES ('p-9', 90, '2026-03-09')")
    print("writing", flush=True)
    sys.stdin.read()
"""


@contextlib.contextmanager
def _writer(path: str) -> Iterator[subprocess.Popen[str]]:
    """A process that has the file open for writing until its input is closed."""
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "writing\n"
        try:
            yield process
        finally:
            process.kill()


def _summary(path: Path) -> Message:
    document: Message = json.loads(path.read_text(encoding="utf-8"))
    return document


def test_a_writer_is_waited_for(profiles: Message, executable: Executable, tmp_path: Path) -> None:
    summary = tmp_path / "new" / "summary.json"
    command = executable.command(profiles | {"summary_path": str(summary)})
    with (
        _writer(profiles["path"]) as writer,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as tap,
    ):
        assert tap.stderr is not None
        assert writer.stdin is not None
        said = next(line for line in tap.stderr if "Waiting up to 300 s" in line)
        writer.stdin.close()
        out, err = tap.communicate(timeout=300)
    ended = executable.ended(tap.returncode, out, said + err)
    assert ended.exit_code == 0, ended.stderr
    assert [record["user_id"] for record in ended.records("profiles")] == ["p-2", "p-3", "p-1", "p-9"]
    assert f"(PID {writer.pid}) is writing" in ended.stderr
    assert _summary(summary)["waited_seconds"] > 0


def test_a_writer_that_does_not_end_is_named_and_the_exit_code_is_1(profiles: Message, executable: Executable) -> None:
    with _writer(profiles["path"]) as writer:
        ended = executable.run(profiles | {"lock_timeout_seconds": 0.2})
    assert (ended.exit_code, len(ended.errors)) == (1, 1), ended.stderr
    assert "was still being written after 0.2 s, by " in ended.errors[0]
    assert f"(PID {writer.pid})" in ended.errors[0]


def test_what_a_killed_writer_had_committed_is_read(profiles: Message, executable: Executable) -> None:
    with _writer(profiles["path"]) as writer:
        writer.kill()
        writer.wait()
    assert Path(profiles["path"] + ".wal").exists()
    ended = executable.run(profiles)
    assert ended.exit_code == 0, ended.stderr
    assert ended.records("profiles")[-1]["user_id"] == "p-9"


def test_the_file_is_free_while_the_rows_are_being_taken(
    profiles: Message, write: WriteSql, executable: Executable
) -> None:
    write("INSERT INTO marts.profiles SELECT 'q-' || range, range, '2026-04-01' FROM range(50_000)")
    with subprocess.Popen(
        executable.command(profiles), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as tap:
        assert tap.stdout is not None
        first = [json.loads(tap.stdout.readline()) for _ in range(2)]
        assert [message["type"] for message in first] == ["SCHEMA", "RECORD"]
        # The tap is stuck on a full pipe now, with most rows still to come.
        write("DELETE FROM marts.profiles")
        time.sleep(3)  # DuckDB would draw its progress bar between the messages after two seconds
        rest = [json.loads(line) for line in tap.stdout]
    assert tap.returncode == 0
    assert sum(message["type"] == "RECORD" for message in rest) == 50_002


def test_sigterm_ends_with_143_and_the_state_of_what_was_sent(
    profiles: Message, write: WriteSql, executable: Executable, tmp_path: Path
) -> None:
    write("""
        INSERT INTO marts.profiles
        SELECT 'q-' || range, range, '2026-04-01'::TIMESTAMPTZ + to_seconds(range) FROM range(50_000)
    """)
    summary = tmp_path / "summary.json"
    command = executable.command(profiles | {"summary_path": str(summary)})
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as tap:
        assert tap.stdout is not None
        first = [tap.stdout.readline() for _ in range(10)]
        tap.send_signal(signal.SIGTERM)
        time.sleep(0.2)
        messages = [json.loads(line) for line in [*first, *tap.stdout]]
    assert tap.returncode == 143
    records = [message["record"] for message in messages if message["type"] == "RECORD"]
    assert 9 <= len(records) < 50_003
    assert messages[-1]["type"] == "STATE"
    assert messages[-1]["value"]["bookmarks"]["profiles"]["replication_key_value"] == records[-1]["updated_at"]
    told = _summary(summary)
    assert (told["exit_code"], told["error"]) == (143, "stopped by SIGTERM")
    assert (told["streams"][0]["status"], told["streams"][0]["records"]) == ("incomplete", len(records))


def test_sigint_while_waiting_for_a_writer_ends_with_130(profiles: Message, executable: Executable) -> None:
    with (
        _writer(profiles["path"]),
        subprocess.Popen(
            executable.command(profiles), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        ) as tap,
    ):
        assert tap.stderr is not None
        for line in tap.stderr:
            if "Waiting up to 300 s" in line:
                break
        tap.send_signal(signal.SIGINT)
        out, err = tap.communicate(timeout=300)
    assert (tap.returncode, out) == (130, "")
    assert "stopped by SIGINT" in err


def test_one_table_that_fails_does_not_keep_the_others_back(
    profiles: Message, write: WriteSql, executable: Executable, tmp_path: Path
) -> None:
    write("""
        CREATE TABLE marts.broken AS SELECT NULL::VARCHAR AS id;
        CREATE VIEW marts.alas AS SELECT CAST('x' || user_id AS INT) AS n FROM marts.profiles;
    """)
    summary = tmp_path / "summary.json"
    tables = [{"table": "broken", "key": "id"}, {"table": "alas"}, *profiles["tables"]]
    ended = executable.run(profiles | {"tables": tables, "summary_path": str(summary)})
    assert ended.exit_code == 3, ended.stderr
    assert len(ended.records("profiles")) == 3
    told = _summary(summary)
    streams = {stream.pop("stream"): stream for stream in told.pop("streams")}
    assert {name: told[name] for name in ("program", "version", "exit_code", "error", "requests")} == {
        "program": "tap-duckdb",
        "version": "0.1.0",
        "exit_code": 3,
        "error": "Failed: alas, broken; see above and the summary.",
        "requests": 0,
    }
    assert told["started_at"] < told["finished_at"]
    assert streams["broken"] == {
        "partition": None,
        "status": "failed",
        "records": 0,
        "bookmark": None,
        "error": "1 rows of marts.broken have no id, which is part of the key. Correct the table.",
    }
    assert streams["alas"]["status"] == "failed"
    assert "Could not convert string 'xp-" in streams["alas"]["error"]
    assert streams["profiles"] == {
        "partition": None,
        "status": "complete",
        "records": 3,
        "bookmark": "2026-03-01T09:00:00.500000Z",
        "error": None,
    }
    assert "profiles  complete  3        2026-03-01T09:00:00.500000Z" in ended.stderr


def test_when_every_table_fails_the_exit_code_is_1(profiles: Message, write: WriteSql, executable: Executable) -> None:
    write("CREATE TABLE marts.broken AS SELECT NULL::VARCHAR AS id")
    assert executable.run(profiles | {"tables": [{"table": "broken", "key": "id"}]}).exit_code == 1


def test_the_summary_is_written_also_when_the_settings_are_wrong(
    profiles: Message, executable: Executable, tmp_path: Path
) -> None:
    summary = tmp_path / "summary.json"
    executable.run(profiles | {"summary_path": str(summary), "pth": 1})
    told = _summary(summary)
    assert (told["exit_code"], told["streams"]) == (2, [])
    assert "'pth' was unexpected" in told["error"]


def test_a_summary_that_cannot_be_written_is_a_wrong_setting(profiles: Message, executable: Executable) -> None:
    ended = executable.run(profiles | {"summary_path": f"{profiles['path']}/summary.json"})
    assert ended.exit_code == 2
    assert len(ended.records("profiles")) == 3
    assert "summary_path: " in ended.errors[0]


def test_the_file_is_never_changed(profiles: Message, executable: Executable) -> None:
    before = Path(profiles["path"]).read_bytes()
    assert executable.run(profiles).exit_code == 0
    assert Path(profiles["path"]).read_bytes() == before
    assert [each.name for each in Path(profiles["path"]).parent.iterdir() if each.is_file()] == ["warehouse.duckdb"]
