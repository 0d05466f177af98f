"""The HTTP side of Genesys Cloud: the login host, the API host, and what every answer has in common."""

from __future__ import annotations

import asyncio
import dataclasses
import itertools
import typing as t
import urllib.parse

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route as Served

from sandbox.faults import Rule
from sandbox.genesys.call import Call, Reply, Route
from sandbox.genesys.errors import ApiError, missing_permissions, not_found
from sandbox.genesys.fields import refuse_unknown
from sandbox.genesys.names import uuid
from sandbox.genesys.rates import headers_of, refuse_excess
from sandbox.genesys.routes import ROUTES
from sandbox.genesys.tokens import LoginError, Token
from sandbox.state import Sandbox
from sandbox.wire import fault_response, json_response, truncated

REPLACING: t.Final = frozenset({"status", "html", "reset"})
VERBS: t.Final = ["GET", "POST", "PUT", "PATCH", "DELETE"]
JSON: t.Final = "application/json"


class Host:
    """What the login and API hosts share: regions, faults, correlation ids and the request log."""

    _requests = itertools.count(1)

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    def _correlation(self) -> str:
        return uuid("request", next(self._requests))

    async def _replaced(self, rule: Rule | None) -> Response | None:
        if rule and rule.kind == "stall":
            await asyncio.sleep(rule.seconds)
        return fault_response(rule) if rule and rule.kind in REPLACING else None

    def _note(
        self, key: str, params: t.Mapping[str, t.Any], outcome: int | str, rows: int | None, rule: Rule | None
    ) -> None:
        self._sandbox.journal.add(
            vendor="genesys", method=key, params=params, outcome=outcome, rows=rows, fault=rule.kind if rule else None
        )


class Login(Host):
    """``POST /oauth/token`` of ``https://login.{region}``."""

    async def __call__(self, request: Request) -> Response:
        """Answers with a token, or in the login's own words."""
        form = dict(urllib.parse.parse_qsl((await request.body()).decode(errors="replace")))
        shown = {"grant_type": form.get("grant_type"), "region": request.path_params["region"]}
        rule = self._sandbox.faults.take("genesys", "POST /oauth/token", shown)
        response = await self._replaced(rule) or self._answer(request, form)
        response.headers["ININ-Correlation-Id"] = self._correlation()
        self._note("POST /oauth/token", shown, response.status_code, None, rule)
        return truncated(response, close=rule.close) if rule and rule.kind == "truncated" else response

    def _answer(self, request: Request, form: t.Mapping[str, str]) -> Response:
        lifetime = self._sandbox.settings.genesys.token_lifetime_seconds
        try:
            token = self._issue(request, form, lifetime)
        except LoginError as error:
            return json_response(error.body, error.status)
        return json_response({"access_token": token.text, "token_type": "bearer", "expires_in": lifetime})

    def _issue(self, request: Request, form: t.Mapping[str, str], lifetime: int) -> Token:
        if request.headers.get("content-type", "").partition(";")[0] != "application/x-www-form-urlencoded":
            raise LoginError(400, "invalid_request", "content type must be application/x-www-form-urlencoded")
        region = request.path_params["region"]
        return self._sandbox.genesys.tokens.issue(request.headers.get("authorization"), form, region, lifetime)


@dataclasses.dataclass
class Asked:
    """A request of the API before anything about it has been checked.

    Attributes:
        request: as it came.
        key: the operation, or what there is instead.
        query: query parameters, each with all its values.
        raw: the body.
        rule: a fault to apply.
        headers: rate headers of the answer, once the request has been counted.
    """

    request: Request
    key: str
    query: dict[str, list[str]]
    raw: bytes
    rule: Rule | None = None
    headers: dict[str, str] = dataclasses.field(default_factory=dict)

    @property
    def authorization(self) -> str | None:
        """The header with the token."""
        return self.request.headers.get("authorization")

    @property
    def path(self) -> str:
        """The path below the API host, as links name it."""
        return self.request.url.path.split("/api", 1)[1]

    def shown(self) -> dict[str, t.Any]:
        """What the request log and the rules of faults see of a request."""
        shown: dict[str, t.Any] = {name: each[0] if len(each) == 1 else each for name, each in self.query.items()}
        shown |= {name: each for name, each in self.request.path_params.items() if name not in {"region", "path"}}
        try:
            body = msgspec.json.decode(self.raw) if self.raw else {}
        except msgspec.DecodeError:
            return shown
        return shown | body if isinstance(body, dict) else shown


