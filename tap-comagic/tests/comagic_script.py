"""A client whose answers are written down beforehand: no network, no waiting."""

from __future__ import annotations

import dataclasses
import json
import typing as t

import time_machine
from singer_slices import Answer, Budget, RunControl, Transport
from tap_comagic.client import ComagicClient

Row = dict[str, t.Any]


class Clock:
    """Time that stands still until it is moved: the wall's and the monotonic one."""

    def __init__(self, wall: time_machine.Traveller) -> None:
        self._wall = wall
        self.monotonic = 1000.0

    def shift(self, seconds: float) -> None:
        """Move both on."""
        self._wall.shift(seconds)
        self.monotonic += seconds


def envelope(data: t.Any, **metadata: t.Any) -> Answer:
    """A good answer."""
    return document({"jsonrpc": "2.0", "id": 1, "result": {"data": data, "metadata": metadata}})


def refusal(mnemonic: str | None, code: int = -32602, *, status: int = 200, **data: t.Any) -> Answer:
    """An error answer."""
    details = {**({"mnemonic": mnemonic} if mnemonic else {}), **data}
    return document(
        {"jsonrpc": "2.0", "id": 1, "error": {"code": code, "message": "so it is", "data": details}}, status
    )


def document(body: t.Any, status: int = 200, **headers: str) -> Answer:
    """Any JSON answer."""
    return Answer(status, headers, json.dumps(body).encode())


def session(token: str, expire_at: t.Any = 4_000_000_000) -> Answer:
    """The answer to `login.user`."""
    return document({"jsonrpc": "2.0", "id": 1, "result": {"data": {"access_token": token, "expire_at": expire_at}}})


class _StillControl(RunControl):
    """Waits by moving the frozen clock on."""

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self._clock = clock

    def wait(self, seconds: float) -> None:
        self.waited_seconds += seconds
        self._clock.shift(seconds)


class _ScriptedTransport(Transport):
    """Answers in turn, keeping what was asked."""

    def __init__(self, control: RunControl, answers: t.Iterable[Answer]) -> None:
        super().__init__(control, user_agent="test", timeout=1, max_retries=2, max_wait_seconds=300)
        self._answers = iter(answers)
        self.asked: list[Row] = []
        self.urls: list[str] = []

    def send(self, method: str, url: str, **options: t.Any) -> Answer:
        assert (method, options["headers"]["Content-Type"]) == ("POST", "application/json; charset=UTF-8")
        self.urls.append(url)
        self.asked.append(json.loads(options["data"]))
        return next(self._answers)


@dataclasses.dataclass
class Scripted:
    """A client and its script."""

    client: ComagicClient
    transport: _ScriptedTransport
    control: RunControl

    def call(self, method: str = "get.tags", **params: t.Any) -> list[Row]:
        """The rows of one call."""
        return self.client.call(method, params, doing="reading tags").rows

    @property
    def methods(self) -> list[str]:
        return [asked["method"] for asked in self.transport.asked]

    @property
    def tokens(self) -> list[str | None]:
        return [asked["params"].get("access_token") for asked in self.transport.asked]


KEY = {"api_url": "https://vendor.test/v2.0", "access_token": "the-key-itself"}
LOGIN = {"api_url": "https://vendor.test/v2.0", "login": "me", "password": "secret-word"}


def scripted(clock: Clock, config: t.Mapping[str, t.Any], *answers: Answer) -> Scripted:
    """A client that gets these answers."""
    control = _StillControl(clock)
    transport = _ScriptedTransport(control, answers)
    budget = Budget(control, max_wait_seconds=300, vendor="CoMagic")
    return Scripted(ComagicClient(config, transport, budget, control), transport, control)
