"""One request of the API from its bytes to its answer."""

from __future__ import annotations

import dataclasses
import typing as t

import msgspec

from sandbox.comagic import catalog
from sandbox.comagic.auth import AGENCY_CLIENTS, CLIENT, Account
from sandbox.comagic.envelope import Call
from sandbox.comagic.errors import ApiError
from sandbox.comagic.listing import Lists, Page
from sandbox.comagic.methods import ACTIONS, METHODS, Method
from sandbox.comagic.query import Query, read_query
from sandbox.comagic.sources import Present
from sandbox.faults import PAGE_KINDS, Rule
from sandbox.state import Sandbox

Result = dict[str, t.Any]


@dataclasses.dataclass
class Outcome:
    """A successful request.

    Attributes:
        result: the ``result`` member of the answer.
        rows: rows in it, for lists.
    """

    result: Result
    rows: int | None = None


class Service:
    """The API of one account and one agency."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._lists = Lists()

    def answer(self, call: Call, ip: str, rule: Rule | None = None) -> Outcome:
        """Answers a request and charges its point.

        Raises:
            ApiError: the vendor's error.
        """
        if rule and rule.kind == "error":
            raise ApiError(rule.mnemonic, message=rule.message)
        if call.method not in METHODS and call.method not in ACTIONS:
            raise ApiError("method_not_found")
        account = CLIENT if call.method == "login.user" else self._authenticate(call)
        self._admit(call, account, ip)
        if call.method in METHODS:
            return self._list(METHODS[call.method], call.params, account, rule)
        return self._act(call, account)

    def metadata(self, call: Call | None) -> dict[str, t.Any]:
        """The metadata block of a request's account without a total."""
        account = self.account_of(call)
        limits = self._sandbox.budget.limits(account.app_id, self._sandbox.settings.limits) if account else {}
        return {"version": None, "limits": limits}

    def account_of(self, call: Call | None) -> Account | None:
        """Whom a request speaks for, if that can be told."""
        if call is None:
            return None
        if call.method == "login.user":
            return CLIENT
        try:
            return self._authenticate(call)
        except ApiError:
            return None

    def _authenticate(self, call: Call) -> Account:
        token = call.params.get("access_token")
        if token is None:
            raise ApiError("required_parameter_missed", "access_token")
        if not isinstance(token, str):
            raise ApiError("data_type_error", "access_token")
        return self._sandbox.sessions.account(token, self._sandbox.settings)

    def _admit(self, call: Call, account: Account, ip: str) -> None:
        settings = self._sandbox.settings
        if settings.account_inactive:
            raise ApiError("account_inactive")
        if not settings.ip_allowed:
            raise ApiError("ip_not_whitelisted", params={"ip": ip})
        self._sandbox.budget.check(account.app_id, settings.limits)
        if {call.method, "*"} & set(settings.disabled):
            components = "call_tracking, consultant"
            raise ApiError(
                "method_component_disabled",
                params={"components": components},
                code=settings.component_error_code,
            )
        if {call.method, "*"} & set(settings.forbidden):
            raise ApiError("forbidden")

    def _list(self, method: Method, params: dict[str, t.Any], account: Account, rule: Rule | None) -> Outcome:
        self._check_user(params, account, client_level=method.client_level)
        known = method.params | {"access_token"} | ({"user_id"} if method.client_level else set())
        refuse_unknown(params, known)
        settings = self._sandbox.settings
        query = read_query(
            method.name,
            params,
            dated=method.dated,
            bounds=settings.bounds,
            unknown_fields=settings.unknown_fields,
        )
        page = self._spoilt(self._page(method, shifted(query, rule)), method, query, rule)
        self._sandbox.budget.charge(account.app_id)
        key = settings.meta_data_spelling if method.odd_metadata else "metadata"
        limits = self._sandbox.budget.limits(account.app_id, settings.limits)
        metadata = {"total_items": page.total, "version": None, "limits": limits}
        return Outcome({"data": msgspec.Raw(page.data), key: metadata}, page.count)

    def _page(self, method: Method, query: Query) -> Page:
        sandbox = self._sandbox
        present = Present(sandbox.world, sandbox.settings, sandbox.clock.now_ms())
        return self._lists.page(
            (method.name, sandbox.version),
            present.now,
            query,
            lambda: method.source(present, query),
        )

    def _spoilt(self, page: Page, method: Method, query: Query, rule: Rule | None) -> Page:
        if rule is None or rule.kind not in PAGE_KINDS:
            return page
        if rule.kind == "total_items":
            return dataclasses.replace(page, total=page.total + rule.delta)
        if rule.kind == "empty_page":
            return dataclasses.replace(page, data=b"[]", count=0)
        if rule.kind == "short_page" and page.count:
            keep = page.count // 2 if rule.keep is None else rule.keep
            return self._page(method, dataclasses.replace(query, limit=keep)) if keep else Page(b"[]", 0, page.total)
        return page

    def _check_user(self, params: dict[str, t.Any], account: Account, *, client_level: bool) -> None:
        given = params.get("user_id")
        if not account.is_agency:
            if "user_id" in params:
                raise ApiError("unexpected_parameters", "user_id", given)
            return
        if not client_level:
            raise ApiError("forbidden")
        if given is None:
            raise ApiError("required_parameter_missed", "user_id")
        if not isinstance(given, int) or isinstance(given, bool):
            raise ApiError("data_type_error", "user_id", given)
        if given not in AGENCY_CLIENTS:
            raise ApiError("entity_not_found", "user_id", given)

    def _act(self, call: Call, account: Account) -> Outcome:
        token = set() if call.method == "login.user" else {"access_token"}
        refuse_unknown(call.params, ACTIONS[call.method] | token)
        result = getattr(self, f"_{call.method.replace('.', '_')}")(call.params, account)
        self._sandbox.budget.charge(account.app_id)
        if call.method == "getobj.account":
            result["metadata"] = self.metadata(call)
        return Outcome(result)

    def _login_user(self, params: dict[str, t.Any], account: Account) -> Result:
        del account
        for name in ("login", "password"):
            if name not in params:
                raise ApiError("required_parameter_missed", name)
            if not isinstance(params[name], str):
                raise ApiError("data_type_error", name)
        lifetime = self._sandbox.settings.token_lifetime_seconds
        return {"data": self._sandbox.sessions.login(params["login"], params["password"], lifetime)}

    def _logout_user(self, params: dict[str, t.Any], account: Account) -> Result:
        del account
        self._sandbox.sessions.logout(params["access_token"])
        return {"data": {}}

    def _getobj_account(self, params: dict[str, t.Any], account: Account) -> Result:
        self._check_user(params, account, client_level=True)
        return {"data": catalog.account_object(self._sandbox.settings.timezone, params.get("user_id"))}


def refuse_unknown(params: t.Mapping[str, t.Any], known: t.Collection[str]) -> None:
    """Any parameter that a method does not list is an error.

    Raises:
        ApiError: ``unexpected_parameters``, naming the first.
    """
    if unknown := sorted(set(params) - set(known)):
        raise ApiError("unexpected_parameters", unknown[0])


def shifted(query: Query, rule: Rule | None) -> Query:
    """The query that a fault makes of it: the page before, or one that begins some rows early."""
    if rule is None or rule.kind not in {"duplicate_page", "shifted_page"}:
        return query
    back = query.limit if rule.kind == "duplicate_page" else rule.shift
    return dataclasses.replace(query, offset=max(0, query.offset - back))
