"""The typed record path of a stream: whether it may be taken, its types, and how its rows become lines.

`RecordShaper` with the SDK behind it is the other path, for stream maps, flattening, dry runs, and for single rows
that do not fit their types. Both give the same records and notes.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import threading
import typing as t

import msgspec
from singer_sdk.helpers._catalog import pop_deselected_record_properties
from singer_sdk.helpers.types import Context
from singer_sdk.mapper import SameRecordTransform

from singer_slices import jsontext
from singer_slices.answers import Envelope, NoRows, Read, Texts, cut, opened
from singer_slices.derived import DATE_TEXT, NAIVE_TEXT, Derived, LocalDay
from singer_slices.fitting import Convert
from singer_slices.lines import BareLines, Chunk, EncodedRows, Misfit, Note, RecordLines, UnknownField
from singer_slices.records import JsonSchema, RecordShaper, Row
from singer_slices.row_code import Finish
from singer_slices.row_plan import Breadcrumb, Dressing, Unplannable
from singer_slices.row_types import Column, Repair, RowTypes, Types
from singer_slices.times import SourceZone
from singer_slices.writer import LineWriter

if t.TYPE_CHECKING:
    from singer_slices.stream_base import EngineStream

_MOMENT = {"type": "string", "format": "date-time"}
_MOST_DAYS = 4096
_MOST_WRONG_GUESSES = 3  # an answer may be unclean JSON once in a while; rows that hold their like are so in each
#: The interpreter runs one thread at a time anyway: threads that decode by turns drive each other's rows out of the
#: processor's cache, and each holds a page that is half done.
_ONE_AT_A_TIME = threading.Lock()
_UNCLEAN = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


@dataclasses.dataclass(frozen=True, slots=True)
class TypedRows:
    """The rows of a page that were decoded by their types: RECORD lines already.

    Attributes:
        columns: field, or count → the vendor's values, as it sent them; None where a field is absent.
        encoded: the lines.
    """

    columns: t.Mapping[Column, t.Sequence[t.Any]]
    encoded: EncodedRows

    def __len__(self) -> int:
        return len(self.encoded)

    def values(self, column: Column) -> t.Sequence[t.Any]:
        """The vendor's values of one of the stream's columns."""
        return self.columns[column]

    def pick(self, places: t.Sequence[int]) -> TypedRows:
        """Some of the rows."""
        columns = {name: [values[place] for place in places] for name, values in self.columns.items()}
        return TypedRows(columns, self.encoded.pick(places))


class RecordPath:
    """The typed path of one stream, for one sync of it.

    Args:
        stream: which one.
        bare: without messages around the records.
    """

    def __init__(self, stream: EngineStream, *, bare: bool = False) -> None:
        self._stream = stream
        self._bare = bare
        self._types: dict[frozenset[str], RowTypes | None] = {}
        self._readers: dict[str, RowReader | None] = {}
        self._making = threading.Lock()

    def reader_of(self, context: Context | None) -> RowReader | None:
        """What reads the rows of a partition; None where they cannot be typed."""
        partition = repr(context)
        with self._making:
            if partition not in self._readers:
                given = self._stream.given_by(context)
                types = self._types_of(frozenset([*given, *self._stream.added_to(context)]))
                self._readers[partition] = self._reader(context, types) if types else None
            return self._readers[partition]

    def _reader(self, context: Context | None, types: RowTypes) -> RowReader:
        return RowReader(self._stream, context, types, bare=self._bare)

    def _types_of(self, constants: frozenset[str]) -> RowTypes | None:
        if constants not in self._types:
            self._types[constants] = self._made(constants)
        return self._types[constants]

    def _made(self, constants: frozenset[str]) -> RowTypes | None:
        stream = self._stream
        dressing = Dressing(stream.derived, constants, stream.hashed_fields, stream.keeps_unknown)
        try:
            return RowTypes(stream.value_schema(), stream.mask, dressing, stream.columns())
        except Unplannable:
            return None


class RowReader:
    """Makes RECORD lines of the answers for one partition. Safe to use from several threads.

    Args:
        stream: whose partition it is.
        context: which one.
        types: of its rows.
        bare: without messages around the records.
    """

    def __init__(self, stream: EngineStream, context: Context | None, types: RowTypes, *, bare: bool) -> None:
        self._stream = stream
        self._bare = bare
        self._columns = stream.columns()
        self._context = stream.given_by(context)
        self._added = stream.added_to(context)
        self._zone = stream.zone_of(context)
        self._types = types
        self._wrong_guesses = 0
        self._of_thread = threading.local()

    def decode(self, body: bytes, envelope: Envelope, repair: Repair | None = None) -> t.Any:
        """The document in `body`, with `TypedRows` for its rows.

        Where there is no list of objects in their place (an error, a lone object, nothing) or where the JSON is not
        clean, the document is what `jsontext.decode` makes of it, whole.

        Args:
            body: an answer.
            envelope: where its rows are.
            repair: puts a row right that does not fit, since it came otherwise than documented; it is tried again.

        Raises:
            RetryableError: the body is no JSON.
        """
        try:
            with _ONE_AT_A_TIME:
                return self._opened(body, envelope, lambda texts: self._read(texts, repair))
        except (NoRows, *_UNCLEAN):
            return jsontext.decode(body)

    def _opened(self, body: bytes, envelope: Envelope, read: Read) -> t.Any:
        """The document: quickly while guesses where its rows begin are right, else the long way."""
        if self._wrong_guesses < _MOST_WRONG_GUESSES:
            try:
                return cut(body, envelope, read)
            except NoRows:
                pass
            except _UNCLEAN:
                self._wrong_guesses += 1
        return opened(body, envelope, read)

    def _read(self, texts: Texts, repair: Repair | None) -> TypedRows:
        lines = BareLines() if self._bare else self._record_lines()
        columns: dict[Column, list[t.Any]] = {name: [] for name in self._columns}
        parts: list[Chunk | Row] = []
        notes: dict[int, t.Sequence[Note]] = {}
        count = 0
        for types, rows in self._types.decode(texts, repair):
            for name in columns:
                columns[name] += types.values(rows, name)
            finish, collector = self._finisher(types)
            for start, run in _runs(rows):
                if isinstance(run, dict):
                    parts.append(run)
                    continue
                first = count + start
                # B023: `finish` has ended, and so has this, before `collector` or `notes` is another one.
                # misc: mypy gives a lambda's default no type.
                finish(run, lambda place, first=first: notes.update({first + place: collector.taken()}))  # type: ignore[misc] # noqa: B023
                parts.append(lines.encode(run))
            count += len(rows)
        return TypedRows(columns, EncodedRows(parts, notes))

    def _record_lines(self) -> RecordLines:
        return RecordLines(self._stream.name, self._stream.version, dt.datetime.now(dt.UTC).isoformat())

    def _finisher(self, types: Types) -> tuple[Finish, Collector]:
        """The code of these types, one for each thread, since it notes what it sees."""
        mine: dict[Types, tuple[Finish, Collector]] = self._of_thread.__dict__.setdefault("finishers", {})
        if types not in mine:
            collector = Collector(self._stream.name, {}, self._zone)
            tools = _Tools(self._stream, self._zone, collector, given=self._context, added=self._added)
            mine[types] = types.code.bind(tools), collector
        return mine[types]


_TAKES_ROWS = ("derive", "make_shaper", "post_process", "finish", "get_records")


def may_be_typed(stream: EngineStream) -> bool:
    """Whether nothing needs a stream's records as dicts: no stream map, flattening, dry run, or override."""
    from singer_slices.stream_base import EngineStream  # noqa: PLC0415 - it imports this module

    maps = stream.stream_maps
    own = any(getattr(type(stream), name) is not getattr(EngineStream, name) for name in _TAKES_ROWS)
    return (
        not own
        and isinstance(stream.engine_tap.message_writer, LineWriter)
        and not stream.dry_run
        and len(maps) == 1
        and type(maps[0]) is SameRecordTransform
        and not maps[0].flattening_enabled
        and not stream.child_streams
    )


