"""Settings, nothing else."""

from __future__ import annotations

import os
import typing as t

from singer_sdk import typing as th
from singer_sdk.helpers.capabilities import CapabilitiesEnum, PluginCapabilities, TargetCapabilities
from singer_spool import Backend, ConfigurationError, SpoolTarget


class TargetDuckDB(SpoolTarget):
    """Loads Singer streams into a DuckDB file: in bulk, with exact types, STATE only after the commit."""

    name = "target-duckdb"
    package_name = "switchboard-target-duckdb"

    capabilities: t.ClassVar[list[CapabilitiesEnum]] = [
        *SpoolTarget.capabilities,
        PluginCapabilities.ACTIVATE_VERSION,
        TargetCapabilities.SOFT_DELETE,
        TargetCapabilities.HARD_DELETE,
        TargetCapabilities.TARGET_SCHEMA,
    ]

    config_jsonschema = th.PropertiesList(
        th.Property(
            "path",
            th.StringType,
            required=True,
            title="Database file",
            description="The DuckDB file; it and its folder are made if they do not exist.",
            examples=["output/warehouse.duckdb"],
        ),
        th.Property(
            "default_target_schema",
            th.StringType,
            title="Default target schema",
            description="Schema of all tables, by convention raw_<source>. Without it a stream named schema-table "
            "names its own schema, and others land in 'main'.",
            examples=["raw_comagic"],
        ),
        th.Property(
            "batch_size_rows",
            th.IntegerType(minimum=1),
            default=6 * 20_480,
            title="Batch size, rows",
            description="Load as soon as this many records (over all streams) wait in the spool. Multiples of 20480, "
            "the rows of a row group, are the cheapest.",
        ),
        th.Property(
            "batch_size_mb",
            th.IntegerType(minimum=1),
            default=128,
            title="Batch size, megabytes",
            description="Load as soon as the spool files have this many megabytes together.",
        ),
        th.Property(
            "nested",
            th.StringType,
            allowed_values=["json", "struct"],
            default="json",
            title="Nested values",
            description="How objects and arrays land: as JSON, or as STRUCT and LIST where the SCHEMA "
            "describes their members.",
        ),
        th.Property(
            "hard_delete",
            th.BooleanType,
            default=False,
            title="Hard delete",
            description="When a tap says that a full read is complete (ACTIVATE_VERSION), delete rows that were not in "
            "it; otherwise their _sdc_deleted_at is set.",
        ),
        th.Property(
            "process_activate_version_messages",
            th.BooleanType,
            default=True,
            title="Process ACTIVATE_VERSION messages",
            description="Mark or delete rows that vanished at the source.",
        ),
        th.Property(
            "lock_timeout_seconds",
            th.NumberType(minimum=0),
            default=300,
            title="Lock timeout, seconds",
            description="How long to wait while another process has the file open. DuckDB lets one process "
            "write at a time.",
        ),
        th.Property(
            "threads",
            th.IntegerType(minimum=1),
            default=1,
            title="Threads",
            description="How many threads DuckDB may use. Loading overlaps with reading the input, so more than one "
            "costs more CPU time and memory than it saves.",
        ),
        th.Property(
            "memory_limit",
            th.StringType,
            title="Memory limit",
            description="How much memory DuckDB may use; what does not fit is spilled to the disk beside the file, "
            "or ends the run with exit 1. Default: 65 MB, or 34 MB and 1 MB a column of the widest table, and half as "
            "much again as often as a load cannot do without.",
            examples=["1GB"],
        ),
    ).to_dict()

    def make_backend(self) -> Backend:
        """Make the loader; the file is opened with the first SCHEMA."""
        # DuckDB is a large import that --about and --version can do without.
        from target_duckdb.backend import DuckDBBackend, Options  # noqa: PLC0415 - see above
        from target_duckdb.session import Database, Resources  # noqa: PLC0415 - see above

        path = os.path.expanduser(self.config["path"])  # noqa: PTH111 - the text, as DuckDB is given it
        if not path or "\0" in path or "://" in path or path.startswith((":memory:", "md:", "motherduck:")):
            raise ConfigurationError(f"setting 'path' must name a file on disk, not {path!r}")
        if self.config["hard_delete"] and not self.config["add_record_metadata"]:
            raise ConfigurationError(
                "setting 'hard_delete' needs 'add_record_metadata': versions are kept in its columns"
            )
        resources = Resources(
            threads=self.config["threads"],
            memory_limit=self.config.get("memory_limit"),
            lock_timeout_seconds=self.config["lock_timeout_seconds"],
        )
        options = Options(
            default_schema=self.config.get("default_target_schema") or None,
            structs=self.config["nested"] == "struct",
            metadata=self.config["add_record_metadata"],
            hard_delete=self.config["hard_delete"],
            process_versions=self.config["process_activate_version_messages"],
        )
        return DuckDBBackend(Database(path, resources), options)
