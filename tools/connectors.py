"""The connectors of this repository, and what they say of themselves on the command line."""

from __future__ import annotations

import dataclasses
import functools
import json
import subprocess
import sys
import typing as t
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
REPOSITORY = "https://github.com/switchboard-elt/switchboard"

Json = dict[str, t.Any]


@dataclasses.dataclass(frozen=True)
class Connector:
    """One connector: what its program cannot know of itself, for the Hub and the README.

    Attributes:
        name: Folder, executable and plugin name.
        kind: `extractors` or `loaders`, the Hub's words.
        label: The vendor's or system's name, for people.
        description: One line for the Hub's list.
        domain_url: The vendor's page of the API or system.
        keywords: Search words beside `meltano_sdk`.
        engine: Folder of the sibling package it is built on, or None.
        settings_groups: Sets of settings each of which is enough to start (the Hub's `settings_group_validation`).
        dialect: The SQL dialect of a database loader.
    """

    name: str
    kind: str
    label: str
    description: str
    domain_url: str
    keywords: tuple[str, ...]
    engine: str | None
    settings_groups: tuple[tuple[str, ...], ...]
    dialect: str | None = None

    @property
    def folder(self) -> Path:
        """The package's folder."""
        return ROOT / self.name

    @property
    def namespace(self) -> str:
        """The import name, which is also the Hub's namespace."""
        return self.name.replace("-", "_")

    @property
    def pip_url(self) -> str:
        """Requirements that install it from the public repository, the engine first."""
        folders = [self.engine, self.name] if self.engine else [self.name]
        return " ".join(f"git+{REPOSITORY}.git#subdirectory={folder}" for folder in folders)


CONNECTORS = (
    Connector(
        name="tap-comagic",
        kind="extractors",
        label="CoMagic / UIS",
        description="Call tracking and virtual telephony",
        domain_url="https://www.comagic.ru/support/api/data-api/",
        keywords=("api", "call tracking", "telephony"),
        engine="singer-slices",
        settings_groups=(("access_token", "start_date"), ("login", "password", "start_date")),
    ),
    Connector(
        name="tap-duckdb",
        kind="extractors",
        label="DuckDB",
        description="Embedded analytical database",
        domain_url="https://duckdb.org/",
        keywords=("database",),
        engine=None,
        settings_groups=(("path", "tables"),),
    ),
    Connector(
        name="tap-genesys",
        kind="extractors",
        label="Genesys Cloud",
        description="Contact centre: conversations, quality evaluations, agent status",
        domain_url="https://developer.genesys.cloud/",
        keywords=("api", "contact centre", "purecloud"),
        engine="singer-slices",
        settings_groups=(("client_id", "client_secret", "region", "start_date"),),
    ),
    Connector(
        name="target-duckdb",
        kind="loaders",
        label="DuckDB",
        description="Embedded analytical database",
        domain_url="https://duckdb.org/",
        keywords=("database",),
        engine="singer-spool",
        settings_groups=(("path",),),
        dialect="duckdb",
    ),
    Connector(
        name="target-amplitude",
        kind="loaders",
        label="Amplitude",
        description="Product analytics: user profiles",
        domain_url="https://amplitude.com/docs/apis/analytics/batch-event-upload",
        keywords=("api", "reverse_etl"),
        engine="singer-spool",
        settings_groups=(("api_key", "streams"),),
    ),
)


def named(name: str) -> Connector:
    """The connector of that name.

    Raises:
        KeyError: There is none.
    """
    return {connector.name: connector for connector in CONNECTORS}[name]


@functools.cache
def about(connector: Connector) -> Json:
    """What `--about --format=json` prints: capabilities, settings schema, supported Python versions."""
    return _ask(connector, "--about", "--format=json")


@functools.cache
def streams(connector: Connector) -> list[Json]:
    """The streams of the catalog that `--discover` prints without configuration."""
    return t.cast("list[Json]", _ask(connector, "--discover")["streams"])


def _ask(connector: Connector, *arguments: str) -> Json:
    program = Path(sys.executable).with_name(connector.name)
    done = subprocess.run([program, *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        words = " ".join(arguments)
        raise RuntimeError(f"{connector.name} {words} ended with {done.returncode}:\n{done.stderr.strip()}")
    return t.cast("Json", json.loads(done.stdout))
