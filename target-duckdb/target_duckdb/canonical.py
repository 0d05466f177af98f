"""Which columns of a batch DuckDB may convert by itself, because every value already is what its column holds.

DuckDB's JSON reader converts at C speed, and generously: 5.5 becomes the integer 6, true the number 1, a date-time a
day. So each record is decoded by msgspec on its way into the spool, strictly and also at C speed, into a struct of
exactly these fields. A column whose values all pass is read with its own type; any other one is read as text and
checked in SQL (`expressions`), which is twice as expensive. The same look finds the fields that have no column, and
numbers that DuckDB's reader would round.
"""

from __future__ import annotations

import collections
import datetime as dt
import re
import typing as t
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import msgspec
from singer_spool import Inspector
from singer_spool.metadata import RECORD_METADATA

from target_duckdb.exact import has_long_numbers
from target_duckdb.tables import Column, Table
from target_duckdb.types import BIGINT, BOOLEAN, DATE, DOUBLE, TIMESTAMPTZ

_CHUNK = 1 << 20
_INTEGER = t.Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]
_INTEGER_IN_DOUBLE = t.Annotated[int, msgspec.Meta(gt=-(2**53), lt=2**53)]
_DISTINCT_DOUBLE = t.Annotated[float, msgspec.Meta(gt=-(2.0**53), lt=2.0**53)]
_MOMENT = t.Annotated[dt.datetime, msgspec.Meta(tz=True)]
_STRICT: dict[str, t.Any] = {BIGINT: _INTEGER, DOUBLE: float, BOOLEAN: bool, DATE: dt.date, TIMESTAMPTZ: _MOMENT}
# "Expected `int | null`, got `float` - at `$[17].wait_duration`": a name may hold any character.
_PLACE = re.compile(r".* - at `\$\[\d+\]\.(?P<name>.*)`", re.DOTALL)

_UNKNOWN = "Object contains unknown field"
# What msgspec takes in no field's name.
_UNSPEAKABLE = re.compile(r'["\\\x00-\x1f]')


class CanonicalColumns:
    """The columns of one table that may be read with their own types; each load can only make them fewer.

    Args:
        table: The table as it is now; a table that changed needs a new object.
    """

    def __init__(self, table: Table) -> None:
        self.added: t.Collection[str] = RECORD_METADATA if table.stamped else ()
        self.known = {column.name for column in table.read} | RECORD_METADATA.keys()
        names = [name for name in self.known if not _UNSPEAKABLE.search(name)]
        types = {
            column.name: kind
            for column in table.read
            if not _UNSPEAKABLE.search(column.name) and (kind := _strict_type(column)) is not None
        }
        self._strict = _Strict(types, names, self.added)

    def look(self) -> Look:
        """A look at the records of a batch that is being written."""
        return Look(self, self._strict)

    def look_at(self, paths: Iterable[Path]) -> Look:
        """A look at all records of some files."""
        look = self.look()
        for path in paths:
            for piece in chunks(path):
                look.note(piece)
        return look

    def agreed(self, look: Look) -> frozenset[str]:
        """The columns that may be read with their own types after a look, and after all that was learnt meanwhile."""
        typed = look.typed & self._strict.types.keys()
        if look.readable and typed != self._strict.types.keys():
            self._strict = self._strict.of(typed)
        return typed

    def distrust(self) -> None:
        """Read every column as text from now on: DuckDB refused a value that had passed."""
        self._strict = self._strict.of(())


