"""A CoMagic Data API written from the published contract alone, as hard to please as the contract allows.

It shares no code with the sandbox, so that a misreading of the contract does not hide in both. What the contract leaves
open is an attribute of `Vendor`, for tests to try each possibility.
"""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import functools
import http.server
import importlib.resources
import json
import re
import sys
import threading
import time
import typing as t

from strict_wire import Fault, answer_with

Row = dict[str, t.Any]

PASSWORD = "pass word/ü+&?1"
KEY = "permanent-key-0001"
AGENCY_KEY = "agency-key-0002"
SECRETS = (PASSWORD, KEY, AGENCY_KEY, "session-token-")
_TIME = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")
_LIST = {"limit", "offset", "fields", "filter", "sort", "user_id"}
_PARAMS = {
    "get.calls_report": _LIST | {"date_from", "date_till", "include_ongoing_calls"},
    "get.sites": _LIST,
    "get.campaigns": _LIST,
    "get.employees": _LIST,
    "get.tags": _LIST,
    "get.account": set(),
    "getobj.account": {"user_id"},
}
#: Mnemonic → code and message (errors table).
ERRORS = {
    "parse_error": (-32700, "Invalid JSON was received by the server."),
    "invalid_request": (-32600, "Invalid Request"),
    "method_not_found": (-32601, "The method does not exist / is not available"),
    "required_parameter_missed": (-32602, "The required parameter has been missed"),
    "invalid_parameter_value": (-32602, "Invalid parameter value"),
    "data_type_error": (-32602, "Data supplied is of wrong type"),
    "unexpected_parameters": (-32602, "Unexpected method parameter(s)"),
    "invalid_parameters_combination": (-32602, "The combination of parameters is not permitted"),
    "sort_prohibited": (-32602, "Sort by parameter is prohibited"),
    "filter_prohibited": (-32602, "Filter by parameter is prohibited"),
    "date_interval_limit_reached": (-32602, "Max value of requested date interval is 3 months"),
    "error": (-32602, "Something only the vendor understands"),
    "access_token_expired": (-32001, "Access token has been expired"),
    "access_token_blocked": (-32001, "Access token has been blocked"),
    "access_token_invalid": (-32001, "Access token is invalid"),
    "auth_error": (-32001, "Login or password is wrong"),
    "ip_not_whitelisted": (-32003, "Your IP 192.0.2.1 is not whitelisted"),
    "forbidden": (-32003, "Permission denied"),
    "method_component_disabled": (-32008, "You need at least on of the following components to access this method: x"),
    "parameter_component_disabled": (-32008, "You need at least on of the components to access this paremeter: x"),
    "account_inactive": (-32009, "Your account has been disabled, contact the support service"),
    "limit_exceeded": (-32029, "Limit per {0} has been exceeded. Value of current limit per {0} is {1}"),
    "internal_error": (-32603, "Internal error, contact the support service"),
    "batch_opreations_not_supported": (-32099, "Batch operations not supported"),
    "notifications_not_supported": (-32099, "Notifications not supported"),
}


class RefusalError(Exception):
    """An error answer."""

    def __init__(self, mnemonic: str, field: str | None = None, value: t.Any = None, **more: t.Any) -> None:
        super().__init__(mnemonic)
        self.mnemonic, self.field, self.value, self.more = mnemonic, field, value, more


@dataclasses.dataclass
class Bucket:
    """Points of one period; `period` may be shortened so that tests need not wait a minute."""

    limit: int
    period: float
    left: int = -1
    refills_at: float = 0.0

    def look(self) -> None:
        if time.monotonic() >= self.refills_at:
            self.left, self.refills_at = self.limit, time.monotonic() + self.period


@dataclasses.dataclass
class Seen:
    """One request as it was judged."""

    method: str
    params: Row
    outcome: str
    at: float
    headers: dict[str, str]


