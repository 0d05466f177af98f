"""What a backend is told, in which order, and which STATE leaves when."""

from __future__ import annotations

import gzip
import json
import pathlib
import typing as t
from collections.abc import Callable

import pytest
from singer_spool import CredentialError, ExitCode, LoadError, QuotaSpent

Run = Callable[..., t.Any]


def schema(stream: str = "a", *fields: str, keys: tuple[str, ...] = ("id",), **more: t.Any) -> dict[str, t.Any]:
    properties = {name: {"type": ["integer", "null"]} for name in ("id", *fields)}
    return {"type": "SCHEMA", "stream": stream, "schema": {"properties": properties}, "key_properties": keys, **more}


def record(number: int, stream: str = "a", **more: t.Any) -> dict[str, t.Any]:
    return {"type": "RECORD", "stream": stream, "record": {"id": number}, **more}


def state(value: t.Any) -> dict[str, t.Any]:
    return {"type": "STATE", "value": value}


def test_everything_in_one_load_with_the_last_state_behind_it(run: Run) -> None:
    outcome = run(schema(), record(1), state(1), schema("b"), record(2, "b"), record(3), state(2))
    assert outcome.calls == [
        ("declare", "a", 1, ("id",)),
        ("declare", "b", 1, ("id",)),
        ("load", {"a": [{"id": 1}, {"id": 3}], "b": [{"id": 2}]}),
        ("finish",),
        ("close",),
    ]
    assert outcome.states == ["2"]
    assert outcome.code == 0


def test_a_full_spool_is_loaded_and_state_leaves_behind_each_load(run: Run) -> None:
    outcome = run(
        schema(), record(1), state(1), record(2), record(3), state(3), record(4), record(5), batch_size_rows=2
    )  # fmt: skip
    loads = [call[1]["a"] for call in outcome.calls if call[0] == "load"]
    assert loads == [[{"id": 1}, {"id": 2}], [{"id": 3}, {"id": 4}], [{"id": 5}]]
    assert outcome.states == ["1", "3"]


def test_size_in_megabytes_ends_a_batch(run: Run) -> None:
    long = {"type": "RECORD", "stream": "a", "record": {"id": 1, "text": "x" * 600_000}}
    outcome = run(schema(), long, long, long, batch_size_mb=1)
    assert [len(call[1]["a"]) for call in outcome.calls if call[0] == "load"] == [2, 1]


def test_state_without_records_leaves_at_once_and_repeats_do_not(run: Run) -> None:
    outcome = run(state({"x": 1}), schema(), state({"x": 1}), state({"x": 2}))
    assert outcome.states == ['{"x": 1}', '{"x": 2}']
    assert [call[0] for call in outcome.calls] == ["declare", "finish", "close"]


def test_state_leaves_as_it_came_whatever_the_locale(run: Run) -> None:
    value = '{"bookmarks": {"звонки": 12345678901234567890123.10}}'
    outcome = run(b'{"type":"STATE","value":' + value.encode() + b"}")
    assert outcome.states == [value]


def test_a_changed_schema_loads_what_was_sent_under_the_old_one(run: Run) -> None:
    outcome = run(schema(), record(1), state(1), schema("a", "x"), record(2), state(2))
    assert outcome.calls == [
        ("declare", "a", 1, ("id",)),
        ("load", {"a": [{"id": 1}]}),
        ("declare", "a", 2, ("id",)),
        ("load", {"a": [{"id": 2}]}),
        ("finish",),
        ("close",),
    ]
    assert outcome.states == ["1", "2"]


def test_a_repeated_schema_changes_nothing(run: Run) -> None:
    again = json.dumps(schema(), indent=1).replace("\n", "").encode()
    outcome = run(schema(), record(1), schema(), again, record(2))
    assert [call[0] for call in outcome.calls] == ["declare", "load", "finish", "close"]


def test_changed_keys_are_a_changed_schema(run: Run) -> None:
    outcome = run(schema("a", "x"), record(1), schema("a", "x", keys=("id", "x")))
    assert [call for call in outcome.calls if call[0] == "declare"] == [
        ("declare", "a", 1, ("id",)),
        ("declare", "a", 2, ("id", "x")),
    ]


def test_a_version_is_activated_after_its_records_and_before_later_state(run: Run) -> None:
    activate = {"type": "ACTIVATE_VERSION", "stream": "a", "version": 5}
    outcome = run(schema(), record(1, version=5), state(1), activate, state(2))
    assert outcome.calls[1:3] == [("load", {"a": [{"id": 1}]}), ("activate", "a", 5)]
    assert outcome.states == ["2"]