class Look(Inspector):
    """What was seen of the records of one batch.

    Attributes:
        origin: What it is a look at.
        readable: False where msgspec could not read a file: DuckDB will say what is wrong with it.
        unknown: How often each field came that has no column.
        long_numbers: Whether there are numbers that DuckDB's reader would round, or texts that look like them.
    """

    def __init__(self, origin: CanonicalColumns, strict: _Strict) -> None:
        self.origin = origin
        self.readable = True
        self.unknown: collections.Counter[str] = collections.Counter()
        self.long_numbers = False
        self._strict = strict

    @property
    def typed(self) -> frozenset[str]:
        """The names of the columns that may be read with their own types."""
        return frozenset(self._strict.types if self.readable else ())

    def take(self, records: bytes, rows: int) -> bool:
        """As every inspector does; columns with values of other types are out from now on."""
        return self._look(records, rows)

    def note(self, lines: bytes) -> None:
        """As every inspector does; lines that are no JSON objects make the whole batch unreadable."""
        self.readable = self.readable and self._look(lines, None)

    def _look(self, lines: bytes, rows: int | None) -> bool:
        """Look at records as the tap sent them, or at lines of the files, whose number is None."""
        unknown: collections.Counter[str] = collections.Counter()
        try:
            number = self._decoded(lines, rows, unknown)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return False
        self.long_numbers = self.long_numbers or has_long_numbers(lines)
        if rows is not None and number != rows:
            return False
        self.unknown.update(unknown)
        return True

    def _decoded(self, lines: bytes, rows: int | None, unknown: collections.Counter[str]) -> int:
        has_unknown = False
        while True:
            strict = self._strict
            decoder = strict.partial if has_unknown else strict.whole if rows is None else strict.bare
            try:
                return len(decoder.decode_lines(lines))
            except msgspec.ValidationError as error:
                if not has_unknown and str(error).startswith(_UNKNOWN):
                    self._count_unknown(lines, rows, unknown)
                    has_unknown = True
                elif strict.types:
                    self._strict = strict.without(error)
                else:
                    raise

    def _count_unknown(self, lines: bytes, rows: int | None, unknown: collections.Counter[str]) -> None:
        known = self.origin.known
        for record in _fields.decode_lines(lines):
            if rows is not None and record.keys() & self.origin.added:
                raise msgspec.DecodeError
            if record.keys() - known:
                unknown.update(name for name in record if name not in known)


class _Strict:
    """Decoders that check the values of some columns.

    Args:
        types: The columns that are checked.
        names: The fields that may come.
        added: Those of them that the spool adds.

    Attributes:
        whole: For lines of the files; refuses unknown fields.
        bare: For records as the tap sent them; refuses those of the spool as well.
        partial: Refuses no field.
    """

    def __init__(self, types: Mapping[str, t.Any], names: t.Collection[str], added: t.Collection[str]) -> None:
        self.types = types
        self._names = names
        self._added = added
        checked = {name: kind | None for name, kind in types.items()}
        every = checked | {name: msgspec.Raw for name in names if name not in types}
        self.partial = _decoder(checked)
        self.whole = _decoder(every, forbid_unknown=True)
        bare = {name: kind for name, kind in every.items() if name not in added}
        self.bare = _decoder(bare, forbid_unknown=True)

    def of(self, typed: t.Collection[str]) -> _Strict:
        """The same for fewer columns."""
        return _Strict({name: kind for name, kind in self.types.items() if name in typed}, self._names, self._added)

    def without(self, error: msgspec.ValidationError) -> _Strict:
        """The same without the column that an error names; without any where it names none."""
        place = _PLACE.fullmatch(str(error))
        known = place is not None and place["name"] in self.types
        return self.of(self.types.keys() - {place["name"]} if place is not None and known else ())


_fields = msgspec.json.Decoder(dict[str, msgspec.Raw])


def _strict_type(column: Column) -> t.Any:
    if column.whole:
        return _INTEGER_IN_DOUBLE
    return _DISTINCT_DOUBLE if column.distinct else _STRICT.get(column.type)


def _decoder(kinds: Mapping[str, t.Any], *, forbid_unknown: bool = False) -> msgspec.json.Decoder[t.Any]:
    fields: list[tuple[str, t.Any, t.Any]] = [
        (f"f{place}", kind, msgspec.field(name=name, default=None)) for place, (name, kind) in enumerate(kinds.items())
    ]
    record = msgspec.defstruct("CanonicalRecord", fields, gc=False, forbid_unknown_fields=forbid_unknown)
    return msgspec.json.Decoder(record)


def chunks(path: Path) -> Iterator[bytes]:
    """The file in pieces of whole lines."""
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            yield chunk if chunk.endswith(b"\n") else chunk + file.readline()
