"""The HTTP side of the Data API: one address, only POST, status 200 also for errors."""

from __future__ import annotations

import asyncio
import typing as t

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.comagic.auth import Brand
from sandbox.comagic.envelope import Call, decode, read_call, request_id
from sandbox.comagic.errors import ApiError
from sandbox.comagic.service import Outcome, Service
from sandbox.faults import Rule
from sandbox.state import Sandbox
from sandbox.wire import fault_response, json_response, truncated

REPLACING: t.Final = frozenset({"status", "html", "reset"})


class Endpoint:
    """The one address of a brand's API."""

    def __init__(self, sandbox: Sandbox, brand: Brand = "comagic") -> None:
        self._sandbox = sandbox
        self._service = Service(sandbox, brand)

    async def __call__(self, request: Request) -> Response:
        """Answers a POST."""
        call, identifier = None, None
        try:
            message = decode(await request.body(), request.headers.get("content-type", ""))
            identifier = request_id(message)
            call = read_call(message)
        except ApiError as error:
            return self._refuse(error, call, identifier, None)
        rule = self._sandbox.faults.take("comagic", call.method, call.params)
        return await self._faulty(call, rule, request.client.host if request.client else "127.0.0.1")

    async def _faulty(self, call: Call, rule: Rule | None, ip: str) -> Response:
        if rule and rule.kind == "stall":
            await asyncio.sleep(rule.seconds)
        if rule and rule.kind in REPLACING:
            self._note(call, rule.status if rule.kind == "status" else rule.kind, rule)
            return fault_response(rule)
        try:
            outcome = self._service.answer(call, ip, rule)
        except ApiError as error:
            return self._refuse(error, call, call.id, rule)
        response = self._accept(call, outcome, rule)
        return truncated(response, close=rule.close) if rule and rule.kind == "truncated" else response

    def _accept(self, call: Call, outcome: Outcome, rule: Rule | None) -> Response:
        self._note(call, "ok", rule, outcome.rows)
        return json_response({"jsonrpc": "2.0", "id": call.id, "result": outcome.result})

    def _refuse(self, error: ApiError, call: Call | None, identifier: t.Any, rule: Rule | None) -> Response:
        self._note(call, error.mnemonic, rule)
        metadata = self._service.metadata(call) if self._sandbox.settings.error_metadata else None
        return json_response(error.body(identifier, metadata))

    def _note(self, call: Call | None, outcome: str | int, rule: Rule | None, rows: int | None = None) -> None:
        account = self._service.account_of(call)
        limits = self._sandbox.settings.limits
        self._sandbox.journal.add(
            vendor="comagic",
            method=call.method if call else "",
            params=call.params if call else {},
            outcome=outcome,
            rows=rows,
            points_left=self._sandbox.budget.left(account.app_id, limits) if account else None,
            fault=rule.kind if rule else None,
        )


def routes(sandbox: Sandbox) -> list[Route]:
    """The API under the address of each brand."""
    brands: tuple[Brand, ...] = ("comagic", "uis")
    return [Route(f"/{brand}/v2.0", Endpoint(sandbox, brand).__call__, methods=["POST"]) for brand in brands]
