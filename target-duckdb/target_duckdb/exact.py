"""Numbers with more digits than a double holds, carried past DuckDB's JSON reader, which makes doubles of them.

Such numbers are rare, so a quick look finds them, and only the lines that hold one are written anew: as text where
the column is a scalar or a member of a STRUCT, which DuckDB casts exactly, and for a JSON column the text of the whole
value in a field beside it. Whole numbers of any size need none of this: the reader keeps them.
"""

from __future__ import annotations

import dataclasses
import decimal
import json
import logging
import re
import typing as t
import uuid
from collections.abc import Mapping
from pathlib import Path

import msgspec
from singer_spool import Batch, LoadError

from target_duckdb.nested import only
from target_duckdb.tables import Column, Table
from target_duckdb.types import DOUBLE, JSON, Schema, column_type, is_nested

logger = logging.getLogger(__name__)

# Up to 15 digits every number is exact. With 16, at least 8 stand on one side of the point; beginning with a literal
# point makes the search as fast as memory is read. What follows tells numbers from most of the text in strings.
_CANDIDATE = re.compile(rb"\.(?:\d{8,}|(?<=\d{8}\.)\d+)(?:[eE][+-]?\d+)?(?=[\s,}\]])")
_DIGITS = b"0123456789"
_encode = msgspec.json.Encoder(decimal_format="number").encode


@dataclasses.dataclass(frozen=True, slots=True)
class ExactBatch:
    """A batch whose numbers all arrive as they are.

    Attributes:
        batch: The records, in files of their own.
        beside: Column of type JSON → field that holds the text of its value where the value's numbers are long.
    """

    batch: Batch
    beside: Mapping[str, str]


def keep_exact(batch: Batch, table: Table) -> ExactBatch:
    """Write a batch anew, its lines with long numbers so that DuckDB keeps them.

    Raises:
        LoadError: The spool's disk is full.
    """
    writer = _LineWriter(table)
    paths = {path: path.with_suffix(".exact") for path in batch.paths}
    try:
        for path, written in paths.items():
            writer.copy(path, written)
    except OSError as error:
        for written in paths.values():
            written.unlink(missing_ok=True)
        msg = (
            f"Stream '{batch.spec.name}': records with long numbers could not be written to '{written.parent}': "
            f"{error.strerror}. Free some space there, set 'spool_path' to a larger disk, or lower 'batch_size_mb'."
        )
        raise LoadError(msg, stream=batch.spec.name) from error
    if writer.rounded:
        names = ", ".join(sorted(writer.rounded))
        logger.warning(
            "Stream '%s': numbers with more than 17 digits in parts of STRUCT columns whose type the SCHEMA does not "
            "tell are rounded: %s ('nested: json' keeps them)",
            batch.spec.name,
            names,
        )
    return ExactBatch(
        dataclasses.replace(batch, paths=tuple(paths.values()), bytes=writer.size, longest=writer.longest),
        writer.beside,
    )


def has_long_numbers(block: bytes) -> bool:
    """Whether a block of JSON lines holds a number that a double would change; text that looks like one counts."""
    for match in _CANDIDATE.finditer(block):
        start = match.start()
        before = block[max(0, start - 400) : start]
        digits = before[len(before.rstrip(_DIGITS)) :]
        number = (digits + match[0]).decode()
        # Most long numbers were printed by a program that had a double, and read back as the same text.
        if digits and repr(float(number)) != number and _is_long(decimal.Decimal(number)):
            return True
    return False


def _is_long(number: decimal.Decimal) -> bool:
    """Whether the shortest text of the nearest double is another number."""
    try:
        return decimal.Decimal(repr(float(number))) != number
    except OverflowError:
        return True


class _LineWriter:
    """Writes lines anew for one table.

    Attributes:
        beside: See `ExactBatch`.
        rounded: Columns in which numbers could not be kept.
        size: Bytes that were written.
        longest: Size of the longest line.
    """

    def __init__(self, table: Table) -> None:
        self._columns = table.read
        self.beside: dict[str, str] = {}
        self.rounded: set[str] = set()
        self.size = self.longest = 0

    def copy(self, source: Path, target: Path) -> None:
        """Copy a file, long numbers kept."""
        with source.open("rb") as lines, target.open("wb") as file:
            for line in lines:
                written = self._line(line) if has_long_numbers(line) else line
                self.size += file.write(written)
                self.longest = max(self.longest, len(written))

    def _line(self, line: bytes) -> bytes:
        try:
            record = json.loads(line, parse_float=decimal.Decimal, object_pairs_hook=_without_repetition)
            for column in self._columns:
                if _holds_long(record.get(column.name)):
                    self._keep(record, column)
            return _encode(record) + b"\n"
        except (ValueError, RecursionError):
            return line  # DuckDB refuses it, and its diagnosis says why

    def _keep(self, record: dict[str, t.Any], column: Column) -> None:
        value = record[column.name]
        if column.type == JSON:
            # A name that no record has: it is made up for this load.
            beside = self.beside.setdefault(column.name, f"{uuid.uuid4().hex} {column.name}")
            record[beside] = _encode(value).decode()
            record[column.name] = None
        elif is_nested(column.type):
            record[column.name] = self._members(value, column.schema, column.name)
        elif column.type != DOUBLE:
            record[column.name] = _text(value)

    def _members(self, value: t.Any, schema: Schema, column: str) -> t.Any:
        sql_type = column_type(schema, structs=True)
        if not _holds_long(value) or sql_type == DOUBLE:
            return value
        if sql_type.endswith("[]") and isinstance(value, list):
            return [self._members(item, only(schema)["items"], column) for item in value]
        if sql_type.startswith("STRUCT(") and isinstance(value, dict):
            members = only(schema)["properties"]
            return {
                name: self._members(member, members[name], column) if name in members else member
                for name, member in value.items()
            }
        if sql_type == JSON:
            self.rounded.add(column)
            return value
        return _text(value)


def _text(value: t.Any) -> str:
    """A value as the text of its JSON, numbers without exponent."""
    return format(value, "f") if isinstance(value, decimal.Decimal) else _encode(value).decode()


def _holds_long(value: t.Any) -> bool:
    if isinstance(value, decimal.Decimal):
        return _is_long(value)
    if isinstance(value, dict):
        return any(map(_holds_long, value.values()))
    return isinstance(value, list) and any(map(_holds_long, value))


def _without_repetition(pairs: list[tuple[str, t.Any]]) -> dict[str, t.Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a field stands twice in an object")
    return found
