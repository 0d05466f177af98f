"""The settings, and what they are turned into."""

from __future__ import annotations

import dataclasses
import typing as t
import urllib.parse
from collections.abc import Callable, Mapping
from pathlib import Path

from singer_sdk import typing as th
from singer_spool import ConfigurationError

from target_amplitude.backend import AmplitudeBackend, Options
from target_amplitude.client import HttpTransport, Transport
from target_amplitude.dead_letters import DEFAULT_PATH, DeadLetters, usable_path, utc_now
from target_amplitude.dry_run import KEY_PLACEHOLDER, DryRunTransport
from target_amplitude.endpoints import BASE_URLS, DEFAULT_MIN_ID_LENGTH, Endpoint, make_endpoint
from target_amplitude.mapping import IdentifyMapping, read_streams
from target_amplitude.pace import Clock
from target_amplitude.records import FreshIds
from target_amplitude.report import Allowance

SETTINGS: dict[str, t.Any] = th.PropertiesList(
    th.Property(
        "api_key",
        th.StringType,
        secret=True,
        title="API key",
        description="The project's API key (not its secret key). Not needed for a dry run.",
    ),
    th.Property(
        "region",
        th.StringType(allowed_values=["us", "eu"]),
        default="us",
        title="Region",
        description="Where the project lives: us (api2.amplitude.com) or eu (api.eu.amplitude.com).",
    ),
    th.Property(
        "api_url",
        th.StringType,
        title="API base address",
        description="Overrides region. The paths /batch, /2/httpapi and /identify hang below it.",
    ),
    th.Property(
        "streams",
        th.ObjectType(additional_properties=True),
        required=True,
        title="Stream mappings",
        description="Object of stream names and their mappings: type (identify), endpoint (batch, httpapi or "
        "identify), user_id and device_id (columns), user_properties (list of columns, object of properties and their "
        "columns, or object of operations and either), when_null (skip or unset), insert_id (columns, only for $add, "
        "$append and $prepend), and Amplitude's own properties such as country or app_version (columns).",
    ),
    th.Property(
        "ignore_unmapped_streams",
        th.BooleanType,
        default=False,
        title="Ignore unmapped streams",
        description="Leave out streams without a mapping; otherwise such a stream is a configuration error.",
    ),
    th.Property(
        "min_id_length",
        th.IntegerType(minimum=1),
        default=DEFAULT_MIN_ID_LENGTH,
        title="Shortest id",
        description="Characters that a user id or device id must have. Sent along with each request if not 5.",
    ),
    th.Property(
        "max_rejects",
        th.CustomType({"type": ["string", "integer"]}),
        default=0,
        title="Rejects allowed",
        description="Rejected records allowed before the run ends with exit 3: a number, or a share such as '1%'.",
    ),
    th.Property(
        "dead_letter_path",
        th.StringType,
        default=DEFAULT_PATH,
        title="Dead-letter file",
        description="Rejected records are appended here as JSON lines, each with its reason, before the STATE that "
        "covers them leaves. To be sent again with --replay.",
    ),
    th.Property(
        "report_path",
        th.StringType,
        title="Report file",
        description="Write a JSON report to this file: per stream how many records were delivered, collapsed, skipped, "
        "rejected (by reason) and retried.",
    ),
    th.Property(
        "dry_run",
        th.BooleanType,
        default=False,
        title="Dry run",
        description="Send nothing, emit no STATE and write no dead letters; only validate, count and report.",
    ),
    th.Property(
        "dry_run_path",
        th.StringType,
        title="Dry-run file",
        description="Write the requests that a dry run would send to this file, one JSON line each.",
    ),
    th.Property(
        "batch_size",
        th.IntegerType(minimum=1, maximum=2000),
        default=2000,
        title="Updates per request",
        description="At most so many; httpapi takes 1999 and identify 1024. Requests also stay below the endpoint's "
        "limit of bytes (batch 20 MB, the others 1 MB).",
    ),
    th.Property(
        "max_parallel_requests",
        th.IntegerType(minimum=1, maximum=32),
        default=4,
        title="Parallel requests",
        description="Requests under way at the same time. Updates of one user or device always go one after the other.",
    ),
    th.Property(
        "max_retries",
        th.IntegerType(minimum=0),
        default=8,
        title="Retries",
        description="How often a request is sent again after a timeout, a lost connection or a server error.",
    ),
    th.Property(
        "request_timeout",
        th.NumberType(exclusive_minimum=0),
        default=60,
        title="Request timeout, seconds",
        description="How long to wait for a connection, and for each piece of an answer.",
    ),
    th.Property(
        "max_wait_seconds",
        th.NumberType(minimum=0),
        default=300,
        title="Longest wait, seconds",
        description="A longer wait for a rate limit, without anything accepted meanwhile, ends the run with exit 4.",
    ),
    # The spool's own, with defaults for a destination whose records are decoded in memory, one flush at a time.
    th.Property(
        "batch_size_rows",
        th.IntegerType(minimum=1),
        default=20_000,
        title="Records per flush",
        description="Deliver as soon as so many records wait. Updates of one user within a flush collapse into one.",
    ),
    th.Property(
        "batch_size_mb",
        th.IntegerType(minimum=1),
        default=64,
        title="Megabytes per flush",
        description="Deliver as soon as the waiting records take so many megabytes. A flush is held in memory.",
    ),
).to_dict()


