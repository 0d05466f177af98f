"""One request of the API from its bytes to its answer."""

from __future__ import annotations

import dataclasses
import math
import typing as t

import msgspec

from sandbox.comagic import catalog
from sandbox.comagic.auth import CLIENT, Account, Brand
from sandbox.comagic.callers import Caller, caller_of, check_account, check_rights
from sandbox.comagic.envelope import Call
from sandbox.comagic.errors import ApiError
from sandbox.comagic.listing import Lists, Page
from sandbox.comagic.methods import ACTIONS, METHODS, Method
from sandbox.comagic.oddities import printed_names
from sandbox.comagic.owners import OWN, Owner
from sandbox.comagic.query import Query, read_query
from sandbox.comagic.reports.daily import DAILY
from sandbox.comagic.sources import Present
from sandbox.faults import PAGE_KINDS, Rule
from sandbox.state import Sandbox

Result = dict[str, t.Any]
SHORT_SHARE: t.Final = 2 / 3
API_VERSION: t.Final = {"current_version_deprecated": True, "current_version": "v2.0", "latest_version": "v2.1"}


@dataclasses.dataclass
class Outcome:
    """A successful request.

    Attributes:
        result: the ``result`` member of the answer.
        rows: rows in it, for lists.
    """

    result: Result | msgspec.Raw
    rows: int | None = None


class Service:
    """The API of one brand."""

    def __init__(self, sandbox: Sandbox, brand: Brand = "comagic") -> None:
        self._sandbox = sandbox
        self._brand = brand
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
        caller = caller_of(call, account)
        self._admit(call, caller, ip)
        if call.method in METHODS:
            return self._list(METHODS[call.method], call.params, caller, rule)
        return self._act(call, caller)

    def metadata(self, call: Call | None) -> dict[str, t.Any]:
        """The metadata block of a request's account without a total."""
        account, settings = self.account_of(call), self._sandbox.settings
        limits = self._sandbox.budget.limits(account.app_id, settings.limits) if account else {}
        notice = {"api_version": API_VERSION} if settings.deprecated_version else {}
        return {"version": None, "limits": limits, **notice}

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
        return self._sandbox.sessions.account(self._brand, token, self._sandbox.settings)

    def _admit(self, call: Call, caller: Caller, ip: str) -> None:
        settings = self._sandbox.settings
        check_account(caller, settings, ip)
        self._sandbox.budget.check(caller.account.app_id, settings.limits)
        check_rights(call.method, caller, settings)

    def _list(self, method: Method, params: dict[str, t.Any], caller: Caller, rule: Rule | None) -> Outcome:
        client_level = method.level == "client" and caller.account.is_agency
        refuse_unknown(params, method.params | {"access_token"} | ({"user_id"} if client_level else set()))
        settings = self._sandbox.settings
        query = read_query(
            method.name,
            params,
            dates=method.dates,
            bounds=settings.bounds,
            unknown_fields=settings.unknown_fields,
            options=method.options,
        )
        owner = caller.owner or OWN
        page = self._spoilt(self._page(method, shifted(query, rule), owner), method, query, owner, rule)
        self._sandbox.budget.charge(caller.account.app_id)
        if method.name == DAILY and DAILY in settings.sample_shapes:
            return Outcome(msgspec.Raw(page.data), page.count)
        key = settings.meta_data_spelling if method.odd_metadata else "metadata"
        return Outcome({"data": msgspec.Raw(page.data), key: self._list_metadata(page, caller.account)}, page.count)

    def _list_metadata(self, page: Page, account: Account) -> dict[str, t.Any]:
        settings = self._sandbox.settings
        total = {} if page.total is None else {"total_items": page.total}
        notice = {"api_version": API_VERSION} if settings.deprecated_version else {}
        limits = self._sandbox.budget.limits(account.app_id, settings.limits)
        return {**total, "version": None, "limits": limits, **notice}

    def _page(self, method: Method, query: Query, owner: Owner) -> Page:
        sandbox = self._sandbox
        present = Present(sandbox.world_of(owner), sandbox.settings, sandbox.clock.now_ms(), owner)

        def page(query: Query) -> Page:
            return self._lists.page(
                (method.name, owner.name, sandbox.version),
                present.now,
                query,
                lambda: method.source(present, query),
                printed_names(method.name, sandbox.settings),
            )

        whole = page(query)
        if method.name in sandbox.settings.short_pages and whole.count > 1:
            return page(dataclasses.replace(query, limit=math.ceil(whole.count * SHORT_SHARE)))
        return whole

    def _spoilt(self, page: Page, method: Method, query: Query, owner: Owner, rule: Rule | None) -> Page:
        if rule is None or rule.kind not in PAGE_KINDS:
            return page
        if rule.kind == "empty_page":
            return dataclasses.replace(page, data=b"[]", count=0)
        if rule.kind == "short_page" and page.count:
            keep = page.count // 2 if rule.keep is None else rule.keep
            short = dataclasses.replace(query, limit=keep)
            return self._page(method, short, owner) if keep else Page(b"[]", 0, page.total)
        return dataclasses.replace(page, total=stated_total(page.total or 0, query, rule))

    def _act(self, call: Call, caller: Caller) -> Outcome:
        token = set() if call.method == "login.user" else {"access_token"}
        refuse_unknown(call.params, ACTIONS[call.method] | token)
        result = getattr(self, f"_{call.method.replace('.', '_')}")(call.params, caller)
        self._sandbox.budget.charge(caller.account.app_id)
        if call.method == "getobj.account":
            result["metadata"] = self.metadata(call)
        return Outcome(result)

    def _login_user(self, params: dict[str, t.Any], caller: Caller) -> Result:
        del caller
        for name in ("login", "password"):
            if name not in params:
                raise ApiError("required_parameter_missed", name)
            if not isinstance(params[name], str):
                raise ApiError("data_type_error", name)
        settings = self._sandbox.settings
        opened = self._sandbox.sessions.login(
            self._brand, params["login"], params["password"], settings.token_lifetime_seconds
        )
        opened[settings.expiry_spelling] = opened.pop("expire_at")
        return {"data": opened}

    def _logout_user(self, params: dict[str, t.Any], caller: Caller) -> Result:
        del caller
        self._sandbox.sessions.logout(self._brand, params["access_token"])
        return {"data": {}}

    def _getobj_account(self, params: dict[str, t.Any], caller: Caller) -> Result:
        del params
        owner = caller.owner or OWN
        return {"data": catalog.account_object(self._sandbox.world_of(owner).zone.name, owner)}


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


def stated_total(total: int, query: Query, rule: Rule) -> int | None:
    """What a fault makes of the number of rows: off by a constant, or by more on every page, or left out."""
    if rule.kind == "no_total":
        return None
    if rule.kind == "moving_total":
        return max(0, total + rule.delta * (query.offset // query.limit))
    return total + rule.delta if rule.kind == "total_items" else total
