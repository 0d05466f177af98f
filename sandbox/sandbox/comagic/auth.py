"""Keys, session tokens and who they belong to."""

from __future__ import annotations

import dataclasses
import hashlib
import typing as t

from sandbox.clock import Clock
from sandbox.comagic.errors import ApiError
from sandbox.comagic.owners import OWN, UIS, Owner
from sandbox.settings import Settings

Brand = t.Literal["comagic", "uis"]

PASSWORD: t.Final = "sandbox-password"  # noqa: S105  # a documented, obviously fake credential


@dataclasses.dataclass(frozen=True)
class Account:
    """Whom a token speaks for.

    Attributes:
        app_id: id of the account, whose budget is charged.
        name: what settings call it.
        owner: whose data it reads by itself; an agency must name a client with ``user_id``.
    """

    app_id: int
    name: str
    owner: Owner | None

    @property
    def is_agency(self) -> bool:
        """Whether it reads its clients' data."""
        return self.owner is None


CLIENT: t.Final = Account(OWN.app_id, OWN.name, OWN)
AGENCY: t.Final = Account(2206, "agency", None)
SISTER: t.Final = Account(UIS.app_id, UIS.name, UIS)

# brand -> who may log in
LOGINS: t.Final[dict[Brand, dict[str, Account]]] = {
    "comagic": {"sandbox@example.test": CLIENT, "agency@example.test": AGENCY},
    "uis": {"uis@example.test": SISTER},
}
# further permanent keys of the first account take part as soon as the setting `token_states` names them
PERMANENT_KEYS: t.Final[dict[Brand, dict[str, Account]]] = {
    "comagic": {"sandbox-access-token": CLIENT, "sandbox-agency-token": AGENCY},
    "uis": {"sandbox-uis-token": SISTER},
}


class Sessions:
    """Session tokens, which live for a limited time on the sandbox's clock."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._opened: dict[tuple[Brand, str], tuple[float, Account]] = {}
        self._made = 0

    def login(self, brand: Brand, login: str, password: str, lifetime: float) -> dict[str, t.Any]:
        """Opens a session.

        Raises:
            ApiError: ``auth_error``.
        """
        account = LOGINS[brand].get(login)
        if account is None or password != PASSWORD:
            raise ApiError("auth_error")
        self._made += 1
        token = hashlib.sha256(f"session {self._made}".encode()).hexdigest()[:41]
        expiry = self._clock.now().timestamp() + lifetime
        self._opened[brand, token] = (expiry, account)
        return {"access_token": token, "expire_at": int(expiry), "app_id": account.app_id}

    def logout(self, brand: Brand, token: str) -> None:
        """Ends a session; a permanent key is left alone."""
        self._opened.pop((brand, token), None)

    def account(self, brand: Brand, token: str, settings: Settings) -> Account:
        """Whom a token speaks for.

        Raises:
            ApiError: ``access_token_invalid`` (also for a session that has run out, and for a token of another brand),
                ``access_token_expired``, ``access_token_blocked``.
        """
        state = settings.token_states.get(token)
        known = self._known(brand, token, named=state is not None)
        if known is None:
            raise ApiError("access_token_invalid", "access_token", "***")
        if state in {"blocked", "expired"}:
            raise ApiError(f"access_token_{state}", "access_token", "***")
        return known

    def _known(self, brand: Brand, token: str, *, named: bool) -> Account | None:
        expiry, account = self._opened.get((brand, token), (0.0, None))
        if account is not None and expiry > self._clock.now().timestamp():
            return account
        permanent = PERMANENT_KEYS[brand].get(token)
        elsewhere = any(token in keys for keys in PERMANENT_KEYS.values())
        return CLIENT if permanent is None and named and brand == "comagic" and not elsewhere else permanent
