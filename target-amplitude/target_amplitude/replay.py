"""Sending dead letters again: they become a Singer input, so that a replay is a run like any other."""

from __future__ import annotations

import datetime as dt
import io
import logging
import typing as t
from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec
from singer_spool import ConfigurationError

from target_amplitude.dead_letters import read_letters
from target_amplitude.mapping import IdentifyMapping

logger = logging.getLogger(__name__)

CLAIMED: t.Final = ".replaying"


class Claim:
    """A dead-letter file taken out of the way while it is replayed.

    It is renamed, so that what is rejected again can go to a new file of the old name. Killed in the middle, the run
    leaves the renamed file behind, to be given to `--replay` itself.

    Args:
        path: What the user named.

    Raises:
        ConfigurationError: It does not exist, or an earlier replay of it was not finished.
    """

    def __init__(self, path: Path) -> None:
        claimed = path.name.endswith(CLAIMED)
        self.original = path.with_name(path.name.removesuffix(CLAIMED)) if claimed else path
        self.path = path if claimed else path.with_name(path.name + CLAIMED)
        if not path.is_file():
            raise ConfigurationError(f"Replaying dead letters: there is no file '{path}'.")
        if not claimed:
            if self.path.exists():
                msg = f"Replaying dead letters: an earlier replay was not finished; first run --replay '{self.path}'."
                raise ConfigurationError(msg)
            path.rename(self.path)

    def settle(self, *, done: bool) -> None:
        """Name the file by what became of it.

        Args:
            done: Every letter has a fate. Otherwise the file goes back, unless new dead letters took its place.
        """
        if done:
            stamp = dt.datetime.now(dt.UTC).strftime("%Y%m%dT%H%M%SZ")
            self.path.rename(self.original.with_name(f"{self.original.name}.replayed-{stamp}"))
        elif self.original.exists():
            logger.warning("The dead letters still to be sent lie in '%s'", self.path)
        else:
            self.path.rename(self.original)


class ReplayInput(io.RawIOBase):
    """Dead letters as Singer messages: SCHEMA of each stream, then its records in the order of the file.

    Args:
        path: The file.
        mappings: Columns that they name are part of every SCHEMA, since a record may lack some.
    """

    def __init__(self, path: Path, mappings: Mapping[str, IdentifyMapping]) -> None:
        super().__init__()
        self._blocks = self._messages(path, mappings)

    def read(self, size: int = -1) -> bytes:
        """The next message; empty at the end."""
        del size
        return next(self._blocks, b"")

    def _messages(self, path: Path, mappings: Mapping[str, IdentifyMapping]) -> Iterator[bytes]:
        for schema in _schemas(path, mappings).values():
            yield msgspec.json.encode(schema) + b"\n"
        for number, letter in read_letters(path):
            if letter is None:
                logger.warning("Line %d of '%s' is no dead letter; it is passed over", number, path)
                continue
            yield msgspec.json.encode({"type": "RECORD", "stream": letter.stream, "record": letter.record}) + b"\n"


def _schemas(path: Path, mappings: Mapping[str, IdentifyMapping]) -> dict[str, t.Any]:
    schemas: dict[str, t.Any] = {}
    for _, letter in read_letters(path):
        if letter is None:
            continue
        if letter.stream not in schemas:
            mapping = mappings.get(letter.stream)
            columns: dict[str, t.Any] = {column: {} for _, column in mapping.columns()} if mapping else {}
            schemas[letter.stream] = {
                "type": "SCHEMA",
                "stream": letter.stream,
                "schema": {"type": "object", "properties": columns},
                "key_properties": list(letter.key),
            }
        properties = schemas[letter.stream]["schema"]["properties"]
        for column in (*letter.record, *letter.key):
            properties.setdefault(column, {})
        properties |= letter.schema
    return schemas
