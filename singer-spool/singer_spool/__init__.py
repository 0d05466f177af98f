"""The bulk half of a Singer target.

A loader written on this library is one small `Backend`; the library does what every loader must get right:

1. Lines from stdin are sorted by decoding only the envelope. The record's bytes are never decoded here: they are
   appended to NDJSON *spool files* per stream and schema version, so memory stays flat whatever the tap sends.
2. When enough rows, bytes or seconds have come together (or the input ends, or a SCHEMA changes) the files are handed
   to `Backend.load` as `Batch` objects, in the order in which their first record arrived; then versions are activated.
   Meanwhile the next files fill.
3. Only after that does the STATE message that covers those records go to stdout. Killed anywhere, a run has emitted
   only STATE of durable data.

A backend needs two methods, and usually has a third::

    class MyBackend(Backend):
        def declare(self, spec: StreamSpec) -> None: ...              # a new or changed SCHEMA, before its records
        def load(self, batches: Sequence[Batch]) -> None: ...         # returns when everything is durable
        def stream_results(self) -> list[dict[str, Any]]: ...         # [{"stream": ..., "table": ..., "rows": ...}]

and a target is its settings and a factory::

    class TargetX(SpoolTarget):
        name = "target-x"
        package_name = "target-x"
        config_jsonschema = th.PropertiesList(...).to_dict()

        def make_backend(self) -> Backend:
            return MyBackend(self.config["path"])

whose executable is `target_x.target:TargetX.cli`.

All methods of one backend are called from one and the same thread, never at the same time. `COMMON_SETTINGS` lists the
settings that every such target has. Errors carry their exit code: `ConfigurationError` and `CredentialError` 2,
`QuotaSpent` 4, `LoadError` and everything unexpected 1; `Backend.finish` may answer `ExitCode.PARTIAL` (3).
"""

from __future__ import annotations

from singer_spool.errors import (
    ConfigurationError,
    CredentialError,
    ExitCode,
    InputError,
    LoadError,
    MissingKeyError,
    QuotaSpent,
    RecordBeforeSchemaError,
    SpoolError,
)
from singer_spool.model import Backend, Batch, Inspector, StreamSpec
from singer_spool.redaction import Redactor, redact
from singer_spool.settings import COMMON_SETTINGS
from singer_spool.target import SpoolTarget

__all__ = [
    "COMMON_SETTINGS",
    "Backend",
    "Batch",
    "ConfigurationError",
    "CredentialError",
    "ExitCode",
    "InputError",
    "Inspector",
    "LoadError",
    "MissingKeyError",
    "QuotaSpent",
    "RecordBeforeSchemaError",
    "Redactor",
    "SpoolError",
    "SpoolTarget",
    "StreamSpec",
    "redact",
]
