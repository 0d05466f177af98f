"""The loader: spool files in, one transaction a flush."""

# ruff: noqa: S608 - every name in the SQL is quoted by `types.quoted`, every text by `types.literal`

from __future__ import annotations

import dataclasses
import datetime as dt
import logging
import typing as t
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import duckdb
from singer_spool import Backend, Batch, Inspector, LoadError, StreamSpec

from target_duckdb.canonical import CanonicalColumns, Look
from target_duckdb.diagnosis import outgrown, unexplained, unfit_value, unreadable_record
from target_duckdb.exact import keep_exact
from target_duckdb.naive import NaiveTimes
from target_duckdb.names import TableName, table_name
from target_duckdb.nested import check_nested
from target_duckdb.session import CATALOG, Database
from target_duckdb.staging import load_batch
from target_duckdb.tables import Table, plan_table, prepare, widen
from target_duckdb.types import HUGEINT, TIMESTAMPTZ
from target_duckdb.unknown import UnknownFields

logger = logging.getLogger(__name__)


@dataclasses.dataclass(frozen=True, slots=True)
class Options:
    """How tables are laid out and kept.

    Attributes:
        default_schema: Schema for all tables; None takes it from the stream's name.
        structs: Nested values as STRUCT and LIST instead of JSON.
        metadata: Tables have the `_sdc_*` columns.
        hard_delete: Rows that vanished at the source are deleted instead of marked.
        process_versions: ACTIVATE_VERSION messages are obeyed.
    """

    default_schema: str | None = None
    structs: bool = False
    metadata: bool = True
    hard_delete: bool = False
    process_versions: bool = True


@dataclasses.dataclass(frozen=True, slots=True)
class _Load:
    """A batch that has been looked at.

    Attributes:
        batch: The records.
        typed: Columns that DuckDB may read with their own types.
        unknown: How often each field came that has no column.
    """

    batch: Batch
    typed: frozenset[str]
    unknown: Counter[str]


