"""Dead letters, report, dry run."""

from __future__ import annotations

import json
import typing as t
from collections.abc import Callable
from pathlib import Path

import pytest
from singer_spool import ConfigurationError, LoadError, StreamSpec
from target_amplitude.answers import Answer
from target_amplitude.dead_letters import DeadLetters, usable_path
from target_amplitude.dry_run import DryRunTransport
from target_amplitude.report import Allowance
from target_amplitude.updates import Rejection, Source

if t.TYPE_CHECKING:
    from conftest import Stand

MakeStand = Callable[..., "Stand"]


def source(position: int = 0) -> Source:
    return Source("p", {"id": 1}, {"id": 1, "name": "Zoë"}, position, {})


def test_dead_letters_are_appended(tmp_path: Path) -> None:
    letters = DeadLetters(tmp_path / "d.jsonl", now=lambda: "now")
    letters.write([])
    assert not letters.path.exists()
    letters.write([(source(), Rejection("a", "A"))])
    letters.write([(source(), Rejection("b", "B", 400, "said"))])
    first, second = (json.loads(line) for line in letters.path.read_text(encoding="utf-8").splitlines())
    assert first == {
        "stream": "p",
        "key": {"id": 1},
        "record": {"id": 1, "name": "Zoë"},
        "reason": "a",
        "detail": "A",
        "status": None,
        "answer": None,
        "time": "now",
        "schema": {},
    }
    assert (second["reason"], second["status"], second["answer"]) == ("b", 400, "said")


def test_a_torn_line_of_a_killed_run_is_closed(tmp_path: Path) -> None:
    path = tmp_path / "d.jsonl"
    path.write_text('{"stream": "p", "rec')
    DeadLetters(path).write([(source(), Rejection("a", "A"))])
    torn, whole = path.read_text().splitlines()
    assert torn == '{"stream": "p", "rec'
    assert json.loads(whole)["reason"] == "a"


def test_a_dead_letter_that_cannot_be_written_fails_the_load(tmp_path: Path) -> None:
    with pytest.raises(LoadError, match=r"Writing dead letters to .* failed: Is a directory"):
        DeadLetters(tmp_path).write([(source(), Rejection("a", "A"))])


def test_usable_paths(tmp_path: Path) -> None:
    assert usable_path("report_path", str(tmp_path / "new" / "folder" / "r.json")).parent.is_dir()
    with pytest.raises(ConfigurationError, match=r"setting 'report_path': .* is a folder"):
        usable_path("report_path", str(tmp_path))
    (tmp_path / "file").touch()
    with pytest.raises(ConfigurationError, match="cannot be made: "):
        usable_path("report_path", str(tmp_path / "file" / "r.json"))


def test_local_rejects_as_whole_dead_letters(stand: Stand) -> None:
    stand.load(
        {"id": "unknown", "plan": "pro", "seen_at": "2026-03-01T10:00:00Z"},
        {"id": None, "plan": "pro"},
    )
    assert stand.amplitude.requests == []
    assert stand.letters == [
        {
            "stream": "profiles",
            "key": {"id": "unknown"},
            "record": {"id": "unknown", "plan": "pro", "seen_at": "2026-03-01T10:00:00Z"},
            "reason": "id_refused",
            "detail": "the user_id in column 'id' is a value that Amplitude refuses as an id",
            "status": None,
            "answer": None,
            "time": "2026-11-23T10:00:00.000+00:00",
            "schema": {},
        },
        {
            "stream": "profiles",
            "key": {"id": None},
            "record": {"id": None, "plan": "pro"},
            "reason": "missing_id",
            "detail": "the record has neither a user_id nor a device_id",
            "status": None,
            "answer": None,
            "time": "2026-11-23T10:00:00.000+00:00",
            "schema": {},
        },
    ]


def test_dates_schema_travels_with_the_dead_letter(make_stand: MakeStand) -> None:
    stand = make_stand({"type": "identify", "user_id": "id", "user_properties": ["seen_at", "plan"]})
    stand.load({"id": "x", "seen_at": "2026-03-01T10:00:00Z"})
    assert stand.letters[0]["schema"] == {"seen_at": {"type": ["string", "null"], "format": "date-time"}}


