"""Files named by BATCH messages: https://sdk.meltano.com/en/latest/batch.html."""

from __future__ import annotations

import gzip
import typing as t
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from singer_spool.errors import InputError
from singer_spool.messages import Message


def batch_lines(message: Message) -> Iterator[bytes]:
    """The records of a BATCH message's files, as lines without line feed; empty lines are left out.

    Args:
        message: A BATCH message with JSONL files, plain or gzipped, on a local path (`file:///…` or a bare path).

    Raises:
        InputError: Another format, compression or place, or a file that cannot be read.
    """
    if message.encoding is None or message.manifest is None:
        raise InputError("A BATCH message lacks 'encoding' or 'manifest'.", stream=message.stream)
    opener = _opener(message.stream, message.encoding)
    for address in message.manifest:
        path = _local_path(message.stream, address)
        try:
            with opener(path) as file:
                yield from (line.rstrip(b"\r\n") for line in file if not line.isspace())
        except (OSError, EOFError) as error:
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
        return Path(urllib.request.url2pathname(parts.path))
    if not parts.scheme:
        return Path(address)
    msg = f"BATCH files on '{parts.scheme}://' are not supported: let the tap write them to a local folder."
    raise InputError(msg, stream=stream)
