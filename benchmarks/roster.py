"""Who is measured: how each is started, what it leaves undone, and where its documentation says so."""

from __future__ import annotations

import dataclasses
import json
import typing as t
from pathlib import Path

from benchmarks import meltano_project
from benchmarks.contenders import airbyte_files
from benchmarks.contenders.job import Job
from benchmarks.measure import Command
from tools.environments import ENVIRONMENTS, executable

ZONE: t.Final = "Europe/Moscow"
DEFAULT_PARALLEL: t.Final = 2
"""What our taps do if they are told nothing."""
Prepare = t.Callable[[Job, Path], list[Command]]


@dataclasses.dataclass(frozen=True)
class Contender:
    """One way to do a job.

    Attributes:
        key: its name among the figures.
        title: its name for people.
        prepare: writes what it needs into a folder and says what to run.
        does: what comes out of it.
        undone: what it leaves to others.
        source: where its documentation recommends to run it so.
        ours: whether it is this project's.
    """

    key: str
    title: str
    prepare: Prepare
    does: str
    undone: str
    source: str = ""
    ours: bool = False


def program(environment: str, name: str) -> Path:
    """A program of one of the environments."""
    return executable(ENVIRONMENTS[environment].path, name)


def module(environment: str, name: str, *arguments: str | Path) -> list[str | Path]:
    """A module of `benchmarks.contenders`, run in one of the environments."""
    return [program(environment, "python"), "-m", f"benchmarks.contenders.{name}", *arguments]


def write(path: Path, content: t.Any) -> Path:
    """Write a JSON file and return its path."""
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def settings_of_ours(job: Job) -> dict[str, t.Any]:
    """The settings of our taps for a job."""
    settings: dict[str, t.Any] = {
        "api_url": job.url,
        "start_date": job.start,
        "end_date": job.end,
        "slice_days": job.slice_days,
        "page_size": job.page_size,
    }
    if job.parallel != DEFAULT_PARALLEL:
        settings["max_parallel_requests"] = job.parallel
    if job.stream == "calls":
        settings |= {"access_token": "benchmark", "timezone": ZONE, "fields": {"calls": job.fields()}}
    return settings


def our_tap(job: Job, folder: Path) -> list[Command]:
    """tap-comagic for calls; for conversations a small tap on the same engine."""
    config = write(folder / "tap.json", settings_of_ours(job))
    if job.stream == "conversations":
        return [Command("tap", module("workspace", "sliced_tap", "--config", config))]
    catalog = write(folder / "catalog.json", {"streams": [selected_calls(job)]})
    return [Command("tap", [program("workspace", "tap-comagic"), "--config", config, "--catalog", catalog])]


def selected_calls(job: Job) -> dict[str, t.Any]:
    """The catalog's entry of `calls`, as a user would leave it in the output of `--discover`."""
    derived = {
        "partition_date": {"type": ["string", "null"], "format": "date"},
        "tag_names": {"type": ["array", "null"], "items": {"type": ["string", "null"]}},
    }
    schema = job.schema()
    schema["properties"] |= derived
    return {
        "tap_stream_id": "calls",
        "stream": "calls",
        "key_properties": ["id"],
        "replication_key": "start_time",
        "schema": schema,
        "metadata": [{"breadcrumb": [], "metadata": {"selected": True}}],
    }


def our_pair(job: Job, folder: Path) -> list[Command]:
    """Tap and target of ours."""
    config = write(folder / "target.json", {"path": job.database, "default_target_schema": "raw_comagic"})
    target = Command("target", [program("workspace", "target-duckdb"), "--config", config])
    return [*our_tap(job, folder), target]


def ours_under_meltano(job: Job, folder: Path) -> list[Command]:
    """The same pair, run by Meltano."""
    programs = {name: program("workspace", name) for name in ("tap-comagic", "target-duckdb")}
    return [meltano_project.command(program("meltano", "meltano"), programs, settings_of_ours(job), job, folder)]


def plain_tap(job: Job, folder: Path) -> list[Command]:
    """The tap on the SDK alone."""
    config = write(folder / "plain.json", dataclasses.asdict(job))
    return [Command("tap", module("bench", "plain_tap", "--config", config))]


def tuned_tap(job: Job, folder: Path) -> list[Command]:
    """The same with the SDK's faster writer and without its conformance."""
    (command,) = plain_tap(job, folder)
    return [dataclasses.replace(command, environment={"PLAIN_TAP": "tuned"})]


def plain_pair(job: Job, folder: Path) -> list[Command]:
    """The tap on the SDK alone and the index's loader."""
    config = write(folder / "loader.json", {"path": job.database, "default_target_schema": "raw_comagic"})
    target = Command("target", [program("bench-loader", "target-duckdb"), "--config", config])
    return [*plain_tap(job, folder), target]


