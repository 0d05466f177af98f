"""The heart: messages in order, records into the spool, loads, and STATE behind them."""

from __future__ import annotations

import collections
import dataclasses
import datetime as dt
import logging
import time
from collections.abc import Callable, Iterable

import msgspec

from singer_spool.batch_files import batch_lines
from singer_spool.errors import InputError, RecordBeforeSchemaError, SpoolError
from singer_spool.messages import Message, decode, malformed, mend
from singer_spool.metadata import MetadataWriter
from singer_spool.model import Backend, StreamSpec
from singer_spool.spool import Spool
from singer_spool.worker import Worker

logger = logging.getLogger(__name__)


@dataclasses.dataclass(frozen=True, slots=True)
class Limits:
    """When to load: whichever is reached first."""

    rows: int
    bytes: int
    seconds: float


@dataclasses.dataclass(slots=True)
class StreamProgress:
    """One stream's schema version in force, and what became of its records."""

    spec: StreamSpec
    signature: tuple[bytes, list[str] | None, list[str] | str | None]
    records: int = 0
    loaded: int = 0
    mended: int = 0
    error: str | None = None


class Loader:
    """Takes blocks of lines and drives a backend.

    Args:
        backend: The loader proper; called only through `worker`.
        worker: The thread it runs in.
        spool: Where records wait.
        limits: When to load.
        add_metadata: Put the `_sdc_*` fields in front of every record.
        emit: Writes one STATE value (JSON, one line) out; None keeps STATE back altogether.
    """

    def __init__(
        self,
        backend: Backend,
        worker: Worker,
        spool: Spool,
        limits: Limits,
        *,
        add_metadata: bool,
        emit: Callable[[bytes], None] | None,
    ) -> None:
        self.streams: dict[str, StreamProgress] = {}
        self.counts: collections.Counter[str] = collections.Counter()
        self._backend = backend
        self._call = worker.call
        self._spool = spool
        self._limits = limits
        self._metadata = MetadataWriter() if add_metadata else None
        self._emit = emit
        self._state: bytes | None = None
        self._emitted: bytes | None = None
        self._oldest: float | None = None
        self._line_number = 0
        self._handlers: dict[str, Callable[[Message], None]] = {
            "RECORD": self._record,
            "STATE": self._state_message,
            "SCHEMA": self._schema,
            "ACTIVATE_VERSION": self._activate_version,
            "BATCH": self._batch,
        }

    def consume(self, blocks: Iterable[bytes]) -> None:
        """Take blocks of whole lines; an empty block only gives the spool's age a look.

        Raises:
            InputError: A line is not Singer. What came before it has been loaded and its STATE emitted.
            SpoolError: The backend failed.
        """
        for block in blocks:
            try:
                self._take(block)
            except InputError:
                self.flush()
                raise
            if self._oldest is not None and time.monotonic() - self._oldest >= self._limits.seconds:
                self.flush()

    def flush(self) -> None:
        """Load what waits in the spool, then emit the latest STATE received."""
        if self._spool.rows:
            self._load()
        self._oldest = None
        if self._state is not None and self._emit is not None and self._state != self._emitted:
            self._emit(self._state)
            self._emitted = self._state
        self._state = None

    def _load(self) -> None:
        batches = self._spool.batches()
        started = time.monotonic()
        try:
            self._call(self._backend.load, batches)
        except SpoolError as error:
            if error.stream in self.streams:
                self.streams[error.stream].error = str(error)
            raise
        for batch in batches:
            self.streams[batch.spec.name].loaded += batch.rows
        names = ", ".join(f"{batch.rows} {batch.spec.name}" for batch in batches)
        logger.info("Loaded %s in %.1f s", names, time.monotonic() - started)
        self._spool.clear()

    def _take(self, block: bytes) -> None:
        if not block:
            return
        if self._metadata is not None:
            self._metadata.received(dt.datetime.now(dt.UTC))
        suspicious = not _is_utf8(block)
        for line in block.removesuffix(b"\n").split(b"\n"):
            self._line_number += 1
            if line and not line.isspace():
                self._line(line, suspicious=suspicious)

    def _line(self, line: bytes, *, suspicious: bool) -> None:
        if suspicious and not _is_utf8(line):
            raise malformed(line, self._line_number, "it is not UTF-8")
        try:
            message = decode(line)
        except msgspec.DecodeError as error:
            message = self._mended(line, error)
        handler = self._handlers.get(message.type)
        if handler is None:
            raise malformed(line, self._line_number, f"there is no message type '{message.type[:32]}'")
        handler(message)
        self.counts[message.type] += 1

    def _mended(self, line: bytes, error: msgspec.DecodeError) -> Message:
        try:
            message = decode(mend(line))
        except msgspec.DecodeError:
            raise malformed(line, self._line_number, str(error)) from None
        progress = self.streams.get(message.stream)
        if progress is not None:
            if not progress.mended:
                logger.warning(
                    "Stream '%s', line %d: non-finite numbers were read as null, halves of surrogate pairs as U+FFFD",
                    message.stream,
                    self._line_number,
                )
            progress.mended += 1
        return message

    def _known(self, message: Message) -> StreamProgress:
        progress = self.streams.get(message.stream)
        if progress is None:
            msg = (
                f"Line {self._line_number}: a {message.type} of stream '{message.stream}' came before the stream's "
                "SCHEMA. The tap must write SCHEMA first."
            )
            raise RecordBeforeSchemaError(msg, stream=message.stream)
        return progress

    def _record(self, message: Message) -> None:
        record = bytes(message.record)
        progress = self._known(message)
        if record[:1] != b"{":
            raise InputError(f"Line {self._line_number}: 'record' is missing or not an object.", stream=message.stream)
        self._append(progress, record, message)

    def _append(self, progress: StreamProgress, record: bytes, message: Message) -> None:
        line = record + b"\n" if self._metadata is None else self._metadata.line(record, message)
        self._spool.append(progress.spec, line)
        progress.records += 1
        if self._oldest is None:
            self._oldest = time.monotonic()
        if self._spool.rows >= self._limits.rows or self._spool.bytes >= self._limits.bytes:
            self.flush()

    def _batch(self, message: Message) -> None:
        progress = self._known(message)
        # The records' STATE comes after the message, so a load in the middle of it is as good as any.
        for number, line in enumerate(batch_lines(message), start=1):
            try:
                record = _object(line)
            except (msgspec.DecodeError, UnicodeDecodeError) as error:
                msg = f"Record {number} of a BATCH file of stream '{message.stream}' is not a JSON object: {error}."
                raise InputError(msg, stream=message.stream) from None
            self._append(progress, record, message)

    def _state_message(self, message: Message) -> None:
        value = bytes(message.value)
        if not value:
            raise InputError(f"Line {self._line_number}: STATE without 'value'.")
        self._state = value
        if not self._spool.rows:
            self.flush()

    def _activate_version(self, message: Message) -> None:
        progress = self._known(message)
        if message.version is None:
            raise InputError(f"Line {self._line_number}: ACTIVATE_VERSION without 'version'.", stream=message.stream)
        self.flush()
        self._call(self._backend.activate_version, progress.spec, message.version)

    def _schema(self, message: Message) -> None:
        signature = (bytes(message.schema), message.key_properties, message.bookmark_properties)
        before = self.streams.get(message.stream)
        if before is not None and before.signature == signature:
            return
        spec = self._spec(message, before)
        if before is not None and spec == dataclasses.replace(before.spec, version=spec.version):
            return
        if before is not None:
            logger.info("Stream '%s': SCHEMA changed, version %d", spec.name, spec.version)
            self.flush()
        try:
            self._call(self._backend.declare, spec)
        except SpoolError as error:
            self.streams.setdefault(spec.name, StreamProgress(spec, signature)).error = str(error)
            self.flush()
            raise
        if before is None:
            self.streams[spec.name] = StreamProgress(spec, signature)
        else:
            before.spec, before.signature = spec, signature

    def _spec(self, message: Message, before: StreamProgress | None) -> StreamSpec:
        if not message.stream:
            raise InputError(f"Line {self._line_number}: SCHEMA without 'stream'.")
        schema = msgspec.json.decode(message.schema) if bytes(message.schema) else None
        if not isinstance(schema, dict) or not isinstance(schema.get("properties"), dict):
            msg = f"Line {self._line_number}: the SCHEMA of stream '{message.stream}' has no 'properties'."
            raise InputError(msg, stream=message.stream)
        keys = tuple(message.key_properties or ())
        if missing := [key for key in keys if key not in schema["properties"]]:
            msg = f"Line {self._line_number}: stream '{message.stream}' has key properties its SCHEMA lacks: {missing}."
            raise InputError(msg, stream=message.stream)
        bookmarks = message.bookmark_properties or ()
        names = (bookmarks,) if isinstance(bookmarks, str) else tuple(bookmarks)
        return StreamSpec(message.stream, schema, keys, names, 1 if before is None else before.spec.version + 1)


_decode_object = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode


def _object(line: bytes) -> bytes:
    """The line, or its mended form, if it holds a JSON object."""
    line.decode()
    try:
        _decode_object(line)
    except msgspec.DecodeError:
        line = mend(line)
        _decode_object(line)
    return line.strip()


def _is_utf8(block: bytes) -> bool:
    try:
        block.decode()
    except UnicodeDecodeError:
        return False
    return True
