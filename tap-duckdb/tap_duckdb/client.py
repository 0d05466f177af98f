"""The one place where the DuckDB file is opened.

The SDK's SQL classes speak SQLAlchemy. The dialect for DuckDB (duckdb-engine) is PostgreSQL's in disguise: it reflects
through `pg_catalog`, where lists, structs and 128-bit integers lose their types, and hands out times in the session's
zone. So this connector asks DuckDB itself and leaves SQLAlchemy out; `SQLTap` and `SQLStream` need nothing else of it.
"""

from __future__ import annotations

import contextlib
import re
import time
import typing as t
from pathlib import Path

import duckdb
from singer_sdk.sql import SQLConnector

from tap_duckdb.errors import ConfigurationError, FileBusyError
from tap_duckdb.schemas import quote

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from duckdb import DuckDBPyConnection
    from duckdb.sqltypes import DuckDBPyType

_FIRST_PAUSE_SECONDS = 0.05
_LONGEST_PAUSE_SECONDS = 2.0
_RESERVED_NAMES = {"memory", "temp", "system"}
_HOLDER = re.compile(r"Conflicting lock is held in (.+?)\.? (?:See also|However)", re.DOTALL)


class Relation(t.NamedTuple):
    """A table or view of the file."""

    schema: str
    name: str

    def __str__(self) -> str:
        return f"{self.schema}.{self.name}"

    @property
    def sql(self) -> str:
        """The name as it stands in SQL."""
        return f"{quote(self.schema)}.{quote(self.name)}"


class DuckDBConnector(SQLConnector):
    """Opens the file read-only, waiting for a writer to be done, and says what is in it."""

    def __init__(
        self,
        config: dict[str, t.Any] | None = None,
        sqlalchemy_url: str | None = None,
        *,
        checkpoint: Callable[[], None] = lambda: None,
    ) -> None:
        """Create the connector.

        Args:
            config: the tap's settings.
            sqlalchemy_url: not used; the SDK's signature.
            checkpoint: called while waiting; may raise to end the wait.
        """
        super().__init__(config, sqlalchemy_url)
        self._checkpoint = checkpoint
        self.waited_seconds = 0.0

    @property
    def path(self) -> Path:
        """The file; a relative path starts in the working folder."""
        return Path(self.config["path"]).expanduser()

    @contextlib.contextmanager
    def open(self) -> Iterator[DuckDBPyConnection]:
        """An in-memory connection with the file attached read-only under its own name, and in use.

        The file's lock is held until the end of the block, or until `release`.

        Raises:
            ConfigurationError: there is no such file, or it is no DuckDB database.
            FileBusyError: a writer held it for longer than `lock_timeout_seconds`.
        """
        if not self.path.is_file():
            raise ConfigurationError(
                f"path: there is no file {self.path}. Load or build something first, or correct the setting."
            )
        with duckdb.connect() as connection:
            connection.execute("SET TimeZone = 'UTC'")
            # Under `python -m` DuckDB draws it between the messages when a query takes two seconds.
            connection.execute("SET enable_progress_bar = false")
            self._attach(connection)
            yield connection

    @staticmethod
    def release(connection: DuckDBPyConnection) -> None:
        """Let go of the file, so that writers may have it; what was copied stays readable."""
        (name,) = t.cast("tuple[str]", connection.sql("SELECT current_database()").fetchone())
        connection.execute("USE memory")
        connection.execute(f"DETACH {quote(name)}")

    def _attach(self, connection: DuckDBPyConnection) -> None:
        timeout = float(self.config.get("lock_timeout_seconds", 0))
        begun, pause = time.monotonic(), _FIRST_PAUSE_SECONDS
        while (holder := self._try_attach(connection)) is not None:
            waited = time.monotonic() - begun
            if waited >= timeout:
                raise FileBusyError(
                    f"{self.path} was still being written after {timeout:g} s, by {holder}. "
                    "Run this after the writer, or raise lock_timeout_seconds."
                )
            if pause == _FIRST_PAUSE_SECONDS:
                self.logger.info("Waiting up to %g s for %s, which %s is writing", timeout, self.path, holder)
            self._checkpoint()
            time.sleep(min(pause, timeout - waited))
            pause = min(pause * 2, _LONGEST_PAUSE_SECONDS)
        self.waited_seconds += time.monotonic() - begun

    def _try_attach(self, connection: DuckDBPyConnection) -> str | None:
        """Attach the file; returns who is writing it when someone is."""
        name = self.path.stem if self.path.stem.lower() not in _RESERVED_NAMES else "source_file"
        literal = str(self.path).replace("'", "''")
        try:
            connection.execute(f"ATTACH '{literal}' AS {quote(name)} (READ_ONLY)")
            connection.execute(f"USE {quote(name)}")
        except duckdb.Error as error:
            text = str(error)
            if "Could not set lock" in text:
                held = _HOLDER.search(text)
                return held.group(1) if held else "another process"
            raise ConfigurationError(f"path: {self.path} cannot be read as a DuckDB database: {text}") from error
        return None

    @staticmethod
    def relations(connection: DuckDBPyConnection) -> list[Relation]:
        """Every table and view of the attached file, sorted."""
        rows = connection.sql(
            "SELECT table_schema, table_name FROM information_schema.tables "
            "WHERE table_catalog = current_database() ORDER BY ALL"
        ).fetchall()
        return [Relation(*row) for row in rows]

    @staticmethod
    def columns(connection: DuckDBPyConnection, relation: Relation) -> dict[str, DuckDBPyType]:
        """A relation's columns in order, with their types."""
        described = connection.sql(f"SELECT * FROM {relation.sql} LIMIT 0")  # noqa: S608 - names are quoted
        return dict(zip(described.columns, described.types, strict=True))
