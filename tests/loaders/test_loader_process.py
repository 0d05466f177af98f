"""target-duckdb's command line as users and schedulers meet it."""

from __future__ import annotations

import contextlib
import json
import os
import pathlib
import resource
import subprocess
import sys
import typing as t

import pytest

EXECUTABLE = str(pathlib.Path(sys.executable).with_name("target-duckdb"))

JSON_LOGS = """
version: 1
disable_existing_loggers: false
formatters:
  structured:
    (): singer_sdk.logging.StructuredFormatter
handlers:
  stderr:
    class: logging.StreamHandler
    formatter: structured
    stream: ext://sys.stderr
root:
  level: INFO
  handlers: [stderr]
"""


def run(*arguments: str, content: bytes = b"", **options: t.Any) -> subprocess.CompletedProcess[bytes]:
    command = [EXECUTABLE, *arguments]
    return subprocess.run(command, input=content, capture_output=True, check=False, timeout=300, **options)


def test_about_and_version_need_no_configuration() -> None:
    about = json.loads(run("--about", "--format=json").stdout)
    properties = about["settings"]["properties"]
    assert about["name"] == "target-duckdb"
    assert set(properties) == {
        "path",
        "default_target_schema",
        "batch_size_rows",
        "batch_size_mb",
        "batch_max_seconds",
        "spool_path",
        "spool_max_mb",
        "summary_path",
        "add_record_metadata",
        "threads",
        "memory_limit",
        "nested",
        "hard_delete",
        "process_activate_version_messages",
        "lock_timeout_seconds",
    }
    assert all(setting["title"] and setting["description"] for setting in properties.values())
    assert run("--version").stdout.startswith(b"target-duckdb v0.1.0, Meltano SDK v")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "The configuration file 'config.json' cannot be read: No such file or directory."),
        ("{", "The configuration file 'config.json' is not JSON"),
        ("{}", "setting 'path' is required and not given"),
        ('{"path": "x.duckdb", "thread": 2}', "unknown setting 'thread'; did you mean 'threads'?"),
        ('{"path": "x.duckdb", "threads": "two"}', "setting 'threads' must be integer, not string"),
        ('{"path": "x.duckdb", "nested": "xml"}', "setting 'nested' must be one of 'json', 'struct'"),
        ('{"path": ":memory:"}', "setting 'path' must name a file on disk, not ':memory:'"),
        ('{"path": "s3://bucket/x.duckdb"}', "setting 'path' must name a file on disk, not 's3://bucket/x.duckdb'"),
        ('{"path": "x\\u0000.duckdb"}', "setting 'path' must name a file on disk"),
        ('{"path": "x.duckdb", "add_record_metadata": false, "hard_delete": true}', "setting 'hard_delete' needs"),
        ('{"path": "config.json"}', "The database 'config.json' cannot be opened: it is not a DuckDB file"),
        ('{"path": "config.json/x.duckdb"}', "The folder of 'config.json/x.duckdb' cannot be made"),
        ('{"path": "x.duckdb", "memory_limit": "much"}', "cannot be opened"),
    ],
)
def test_bad_settings_end_with_exit_2_and_one_line(
    tmp_path: pathlib.Path, schema_line: bytes, content: str | None, message: str
) -> None:
    if content is not None:
        (tmp_path / "config.json").write_text(content)
    done = run("--config", "config.json", content=schema_line, cwd=tmp_path)
    log = done.stderr.decode()
    errors = [line for line in log.splitlines() if "| ERROR" in line]
    assert done.returncode == 2, log
    assert len(errors) == 1
    assert message in errors[0]
    assert "Traceback" not in log


def test_settings_from_the_environment(tmp_path: pathlib.Path, schema_line: bytes) -> None:
    environment = os.environ | {"TARGET_DUCKDB_PATH": str(tmp_path / "x.duckdb"), "TARGET_DUCKDB_THREADS": "1"}
    done = run("--config=ENV", content=schema_line, env=environment)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "x.duckdb").exists()


