"""A Meltano project that holds one pair of plugins, already installed, so that nothing but the run is measured."""

from __future__ import annotations

import json
import typing as t
from pathlib import Path

from benchmarks.contenders.job import Job
from benchmarks.measure import Command


def command(
    meltano: Path, programs: t.Mapping[str, Path], tap_settings: dict[str, t.Any], job: Job, folder: Path
) -> Command:
    """Write the project and say how to run it.

    Args:
        meltano: the program.
        programs: the executables of `tap-comagic` and `target-duckdb`.
        tap_settings: the tap's settings.
        job: what is read, and into which file.
        folder: where the project goes.
    """
    project = folder / "meltano"
    project.mkdir()
    target_settings = {"path": job.database, "default_target_schema": "raw_comagic"}
    plugins = {
        "extractors": [
            plugin("tap-comagic", programs, tap_settings)
            | {"capabilities": ["catalog", "discover", "state"], "select": ["calls.*"]}
        ],
        "loaders": [plugin("target-duckdb", programs, target_settings)],
    }
    document = {
        "default_environment": "benchmark",
        "environments": [{"name": "benchmark"}],
        "project_id": "00000000-0000-4000-8000-000000000000",
        "send_anonymous_usage_stats": False,
        "plugins": plugins,
    }
    # JSON is YAML too.
    (project / "meltano.yml").write_text(json.dumps(document), encoding="utf-8")
    words: list[str | Path] = [meltano, "--log-level", "warning", "run", "tap-comagic", "target-duckdb"]
    return Command("meltano", words, folder=project)


def plugin(name: str, programs: t.Mapping[str, Path], settings: dict[str, t.Any]) -> dict[str, t.Any]:
    """A plugin that is there already."""
    kinds = {bool: "boolean", int: "integer", str: "string", dict: "object", list: "array"}
    declared = [{"name": key, "kind": kinds[type(value)]} for key, value in settings.items()]
    return {
        "name": name,
        "namespace": name.replace("-", "_"),
        "executable": str(programs[name]),
        "settings": declared,
        "config": settings,
    }
