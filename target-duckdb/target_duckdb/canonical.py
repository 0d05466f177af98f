"""Which columns of a batch DuckDB may convert by itself, because every value already is what its column holds.

DuckDB's JSON reader converts at C speed, and generously: 5.5 becomes the integer 6, true the number 1, a date-time a
day. So each record is first decoded by msgspec, strictly and also at C speed, into a struct of exactly these fields. A
column whose values all pass is read with its own type; any other one is read as text and checked in SQL
(`expressions`), which is twice as expensive.
"""

from __future__ import annotations

import datetime as dt
import re
import typing as t
from collections.abc import Iterator
from pathlib import Path

import msgspec

from target_duckdb.tables import Column, Table
from target_duckdb.types import BIGINT, BOOLEAN, DATE, DOUBLE, TIMESTAMPTZ

_CHUNK = 1 << 20
_INTEGER = t.Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]
_INTEGER_IN_DOUBLE = t.Annotated[int, msgspec.Meta(gt=-(2**53), lt=2**53)]
_MOMENT = t.Annotated[dt.datetime, msgspec.Meta(tz=True)]
_STRICT: dict[str, t.Any] = {BIGINT: _INTEGER, DOUBLE: float, BOOLEAN: bool, DATE: dt.date, TIMESTAMPTZ: _MOMENT}
# "Expected `int | null`, got `float` - at `$[17].wait_duration`": a name may hold any character.
_PLACE = re.compile(r".* - at `\$\[\d+\]\.(?P<name>.*)`", re.DOTALL)

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
        self._decoder = _decoder(self._types)

    def of(self, path: Path) -> frozenset[str]:
        """Look at every record of a spool file.

        Returns:
            The names of the columns that may be read with their own types. None of a file that msgspec cannot read:
            DuckDB will say what is wrong with it.
        """
        for chunk in _chunks(path):
            while self._types:
                try:
                    self._decoder.decode_lines(chunk)
                except msgspec.ValidationError as error:
                    self._give_up(error)
                except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
                    return frozenset()
                else:
                    break
        return frozenset(self._types)

    def distrust(self) -> None:
        """Read every column as text from now on: DuckDB refused a value that had passed."""
        self._types = {}

    def _give_up(self, error: msgspec.ValidationError) -> None:
        place = _PLACE.fullmatch(str(error))
        if place is None or self._types.pop(place["name"], None) is None:
            self._types = {}
        self._decoder = _decoder(self._types)


def _strict_type(column: Column) -> t.Any:
    return _INTEGER_IN_DOUBLE if column.whole else _STRICT.get(column.type)


def _decoder(types: dict[str, t.Any]) -> msgspec.json.Decoder[t.Any]:
    fields: list[tuple[str, t.Any, t.Any]] = [
        (f"f{place}", kind | None, msgspec.field(name=name, default=None))
        for place, (name, kind) in enumerate(types.items())
    ]
    return msgspec.json.Decoder(msgspec.defstruct("CanonicalRecord", fields, gc=False))


def _chunks(path: Path) -> Iterator[bytes]:
    """The file in pieces of whole lines."""
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            yield chunk if chunk.endswith(b"\n") else chunk + file.readline()