@dataclasses.dataclass(frozen=True, slots=True)
class Surroundings:
    """What a run gets from outside: tests put something else here.

    Attributes:
        transport: Makes what sends requests, given the timeout in seconds.
        clock: Makes the run's clock.
        fresh_id: Makes what gives each repeatable update its `insert_id`.
        now: The time written into dead letters.
    """

    transport: Callable[[float], Transport] = HttpTransport
    clock: Callable[[], Clock] = Clock
    fresh_id: Callable[[], Callable[[], str]] = FreshIds
    now: Callable[[], str] = utc_now


def make_backend(config: Mapping[str, t.Any], surroundings: Surroundings | None = None) -> AmplitudeBackend:
    """The backend that validated settings describe.

    Raises:
        ConfigurationError: They contradict each other, or a mapping is wrong.
    """
    outside = surroundings or Surroundings()
    mappings = read_streams(config["streams"])
    key = _api_key(config)
    base = base_url(config)
    dry_run = bool(config["dry_run"])

    def endpoint(mapping: IdentifyMapping) -> Endpoint:
        return make_endpoint(
            mapping.endpoint,
            base,
            api_key=key,
            min_id_length=config["min_id_length"],
            batch_size=config["batch_size"],
        )

    return AmplitudeBackend(
        mappings,
        make_endpoint=endpoint,
        transport=_dry_transport(config) if dry_run else outside.transport(config["request_timeout"]),
        dead_letters=DeadLetters(_path(config, "dead_letter_path") or Path(DEFAULT_PATH), outside.now),
        clock=outside.clock(),
        fresh_id=outside.fresh_id(),
        options=Options(
            min_id_length=config["min_id_length"],
            max_parallel_requests=1 if dry_run else config["max_parallel_requests"],
            max_retries=config["max_retries"],
            max_wait_seconds=config["max_wait_seconds"],
            max_rejects=Allowance(config["max_rejects"]),
            ignore_unmapped_streams=config["ignore_unmapped_streams"],
            dry_run=dry_run,
            report_path=_path(config, "report_path"),
        ),
    )


def _api_key(config: Mapping[str, t.Any]) -> str:
    if config["dry_run"]:
        return KEY_PLACEHOLDER
    key = config.get("api_key")
    if not key:
        raise ConfigurationError("setting 'api_key' is required and not given (only a dry run needs none)")
    return t.cast("str", key)


def base_url(config: Mapping[str, t.Any]) -> str:
    """`api_url` if given, else the region's address.

    Raises:
        ConfigurationError: `api_url` is not an address.
    """
    url = config.get("api_url")
    if not url:
        return BASE_URLS[config["region"]]
    try:
        parts = urllib.parse.urlsplit(url)
        complete = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        complete = False
    if not complete or parts.query or parts.fragment or parts.username:
        msg = f"setting 'api_url' must be a base address such as '{BASE_URLS['us']}', without credentials or query"
        raise ConfigurationError(msg)
    return t.cast("str", url)


def _dry_transport(config: Mapping[str, t.Any]) -> DryRunTransport:
    return DryRunTransport(_path(config, "dry_run_path"))


def _path(config: Mapping[str, t.Any], setting: str) -> Path | None:
    value = config.get(setting)
    return usable_path(setting, value) if value else None
