"""From a connector's settings schema (`--about`) to the list of settings that Meltano and its Hub understand.

The rules are those of the Meltano Hub's own scraper (https://github.com/meltano/hub), with one difference: a text is
masked where the schema marks it secret, not where its name sounds like it.
"""

from __future__ import annotations

import typing as t

Json = dict[str, t.Any]

KINDS = {"integer": "integer", "number": "integer", "boolean": "boolean", "array": "array", "object": "object"}
"""JSON types and Meltano's kinds. There is no `number`: `integer` lets decimals from YAML through unchanged and only
reads texts (environment variables) as whole numbers; `decimal` cannot be written into a plugin's configuration."""

DATE_FORMATS = {"date", "date-time"}
DATE_NAMES = {"start_date", "end_date"}
MAP_SETTINGS = {"stream_maps", "stream_map_config"}
"""Objects whose keys are the user's own: one setting each, never flattened."""


def meltano_settings(schema: Json) -> list[Json]:
    """The settings of a schema, nested objects as dotted names, sorted by name.

    Args:
        schema: The `settings` object of `--about --format=json`.

    Returns:
        One mapping a setting with `name`, `kind`, `label`, `description`, and where they apply `options`, `sensitive`
        and `value` (the default; never of dates).
    """
    found = [_setting(name, definition) for name, definition in _leaves(schema.get("properties", {}))]
    return sorted(found, key=lambda setting: str(setting["name"]))


def _leaves(properties: Json, prefix: str = "") -> t.Iterator[tuple[str, Json]]:
    for name, definition in properties.items():
        inner = definition.get("properties") or {}
        if inner and name not in MAP_SETTINGS:
            yield from _leaves(inner, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", definition


def _setting(name: str, definition: Json) -> Json:
    setting: Json = {"name": name, "label": definition.get("title") or name.replace("_", " ").replace(".", " ").title()}
    if definition.get("description"):
        setting["description"] = " ".join(str(definition["description"]).split())
    if kind := _kind(name, definition):
        setting["kind"] = kind
    if definition.get("secret"):
        setting["sensitive"] = True
    if setting.get("kind") == "options":
        setting["options"] = [{"label": _option_label(value), "value": value} for value in _choices(definition)]
    if "default" in definition and definition["default"] is not None and setting.get("kind") != "date_iso8601":
        setting["value"] = definition["default"]
    return setting


def _kind(name: str, definition: Json) -> str | None:
    if definition.get("secret"):
        return "password"
    if _choices(definition):
        return "options"
    types = _types(definition)
    if definition.get("format") in DATE_FORMATS or (name in DATE_NAMES and "string" in types):
        return "date_iso8601"
    if "string" in types or not types:
        return "string"
    return next(KINDS[name] for name in KINDS if name in types)


def _types(definition: Json) -> set[str]:
    """Every JSON type that a setting may have; alternatives count, null does not."""
    declared = definition.get("type", [])
    types = {declared} if isinstance(declared, str) else set(declared)
    for alternative in (*definition.get("anyOf", ()), *definition.get("oneOf", ())):
        if isinstance(alternative, dict):
            types |= _types(alternative)
    return types - {"null"}


def _choices(definition: Json) -> list[str]:
    return [value for value in definition.get("enum", ()) if isinstance(value, str)]


def _option_label(value: str) -> str:
    return value.replace("_", " ").replace("-", " ").title()
