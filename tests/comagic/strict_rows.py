"""Rows for the strict vendor, with a value in every documented field."""

from __future__ import annotations

import datetime as dt
import typing as t

from strict_vendor import Row, field_table

_TEXTUAL_NUMBERS = {"visitor_phone_number", "phone_number", "length_visitor_id"}


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
    return _members(method, "", seed) | {"id": seed}


def _members(method: str, path: str, seed: int) -> Row:
    fields = [field for field in field_table(method) if (field.get("inside") or "") == path]
    return {field["name"]: _value(method, field, f"{path}.{field['name']}".lstrip("."), seed) for field in fields}


def _value(method: str, field: Row, path: str, seed: int) -> t.Any:
    name, kind = field["name"], field["type"]
    if kind == "number":
        return str(seed) if name in _TEXTUAL_NUMBERS else seed % 1000
    if kind == "boolean":
        return bool(seed % 2)
    if kind == "datetime":  # nested times come with a T
        return "2026-03-04T05:06:07" if "." in path else "2026-03-04 05:06:07"
    if kind == "object":
        return _members(method, path, seed)
    if kind == "array":
        return [_members(method, path, seed)] if _has_members(method, path) else [f"{name}-{seed}"]
    return f"{name} {seed}"


def _has_members(method: str, path: str) -> bool:
    return any(field.get("inside") == path for field in field_table(method))
