"""CoMagic's `get.calls_report` over stored rows, with its envelope, paging, totals and points.

What it checks is what keeps the comparison fair: every contender has to ask for the same fields, in windows and pages
that the vendor allows. https://comagic.github.io/data_api/ is the source of names and limits.
"""

from __future__ import annotations

import datetime as dt
import json
import re
import typing as t

from benchmarks.server.answer import Answer, document
from benchmarks.server.budget import Budget
from benchmarks.server.rows import DATA, EPOCH
from benchmarks.server.store import Store

TOKEN: t.Final = "benchmark"  # noqa: S105  # anyone may have it
PATH: t.Final = "/comagic/v2.0"
MOST_DAYS: t.Final = 90
MOST_ROWS: t.Final = 10_000
MOST_OFFSET: t.Final = 100_000
ACCOUNT: t.Final = {"app_id": 1, "name": "Benchmark", "timezone": "Europe/Moscow"}

Params = t.Mapping[str, t.Any]


class RefusedError(Exception):
    """The vendor would not answer this; the mnemonic says why."""


def call_fields() -> list[str]:
    """The fields of a call, in the order of the data."""
    with (DATA / "calls.ndjson").open(encoding="utf-8") as lines:
        return list(json.loads(next(lines)))


class Comagic:
    """The endpoint.

    Args:
        calls: the rows.
        budget: the points.
    """

    def __init__(self, calls: Store, budget: Budget) -> None:
        self._calls = calls
        self._budget = budget
        self._fields = frozenset(call_fields())

    def answer(self, body: bytes) -> Answer:
        """Answer a JSON-RPC request."""
        request = json.loads(body)
        try:
            return self._admitted(request)
        except RefusedError as error:
            return document(_error(request["id"], str(error), self._budget))

    def _admitted(self, request: t.Mapping[str, t.Any]) -> Answer:
        params = request["params"]
        if params.get("access_token") != TOKEN:
            raise RefusedError("access_token_invalid")
        if request["method"] == "get.account":
            return document(_result(request["id"], [ACCOUNT], 1, self._budget))
        if request["method"] != "get.calls_report":
            raise RefusedError("method_not_found")
        found, rows = self._page(params)
        if not self._budget.take():
            raise RefusedError("limit_exceeded")
        whole = json.dumps(_result(request["id"], [], len(found), self._budget)).encode()
        before, after = whole.split(b'"data": []')
        return Answer(before + b'"data": [', self._calls.extent(rows), b"]" + after)

    def _page(self, params: Params) -> tuple[range, range]:
        if set(params.get("fields") or ()) != self._fields:
            raise RefusedError("unexpected_parameters")
        first, last = _second(params["date_from"]), _second(params["date_till"])
        limit, offset = int(params.get("limit", 1000)), int(params.get("offset", 0))
        if last - first > MOST_DAYS * 86_400:
            raise RefusedError("date_interval_limit_reached")
        if not 0 < limit <= MOST_ROWS or not 0 <= offset <= MOST_OFFSET:
            raise RefusedError("invalid_parameter_value")
        found = self._calls.find(first, last)
        return found, found[offset : offset + limit]


def _second(text: str) -> int:
    if not re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", text):
        raise RefusedError("invalid_parameter_value")
    return int((dt.datetime.fromisoformat(text) - EPOCH).total_seconds())


def _result(number: t.Any, data: t.Any, total: int, budget: Budget) -> dict[str, t.Any]:
    metadata = {"total_items": total, "limits": budget.metadata(), "version": None}
    return {"jsonrpc": "2.0", "id": number, "result": {"data": data, "metadata": metadata}}


def _error(number: t.Any, mnemonic: str, budget: Budget) -> dict[str, t.Any]:
    data: dict[str, t.Any] = {"mnemonic": mnemonic, "metadata": {"limits": budget.metadata()}}
    code, message = -32_602, f"The benchmark's server refuses this request: {mnemonic}"
    if mnemonic == "limit_exceeded":
        code = -32_029
        data["params"] = {"limit_type": "minute", "limit_max_value": budget.limit}
        message = f"Limit per minute has been exceeded. Value of current limit per minute is {budget.limit}"
    return {"jsonrpc": "2.0", "id": number, "error": {"code": code, "message": message, "data": data}}