def test_what_came_before_a_malformed_line_is_loaded(
    bench: t.Any, schema_line: bytes, call_lines: t.Callable[..., bytes]
) -> None:
    target = bench.start()
    target.send(
        schema_line + call_lines(1, 3) + b'{"type":"RECORD","stream":"calls","record":{"id":4,"note":"private\n'
    )
    assert target.end() == 1
    assert (bench.ids(), target.states) == ([1, 2, 3], [3])
    assert "Line 8 of the input is not a Singer message" in target.log
    assert "private" not in target.log


def test_a_closed_output_is_an_error_after_the_load(
    bench: t.Any, schema_line: bytes, call_lines: t.Callable[..., bytes]
) -> None:
    read_end, write_end = os.pipe()
    os.close(read_end)
    target = bench.start(options={"stdout": write_end})
    os.close(write_end)
    target.send(schema_line + call_lines(1, 3))
    assert target.end() == 1
    assert bench.ids() == [1, 2, 3]
    assert "standard output was closed" in bench.summary()["error"]
    assert "Traceback" not in target.log
    assert "Exception ignored" not in target.log


def test_a_full_disk_behind_the_output(bench: t.Any, schema_line: bytes, call_lines: t.Callable[..., bytes]) -> None:
    with pathlib.Path("/dev/full").open("wb") as full:
        target = bench.start(options={"stdout": full})
    target.send(schema_line + call_lines(1, 3))
    assert target.end() == 1
    assert bench.ids() == [1, 2, 3]
    assert "writing to standard output failed: No space left on device" in bench.summary()["error"]
    assert "Traceback" not in target.log
    assert "Exception ignored" not in target.log


def test_no_output_at_all(tmp_path: pathlib.Path, schema_line: bytes) -> None:
    (tmp_path / "config.json").write_text('{"path": "~/x.duckdb"}')
    command = ["sh", "-c", 'exec "$0" --config config.json >&-', str(EXECUTABLE)]
    environment = os.environ | {"HOME": str(tmp_path / "home")}
    content = schema_line + b'{"type":"STATE","value":1}\n'
    done = subprocess.run(command, input=content, capture_output=True, cwd=tmp_path, env=environment, check=False)
    assert done.returncode == 1
    assert b"STATE could not be handed on: there is no standard output." in done.stderr
    assert b"Traceback" not in done.stderr
    assert (tmp_path / "home" / "x.duckdb").exists(), "~ is the user's folder"
    assert not (tmp_path / "~").exists()


def test_a_full_spool_disk(bench: t.Any, schema_line: bytes, call_lines: t.Callable[..., bytes]) -> None:
    limit = 1_000_000
    target = bench.start(options={"preexec_fn": lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))})
    with contextlib.suppress(BrokenPipeError):  # it ends before it has read all of this
        target.send(schema_line + call_lines(1, 3, note="x" * limit))
    assert target.end() == 1
    assert "Writing the spool in" in bench.summary()["error"]
    assert "set 'spool_path' to a larger disk" in target.log
    assert (target.states, bench.ids()) == ([], [])
    assert list(bench.spool.iterdir()) == []


def test_structured_logs(bench: t.Any, schema_line: bytes, call_lines: t.Callable[..., bytes]) -> None:
    config = bench.folder / "logging.yaml"
    config.write_text(JSON_LOGS)
    target = bench.start(options={"env": os.environ | {"SINGER_SDK_LOG_CONFIG": str(config)}})
    target.send(schema_line + call_lines(1, 3))
    assert target.end() == 0
    records = [json.loads(line) for line in target.log.splitlines()]
    loaded = [record for record in records if record["message"].startswith("Loaded 3 calls")]
    assert [(record["level"], record["logger_name"]) for record in loaded] == [("info", "singer_spool.delivery")]


def test_the_table_for_people(bench: t.Any, schema_line: bytes, call_lines: t.Callable[..., bytes]) -> None:
    target = bench.start(default_target_schema="raw_comagic")
    target.send(schema_line + call_lines(1, 3))
    assert target.end() == 0
    table = [line.partition("target-duckdb                  | ")[2] for line in target.log.splitlines()][-2:]
    assert table == [
        "stream  status    records  loaded  table              rows",
        "calls   complete  3        3       raw_comagic.calls  3",
    ]
