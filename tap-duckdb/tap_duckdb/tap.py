"""Settings and discovery."""

from __future__ import annotations

import datetime as dt
import typing as t

from singer_sdk import Tap
from singer_sdk import typing as th
from singer_sdk.helpers.capabilities import PluginCapabilities, TapCapabilities
from singer_sdk.plugin_base import _ConfigInput
from singer_sdk.sql import SQLTap

from tap_duckdb.client import DuckDBConnector
from tap_duckdb.errors import ConfigurationError, Interruption
from tap_duckdb.run import Run
from tap_duckdb.streams import DuckDBStream
from tap_duckdb.tables import resolve

if t.TYPE_CHECKING:
    from collections.abc import Sequence
    from types import FrameType

    import click
    from singer_sdk.helpers.capabilities import CapabilitiesEnum

_TABLE = th.ObjectType(
    th.Property(
        "table",
        th.StringType,
        required=True,
        title="Table",
        description="`schema.table`, or `table` alone if only one schema has it; tables and views.",
    ),
    th.Property(
        "key",
        th.CustomType({"type": ["string", "array", "null"], "items": {"type": "string"}}),
        title="Key",
        description="The column, or the list of columns, that identifies a row.",
    ),
    th.Property(
        "replication_key",
        th.StringType,
        title="Replication key",
        description=(
            "A column that grows whenever a row changes. With it only rows from the last bookmark on are read; "
            "without it every run reads the whole table."
        ),
    ),
    additional_properties=False,
)


class TapDuckDB(SQLTap):
    """Singer tap for DuckDB: reads tables and marts back, incrementally, for reverse syncs."""

    name = "tap-duckdb"
    package_name = "tap-duckdb"
    default_stream_class = DuckDBStream
    # No BATCH: what this tap reads goes to programs, a row at a time.
    capabilities: t.ClassVar[list[CapabilitiesEnum]] = [
        TapCapabilities.CATALOG,
        TapCapabilities.STATE,
        TapCapabilities.DISCOVER,
        TapCapabilities.ACTIVATE_VERSION,
        PluginCapabilities.ABOUT,
        PluginCapabilities.STREAM_MAPS,
        PluginCapabilities.FLATTENING,
        PluginCapabilities.STRUCTURED_LOGGING,
    ]
    config_jsonschema: t.ClassVar[dict[str, t.Any]] = th.PropertiesList(
        th.Property(
            "path",
            th.StringType,
            required=True,
            title="Path",
            description="The DuckDB file. It is opened read-only, and only while rows are copied out of it.",
        ),
        th.Property(
            "tables",
            th.CustomType({"type": "array", "minItems": 1, "items": _TABLE.to_dict()}),
            required=True,
            title="Tables",
            description=(
                "The tables to read, a list of objects with `table`, `key` and, for incremental reading, "
                "`replication_key`."
            ),
        ),
        th.Property(
            "start_date",
            th.DateTimeType,
            title="Start date",
            description=(
                "Rows whose replication key lies before this are not read; for tables whose replication key is a time. "
                "Without it a first run reads everything."
            ),
        ),
        th.Property(
            "lock_timeout_seconds",
            th.NumberType(minimum=0),
            default=300,
            title="Lock timeout",
            description="How long to wait for a writer to let go of the file, in seconds.",
        ),
        th.Property(
            "summary_path",
            th.StringType,
            title="Summary path",
            description="Where to write what the run did, as JSON; also when it fails.",
        ),
        additional_properties=False,
    ).to_dict()

    def __init__(self, **kwargs: t.Any) -> None:
        """Create the tap; the file is opened once the streams are asked for."""
        self._signal: int | None = None
        super().__init__(**kwargs)

    @classmethod
    def append_builtin_config(cls, config_jsonschema: dict[str, t.Any]) -> None:
        """Add the SDK's settings, without `use_singer_decimal`: decimals are written with all their digits anyway."""
        super(SQLTap, cls).append_builtin_config(config_jsonschema)

    def _validate_config(self, *, raise_errors: bool = True) -> list[str]:
        """Check the settings by their schema, and what a schema cannot say.

        Raises:
            ConfigurationError: start_date is no time.
        """
        errors = super()._validate_config(raise_errors=raise_errors)
        start_date = self.config.get("start_date")
        if raise_errors and start_date:
            try:
                dt.datetime.fromisoformat(start_date)
            except ValueError as error:
                raise ConfigurationError(f"start_date: {start_date!r} is no ISO 8601 time: {error}") from error
        return errors

    @property
    def tap_connector(self) -> DuckDBConnector:
        """The one connector of this tap; its waiting ends when the run is asked to stop."""
        if self._tap_connector is None:
            self._tap_connector = DuckDBConnector(dict(self.config), checkpoint=self.raise_if_stopped)
        return t.cast("DuckDBConnector", self._tap_connector)

    def discover_streams(self) -> Sequence[DuckDBStream]:
        """The streams of the setting `tables`; none without configuration. A catalog given chooses among them."""
        if not self.config.get("path") or not self.config.get("tables"):
            return []
        with self.tap_connector.open() as connection:
            found = {table.stream: table.catalog_entry() for table in resolve(connection, self.config["tables"])}
        if self.input_catalog is not None:
            given = self.input_catalog.to_dict()["streams"]
            found = {entry["tap_stream_id"]: entry for entry in given if entry["tap_stream_id"] in found}
        return [DuckDBStream(tap=self, catalog_entry=entry, connector=self.tap_connector) for entry in found.values()]

    @property
    def catalog_dict(self) -> dict[str, t.Any]:
        """The catalog of the discovered streams."""
        return self._singer_catalog.to_dict()

    def raise_if_stopped(self) -> None:
        """Called between rows and while waiting: ends the run once a signal has come.

        Raises:
            Interruption: SIGINT or SIGTERM was received.
        """
        if self._signal is not None:
            raise Interruption(self._signal)

    def _handle_termination(self, signum: int, frame: FrameType | None) -> None:  # noqa: ARG002 - the SDK's signature
        """Only take note, so that no message is torn; a second signal ends at once."""
        if self._signal is not None:
            raise Interruption(signum)
        self._signal = signum

    @classmethod
    def invoke(  # type: ignore[override]  # the SDK's own narrowing of its base class
        cls,
        *,
        about: bool = False,
        about_format: str | None = None,
        config: _ConfigInput | None = None,
        state: t.IO[str] | None = None,
        catalog: t.IO[str] | None = None,
    ) -> None:
        """Run, with the documented exit codes and a summary (see `tap_duckdb.run`)."""
        if about:
            cls.print_about(about_format)
            return
        Run(cls, config or _ConfigInput()).sync(state, catalog)

    @classmethod
    def cb_config(cls, ctx: click.Context, param: click.Option, value: tuple[str, ...]) -> _ConfigInput:
        """Read the settings.

        Raises:
            ConfigurationError: a file is not there, is not JSON, or holds no object.
        """
        try:
            return super().cb_config(ctx, param, value)
        except (OSError, ValueError, TypeError) as error:
            raise ConfigurationError(f"--config {' '.join(value)}: {error}") from error

    @classmethod
    def cb_discover(
        cls: type[Tap],
        ctx: click.Context,
        param: click.Option,  # noqa: ARG003 - click's signature
        value: bool,
    ) -> None:
        """Print the catalog: empty without any setting, else with the settings checked."""
        if not value:
            return
        given = ctx.params.get("config", _ConfigInput())
        configured = bool(given.config) or given.parse_env
        tap = cls(config=given.config, parse_env_config=given.parse_env, validate_config=configured, setup_mapper=False)
        tap.run_discovery()
        ctx.exit()
