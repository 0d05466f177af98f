"""JSON schemas of the streams, built from the vendor's own field tables.

`fields.json` holds every documented field of every method with type, flags and values, gathered from
https://comagic.github.io/data_api/. What the tables leave open is added here: which numbers are whole, what
arrays hold, and in `descriptions` what a field means where the vendor does not say.
"""

from __future__ import annotations

import functools
import importlib.resources
import typing as t

import msgspec

from tap_comagic.schemas.descriptions import describe

Schema = dict[str, t.Any]

#: Numbers that may be fractional: money, ratios, grades. All others are counts, seconds or ids.
FRACTIONAL = frozenset(
    {
        "bonuses_charge",
        "cost_per_minute",
        "cost_ratio",
        "costs",
        "daily_budget",
        "daily_calls_limit",
        "daily_calls_notify_limit",
        "dt_ratio",
        "employee_raiting",
        "employee_rating",
        "last_answered_employee_rating",
        "min_charge",
        "monthly_base_limit",
        "monthly_base_notify_limit",
        "monthly_calls_limit",
        "monthly_calls_notify_limit",
        "monthly_charge",
        "onetime_payment",
        "sale_cost",
        "total_charge",
        "weekly_budget",
    }
)
#: Documented as numbers, but seen as text: phone numbers keep their leading characters only as text.
TEXTUAL = frozenset({"visitor_phone_number", "phone_number", "length_visitor_id"})
#: Arrays of plain numbers; all other arrays of plain values hold text.
NUMERIC_ARRAYS = frozenset({"days", "session_ids", "visitor_ids"})

#: Days, written `YYYY-MM-DD`, among the vendor's date-times.
DAYS = frozenset({("get.campaign_daily_stat", "date")})
#: Arrays of which the vendor does not say what they hold: it is passed on as it comes.
OPAQUE_ARRAYS = frozenset({("get.scenarios", "operations")})
#: Objects whose names are data: name → seconds.
MAPS = frozenset({"status_stats"})

_SCALARS = {"string": "string", "enum": "string", "boolean": "boolean", "datetime": "string"}


class VendorField(msgspec.Struct, frozen=True):
    """One documented field of a method."""

    name: str
    type: str
    inside: str | None = None
    about: str | None = None
    values: list[str] = []
    filter: bool = False
    sort: bool = False
    default: bool = False

    @property
    def path(self) -> str:
        """The dotted path of the field in a row."""
        return f"{self.inside}.{self.name}" if self.inside else self.name


class _Method(msgspec.Struct, frozen=True):
    fields: list[VendorField]
    source: str = ""


class _FieldTables(msgspec.Struct, frozen=True):
    methods: dict[str, _Method]


@functools.cache
def _tables() -> dict[str, _Method]:
    text = importlib.resources.files(__package__).joinpath("fields.json").read_bytes()
    return msgspec.json.decode(text, type=_FieldTables).methods


def vendor_fields(method: str) -> list[VendorField]:
    """The documented fields of a method, nested ones included."""
    return _tables()[method].fields


@functools.cache
def field_names(method: str) -> tuple[str, ...]:
    """The names that may stand in `params.fields` of a method: containers, not their members."""
    return tuple(field.name for field in vendor_fields(method) if field.inside is None)


def schema_of(method: str, keys: t.Collection[str]) -> Schema:
    """The JSON schema of a method's rows.

    Args:
        method: as in `get.calls_report`.
        keys: fields that are never null.
    """
    members: dict[str, list[VendorField]] = {}
    for field in vendor_fields(method):
        members.setdefault(field.inside or "", []).append(field)
    schema = _object(method, "", members, keys)
    schema["required"] = list(keys)
    return schema


def _object(method: str, path: str, members: t.Mapping[str, list[VendorField]], keys: t.Collection[str]) -> Schema:
    fields = {field.name: _field(method, field, members, keys) for field in members.get(path, [])}
    return {"type": "object", "properties": fields, "additionalProperties": False}


def _field(
    method: str, field: VendorField, members: t.Mapping[str, list[VendorField]], keys: t.Collection[str]
) -> Schema:
    is_key = field.inside is None and field.name in keys
    schema = _typed(method, field, members)
    kind = schema["type"]
    return {**schema, "type": [kind] if is_key else [kind, "null"], "description": describe(method, field)}


def _typed(method: str, field: VendorField, members: t.Mapping[str, list[VendorField]]) -> Schema:
    if field.name in MAPS:
        return {"type": "object", "additionalProperties": {"type": ["integer", "null"]}}
    if field.type == "object":
        return _object(method, field.path, members, ())
    if field.type == "array":
        return {"type": "array", "items": _items(method, field, members)}
    if field.type == "number":
        return {"type": _number(field.name)}
    schema: Schema = {"type": _SCALARS[field.type]}
    if field.type == "datetime":
        schema["format"] = "date" if (method, field.path) in DAYS else "date-time"
    return schema


def _items(method: str, field: VendorField, members: t.Mapping[str, list[VendorField]]) -> Schema:
    if field.path in members:
        item = _object(method, field.path, members, ())
        return {**item, "type": ["object", "null"]}
    if (method, field.path) in OPAQUE_ARRAYS:
        return {}
    return {"type": ["integer" if field.name in NUMERIC_ARRAYS else "string", "null"]}


def _number(name: str) -> str:
    if name in TEXTUAL:
        return "string"
    return "number" if name in FRACTIONAL else "integer"
