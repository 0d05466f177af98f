"""Keys, session tokens and who they belong to."""

from __future__ import annotations

import dataclasses
import hashlib
import typing as t

from sandbox.clock import Clock
from sandbox.comagic.errors import ApiError
from sandbox.settings import Settings

LOGIN: t.Final = "sandbox@example.test"
PASSWORD: t.Final = "sandbox-password"  # noqa: S105  # a documented, obviously fake credential
CLIENT_APP: t.Final = 1103  # the app_id of the vendor's samples
AGENCY_APP: t.Final = 2206
AGENCY_CLIENTS: t.Final = (4001, 4002)


@dataclasses.dataclass(frozen=True)
class Account:
    """Whom a token speaks for.

    Attributes:
        app_id: id of the account, whose budget is charged.
        is_agency: must name a client with ``user_id``.
    """

    app_id: int
    is_agency: bool = False


CLIENT: t.Final = Account(CLIENT_APP)
AGENCY: t.Final = Account(AGENCY_APP, is_agency=True)

# further permanent keys take part as soon as the setting `token_states` names them
PERMANENT_KEYS: t.Final = {"sandbox-access-token": CLIENT, "sandbox-agency-token": AGENCY}


class Sessions:
    """Session tokens, which live for a limited time on the sandbox's clock."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._expiry: dict[str, float] = {}
        self._made = 0

    def login(self, login: str, password: str, lifetime: float) -> dict[str, t.Any]:
        """Opens a session.

        Raises:
            ApiError: ``auth_error``.
        """
        if (login, password) != (LOGIN, PASSWORD):
            raise ApiError("auth_error")
        self._made += 1
        token = hashlib.sha256(f"session {self._made}".encode()).hexdigest()[:41]
        expiry = self._clock.now().timestamp() + lifetime
        self._expiry[token] = expiry
        return {"access_token": token, "expire_at": int(expiry), "app_id": CLIENT_APP}

    def logout(self, token: str) -> None:
        """Ends a session; a permanent key is left alone."""
        self._expiry.pop(token, None)

    def account(self, token: str, settings: Settings) -> Account:
        """Whom a token speaks for.

        Raises:
            ApiError: ``access_token_invalid`` (also for a session that has run out), ``access_token_expired``,
                ``access_token_blocked``.
        """
        state = settings.token_states.get(token)
        known = PERMANENT_KEYS.get(token, CLIENT if state else None)
        if known is None and self._expiry.get(token, 0) > self._clock.now().timestamp():
            known = CLIENT
        if known is None:
            raise ApiError("access_token_invalid", "access_token", "***")
        if state in {"blocked", "expired"}:
            raise ApiError(f"access_token_{state}", "access_token", "***")
        return known
