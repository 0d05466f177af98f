"""Who reads Genesys Cloud's conversations through jobs: our tap, and one on the SDK alone, with the same loader."""

from __future__ import annotations

import dataclasses
import json
import subprocess
import typing as t
from pathlib import Path

from benchmarks.contenders.job import SCHEMAS, TOKEN, Job
from benchmarks.measure import Command
from benchmarks.roster import Contender, Prepare, module, program, write


def our_tap(job: Job, folder: Path) -> list[Command]:
    """tap-genesys with its own schema, as it stands in the output of `--discover`; all else as it does it untold."""
    settings = {
        "client_id": TOKEN,
        "client_secret": TOKEN,
        "api_url": job.url,
        "auth_url": job.url,
        "start_date": job.start,
        "end_date": job.end,
        "slice_days": job.slice_days,
        "page_size": job.page_size,
    }
    config = write(folder / "tap.json", settings)
    catalog = write(folder / "catalog.json", selected_conversations())
    return [Command("tap", [program("workspace", "tap-genesys"), "--config", config, "--catalog", catalog])]


def selected_conversations() -> dict[str, t.Any]:
    """The catalog of `tap-genesys --discover`, of which a user kept one stream."""
    words: list[str | Path] = [program("workspace", "tap-genesys"), "--discover"]
    done = subprocess.run(words, capture_output=True, check=True)
    streams = json.loads(done.stdout)["streams"]
    return {"streams": [each for each in streams if each["tap_stream_id"] == "conversations"]}


def plain_tap(environment: str) -> Prepare:
    """The tap on the SDK alone, in one of the environments that have it."""

    def prepare(job: Job, folder: Path) -> list[Command]:
        config = write(folder / "plain.json", dataclasses.asdict(job))
        return [Command("tap", module(environment, "plain_jobs_tap", "--config", config))]

    return prepare


def into_duckdb(tap: Prepare) -> Prepare:
    """A tap and our loader."""

    def prepare(job: Job, folder: Path) -> list[Command]:
        settings = {"path": job.database, "default_target_schema": SCHEMAS[job.stream]}
        config = write(folder / "target.json", settings)
        return [*tap(job, folder), Command("target", [program("workspace", "target-duckdb"), "--config", config])]

    return prepare


OUR_TAP = Contender(
    "ours",
    "tap-genesys",
    our_tap,
    "RECORDs that fit SCHEMA (every field of the vendor's model): unknown fields dropped, types checked, doubles "
    "removed, STATE a slice; some jobs at once within the vendor's rate",
    "nothing",
    ours=True,
)
OUR_PAIR = dataclasses.replace(
    OUR_TAP,
    title="tap-genesys, our target-duckdb",
    prepare=into_duckdb(our_tap),
    does=f"{OUR_TAP.does}; merged on the key",
)
PLAIN_PAIR = Contender(
    "plain",
    "plain SDK tap, our target-duckdb",
    into_duckdb(plain_tap("bench")),
    "RECORDs that went through the SDK's conformance (of the fields that the rows have); merged on the key",
    "types are not checked, one job after another, no look at the rate",
    "https://sdk.meltano.com/en/latest/classes/singer_sdk.RESTStream.html",
)

JOBS: t.Final = (OUR_PAIR, PLAIN_PAIR)
