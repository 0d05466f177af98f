"""The whole program in this process: STATE, exit codes, dry run, replay, secrets."""

from __future__ import annotations

import io
import json
import typing as t
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from target_amplitude.answers import Answer
from target_amplitude.target import TargetAmplitude

if t.TYPE_CHECKING:
    from conftest import FakeAmplitude

Json = dict[str, t.Any]

KEY = "key-of-a-test-project"
DATES = {"type": ["string", "null"], "format": "date-time"}
SCHEMA: Json = {
    "type": "SCHEMA",
    "stream": "profiles",
    "schema": {"type": "object", "properties": {"id": {"type": "string"}, "plan": {}, "seen_at": DATES}},
    "key_properties": ["id"],
}
MAPPING: Json = {"type": "identify", "user_id": "id", "user_properties": ["plan", "seen_at"]}


def record(user: str, **columns: t.Any) -> Json:
    return {"type": "RECORD", "stream": "profiles", "record": {"id": user, "plan": "pro", **columns}}


def state(value: t.Any) -> Json:
    return {"type": "STATE", "value": {"at": value}}


class Program:
    """Runs the program in a folder of its own."""

    def __init__(self, folder: Path, amplitude: FakeAmplitude) -> None:
        self.folder = folder
        self.amplitude = amplitude

    def run(self, *messages: Json | str, options: tuple[str, ...] = (), **config: t.Any) -> Result:
        given = {
            "api_key": KEY,
            "streams": {"profiles": MAPPING},
            "dead_letter_path": str(self.letters_path),
            "summary_path": str(self.folder / "summary.json"),
            **config,
        }
        path = self.folder / "config.json"
        path.write_text(json.dumps({name: value for name, value in given.items() if value is not None}))
        lines = [message if isinstance(message, str) else json.dumps(message) for message in messages]
        source = self.folder / "input.jsonl"
        source.write_text("\n".join(lines))
        arguments = ["--config", str(path), *options]
        if "--replay" not in options:
            arguments += ["--input", str(source)]
        return CliRunner().invoke(TargetAmplitude.cli, arguments, catch_exceptions=False)

    @property
    def letters_path(self) -> Path:
        return self.folder / "dead.jsonl"

    @property
    def letters(self) -> list[Json]:
        return [json.loads(line) for line in self.letters_path.read_text().splitlines()]

    @property
    def summary(self) -> Json:
        return t.cast("Json", json.loads((self.folder / "summary.json").read_text()))


@pytest.fixture
def program(tmp_path: Path, fake_amplitude: FakeAmplitude) -> Program:
    return Program(tmp_path, fake_amplitude)


def test_state_leaves_after_its_records_in_order(program: Program) -> None:
    seen: list[str] = []

    def note(events: list[Json]) -> Answer:
        seen.extend(event["user_id"] for event in events)
        return Answer(200, body={"code": 200})

    program.amplitude.rule = note
    result = program.run(
        SCHEMA, record("user-1"), state(1), record("user-2"), state(2), record("user-3"), batch_size_rows=1
    )
    assert result.exit_code == 0
    assert result.stdout.splitlines() == ['{"at": 1}', '{"at": 2}']
    assert seen == ["user-1", "user-2", "user-3"]
    assert program.amplitude.closed


def test_state_covers_what_stands_among_the_dead_letters(program: Program) -> None:
    result = program.run(SCHEMA, record("user-1"), record("x"), state(1))
    assert result.exit_code == 3
    assert result.stdout == '{"at": 1}\n'
    assert [letter["reason"] for letter in program.letters] == ["id_too_short"]
    stream = program.summary["streams"][0]
    assert (stream["records"], stream["loaded"], stream["rejected"]) == (2, 1, {"id_too_short": 1})
    assert (program.summary["exit_code"], program.summary["requests"], program.summary["waited_seconds"]) == (3, 1, 0)


def test_wrong_key(program: Program) -> None:
    program.amplitude.rule = lambda _: Answer(400, body={"code": 400, "error": f"Invalid API key: {KEY}"})
    result = program.run(SCHEMA, record("user-1"), record("x"), state(1))
    assert (result.exit_code, result.stdout) == (2, "")
    assert not program.letters_path.exists()
    assert program.summary["error"] == (
        "Sending to Amplitude: it answered 400: Invalid API key: ***. Check 'api_key', and that 'region' is the "
        "project's: EU projects have their own keys. Nothing more was sent."
    )
    assert KEY not in result.output


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (Answer(404, "not here"), 2),
        (Answer(400, body={"code": 400, "error": "Request missing required field", "missing_field": "api_key"}), 2),
        (Answer(500), 1),
        (Answer(503, retry_after=301), 4),
        (Answer(429, body={"code": 429}, retry_after=301), 4),
    ],
)
def test_a_run_that_cannot_go_on_emits_only_earlier_state(program: Program, answer: Answer, code: int) -> None:
    program.amplitude.script = [Answer(200, body={"code": 200})]
    program.amplitude.rule = lambda _: answer
    result = program.run(
        SCHEMA, record("user-1"), state(1), record("user-2"), record("x"), state(2), batch_size_rows=1, max_retries=1
    )
    assert result.exit_code == code
    assert result.stdout == '{"at": 1}\n'
    assert not program.letters_path.exists()


