"""A stand for the backend: Amplitude's side is scripted, time is fake, files are real."""

from __future__ import annotations

import dataclasses
import itertools
import json
import logging
import typing as t
import urllib.parse
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import pytest
from singer_spool import Batch, StreamSpec, redact
from target_amplitude.answers import Answer
from target_amplitude.backend import AmplitudeBackend
from target_amplitude.pace import Clock
from target_amplitude.settings import Surroundings, make_backend
from target_amplitude.target import TargetAmplitude

Json = dict[str, t.Any]
Events = list[Json]
Script = Answer | Callable[[Events], Answer]

API_KEY = "key-of-a-test-project"


def accepted(events: Sequence[t.Any]) -> Answer:
    """Amplitude's answer when all is well."""
    body = {"code": 200, "events_ingested": len(events), "payload_size_bytes": 1, "server_upload_time": 1}
    return Answer(200, json.dumps(body), body)


def answer(status: int, body: t.Any = None, *, retry_after: float | None = None, text: str | None = None) -> Answer:
    """Any answer; `body` is JSON."""
    return Answer(status, json.dumps(body) if text is None else text, body, retry_after)


@dataclasses.dataclass
class Request:
    """One request as it arrived."""

    url: str
    raw: bytes
    content_type: str

    @property
    def body(self) -> Json:
        if self.content_type == "application/json":
            return t.cast("Json", json.loads(self.raw))
        form = dict(urllib.parse.parse_qsl(self.raw.decode(), strict_parsing=True))
        return {name: value if name == "api_key" else json.loads(value) for name, value in form.items()}

    @property
    def events(self) -> Events:
        body = self.body
        return t.cast("Events", body["events"] if "events" in body else body["identification"])

    @property
    def users(self) -> list[str]:
        return [str(event.get("user_id", event.get("device_id"))) for event in self.events]


class FakeAmplitude:
    """Answers from a script, then with success; or always by `rule`."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.script: list[Script] = []
        self.rule: Callable[[Events], Answer] = accepted
        self.closed = False

    def post(self, url: str, body: bytes, content_type: str) -> Answer:
        request = Request(url, body, content_type)
        self.requests.append(request)
        step = self.script.pop(0) if self.script else self.rule
        return step if isinstance(step, Answer) else step(request.events)

    def close(self) -> None:
        self.closed = True

    @property
    def users(self) -> list[list[str]]:
        return [request.users for request in self.requests]


class FakeClock(Clock):
    """Time passes only by sleeping."""

    def __init__(self) -> None:
        super().__init__()
        self.time = 1000.0
        self.sleeps: list[float] = []

    def now(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.sleeps.append(seconds)
        self.time += seconds
        self.waited_seconds += seconds


TEXT = {"type": ["string", "null"]}
SCHEMA: Json = {
    "properties": {
        "id": TEXT,
        "device": TEXT,
        "plan": TEXT,
        "level": {"type": ["integer", "null"]},
        "seen_at": {"type": ["string", "null"], "format": "date-time"},
        "tags": {"type": ["array", "null"], "items": {}},
        "visits": {"type": ["integer", "null"]},
        "city": TEXT,
        "country": TEXT,
    },
}
MAPPING: Json = {"type": "identify", "user_id": "id", "user_properties": ["plan", "level"]}


def surroundings(amplitude: FakeAmplitude, clock: Clock) -> Surroundings:
    """The outside world of a test."""
    return Surroundings(
        transport=lambda _timeout: amplitude,
        clock=lambda: clock,
        fresh_id=lambda: (f"fresh-{number}" for number in itertools.count(1)).__next__,
        now=lambda: "2026-11-23T10:00:00.000+00:00",
    )


class Stand:
    """A backend with a scripted Amplitude."""

    def __init__(self, folder: Path, mapping: Json | None, config: Json) -> None:
        self.folder = folder
        self.amplitude = FakeAmplitude()
        self.clock = FakeClock()
        self.letters_path = folder / "dead.jsonl"
        self.report_path = folder / "report.json"
        full = {
            "api_key": API_KEY,
            "streams": {"profiles": mapping or MAPPING},
            "dead_letter_path": str(self.letters_path),
            "report_path": str(self.report_path),
            "max_parallel_requests": 1,
            **config,
        }
        target = TargetAmplitude(config=full)
        self.backend: AmplitudeBackend = make_backend(target.config, surroundings(self.amplitude, self.clock))
        self.declared = False

    def declare(self, schema: Json = SCHEMA, stream: str = "profiles") -> None:
        self.backend.declare(StreamSpec(stream, schema, ("id",)))
        self.declared = True

    def load(self, *records: Mapping[str, t.Any], schema: Json = SCHEMA) -> None:
        """Declare (once) and load one flush."""
        if not self.declared:
            self.declare(schema)
        path = self.folder / "batch.jsonl"
        path.write_text("".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records))
        spec = StreamSpec("profiles", schema, ("id",))
        size = path.stat().st_size
        self.backend.load([Batch(spec, (path,), len(records), bytes=size, longest=size)])

    def load_users(self, *users: str) -> None:
        """One plain record a user."""
        self.load(*({"id": user, "plan": "pro"} for user in users))

    @property
    def letters(self) -> list[Json]:
        if not self.letters_path.exists():
            return []
        return [json.loads(line) for line in self.letters_path.read_text().splitlines()]

    @property
    def reasons(self) -> dict[str, str]:
        return {letter["record"]["id"]: letter["reason"] for letter in self.letters}

    @property
    def result(self) -> Json:
        return self.backend.stream_results()[0]


@pytest.fixture(scope="session")
def stand_class() -> type[Stand]:
    """For tests that make several stands within one test."""
    return Stand


@pytest.fixture
def make_stand(tmp_path: Path) -> Callable[..., Stand]:
    """Makes a stand from a mapping and settings."""

    def make(mapping: Json | None = None, **config: t.Any) -> Stand:
        return Stand(tmp_path, mapping, config)

    return make


@pytest.fixture
def stand(make_stand: Callable[..., Stand]) -> Stand:
    """A stand with the usual mapping."""
    return make_stand()


@pytest.fixture
def fake_amplitude(monkeypatch: pytest.MonkeyPatch) -> FakeAmplitude:
    """What a whole target sends to instead of the network."""
    fake = FakeAmplitude()
    monkeypatch.setattr(TargetAmplitude, "surroundings", surroundings(fake, FakeClock()))
    return fake


@pytest.fixture(autouse=True)
def _clean_process() -> Iterator[None]:
    """Logging and redaction belong to the process: take back what a target did to them."""
    spellings = list(redact._spellings)
    root = logging.getLogger()
    handlers = {handler: handler.formatter for handler in root.handlers}
    yield
    redact._spellings = spellings
    root.handlers[:] = handlers
    for handler, formatter in handlers.items():
        handler.setFormatter(formatter)
