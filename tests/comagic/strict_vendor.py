"""A CoMagic Data API written from the published contract alone, as hard to please as the contract allows.

It shares no code with the sandbox, so that a misreading of the contract does not hide in both. What the contract leaves
open is an attribute of `Vendor`, for tests to try each possibility.
"""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import http.server
import json
import random
import sys
import threading
import time
import typing as t

import strict_listing as listing
from strict_errors import ERRORS, RefusalError
from strict_methods import METHODS, Method, Row, field_table, flags
from strict_wire import Fault, answer_with

__all__ = ["AGENCY_KEY", "KEY", "PASSWORD", "SECRETS", "Bucket", "Row", "Seen", "Vendor", "field_table", "serving"]

PASSWORD = "pass word/ü+&?1"
KEY = "permanent-key-0001"
AGENCY_KEY = "agency-key-0002"
SECRETS = (PASSWORD, KEY, AGENCY_KEY, "session-token-")
_MESSAGES = "get.chat_messages_report"
_DATES = ("date_from", "date_till")
#: Reports without a documented order: every answer may come in another one.
_UNORDERED = ("get.goals_report", "get.visitor_sessions_report", "get.offline_messages_report")


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
    #: `method`, `method@site`, `method@client` or `*@client` → mnemonic, code
    refuse: dict[str, tuple[str, int | None]] = dataclasses.field(default_factory=dict)
    zones: dict[int, str] = dataclasses.field(default_factory=dict)  # an agency's client → its zone
    app_ids: dict[int, int] = dataclasses.field(default_factory=dict)
    without_user_id: tuple[str, ...] = ()  # methods whose page lists no user_id
    messages_by_chat_only: bool = False  # as older servers and brands: no dates, no `id`, no `resource`
    sample_names: bool = False  # fields as the samples spell them
    bare_rows: bool = True  # the daily statistics' rows stand directly in `result`
    unordered: tuple[str, ...] = _UNORDERED
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
            result = {"data": data} if method == "login.user" else self._wrap(method, data, total)
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
        if method not in METHODS:
            raise RefusalError("method_not_found")
        self._judge_token(params, method)
        site, user = params.get("site_id"), params.get("user_id")
        for place in (method, f"{method}@{site}", f"{method}@{user}", f"*@{user}"):
            if place in self.refuse:
                mnemonic, code = self.refuse[place]
                raise RefusalError(mnemonic, code=code)
        self._judge_params(method, params)
        if method in {"get.account", "getobj.account"}:
            return self._account(method, params), 1
        return self._list(method, METHODS[method], params)

    def _judge_params(self, method: str, params: Row) -> None:
        known = METHODS[method].params | {"access_token"}
        if self.messages_by_chat_only and method == _MESSAGES:
            known = known - {*_DATES, "chat_ids"}
        if method in self.without_user_id:
            known = known - {"user_id"}
        for name in params:
            if name not in known:
                raise RefusalError("unexpected_parameters", name, params[name])
        for name in METHODS[method].required:
            if name not in params:
                raise RefusalError("required_parameter_missed", name)

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
            of_client = not METHODS[method].of_agency and method not in self.without_user_id
            if of_client and params.get("user_id") not in self.user_ids:
                raise RefusalError("required_parameter_missed", "user_id")
        elif METHODS[method].of_agency:
            raise RefusalError("forbidden")

    def _account(self, method: str, params: Row) -> t.Any:
        if method == "get.account":
            return [{"app_id": self.app_id, "name": "Тест", "timezone": self.zone}]
        zone = self.zones.get(params.get("user_id", 0), self.zone)
        app_id = self.app_ids.get(params.get("user_id", 0), self.app_id)
        return {"app_id": app_id, "app_name": "Клиент", "timezone": zone, "components": ["va"], "user_id": 9}

    # Lists and reports

    def _list(self, name: str, method: Method, params: Row) -> tuple[list[Row] | None, int]:
        fields = self._fields(name, params.get("fields"))
        limit = listing.whole(params, "limit", 1000, 1, self.max_limit)
        offset = listing.whole(params, "offset", 0, 0, self.max_offset)
        rows = self._picked(name, method, params)
        if "filter" in params:
            rows = listing.filtered(rows, name, params["filter"])
        if name in self.unordered:
            rows = random.Random(len(self.seen)).sample(rows, len(rows))  # noqa: S311 - no secret is made of it
        rows = listing.ordered(rows, name, method.time, params.get("sort") or [])
        chosen = self.page(rows[offset : offset + limit], offset)
        if chosen is None:
            return None, len(rows)
        shown = [listing.printed(row, fields, method) for row in chosen]
        return [listing.as_in_samples(row, name) for row in shown] if self.sample_names else shown, len(rows)

    def _fields(self, method: str, asked: t.Any) -> list[str]:
        defaults = flags(method, "default")
        if asked is None:
            return [name for name, shown in defaults.items() if shown]
        known = {*defaults, "hold_duration"} - set(self.unknown_fields)  # seen live, in no table
        if self.messages_by_chat_only and method == _MESSAGES:
            known -= {"id", "resource"}
        for name in asked:
            if name not in known:
                raise RefusalError("unexpected_parameters", "fields", name)
        return [*asked, *self.always]

    def _picked(self, name: str, method: Method, params: Row) -> list[Row]:
        """The rows of the client, the site, the chats and the time that are asked for."""
        rows = self.rows.get(name, [])
        rows = [row for row in rows if row.get("_client") in {None, params.get("user_id")}]
        if "site_id" in method.required:
            listing.whole(params, "site_id", -1, 1, 2**53)
            rows = [row for row in rows if row.get("_site") == params["site_id"]]
        if "is_deleted" in method.params:
            rows = [row for row in rows if row.get("is_deleted", False) == params.get("is_deleted", False)]
        for flag in ("include_ongoing_calls", "include_tech_offline_messages"):
            if not isinstance(params.get(flag, False), bool):
                raise RefusalError("data_type_error", flag)
        rows = [row for row in rows if params.get("include_ongoing_calls") or not row.get("_ongoing")]
        rows = [row for row in rows if params.get("include_tech_offline_messages") or not row.get("_technical")]
        if name == _MESSAGES:
            return self._messages(rows, method, params)
        return self._dated(rows, method, params) if method.time else rows

    def _messages(self, rows: list[Row], method: Method, params: Row) -> list[Row]:
        chats = {params["chat_id"]} if "chat_id" in params else set(params.get("chat_ids", ()))
        if chats:
            rows = [row for row in rows if row["chat_id"] in chats]
        elif self.messages_by_chat_only or not set(_DATES) & set(params):
            raise RefusalError("required_parameter_missed", "chat_id")
        return self._dated(rows, method, params) if set(_DATES) & set(params) else rows

    def _dated(self, rows: list[Row], method: Method, params: Row) -> list[Row]:
        first, last = listing.interval(params, min(method.longest, self.max_interval))
        if method.time == "date":
            rows = listing.of_whole_days(rows, first, last)
            return listing.summed(rows, method.sums) if method.sums else rows
        return listing.within(rows, first, last, self.bounds)

    # Answers

    def _limits(self) -> Row:
        limits: Row = {}
        for name, bucket in self.buckets.items():
            reset = max(int(bucket.refills_at - time.monotonic()), 0)
            limits |= {f"{name}_limit": bucket.limit, f"{name}_remaining": bucket.left, f"{name}_reset": reset}
        return limits

    def _wrap(self, method: str, data: t.Any, total: int) -> t.Any:
        if METHODS[method].bare and self.bare_rows:
            return data
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
