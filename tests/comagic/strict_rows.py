"""Rows for the strict vendor, with a value in every documented field."""

from __future__ import annotations

import copy
import datetime as dt
import typing as t

from strict_methods import METHODS, Row, field_table

_TEXTUAL_NUMBERS = {"visitor_phone_number", "phone_number", "length_visitor_id"}
_NUMERIC_ARRAYS = {"session_ids", "visitor_ids", "days"}
_SITE = {"site_id": 25001, "site_domain_name": "example.test"}
#: What the samples hold where the tables name no members.
_SAMPLES: dict[tuple[str, str], t.Any] = {
    ("get.scenarios", "sites"): [_SITE],
    ("get.scenarios", "campaigns"): [{**_SITE, "campaign_id": 31001, "campaign_name": "Тестовая кампания"}],
    ("get.scenarios", "operations"): [],
    ("get.employee_stat", "status_stats"): {"available": 3600, "break": "300"},
    ("get.chat_messages_report", "resource"): {
        "size": 20480,
        "type": "image",
        "file_url": "https://files.example.test/f/1",
        "file_name": "photo.png",
        "mime_type": "image/png",
    },
    ("get.visitor_sessions_report", "integrated_campaign_data"): {
        "adv_system": "yandex.direct",
        "ext_campaign_id": "70000001",
        "current_banner_id": 50000001,
        "banner_name": "Баннер 1",
        "auditory_id": None,
    },
}


def call(call_id: int, at: str | dt.datetime, **values: t.Any) -> Row:
    """A call session that began at `at`, a local time that may have fractions of a second."""
    moment = dt.datetime.fromisoformat(at) if isinstance(at, str) else at
    row = full_row("get.calls_report", call_id)
    return {**row, "_at": moment, "id": call_id, "communication_id": call_id, **values}


def calls(number: int, first: str, step: dt.timedelta, *, first_id: int = 9_161_005_000) -> list[Row]:
    """So many calls, `step` apart, with ids beyond 32 bits."""
    start = dt.datetime.fromisoformat(first)
    return [call(first_id + index, start + index * step) for index in range(number)]


def entities(method: str, number: int) -> list[Row]:
    """Rows of an entity list."""
    return [full_row(method, index + 1) for index in range(number)]


def full_row(method: str, seed: int) -> Row:
    """A row in which every documented field has a value of the documented type, with the quirks seen live."""
    row = _members(method, "", seed)
    return {**row, "id": seed} if "id" in row else row


def timed(method: str, row_id: int, at: str, **values: t.Any) -> Row:
    """A row of a report whose time is `at`, a local time."""
    row = {**full_row(method, row_id), "_at": dt.datetime.fromisoformat(at)}
    if "communication_id" in row:
        row["communication_id"] = row_id
    return {**row, METHODS[method].time or "": at, **values}


def daily(method: str, day: str, site: int, **values: t.Any) -> Row:
    """A row of one day of one site."""
    row = {**full_row(method, site), "_at": dt.datetime.fromisoformat(day), "_site": site, "date": day}
    return {**row, **({"site_id": site} if "site_id" in row else {}), **values}


def _members(method: str, path: str, seed: int) -> Row:
    fields = [field for field in field_table(method) if (field.get("inside") or "") == path]
    return {field["name"]: _value(method, field, f"{path}.{field['name']}".lstrip("."), seed) for field in fields}


def _value(method: str, field: Row, path: str, seed: int) -> t.Any:
    name = field["name"]
    if (method, path) in _SAMPLES:
        return copy.deepcopy(_SAMPLES[method, path])
    if field["type"] == "object":
        return _members(method, path, seed)
    if field["type"] == "array":
        if _has_members(method, path):
            return [_members(method, path, seed)]
        return [seed] if name in _NUMERIC_ARRAYS else [f"{name}-{seed}"]
    scalars = {
        "number": str(seed) if name in _TEXTUAL_NUMBERS else seed % 1000,
        "boolean": bool(seed % 2),
        "datetime": "2026-03-04T05:06:07" if "." in path else "2026-03-04 05:06:07",  # nested times come with a T
    }
    return scalars.get(field["type"], f"{name} {seed}")


def _has_members(method: str, path: str) -> bool:
    return any(field.get("inside") == path for field in field_table(method))
