from __future__ import annotations

import json
import signal
import time
import typing as t

import pytest
from sandbox.testing import AMPLITUDE_API_KEY

if t.TYPE_CHECKING:
    from conftest import Json, Program


def schema() -> Json:
    column = {"type": ["string", "null"]}
    return {
        "type": "SCHEMA",
        "stream": "profiles",
        "key_properties": ["id"],
        "schema": {
            "type": "object",
            "properties": {
                "id": {"type": ["string", "integer", "null"]},
                "device": column,
                "segment": column,
                "level": {"type": ["integer", "null"]},
                "seen_at": {**column, "format": "date-time"},
                "tags": {"type": ["array", "null"], "items": {"type": "string"}},
            },
        },
    }


def record(user: t.Any, **columns: t.Any) -> Json:
    return {"type": "RECORD", "stream": "profiles", "record": {"id": user, "segment": "vip", **columns}}


def state(value: t.Any) -> Json:
    return {"type": "STATE", "value": {"at": value}}


def as_lines(*messages: Json) -> str:
    return "".join(json.dumps(message) + "\n" for message in messages)


def test_profiles_arrive_and_refused_ones_stand_among_the_dead_letters(program: Program) -> None:
    done = program.run(
        schema(),
        record("user-1", level=1, seen_at="2026-03-01T10:00:00+03:00", tags=["a", "b"]),
        record(1000002, level=2),
        record("user-1", segment=None, level=5, tags=["b", "c"]),
        record("Unknown"),
        record("abc"),
        record(None),
        record(None, device="device-1", level=3),
        record("user-9", segment=None),
        state(1),
    )
    assert (done.code, done.states) == (3, [1])
    assert program.users == {
        "user-1": {"segment": "vip", "level": 5, "seen_at": "2026-03-01T07:00:00", "tags": ["a", "b", "c"]},
        "1000002": {"segment": "vip", "level": 2},
    }
    assert program.sandbox.received()["devices"] == {"device-1": {"segment": "vip", "level": 3}}
    assert program.reasons == {"Unknown": "id_refused", "abc": "id_too_short", None: "missing_id"}
    (stream,) = program.file("report.json")["streams"]
    assert stream == {
        "stream": "profiles",
        "records": 8,
        "loaded": 4,
        "delivered": 3,
        "collapsed": 1,
        "skipped": 1,
        "rejected": {"id_refused": 1, "id_too_short": 1, "missing_id": 1},
        "retried": 0,
        "over_hourly_limit": 0,
        "long_texts": {},
    }
    summary = program.file("summary.json")
    assert (summary["program"], summary["exit_code"], summary["requests"]) == ("target-amplitude", 3, 1)


def test_allowed_rejects_end_with_0(program: Program) -> None:
    assert program.run(schema(), record("user-1"), record("x"), state(1), max_rejects="50%").code == 0


@pytest.mark.parametrize("endpoint", ["batch", "httpapi", "identify"])
def test_every_endpoint(program: Program, endpoint: str) -> None:
    mapping = {"type": "identify", "endpoint": endpoint, "user_id": "id", "user_properties": ["level"]}
    if endpoint == "identify":
        mapping["paying"] = "segment"
    messages = [record(f"ü-{number:04}", level=number, segment="true") for number in range(30)]
    done = program.run(schema(), *messages, state(1), streams={"profiles": mapping}, batch_size=10)
    assert (done.code, done.states) == (0, [1])
    assert program.users == {f"ü-{number:04}": {"level": number} for number in range(30)}
    paths = {request["method"] for request in program.sandbox.requests()}
    assert paths == {{"batch": "/batch", "httpapi": "/2/httpapi", "identify": "/identify"}[endpoint]}
    if endpoint == "identify":
        assert program.sandbox.received()["amplitude_properties"]["ü-0007"] == {"paying": "true"}


