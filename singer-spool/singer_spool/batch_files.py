"""Files named by BATCH messages: https://sdk.meltano.com/en/latest/batch.html."""

from __future__ import annotations

import gzip
import typing as t
import urllib.parse
import urllib.request
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from singer_spool.errors import InputError
from singer_spool.messages import Message, mend

_TOGETHER = 1 << 16
_one_object = msgspec.json.Decoder(dict[str, msgspec.Raw])


class _AnyObject(msgspec.Struct):
    """A JSON object, whatever its fields."""


_objects = msgspec.json.Decoder(_AnyObject)


def batch_records(message: Message) -> Iterator[list[bytes]]:
    """The records of a BATCH message's files, some at a time, as JSON objects; empty lines are left out.

    Args:
        message: A BATCH message with JSONL files, plain or gzipped, on a local path (`file:///…` or a bare path).

    Raises:
        InputError: Another format, compression or place, a file that cannot be read, a line that is no object.
    """
    number = 0
    for lines in _together(_lines(message)):
        try:
            records = _records(lines)
        except _NoObjectError as error:
            msg = (
                f"Record {number + error.place} of a BATCH file of stream '{message.stream}' is not a JSON object: "
                f"{error.reason}."
            )
            raise InputError(msg, stream=message.stream) from None
        yield records
        number += len(lines)


class _NoObjectError(Exception):
    def __init__(self, place: int, reason: Exception) -> None:
        super().__init__(place, reason)
        self.place = place
        self.reason = reason


def _records(lines: list[bytes]) -> list[bytes]:
    """The lines, mended where need be; decoded at once if all are in order."""
    block = b"\n".join(lines)
    try:
        block.decode()
        if len(_objects.decode_lines(block)) == len(lines) and all(line[:1] == b"{" for line in lines):
            return lines
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        pass  # one of them is not: which one?
    return [_record(line, place) for place, line in enumerate(lines, start=1)]


def _record(line: bytes, place: int) -> bytes:
    try:
        line.decode()
        try:
            _one_object.decode(line)
        except msgspec.DecodeError:
            line = mend(line)
            _one_object.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise _NoObjectError(place, error) from None
    return line.strip()


def _together(lines: Iterable[bytes]) -> Iterator[list[bytes]]:
    some: list[bytes] = []
    size = 0
    for line in lines:
        some.append(line)
        size += len(line)
        if size >= _TOGETHER:
            yield some
            some, size = [], 0
    if some:
        yield some


def _lines(message: Message) -> Iterator[bytes]:
    if message.encoding is None or message.manifest is None:
        raise InputError("A BATCH message lacks 'encoding' or 'manifest'.", stream=message.stream)
    opener = _opener(message.stream, message.encoding)
    for address in message.manifest:
        path = _local_path(message.stream, address)
        try:
            with opener(path) as file:
                yield from (line.rstrip(b"\r\n") for line in file if not line.isspace())
        except (OSError, EOFError, zlib.error) as error:
            reason = getattr(error, "strerror", None) or error
            msg = f"The BATCH file '{path}' cannot be read: {reason}."
            raise InputError(msg, stream=message.stream) from error


def _opener(stream: str, encoding: dict[str, str | None]) -> t.Callable[[Path], t.IO[bytes]]:
    form, compression = encoding.get("format"), encoding.get("compression")
    if form != "jsonl":
        msg = f"BATCH files of format '{form}' are not supported: configure the tap's batch encoding as 'jsonl'."
        raise InputError(msg, stream=stream)
    if compression == "gzip":
        return lambda path: t.cast("t.IO[bytes]", gzip.open(path, "rb"))
    if compression in {None, "none"}:
        return lambda path: path.open("rb")
    msg = f"BATCH files compressed with '{compression}' are not supported: use 'gzip' or 'none'."
    raise InputError(msg, stream=stream)


def _local_path(stream: str, address: str) -> Path:
    parts = urllib.parse.urlsplit(address)
    if parts.scheme == "file" and parts.netloc in {"", "localhost"}:
        # Taps on the SDK put the path behind "file://" as it is, with "#" and "%20" in it; others write a URL.
        plain = Path(address.removeprefix("file://").removeprefix("localhost"))
        return plain if plain.exists() else Path(urllib.request.url2pathname(parts.path))
    if not parts.scheme:
        return Path(address)
    msg = f"BATCH files on '{parts.scheme}://' are not supported: let the tap write them to a local folder."
    raise InputError(msg, stream=stream)