class Operation(Host):
    """One path of ``https://api.{region}`` with its verbs."""

    def __init__(self, sandbox: Sandbox, routes: t.Iterable[Route]) -> None:
        super().__init__(sandbox)
        self._routes = {route.verb: route for route in routes}

    async def __call__(self, request: Request) -> Response:
        """Answers a request, in order: fault, token, rate, route, permission, parameters."""
        correlation = self._correlation()
        route = self._routes.get(request.method)
        key = route.key if route else f"{request.method} {request.path_params.get('path', request.url.path)}"
        asked = Asked(request, key, _query(request), await request.body())
        rule = asked.rule = self._sandbox.faults.take("genesys", key, asked.shown())
        rows: int | None = None
        response = await self._replaced(rule)
        if response is None:
            try:
                reply = self._answer(asked, route)
                rows, response = reply.rows, Response(reply.encoded(), reply.status, asked.headers, JSON)
            except ApiError as error:
                response = json_response(error.body(correlation), error.status, {**asked.headers, **error.headers})
        response.headers["ININ-Correlation-Id"] = correlation
        self._note(key, asked.shown(), response.status_code, rows, rule)
        return truncated(response, close=rule.close) if rule and rule.kind == "truncated" else response

    def _answer(self, asked: Asked, route: Route | None) -> Reply:
        token = self._admit(asked)
        if route is None:
            raise self._no_such(asked)
        self._permit(route, token)
        refuse_unknown(asked.query, route.query, "query parameter")
        return route.handler(
            Call(
                org=self._sandbox.genesys,
                path=asked.path,
                params=asked.request.path_params,
                query=asked.query,
                raw=asked.raw,
                content_type=asked.request.headers.get("content-type", ""),
                client=token.client,
                settings=self._sandbox.settings.genesys,
                now=self._sandbox.clock.now_ms(),
                rule=asked.rule,
            )
        )

    def _admit(self, asked: Asked) -> Token:
        """Checks the token and the rate."""
        org, settings, rule = self._sandbox.genesys, self._sandbox.settings.genesys, asked.rule
        if rule and rule.kind == "genesys_token":
            org.tokens.end(asked.authorization)
        token = org.tokens.check(asked.authorization, asked.request.path_params["region"], settings)
        standing = org.rates.count(token.text, asked.key, settings)
        asked.headers.update(headers_of(standing))
        refuse_excess(standing)
        if rule and rule.kind == "error":
            raise ApiError(rule.status, rule.mnemonic, rule.message or "Injected by the sandbox.")
        return token

    def _no_such(self, asked: Asked) -> ApiError:
        if self._routes:
            return ApiError(405, "method.not.allowed", f"{asked.key.split()[0]} is not supported by {asked.path}.")
        return not_found("path", asked.path)

    def _permit(self, route: Route, token: Token) -> None:
        missing = self._sandbox.settings.genesys.missing_permissions
        held = token.client.permissions - set(missing)
        if route.needs and not held & set(route.needs):
            raise missing_permissions(route.needs, every=route.every)


def _query(request: Request) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in request.query_params.multi_items():
        found.setdefault(name, []).append(value)
    return found


def routes(sandbox: Sandbox) -> list[Served]:
    """The routes below ``/genesys/{region}``."""
    by_path: dict[str, list[Route]] = {}
    for route in ROUTES:
        by_path.setdefault(route.template, []).append(route)
    api = [
        Served(f"/genesys/{{region}}/api{template}", Operation(sandbox, several).__call__, methods=VERBS)
        for template, several in by_path.items()
    ]
    login = Served("/genesys/{region}/login/oauth/token", Login(sandbox).__call__, methods=["POST"])
    nowhere = Served("/genesys/{region}/api/{path:path}", Operation(sandbox, []).__call__, methods=VERBS)
    return [login, *api, nowhere]