def test_operations(program: Program) -> None:
    mapping = {
        "type": "identify",
        "user_id": "id",
        "user_properties": {"$setOnce": {"first": "level"}, "$set": ["segment"], "$unset": ["gone"]},
        "when_null": "unset",
    }
    before = {"type": "identify", "user_id": "id", "user_properties": {"gone": "segment", "segment": "segment"}}
    program.run(schema(), record("user-1"), streams={"profiles": before})
    assert program.users["user-1"] == {"gone": "vip", "segment": "vip"}
    program.run(schema(), record("user-1", level=1), streams={"profiles": mapping})
    assert program.users["user-1"] == {"first": 1, "segment": "vip"}
    program.run(schema(), record("user-1", level=2, segment=None), streams={"profiles": mapping})
    assert program.users["user-1"] == {"first": 1}


def test_a_value_that_comes_back_comes_back(program: Program) -> None:
    for segment in ("a", "b", "a"):
        program.run(schema(), record("user-1", segment=segment))
    assert program.users["user-1"]["segment"] == "a"
    assert program.sandbox.received()["counts"]["duplicates"] == 0


def test_counters_survive_a_repeated_run(program: Program) -> None:
    mapping = {
        "type": "identify",
        "user_id": "id",
        "user_properties": {"$add": ["level"]},
        "insert_id": ["id", "seen_at"],
    }
    messages = [
        schema(),
        record("user-1", level=2, seen_at="2026-03-01"),
        record("user-1", level=3, seen_at="2026-03-02"),
    ]
    for _ in range(2):
        assert program.run(*messages, streams={"profiles": mapping}).code == 0
    assert program.users["user-1"] == {"level": 5}


def test_many_users_over_parallel_requests(program: Program) -> None:
    messages = [record(f"user-{number:05}", level=number) for number in range(9_000)]
    messages += [record(f"user-{number:05}", level=number + 1) for number in range(0, 9_000, 3)]
    done = program.run(schema(), *messages, state(1), batch_size=500, batch_size_rows=4_000)
    assert (done.code, done.states) == (0, [1])
    assert {user: values["level"] for user, values in program.users.items()} == {
        f"user-{number:05}": number + (number % 3 == 0) for number in range(9_000)
    }
    summary = program.file("summary.json")
    assert summary["requests"] == len(program.sandbox.requests())
    assert summary["streams"][0]["delivered"] + summary["streams"][0]["collapsed"] == 12_000


def test_server_refusals_are_taken_out_and_the_rest_arrives(program: Program) -> None:
    body = {
        "code": 400,
        "error": "Invalid field values on some events",
        "events_with_invalid_fields": {"user_properties": [1, 3]},
    }
    program.sandbox.fault(vendor="amplitude", kind="status", status=400, body=body)
    done = program.run(schema(), *(record(f"user-{number}") for number in range(5)), state(1))
    assert (done.code, done.states) == (3, [1])
    assert sorted(program.users) == ["user-0", "user-2", "user-4"]
    assert program.reasons == {"user-1": "invalid_fields", "user-3": "invalid_fields"}
    assert [letter["status"] for letter in program.letters] == [400, 400]


def test_silenced_devices(program: Program) -> None:
    program.sandbox.settings(silenced_devices=["device-1"])
    done = program.run(schema(), record("user-1", device="device-1"), record("user-2"), state(1))
    assert (done.code, done.states) == (3, [1])
    assert program.reasons == {"user-1": "silenced"}
    assert list(program.users) == ["user-2"]


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "status", "status": 503, "retry_after": 1},
        {"kind": "html", "status": 502},
        {"kind": "reset", "accepted": True},
        {"kind": "truncated", "close": True},
        {"kind": "status", "status": 429, "retry_after": 1, "body": {"code": 429, "throttled_events": [0]}},
        {"kind": "status", "status": 429, "retry_after": 1, "body": {"code": 429, "error": "Too many"}},
        {"kind": "status", "status": 413, "body": {"code": 413, "error": "Payload too large"}},
        {"kind": "stall", "seconds": 6, "accepted": True},
    ],
)
def test_passing_trouble_loses_nothing_and_doubles_nothing(program: Program, fault: dict[str, t.Any]) -> None:
    program.sandbox.fault(vendor="amplitude", **fault)
    mapping = {"type": "identify", "user_id": "id", "user_properties": {"$add": ["level"]}, "insert_id": ["id"]}
    messages = [record(f"user-{number}", level=number) for number in range(4)]
    done = program.run(schema(), *messages, state(1), streams={"profiles": mapping}, request_timeout=2)
    assert (done.code, done.states) == (0, [1])
    assert program.users == {f"user-{number}": {"level": number} for number in range(4)}
    assert program.letters == []
    assert program.file("report.json")["streams"][0]["retried"] >= 1


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ({"kind": "status", "status": 500, "times": None}, 1),
        ({"kind": "reset", "times": None}, 1),
        ({"kind": "amplitude_project_limit", "times": None}, 4),
        ({"kind": "amplitude_throttle", "times": None}, 4),
        ({"kind": "status", "status": 404, "times": None}, 2),
    ],
)
def test_lasting_trouble_ends_the_run_before_its_state(program: Program, fault: dict[str, t.Any], code: int) -> None:
    program.sandbox.fault(vendor="amplitude", after=1, **fault)
    done = program.run(
        schema(),
        record("user-1"),
        state(1),
        record("user-2"),
        record("x"),
        state(2),
        batch_size_rows=1,
        max_retries=1,
        max_wait_seconds=5,
    )
    assert (done.code, done.states) == (code, [1])
    assert list(program.users) == ["user-1"]
    assert program.letters == []
    assert program.file("summary.json")["exit_code"] == code