@pytest.mark.parametrize("compression", ["gzip", "none", None])
def test_batch_files_are_read_in_order(run: Run, tmp_path: pathlib.Path, compression: str | None) -> None:
    content = b'{"id": 2}\n{"id": 3}\n\n'
    path = tmp_path / "part one.jsonl"
    path.write_bytes(gzip.compress(content) if compression == "gzip" else content)
    encoding = {"format": "jsonl", "compression": compression}
    batch = {"type": "BATCH", "stream": "a", "encoding": encoding, "manifest": [path.as_uri(), str(path)]}
    outcome = run(schema(), record(1), batch, record(4), state(1))
    assert outcome.calls[1] == ("load", {"a": [{"id": number} for number in (1, 2, 3, 2, 3, 4)]})
    assert outcome.summary["streams"][0]["records"] == 6


def test_batch_files_may_be_named_by_their_bare_path_behind_a_scheme(run: Run, tmp_path: pathlib.Path) -> None:
    path = tmp_path / "run #1?a=b%20c.jsonl"
    path.write_bytes(b'{"id": 2}\n')
    encoding = {"format": "jsonl", "compression": "none"}
    batch = {"type": "BATCH", "stream": "a", "encoding": encoding, "manifest": [f"file://{path}", path.as_uri()]}
    assert run(schema(), batch).calls[1] == ("load", {"a": [{"id": 2}, {"id": 2}]})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"encoding": {"format": "parquet"}}, "format 'parquet'"),
        ({"encoding": {"format": "jsonl", "compression": "zstd"}}, "compressed with 'zstd'"),
        ({"manifest": ["s3://bucket/part"]}, "on 's3://'"),
        ({"manifest": ["/nowhere/part"]}, "'/nowhere/part' cannot be read: No such file"),
        ({"manifest": None}, "lacks 'encoding' or 'manifest'"),
    ],
)
def test_batch_files_that_cannot_be_read(run: Run, change: dict[str, t.Any], message: str) -> None:
    batch = {"type": "BATCH", "stream": "a", "encoding": {"format": "jsonl"}, "manifest": []} | change
    outcome = run(schema(), record(1), state(1), batch, state(2))
    assert outcome.code == 1
    assert message in outcome.summary["error"]
    assert outcome.states == ["1"]


def test_a_batch_file_with_broken_compression(run: Run, tmp_path: pathlib.Path) -> None:
    whole = bytearray(gzip.compress(b"".join(b'{"id": %d}\n' % number for number in range(5000))))
    whole[len(whole) // 2 : len(whole) // 2 + 2] = b"\xff\xff"
    path = tmp_path / "part.jsonl.gz"
    path.write_bytes(whole)
    encoding = {"format": "jsonl", "compression": "gzip"}
    batch = {"type": "BATCH", "stream": "a", "encoding": encoding, "manifest": [str(path)]}
    outcome = run(schema(), record(1), state(1), batch, state(2))
    assert (outcome.code, outcome.states) == (1, ["1"])
    assert f"The BATCH file '{path}' cannot be read" in outcome.summary["error"]


def test_a_record_that_is_nested_too_deep(run: Run) -> None:
    deep = b'{"type": "RECORD", "stream": "a", "record": {"id": ' + b"[" * 5000 + b"]" * 5000 + b"}}"
    outcome = run(schema(), record(1), state(1), deep, state(2))
    assert (outcome.code, outcome.states) == (1, ["1"])
    assert "nested too deep" in outcome.summary["error"]


def test_a_broken_record_in_a_batch_file(run: Run, tmp_path: pathlib.Path) -> None:
    path = tmp_path / "part.jsonl"
    path.write_bytes(b'{"id": 2}\n[3]\n')
    outcome = run(
        schema(), {"type": "BATCH", "stream": "a", "encoding": {"format": "jsonl"}, "manifest": [str(path)]}, state(1)
    )
    assert "Record 2 of a BATCH file of stream 'a' is not a JSON object" in outcome.summary["error"]
    assert outcome.states == []


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (b'{"type":"RECORD","stream":"a","rec', "Line 4 of the input is not a Singer message"),
        (b"hello", "Its shape: xxxxx"),
        (b'{"type":"RECORD","stream":"a","record":{"id":"\xff"}}', "it is not UTF-8"),
        (b'{"type":"RECORD","stream":"a","record":[1]}', "'record' is missing or not an object"),
        (b'{"type":"RECORD","stream":"a"}', "'record' is missing or not an object"),
        (b'{"type":"GREETING"}', "there is no message type 'GREETING'"),
        (b'{"stream":"a"}', "Object missing required field `type`"),
        (b'{"type":"STATE"}', "STATE without 'value'"),
        (b'{"type":"SCHEMA","stream":"z"}', "the SCHEMA of stream 'z' has no 'properties'"),
        (b'{"type":"SCHEMA","schema":{"properties":{}}}', "SCHEMA without 'stream'"),
        (
            b'{"type":"SCHEMA","stream":"z","schema":{"properties":{}},"key_properties":["k"]}',
            "its SCHEMA lacks: ['k']",
        ),
        (b'{"type":"RECORD","stream":"z","record":{}}', "RECORD of stream 'z' came before the stream's SCHEMA"),
        (b'{"type":"BATCH","stream":"z"}', "BATCH of stream 'z' came before the stream's SCHEMA"),
        (b'{"type":"ACTIVATE_VERSION","stream":"a"}', "ACTIVATE_VERSION without 'version'"),
    ],
)
def test_what_came_before_a_bad_line_is_loaded_and_covered(run: Run, line: bytes, message: str) -> None:
    outcome = run(schema(), record(1), state(1), line, record(2), state(2))
    assert outcome.code == 1
    assert message in outcome.summary["error"]
    assert ("load", {"a": [{"id": 1}]}) in outcome.calls
    assert ("load", {"a": [{"id": 2}]}) not in outcome.calls
    assert outcome.states == ["1"]


