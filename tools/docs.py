"""The generated parts of README files and `meltano.yml`: settings and streams, asked from the programs themselves."""

from __future__ import annotations

import json
import sys
import typing as t
from pathlib import Path

from tools import generated
from tools.connectors import CONNECTORS, ROOT, Connector, about, streams
from tools.settings import meltano_settings

SDK_SETTINGS = ("stream_map", "faker_config", "flattening_", "batch_config")
"""Beginnings of the names that the Singer SDK adds to every connector."""

SDK_NOTE = (
    "Beside these, every setting that the Singer SDK gives all connectors: "
    "[stream maps](https://sdk.meltano.com/en/latest/stream_maps.html) "
    "(`stream_maps`, `stream_map_config`, `faker_config`), flattening (`flattening_*`) and `batch_config`."
)

Json = dict[str, t.Any]


def settings_table(connector: Connector) -> str:
    """A Markdown table of the connector's own settings.

    Args:
        connector: One of ours; its program is asked.

    Returns:
        The table and a line about the SDK's settings.
    """
    schema = about(connector)["settings"]
    required = set(schema.get("required", ()))
    rows = ["| Setting | Kind | Default | What it does |", "| --- | --- | --- | --- |"]
    own = [setting for setting in meltano_settings(schema) if not setting["name"].startswith(SDK_SETTINGS)]
    rows += [_settings_row(setting, required=setting["name"] in required) for setting in own]
    return "\n".join([*rows, "", SDK_NOTE])


def _settings_row(setting: Json, *, required: bool) -> str:
    kind = {"password": "secret", "date_iso8601": "date", "options": "one of"}.get(setting["kind"], setting["kind"])
    if setting["kind"] == "options":
        kind = " \\| ".join(f"`{option['value']}`" for option in setting["options"])
    default = f"`{json.dumps(setting['value'])}`" if "value" in setting else ""
    if required:
        default = "required"
    return f"| `{setting['name']}` | {kind} | {_cell(default)} | {_cell(setting.get('description', ''))} |"


def streams_table(connector: Connector) -> str:
    """A Markdown table of the streams that `--discover` shows without configuration.

    Args:
        connector: One of ours; its program is asked.

    Returns:
        The table: name, key, replication key, number of fields, and what it holds where the schema says so.
    """
    described = any(_stream_description(stream) for stream in streams(connector))
    head = ["Stream", "Key", "Replication key", "Fields", *(["What it holds"] if described else [])]
    rows = [head, ["---"] * len(head)]
    for stream in streams(connector):
        key = ", ".join(f"`{name}`" for name in stream.get("key_properties") or ()) or "none"
        replication = f"`{stream['replication_key']}`" if stream.get("replication_key") else "none: a full list"
        row = [f"`{stream['tap_stream_id']}`", key, replication, str(len(stream["schema"]["properties"]))]
        rows.append([*row, *([_cell(_stream_description(stream))] if described else [])])
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _stream_description(stream: Json) -> str:
    text = stream.get("description") or stream["schema"].get("description") or ""
    selected: Json = next((one["metadata"] for one in stream.get("metadata", ()) if not one["breadcrumb"]), {})
    off = selected.get("selected-by-default") is False or selected.get("selected") is False
    return f"{text} (not selected by default)".strip() if off else text


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\\\\|", "\\|").replace("\n", " ")


def meltano_settings_block(connector: Connector) -> str:
    """A plugin's capabilities and settings in `meltano.yml`: names, kinds, secrets; defaults stay with the program.

    Args:
        connector: One of ours; its program is asked.

    Returns:
        YAML lines without indentation.
    """
    lines = [f"capabilities: [{', '.join(about(connector)['capabilities'])}]", "settings:"]
    for setting in meltano_settings(about(connector)["settings"]):
        kind = "string" if setting["kind"] == "password" else setting["kind"]  # Meltano's file says `sensitive` instead
        words = [f"name: {setting['name']}", f"kind: {kind}"]
        if setting.get("sensitive"):
            words.append("sensitive: true")
        if "options" in setting:
            values = ", ".join(
                f"{{label: {json.dumps(option['label'])}, value: {json.dumps(option['value'])}}}"
                for option in setting["options"]
            )
            words.append(f"options: [{values}]")
        lines.append(f"- {{{', '.join(words)}}}")
    return "\n".join(lines)


def files() -> dict[Path, str]:
    """Every file with generated parts, with the text it should have."""
    made: dict[Path, str] = {}
    project = ROOT / "meltano.yml"
    made[project] = project.read_text(encoding="utf-8")
    for connector in CONNECTORS:
        part = f"settings of {connector.name}"
        made[project] = generated.replace_part(
            made[project], part, meltano_settings_block(connector), where="meltano.yml"
        )
        readme = connector.folder / "README.md"
        made[readme] = _readme(connector, readme)
    return made


def _readme(connector: Connector, readme: Path) -> str:
    where = readme.relative_to(ROOT).as_posix()
    text = generated.replace_part(
        readme.read_text(encoding="utf-8"), "settings", f"\n{settings_table(connector)}\n\n", where=where
    )
    if connector.kind == "extractors" and streams(connector):
        text = generated.replace_part(text, "streams", f"\n{streams_table(connector)}\n\n", where=where)
    return text


if __name__ == "__main__":
    sys.exit(generated.write(files()))