def floor(environment: str) -> Prepare:
    """The unchecked loop in one of the environments that have orjson."""

    def prepare(job: Job, folder: Path) -> list[Command]:
        path = write(folder / "floor.json", dataclasses.asdict(job))
        return [Command("loop", module(environment, "floor", path))]

    return prepare


def dlt(mode: str) -> Prepare:
    """Dlt in one of its modes."""

    def prepare(job: Job, folder: Path) -> list[Command]:
        path = write(folder / "dlt.json", dataclasses.asdict(job))
        return [Command("dlt", module("bench-dlt", "dlt_pipeline", mode, path))]

    return prepare


def airbyte(job: Job, folder: Path) -> list[Command]:
    """Airbyte's declarative source through its own entry point."""
    words: list[str | Path] = [program("bench-airbyte", "source-declarative-manifest"), "read"]
    return [Command("source", [*words, *airbyte_files.write_files(job, folder)])]


DLT_SPEED: t.Final = "https://dlthub.com/docs/reference/performance"
OUR_TAP = Contender(
    "ours",
    "ours",
    our_tap,
    "RECORDs that fit SCHEMA: unknown fields dropped, types checked, deselected fields left out; for calls also times "
    "with offset, `partition_date` and `tag_names`. Doubles removed, totals compared with the vendor's, STATE a slice.",
    "nothing",
    ours=True,
)
PLAIN_TAP = Contender(
    "plain",
    "plain SDK tap",
    plain_tap,
    "RECORDs that went through the SDK's conformance",
    "types are not checked, times stay without offset, nothing derived, one request after another, no total compared",
    "https://sdk.meltano.com/en/latest/classes/singer_sdk.RESTStream.html",
)
TUNED_TAP = Contender(
    "tuned",
    "plain SDK tap, tuned",
    tuned_tap,
    "RECORDs written by the SDK's msgspec writer, conformance off",
    "as the plain tap, and nothing is dropped",
    "https://sdk.meltano.com/en/latest/guides/custom-writers.html",
)
DLT_EXTRACT = Contender(
    "dlt",
    "dlt, extract step",
    dlt("extract"),
    "rows in dlt's own intermediate files",
    "types are not looked at before its next step, no total compared",
    DLT_SPEED,
)
AIRBYTE = Contender(
    "airbyte",
    "airbyte-cdk, declarative",
    airbyte,
    "RECORD messages as the vendor sent the rows, STATE a slice",
    "types are not checked, times stay without offset, nothing derived, no total compared",
    "https://docs.airbyte.com/platform/connector-development/config-based/understanding-the-yaml-file/reference",
)
FLOOR = Contender(
    "floor",
    "unchecked loop",
    floor("bench"),
    "the vendor's rows with a RECORD envelope, by requests and orjson",
    "everything: no types, no selection, no retry, no state, no total",
)
OUR_PAIR = Contender(
    "ours",
    "ours",
    our_pair,
    "a typed table, merged on the key, nested values as JSON, in one transaction a load",
    "nothing",
    ours=True,
)
OUR_MELTANO = Contender(
    "meltano", "ours under `meltano run`", ours_under_meltano, "the same, with state kept by Meltano", "nothing",
    ours=True,
)  # fmt: skip
PLAIN_PAIR = Contender(
    "plain",
    "plain SDK tap, target-duckdb 0.8.0",
    plain_pair,
    "a typed table, merged on the key",
    "nothing derived, times without offset",
    "https://github.com/jwills/target-duckdb",
)
DLT_PARQUET = Contender(
    "dlt-parquet",
    "dlt, Parquet",
    dlt("parquet"),
    "a typed table, types found in the data, rows appended",
    "no merge: a second run doubles rows",
    DLT_SPEED,
)
DLT_ARROW = Contender(
    "dlt-arrow",
    "dlt, Arrow",
    dlt("arrow"),
    "a typed table from Arrow tables with a schema written by hand, rows appended",
    "no merge: a second run doubles rows; a value of another type ends the run",
    "https://dlthub.com/docs/dlt-ecosystem/verified-sources/arrow-pandas",
)
DLT_MERGE = Contender(
    "dlt-merge",
    "dlt, Parquet, merge",
    dlt("merge"),
    "as Parquet, merged on the key (delete-insert)",
    "nothing derived",
    "https://dlthub.com/docs/general-usage/merge-loading",
)

EXTRACTION: t.Final = (OUR_TAP, PLAIN_TAP, TUNED_TAP, DLT_EXTRACT, AIRBYTE, FLOOR)
LOADING: t.Final = (OUR_PAIR, PLAIN_PAIR, DLT_PARQUET, DLT_ARROW, DLT_MERGE, OUR_MELTANO)
LATENCY: t.Final = (OUR_TAP, DLT_EXTRACT, AIRBYTE)