def test_a_blank_line_is_no_message(run: Run) -> None:
    outcome = run(schema(), b"", b"  \r", record(1), b'{"type":"STATE","value":1}\r')
    assert (outcome.code, outcome.states) == (0, ["1"])


def test_lines_that_common_taps_get_wrong_are_mended(run: Run, caplog: pytest.LogCaptureFixture) -> None:
    bad = b'{"type":"RECORD","stream":"a","record":{"id":1,"x":NaN,"y":"cut \\ud83d"}}'
    outcome = run(b"\xef\xbb\xbf" + b'{"type":"STATE","value":0}', schema("a", "x"), bad, bad)
    assert outcome.calls[1] == ("load", {"a": [{"id": 1, "x": None, "y": "cut \ufffd"}] * 2})
    assert [text for text in caplog.messages if "read as null" in text] == [
        "Stream 'a', line 3: non-finite numbers were read as null, halves of surrogate pairs as U+FFFD"
    ]


@pytest.mark.parametrize(
    ("error", "code"),
    [(LoadError("no", stream="a"), 1), (QuotaSpent("no"), 4), (CredentialError("no"), 2), (RuntimeError("no"), 1)],
)
def test_a_failed_load_emits_no_state(run: Run, backend: t.Any, error: Exception, code: int) -> None:
    backend.fail["load"] = error
    outcome = run(schema(), record(1), state(1))
    assert (outcome.code, outcome.states) == (code, [])
    assert outcome.summary["exit_code"] == code


def test_what_came_before_a_refused_schema_is_loaded(run: Run, backend: t.Any) -> None:
    backend.on_load = backend.fail.clear
    refused = LoadError("cannot hold it", stream="b")
    outcome_calls: list[t.Any] = []

    def declare(spec: t.Any) -> None:
        outcome_calls.append(spec.name)
        if spec.name == "b":
            raise refused

    backend.declare = declare
    outcome = run(schema(), record(1), state(1), schema("b"), record(2, "b"), state(2))
    assert (outcome.code, outcome.states) == (1, ["1"])
    assert [(entry["stream"], entry["status"]) for entry in outcome.summary["streams"]] == [
        ("a", "incomplete"),
        ("b", "failed"),
    ]


def test_the_backends_verdict_is_the_exit_code(run: Run, backend: t.Any) -> None:
    backend.outcome = ExitCode.PARTIAL
    assert run(schema(), record(1), state(1)).code == 3


def test_the_summary(run: Run) -> None:
    summary = run(schema(), record(1), record(2), state(1)).summary
    assert summary.pop("started_at") <= summary.pop("finished_at")
    assert summary == {
        "program": "target-memory",
        "version": "0.1.0",
        "exit_code": 0,
        "error": None,
        "requests": 7,
        "waited_seconds": 0.0,
        "streams": [
            {
                "stream": "a",
                "partition": None,
                "status": "complete",
                "records": 2,
                "loaded": 2,
                "error": None,
                "table": "memory.a",
            }
        ],
    }


def test_the_summary_of_a_failed_load_names_the_stream(run: Run, backend: t.Any) -> None:
    backend.fail["load"] = LoadError("the disk is gone", stream="a")
    stream = run(schema(), record(1)).summary["streams"][0]
    assert (stream["status"], stream["loaded"], stream["error"]) == ("failed", 0, "the disk is gone")