def tell(shaper: RecordShaper, notes: t.Iterable[Note]) -> None:
    """Count notes of rows that were handed on, as the other path does while it shapes them."""
    for note in notes:
        if isinstance(note, Misfit):
            shaper.note_misfit(note.path, note.kind)
        else:
            shaper.note_unknown(note.path, kept=note.kept)


class Collector(RecordShaper):
    """Converts as every shaper does, and gathers what it notes instead of telling it: the row may yet be left out."""

    def __init__(self, stream: str, schema: JsonSchema, zone: SourceZone) -> None:
        super().__init__(stream, schema, zone)
        self.found: list[Note] = []

    def note_unknown(self, name: str, *, kept: bool) -> None:
        """Gather an unknown field."""
        self.found.append(UnknownField(name, kept))

    def note_misfit(self, path: str, kind: str) -> None:
        """Gather a value that does not fit."""
        self.found.append(Misfit(path, kind))

    def taken(self) -> list[Note]:
        """What was gathered; the next row begins without."""
        notes = self.found.copy()
        self.found.clear()
        return notes


class _Tools:
    """What generated code calls."""

    def __init__(self, stream: EngineStream, zone: SourceZone, collector: Collector, *, given: Row, added: Row) -> None:
        self._stream = stream
        self._collector = collector
        self._zone = zone
        self.found = collector.found
        self.seen = zone.seen
        self.given: Row = jsontext.clean(given)
        self.added: Row = jsontext.clean(added)

    def moment(self, path: str) -> Convert:
        """Text to RFC 3339."""
        return t.cast("Convert", self._collector.compile(_MOMENT, path))

    def loose(self, schema: JsonSchema, path: str) -> Convert | None:
        """Any value to what its schema says."""
        return self._collector.compile(schema, path)

    def prune(self, crumb: Breadcrumb) -> t.Callable[[t.Any], None]:
        """Takes what is not selected out of an object."""
        return lambda value: pop_deselected_record_properties(value, {}, self._stream.mask, crumb)

    def unknown(self, path: str, *, kept: bool) -> t.Callable[[], None]:
        """Notes an unknown field."""
        return lambda: self._collector.note_unknown(path, kept=kept)

    def days(self, make: LocalDay) -> Days:
        """The local days of times."""
        return Days(make, self._zone)

    def parts(self, make: Derived) -> Convert:
        """A list of objects to the list of one of their fields."""
        return lambda value: make.of({make.field: value}, self._zone)

    def hash(self, name: str) -> Convert:
        """Hashes a field, or parts of it."""

        def hashed(value: t.Any) -> t.Any:
            box = {name: value}
            self._stream.hash(box)
            return box[name]

        return hashed


class Days:
    """`LocalDay.of`, remembering the days of local times, whose first ten characters decide.

    Args:
        make: what it stands for.
        zone: of the times.

    Attributes:
        known: first ten characters → the day.
    """

    def __init__(self, make: LocalDay, zone: SourceZone) -> None:
        self._make = make
        self._zone = zone
        self.known: dict[str, str | None] = {}

    def of(self, value: t.Any) -> str | None:
        """The day of any value of the field."""
        day = self._make.of({self._make.field: value}, self._zone)
        if value.__class__ is str and len(value) <= NAIVE_TEXT:
            if len(self.known) >= _MOST_DAYS:
                self.known.clear()
            self.known[value[:DATE_TEXT]] = day
        return day


def _runs(rows: t.Sequence[t.Any]) -> t.Iterator[tuple[int, t.Any]]:
    """Typed rows that follow each other, and rows that are dicts, one by one; each with the number of the first."""
    start = 0
    for place in [place for place, row in enumerate(rows) if row.__class__ is dict]:
        if start < place:
            yield start, rows[start:place]
        yield place, rows[place]
        start = place + 1
    if start < len(rows):
        yield start, rows[start:] if start else rows