class DuckDBBackend(Backend):
    """Loads into one DuckDB file."""

    def __init__(self, database: Database, options: Options) -> None:
        self._database = database
        self._options = options
        self._tables: dict[str, Table] = {}
        self._rows: dict[str, int] = {}
        self._naive: dict[str, NaiveTimes] = {}
        self._canonical: dict[str, CanonicalColumns] = {}
        self._unknown: dict[str, UnknownFields] = {}

    def declare(self, spec: StreamSpec) -> None:
        """Make or alter the stream's table."""
        name = table_name(spec.name, CATALOG, self._options.default_schema)
        self._check_owner(spec.name, name)
        plan = plan_table(spec, name, metadata=self._options.metadata, structs=self._options.structs)
        self._database.expect_columns(len(plan.columns))
        try:
            with self._database.transaction() as connection:
                table = prepare(connection, plan)
                self._rows[spec.name] = _count(connection, name)
        except duckdb.Error as error:
            raise unexplained(error, spec.name) from None
        self._set_table(table)

    def inspector(self, spec: StreamSpec) -> Inspector:
        """A look at what `load` needs to know of every record."""
        return self._canonical[spec.name].look()

    def load(self, batches: Sequence[Batch]) -> None:
        """Load all batches in one transaction; a whole number beyond 64 bits widens its column first."""
        made: list[Path] = []
        try:
            self._load([self._looked_at(batch, made) for batch in batches])
        finally:
            for path in made:
                path.unlink(missing_ok=True)

    def _looked_at(self, batch: Batch, made: list[Path]) -> _Load:
        """Look at every record: which columns are what they should be, what has no column, which numbers are long.

        Args:
            batch: The records.
            made: Where to note files that have to be deleted after the load.
        """
        stream = batch.spec.name
        canonical = self._canonical[stream]
        look = batch.seen
        if not isinstance(look, Look) or look.origin is not canonical:  # the table has changed since
            look = canonical.look_at(batch.paths)
        beside: Mapping[str, str] = {}
        if look.long_numbers:
            exact = keep_exact(batch, self._tables[stream])
            batch, beside = exact.batch, exact.beside
            made += batch.paths
            look = canonical.look_at(batch.paths)
            for field in beside.values():
                del look.unknown[field]
        self._tables[stream] = self._tables[stream].with_beside(beside)
        typed = canonical.agreed(look)
        remarks = check_nested(batch, self._tables[stream])
        self._report_naive(batch, typed, remarks.naive)
        return _Load(batch, typed, look.unknown + remarks.unknown)

    def _report_naive(self, batch: Batch, typed: frozenset[str], members: set[str]) -> None:
        naive = self._naive.setdefault(batch.spec.name, NaiveTimes(batch.spec.name))
        columns = self._tables[batch.spec.name].read
        naive.look(batch, [c.name for c in columns if c.type == c.declared == TIMESTAMPTZ and c.name not in typed])
        naive.name(members)

    def _load(self, loads: Sequence[_Load]) -> None:
        batches = [load.batch for load in loads]
        typed = {load.batch.spec.name: load.typed for load in loads}
        while (failure := self._try_load(batches, typed)) is not None:
            self._mend_or_raise(*failure, typed)
        for load in loads:
            stream = load.batch.spec.name
            self._unknown.setdefault(stream, UnknownFields(stream)).add(load.unknown)

    def _try_load(
        self, batches: Sequence[Batch], typed: Mapping[str, frozenset[str]]
    ) -> tuple[duckdb.Error, Batch | None] | None:
        """Load; what went wrong and with which batch, None for the commit."""
        current: Batch | None = None
        now = dt.datetime.now(dt.UTC)
        try:
            with self._database.transaction() as connection:
                for batch in batches:
                    current = batch
                    load_batch(connection, batch, self._tables[batch.spec.name], now, typed[batch.spec.name])
                current = None
                rows = {batch.spec.name: _count(connection, self._tables[batch.spec.name].name) for batch in batches}
        except duckdb.Error as error:
            return error, current
        self._rows |= rows
        return None

    def _mend_or_raise(self, error: duckdb.Error, batch: Batch | None, typed: dict[str, frozenset[str]]) -> None:
        """Change what the next attempt needs: more memory, values read as text, a wider column; or raise."""
        if self._database.allow_more_memory(error):
            return
        if batch is None or not isinstance(error, duckdb.DataError | duckdb.InvalidInputException):
            raise unexplained(error, batch.spec.name if batch else None) from None
        stream = batch.spec.name
        if typed[stream]:
            self._canonical[stream].distrust()
            typed[stream] = frozenset()
            return
        self._widen_or_raise(error, batch)

    def _widen_or_raise(self, error: duckdb.Error, batch: Batch) -> None:
        table = self._tables[batch.spec.name]
        try:
            with self._database.connection() as connection:
                columns = outgrown(connection, batch, table)
                if not columns:
                    raise unfit_value(connection, batch, table) or unexplained(error, batch.spec.name) from None
                for column in columns:
                    widen(connection, table.name, column.name, column.type, HUGEINT)
                    table = table.with_type(column.name, HUGEINT)
        except duckdb.Error as second:
            if self._database.allow_more_memory(second):
                return  # the load fails once more, and then there is room to find out why
            raise unreadable_record(batch, table) or unexplained(second, batch.spec.name) from None
        self._set_table(table)

    def _set_table(self, table: Table) -> None:
        self._tables[table.spec.name] = table
        self._canonical[table.spec.name] = CanonicalColumns(table)

    def activate_version(self, spec: StreamSpec, version: int) -> None:
        """Mark or delete the rows of older versions; rows without a version are left alone, as in the SDK."""
        if not self._options.process_versions:
            return
        if not self._options.metadata:
            logger.warning(
                "Stream '%s': rows that vanished at the source are not marked, 'add_record_metadata' is off", spec.name
            )
            return
        table = self._tables[spec.name].name
        older = f"_sdc_table_version < {int(version)}"
        if self._options.hard_delete:
            statement = f"DELETE FROM {table.sql} WHERE {older}"
        else:
            statement = f"UPDATE {table.sql} SET _sdc_deleted_at = now() WHERE {older} AND _sdc_deleted_at IS NULL"
        try:
            with self._database.transaction() as connection:
                row = connection.execute(statement).fetchone()
                self._rows[spec.name] = _count(connection, table)
        except duckdb.Error as error:
            raise unexplained(error, spec.name) from None
        verb = "deleted" if self._options.hard_delete else "marked as deleted"
        logger.info("%s: %d rows that vanished at the source were %s", table, row[0] if row else 0, verb)

    def stream_results(self) -> list[dict[str, t.Any]]:
        """Table and row count of every stream, and how often fields were left out, where any were."""
        return [
            {"stream": stream, "table": str(table.name), "rows": self._rows[stream], **self._left_out(stream)}
            for stream, table in self._tables.items()
        ]

    def _left_out(self, stream: str) -> dict[str, t.Any]:
        unknown = self._unknown.get(stream)
        return {"unknown_fields": dict(unknown.counts)} if unknown is not None and unknown.counts else {}

    def close(self) -> None:
        """End the session."""
        self._database.close()

    def _check_owner(self, stream: str, name: TableName) -> None:
        for other, table in self._tables.items():
            if other != stream and str(table.name).casefold() == str(name).casefold():
                msg = (
                    f"The streams '{other}' and '{stream}' would both be loaded into {name}. Give them different "
                    "tables: rename one at the tap, or leave 'default_target_schema' out."
                )
                raise LoadError(msg, stream=stream)


def _count(connection: duckdb.DuckDBPyConnection, name: TableName) -> int:
    row = connection.execute(f"SELECT count(*) FROM {name.sql}").fetchone()
    return int(row[0]) if row else 0
