"""What all streams of the engine have in common: schema, selection, isolation, shaping. On the SDK's public surface."""

from __future__ import annotations

import abc
import copy
import functools
import typing as t

from singer_sdk import Stream
from singer_sdk.helpers._catalog import pop_deselected_record_properties
from singer_sdk.helpers.conform import TypeConformanceLevel
from singer_sdk.helpers.types import Context
from singer_sdk.singerlib import Catalog, Metadata, Schema

from singer_slices.batches import manifests, may_be_lines
from singer_slices.delivery import Delivery
from singer_slices.derived import Derived
from singer_slices.errors import EngineError
from singer_slices.hashing import FieldHasher, has_path, hashed_schema, made_of, paths_of
from singer_slices.lines import Chunk
from singer_slices.partition_run import PartitionRun
from singer_slices.record_path import RecordPath, RowReader, may_be_typed
from singer_slices.records import EXTRA, RecordShaper, Row
from singer_slices.row_types import Column
from singer_slices.slice_state import SliceStateStream
from singer_slices.summary import StreamSummary
from singer_slices.times import SourceZone

if t.TYPE_CHECKING:
    from singer_sdk import metrics
    from singer_sdk.helpers._batch import BaseBatchFileEncoding, BatchConfig

    from singer_slices.tap import SlicedTap
    from singer_slices.writer import LineWriter

ACCOUNT = "account_id"
_ACCOUNT_TYPE = {"type": ["string"], "description": "The label of the account that the setting account_id gives."}
_EXTRA_TYPE = {
    "type": ["object", "null"],
    "description": "Top-level fields that the vendor sent and this version does not know.",
    "additionalProperties": True,
}


def name_of(stream: type[Stream]) -> str:
    """The name that a stream's class declares."""
    return str(getattr(stream, "name", stream.__name__))


