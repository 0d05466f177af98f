"""The heart: messages in order, records into the spool, and cargo for the worker when enough has come together."""

from __future__ import annotations

import collections
import dataclasses
import datetime as dt
import itertools
import logging
import operator
import time
from collections.abc import Callable, Iterable, Sequence

import msgspec

from singer_spool.batch_files import batch_records
from singer_spool.delivery import Cargo, Delivery, StreamProgress
from singer_spool.errors import InputError, RecordBeforeSchemaError, SpoolError
from singer_spool.messages import Message, decode, decode_block, is_utf8, malformed, mend, unknown_type
from singer_spool.metadata import MetadataWriter
from singer_spool.model import Backend, StreamSpec
from singer_spool.plain import plain_block
from singer_spool.spool import Spool
from singer_spool.worker import Job, Worker

logger = logging.getLogger(__name__)

_Signature = tuple[bytes, list[str] | None, list[str] | str | None]
_kind = operator.attrgetter("type", "stream")


@dataclasses.dataclass(frozen=True, slots=True)
class Limits:
    """When to load: whichever is reached first.

    Attributes:
        rows: Records in the spool.
        bytes: Size of the files being written.
        seconds: Age of the oldest record.
        spool_bytes: Size of all files, those under way included; None for no limit.
    """

    rows: int
    bytes: int
    seconds: float
    spool_bytes: int | None = None

    @property
    def load_bytes(self) -> int:
        """When to load by size: with a limit for all files, one load fills while another one is under way."""
        return self.bytes if self.spool_bytes is None else min(self.bytes, self.spool_bytes // 2)


class _StoppedError(Exception):
    """Reading was to stop, and did so in the middle of a message."""


class Loader:
    """Takes blocks of lines and drives a backend.

    Args:
        backend: The loader proper; called only through `worker`.
        worker: The thread it runs in. One load is under way there while the next one fills.
        spool: Where records wait.
        limits: When to load.
        add_metadata: Put the `_sdc_*` fields in front of every record.
        emit: Writes one STATE value (JSON, one line) out; None keeps STATE back altogether.
        stopped: Whether to stop reading; asked between the parts of a BATCH message, which may be as large as a table.
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
        stopped: Callable[[], bool] = lambda: False,
    ) -> None:
        self.streams: dict[str, StreamProgress] = {}
        self.counts: collections.Counter[str] = collections.Counter()
        self._backend = backend
        self._worker = worker
        self._delivery = Delivery(backend, emit, self.streams)
        self._spool = spool
        self._spool.inspector_of = backend.inspector
        self._limits = limits
        self._stopped = stopped
        self._metadata = MetadataWriter() if add_metadata else None
        self._signatures: dict[str, _Signature] = {}
        self._activations: dict[str, int] = {}
        self._state: bytes | None = None
        """The latest STATE behind something that waits in the spool."""
        self._state_behind: bytes | None = None
        """The latest STATE that came after the load under way and before anything else."""
        self._oldest: float | None = None
        self._under_way: Job[None] | None = None
        self._bytes_under_way = 0
        self._line_number = 0
        self._handlers: dict[str, Callable[[Message], None]] = {
            "STATE": self._state_message,
            "SCHEMA": self._schema,
            "ACTIVATE_VERSION": self._activate_version,
            "BATCH": self._batch,
        }

    def consume(self, blocks: Iterable[bytes]) -> None:
        """Take blocks of whole lines; an empty block only gives the spool's age a look.

        Raises:
            InputError: A line is not Singer. What came before it has been loaded and its STATE emitted.
            SpoolError: The backend failed, or the spool's disk is full. The STATE of what is durable has been emitted.
        """
        for block in blocks:
            try:
                self._take(block)
                self._look_at_the_clock()
            except _StoppedError:
                return
            except InputError:
                self.flush()
                raise
            except Exception:
                # What is loaded must not come again: without a key nothing would recognise it.
                self._settle_quietly()
                raise

    def flush(self) -> None:
        """Load what waits in the spool, emit the latest STATE received, and wait for both."""
        self._send()
        self._settle()

    def _send(self) -> None:
        """Hand what has come together to the worker, as soon as it has finished what it has under way."""
        self._settle()
        self._oldest = None
        if not self._something_waits:
            return
        activations = [(self.streams[stream].spec, version) for stream, version in self._activations.items()]
        cargo = Cargo(self._spool.seal(), activations, self._state)
        self._activations, self._state = {}, None
        self._bytes_under_way = cargo.bytes
        self._under_way = self._worker.submit(self._delivery.deliver, cargo)

    def _settle(self) -> None:
        """Wait for the load under way, raise what it raised, and emit the STATE that came right behind it."""
        if self._under_way is not None:
            job, self._under_way = self._under_way, None
            job.result()
            self._bytes_under_way = 0
        if self._state_behind is not None:
            cargo = Cargo([], [], self._state_behind)
            self._state_behind = None
            self._worker.call(self._delivery.deliver, cargo)

    def _settle_quietly(self) -> None:
        """Settle while another error is on its way, which came first and ends the run."""
        try:
            self._settle()
        except Exception as error:  # noqa: BLE001 - the first error is the one raised
            logger.error("The load under way failed as well: %s", error)

    def _look_at_the_clock(self) -> None:
        """Between two blocks: notice a load that ended, and send what has waited long enough."""
        if self._under_way is not None:
            if not self._under_way.done:
                return  # the next one cannot begin before
            self._settle()
        if self._oldest is not None and time.monotonic() - self._oldest >= self._limits.seconds:
            self._send()

    @property
    def _something_waits(self) -> bool:
        """Whether there is something that the latest STATE has to wait for."""
        return bool(self._spool.rows or self._activations)

    def _take(self, block: bytes) -> None:
        if not block:
            return
        if self._metadata is not None:
            self._metadata.received(dt.datetime.now(dt.UTC))
        if self._take_plain(block):
            return
        messages = decode_block(block)
        if messages is None:
            self._take_lines(block)
            return
        for (kind, _), group in itertools.groupby(messages, key=_kind):
            run = list(group)
            if kind == "RECORD":
                self._line_number += 1
                self._records(run)
            else:
                for message in run:
                    self._line_number += 1
                    self._dispatch(message)
            self.counts[kind] += len(run)

    def _take_plain(self, block: bytes) -> bool:
        """Take a block that holds nothing but usual RECORDs of one stream, if it is one and the spool has room."""
        plain = plain_block(block)
        if plain is None or plain.message.stream not in self.streams or plain.message.stream in self._activations:
            return False
        rows = len(plain.parts)
        if self._spool.rows + rows > self._limits.rows:
            return False
        progress = self.streams[plain.message.stream]
        records = plain.records()
        lines = records if self._metadata is None else plain.records(self._metadata.opening(plain.message))
        self._make_room(len(lines))
        if not self._spool.offer(progress.spec, rows, records, lines):
            return False
        progress.records += rows
        self._line_number += rows
        self.counts["RECORD"] += rows
        self._send_if_full()
        return True

    def _take_lines(self, block: bytes) -> None:
        """Line by line, for a block that is not what it should be, or has lines without a message."""
        suspicious = not is_utf8(block)
        for line in block.removesuffix(b"\n").split(b"\n"):
            self._line_number += 1
            if line and not line.isspace():
                self._line(line, suspicious=suspicious)

    def _line(self, line: bytes, *, suspicious: bool) -> None:
        if suspicious and not is_utf8(line):
            raise malformed(line, self._line_number, "it is not UTF-8")
        try:
            message = decode(line)
        except msgspec.DecodeError as error:
            message = self._mended(line, error)
        except RecursionError:
            raise malformed(line, self._line_number, "it is nested too deep") from None
        if message.type == "RECORD":
            self._records([message])
        else:
            self._dispatch(message)
        self.counts[message.type] += 1

    def _dispatch(self, message: Message) -> None:
        handler = self._handlers.get(message.type)
        if handler is None:
            raise unknown_type(message.type, self._line_number)
        handler(message)

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
                f"Line {self._line_number}: {message.type} of stream '{message.stream}' came before the stream's "
                "SCHEMA. The tap must write SCHEMA first."
            )
            raise RecordBeforeSchemaError(msg, stream=message.stream)
        return progress

    def _records(self, messages: Sequence[Message]) -> None:
        """RECORDs of one stream, one a line; the line number is that of the first, and in the end that of the last."""
        progress = self._known(messages[0])
        records = [bytes(message.record) for message in messages]
        for number, record in enumerate(records):
            if record[:1] != b"{":
                self._append(progress, records[:number], messages[:number])
                self._line_number += number
                msg = f"Line {self._line_number}: 'record' is missing or not an object."
                raise InputError(msg, stream=progress.spec.name)
        self._append(progress, records, messages)
        self._line_number += len(messages) - 1

    def _append(self, progress: StreamProgress, records: Sequence[bytes], messages: Sequence[Message]) -> None:
        """Put records of one stream into the spool, and send it off whenever it is full."""
        if progress.spec.name in self._activations:
            self._send()  # what comes after an ACTIVATE_VERSION must not be loaded before it
        if self._metadata is None:
            lines = [record + b"\n" for record in records]
        else:
            lines = self._metadata.lines(records, messages)
        while lines:
            room = self._limits.rows - self._spool.rows
            self._make_room(sum(map(len, lines[:room])))
            self._spool.append(progress.spec, lines[:room])
            progress.records += len(lines[:room])
            del lines[:room]
            self._send_if_full()

    def _send_if_full(self) -> None:
        if self._oldest is None:
            self._oldest = time.monotonic()
        if self._spool.rows >= self._limits.rows or self._spool.bytes >= self._limits.load_bytes:
            self._send()

    def _make_room(self, size: int) -> None:
        """Before the spool grows past its limit: wait for the load under way, then load what is there."""
        limit = self._limits.spool_bytes
        if limit is None:
            return
        if self._bytes_under_way + self._spool.bytes + size > limit:
            self._settle()
        if self._spool.bytes + size > limit:
            self.flush()

    def _batch(self, message: Message) -> None:
        progress = self._known(message)
        # The records' STATE comes after the message, so a load in the middle of it is as good as any.
        for records in batch_records(message):
            self._append(progress, records, [message] * len(records))
            if self._stopped():
                # Not even a STATE in the same block may be taken any more: it covers what was not read.
                raise _StoppedError

    def _state_message(self, message: Message) -> None:
        value = bytes(message.value)
        if not value:
            raise InputError(f"Line {self._line_number}: STATE without 'value'.")
        if self._something_waits:
            self._state = value
            return
        self._state_behind = value
        if self._under_way is None:
            self._settle()

    def _activate_version(self, message: Message) -> None:
        self._known(message)
        if message.version is None:
            raise InputError(f"Line {self._line_number}: ACTIVATE_VERSION without 'version'.", stream=message.stream)
        if message.stream in self._activations:
            self._send()
        self._activations[message.stream] = message.version
        if self._oldest is None:
            self._oldest = time.monotonic()

    def _schema(self, message: Message) -> None:
        signature = (bytes(message.schema), message.key_properties, message.bookmark_properties)
        if self._signatures.get(message.stream) == signature:
            return
        before = self.streams.get(message.stream)
        spec = self._spec(message, before)
        if before is not None and spec == dataclasses.replace(before.spec, version=spec.version):
            return
        if before is not None:
            logger.info("Stream '%s': SCHEMA changed, version %d", spec.name, spec.version)
            self.flush()
        try:
            self._worker.call(self._backend.declare, spec)
        except SpoolError as error:
            self.streams.setdefault(spec.name, StreamProgress(spec)).error = str(error)
            self.flush()
            raise
        if before is None:
            self.streams[spec.name] = StreamProgress(spec)
        else:
            before.spec = spec
        self._signatures[spec.name] = signature

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
