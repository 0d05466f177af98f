"""The files that Airbyte's entry point for declarative sources reads: manifest, settings, catalog."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import typing as t
from pathlib import Path

from benchmarks.contenders.job import KEYS, TIMES, Job

HERE: t.Final = Path(__file__).resolve().parent
NO_SCHEMA: t.Final = "schema: {}"


def write_files(job: Job, folder: Path) -> list[str]:
    """Write the three files.

    Args:
        job: what to read.
        folder: where they go.

    Returns:
        The arguments that name them.
    """
    manifest = (HERE / f"airbyte_{job.stream}.yaml").read_text(encoding="utf-8")
    # JSON is YAML too.
    manifest = manifest.replace(NO_SCHEMA, f"schema: {json.dumps(job.schema())}")
    last = dt.date.fromisoformat(job.end) - dt.timedelta(days=1)
    config = {**dataclasses.asdict(job), "fields": job.fields(), "last": last.isoformat()}
    files = {"manifest-path": manifest, "config": json.dumps(config), "catalog": json.dumps(catalog(job))}
    arguments = []
    for name, text in files.items():
        path = folder / f"airbyte-{name}.{'yaml' if name == 'manifest-path' else 'json'}"
        path.write_text(text, encoding="utf-8")
        arguments += [f"--{name}", str(path)]
    return arguments


def catalog(job: Job) -> dict[str, t.Any]:
    """The configured catalog of the one stream."""
    stream = {
        "name": job.stream,
        "json_schema": job.schema(),
        "supported_sync_modes": ["full_refresh", "incremental"],
        "source_defined_cursor": True,
        "default_cursor_field": [TIMES[job.stream]],
        "source_defined_primary_key": [[KEYS[job.stream]]],
    }
    chosen = {"stream": stream, "sync_mode": "incremental", "destination_sync_mode": "append"}
    return {"streams": [chosen]}