def test_a_firewall_that_lets_nothing_through(program: Program) -> None:
    forbidden = {"code": 403, "error": "Forbidden"}
    program.sandbox.fault(vendor="amplitude", kind="status", status=403, times=None, body=forbidden)
    done = program.run(schema(), record("user-1"), record("user-2"), record("x"), state(1))
    assert (done.code, done.states, program.letters) == (2, [], [])
    assert len(program.sandbox.requests()) == 3
    assert "firewall" in done.stderr


def test_no_server(program: Program) -> None:
    done = program.run(schema(), record("user-1"), state(1), api_url="http://127.0.0.1:9", max_retries=1)
    assert (done.code, done.states) == (1, [])
    assert "the connection failed (ConnectionError), 2 times in a row" in done.stderr
    assert "Traceback" not in done.stderr


def test_daily_quota_and_replay(program: Program) -> None:
    program.sandbox.settings(daily_quota=0)
    done = program.run(schema(), record("user-1", seen_at="2026-03-01T10:00:00+03:00"), record("user-2"), state(1))
    assert (done.code, done.states) == (4, [1])
    assert program.reasons == {"user-1": "daily_quota", "user-2": "daily_quota"}
    assert "--replay target-amplitude.dead-letter.jsonl" in done.stderr
    assert program.users == {}

    program.sandbox.settings(daily_quota=500_000)
    done = program.run(options=["--replay", "target-amplitude.dead-letter.jsonl"])
    assert (done.code, done.stdout) == (0, "")
    assert program.users == {
        "user-1": {"segment": "vip", "seen_at": "2026-03-01T07:00:00"},
        "user-2": {"segment": "vip"},
    }
    assert program.letters == []


def test_wrong_key(program: Program) -> None:
    key = "a-key-of-another-project"
    done = program.run(schema(), record("user-1"), record("x"), state(1), api_key=key)
    assert (done.code, done.stdout) == (2, "")
    assert "it answered 400: Invalid API key. Check 'api_key'" in done.stderr
    assert program.letters == []
    assert len(program.sandbox.requests()) == 1
    assert key not in done.stderr + program.everything_written()


def test_the_key_is_nowhere_in_what_the_program_says(program: Program) -> None:
    body = {"code": 400, "error": f"odd event of {AMPLITUDE_API_KEY}"}
    program.sandbox.fault(vendor="amplitude", kind="status", status=400, body=body)
    program.sandbox.fault(vendor="amplitude", kind="html", status=502)
    done = program.run(schema(), record("user-1"), record("x"), state(1))
    assert done.code == 3
    assert AMPLITUDE_API_KEY not in done.stdout + done.stderr + program.everything_written()


