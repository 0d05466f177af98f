"""Every field typed and described, keys never null; settings that make no sense are told."""

from __future__ import annotations

import json
import typing as t
from pathlib import Path

import pytest
from click.testing import CliRunner
from genesys_memory import CONFIG, Row
from tap_genesys.tap import TapGenesys

STREAMS = TapGenesys(config=CONFIG).streams
KEYS = {
    "conversations": ("conversationId",),
    "queue_members": ("queueId", "id"),
    "queue_wrapup_codes": ("queueId", "id"),
    "user_presence": ("userId", "startTime"),
    "user_routing_status": ("userId", "startTime"),
}
BY_TIME = {
    "conversations": "conversationStart",
    "evaluations": "assignedDate",
    "user_presence": "startTime",
    "user_routing_status": "startTime",
}
NAMES = {
    *("conversations", "evaluations", "evaluation_forms", "user_presence", "user_routing_status", "users", "queues"),
    *("queue_members", "wrapup_codes", "queue_wrapup_codes", "presence_definitions", "skills", "languages"),
    *("divisions", "groups", "locations", "roles", "teams"),
}


def walk(schema: Row, path: str = "") -> t.Iterator[tuple[str, Row]]:
    for name, field in schema.get("properties", {}).items():
        yield f"{path}{name}", field
        yield from walk(field, f"{path}{name}.")
        yield from walk(field.get("items", {}), f"{path}{name}.")


def test_the_streams() -> None:
    assert set(STREAMS) == NAMES
    assert {name: stream.replication_key for name, stream in STREAMS.items() if stream.replication_key} == BY_TIME


@pytest.mark.parametrize("name", sorted(NAMES))
def test_fields(name: str) -> None:
    schema, keys = STREAMS[name].schema, KEYS.get(name, ("id",))
    assert tuple(STREAMS[name].primary_keys) == keys
    fields = dict(walk(schema))
    assert [path for path, field in fields.items() if not field.get("description") or not field.get("type")] == []
    assert {path for path, field in fields.items() if "null" not in field["type"]} == set(keys)
    assert schema["additionalProperties"] is False
    assert schema["required"] == list(keys)


def test_how_deep_a_conversation_is_typed() -> None:
    fields = dict(walk(STREAMS["conversations"].schema))
    assert len(fields) > 200
    segment = "participants.sessions.segments"
    assert fields[f"{segment}.segmentEnd"]["format"] == "date-time"
    assert fields["participants.sessions.metrics.value"]["type"] == ["integer", "null"]
    assert fields["participants.sessions.flow.outcomes.flowOutcomeId"]["type"] == ["string", "null"]
    assert fields["participants.sessions.mediaEndpointStats.minMos"]["type"] == ["number", "null"]
    assert fields["participants.attributes"]["additionalProperties"] == {"type": ["string", "null"]}


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"client_id": None}, "client_id is missing: give the id and the secret of an OAuth client"),
        ({"client_secret": ""}, "client_secret is missing: give the id and the secret"),
        ({"region": "https://mypurecloud.de"}, "region: 'https://mypurecloud.de' is no domain"),
        ({"auth_url": "login.mypurecloud.de"}, "auth_url: 'login.mypurecloud.de' is no address"),
        ({"conversation_source": "both"}, "conversation_source: 'both' must be one of 'auto', 'jobs', 'query'"),
        ({"job_poll_seconds": 0}, "job_poll_seconds: 0 must be above 0"),
        ({"requests_per_minute": 0}, "requests_per_minute: 0 must be at least 1"),
        ({"slice_days": {"user_presence": 2}}, "slice_days.user_presence: 2 is more than the vendor allows; at most 1"),
        ({"evaluator_roles": "Evaluator"}, "evaluator_roles: 'Evaluator' must be of type array"),
        ({"client_ids": 1}, "unknown setting 'client_ids'; did you mean 'client_id'?"),
    ],
)
def test_wrong_settings(tmp_path: Path, changes: Row, line: str) -> None:
    config = {name: value for name, value in {**CONFIG, **changes}.items() if value is not None}
    summary, path = tmp_path / "summary.json", tmp_path / "config.json"
    path.write_text(json.dumps({**config, "summary_path": str(summary)}))
    assert CliRunner().invoke(TapGenesys.cli, ["--config", str(path)]).exit_code == 2
    told = json.loads(summary.read_text())["error"].splitlines()
    assert len(told) == 1, told
    assert told[0].startswith(line)
