"""The HTTP side of Amplitude: ``/2/httpapi``, ``/batch`` and ``/identify``."""

from __future__ import annotations

import asyncio
import typing as t

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from sandbox.amplitude.errors import BAD_REQUEST, RefusedError
from sandbox.amplitude.identify import read_identify
from sandbox.amplitude.throttle import Throttle
from sandbox.amplitude.validate import BATCH, HTTP_V2, Endpoint, Event, check_events, read_request
from sandbox.faults import Rule
from sandbox.state import Sandbox
from sandbox.wire import fault_response, json_response, truncated

OK: t.Final = 200
CLIENT_CLOSED: t.Final = 499
REPLACING: t.Final = frozenset({"status", "html", "reset"})
Answer = t.Callable[[bytes, str, Rule | None], tuple[Response, int]]


class Ingestion:
    """Answers of the three endpoints."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    def events(self, endpoint: Endpoint) -> Answer:
        """How a JSON endpoint answers a body."""

        def answer(body: bytes, content_type: str, rule: Rule | None) -> tuple[Response, int]:
            events, shortest = read_request(body, content_type, endpoint)
            self._admit(events, shortest, endpoint, rule)
            store = self._sandbox.store
            store.count_events(endpoint.path, events, quota=endpoint.has_quota)
            store.ingest(events, self._sandbox.settings.property_updates_per_hour)
            success = {
                "code": OK,
                "events_ingested": len(events),
                "payload_size_bytes": len(body),
                "server_upload_time": self._sandbox.clock.now_ms(),
            }
            return json_response(success), len(events)

        return answer

    def identify(self, body: bytes, content_type: str, rule: Rule | None) -> tuple[Response, int]:
        """How the form endpoint answers a body."""
        del rule
        events = read_identify(body, content_type)
        self._sandbox.store.ingest(events, self._sandbox.settings.property_updates_per_hour)
        return PlainTextResponse("success"), len(events)

    def _admit(self, events: list[Event], shortest: int, endpoint: Endpoint, rule: Rule | None) -> None:
        try:
            check_events(events, shortest, endpoint)
            Throttle(self._sandbox.store, self._sandbox.settings, endpoint, rule).check(events)
        except RefusedError:
            self._sandbox.store.counts["refused"] += len(events)
            raise


async def _no_such_path(request: Request) -> Response:
    del request
    return json_response({"code": BAD_REQUEST, "error": "Invalid request path"}, BAD_REQUEST)


class Served:
    """One path: faults before and after, and the request log."""

    def __init__(self, sandbox: Sandbox, path: str, answer: Answer) -> None:
        self._sandbox = sandbox
        self._path = path
        self._answer = answer

    async def __call__(self, request: Request) -> Response:
        """Answers a POST."""
        body = await request.body()
        content_type = request.headers.get("content-type", "")
        self._sandbox.store.counts["requests"] += 1
        rule = self._sandbox.faults.take("amplitude", self._path, {})
        if rule and rule.kind in REPLACING:
            return self._replace(rule, body, content_type)
        if rule and rule.kind == "stall" and not rule.accepted:
            await asyncio.sleep(rule.seconds)
            if await request.is_disconnected():  # the caller has given up: nothing of it is taken in
                self._note(len(body), "disconnected", None, rule)
                return Response(status_code=CLIENT_CLOSED)
        response, rows = self._respond(body, content_type, rule)
        self._note(len(body), response.status_code, rows, rule)
        if rule and rule.kind == "stall" and rule.accepted:
            await asyncio.sleep(rule.seconds)
        return truncated(response, close=rule.close) if rule and rule.kind == "truncated" else response

    def _replace(self, rule: Rule, body: bytes, content_type: str) -> Response:
        """The answer of a fault, whether or not the request was taken in before."""
        rows = self._respond(body, content_type, None)[1] if rule.accepted else None
        self._note(len(body), rule.status if rule.kind == "status" else rule.kind, rows, rule)
        return fault_response(rule)

    def _respond(self, body: bytes, content_type: str, rule: Rule | None) -> tuple[Response, int | None]:
        try:
            return self._answer(body, content_type, rule)
        except RefusedError as error:
            return json_response(error.body, error.status), None

    def _note(self, size: int, outcome: int | str, rows: int | None, rule: Rule | None) -> None:
        self._sandbox.journal.add(
            vendor="amplitude",
            method=self._path,
            params={"bytes": size},
            outcome=outcome,
            rows=rows,
            fault=rule.kind if rule else None,
        )


def routes(sandbox: Sandbox) -> list[Route]:
    """The routes below ``/amplitude``."""
    ingestion = Ingestion(sandbox)
    answers: list[tuple[str, Answer]] = [
        (HTTP_V2.path, ingestion.events(HTTP_V2)),
        (BATCH.path, ingestion.events(BATCH)),
        ("/identify", ingestion.identify),
    ]
    served = [
        Route(f"/amplitude{path}", Served(sandbox, path, answer).__call__, methods=["POST"]) for path, answer in answers
    ]
    return [*served, Route("/amplitude/{path:path}", _no_such_path, methods=["GET", "POST"])]
