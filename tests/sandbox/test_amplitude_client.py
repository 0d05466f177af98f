"""Amplitude's own Python client against a served sandbox: what it sends is what was received."""

from __future__ import annotations

import threading
import typing as t

import pytest
from amplitude import Amplitude, BaseEvent, Config, EventOptions, Identify
from sandbox.testing import AMPLITUDE_API_KEY, SandboxProcess, start_sandbox

OK = 200


@pytest.fixture
def sandbox() -> t.Iterator[SandboxProcess]:
    with start_sandbox(now="2026-03-20T12:00:00Z", days=1, calls_per_day=1, frozen=True) as running:
        yield running


class Outcomes:
    """Collects the client's callbacks until all events have one."""

    def __init__(self, expected: int) -> None:
        self.codes: dict[str, int] = {}
        self.texts: set[str] = set()
        self._left = expected
        self._done = threading.Event()

    def __call__(self, event: BaseEvent, code: int, message: str | None) -> None:
        self.codes[event.insert_id or ""] = code
        self.texts.add(str(message))
        self._left -= 1
        if self._left == 0:
            self._done.set()

    def wait(self) -> None:
        assert self._done.wait(20), f"only {len(self.codes)} outcomes"


def client(sandbox: SandboxProcess, path: str, outcomes: Outcomes, **options: t.Any) -> Amplitude:
    url = sandbox.amplitude_url + path
    config = Config(flush_interval_millis=20, server_url=url, callback=outcomes, **options)
    return Amplitude(options.pop("api_key", AMPLITUDE_API_KEY), config)


def finish(amplitude: Amplitude, outcomes: Outcomes) -> None:
    amplitude.flush()
    outcomes.wait()
    amplitude.shutdown()


@pytest.mark.parametrize("path", ["/batch", "/2/httpapi"])
def test_events_arrive_as_they_were_sent(sandbox: SandboxProcess, path: str) -> None:
    outcomes = Outcomes(450)
    amplitude = client(sandbox, path, outcomes)
    for number in range(450):
        amplitude.track(
            BaseEvent(
                "Call finished",
                user_id=f"user-{number % 20}",
                device_id="device-1",
                time=1_396_381_378_000 + number,
                insert_id=f"call-{number}",
                event_properties={"talk_duration": number, "tags": ["a", "b"]},
            ),
        )
    finish(amplitude, outcomes)
    received = sandbox.received()
    assert outcomes.codes == {f"call-{number}": OK for number in range(450)}
    events = sorted(received["events"], key=lambda event: event["time"])
    wanted = ("event_type", "user_id", "device_id", "time", "insert_id", "event_properties")
    assert [tuple(event[name] for name in wanted) for event in events] == [
        (
            "Call finished",
            f"user-{number % 20}",
            "device-1",
            1_396_381_378_000 + number,
            f"call-{number}",
            {"talk_duration": number, "tags": ["a", "b"]},
        )
        for number in range(450)
    ]
    assert (received["counts"]["events"], received["counts"]["refused"]) == (450, 0)


def test_profile_operations_are_applied(sandbox: SandboxProcess) -> None:
    changes = [
        Identify().set("plan", "basic").set_once("first_seen", "2026-01-01").add("calls", 2).append("tags", "a"),
        Identify()
        .set("plan", "pro")
        .set_once("first_seen", "2027-01-01")
        .add("calls", 3)
        .post_insert("tags", ["a", "b"]),
        Identify().unset("first_seen").prepend("tags", "z").remove("tags", "b").pre_insert("cities", "Казань"),
    ]
    for change in changes:
        outcomes = Outcomes(1)
        amplitude = client(sandbox, "/batch", outcomes)
        amplitude.identify(change, EventOptions(user_id="user-1"))
        finish(amplitude, outcomes)
        assert set(outcomes.codes.values()) <= {OK, 400}
    received = sandbox.received()
    # the third change names `tags` in two operations: the client keeps the first and logs the second away
    assert received["users"] == {"user-1": {"plan": "pro", "calls": 5, "tags": ["z", "a", "b"], "cities": ["Казань"]}}
    assert received["counts"]["identifies"] == 3


def test_the_same_insert_id_counts_once(sandbox: SandboxProcess) -> None:
    outcomes = Outcomes(3)
    amplitude = client(sandbox, "/batch", outcomes)
    for _ in range(3):
        amplitude.track(BaseEvent("x", user_id="user-1", insert_id="same", time=1_396_381_378_000))
    finish(amplitude, outcomes)
    assert sandbox.received()["counts"]["events"] == 1
    assert sandbox.received()["counts"]["duplicates"] == 2


@pytest.mark.parametrize("path", ["/batch", "/2/httpapi"])
def test_the_client_understands_the_index_lists(sandbox: SandboxProcess, path: str) -> None:
    """It drops what the lists name and sends the rest again until the request is accepted."""
    ids = {"good-1": "user-1", "short": "abc", "good-2": "user-2", "refused": "undefined", "good-3": "user-3"}
    outcomes = Outcomes(len(ids))
    amplitude = client(sandbox, path, outcomes)
    for insert_id, user_id in ids.items():
        amplitude.track(BaseEvent("x", user_id=user_id, insert_id=insert_id, time=1_396_381_378_000))
    finish(amplitude, outcomes)
    assert outcomes.codes == {"good-1": OK, "short": 400, "good-2": OK, "refused": 400, "good-3": OK}
    assert {event["insert_id"] for event in sandbox.received()["events"]} == {"good-1", "good-2", "good-3"}


def test_the_client_retries_a_server_error(sandbox: SandboxProcess) -> None:
    sandbox.fault(vendor="amplitude", kind="status", status=500, body={"code": 500, "error": "Internal"}, accepted=True)
    outcomes = Outcomes(1)
    amplitude = client(sandbox, "/batch", outcomes)
    amplitude.track(BaseEvent("x", user_id="user-1", insert_id="once", time=1_396_381_378_000))
    finish(amplitude, outcomes)
    assert outcomes.codes == {"once": OK}
    assert sandbox.received()["counts"] == {
        "requests": 2,
        "events": 1,
        "duplicates": 1,
        "identifies": 0,
        "group_identifies": 0,
        "refused": 0,
        "dropped_updates": 0,
    }


def test_the_clients_group_identify(sandbox: SandboxProcess) -> None:
    outcomes = Outcomes(1)
    amplitude = client(sandbox, "/2/httpapi", outcomes)
    amplitude.group_identify("company", "Acme", Identify().set("arr", 10))
    finish(amplitude, outcomes)
    assert sandbox.received()["groups"] == {"company": {"Acme": {"arr": 10}}}
