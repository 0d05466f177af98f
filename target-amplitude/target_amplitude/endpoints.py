"""The endpoints that take profile updates: paths, bodies, limits.

Sources: https://amplitude.com/docs/apis/analytics/batch-event-upload (20 MB, 2000 events),
https://amplitude.com/docs/apis/analytics/http-v2 (1 MB, fewer than 2000 events),
https://amplitude.com/docs/apis/analytics/identify (form; its limits are not documented, so those of group identify
are kept: 1024 objects, 1 MB). Whether a megabyte is 10**6 bytes is not said: the smaller reading is used.
"""

from __future__ import annotations

import abc
import dataclasses
import typing as t
import urllib.parse
from collections.abc import Sequence

import msgspec

from target_amplitude.mapping import EndpointName
from target_amplitude.updates import Update

DEFAULT_MIN_ID_LENGTH: t.Final = 5
BASE_URLS: t.Final = {"us": "https://api2.amplitude.com", "eu": "https://api.eu.amplitude.com"}


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint(abc.ABC):
    """One endpoint of one project.

    Attributes:
        url: Its whole address.
        api_key: The project's key, part of every body.
        min_id_length: Sent along when it is not the server's default.
        max_items: Most updates in a request.
        max_bytes: A body stays below this many bytes.
    """

    url: str
    api_key: str
    min_id_length: int
    max_items: int
    max_bytes: int

    content_type: t.ClassVar[str]
    answers_json: t.ClassVar[bool]
    """Whether success is told in JSON; the form answers in plain text."""
    separator: t.ClassVar[bytes]

    @abc.abstractmethod
    def encode(self, update: Update) -> bytes:
        """The update as it stands in a body."""

    @abc.abstractmethod
    def frame(self) -> tuple[bytes, bytes]:
        """What stands before and behind the updates."""

    def body(self, updates: Sequence[Update]) -> bytes:
        """The request's body; the updates are encoded already."""
        before, behind = self.frame()
        return before + self.separator.join(update.encoded for update in updates) + behind

    def room(self) -> int:
        """Bytes that the updates of one request, separators included, may take."""
        before, behind = self.frame()
        return self.max_bytes - 1 - len(before) - len(behind)

    def size(self, update: Update) -> int:
        """Bytes that an update takes of the room."""
        return len(update.encoded) + len(self.separator)

    @property
    def _options(self) -> bytes | None:
        if self.min_id_length == DEFAULT_MIN_ID_LENGTH:
            return None
        return msgspec.json.encode({"min_id_length": self.min_id_length})


class EventEndpoint(Endpoint):
    """`/batch` and `/2/httpapi`: updates are events of the type `$identify`."""

    content_type = "application/json"
    answers_json = True
    separator = b","

    def encode(self, update: Update) -> bytes:
        """One event as JSON."""
        event = {"event_type": "$identify", **_identification(update), "insert_id": update.insert_id}
        return msgspec.json.encode(event)

    def frame(self) -> tuple[bytes, bytes]:
        """Key and events, then the options."""
        options = self._options
        behind = b"]}" if options is None else b'],"options":' + options + b"}"
        return b'{"api_key":' + msgspec.json.encode(self.api_key) + b',"events":[', behind


class FormEndpoint(Endpoint):
    """`/identify`: updates are objects of a JSON array in a form field."""

    content_type = "application/x-www-form-urlencoded"
    answers_json = False
    separator = b"%2C"

    def encode(self, update: Update) -> bytes:
        """One object as JSON, quoted for a form."""
        return urllib.parse.quote_plus(msgspec.json.encode(_identification(update))).encode()

    def frame(self) -> tuple[bytes, bytes]:
        """Key and opening bracket, then closing bracket and options."""
        options = self._options
        behind = b"%5D" if options is None else b"%5D&options=" + urllib.parse.quote_plus(options).encode()
        return b"api_key=" + urllib.parse.quote_plus(self.api_key).encode() + b"&identification=%5B", behind


def _identification(update: Update) -> dict[str, t.Any]:
    ids = {"user_id": update.user_id, "device_id": update.device_id}
    named: dict[str, t.Any] = {name: value for name, value in ids.items() if value is not None}
    properties = {"user_properties": update.operations} if update.operations else {}
    return named | update.fields | properties


_PLACES: t.Final[dict[EndpointName, tuple[str, type[Endpoint], int, int]]] = {
    "batch": ("/batch", EventEndpoint, 2000, 20_000_000),
    "httpapi": ("/2/httpapi", EventEndpoint, 1999, 1_000_000),
    "identify": ("/identify", FormEndpoint, 1024, 1_000_000),
}


def make_endpoint(name: EndpointName, base: str, *, api_key: str, min_id_length: int, batch_size: int) -> Endpoint:
    """The endpoint of that name below a base address."""
    path, kind, max_items, max_bytes = _PLACES[name]
    return kind(
        url=base.rstrip("/") + path,
        api_key=api_key,
        min_id_length=min_id_length,
        max_items=min(batch_size, max_items),
        max_bytes=max_bytes,
    )
