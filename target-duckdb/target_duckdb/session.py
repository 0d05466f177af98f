"""A session in memory, to which the database file is attached only as long as it is needed."""

from __future__ import annotations

import contextlib
import dataclasses
import logging
import os
import re
import time
from collections.abc import Iterator
from pathlib import Path

import duckdb
from singer_spool import ConfigurationError, LoadError

from target_duckdb.types import literal

logger = logging.getLogger(__name__)

# https://duckdb.org/docs/stable/internals/storage: a checksum of 8 bytes, then these.
_MAGIC_OFFSET = 8
_MAGIC = b"DUCK"
_FIRST_PAUSE = 0.05
_LONGEST_PAUSE = 1.0


CATALOG = "warehouse"
"""What the file is called inside the session, whatever its name on the disk."""
# https://duckdb.org/docs/stable/sql/statements/attach: for files that do not exist yet. v1.3.0 compresses best.
_STORAGE_VERSION = "v1.3.0"
ROW_GROUP_ROWS = 20_480
"""A row group is what DuckDB compresses at once and holds in memory until then; its own default is 122 880 rows."""


@dataclasses.dataclass(frozen=True, slots=True)
class Resources:
    """What DuckDB may use.

    Attributes:
        threads: Threads; one is the cheapest, because loading overlaps with reading the input anyway.
        memory_limit: Memory, in DuckDB's spelling. None starts with `FIRST_MEMORY` and takes more only if a load
            cannot do without.
        lock_timeout_seconds: How long to wait while another process has the file.
    """

    threads: int = 1
    memory_limit: str | None = None
    lock_timeout_seconds: float = 300


FIRST_MEMORY = 65
"""Megabytes (10^6) for DuckDB where the user says nothing; enough for tables of some dozen columns.

Its JSON reader claims a buffer of 33.6 MB at least, sometimes two, and fills no more of it than the file has.
"""
_MOST_MEMORY_SHARE = 0.8
_MEGABYTES_TO_READ = 34
_MEGABYTES_A_COLUMN = 1.0


