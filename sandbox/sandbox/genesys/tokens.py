"""OAuth clients, their roles' permissions, and the tokens they hold.

Grant: https://help.mypurecloud.com/articles/create-an-oauth-client/ (lifetime, HIPAA's idle time). The bodies of a
refused login are those that working clients have met.
"""

from __future__ import annotations

import base64
import binascii
import dataclasses
import typing as t

from sandbox.clock import Clock
from sandbox.genesys.errors import ApiError, unauthorised
from sandbox.genesys.names import SECOND_MS, uuid
from sandbox.genesys.settings import GenesysSettings

IDLE_SECONDS: t.Final = 15 * 60
HOME_REGION: t.Final = "mypurecloud.de"

ALL_PERMISSIONS: t.Final = frozenset(
    {
        "analytics:conversationDetail:view",
        "analytics:evaluationAggregate:view",
        "analytics:userDetail:view",
        "quality:evaluation:view",
        "quality:evaluationForm:view",
        "authorization:role:view",
        "routing:queue:view",
        "routing:wrapupCode:view",
        "routing:skill:view",
        "presence:presenceDefinition:view",
        "groups:team:view",
        "architect:flow:view",
    }
)


@dataclasses.dataclass(frozen=True)
class Client:
    """An OAuth client of the organisation.

    Attributes:
        id: client id.
        secret: client secret.
        permissions: what its roles allow.
        divisions: ids of the divisions its roles are granted for; null is all.
    """

    id: str
    secret: str
    permissions: frozenset[str]
    divisions: frozenset[str] | None = None


@dataclasses.dataclass
class Token:
    """An access token; times in milliseconds of the sandbox's clock."""

    text: str
    client: Client
    ends: int
    used: int
    ended: bool = False


class LoginError(Exception):
    """A refused login: a status and a body of its own, not the platform's error body."""

    def __init__(self, status: int, error: str, description: str) -> None:
        super().__init__(description)
        self.status = status
        self.body = {"error": error, "description": description, "error_description": description}


HOME_DIVISION: t.Final = "00000000-0000-4000-8000-000000000001"
CLIENTS: t.Final = {
    client.id: client
    for client in (
        Client("sandbox-client-id", "sandbox-client-secret", ALL_PERMISSIONS),
        Client("sandbox-home-only", "sandbox-client-secret", ALL_PERMISSIONS, frozenset({HOME_DIVISION})),
        Client("sandbox-no-roles", "sandbox-client-secret", frozenset()),
    )
}


class Tokens:
    """Issues tokens and knows which of them still live."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._tokens: dict[str, Token] = {}

    def issue(self, authorization: str | None, form: t.Mapping[str, str], region: str, lifetime: int) -> Token:
        """A new token for a client that names itself in a Basic header.

        Raises:
            LoginError: the header, the grant, the client, its secret or the region is wrong.
        """
        client = _client(authorization, region)
        if form.get("grant_type") != "client_credentials":
            raise LoginError(400, "unsupported_grant_type", "grant_type must be client_credentials")
        now = self._clock.now_ms()
        text = uuid("token", client.id, len(self._tokens), now).replace("-", "_")
        token = Token(text, client, now + lifetime * SECOND_MS, now)
        self._tokens[text] = token
        return token

    def check(self, authorization: str | None, region: str, settings: GenesysSettings) -> Token:
        """The living token of a request, used by it.

        Raises:
            ApiError: 401, with the vendor's code.
        """
        scheme, _, text = (authorization or "").partition(" ")
        if scheme.lower() != "bearer" or not text:
            raise unauthorised(
                "authentication.required", "No authentication bearer token specified in authorization header."
            )
        token, now = self._tokens.get(text), self._clock.now_ms()
        if token is None or token.ended or region != HOME_REGION:
            raise _bad_credentials()
        if now >= token.ends:
            raise unauthorised("credentials.expired", "The supplied credentials have expired.")
        if settings.hipaa and now - token.used >= IDLE_SECONDS * SECOND_MS:
            token.ended = True
            raise _bad_credentials()
        token.used = now
        return token

    def end(self, authorization: str | None) -> None:
        """Ends the token that a request carries, before its time."""
        token = self._tokens.get((authorization or "").partition(" ")[2])
        if token:
            token.ended = True


def _bad_credentials() -> ApiError:
    return unauthorised("bad.credentials", "Invalid login credentials.")


def _client(authorization: str | None, region: str) -> Client:
    scheme, _, encoded = (authorization or "").partition(" ")
    try:
        identifier, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        identifier, secret = "", ""
    if scheme.lower() != "basic" or not identifier:
        raise LoginError(400, "invalid_client", "client credentials are missing")
    client = CLIENTS.get(identifier)
    if client is None or region != HOME_REGION:
        raise LoginError(400, "invalid_client", "client not found")
    if secret != client.secret:
        raise LoginError(401, "invalid_client", "authentication failed")
    return client
