"""One table as a stream: in the order of its replication key, from the bookmark on."""

from __future__ import annotations

import contextlib
import decimal
import json
import typing as t

import duckdb
from singer_sdk.exceptions import AbortedSyncFailedException, AbortedSyncPausedException
from singer_sdk.helpers.conform import TypeConformanceLevel
from singer_sdk.sql import SQLStream

from tap_duckdb.client import DuckDBConnector, Relation
from tap_duckdb.errors import ConfigurationError, FileBusyError
from tap_duckdb.schemas import is_nested, quote, render
from tap_duckdb.summary import StreamSummary

if t.TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from duckdb import DuckDBPyConnection
    from duckdb.sqltypes import DuckDBPyType
    from singer_sdk.helpers.types import Context, Record

    from tap_duckdb.tap import TapDuckDB

_FETCHED_ROWS = 5_000
# What ends the whole run, not one stream.
_PASSED_ON = (
    AbortedSyncFailedException,
    AbortedSyncPausedException,
    ConfigurationError,
    FileBusyError,
    BrokenPipeError,
)


class DuckDBStream(SQLStream):
    """Rows of one table or view.

    What is to be sent is first copied inside DuckDB, then the file is let go: a slow target does not keep writers out.
    """

    connector_class = DuckDBConnector
    # DuckDB renders every value for its schema (`schemas.render`); there is nothing left to conform.
    TYPE_CONFORMANCE_LEVEL = TypeConformanceLevel.NONE
    _tap: TapDuckDB

    def __init__(self, *, tap: TapDuckDB, catalog_entry: dict[str, t.Any], connector: DuckDBConnector) -> None:
        """Create the stream from its catalog entry."""
        super().__init__(tap=tap, catalog_entry=catalog_entry, connector=connector)
        # Without a catalog nothing else tells the SDK; with one, `apply_catalog` says it again.
        self.replication_key = self._singer_catalog_entry.replication_key
        self.forced_replication_method = self._singer_catalog_entry.replication_method
        self.summary = StreamSummary(self.name)

    @property
    def check_sorted(self) -> bool:
        """No check in Python: DuckDB sorts, and a bookmark that was edited by hand may be spelled otherwise."""
        return False

    @property
    def relation(self) -> Relation:
        """The table behind the stream."""
        entry = self._singer_catalog_entry
        schema = entry.metadata.root.schema_name
        if not entry.table or not schema:
            raise ConfigurationError(
                f"The catalog's entry {self.name} names no table-name and schema-name; make it with --discover."
            )
        return Relation(schema, entry.table)

    def get_records(self, context: Context | None) -> Iterator[Record]:
        """Every row from the bookmark on, those without a replication key first; the file is held only while copying.

        Raises:
            ConfigurationError: the bookmark or the catalog does not fit the table.
            FileBusyError: a writer held the file for too long.
            ValueError: a row has a null in its key.
        """
        with contextlib.closing(self._snapshot(context)) as rows:
            for row in rows:
                self._tap.raise_if_stopped()
                yield row

    def _snapshot(self, context: Context | None) -> Generator[Record, None, None]:
        connector = t.cast("DuckDBConnector", self.connector)
        with connector.open() as connection:
            kinds = self._selected(connector.columns(connection, self.relation))
            self._check_nulls(connection)
            self._copy(connection, kinds, self._start(context))
            connector.release(connection)
            cursor = connection.execute("SELECT * FROM snapshot ORDER BY rowid")
            while rows := cursor.fetchmany(_FETCHED_ROWS):
                for row in rows:
                    yield {
                        name: json.loads(value, parse_float=decimal.Decimal) if value and is_nested(kind) else value
                        for (name, kind), value in zip(kinds.items(), row, strict=True)
                    }

    def _start(self, context: Context | None) -> t.Any:
        """The bookmark, or `start_date` where the replication key is a time and no bookmark is later."""
        value = self.get_starting_replication_key_value(context)
        key_schema = self.schema["properties"].get(self.replication_key, {})
        is_time = key_schema.get("format") in {"date", "date-time"}
        return None if value == self.config.get("start_date") and not is_time else value

    def _selected(self, columns: dict[str, DuckDBPyType]) -> dict[str, DuckDBPyType]:
        wanted = self.get_selected_schema()["properties"]
        gone = [name for name in wanted if name not in columns]
        if gone:
            raise ConfigurationError(
                f"The catalog has {', '.join(gone)} in {self.name}, but {self.relation} has not. "
                "Make it anew with --discover."
            )
        return {name: kind for name, kind in columns.items() if name in wanted}

    def _check_nulls(self, connection: DuckDBPyConnection) -> None:
        """A null key part would merge unrelated rows; a null replication key cannot be remembered."""
        for name in self.primary_keys:
            if nulls := self._count_nulls(connection, name):
                raise ValueError(
                    f"{nulls} rows of {self.relation} have no {name}, which is part of the key. Correct the table."
                )
        if self.replication_key and (nulls := self._count_nulls(connection, self.replication_key)):
            self.logger.warning(
                "%d rows of %s have no %s. They are read again by every run; give them a value to have them read once.",
                nulls,
                self.relation,
                self.replication_key,
            )

    def _count_nulls(self, connection: DuckDBPyConnection, column: str) -> int:
        sql = f"SELECT count(*) FROM {self.relation.sql} WHERE {quote(column)} IS NULL"  # noqa: S608 - names are quoted
        (count,) = t.cast("tuple[int]", connection.execute(sql).fetchone())
        return count

    def _copy(self, connection: DuckDBPyConnection, kinds: dict[str, DuckDBPyType], bookmark: t.Any) -> None:
        """Copy what is to be sent, rendered and in order, into a temporary table."""
        rendered = ", ".join(f"{render(quote(name), kind)} AS {quote(name)}" for name, kind in kinds.items())
        parts = ["CREATE TEMP TABLE snapshot AS SELECT", rendered, "FROM", self.relation.sql, "AS source"]
        if self.replication_key and bookmark is not None:
            column, since = quote(self.replication_key), self._bookmark_sql(connection, kinds, bookmark)
            parts.append(f"WHERE source.{column} >= {since} OR source.{column} IS NULL")
        order = [self.replication_key, *self.primary_keys] if self.replication_key else self.primary_keys
        if order:
            parts.append("ORDER BY " + ", ".join(f"source.{quote(name)} NULLS FIRST" for name in order))
        if self.ABORT_AT_RECORD_COUNT is not None:
            parts.append(f"LIMIT {self.ABORT_AT_RECORD_COUNT + 1}")
        connection.execute(" ".join(parts))

    def _bookmark_sql(self, connection: DuckDBPyConnection, kinds: dict[str, DuckDBPyType], bookmark: t.Any) -> str:
        kind = kinds[self.replication_key or ""]
        literal = "'" + str(bookmark).replace("'", "''") + "'"
        expression = f"CAST({literal} AS {kind})"
        try:
            connection.execute(f"SELECT {expression}")
        except duckdb.Error as error:
            raise ConfigurationError(
                f"{self.name} is to be read from {bookmark!r} on (the state's bookmark, or start_date), "
                f"but {self.replication_key} is {kind}. Correct or clear it."
            ) from error
        return expression

    def _increment_stream_state(self, latest_record: Record, *, context: Context | None = None) -> None:
        if self.replication_key and latest_record.get(self.replication_key) is None:
            return
        super()._increment_stream_state(latest_record, context=context)

    def _sync_records(
        self, context: Context | None = None, *, write_messages: bool = True
    ) -> Generator[dict[str, t.Any], t.Any, t.Any]:
        """Count what is sent; a failure ends this stream alone, except in a dry run."""
        try:
            for record in super()._sync_records(context, write_messages=write_messages):
                self.summary.records += 1
                yield record
        except _PASSED_ON:
            raise
        except Exception as error:
            self.summary.fail(str(error))
            if self.ABORT_AT_RECORD_COUNT is not None:
                raise
            self.logger.exception("Reading %s failed; other tables go on", self.name)
        else:
            self.summary.status = "complete"
        finally:
            self.summary.bookmark = self.stream_state.get("replication_key_value")