def test_daily_quota(program: Program) -> None:
    body = {"code": 429, "error": "Too many", "exceeded_daily_quota_users": {"user-2": 500_001}}
    program.amplitude.script = [Answer(429, body=body)]
    result = program.run(SCHEMA, record("user-1"), record("user-2"), state(1))
    assert (result.exit_code, result.stdout) == (4, '{"at": 1}\n')
    assert [letter["reason"] for letter in program.letters] == ["daily_quota"]


def test_a_malformed_line_after_good_ones(program: Program) -> None:
    result = program.run(SCHEMA, record("user-1"), record("x"), state(1), "{not json", state(2))
    assert (result.exit_code, result.stdout) == (1, '{"at": 1}\n')
    assert program.amplitude.users == [["user-1"]]
    assert len(program.letters) == 1


def test_dry_run_needs_no_key_and_leaves_nothing_behind(program: Program) -> None:
    requests = program.folder / "requests.jsonl"
    result = program.run(
        SCHEMA,
        record("user-1", seen_at="2026-03-01T10:00:00+03:00"),
        record("x"),
        state(1),
        api_key=None,
        dry_run=True,
        dry_run_path=str(requests),
        max_rejects=1,
    )
    assert (result.exit_code, result.stdout) == (0, "")
    assert program.amplitude.requests == []
    assert not program.letters_path.exists()
    (request,) = (json.loads(line) for line in requests.read_text().splitlines())
    insert_id = request["body"]["events"][0].pop("insert_id")
    assert insert_id.endswith("-1") or insert_id == "fresh-1"
    assert request == {
        "method": "POST",
        "url": "https://api2.amplitude.com/batch",
        "content_type": "application/json",
        "body": {
            "api_key": "***",
            "events": [
                {
                    "event_type": "$identify",
                    "user_id": "user-1",
                    "user_properties": {"$set": {"plan": "pro", "seen_at": "2026-03-01T07:00:00"}},
                },
            ],
        },
    }
    assert program.summary["streams"][0]["rejected"] == {"id_too_short": 1}


def test_dry_run_past_the_allowance(program: Program) -> None:
    assert program.run(SCHEMA, record("x"), dry_run=True, api_key=None).exit_code == 3


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"api_key": None}, "setting 'api_key' is required and not given (only a dry run needs none)"),
        ({"api_key": ""}, "setting 'api_key' is required"),
        ({"api_key": 5}, "setting 'api_key' must be string, not integer"),
        ({"region": "ru"}, "setting 'region' must be one of 'us', 'eu'"),
        ({"api_url": "amplitude.com"}, "setting 'api_url' must be a base address such as 'https://api2.amplitude.com'"),
        ({"api_url": "https://u:p@amplitude.com"}, "setting 'api_url' must be a base address"),
        ({"api_url": "https://amplitude.com:port"}, "setting 'api_url' must be a base address"),
        ({"streams": None}, "setting 'streams' is required and not given"),
        ({"streams": {}}, "The setting 'streams' maps no stream"),
        ({"streams": {"profiles": {"type": "event"}}}, "is 'event', which is not available yet in this version"),
        ({"max_rejects": "few"}, "setting 'max_rejects' must be a number such as 10"),
        ({"batch_size": 2001}, "setting 'batch_size'"),
        ({"max_parallel_requests": 0}, "setting 'max_parallel_requests'"),
        ({"request_timeout": 0}, "setting 'request_timeout'"),
        ({"apikey": "x"}, "unknown setting 'apikey'; did you mean 'api_key'?"),
        ({"skip_unchanged": True}, "unknown setting 'skip_unchanged'"),
    ],
)
def test_wrong_settings(program: Program, config: Json, message: str, caplog: pytest.LogCaptureFixture) -> None:
    result = program.run(SCHEMA, record("user-1"), state(1), **config)
    assert (result.exit_code, result.stdout) == (2, "")
    assert message in caplog.text
    assert program.amplitude.requests == []


def test_mapping_that_does_not_fit_the_schema(program: Program, caplog: pytest.LogCaptureFixture) -> None:
    mapping = {**MAPPING, "user_properties": ["paln"]}
    result = program.run(SCHEMA, record("user-1"), state(1), streams={"profiles": mapping})
    assert (result.exit_code, result.stdout) == (2, "")
    assert "names column 'paln', which the stream's SCHEMA lacks; it has id, plan, seen_at" in caplog.text