@dataclasses.dataclass
class Vendor:
    """The account, its rows, its moods."""

    url: str = ""
    rows: dict[str, list[Row]] = dataclasses.field(default_factory=dict)
    zone: str | None = "Europe/Moscow"
    login: str = "someone@example.test"
    app_id: int = 1103
    user_ids: tuple[int, ...] = (4001,)
    bounds: str = "[)"  # which of date_from, date_till are inclusive: [ ] or ( )
    max_limit: int = 10_000
    max_offset: int = 100_000
    max_interval: dt.timedelta = dt.timedelta(days=90)
    session_requests: int | None = None  # a session's token dies after so many uses
    dead_token: str = "access_token_invalid"
    key_error: str | None = None
    refuse: dict[str, tuple[str, int | None]] = dataclasses.field(default_factory=dict)  # method → mnemonic, code
    unknown_fields: tuple[str, ...] = ()
    always: tuple[str, ...] = ()  # fields that come whether they are asked for or not
    buckets: dict[str, Bucket] = dataclasses.field(default_factory=dict)
    error_metadata: bool = False
    error_status: int = 200
    metadata_name: str = "metadata"
    expiry_name: str = "expire_at"
    total: t.Callable[[int], t.Any] = lambda total: total  # what is stated for so many rows
    page: t.Callable[[list[Row], int], list[Row] | None] = lambda rows, offset: rows  # what becomes of a page
    wire: str = "plain"  # plain, gzip, chunked, closing, slow
    faults: list[Fault] = dataclasses.field(default_factory=list)
    seen: list[Seen] = dataclasses.field(default_factory=list)
    on_request: t.Callable[[Vendor], None] | None = None
    _tokens: dict[str, int] = dataclasses.field(default_factory=dict)
    _lock: threading.RLock = dataclasses.field(default_factory=threading.RLock)

    # For tests

    def calls(self, method: str | None = None) -> list[Seen]:
        return [seen for seen in self.seen if method in (None, seen.method)]

    def outcomes(self, method: str | None = None) -> list[str]:
        return [seen.outcome for seen in self.calls(method)]

    # One request

    def handle(self, body: bytes, headers: dict[str, str]) -> Row:
        """The answer's document."""
        with self._lock:
            document, method = self._envelope(body)
            asked = dict(document.get("params") or {})
            seen = Seen(method, {k: v for k, v in asked.items() if k not in _SECRET_PARAMS}, "ok", time.time(), headers)
            self.seen.append(seen)
            if self.on_request:
                self.on_request(self)
            try:
                data, total = self._result(method, asked, document)
            except RefusalError as refusal:
                seen.outcome = refusal.mnemonic
                return self._error(document.get("id"), refusal)
            for bucket in self.buckets.values():  # only what succeeds is charged
                bucket.left -= 1
            result = {"data": data} if method == "login.user" else self._wrap(data, total)
            return {"jsonrpc": "2.0", "id": document["id"], "result": result}

    def note(self, method: str, outcome: str) -> None:
        """A request that never reached the API."""
        self.seen.append(Seen(method, {}, outcome, time.time(), {}))

    @staticmethod
    def _envelope(body: bytes) -> tuple[Row, str]:
        try:
            document = json.loads(body)
        except ValueError:
            return {"broken": "parse_error"}, "?"
        if not isinstance(document, dict):
            return {"broken": "batch_opreations_not_supported"}, "?"
        return document, str(document.get("method"))

    def _result(self, method: str, params: Row, document: Row) -> tuple[t.Any, int]:
        self._judge_envelope(document)
        for name, bucket in self.buckets.items():
            bucket.look()
            if bucket.left <= 0:
                raise RefusalError("limit_exceeded", params={"limit_type": name, "limit_max_value": bucket.limit})
        if method == "login.user":
            return self._log_in(params), 1
        if method not in _PARAMS:
            raise RefusalError("method_not_found")
        self._judge_token(params, method)
        if method in self.refuse:
            mnemonic, code = self.refuse[method]
            raise RefusalError(mnemonic, code=code)
        for name in params:
            if name not in _PARAMS[method] | {"access_token"}:
                raise RefusalError("unexpected_parameters", name, params[name])
        if method.endswith("account"):
            return self._account(method), 1
        return self._list(method, params)

    def _judge_envelope(self, document: Row) -> None:
        if broken := document.get("broken"):
            raise RefusalError(broken)
        if "id" not in document:
            raise RefusalError("notifications_not_supported")
        if document.get("jsonrpc") != "2.0" or not isinstance(document["id"], int | str):
            raise RefusalError("invalid_request")
        if not isinstance(document.get("params"), dict):
            raise RefusalError("invalid_request", "params")

    def _log_in(self, params: Row) -> Row:
        if set(params) != {"login", "password"}:
            raise RefusalError("unexpected_parameters")
        if (params["login"], params["password"]) != (self.login, PASSWORD):
            raise RefusalError("auth_error")
        token = f"session-token-{len(self.calls('login.user')):04d}"
        self._tokens[token] = 0
        return {"access_token": token, self.expiry_name: int(time.time()) + 3600, "app_id": self.app_id}

    def _judge_token(self, params: Row, method: str) -> None:
        token = params.get("access_token")
        if not isinstance(token, str):
            raise RefusalError("required_parameter_missed", "access_token")
        if token in self._tokens:
            self._tokens[token] += 1
            if self.session_requests is not None and self._tokens[token] > self.session_requests:
                raise RefusalError(self.dead_token, "access_token", token)
        elif self.key_error:
            raise RefusalError(self.key_error, "access_token", token)
        elif token not in {KEY, AGENCY_KEY}:
            raise RefusalError("access_token_invalid", "access_token", token)
        if token == AGENCY_KEY:
            if method == "get.account":
                raise RefusalError("forbidden")
            if params.get("user_id") not in self.user_ids:
                raise RefusalError("required_parameter_missed", "user_id")

    def _account(self, method: str) -> t.Any:
        if method == "get.account":
            return [{"app_id": self.app_id, "name": "Тест", "timezone": self.zone}]
        return {"app_id": self.app_id, "app_name": "Клиент", "timezone": self.zone, "components": ["va"], "user_id": 9}

    # Lists and reports

    def _list(self, method: str, params: Row) -> tuple[list[Row] | None, int]:
        fields = self._fields(method, params.get("fields"))
        limit = _whole(params, "limit", 1000, 1, self.max_limit)
        offset = _whole(params, "offset", 0, 0, self.max_offset)
        rows = self.rows.get(method, [])
        if "date_from" in _PARAMS[method]:
            rows = self._within(rows, params)
        for key in reversed(self._sort(method, params.get("sort") or [])):
            rows = sorted(rows, key=functools.partial(_sort_value, key), reverse=key[1])
        chosen = self.page(rows[offset : offset + limit], offset)
        if chosen is None:
            return None, len(rows)
        return [{name: _printed(row, name) for name in fields if name in row} for row in chosen], len(rows)

    def _fields(self, method: str, asked: t.Any) -> list[str]:
        documented = [field for field in field_table(method) if "inside" not in field]
        if asked is None:
            return [field["name"] for field in documented if field.get("default")]
        known = {field["name"] for field in documented} | {"hold_duration"}  # seen live, in no table
        known -= set(self.unknown_fields)
        for name in asked:
            if name not in known:
                raise RefusalError("unexpected_parameters", "fields", name)
        return [*asked, *self.always]

    @staticmethod
    def _sort(method: str, sort: list[Row]) -> list[tuple[str, bool]]:
        flags = {field["name"]: field.get("sort", False) for field in field_table(method) if "inside" not in field}
        for part in sort:
            if part["field"] not in flags:
                raise RefusalError("unexpected_parameters", "sort", part["field"])
            if not flags[part["field"]]:
                raise RefusalError("sort_prohibited", part["field"])
            if set(part) - {"field", "order"} or part.get("order", "asc") not in {"asc", "desc"}:
                raise RefusalError("invalid_parameter_value", "sort")
        return [(part["field"], part.get("order") == "desc") for part in sort]

    def _within(self, rows: list[Row], params: Row) -> list[Row]:
        bounds = []
        for name in ("date_from", "date_till"):
            value = params.get(name)
            if value is None:
                raise RefusalError("required_parameter_missed", name)
            if not isinstance(value, str) or not _TIME.fullmatch(value):
                raise RefusalError("invalid_parameter_value", name, value)
            bounds.append(dt.datetime.fromisoformat(value))
        first, last = bounds
        if first > last:
            raise RefusalError("invalid_parameter_value", "date_till", params["date_till"])
        if last - first > self.max_interval:
            raise RefusalError("date_interval_limit_reached", "date_till")
        ongoing = params.get("include_ongoing_calls", False)
        if not isinstance(ongoing, bool):
            raise RefusalError("data_type_error", "include_ongoing_calls")
        rows = [row for row in rows if ongoing or not row.get("_ongoing")]
        rows = [row for row in rows if (row["_at"] >= first if self.bounds[0] == "[" else row["_at"] > first)]
        return [row for row in rows if (row["_at"] <= last if self.bounds[1] == "]" else row["_at"] < last)]

    # Answers

    def _limits(self) -> Row:
        limits: Row = {}
        for name, bucket in self.buckets.items():
            reset = max(int(bucket.refills_at - time.monotonic()), 0)
            limits |= {f"{name}_limit": bucket.limit, f"{name}_remaining": bucket.left, f"{name}_reset": reset}
        return limits

    def _wrap(self, data: t.Any, total: int) -> Row:
        metadata = {"total_items": self.total(total), "version": None, "limits": self._limits()}
        if metadata["total_items"] is None or isinstance(data, dict):
            del metadata["total_items"]
        return {"data": data, self.metadata_name: metadata}

    def _error(self, request_id: t.Any, refusal: RefusalError) -> Row:
        code, message = ERRORS[refusal.mnemonic]
        spent = refusal.more.get("params") or {}
        data = {"mnemonic": refusal.mnemonic, "field": refusal.field, "value": refusal.value, "params": spent}
        if self.error_metadata:
            data["metadata"] = {"limits": self._limits()}
        message = message.format(spent.get("limit_type"), spent.get("limit_max_value"))
        error = {"code": refusal.more.get("code") or code, "message": message, "data": data}
        return {"jsonrpc": "2.0", "id": request_id, "error": error}


