"""Answers to requests, opened: the texts of their rows some at a time, and what stands beside them.

Where each row begins and ends could be asked of the decoder, but it has to pass over the whole text for that, which
takes a third of the time that typing the rows takes. So the text is cut where a row seems to begin, and the decoder
proves it: if pieces are lists, and the answer with one value in place of all of them is an answer whose rows are that
value, then the pieces are its rows, since JSON can be read in one way only. What cannot be proved is read the long way.
"""

from __future__ import annotations

import dataclasses
import functools
import re
import typing as t

import msgspec

#: Text that is decoded, finished and encoded together.
CHUNK_BYTES = 48 * 1024
_SAMPLE = 50  # rows by which their length is estimated

_SPACE = b" \t\r\n"
_COMMA = ord(",")
_STAND_IN = b'"the rows were here"'

Texts = t.Iterable[bytes]
Decode = t.Callable[[bytes | msgspec.Raw], t.Any]
Read = t.Callable[[Texts], t.Any]


@dataclasses.dataclass(frozen=True, slots=True)
class Envelope:
    """Where the rows stand in an answer, and what else of it is wanted.

    Attributes:
        rows: names that lead to the list of rows.
        kept: dotted paths of what else is read; other fields of the answer are passed over.
    """

    rows: tuple[str, ...]
    kept: tuple[str, ...] = ()


class NoRows(Exception):  # noqa: N818 - the answer is for the client to judge
    """There is no list of objects where the rows should be."""


def opened(body: bytes, envelope: Envelope, read: Read) -> t.Any:
    """An answer as dicts, with what `read` makes of its rows in their place.

    Args:
        body: the answer.
        envelope: where its rows are.
        read: takes their texts, some rows at a time as a list.

    Raises:
        NoRows: it holds no list.
        DecodeError, UnicodeDecodeError, RecursionError: it is no JSON, or another than the envelope says.
    """
    return _opened(_answer_decoder(envelope)(body), lambda rows: read(_joined(rows)))


def _joined(rows: list[msgspec.Raw]) -> Texts:
    sample = rows[:_SAMPLE]
    step = 1 + CHUNK_BYTES * len(sample) // (1 + len(b"".join(sample)))
    for start in range(0, len(rows), step):
        yield b"[" + b",".join(rows[start : start + step]) + b"]"


def cut(body: bytes, envelope: Envelope, read: Read) -> t.Any:
    """The same, quicker, where the text can be cut by a guess. Whether it was right shows when all rows are read.

    Raises:
        NoRows: nothing can be guessed, or `opened` finds no rows either.
        DecodeError, UnicodeDecodeError, RecursionError: the guess was wrong, or `opened` fails as well.
    """
    first = _first_row(envelope.rows[-1]).search(body)
    end = body.rfind(b"}]") + 1
    if not first or end < first.end(1):
        raise NoRows
    around = body[: first.start(1)] + _STAND_IN + body[end:]
    if around.count(_STAND_IN) > 1:
        raise NoRows
    return _opened(_answer_decoder(envelope)(around), lambda rows: _proved(rows, read, _pieces(body, first, end)))


def _proved(rows: list[msgspec.Raw], read: Read, pieces: Texts) -> t.Any:
    if [bytes(row) for row in rows] != [_STAND_IN]:
        raise NoRows
    return read(pieces)


@functools.lru_cache
def _first_row(name: str) -> re.Pattern[bytes]:
    """The beginning of a list `name` of objects; its group is that of the first of them, up to its first name."""
    return re.compile(re.escape(msgspec.json.encode(name)) + rb'\s*:\s*\[\s*(\{\s*"[^"\\]*")')


def _pieces(body: bytes, first: re.Match[bytes], end: int) -> Texts:
    """The text from `first` to `end`, cut between rows that begin as the first one does."""
    view, start = memoryview(body), first.start(1)
    while border := _border(body, first[1], start + CHUNK_BYTES, end):
        stop, following = border
        yield b"".join((b"[", view[start:stop], b"]"))
        start = following
    yield b"".join((b"[", view[start:end], b"]"))


def _border(body: bytes, beginning: bytes, at: int, end: int) -> tuple[int, int] | None:
    """Where behind `at` a row seems to end, and where the next one does begin."""
    while (following := body.find(beginning, at, end)) >= 0:
        stop = following - 1
        while body[stop] in _SPACE:
            stop -= 1
        if body[stop] == _COMMA:
            return stop, following
        at = following + 1
    return None


@functools.lru_cache
def _answer_decoder(envelope: Envelope) -> Decode:
    return msgspec.json.Decoder(_answer_type(envelope.rows, envelope.kept)).decode


def _answer_type(path: tuple[str, ...], kept: tuple[str, ...]) -> type[msgspec.Struct]:
    """The type of an answer, its rows undecoded; its attribute `path` leads to them, at every level."""
    names = [name for name in dict.fromkeys(whole.split(".")[0] for whole in kept) if name != path[0]]
    below = tuple(whole.partition(".")[2] for whole in kept if whole.startswith(path[0] + "."))
    inner = list[msgspec.Raw] if len(path) == 1 else _answer_type(path[1:], below)
    fields: list[t.Any] = [("path", inner | None | msgspec.UnsetType, msgspec.UNSET)]
    fields += [(f"k{number}", t.Any, msgspec.UNSET) for number in range(len(names))]
    rename = {"path": path[0]} | {f"k{number}": name for number, name in enumerate(names)}
    return msgspec.defstruct("Answer", fields, rename=rename)


def _opened(answer: t.Any, read: t.Callable[[list[msgspec.Raw]], t.Any]) -> t.Any:
    if answer is None or answer is msgspec.UNSET:
        raise NoRows
    if isinstance(answer, list):
        return read(answer)
    fields = msgspec.structs.fields(answer)
    values = {field.encode_name: getattr(answer, field.name) for field in fields if field.name != "path"}
    document = {name: value for name, value in values.items() if value is not msgspec.UNSET}
    document[fields[0].encode_name] = _opened(answer.path, read)
    return document