@pytest.mark.parametrize(
    ("config", "url"),
    [
        ({}, "https://api2.amplitude.com/batch"),
        ({"region": "eu"}, "https://api.eu.amplitude.com/batch"),
        (
            {"region": "eu", "api_url": "https://proxy.example.test/amplitude/"},
            "https://proxy.example.test/amplitude/batch",
        ),
    ],
)
def test_dry_run(program: Program, config: dict[str, t.Any], url: str) -> None:
    settings = {"api_key": None, "api_url": None, "dry_run": True, "dry_run_path": "requests.jsonl", **config}
    done = program.run(schema(), record("user-1", level=1), state(1), **settings)
    assert (done.code, done.stdout) == (0, "")
    request = json.loads((program.folder / "requests.jsonl").read_text())
    assert request["url"] == url
    assert request["body"]["events"][0]["user_properties"] == {"$set": {"segment": "vip", "level": 1}}
    assert program.sandbox.requests() == []
    assert program.file("report.json")["dry_run"] is True


def test_killed_at_any_point_and_run_again(program: Program) -> None:
    messages: list[Json] = [schema()]
    for number in range(40):
        messages += [record(f"user-{number:02}", level=number), state(number + 1)]
    text = as_lines(*messages)
    last = 0
    for after in (0, 7, 19):
        program.sandbox.clear_faults()
        program.sandbox.clear_requests()
        program.sandbox.fault(vendor="amplitude", kind="stall", seconds=5, after=after, accepted=True)
        process = program.start(batch_size_rows=1)
        assert process.stdin is not None
        process.stdin.write(text)
        process.stdin.close()
        deadline = time.monotonic() + 120
        while len(program.sandbox.requests()) < after and time.monotonic() < deadline:
            time.sleep(0.02)
        time.sleep(0.2)
        process.kill()
        assert process.stdout is not None
        assert process.stderr is not None
        states = [json.loads(line)["at"] for line in process.stdout.read().splitlines()]
        process.stdout.close()
        process.stderr.close()
        process.wait()
        assert states == list(range(1, len(states) + 1))
        assert len(states) <= after
        delivered = {f"user-{number:02}" for number in range(states[-1] if states else 0)}
        assert delivered <= set(program.users), "STATE ran ahead of delivery"
        last = max(last, len(states))
    program.sandbox.clear_faults()
    done = program.run(schema(), *messages[1 + 2 * last :])
    assert done.code == 0
    assert done.states[-1] == 40
    assert program.users == {f"user-{number:02}": {"segment": "vip", "level": number} for number in range(40)}


def test_sigterm_delivers_what_was_received_and_hands_on_its_state(program: Program) -> None:
    process = program.start(batch_max_seconds=1)
    assert process.stdin is not None
    process.stdin.write(as_lines(schema(), record("user-1"), state(1)))
    process.stdin.flush()
    deadline = time.monotonic() + 120
    while not program.users and time.monotonic() < deadline:
        time.sleep(0.05)
    process.stdin.write(as_lines(record("user-2"), state(2)))
    process.stdin.flush()
    time.sleep(0.3)
    process.send_signal(signal.SIGTERM)
    stdout, _ = process.communicate(timeout=120)
    assert (process.returncode, stdout) == (143, '{"at": 1}\n{"at": 2}\n')
    assert program.users == {"user-1": {"segment": "vip"}, "user-2": {"segment": "vip"}}
    assert program.file("summary.json")["exit_code"] == 143


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"streams": {"profiles": {"type": "group_identify"}}}, "not available yet in this version"),
        ({"streams": {"profiles": {"type": "identify", "user_id": "uid", "user_properties": ["level"]}}}, "'uid'"),
        ({"api_url": "amplitude"}, "setting 'api_url' must be a base address"),
        ({"api_key": None}, "setting 'api_key' is required and not given"),
        ({"api_key": None, "apikey": AMPLITUDE_API_KEY}, "unknown setting 'apikey'; did you mean 'api_key'?"),
        ({"streams": None}, "setting 'streams' is required and not given"),
        ({"max_rejects": "few"}, "setting 'max_rejects' must be a number such as 10"),
    ],
)
def test_hostile_settings(program: Program, config: dict[str, t.Any], message: str) -> None:
    done = program.run(schema(), record("user-1"), state(1), **config)
    assert (done.code, done.stdout) == (2, "")
    [error] = [line for line in done.stderr.splitlines() if "| ERROR " in line]
    assert message in error
    assert AMPLITUDE_API_KEY not in done.stderr
    assert "Traceback" not in done.stderr
    assert program.sandbox.requests() == []
