"""RECORD messages as bytes: many rows encoded at once, and picked from afterwards where some came before."""

from __future__ import annotations

import bisect
import collections
import dataclasses
import typing as t

from singer_slices.records import Row
from singer_slices.writer import encoder

ROW_WEIGHT = 4  # a row's memory as a dict, by the length of its text


@dataclasses.dataclass(frozen=True, slots=True)
class Chunk:
    """Whole lines.

    Attributes:
        data: the lines, each with its end.
        count: how many.
    """

    data: bytes
    count: int

    def cut(self, count: int) -> tuple[Chunk, Chunk | None]:
        """The first `count` lines, and what is left."""
        if count >= self.count:
            return self, None
        lines = self.data.splitlines(keepends=True)
        return Chunk(b"".join(lines[:count]), count), Chunk(b"".join(lines[count:]), self.count - count)


@dataclasses.dataclass(frozen=True, slots=True)
class UnknownField:
    """A field that the schema lacks."""

    path: str
    kept: bool


@dataclasses.dataclass(frozen=True, slots=True)
class Misfit:
    """A value of the type `kind` that does not fit."""

    path: str
    kind: str


Note = UnknownField | Misfit


class RecordLines:
    """Encodes records as lines of RECORD messages.

    Args:
        stream: its name.
        version: of the stream, where it has one.
        time_extracted: RFC 3339.
    """

    def __init__(self, stream: str, version: int | None, time_extracted: str) -> None:
        self._before = b'{"type":"RECORD","stream":' + encoder.encode(stream) + b',"record":'
        told = {"version": version} if version is not None else {}
        self._after = b"," + encoder.encode({**told, "time_extracted": time_extracted})[1:] + b"\n"

    def encode(self, records: t.Sequence[t.Any]) -> Chunk:
        """The lines of `records`."""
        # JSON text has no raw line end, so each one here is between two records.
        text = encoder.encode_lines(records).replace(b"\n", self._after + self._before)
        return Chunk(b"".join((self._before, memoryview(text)[: -len(self._before)])), len(records))


class BareLines:
    """Encodes records as lines of their own, as files of BATCH messages hold them."""

    @staticmethod
    def encode(records: t.Sequence[t.Any]) -> Chunk:
        """The lines of `records`."""
        return Chunk(encoder.encode_lines(records), len(records))


@dataclasses.dataclass(frozen=True, slots=True)
class EncodedRows:
    """The rows of a page on their way out.

    Attributes:
        parts: lines, and between them rows that have yet to be made to fit, in the order of the page.
        notes: number of a row in the lines' and rows' order → what was noted of it.
        count: how many rows, also after they were given away.
    """

    parts: list[Chunk | Row]
    notes: t.Mapping[int, t.Sequence[Note]]
    count: int = dataclasses.field(init=False)

    def __post_init__(self) -> None:
        count = sum(part.count if isinstance(part, Chunk) else 1 for part in self.parts)
        object.__setattr__(self, "count", count)

    def give(self) -> t.Iterator[Chunk | Row]:
        """The parts, once: each is let go of as soon as the next one is asked for, since a loader may be slow."""
        rest = collections.deque(self.parts)
        self.parts.clear()
        while rest:
            yield rest.popleft()

    def __len__(self) -> int:
        return self.count

    @property
    def size(self) -> int:
        """About how many bytes they take."""
        rows = [part for part in self.parts if not isinstance(part, Chunk)]
        weight = len(repr(rows[0])) * ROW_WEIGHT * len(rows) if rows else 0
        return weight + sum(len(part.data) for part in self.parts if isinstance(part, Chunk))

    def pick(self, places: t.Sequence[int]) -> EncodedRows:
        """Some of the rows: those at `places`, which ascend."""
        parts: list[Chunk | Row] = []
        first = taken = 0
        for part in self.parts:
            following = first + (part.count if isinstance(part, Chunk) else 1)
            until = bisect.bisect_left(places, following, taken)
            if until - taken == following - first:
                parts.append(part)
            elif taken < until and isinstance(part, Chunk):
                lines = part.data.splitlines(keepends=True)
                parts.append(Chunk(b"".join([lines[place - first] for place in places[taken:until]]), until - taken))
            first, taken = following, until
        return EncodedRows(parts, {new: self.notes[old] for new, old in enumerate(places) if old in self.notes})
