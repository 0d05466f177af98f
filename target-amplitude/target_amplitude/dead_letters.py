"""The file of records that were not delivered, and why."""

from __future__ import annotations

import datetime as dt
import os
import typing as t
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import msgspec
from singer_spool import ConfigurationError, LoadError, redact

from target_amplitude.updates import Rejection, Source

DEFAULT_PATH: t.Final = "target-amplitude.dead-letter.jsonl"


def utc_now() -> str:
    """The present as RFC 3339, to the millisecond."""
    return dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds")


class DeadLetters:
    """Appends JSON lines; when `write` returns they are on the disk.

    Each line holds `stream`, `key`, `record`, `reason`, `detail`, `status`, `answer`, `time`, and `schema`: the schemas
    of the mapped columns with dates, without which a replay would send dates in another form.

    Args:
        path: The file; it is made with the first line.
        now: Gives the time of each line.
    """

    def __init__(self, path: Path, now: Callable[[], str] = utc_now) -> None:
        self.path = path
        self._now = now

    def write(self, rejected: Sequence[tuple[Source, Rejection]]) -> None:
        """Append and flush to disk.

        Raises:
            LoadError: The file cannot be written, so these records' fate would be lost.
        """
        if not rejected:
            return
        lines = b"".join(self._line(source, rejection) for source, rejection in rejected)
        try:
            with self.path.open("ab+") as file:
                file.write(_end_of_torn_line(file) + lines)
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            msg = f"Writing dead letters to '{self.path}' failed: {error.strerror}. No STATE was emitted for them."
            raise LoadError(msg) from error

    def _line(self, source: Source, rejection: Rejection) -> bytes:
        letter = {
            "stream": source.stream,
            "key": source.key,
            "record": source.record,
            "reason": rejection.reason,
            "detail": redact(rejection.detail),
            "status": rejection.status,
            "answer": _redacted(rejection.answer),
            "time": self._now(),
            "schema": source.schema,
        }
        return msgspec.json.encode(letter) + b"\n"


def _redacted(answer: t.Any) -> t.Any:
    if answer is None:
        return None
    return msgspec.json.decode(redact(msgspec.json.encode(answer).decode()))


def _end_of_torn_line(file: t.BinaryIO) -> bytes:
    """A line feed if an earlier run was killed in the middle of a line."""
    if file.seek(0, os.SEEK_END) == 0:
        return b""
    file.seek(-1, os.SEEK_END)
    return b"" if file.read(1) == b"\n" else b"\n"


def usable_path(setting: str, value: str) -> Path:
    """A file that can be written, its folder made.

    Raises:
        ConfigurationError: It is a folder, or lies where this process cannot write.
    """
    path = Path(value)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigurationError(f"setting '{setting}': '{path.parent}' cannot be made: {error.strerror}") from error
    if path.is_dir():
        raise ConfigurationError(f"setting '{setting}': '{path}' is a folder, a file is needed")
    if not os.access(path if path.exists() else path.parent, os.W_OK):
        raise ConfigurationError(f"setting '{setting}': '{path}' cannot be written by this user")
    return path


class DeadLetter(msgspec.Struct):
    """What a replay needs of a line."""

    stream: str
    record: dict[str, t.Any]
    key: dict[str, t.Any] = {}
    schema: dict[str, t.Any] = {}


def read_letters(path: Path) -> Iterator[tuple[int, DeadLetter | None]]:
    """Line numbers and dead letters of a file; None for a line that is none."""
    decoder = msgspec.json.Decoder(DeadLetter)
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            try:
                yield number, decoder.decode(line)
            except (msgspec.DecodeError, UnicodeDecodeError):
                yield number, None
