"""Amplitude's own user properties, which stand beside `user_properties` and not inside.

Sources: https://amplitude.com/docs/apis/analytics/identify and, for the fields that are set together, its 2023 edition
https://www.docs.developers.amplitude.com/analytics/apis/identify-api/ (footnotes).
"""

from __future__ import annotations

import typing as t

import msgspec

PLATFORM_SET: t.Final = (
    "platform",
    "os_name",
    "os_version",
    "device_brand",
    "device_manufacturer",
    "device_model",
    "carrier",
)
LOCATION_SET: t.Final = ("country", "region", "city", "dma")
RESET_TOGETHER: t.Final = (PLATFORM_SET, LOCATION_SET)
"""Setting one field of a set empties the others of the set, unless they are sent in the same call."""

TOP_LEVEL_FIELDS: t.Final = ("app_version", *PLATFORM_SET, *LOCATION_SET, "language")
FORM_ONLY_FIELDS: t.Final = ("paying", "start_version")
"""Known to the identify form, but not to events."""


def field_text(value: t.Any) -> str:
    """A column's value as the text that these fields hold."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def reset_by(mapped: t.Iterable[str]) -> list[str]:
    """The fields that the server will empty because others of their set are mapped and they are not."""
    present = set(mapped)
    return [field for group in RESET_TOGETHER if present & set(group) for field in group if field not in present]
