"""What passes between the spool and a loader: a stream's schema version, its spool files, the backend's duties."""

from __future__ import annotations

import abc
import builtins
import dataclasses
import typing as t
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from singer_spool.errors import ExitCode
from singer_spool.metadata import RECORD_METADATA


@dataclasses.dataclass(frozen=True, slots=True)
class StreamSpec:
    """One SCHEMA version of one stream.

    Attributes:
        name: The stream's name, as the tap gave it.
        schema: The JSON Schema of a record (`properties` is always there).
        key_properties: The primary key; empty for a stream without one.
        bookmark_properties: The replication keys the tap named, often empty.
        version: 1 for the first SCHEMA of this run, one more for each that differs from the one before.
    """

    name: str
    schema: dict[str, t.Any]
    key_properties: tuple[str, ...] = ()
    bookmark_properties: tuple[str, ...] = ()
    version: int = 1

    @property
    def properties(self) -> dict[str, dict[str, t.Any]]:
        """The top-level fields and their schemas; the schema `true`, which allows anything, as an empty one."""
        return {name: field if isinstance(field, dict) else {} for name, field in self.schema["properties"].items()}


@dataclasses.dataclass(frozen=True, slots=True)
class Batch:
    """Spool files: the records of one stream and one schema version between two flushes, in order of arrival.

    The files are deleted after the load; a backend that needs them longer must copy them.

    Attributes:
        spec: The schema version that all records were sent under.
        paths: NDJSON, UTF-8, one record a line, each line ended by a line feed; whole records in each file. With
            `add_record_metadata` each record starts with the fields of `singer_spool.metadata.RECORD_METADATA` that
            are not null, `_sdc_batched_at` excepted.
        rows: Number of lines.
        bytes: Size of the files.
        longest: Size of the longest line, the line feed included, or more.
        seen: The backend's own inspector, which was told all lines; None for files that another one wrote.
    """

    spec: StreamSpec
    paths: tuple[Path, ...]
    rows: int
    bytes: int
    longest: int
    seen: Inspector | None = None

    def raw_lines(self) -> Iterator[builtins.bytes]:
        """The records as JSON bytes, without the line feed."""
        for path in self.paths:
            with path.open("rb") as file:
                for line in file:
                    yield line[:-1]

    def records(self) -> Iterator[dict[str, t.Any]]:
        """The records, decoded: integers of any size stay exact, other numbers become floats."""
        decoder = msgspec.json.Decoder(dict[str, t.Any])
        for line in self.raw_lines():
            yield decoder.decode(line)


# An object with any fields but these: no value in JSON is of their type.
_ABSENT = [(name, msgspec.UnsetType, msgspec.UNSET) for name in RECORD_METADATA]
_AnyObject = msgspec.defstruct("_AnyObject", _ABSENT, gc=False)
_objects = msgspec.json.Decoder(_AnyObject)


class Inspector:
    """Looks at the records of one batch on their way to its files; this one only at whether they are JSON objects.

    A backend whose loads need a look at every record has one of its own: the records are decoded here in any case.
    """

    def take(self, records: builtins.bytes, rows: int) -> bool:
        """Look at records as the tap sent them.

        Args:
            records: Each ended by a line feed.
            rows: How many there should be.

        Returns:
            Whether they are so many JSON objects, without fields of `RECORD_METADATA`. If not, none of them counts as
            seen, and they come again, one by one, by way of `note`.
        """
        try:
            return len(_objects.decode_lines(records)) == rows
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return False

    def note(self, lines: builtins.bytes) -> None:
        """Look at whole lines of the files, whatever they hold."""


class Backend(abc.ABC):
    """A loader: everything that differs from one destination to the next.

    All methods but `inspector` are called from one thread, one after the other.
    """

    @abc.abstractmethod
    def declare(self, spec: StreamSpec) -> None:
        """Prepare for records of a new or changed SCHEMA.

        Everything that was sent under the stream's earlier SCHEMA has been loaded before.

        Raises:
            ConfigurationError: The settings do not fit the stream.
            LoadError: The destination cannot hold the stream.
        """

    @abc.abstractmethod
    def load(self, batches: Sequence[Batch]) -> None:
        """Load one flush: at most one batch a stream, in the order in which their first record arrived.

        When this returns, every record is durable, or its fate is known and written down; only then STATE leaves.

        Raises:
            LoadError: Nothing, or an unknown part, of the flush is durable.
            QuotaSpent: The rest of the flush could not be delivered for lack of quota.
        """

    def inspector(self, spec: StreamSpec) -> Inspector:
        """Make an inspector for a batch; called, and used, in the thread that reads the input.

        Args:
            spec: The schema version of its records, declared before.
        """
        del spec
        return Inspector()

    def activate_version(self, spec: StreamSpec, version: int) -> None:  # noqa: B027 - not every destination can
        """A full read of the stream is complete: rows of other versions no longer exist at the source.

        All records before the message have been loaded. The default does nothing.

        Args:
            spec: The stream.
            version: The version that the records of the complete read carried.
        """

    def finish(self) -> ExitCode:
        """After the last load of a run that read its input to the end; `PARTIAL` for rejects past the allowance."""
        return ExitCode.OK

    def stream_results(self) -> list[dict[str, t.Any]]:
        """What the summary says about each stream beyond the records received: `stream` and, say, `table`, `rows`."""
        return []

    def run_results(self) -> dict[str, t.Any]:
        """Totals for the summary's top level, such as `requests` and `waited_seconds`."""
        return {}

    def close(self) -> None:  # noqa: B027 - most backends hold nothing open
        """Release everything; called once, after success and after failure."""