def test_the_key_never_reaches_a_dead_letter(stand: Stand) -> None:
    stand.amplitude.script = [Answer(400, body={"code": 400, "error": "odd event from key-of-a-test-project"})]
    stand.load_users("user-1")
    assert "key-of-a-test-project" not in stand.letters_path.read_text()
    assert stand.letters[0]["detail"] == "Amplitude answered 400: odd event from ***"
    assert stand.letters[0]["answer"] == {"code": 400, "error": "odd event from ***"}


def test_whole_report(stand: Stand) -> None:
    stand.amplitude.script = [Answer(503)]
    stand.load(
        {"id": "user-1", "plan": "a"},
        {"id": "user-1", "plan": "b" * 2000},
        {"id": "user-2"},
        {"id": "x", "plan": "a"},
    )
    stand.backend.finish()
    stand.backend.close()
    size = sum(len(request.raw) for request in stand.amplitude.requests)
    assert json.loads(stand.report_path.read_text()) == {
        "finished": True,
        "dry_run": False,
        "requests": 2,
        "bytes": size,
        "streams": [
            {
                "stream": "profiles",
                "loaded": 2,
                "delivered": 1,
                "collapsed": 1,
                "skipped": 1,
                "rejected": {"id_too_short": 1},
                "retried": 2,
                "over_hourly_limit": 0,
                "long_texts": {"plan": 1},
                "records": 4,
            },
        ],
    }
    assert stand.amplitude.closed


def test_report_of_a_failed_run(make_stand: MakeStand) -> None:
    stand = make_stand(max_retries=0)
    stand.amplitude.script = [Answer(500)]
    with pytest.raises(LoadError):
        stand.load_users("user-1")
    stand.backend.close()
    report = json.loads(stand.report_path.read_text())
    assert (report["finished"], report["requests"], report["streams"][0]["delivered"]) == (False, 1, 0)


@pytest.mark.parametrize("setting", ["-1", "many", "1.5", "%", "-1%", "1%%", ""])
def test_wrong_allowance(setting: str) -> None:
    with pytest.raises(ConfigurationError, match="setting 'max_rejects' must be a number such as 10"):
        Allowance(setting)


def test_dry_run_writes_what_it_would_send(tmp_path: Path) -> None:
    transport = DryRunTransport(tmp_path / "requests.jsonl")
    transport.post("http://a/batch", b'{"api_key":"***","events":[1]}', "application/json")
    transport.post("http://a/identify", b"api_key=%2A&identification=%5B1%5D", "application/x-www-form-urlencoded")
    transport.close()
    assert [json.loads(line) for line in (tmp_path / "requests.jsonl").read_text().splitlines()] == [
        {
            "method": "POST",
            "url": "http://a/batch",
            "content_type": "application/json",
            "body": {"api_key": "***", "events": [1]},
        },
        {
            "method": "POST",
            "url": "http://a/identify",
            "content_type": "application/x-www-form-urlencoded",
            "body": {"api_key": "*", "identification": [1]},
        },
    ]


def test_changed_schema_keeps_the_counts(stand: Stand, caplog: pytest.LogCaptureFixture) -> None:
    stand.load({"id": "user-1", "plan": "x" * 2000})
    schema: dict[str, t.Any] = {"properties": {"id": {}, "plan": {}, "level": {}, "new": {}}}
    stand.backend.declare(StreamSpec("profiles", schema, ("id",), version=2))
    stand.load({"id": "user-1", "plan": "y" * 2000})
    assert stand.result["long_texts"] == {"plan": 2}
    assert stand.result["delivered"] == 2


def test_unmapped_streams(make_stand: MakeStand) -> None:
    stand = make_stand()
    with pytest.raises(ConfigurationError) as caught:
        stand.declare(stream="calls")
    assert str(caught.value) == (
        "Stream 'calls' has no mapping: add it to the setting 'streams' (it maps profiles), deselect it at the tap, or "
        "set 'ignore_unmapped_streams'."
    )
    lenient = make_stand(ignore_unmapped_streams=True)
    lenient.declare(stream="calls")
    assert lenient.backend.stream_results() == []
