"""The words in which the schemas are written: one function a kind of value.

Every property may be absent or null (https://developer.genesys.cloud/devapps/sdk/docexplorer/purecloudpython/ declares
none as required); what is never null is said where a schema is put together (`record`). Enumerations grow, so values
are named in descriptions and never closed.
"""

from __future__ import annotations

import typing as t

Schema = dict[str, t.Any]
Fields = t.Mapping[str, Schema]


def text(about: str) -> Schema:
    """A text, ids included."""
    return {"type": ["string", "null"], "description": about}


def time(about: str) -> Schema:
    """A moment, RFC 3339 in UTC."""
    return {"type": ["string", "null"], "format": "date-time", "description": about}


def whole(about: str) -> Schema:
    """A whole number."""
    return {"type": ["integer", "null"], "description": about}


def number(about: str) -> Schema:
    """A number that may have a fraction."""
    return {"type": ["number", "null"], "description": about}


def truth(about: str) -> Schema:
    """True or false."""
    return {"type": ["boolean", "null"], "description": about}


def texts(about: str) -> Schema:
    """A list of texts."""
    return {"type": ["array", "null"], "items": {"type": ["string", "null"]}, "description": about}


def wholes(about: str) -> Schema:
    """A list of whole numbers."""
    return {"type": ["array", "null"], "items": {"type": ["integer", "null"]}, "description": about}


def group(about: str, fields: Fields) -> Schema:
    """An object with known fields."""
    return {**_object(fields), "description": about}


def groups(about: str, fields: Fields) -> Schema:
    """A list of objects with known fields."""
    return {"type": ["array", "null"], "items": _object(fields), "description": about}


def text_map(about: str) -> Schema:
    """An object whose names are data: name → text."""
    return {"type": ["object", "null"], "additionalProperties": {"type": ["string", "null"]}, "description": about}


def whole_map(about: str) -> Schema:
    """An object whose names are data: name → whole number."""
    return {"type": ["object", "null"], "additionalProperties": {"type": ["integer", "null"]}, "description": about}


def open_group(about: str) -> Schema:
    """An object whose inside the vendor's public models leave open or change often: passed on as it is."""
    return {"type": ["object", "null"], "additionalProperties": True, "description": about}


def open_groups(about: str) -> Schema:
    """A list of such objects."""
    item = {"type": ["object", "null"], "additionalProperties": True}
    return {"type": ["array", "null"], "items": item, "description": about}


def reference(about: str, **more: Schema) -> Schema:
    """A pointer to another entity; which of its fields come depends on the route."""
    fields = {
        "id": text("its id"),
        "name": text("its name, where the route gives it"),
        "selfUri": text("its path in the API"),
    }
    return group(about, {**fields, **more})


def references(about: str, **more: Schema) -> Schema:
    """A list of pointers to other entities."""
    item = {name: part for name, part in reference("", **more).items() if name != "description"}
    return {"type": ["array", "null"], "items": item, "description": about}


def record(keys: t.Sequence[str], fields: Fields) -> Schema:
    """The schema of a stream's records.

    Args:
        keys: fields that are never null.
        fields: all fields.
    """
    properties = {name: _never_null(field) if name in keys else field for name, field in fields.items()}
    return {"type": "object", "properties": properties, "additionalProperties": False, "required": list(keys)}


def _object(fields: Fields) -> Schema:
    return {"type": ["object", "null"], "properties": dict(fields), "additionalProperties": False}


def _never_null(field: Schema) -> Schema:
    return {**field, "type": [kind for kind in field["type"] if kind != "null"]}