def test_unmapped_stream(program: Program) -> None:
    other = {**SCHEMA, "stream": "other"}
    assert program.run(other).exit_code == 2
    ignored = program.run(
        other, {"type": "RECORD", "stream": "other", "record": {}}, state(1), ignore_unmapped_streams=True
    )
    assert (ignored.exit_code, ignored.stdout) == (0, '{"at": 1}\n')
    assert program.amplitude.requests == []


def test_replay_sends_what_was_rejected_and_keeps_what_is_rejected_again(program: Program) -> None:
    body = {"code": 429, "error": "Too many", "exceeded_daily_quota_users": {"user-2": 500_001}}
    program.amplitude.script = [Answer(429, body=body)]
    times = {"seen_at": "2026-03-01T10:00:00+03:00"}
    assert program.run(SCHEMA, record("user-1"), record("user-2", **times), record("x"), state(1)).exit_code == 4
    program.amplitude.requests.clear()

    result = program.run(options=("--replay", str(program.letters_path)))
    assert (result.exit_code, result.stdout) == (3, "")
    (request,) = program.amplitude.requests
    (event,) = request.events
    assert (event["user_id"], event["user_properties"]) == (
        "user-2",
        {"$set": {"plan": "pro", "seen_at": "2026-03-01T07:00:00"}},
    )
    assert [(letter["key"], letter["reason"]) for letter in program.letters] == [({"id": "x"}, "id_too_short")]
    (done,) = program.folder.glob("dead.jsonl.replayed-*")
    assert len(done.read_text().splitlines()) == 2


def test_replay_that_fails_gives_the_file_back(program: Program) -> None:
    program.run(SCHEMA, record("x"), state(1))
    before = program.letters_path.read_text()
    program.amplitude.rule = lambda _: Answer(400, body={"code": 400, "error": "Invalid API key"})
    result = program.run(options=("--replay", str(program.letters_path)), min_id_length=1)
    assert result.exit_code == 2
    assert program.letters_path.read_text() == before
    assert [path.name for path in program.folder.glob("dead*")] == ["dead.jsonl"]


def test_replay_of_a_column_that_no_letter_has(program: Program) -> None:
    letter = {"stream": "profiles", "key": {"id": "user-1"}, "record": {"id": "user-1", "plan": "pro"}, "schema": {}}
    program.letters_path.write_text(json.dumps(letter) + "\n" + '{"stream": "prof')
    result = program.run(options=("--replay", str(program.letters_path)))
    assert result.exit_code == 0
    assert program.amplitude.users == [["user-1"]]


def test_replay_of_a_killed_replay(program: Program, caplog: pytest.LogCaptureFixture) -> None:
    program.run(SCHEMA, record("x"), state(1))
    claimed = program.letters_path.rename(program.folder / "dead.jsonl.replaying")
    assert program.run(options=("--replay", str(program.letters_path))).exit_code == 2
    assert "there is no file" in caplog.text
    program.letters_path.write_text("")
    assert program.run(options=("--replay", str(program.letters_path))).exit_code == 2
    assert f"an earlier replay was not finished; first run --replay '{claimed}'" in caplog.text
    assert program.run(options=("--replay", str(claimed)), min_id_length=1).exit_code == 0
    assert program.amplitude.users[-1] == ["x"]
    assert not claimed.exists()


def test_dry_replay_leaves_the_file_alone(program: Program) -> None:
    program.run(SCHEMA, record("x"), state(1))
    result = program.run(options=("--replay", str(program.letters_path)), dry_run=True, min_id_length=1)
    assert result.exit_code == 0
    assert len(program.letters) == 1
    assert program.amplitude.requests == []


def test_about_names_every_setting_and_marks_the_secret() -> None:
    result = CliRunner().invoke(TargetAmplitude.cli, ["--about", "--format=json"])
    about = json.loads(result.stdout)
    properties = about["settings"]["properties"]
    assert sorted(properties) == [
        "api_key",
        "api_url",
        "batch_max_seconds",
        "batch_size",
        "batch_size_mb",
        "batch_size_rows",
        "dead_letter_path",
        "dry_run",
        "dry_run_path",
        "ignore_unmapped_streams",
        "max_parallel_requests",
        "max_rejects",
        "max_retries",
        "max_wait_seconds",
        "min_id_length",
        "region",
        "report_path",
        "request_timeout",
        "spool_max_mb",
        "spool_path",
        "streams",
        "summary_path",
    ]
    assert [name for name, schema in properties.items() if schema.get("secret")] == ["api_key"]
    assert all(schema["title"] and schema["description"] for schema in properties.values())
    assert about["settings"]["required"] == ["streams"]


def test_records_are_read_from_memory_as_well(program: Program) -> None:
    config = {"api_key": KEY, "streams": {"profiles": MAPPING}, "dead_letter_path": str(program.letters_path)}
    target = TargetAmplitude(config=config)
    target.listen(io.StringIO("\n".join(json.dumps(message) for message in (SCHEMA, record("user-1")))))
    assert program.amplitude.users == [["user-1"]]
