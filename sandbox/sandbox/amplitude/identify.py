"""The form endpoint ``/identify``: https://amplitude.com/docs/apis/analytics/identify ."""

from __future__ import annotations

import email.parser
import email.policy
import typing as t
import urllib.parse

import msgspec

from sandbox.amplitude.errors import BAD_REQUEST, TOO_LARGE, RefusedError
from sandbox.amplitude.operations import is_valid
from sandbox.amplitude.validate import IDENTIFY, Event, check_key, is_refused_id, min_id_length

FORM: t.Final = "application/x-www-form-urlencoded"
MULTIPART: t.Final = "multipart/form-data"
MAX_BYTES: t.Final = 1_000_000
MAX_OBJECTS: t.Final = 1024
KEYS: t.Final = frozenset(
    {
        *("user_id", "device_id", "user_properties", "groups", "app_version", "platform", "os_name", "os_version"),
        *("device_brand", "device_manufacturer", "device_model", "carrier", "country", "region", "city", "dma"),
        *("language", "paying", "start_version", "insert_id", "time", "library"),
    },
)


def read_identify(body: bytes, content_type: str) -> list[Event]:
    """The identifications of a form request, as ``$identify`` events.

    Raises:
        RefusedError: 400 or 413; no index tells which object is at fault.
    """
    if len(body) > MAX_BYTES:
        raise RefusedError(TOO_LARGE, "Payload too large")
    form = _form(body, content_type)
    if "api_key" not in form:
        raise RefusedError(BAD_REQUEST, "missing_event: api_key is missing")
    check_key(form["api_key"])
    shortest = min_id_length(_json(form["options"]) if "options" in form else None)
    given = _json(form.get("identification", ""))
    objects = given if isinstance(given, list) else [given]
    if not objects or len(objects) > MAX_OBJECTS:
        raise RefusedError(BAD_REQUEST, "missing_event: no identification, or too many")
    return [_event(one, shortest) for one in objects]


def _form(body: bytes, content_type: str) -> dict[str, str]:
    kind = content_type.split(";", maxsplit=1)[0].strip().lower()
    if kind == FORM:
        try:
            pairs = urllib.parse.parse_qs(body.decode("ascii"), keep_blank_values=True, errors="strict")
        except UnicodeDecodeError:
            raise RefusedError(BAD_REQUEST, "missing_event: the form is not percent-encoded UTF-8") from None
        return {name: values[0] for name, values in pairs.items()}
    if kind == MULTIPART:
        return _multipart(body, content_type)
    raise RefusedError(BAD_REQUEST, "missing_event: the body must be a form")


def _multipart(body: bytes, content_type: str) -> dict[str, str]:
    parser = email.parser.BytesParser(policy=email.policy.HTTP)
    message = parser.parsebytes(b"Content-Type: " + content_type.encode() + b"\r\n\r\n" + body)
    found = {}
    for part in message.iter_parts():
        name = part.get_param("name", header="content-disposition")
        payload = part.get_payload(decode=True)
        if isinstance(name, str) and isinstance(payload, bytes):
            found[name] = payload.decode()
    return found


def _json(text: str) -> t.Any:
    try:
        return msgspec.json.decode(text.encode())
    except msgspec.DecodeError:
        raise RefusedError(BAD_REQUEST, "missing_event: identification is absent or malformed") from None


def _event(given: t.Any, shortest: int) -> Event:
    if not isinstance(given, dict) or set(given) - KEYS:
        raise RefusedError(BAD_REQUEST, "missing_event: identification is malformed")
    ids = [given[name] for name in ("user_id", "device_id") if given.get(name) is not None]
    if not ids or any(is_refused_id(one) or len(one) < shortest for one in ids):
        raise RefusedError(BAD_REQUEST, "Invalid id length for user_id or device_id" if ids else "missing_event: no id")
    if not is_valid(given.get("user_properties", {})):
        raise RefusedError(BAD_REQUEST, "Invalid user_properties")
    return {**given, "event_type": IDENTIFY}