class EngineStream(SliceStateStream, abc.ABC):
    """What time-ranged streams and full lists have in common.

    Subclasses declare `name`, `key_fields` and `schema_of`, and read in `_read`.
    """

    #: The vendor's key fields, without the account label.
    key_fields: t.ClassVar[tuple[str, ...]]
    #: Fields that must stay readable, so may not be hashed.
    unhashable_fields: t.ClassVar[tuple[str, ...]] = ()
    #: Field → how it is made of the vendor's fields; those that the schema lacks are left out.
    derived: t.ClassVar[t.Mapping[str, Derived]] = {}

    #: Types are fitted by `RecordShaper`, in the same pass that puts offsets on times.
    TYPE_CONFORMANCE_LEVEL = TypeConformanceLevel.NONE

    def __init__(self, tap: SlicedTap) -> None:
        self.engine_tap = tap
        self._path: RecordPath | None = None
        self._counter: metrics.Counter | None = None
        schema = copy.deepcopy(self.schema_of(tap.config))
        super().__init__(tap, schema=self._dressed(schema, tap), name=self.name)
        self.primary_keys = self._own_keys()

    @classmethod
    @abc.abstractmethod
    def schema_of(cls, config: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
        """The JSON schema of a record under these settings, derived fields included."""

    @classmethod
    def hashable(cls, config: t.Mapping[str, t.Any], streams: t.Collection[str]) -> tuple[set[str], list[str]]:
        """Which of `hash_fields` name a field of this stream, and which of those may not be hashed."""
        schema = cls.schema_of(config)
        matched: set[str] = set()
        refused = []
        for pattern in config.get("hash_fields") or ():
            for path in cls._paths_of(streams, [pattern], schema):
                if has_path(schema, path):
                    matched.add(pattern)
                    refused += [path] if path in cls.readable_fields() else []
        return matched, refused

    @classmethod
    def _paths_of(
        cls, streams: t.Collection[str], patterns: t.Iterable[str], schema: t.Mapping[str, t.Any]
    ) -> list[str]:
        return paths_of(name_of(cls), streams, patterns, lambda path: has_path(schema, path))

    @classmethod
    def readable_fields(cls) -> tuple[str, ...]:
        """The fields that may not be hashed."""
        return cls.unhashable_fields

    @classmethod
    def fixed_properties(cls) -> tuple[str, ...]:
        """The fields that are on every record, whatever is selected."""
        return cls.key_fields

    # Schema and catalog

    @classmethod
    def partition_fields(cls, config: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
        """Fields of a partition's context that stand on every record and in front of its key, with their schemas."""
        del config
        return {}

    def _own_keys(self) -> tuple[str, ...]:
        label = (ACCOUNT,) if self.config.get(ACCOUNT) else ()
        return (*label, *self.partition_fields(self.config), *self.key_fields)

    def _dressed(self, schema: dict[str, t.Any], tap: SlicedTap) -> dict[str, t.Any]:
        """`schema` with what the settings add: the account label, `_extra`, hashed fields as text. In place."""
        properties = schema.setdefault("properties", {})
        if tap.config.get("unknown_fields") == "keep":
            properties.setdefault(EXTRA, dict(_EXTRA_TYPE))
        for path in self._hash_paths:
            hashed_schema(schema, path.split("."))
        label = {ACCOUNT: dict(_ACCOUNT_TYPE)} if tap.config.get(ACCOUNT) else {}
        if added := {**label, **self.partition_fields(tap.config)}:
            schema["properties"] = {**added, **{name: field for name, field in properties.items() if name not in added}}
            schema["required"] = [*added, *(name for name in schema.get("required", []) if name not in added)]
        return schema

    @functools.cached_property
    def _hash_paths(self) -> list[str]:
        """What is hashed: the fields that the settings name, and those that are made of them."""
        tap = self.engine_tap
        patterns = tap.config.get("hash_fields") or ()
        paths = self._paths_of(tap.stream_names(), patterns, self.schema_of(tap.config)) if patterns else []
        return list(dict.fromkeys([*paths, *made_of(paths, self.derived)]))

    def apply_catalog(self, catalog: Catalog) -> None:
        """Take selection and schema from a catalog; keys and what the settings add stay ours.

        Fields that the catalog does not know yet, since an older version wrote it, are added to its schema: records
        hold them, so SCHEMA must.
        """
        if entry := catalog.get_stream(self.name):
            schema = entry.schema.to_dict()
            own = copy.deepcopy(self.schema_of(self.config).get("properties", {}))
            schema["properties"] = {**own, **schema.get("properties", {})}
            entry.schema = Schema.from_dict(self._dressed(schema, self.engine_tap))
            entry.key_properties = list(self._own_keys())
            for name in (*self._own_keys(), *self.fixed_properties()):
                entry.metadata["properties", name].inclusion = Metadata.InclusionType.AUTOMATIC
        super().apply_catalog(catalog)
        self.primary_keys = self._own_keys()

    @property
    def selected(self) -> bool:
        """Whether the stream is to be read: selected, and not known to be unavailable."""
        return self.mask.get((), True) and not self.known_unavailable(None)

    @selected.setter
    def selected(self, value: bool | None) -> None:
        self.metadata.root.selected = value
        self._mask = self.metadata.resolve_selection()

    def known_unavailable(self, partition: str | None) -> bool:
        """Whether the settings say that the vendor does not give this stream, or this partition of it."""
        known = self.config.get("known_unavailable") or ()
        return self.name in known or (partition is not None and f"{self.name}@{partition}" in known)

    # Syncing

    def _sync_records(
        self, context: Context | None = None, *, write_messages: bool = True
    ) -> t.Generator[Row, t.Any, t.Any]:
        """As the SDK does it, with all partitions as one: they are read side by side, and keep their own states.

        What `get_records` does not yield was written already, see there.
        """
        self._writes_records = write_messages
        self._path = RecordPath(self) if write_messages and self.selected and may_be_typed(self) else None
        try:
            for record in super()._sync_records(context or {}, write_messages=write_messages):
                if not write_messages and not self.dry_run:  # for BATCH, where the SDK selects nothing
                    pop_deselected_record_properties(record, self.schema, self.mask)
                yield record
        finally:
            self._path = None

    def get_record_counter(self, **options: t.Any) -> metrics.Counter:
        """As the SDK's; it also counts the records that are written here."""
        self._counter = super().get_record_counter(**options)
        return self._counter

    def list_partitions(self) -> list[dict[str, t.Any]] | None:
        """The partitions that this run reads, each with a bookmark of its own; None for a stream without any.

        Called once a run, and only where the stream is read.

        Raises:
            EngineError: they cannot be found out; the stream fails.
        """
        return None

    @functools.cached_property
    def _listed(self) -> list[dict[str, t.Any]] | EngineError | None:
        try:
            return self.list_partitions()
        except EngineError as error:
            return error

    @property
    def partitions(self) -> list[dict[str, t.Any]] | None:
        """What `list_partitions` found, for the SDK."""
        if not self.selected or self.engine_tap.ended or not isinstance(self._listed, list):
            return None
        return self._listed or None

    @staticmethod
    def partition_name(context: Context | None) -> str | None:
        """How a partition is called in the summary and in `known_unavailable`."""
        return "/".join(str(part) for part in context.values()) if context else None

    # Reading

    def get_records(self, context: Context | None) -> t.Iterator[Row]:
        """The records of one partition, or of all of them side by side where none is named.

        Typed rows are lines already, and are written from here in their turn.
        """
        for run, part in self.handed_on(context):
            if not isinstance(part, Chunk):
                yield self.finish(part, run)
                continue
            t.cast("LineWriter", self.engine_tap.message_writer).write_lines(part.data)
            if self._counter:
                self._counter.increment(part.count)

    def handed_on(self, context: Context | None) -> t.Iterator[tuple[PartitionRun, Chunk | Row]]:
        """What is read, in order: lines, and rows that are to be finished."""
        if self.selected:
            yield from Delivery(self, context).parts()

    def get_batches(
        self, batch_config: BatchConfig, context: Context | None = None
    ) -> t.Iterable[tuple[BaseBatchFileEncoding, list[str]]]:
        """Files of records, conformed and selected as RECORD messages are."""
        if not may_be_typed(self) or not may_be_lines(batch_config):
            yield from super().get_batches(batch_config, context)
            return
        self._writes_records = False
        self._path = RecordPath(self, bare=True)
        try:
            for manifest in manifests(self, batch_config, context or None):
                yield batch_config.encoding, manifest
        finally:
            self._path = None

    @abc.abstractmethod
    def run_of(self, context: Context | None, summary: StreamSummary) -> PartitionRun:
        """Plan one partition."""

    def has_much_to_read(self, runs: t.Sequence[PartitionRun]) -> bool:
        """Whether there may be several things to read at once."""
        return len(runs) > 1

    def contexts(self) -> t.Sequence[Context | None]:
        """The partitions of this run; the whole stream counts as one where it has none."""
        if self.engine_tap.ended or self._listed is None:
            return [None]
        if isinstance(self._listed, list) and self._listed:
            return self._listed
        self._tell_unlisted(self._listed)
        return []

    def _tell_unlisted(self, listed: list[dict[str, t.Any]] | EngineError) -> None:
        """Note a stream that has no partitions to read: there are none, or they cannot be found out."""
        summary = self.engine_tap.begin(self.name, None)
        with self.engine_tap.isolating(summary, dry_run=self.dry_run):
            if isinstance(listed, EngineError):
                raise listed
            summary.status = "complete"

    @property
    def dry_run(self) -> bool:
        """Whether the SDK only tries the stream out; then every failure must reach it."""
        return self.ABORT_AT_RECORD_COUNT is not None

    def derive(self, row: Row) -> None:
        """Add what `derived` cannot declare, in place, before types are fitted."""

    @abc.abstractmethod
    def probe(self, context: Context | None) -> None:
        """Make one cheap call that shows whether this stream may be read.

        Args:
            context: one of its partitions, if it has any.

        Raises:
            EngineError: it may not.
        """

    def probe_first(self) -> None:
        """Probe the stream at its first partition; nothing to probe is fine.

        Raises:
            EngineError: it may not be read.
        """
        if isinstance(self._listed, EngineError):
            raise self._listed
        if self._listed != []:
            self.probe(self._listed[0] if self._listed else None)

    def zone_of(self, context: Context | None) -> SourceZone:
        """The zone of a partition's local times: the source's own, unless a subclass says otherwise.

        Raises:
            EngineError: it cannot be found out.
        """
        del context
        return self.engine_tap.source_zone

    # Making records of rows

    def row_reader(self, context: Context | None) -> RowReader | None:
        """What makes records of a partition's answers at C speed; None where its rows are needed as dicts.

        A subclass that has a whole answer decodes it with this where it can, and so spares each row a walk in Python.
        """
        return self._path.reader_of(context) if self._path else None

    def columns(self) -> tuple[Column, ...]:
        """What of a row reading needs beside its record: fields, all of the schema, or counts."""
        return self.key_fields

    @property
    def version(self) -> int | None:
        """What RECORD messages state as the stream's version."""
        return self._stream_version

    @property
    def keeps_unknown(self) -> bool:
        """Whether unknown fields are kept under `_extra`."""
        return bool(self.config.get("unknown_fields") == "keep")

    def make_shaper(self, zone: SourceZone) -> RecordShaper:
        """What makes rows fit the schema; it counts what does not."""
        schema = self.value_schema()
        return RecordShaper(self.name, schema, zone, derived=self.derived, keep_unknown=self.keeps_unknown)

    def value_schema(self) -> dict[str, t.Any]:
        """The types to fit values to: SCHEMA's, but the vendor's own for fields that are hashed afterwards."""
        own = self.schema_of(self.config).get("properties", {})
        properties = self.effective_schema.get("properties", {})
        return {"properties": {**properties, **{name: own[name] for name in self.hashed_fields if name in own}}}

    @property
    def hashed_fields(self) -> frozenset[str]:
        """The fields that are hashed, or of which parts are."""
        return frozenset(path.partition(".")[0] for path in self._hash_paths)

    def hash(self, record: Row) -> None:
        """Hash what the settings name, in place."""
        if self._hasher:
            self._hasher.hash(record)

    @functools.cached_property
    def _hasher(self) -> FieldHasher | None:
        return FieldHasher(self._hash_paths, self.config["hash_salt"]) if self._hash_paths else None

    def added_to(self, context: Context | None) -> Row:
        """What settings and partition put on every record; it wins over the vendor's fields of those names."""
        label = {ACCOUNT: account} if (account := self.config.get(ACCOUNT)) else {}
        return label | {name: (context or {}).get(name) for name in self.partition_fields(self.config)}

    def given_by(self, context: Context | None) -> Row:
        """What a partition's context gives to records that lack it; what the schema does not know stays out of them."""
        known = self.schema.get("properties") or {}
        return {name: part for name, part in (context or {}).items() if name in known}

    def finish(self, row: Row, run: PartitionRun) -> Row:
        """The record of a row."""
        self.derive(row)
        record = run.shaper.shape(row)
        for name, part in run.given.items():
            record.setdefault(name, part)
        self.hash(record)
        if not run.added:
            return record
        return run.added | {name: value for name, value in record.items() if name not in run.added}
