"""Which columns of a batch DuckDB may convert by itself, because every value already is what its column holds.

DuckDB's JSON reader converts at C speed, and generously: 5.5 becomes the integer 6, true the number 1, a date-time a
day. So each record is first decoded by msgspec, strictly and also at C speed, into a struct of exactly these fields. A
column whose values all pass is read with its own type; any other one is read as text and checked in SQL
(`expressions`), which is twice as expensive. The same look finds the fields that have no column.
"""

from __future__ import annotations

import collections
import datetime as dt
import re
import typing as t
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType

import msgspec
from singer_spool.metadata import RECORD_METADATA

from target_duckdb.tables import Column, Table
from target_duckdb.types import BIGINT, BOOLEAN, DATE, DOUBLE, TIMESTAMPTZ

_CHUNK = 1 << 20
_INTEGER = t.Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]
_INTEGER_IN_DOUBLE = t.Annotated[int, msgspec.Meta(gt=-(2**53), lt=2**53)]
_MOMENT = t.Annotated[dt.datetime, msgspec.Meta(tz=True)]
_STRICT: dict[str, t.Any] = {BIGINT: _INTEGER, DOUBLE: float, BOOLEAN: bool, DATE: dt.date, TIMESTAMPTZ: _MOMENT}
# "Expected `int | null`, got `float` - at `$[17].wait_duration`": a name may hold any character.
_PLACE = re.compile(r".* - at `\$\[\d+\]\.(?P<name>.*)`", re.DOTALL)

_UNKNOWN = "Object contains unknown field"
# What msgspec takes in no field's name.
_UNSPEAKABLE = re.compile(r'["\\\x00-\x1f]')


class CanonicalColumns:
    """The columns of one table that may be read with their own types; each batch can only make them fewer.

    Args:
        table: The table as it is now; a table that changed needs a new object.
    """

    def __init__(self, table: Table) -> None:
        self._types = {
            column.name: kind
            for column in table.read
            if not _UNSPEAKABLE.search(column.name) and (kind := _strict_type(column)) is not None
        }
        self._known = {column.name for column in table.read} | RECORD_METADATA.keys()
        self._names = [name for name in self._known if not _UNSPEAKABLE.search(name)]
        self._make_decoders()

    def of(self, pieces: Iterator[bytes], unknown: collections.Counter[str]) -> frozenset[str]:
        """Look at every record of a spool file.

        Args:
            pieces: The file in pieces of whole lines; read to the end whatever they hold.
            unknown: Where to count fields that have no column.

        Returns:
            The names of the columns that may be read with their own types. None of a file that msgspec cannot read:
            DuckDB will say what is wrong with it.
        """
        readable = True
        for piece in pieces:
            try:
                if readable:
                    self._look(piece, unknown)
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
                readable = False
        return frozenset(self._types if readable else ())

    def _look(self, piece: bytes, unknown: collections.Counter[str]) -> None:
        complete = True
        while True:
            try:
                (self._complete if complete else self._partial).decode_lines(piece)
            except msgspec.ValidationError as error:
                if complete and str(error).startswith(_UNKNOWN):
                    self._count_unknown(piece, unknown)
                    complete = False
                else:
                    self._give_up(error)
            else:
                return

    def _count_unknown(self, piece: bytes, unknown: collections.Counter[str]) -> None:
        for record in _fields.decode_lines(piece):
            if record.keys() - self._known:
                unknown.update(name for name in record if name not in self._known)

    def distrust(self) -> None:
        """Read every column as text from now on: DuckDB refused a value that had passed."""
        self._types = {}
        self._make_decoders()

    def _give_up(self, error: msgspec.ValidationError) -> None:
        place = _PLACE.fullmatch(str(error))
        if place is None or self._types.pop(place["name"], None) is None:
            self._types = {}
        self._make_decoders()

    def _make_decoders(self) -> None:
        self._partial = _decoder(self._types)
        others = {name: msgspec.Raw for name in self._names if name not in self._types}
        self._complete = _decoder(self._types, others, forbid_unknown=True)


_fields = msgspec.json.Decoder(dict[str, msgspec.Raw])


def _strict_type(column: Column) -> t.Any:
    return _INTEGER_IN_DOUBLE if column.whole else _STRICT.get(column.type)


def _decoder(
    types: dict[str, t.Any], others: Mapping[str, t.Any] = MappingProxyType({}), *, forbid_unknown: bool = False
) -> msgspec.json.Decoder[t.Any]:
    kinds = {name: kind | None for name, kind in types.items()} | dict(others)
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
