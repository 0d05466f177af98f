"""The spool: append-only NDJSON files per stream and load, in a folder of this process alone."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import resource
import shutil
import tempfile
import typing as t
from collections.abc import Callable, Sequence
from pathlib import Path

from singer_spool.errors import ConfigurationError, LoadError
from singer_spool.model import Batch, Inspector, StreamSpec

PREFIX = "singer-spool-"
BUFFER = 1 << 16
PART_BYTES = 2 << 20
"""When the next file is begun: destinations read files through buffers that only a large file fills."""
_SEEN_TOGETHER = 1 << 16


class Spool:
    """Where records wait for their load.

    Args:
        folder: Where to make this process's folder; None for the system's temporary folder.

    Attributes:
        inspector_of: Makes what looks at the records of a batch; to be set to the backend's own.
        rows: Records in the files being written.
        bytes: Size of these files.
    """

    def __init__(self, folder: str | None) -> None:
        parent = Path(folder or tempfile.gettempdir())
        try:
            parent.mkdir(parents=True, exist_ok=True)
            remove_leftovers(parent)
            self.path = Path(tempfile.mkdtemp(prefix=PREFIX, dir=parent))
        except OSError as error:
            msg = f"Cannot make a spool folder in '{parent}': {error.strerror}. Set 'spool_path' to a writable folder."
            raise ConfigurationError(msg) from error
        _allow_open_files()
        self._lock = _lock(self.path)
        self._files: dict[str, _Filling] = {}
        self._made = 0
        self.inspector_of: Callable[[StreamSpec], Inspector] = lambda _: Inspector()
        self.rows = 0
        self.bytes = 0

    def offer(self, spec: StreamSpec, rows: int, records: bytes, lines: bytes) -> bool:
        """Append records that nobody has looked at, if the inspector takes them.

        Args:
            spec: The stream's schema version in force.
            rows: How many.
            records: As the tap sent them, each ended by a line feed.
            lines: The same as they are to be written.

        Returns:
            Whether they were appended.

        Raises:
            LoadError: The disk is full or the file cannot be written.
        """
        file = self._files.get(spec.name)
        inspector = file.inspector if file is not None else self.inspector_of(spec)
        if not inspector.take(records, rows):
            return False
        file = file or self._open(spec, inspector)
        self._write(file, lines, rows)
        file.longest = max(file.longest, len(lines))
        return True

    def append(self, spec: StreamSpec, lines: Sequence[bytes]) -> None:
        """Append records.

        Args:
            spec: The stream's schema version in force.
            lines: Records as JSON, each ended by a line feed.

        Raises:
            LoadError: The disk is full or the file cannot be written.
        """
        file = self._files.get(spec.name) or self._open(spec, self.inspector_of(spec))
        content = b"".join(lines)
        self._write(file, content, len(lines))
        file.longest = max(file.longest, *map(len, lines))
        file.unseen.append(content)
        file.unseen_bytes += len(content)
        if file.unseen_bytes >= _SEEN_TOGETHER:
            file.show()

    def _write(self, file: _Filling, content: bytes, rows: int) -> None:
        try:
            if file.part_bytes and file.part_bytes + len(content) > PART_BYTES:
                file.begin_part(self._new_path())
            file.handle.write(content)
        except OSError as error:
            raise self._write_error(error) from error
        file.rows += rows
        file.bytes += len(content)
        file.part_bytes += len(content)
        self.rows += rows
        self.bytes += len(content)

    def seal(self) -> list[Batch]:
        """Finish the files, so that the next records go to new ones.

        Returns:
            The files in the order in which their first record arrived; whoever takes them deletes them.
        """
        try:
            for file in self._files.values():
                file.handle.close()
        except OSError as error:
            raise self._write_error(error) from error
        batches = [file.sealed() for file in self._files.values()]
        self._files.clear()
        self.rows = self.bytes = 0
        return batches

    def remove(self) -> None:
        """Delete the folder with all files in it; may be called twice."""
        for file in self._files.values():
            _close_quietly(file.handle)
        self._files.clear()
        shutil.rmtree(self.path, ignore_errors=True)
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1

    def _open(self, spec: StreamSpec, inspector: Inspector) -> _Filling:
        try:
            file = _Filling(spec, self._new_path(), inspector)
        except OSError as error:
            raise self._write_error(error) from error
        self._files[spec.name] = file
        return file

    def _new_path(self) -> Path:
        """Stream names may hold anything, so files are numbered."""
        self._made += 1
        return self.path / f"{self._made:06d}.ndjson"

    def _write_error(self, error: OSError) -> LoadError:
        advice = "Free some space there, set 'spool_path' to a larger disk, or lower 'batch_size_mb'."
        if error.errno == errno.EMFILE:
            advice = "Each stream has a file of its own: raise the limit (ulimit -n), or load fewer streams in one run."
        return LoadError(
            f"Writing the spool in '{self.path.parent}' failed: {error.strerror}. {advice} No STATE covers what "
            "waited there: run again.",
        )


class _Filling:
    """A batch being written: its files, of which the last one is open."""

    __slots__ = (
        "bytes",
        "handle",
        "inspector",
        "longest",
        "part_bytes",
        "paths",
        "rows",
        "spec",
        "unseen",
        "unseen_bytes",
    )

    def __init__(self, spec: StreamSpec, path: Path, inspector: Inspector) -> None:
        self.spec = spec
        self.paths = [path]
        self.handle = path.open("wb", buffering=BUFFER)
        self.part_bytes = 0
        self.inspector = inspector
        self.unseen: list[bytes] = []
        self.unseen_bytes = 0
        self.rows = 0
        self.bytes = 0
        self.longest = 0

    def begin_part(self, path: Path) -> None:
        """Go on in the next file.

        Raises:
            OSError: The disk is full or the file cannot be made.
        """
        self.handle.close()
        self.handle = path.open("wb", buffering=BUFFER)
        self.paths.append(path)
        self.part_bytes = 0

    def show(self) -> None:
        """Show the inspector what it has not seen."""
        self.inspector.note(b"".join(self.unseen))
        self.unseen.clear()
        self.unseen_bytes = 0

    def sealed(self) -> Batch:
        """All of it."""
        if self.unseen:
            self.show()
        return Batch(self.spec, tuple(self.paths), self.rows, self.bytes, self.longest, self.inspector)


def _allow_open_files() -> None:
    """Each stream of a load has a file open, and the usual limit, 1024, is one that every process may raise."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(OSError, ValueError):  # where "unlimited" is more than the system gives
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def _close_quietly(handle: t.BinaryIO) -> None:
    # On a full disk closing fails as writing did, and that has been reported.
    try:
        handle.close()
    except OSError:
        return


def _lock(folder: Path) -> int:
    """Hold a lock for as long as the process lives, so that others can tell a living spool from a leftover.

    The file gets its final name only when it is locked: `remove_leftovers` never sees it unlocked.
    """
    draft = folder / "lock.new"
    descriptor = os.open(draft, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    draft.rename(folder / "lock")
    return descriptor


def remove_leftovers(parent: Path) -> None:
    """Delete spool folders whose process was killed: their lock is free."""
    for lock in parent.glob(f"{PREFIX}*/lock"):
        try:
            descriptor = os.open(lock, os.O_RDWR | os.O_CLOEXEC)
        except OSError:
            continue  # gone in the meantime, or another user's
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            continue
        else:
            shutil.rmtree(lock.parent, ignore_errors=True)
        finally:
            os.close(descriptor)