_SECRET_PARAMS = {"access_token", "password"}


@functools.cache
def _tables() -> dict[str, Row]:
    # The vendor's published tables, kept with the tap; the tap's schemas are tested against them elsewhere.
    text = importlib.resources.files("tap_comagic.schemas").joinpath("fields.json").read_text(encoding="utf-8")
    return t.cast("dict[str, Row]", json.loads(text)["methods"])


def field_table(method: str) -> list[Row]:
    """The documented fields of a method."""
    return t.cast("list[Row]", _tables()[method]["fields"])


def _whole(params: Row, name: str, default: int, least: int, most: int) -> int:
    value = params.get(name, default)
    if not isinstance(value, int) or isinstance(value, bool):
        raise RefusalError("data_type_error", name, value)
    if not least <= value <= most:
        raise RefusalError("invalid_parameter_value", name, value)
    return value


def _sort_value(key: tuple[str, bool], row: Row) -> tuple[bool, str]:
    value = row["_at"].isoformat() if key[0] == "start_time" and "_at" in row else row.get(key[0])
    return value is None, str(value)


def _printed(row: Row, name: str) -> t.Any:
    """Times are stored with fractions and rounded to seconds when shown."""
    if name == "start_time" and "_at" in row:
        return (row["_at"] + dt.timedelta(milliseconds=500)).replace(microsecond=0).isoformat(sep=" ")
    return row[name]


@contextlib.contextmanager
def serving(vendor: Vendor) -> t.Iterator[Vendor]:
    """Let the vendor answer at `vendor.url` for the length of the block."""

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_POST(self) -> None:
            answer_with(self, vendor)

        def log_message(self, *args: t.Any) -> None:
            del args

    class Server(http.server.ThreadingHTTPServer):
        daemon_threads = True
        problems: t.ClassVar[list[BaseException]] = []

        def handle_error(self, request: t.Any, client_address: t.Any) -> None:
            problem = sys.exception()
            if problem and not isinstance(problem, ConnectionError):  # a killed client is no problem
                self.problems.append(problem)

    with Server(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        vendor.url = f"http://127.0.0.1:{server.server_port}/v2.0"
        try:
            yield vendor
        finally:
            server.shutdown()
            thread.join()
    assert not server.problems, server.problems
