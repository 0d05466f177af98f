"""A request of the API on its way through the sandbox, and what comes back."""

from __future__ import annotations

import dataclasses
import typing as t

import msgspec

from sandbox.faults import Rule
from sandbox.genesys.fields import Body, flag, read_body
from sandbox.genesys.settings import GenesysSettings
from sandbox.genesys.tokens import Client

if t.TYPE_CHECKING:
    from sandbox.genesys.organisation import Organisation


@dataclasses.dataclass(frozen=True, kw_only=True)
class Call:
    """A request whose token is good.

    Attributes:
        org: whose data.
        path: the path as it was asked for, without query.
        params: parts of the path by name.
        query: query parameters, each with all its values.
        raw: the body.
        content_type: its type.
        client: who asks.
        settings: how the vendor behaves.
        now: the sandbox's present, in milliseconds.
        rule: a fault to apply.
    """

    org: Organisation
    path: str
    params: t.Mapping[str, str]
    query: t.Mapping[str, list[str]]
    raw: bytes
    content_type: str
    client: Client
    settings: GenesysSettings
    now: int
    rule: Rule | None = None

    def body(self) -> Body:
        """The JSON object of the body.

        Raises:
            ApiError: it is none.
        """
        return read_body(self.raw, self.content_type)

    def one(self, name: str) -> str | None:
        """A query parameter's last value."""
        values = self.query.get(name)
        return values[-1] if values else None

    def many(self, name: str) -> list[str]:
        """All values of a query parameter that can be repeated or given as a comma list."""
        return [word for value in self.query.get(name, ()) for word in value.split(",") if word]

    def flag(self, name: str) -> bool | None:
        """A query parameter that is true or false, or none."""
        value = self.one(name)
        return None if value is None else flag(value, name)

    def sees(self, divisions: t.Iterable[str]) -> bool:
        """Whether the client's roles reach one of these divisions."""
        granted = self.client.divisions
        seen = (each for each in divisions if each not in self.settings.hidden_divisions)
        return any(granted is None or each in granted for each in seen)


@dataclasses.dataclass(frozen=True)
class Reply:
    """An answer.

    Attributes:
        body: its JSON, as a value or as bytes that already are JSON; none is no body.
        status: HTTP status.
        rows: rows in it, for the request log.
    """

    body: t.Any = None
    status: int = 200
    rows: int | None = None

    def encoded(self) -> bytes:
        """The bytes to send."""
        if isinstance(self.body, bytes):
            return self.body
        return b"" if self.body is None else msgspec.json.encode(self.body)


Handler = t.Callable[[Call], Reply]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Route:
    """One operation.

    Attributes:
        verb: HTTP method.
        template: path with ``{names}``.
        handler: who answers.
        needs: permissions of which one is needed (all, with ``every``); empty is none.
        every: all of them are needed.
        query: query parameters it knows.
    """

    verb: str
    template: str
    handler: Handler
    needs: tuple[str, ...] = ()
    every: bool = False
    query: frozenset[str] = frozenset()

    @property
    def key(self) -> str:
        """How settings, faults and the request log name it."""
        return f"{self.verb} {self.template}"
