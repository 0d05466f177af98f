"""One read that feeds several streams: its pages wait on disk for those that come later."""

from __future__ import annotations

import atexit
import pathlib
import shutil
import tempfile
import threading
import typing as t

import msgspec
from singer_slices import Row

Key = t.Hashable
Pages = t.Iterator[list[Row]]


class SharedReads:
    """Keeps what one stream read until all others have had it.

    Args:
        streams: those that are read in this run; with one alone nothing is kept.
    """

    def __init__(self, streams: t.Collection[str]) -> None:
        self._streams = frozenset(streams)
        self._folder: pathlib.Path | None = None
        self._kept: dict[Key, tuple[pathlib.Path, set[str]]] = {}
        self._lock = threading.Lock()
        self._number = 0

    def read(self, key: Key, stream: str, read: t.Callable[[], Pages]) -> Pages:
        """The pages of `key`: from disk if another stream read them to their end, else by `read`.

        Args:
            key: what tells reads apart.
            stream: who asks.
            read: asks the source.
        """
        with self._lock:
            kept = self._kept.get(key)
        if kept is not None and stream in kept[1]:
            yield from _stored(kept[0])
            self._had(key, stream)
        elif self._streams - {stream}:
            yield from self._keeping(key, stream, read)
        else:
            yield from read()

    def _keeping(self, key: Key, stream: str, read: t.Callable[[], Pages]) -> Pages:
        path = self._place()
        with path.open("wb") as file:
            for rows in read():
                file.write(msgspec.json.encode(rows) + b"\n")
                yield rows
        with self._lock:
            self._kept[key] = path, set(self._streams - {stream})

    def _had(self, key: Key, stream: str) -> None:
        with self._lock:
            path, waiting = self._kept[key]
            waiting.discard(stream)
            if not waiting:
                del self._kept[key]
                path.unlink(missing_ok=True)

    def _place(self) -> pathlib.Path:
        with self._lock:
            if self._folder is None:
                self._folder = pathlib.Path(tempfile.mkdtemp(prefix="tap-genesys-"))
                atexit.register(shutil.rmtree, self._folder, ignore_errors=True)
            self._number += 1
            return self._folder / f"{self._number}.ndjson"


def _stored(path: pathlib.Path) -> Pages:
    with path.open("rb") as file:
        for line in file:
            yield msgspec.json.decode(line, type=list[Row])
