"""Settings: those every spooling target has, and their validation with one clear line per error."""

from __future__ import annotations

import difflib
import typing as t
from collections.abc import Iterable, Mapping

from singer_sdk import typing as th
from singer_sdk.typing import DEFAULT_JSONSCHEMA_VALIDATOR, extend_validator_with_defaults

if t.TYPE_CHECKING:
    from jsonschema import ValidationError

MEGABYTE = 1_000_000

COMMON_SETTINGS: dict[str, t.Any] = th.PropertiesList(
    th.Property(
        "batch_size_rows",
        th.IntegerType(minimum=1),
        default=100_000,
        title="Batch size, rows",
        description="Load as soon as this many records (over all streams) wait in the spool.",
    ),
    th.Property(
        "batch_size_mb",
        th.IntegerType(minimum=1),
        default=256,
        title="Batch size, megabytes",
        description="Load as soon as the spool files have this many megabytes together.",
    ),
    th.Property(
        "batch_max_seconds",
        th.IntegerType(minimum=1),
        default=60,
        title="Batch age, seconds",
        description="Load as soon as the oldest record in the spool has waited this long, even if the tap is silent.",
    ),
    th.Property(
        "spool_path",
        th.StringType,
        title="Spool folder",
        description="Where spool files lie between two loads. Default: the system's folder for temporary files.",
    ),
    th.Property(
        "spool_max_mb",
        th.IntegerType(minimum=1),
        title="Spool size, megabytes",
        description="How much the spool files may take together, those of a load under way included. At the limit no "
        "more is read until a load has ended; only a single larger record goes beyond it. Default: no limit but "
        "twice the batch size.",
    ),
    th.Property(
        "summary_path",
        th.StringType,
        title="Summary file",
        description="Write a JSON summary of the run (streams, records, what failed and why, exit code) to this file.",
    ),
).to_dict()

METADATA_SETTING: dict[str, t.Any] = th.PropertiesList(
    th.Property(
        "add_record_metadata",
        th.BooleanType,
        default=True,
        title="Add record metadata",
        description="Add the columns _sdc_extracted_at, _sdc_received_at, _sdc_batched_at, _sdc_deleted_at, "
        "_sdc_sequence and _sdc_table_version to every table.",
    ),
).to_dict()

FOREIGN_SETTINGS: dict[str, str] = {
    "stream_maps": "map streams at the tap, or with a mapper between tap and target",
    "stream_map_config": "map streams at the tap, or with a mapper between tap and target",
    "faker_config": "map streams at the tap, or with a mapper between tap and target",
    "flattening_enabled": "flatten at the tap; nested values land as JSON here",
    "flattening_max_depth": "flatten at the tap; nested values land as JSON here",
    "flattening_max_key_length": "flatten at the tap; nested values land as JSON here",
    "load_method": "records are merged on the primary key, and appended where a stream has none",
}
"""Settings of the SDK's own targets that would change the result, and what to do instead."""

HARMLESS_FOREIGN_VALUES = {"load_method": "upsert"}
"""What such a setting may say, because it is what happens anyway."""

HARMLESS_FOREIGN_SETTINGS = frozenset({"validate_records", "batch_config", "process_activate_version_messages"})
"""Settings of the SDK's own targets that a configuration written for one of them may hold; they change nothing here."""

_Validator = extend_validator_with_defaults(DEFAULT_JSONSCHEMA_VALIDATOR)


def settings_errors(config: dict[str, t.Any], schema: Mapping[str, t.Any]) -> list[str]:
    """Fill in defaults and check a configuration; one line per error, never a secret value.

    Args:
        config: The settings given; defaults are added in place.
        schema: The target's JSON Schema of settings.

    Returns:
        Messages for people, in the order of the settings.
    """
    known = schema["properties"]
    errors = [message for name in config if name not in known for message in _unknown(name, config[name], known)]
    # `null` means "not set": so Meltano passes settings that a user emptied.
    given = {name: value for name, value in config.items() if value is not None and name in known}
    errors += [_message(error, known) for error in _Validator(schema).iter_errors(given)]
    config.clear()
    config.update(given)
    return errors


def _unknown(name: str, value: t.Any, known: Iterable[str]) -> Iterable[str]:
    if name in HARMLESS_FOREIGN_SETTINGS or (name in FOREIGN_SETTINGS and not value):
        return
    if value == HARMLESS_FOREIGN_VALUES.get(name, ...):
        return
    if name in FOREIGN_SETTINGS:
        yield f"setting '{name}' is not supported by this target: {FOREIGN_SETTINGS[name]}"
        return
    near = difflib.get_close_matches(name, list(known), n=1)
    hint = f"; did you mean '{near[0]}'?" if near else f"; known settings: {', '.join(sorted(known))}"
    yield f"unknown setting '{name}'{hint}"


def _message(error: ValidationError, known: Mapping[str, t.Any]) -> str:
    path = [str(part) for part in error.absolute_path]
    expected: t.Any = error.validator_value
    instance: t.Any = error.instance
    where = f"setting '{'.'.join(path)}'" if path else "settings"
    if error.validator == "required":
        name = next(name for name in expected if name not in instance)
        return f"setting '{'.'.join([*path, name])}' is required and not given"
    if error.validator == "type":
        return f"{where} must be {_type_names(expected)}, not {_type_name(instance)}"
    if error.validator == "enum":
        choices = ", ".join(repr(choice) for choice in expected)
        return f"{where} must be one of {choices}"
    if path and known.get(path[0], {}).get("secret"):
        return f"{where} does not fit its description ({error.validator})"
    return f"{where}: {error.message}"


def _type_names(types: str | list[str]) -> str:
    names = [types] if isinstance(types, str) else [name for name in types if name != "null"]
    return " or ".join(names)


def _type_name(value: t.Any) -> str:
    names = {bool: "boolean", int: "integer", float: "number", str: "string", list: "array", dict: "object"}
    return names.get(type(value), type(value).__name__)
