from __future__ import annotations

import io
import json
import pathlib
import threading
import typing as t

import pytest
from singer_sdk.exceptions import RecordsWithoutSchemaException
from singer_sdk.plugin_base import _ConfigInput
from singer_spool import ConfigurationError, redact
from singer_spool.worker import Worker

RECORD = b'{"type":"RECORD","stream":"a","record":{"id":1}}\n'
SCHEMA = b'{"type":"SCHEMA","stream":"a","schema":{"properties":{"id":{}}}}\n'


def test_refused_settings_end_with_exit_2_and_a_summary(
    memory_target: t.Any, tmp_path: pathlib.Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "summary.json"
    config = _ConfigInput(config={"summary_path": str(path), "sizes": 1, "size": 3, "password": 5})
    with pytest.raises(SystemExit) as caught:
        memory_target.invoke(config=config)
    errors = [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]
    assert caught.value.code == 2
    assert errors == [
        "unknown setting 'sizes'; did you mean 'size'?",
        "setting 'password' must be string, not integer",
        "setting 'size' must be one of 1, 2",
    ]
    summary = json.loads(path.read_text())
    assert (summary["exit_code"], summary["error"], summary["streams"]) == (2, "; ".join(errors), [])


def test_a_backend_that_refuses_its_settings(
    memory_target: t.Any, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused = ConfigurationError("setting 'password' is wrong: s3cret-word")

    def make_backend(_self: object) -> t.NoReturn:
        raise refused

    monkeypatch.setattr(memory_target, "make_backend", make_backend)
    config = {
        "password": "s3cret-word",
        "summary_path": str(tmp_path / "s.json"),
        "spool_path": str(tmp_path / "spool"),
    }
    assert memory_target(config=config).run(io.BytesIO(RECORD)) == 2
    assert json.loads((tmp_path / "s.json").read_text())["error"] == "setting 'password' is wrong: ***"
    assert redact("s3cret-word") == "***"
    assert list((tmp_path / "spool").iterdir()) == []


def test_a_summary_that_cannot_be_written_does_not_hide_the_result(
    memory_target: t.Any, backend: t.Any, tmp_path: pathlib.Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("")
    target = memory_target(config={"summary_path": str(tmp_path / "file" / "summary.json")})
    target.backend = backend
    assert target.run(io.BytesIO(SCHEMA + RECORD)) == 0
    assert "The summary cannot be written" in caplog.text


def test_the_sdks_way_of_running_a_target(memory_target: t.Any, backend: t.Any) -> None:
    target = memory_target(config={})
    target.backend = backend
    counts = target.process_lines(io.StringIO((SCHEMA + RECORD).decode()))
    assert counts == {"SCHEMA": 1, "RECORD": 1}
    target.process_endofpipe()
    assert backend.calls[1:] == [("load", {"a": [{"id": 1}]}), ("finish",), ("close",)]


def test_the_sdks_exception_for_a_record_before_its_schema(memory_target: t.Any, backend: t.Any) -> None:
    target = memory_target(config={})
    target.backend = backend
    with pytest.raises(RecordsWithoutSchemaException):
        target.process_lines(io.BytesIO(RECORD))
    assert backend.calls == [("close",)]


def test_a_worker_hands_back_results_and_errors_and_keeps_to_one_thread() -> None:
    worker = Worker("test")
    threads = {worker.call(threading.get_ident) for _ in range(3)}
    assert len(threads) == 1
    assert threads != {threading.get_ident()}
    with pytest.raises(ZeroDivisionError):
        worker.call(divmod, 1, 0)
    assert worker.call(divmod, 7, 2) == (3, 1)
    worker.stop()
    assert "test" not in {thread.name for thread in threading.enumerate()}
