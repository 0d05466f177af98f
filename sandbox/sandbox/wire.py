"""Answers as bytes, and the ways in which an answer can go wrong on its way."""

from __future__ import annotations

import asyncio
import typing as t

import msgspec
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from sandbox.faults import Rule

TRANSPORT: t.Final = "sandbox.transport"
HTML_SHELL: t.Final = b"<!DOCTYPE html><html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>"
JSON_TYPE: t.Final = "application/json; charset=utf-8"


def json_response(value: t.Any, status: int = 200, headers: t.Mapping[str, str] | None = None) -> Response:
    """A JSON answer."""
    return Response(msgspec.json.encode(value), status, dict(headers or {}), JSON_TYPE)


class ConnectionCut(Response):
    """Sends the first part of a body, or nothing at all, and closes the connection."""

    def __init__(self, body: bytes = b"", *, sent: int = 0, media_type: str = JSON_TYPE) -> None:
        super().__init__(body, 200, media_type=media_type)
        self._sent = sent

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers the request by leaving it unanswered."""
        del receive
        if self._sent:
            await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
            await send({"type": "http.response.body", "body": bytes(self.body)[: self._sent], "more_body": True})
            await asyncio.sleep(0.05)  # let what was written leave before the cut
        scope[TRANSPORT].abort()
        await asyncio.sleep(0.01)  # the server must learn of the cut before this coroutine ends


def fault_response(rule: Rule) -> Response:
    """The answer of a fault that replaces the real one (``status``, ``html``, ``reset``)."""
    if rule.kind == "html":
        return Response(HTML_SHELL, rule.status, media_type="text/html")
    if rule.kind == "reset":
        return ConnectionCut()
    headers = {} if rule.retry_after is None else {"Retry-After": str(rule.retry_after)}
    if isinstance(rule.body, str):
        return Response(rule.body, rule.status, headers, "text/plain")
    return Response(b"", rule.status, headers) if rule.body is None else json_response(rule.body, rule.status, headers)


def truncated(response: Response, *, close: bool) -> Response:
    """The same answer with the second half of its body missing."""
    body = bytes(response.body)
    half = max(1, len(body) // 2)
    if close:
        return ConnectionCut(body, sent=half)
    return Response(body[:half], response.status_code, media_type=JSON_TYPE)
