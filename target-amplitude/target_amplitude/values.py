"""Property values: dates as Amplitude compares them, and the limits its documentation states."""

from __future__ import annotations

import datetime as dt
import re
import typing as t
from collections.abc import Callable, Iterator, Mapping

Converter = Callable[[t.Any], t.Any]

MAX_TEXT_LENGTH: t.Final = 1024
"""Longer texts are cut by the server (https://amplitude.com/docs/apis/analytics/http-v2)."""

MAX_DEPTH: t.Final = 40
"""Levels of nested objects, `user_properties` being the first (same address)."""

_DAY = re.compile(r"\d{4}-\d\d-\d\d")


def utc_text(value: t.Any) -> t.Any:
    """A date or time as `YYYY-MM-DDTHH:mm:ss` in UTC; a day is its midnight, a time without offset is UTC already.

    Amplitude compares dates as texts, so all of them must have one form and one zone
    (https://amplitude.com/docs/apis/analytics/identify). What is not a date stays as it is.
    """
    if not isinstance(value, str):
        return value
    try:
        moment = dt.datetime.fromisoformat(value)
        if moment.tzinfo is not None:
            moment = moment.astimezone(dt.UTC)
    except (ValueError, OverflowError):
        return value
    return moment.replace(tzinfo=None).isoformat(timespec="seconds")


def day_text(value: t.Any) -> t.Any:
    """A plain day as its midnight; anything else as `utc_text` has it."""
    if isinstance(value, str) and _DAY.fullmatch(value):
        return f"{value}T00:00:00"
    return utc_text(value)


def date_converter(schema: t.Any) -> Converter | None:
    """What turns every date of a value into Amplitude's form; None if its JSON Schema holds no date at any depth."""
    if not isinstance(schema, Mapping):
        return None
    alternatives = [
        found
        for choice in (*schema.get("anyOf", ()), *schema.get("oneOf", ()), *schema.get("allOf", ()))
        if (found := date_converter(choice))
    ]
    if schema.get("format") == "date-time":
        alternatives.append(utc_text)
    elif schema.get("format") == "date":
        alternatives.append(day_text)
    if item := date_converter(schema.get("items")):
        alternatives.append(_each_item(item))
    if fields := _field_converters(schema.get("properties")):
        alternatives.append(_each_field(fields))
    return _chain(alternatives)


def _field_converters(properties: t.Any) -> dict[str, Converter]:
    if not isinstance(properties, Mapping):
        return {}
    return {name: found for name, schema in properties.items() if (found := date_converter(schema))}


def _each_item(item: Converter) -> Converter:
    return lambda value: [item(element) for element in value] if isinstance(value, list) else value


def _each_field(fields: Mapping[str, Converter]) -> Converter:
    def convert(value: t.Any) -> t.Any:
        if not isinstance(value, dict):
            return value
        return {name: fields[name](item) if name in fields else item for name, item in value.items()}

    return convert


def _chain(converters: list[Converter]) -> Converter | None:
    if len(converters) < 2:  # noqa: PLR2004 - nothing to chain
        return converters[0] if converters else None

    def convert(value: t.Any) -> t.Any:
        for converter in converters:
            value = converter(value)
        return value

    return convert


def depth(value: t.Any) -> int:
    """Levels of objects and arrays in a value; 0 for a plain one."""
    levels = 0
    layer = [value]
    while nested := [inner for inner in layer if isinstance(inner, dict | list)]:
        levels += 1
        layer = [item for inner in nested for item in (inner.values() if isinstance(inner, dict) else inner)]
    return levels


def texts(value: t.Any) -> Iterator[str]:
    """Every text in a value, at any depth."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from texts(item)
