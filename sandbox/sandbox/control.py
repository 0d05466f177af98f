"""The control endpoints: clock, faults, settings, volume, truth, and what was received."""

from __future__ import annotations

import datetime as dt
import re
import typing as t
import zoneinfo

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.clock import parse_moment
from sandbox.comagic.truth import NotAMethodError, truth_lines
from sandbox.faults import Rule
from sandbox.genesys import truth as genesys_truth
from sandbox.state import Sandbox
from sandbox.wire import json_response

SECONDS_PER_DAY: t.Final = 86_400
MAX_CALLS_PER_DAY: t.Final = 900_000
Handler = t.Callable[[Sandbox, Request, t.Any], Response]


class ControlError(Exception):
    """A control request that makes no sense; its text goes back with status 400."""


def _clock(sandbox: Sandbox, request: Request, body: t.Any) -> Response:
    if request.method == "POST":
        _move_clock(sandbox, body)
    return json_response({"now": sandbox.clock.now().isoformat()})


def _move_clock(sandbox: Sandbox, body: t.Any) -> None:
    match body:
        case {"now": str(text), **rest} if not rest:
            sandbox.clock.set(parse_moment(text))
        case {"advance_seconds": int() | float() as seconds, **rest} if not rest:
            sandbox.clock.advance(seconds)
        case {"advance_days": int() | float() as days, **rest} if not rest:
            sandbox.clock.advance(days * SECONDS_PER_DAY)
        case _:
            raise ControlError('give one of {"now": iso}, {"advance_seconds": n}, {"advance_days": n}')


def _faults(sandbox: Sandbox, request: Request, body: t.Any) -> Response:
    if request.method == "POST":
        for rule in body if isinstance(body, list) else [body]:
            sandbox.faults.add(msgspec.convert(rule, Rule))
    elif request.method == "DELETE":
        sandbox.faults.clear()
    return json_response(sandbox.faults.rules)


def _settings(sandbox: Sandbox, request: Request, body: t.Any) -> Response:
    if request.method == "POST":
        if not isinstance(body, dict):
            raise ControlError("settings are an object of names and values")
        sandbox.change_settings(body)
    return json_response(sandbox.settings)


def _volume(sandbox: Sandbox, request: Request, body: t.Any) -> Response:
    del request
    match body:
        case {"date": str(date), "conversations": int(calls), **rest} if not rest:
            sandbox.genesys.set_volume(dt.date.fromisoformat(date), _checked_calls(calls))
            return json_response({"date": date, "conversations": calls})
        case {"date": str(date), "calls": int(calls), "second": str(second), **rest} if not rest:
            sandbox.set_volume(dt.date.fromisoformat(date), _checked_calls(calls), _second(second))
        case {"date": str(date), "calls": int(calls), **rest} if not rest:
            sandbox.set_volume(dt.date.fromisoformat(date), _checked_calls(calls), None)
        case _:
            raise ControlError('give {"date": "YYYY-MM-DD", "calls": n} and, if you like, "second": "HH:MM:SS"')
    return json_response({"date": date, "calls": calls})


def _checked_calls(calls: int) -> int:
    if not 0 <= calls <= MAX_CALLS_PER_DAY:
        raise ControlError(f"calls must be between 0 and {MAX_CALLS_PER_DAY}")
    return calls


def _second(text: str) -> int:
    if not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d:[0-5]\d", text):
        raise ControlError("second must look like 12:34:56")
    hours, minutes, seconds = map(int, text.split(":"))
    return hours * 3600 + minutes * 60 + seconds


def _truth(sandbox: Sandbox, request: Request, body: t.Any) -> Response:
    del body
    lines = truth_lines(sandbox, request.path_params["method"], request.query_params)
    return Response(lines, media_type="application/x-ndjson")


def _genesys_truth(sandbox: Sandbox, request: Request, body: t.Any) -> Response:
    del body
    lines = genesys_truth.truth_lines(sandbox, request.path_params["name"], request.query_params)
    return Response(lines, media_type="application/x-ndjson")


def _requests(sandbox: Sandbox, request: Request, body: t.Any) -> Response:
    del body
    if request.method == "DELETE":
        sandbox.journal.clear()
    return json_response(sandbox.journal.entries)


def _received(sandbox: Sandbox, request: Request, body: t.Any) -> Response:
    del body
    if request.method == "DELETE":
        sandbox.store.clear()
    return json_response(sandbox.store.summary())


def _route(sandbox: Sandbox, path: str, handler: Handler, methods: list[str]) -> Route:
    async def endpoint(request: Request) -> Response:
        try:
            raw = await request.body()
            return handler(sandbox, request, msgspec.json.decode(raw) if raw else None)
        except (ControlError, msgspec.MsgspecError, ValueError, zoneinfo.ZoneInfoNotFoundError) as error:
            return json_response({"error": str(error)}, 400)
        except (NotAMethodError, genesys_truth.NotADatasetError) as error:
            return json_response({"error": str(error)}, 404)

    return Route(f"/_sandbox{path}", endpoint, methods=methods)


def routes(sandbox: Sandbox) -> list[Route]:
    """The routes below ``/_sandbox``."""
    return [
        _route(sandbox, "/clock", _clock, ["GET", "POST"]),
        _route(sandbox, "/faults", _faults, ["GET", "POST", "DELETE"]),
        _route(sandbox, "/settings", _settings, ["GET", "POST"]),
        _route(sandbox, "/volume", _volume, ["POST"]),
        _route(sandbox, "/truth/comagic/{method}", _truth, ["GET"]),
        _route(sandbox, "/truth/genesys/{name}", _genesys_truth, ["GET"]),
        _route(sandbox, "/requests", _requests, ["GET", "DELETE"]),
        _route(sandbox, "/received", _received, ["GET", "DELETE"]),
    ]
