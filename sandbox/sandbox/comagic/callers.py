"""Who asks, for whom, and whether they may."""

from __future__ import annotations

import dataclasses
import ipaddress
import typing as t

from sandbox.comagic.auth import Account
from sandbox.comagic.envelope import Call
from sandbox.comagic.errors import ApiError
from sandbox.comagic.methods import METHODS
from sandbox.comagic.owners import CLIENT_OF, Owner
from sandbox.settings import Settings

SESSION_METHODS: t.Final = frozenset({"login.user", "logout.user"})
EVERYWHERE: t.Final = ("0.0.0.0/0",)
COMPONENTS: t.Final = "call_tracking, consultant"


@dataclasses.dataclass(frozen=True)
class Caller:
    """Who asks, and for whom.

    Attributes:
        account: the token's account, whose budget is charged.
        owner: whose data is asked for; none where an agency asks about itself.
    """

    account: Account
    owner: Owner | None

    @property
    def names(self) -> tuple[str, ...]:
        """What settings call it, the account whose list of addresses counts first."""
        return (self.account.name,) if self.owner is None else (self.owner.name, self.account.name)


def caller_of(call: Call, account: Account) -> Caller:
    """Whose data a request asks for.

    Raises:
        ApiError: ``forbidden`` for a method that is for agencies or for clients only, or what is wrong with
            ``user_id``.
    """
    if call.method in SESSION_METHODS:
        return Caller(account, account.owner)
    level = METHODS[call.method].level if call.method in METHODS else "client"
    if level == ("own" if account.is_agency else "partner"):
        raise ApiError("forbidden")
    if not account.is_agency:
        if "user_id" in call.params:
            raise ApiError("unexpected_parameters", "user_id", call.params["user_id"])
        return Caller(account, account.owner)
    return Caller(account, None if level == "partner" else _client(call.params.get("user_id")))


def _client(given: t.Any) -> Owner:
    if given is None:
        raise ApiError("required_parameter_missed", "user_id")
    if not isinstance(given, int) or isinstance(given, bool):
        raise ApiError("data_type_error", "user_id", given)
    if given not in CLIENT_OF:
        raise ApiError("entity_not_found", "user_id", given)
    return CLIENT_OF[given]


def check_account(caller: Caller, settings: Settings, ip: str) -> None:
    """Refuses everything to an account that is switched off, and to addresses it does not list.

    Raises:
        ApiError: ``account_inactive`` or ``ip_not_whitelisted``.
    """
    if settings.account_inactive:
        raise ApiError("account_inactive")
    if not settings.ip_allowed or not _is_listed(ip, settings.ip_lists.get(caller.names[0], EVERYWHERE)):
        raise ApiError("ip_not_whitelisted", params={"ip": ip})


def check_rights(method: str, caller: Caller, settings: Settings) -> None:
    """Refuses methods whose component the account lacks, or that the user may not read.

    Raises:
        ApiError: ``method_component_disabled`` or ``forbidden``.
    """
    named = {method, "*", *(f"{one}@{name}" for name in caller.names for one in (method, "*"))}
    if named & set(settings.disabled):
        raise ApiError(
            "method_component_disabled", params={"components": COMPONENTS}, code=settings.component_error_code
        )
    if named & set(settings.forbidden):
        raise ApiError("forbidden")


def _is_listed(ip: str, networks: t.Iterable[str]) -> bool:
    return any(ipaddress.ip_address(ip) in ipaddress.ip_network(network) for network in networks)