class Database:
    """The file and how to open it.

    DuckDB lets one process write to a file. So the file is attached to an instance in memory for each load, which takes
    a millisecond where opening a database takes forty, and detached after it, so that other programs get their turn in
    between; the lock is waited for.

    Args:
        path: The file.
        resources: Limits.
    """

    def __init__(self, path: str, resources: Resources = Resources()) -> None:
        self.path = path
        self._resources = resources
        self._instance: duckdb.DuckDBPyConnection | None = None
        self._megabytes = FIRST_MEMORY

    @contextlib.contextmanager
    def connection(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A connection to which the file is attached as `CATALOG`, made with its folder if need be.

        Raises:
            ConfigurationError: The file cannot be opened.
            LoadError: Another process held the lock for too long.
        """
        instance = self._attached()
        try:
            yield instance
        except BaseException:
            self.close()  # DuckDB may have invalidated what is attached
            raise
        self._detach(instance)

    @contextlib.contextmanager
    def transaction(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A connection inside a transaction: committed at the end, rolled back after an error."""
        with self.connection() as connection:
            connection.execute("BEGIN")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                # A failed statement or commit may have ended the transaction already.
                with contextlib.suppress(duckdb.TransactionException):
                    connection.execute("ROLLBACK")
                raise

    def expect_columns(self, number: int) -> None:
        """Make room, where the user set no limit, for a table of so many columns: each takes a few blocks of 256 KB."""
        wanted = min(_MEGABYTES_TO_READ + int(number * _MEGABYTES_A_COLUMN), self._most_megabytes)
        if self._resources.memory_limit is None and wanted > self._megabytes:
            self._set_memory(wanted)

    def allow_more_memory(self, error: duckdb.Error) -> bool:
        """Half as much again for the next attempt, if that is what it lacked and the user set no limit."""
        if not is_out_of_memory(error) or self._resources.memory_limit is not None:
            return False
        if self._megabytes >= self._most_megabytes:
            return False
        self._set_memory(min(self._megabytes * 3 // 2, self._most_megabytes))
        logger.info("DuckDB gets %d MB of memory: a load did not fit into less", self._megabytes)
        return True

    @property
    def _most_megabytes(self) -> int:
        return int(_machine_megabytes() * _MOST_MEMORY_SHARE)

    def _set_memory(self, megabytes: int) -> None:
        self._megabytes = megabytes
        if self._instance is not None:
            self._instance.execute(f"SET memory_limit = '{megabytes}MB'")

    def close(self) -> None:
        """End the session."""
        if self._instance is not None:
            self._instance.close()
            self._instance = None

    def _attached(self) -> duckdb.DuckDBPyConnection:
        instance = self._instance = self._instance or self._start()
        self._attach(instance)
        return instance

    def _detach(self, instance: duckdb.DuckDBPyConnection) -> None:
        """Let go of the file. DuckDB then writes into it what was committed, and needs memory for that."""
        try:
            instance.execute(f"DETACH {CATALOG}")
        except duckdb.Error as error:
            self.close()
            if not self.allow_more_memory(error):
                raise self._not_written_back(error) from None
            # What was committed stands in the log beside the file, and is taken from there.
            self._detach(self._attached())

    def _start(self) -> duckdb.DuckDBPyConnection:
        options: dict[str, str | bool | int | float | list[str]] = {
            "autoinstall_known_extensions": False,
            "threads": self._resources.threads,
            "memory_limit": self._resources.memory_limit or f"{self._megabytes}MB",
            "temp_directory": f"{self.path}.tmp",
        }
        try:
            instance = duckdb.connect(":memory:", config=options)
        except duckdb.Error as error:
            raise self._cannot_open(error) from None
        instance.execute("SET TimeZone = 'UTC'")
        # Under `python -m` DuckDB draws it where STATE belongs when a query takes two seconds.
        instance.execute("SET enable_progress_bar = false")
        instance.execute("SET preserve_insertion_order = true")
        # Never within a COMMIT, whose failure would leave open whether it was one; DETACH does it.
        instance.execute("SET checkpoint_threshold = '1TB'")
        return instance

    def _attach(self, instance: duckdb.DuckDBPyConnection) -> None:
        try:
            Path(self.path).absolute().parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            msg = f"The folder of '{self.path}' cannot be made: {error.strerror}. Check the setting 'path'."
            raise ConfigurationError(msg) from error
        self._refuse_other_files()
        seconds = self._resources.lock_timeout_seconds
        deadline = time.monotonic() + seconds
        pause = _FIRST_PAUSE
        options = f"ROW_GROUP_SIZE {ROW_GROUP_ROWS}, STORAGE_VERSION '{_STORAGE_VERSION}'"
        while True:
            try:
                instance.execute(f"ATTACH {literal(self.path)} AS {CATALOG} ({options})")
            except duckdb.Error as error:
                if self.allow_more_memory(error):
                    continue
                holder = _lock_holder(error)
                if holder is None:
                    raise self._cannot_open(error) from None
                if time.monotonic() >= deadline:
                    raise self._still_locked(holder) from None
            else:
                return
            if pause == _FIRST_PAUSE:
                logger.info(
                    "'%s' is locked by %s; waiting up to %g s (lock_timeout_seconds)", self.path, holder, seconds
                )
            time.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)

    def _refuse_other_files(self) -> None:
        """DuckDB takes a short file of any kind for an empty database, and overwrites it."""
        try:
            with Path(self.path).open("rb") as file:
                header = file.read(_MAGIC_OFFSET + len(_MAGIC))
        except FileNotFoundError:
            return
        except OSError as error:
            msg = f"The database '{self.path}' cannot be opened: {error.strerror}. Check the setting 'path'."
            raise ConfigurationError(msg) from error
        if header and header[_MAGIC_OFFSET:] != _MAGIC:
            msg = f"The database '{self.path}' cannot be opened: it is not a DuckDB file. Check the setting 'path'."
            raise ConfigurationError(msg)

    def _cannot_open(self, error: duckdb.Error) -> ConfigurationError:
        reason = str(error).partition("\n")[0]
        return ConfigurationError(
            f"The database '{self.path}' cannot be opened: {reason}. Check the settings 'path', 'threads' and "
            "'memory_limit'; a file of a newer DuckDB needs a newer duckdb package.",
        )

    def _not_written_back(self, error: duckdb.Error) -> LoadError:
        advice = "raise 'memory_limit' or leave it out" if is_out_of_memory(error) else "look for space on the disk"
        return LoadError(
            f"The rows are committed, but DuckDB could not write them from its log into '{self.path}' "
            f"({type(error).__name__}). Nothing is lost: {advice}, and run again.",
        )

    def _still_locked(self, holder: str) -> LoadError:
        seconds = self._resources.lock_timeout_seconds
        return LoadError(
            f"The database '{self.path}' is still locked by {holder} after {seconds:g} s. End that "
            "program, let the schedules run one after the other, or raise 'lock_timeout_seconds'. Nothing was lost: "
            "run again.",
        )


def is_out_of_memory(error: duckdb.Error) -> bool:
    """Whether a higher memory limit would help; DuckDB wraps such errors in others, but keeps its advice."""
    return isinstance(error, duckdb.OutOfMemoryException) or "SET memory_limit" in str(error)


def _lock_holder(error: duckdb.Error) -> str | None:
    """Who holds the lock, if that is what the error is about."""
    text = str(error)
    if "Could not set lock" not in text:
        return None
    process = re.search(r"\(PID (\d+)\)", text)
    return f"process {process[1]}" if process else "another process"


def _machine_megabytes() -> int:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 10**6
