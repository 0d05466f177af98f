"""The ASGI application called in this process: no socket, no server, no client library."""

from __future__ import annotations

import asyncio
import dataclasses
import datetime as dt
import sys
import typing as t
from pathlib import Path

import msgspec
import pytest
from sandbox.app import make_app
from sandbox.state import Options, Sandbox

sys.path.insert(0, str(Path(__file__).parent))  # the helper module of this folder

if t.TYPE_CHECKING:
    from genesys_org import Org

TOKEN = "sandbox-access-token"
NOW = dt.datetime(2026, 3, 20, 12, 0, tzinfo=dt.UTC)  # 15:00 in Moscow, a Friday


@dataclasses.dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> t.Any:
        return msgspec.json.decode(self.body)


class InProcess:
    """Speaks HTTP semantics to the application without HTTP."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self._app = make_app(sandbox)

    def send(
        self,
        method: str,
        path: str,
        body: bytes = b"",
        content_type: str = "application/json",
        *,
        query: str = "",
        authorization: str | None = None,
    ) -> Answer:
        given = [(b"content-type", content_type.encode())]
        given += [(b"authorization", authorization.encode())] if authorization else []
        return asyncio.run(self._send(method, path, body, given, query))

    async def _send(self, method: str, path: str, body: bytes, given: list[tuple[bytes, bytes]], query: str) -> Answer:
        messages: list[t.Any] = []
        scope = {
            "type": "http",
            "method": method,
            "path": path,
            "query_string": query.encode(),
            "headers": given,
            "client": ("10.0.0.7", 1),
        }

        async def receive() -> t.Any:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: t.Any) -> None:
            messages.append(message)

        await self._app(scope, receive, send)
        headers = {name.decode(): value.decode() for name, value in messages[0]["headers"]}
        return Answer(messages[0]["status"], headers, b"".join(m.get("body", b"") for m in messages[1:]))

    def control(self, method: str, path: str, body: t.Any = None, query: str = "") -> t.Any:
        raw = b"" if body is None else msgspec.json.encode(body)
        return self.send(method, f"/_sandbox{path}", raw, query=query).json()

    def comagic(self, method: str, token: str | None = TOKEN, **params: t.Any) -> t.Any:
        given = params if token is None else {"access_token": token, **params}
        message = {"jsonrpc": "2.0", "id": "r", "method": method, "params": given}
        answer = self.send("POST", "/comagic/v2.0", msgspec.json.encode(message))
        assert answer.status == 200
        return answer.json()

    def refused(self, method: str, token: str | None = TOKEN, **params: t.Any) -> t.Any:
        """The error's data with code and message, of a request that must fail."""
        error = self.comagic(method, token, **params)["error"]
        return {"code": error["code"], "message": error["message"], **error["data"]}

    def calls(self, date_from: str, date_till: str, **params: t.Any) -> list[dict[str, t.Any]]:
        params = {"limit": 10_000, "sort": [{"field": "start_time"}], **params}
        body = self.comagic("get.calls_report", date_from=date_from, date_till=date_till, **params)
        rows: list[dict[str, t.Any]] = body["result"]["data"]
        assert body["result"]["metadata"]["total_items"] >= len(rows)
        return rows

    def amplitude(self, path: str, *events: t.Any, **message: t.Any) -> Answer:
        body = {"api_key": "sandbox-api-key", "events": list(events), **message}
        return self.send("POST", f"/amplitude{path}", msgspec.json.encode(body))


@pytest.fixture
def vendor() -> InProcess:
    return InProcess(Sandbox(Options(now=NOW, days=40, calls_per_day=30, frozen=True)))


@pytest.fixture(scope="session")
def make_vendor() -> t.Callable[..., InProcess]:
    def make(**options: t.Any) -> InProcess:
        return InProcess(Sandbox(Options(**{"now": NOW, "days": 20, "calls_per_day": 20, "frozen": True, **options})))

    return make


@pytest.fixture
def make_org() -> t.Callable[..., Org]:
    """Starts organisations whose jobs run at once and whose clock stands."""
    from genesys_org import Org

    def make(client: str = "sandbox-client-id", **options: t.Any) -> Org:
        given = {"now": NOW, "days": 30, "conversations_per_day": 30, "frozen": True, **options}
        org = Org(InProcess(Sandbox(Options(**given))), client)
        org.settings(job_queued_seconds=0, job_pending_seconds=0, rate_per_minute=None)
        return org

    return make


@pytest.fixture
def org(make_org: t.Callable[..., Org]) -> Org:
    return make_org()
