"""A connection to the database file, held only as long as it is needed."""

from __future__ import annotations

import contextlib
import dataclasses
import logging
import re
import time
from collections.abc import Iterator
from pathlib import Path

import duckdb
from singer_spool import ConfigurationError, LoadError

logger = logging.getLogger(__name__)

# https://duckdb.org/docs/stable/internals/storage: a checksum of 8 bytes, then these.
_MAGIC_OFFSET = 8
_MAGIC = b"DUCK"
_FIRST_PAUSE = 0.05
_LONGEST_PAUSE = 1.0


@dataclasses.dataclass(frozen=True, slots=True)
class Database:
    """The file and how to open it.

    DuckDB lets one process write to a file. The connection is opened for each load and closed after it, so that other
    programs get their turn in between; the lock is waited for.
    """

    path: str
    threads: int | None = None
    memory_limit: str | None = None
    lock_timeout_seconds: float = 300

    @contextlib.contextmanager
    def connection(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """Open the file, making it and its folder if need be; the session's time zone is UTC.

        Raises:
            ConfigurationError: The file cannot be opened.
            LoadError: Another process held the lock for too long.
        """
        with contextlib.closing(self._connect()) as connection:
            connection.execute("SET TimeZone = 'UTC'")
            # Under `python -m` DuckDB draws it where STATE belongs when a query takes two seconds.
            connection.execute("SET enable_progress_bar = false")
            connection.execute("SET preserve_insertion_order = true")
            yield connection

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

    def _connect(self) -> duckdb.DuckDBPyConnection:
        try:
            Path(self.path).absolute().parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            msg = f"The folder of '{self.path}' cannot be made: {error.strerror}. Check the setting 'path'."
            raise ConfigurationError(msg) from error
        self._refuse_other_files()
        deadline = time.monotonic() + self.lock_timeout_seconds
        pause = _FIRST_PAUSE
        while True:
            try:
                return duckdb.connect(self.path, config=self._options())
            except duckdb.Error as error:
                holder = _lock_holder(error)
                if holder is None:
                    raise self._cannot_open(error) from None
                if time.monotonic() >= deadline:
                    raise self._still_locked(holder) from None
            if pause == _FIRST_PAUSE:
                logger.info(
                    "'%s' is locked by %s; waiting up to %g s (lock_timeout_seconds)",
                    self.path,
                    holder,
                    self.lock_timeout_seconds,
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

    def _options(self) -> dict[str, str | bool | int | float | list[str]]:
        options: dict[str, str | bool | int | float | list[str]] = {"autoinstall_known_extensions": False}
        if self.threads is not None:
            options["threads"] = self.threads
        if self.memory_limit is not None:
            options["memory_limit"] = self.memory_limit
        return options

    def _cannot_open(self, error: duckdb.Error) -> ConfigurationError:
        reason = str(error).partition("\n")[0]
        return ConfigurationError(
            f"The database '{self.path}' cannot be opened: {reason}. Check the settings 'path', 'threads' and "
            "'memory_limit'; a file of a newer DuckDB needs a newer duckdb package.",
        )

    def _still_locked(self, holder: str) -> LoadError:
        return LoadError(
            f"The database '{self.path}' is still locked by {holder} after {self.lock_timeout_seconds:g} s. End that "
            "program, let the schedules run one after the other, or raise 'lock_timeout_seconds'. Nothing was lost: "
            "run again.",
        )


def _lock_holder(error: duckdb.Error) -> str | None:
    """Who holds the lock, if that is what the error is about."""
    text = str(error)
    if "Could not set lock" not in text:
        return None
    process = re.search(r"\(PID (\d+)\)", text)
    return f"process {process[1]}" if process else "another process"
