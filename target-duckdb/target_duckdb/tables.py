"""A stream's table: its columns, how it is made, and how it grows when the SCHEMA does."""

# ruff: noqa: S608 - every name in the SQL is quoted by `types.quoted`, every text by `types.literal`

from __future__ import annotations

import dataclasses
import logging
import typing as t
from collections.abc import Mapping

import duckdb
from singer_spool import LoadError, StreamSpec
from singer_spool.metadata import RECORD_METADATA

from target_duckdb.expressions import checked, fitted, read_type
from target_duckdb.names import TableName
from target_duckdb.types import (
    BIGINT,
    DOUBLE,
    JSON,
    TIMESTAMPTZ,
    VARCHAR,
    Schema,
    column_type,
    holds,
    is_nested,
    literal,
    quoted,
)

logger = logging.getLogger(__name__)

_EXACT_DOUBLE = 2**53
BATCHED_AT = "_sdc_batched_at"


@dataclasses.dataclass(frozen=True, slots=True)
class Column:
    """One column.

    Attributes:
        name: The field's name in the records.
        declared: The type that the SCHEMA asks for.
        type: The type that the table has, which holds every value of the declared one.
        schema: The field's JSON Schema.
        key: Whether it is a part of the primary key.
        beside: For a JSON column, the field that in this load holds the text of values with long numbers.
    """

    name: str
    declared: str
    type: str
    schema: Schema
    key: bool = False
    beside: str | None = None

    @property
    def whole(self) -> bool:
        """Whether only whole numbers belong here although the column could hold others."""
        return self.declared == BIGINT and self.type == DOUBLE

    @property
    def distinct(self) -> bool:
        """Whether numbers that round to one double have to be refused: as keys they would be one row."""
        return self.type == DOUBLE and (self.key or self.whole)

    @property
    def checked(self) -> str:
        """SQL for the column's value, an error where it does not fit."""
        value = checked(quoted(self.name), self.type, distinct=self.distinct)
        return value if self.beside is None else f"coalesce(CAST({quoted(self.beside)} AS JSON), {value})"

    @property
    def fitted(self) -> str:
        """SQL for the column's value, NULL where it does not fit."""
        return fitted(quoted(self.name), self.type, distinct=self.distinct)

    def source(self, *, typed: bool) -> str:
        """The column as `read_json` has to read it.

        Args:
            typed: With its own type; else as text, so that no value is converted unseen.
        """
        own = f"{literal(self.name)}: {literal(self.type if typed else read_type(self.type))}"
        return own if self.beside is None else f"{own}, {literal(self.beside)}: 'VARCHAR'"


@dataclasses.dataclass(frozen=True, slots=True)
class Table:
    """A stream's table as the current SCHEMA fills it.

    Attributes:
        spec: The stream.
        name: Where it is.
        columns: Its columns that the SCHEMA knows.
        stamped: Whether the loader writes the moment of the load; else that column is a field like others.
        unique: Whether the table has constraints of its own that refuse a second row of a key.
    """

    spec: StreamSpec
    name: TableName
    columns: tuple[Column, ...]
    stamped: bool = False
    unique: bool = False

    @property
    def keys(self) -> tuple[str, ...]:
        """The primary key, quoted."""
        return tuple(quoted(key) for key in self.spec.key_properties)

    @property
    def read(self) -> tuple[Column, ...]:
        """The columns that come from the spool files."""
        return tuple(column for column in self.columns if not self.stamps(column))

    def stamps(self, column: Column) -> bool:
        """Whether the column's value is the moment of the load."""
        return self.stamped and column.name == BATCHED_AT

    def with_type(self, name: str, sql_type: str) -> Table:
        """The same table with another type for one column."""
        columns = (dataclasses.replace(c, type=sql_type) if c.name == name else c for c in self.columns)
        return dataclasses.replace(self, columns=tuple(columns))

    def with_beside(self, fields: Mapping[str, str]) -> Table:
        """The same table, reading for some columns another field as well: see `Column.beside`."""
        columns = (dataclasses.replace(column, beside=fields.get(column.name)) for column in self.columns)
        return dataclasses.replace(self, columns=tuple(columns))


def plan_table(spec: StreamSpec, name: TableName, *, metadata: bool, structs: bool) -> Table:
    """The table that a SCHEMA asks for.

    Raises:
        LoadError: DuckDB cannot hold these fields.
    """
    properties: dict[str, t.Any] = dict(spec.properties)
    if metadata:
        properties = {field: schema for field, schema in properties.items() if field not in RECORD_METADATA}
        properties |= RECORD_METADATA
    _check_names(spec.name, properties)
    columns = []
    for field, schema in properties.items():
        declared = column_type(schema, structs=structs)
        columns.append(Column(field, declared, declared, schema, key=field in spec.key_properties))
    return Table(spec, name, tuple(columns), stamped=metadata)


def _check_names(stream: str, properties: dict[str, t.Any]) -> None:
    if not properties:
        msg = f"Stream '{stream}' has no fields, and DuckDB no tables without columns: deselect the stream at the tap."
        raise LoadError(msg, stream=stream)
    if "" in properties:
        msg = f"Stream '{stream}' has a field without a name: rename or deselect it at the tap."
        raise LoadError(msg, stream=stream)
    seen: dict[str, str] = {}
    for field in properties:
        other = seen.setdefault(field.casefold(), field)
        if other != field:
            msg = (
                f"Stream '{stream}' has the fields '{other}' and '{field}', and DuckDB does not tell names apart by "
                "case: rename or deselect one of them at the tap."
            )
            raise LoadError(msg, stream=stream)


def prepare(connection: duckdb.DuckDBPyConnection, table: Table) -> Table:
    """Make the table, or let it grow: new columns, and wider types where no value changes.

    Returns:
        The table with the types that its columns have now.

    Raises:
        LoadError: A column has a type that cannot hold the stream's values.
    """
    table = _with_canonical_types(connection, table)
    existing = _existing_columns(connection, table)
    if not existing:
        connection.execute(f"CREATE SCHEMA IF NOT EXISTS {table.name.schema_sql}")
        columns = ", ".join(f"{quoted(column.name)} {column.type}" for column in table.columns)
        connection.execute(f"CREATE TABLE {table.name.sql} ({columns})")
        return table
    columns_now = tuple(_fit(connection, table, column, existing) for column in table.columns)
    return dataclasses.replace(table, columns=columns_now, unique=_is_unique(connection, table.name))


def _is_unique(connection: duckdb.DuckDBPyConnection, name: TableName) -> bool:
    """Whether the table has a primary key or unique columns of its own; those that we make have none."""
    place = _PLACE.format(name="table_name")
    unique = f"SELECT 1 FROM duckdb_constraints() {place} AND constraint_type IN ('PRIMARY KEY', 'UNIQUE')"
    return connection.execute(unique, list(name)).fetchone() is not None


def _with_canonical_types(connection: duckdb.DuckDBPyConnection, table: Table) -> Table:
    """Nested types spelled as DuckDB spells them, so that they can be compared with those of a table."""
    for column in table.columns:
        if is_nested(column.type):
            row = connection.execute(f"SELECT typeof(CAST(NULL AS {column.type}))").fetchone()
            table = table.with_type(column.name, row[0] if row else column.type)
    return table


_PLACE = "WHERE (database_name, lower(schema_name), lower({name})) = (?, lower(?), lower(?))"


def _existing_columns(connection: duckdb.DuckDBPyConnection, table: Table) -> dict[str, str]:
    place = list(table.name)
    if connection.execute(f"SELECT 1 FROM duckdb_views() {_PLACE.format(name='view_name')}", place).fetchone():
        msg = f"Stream '{table.spec.name}': {table.name} is a view: drop or rename it, or rename the stream at the tap."
        raise LoadError(msg, stream=table.spec.name)
    columns = f"SELECT column_name, data_type FROM duckdb_columns() {_PLACE.format(name='table_name')}"
    rows = connection.execute(columns, place).fetchall()
    return {column.casefold(): data_type for column, data_type in rows}


def _fit(connection: duckdb.DuckDBPyConnection, table: Table, column: Column, existing: dict[str, str]) -> Column:
    present = existing.get(column.name.casefold())
    if present is None:
        logger.info("%s: new column %s %s", table.name, column.name, column.type)
        connection.execute(f"ALTER TABLE {table.name.sql} ADD COLUMN {quoted(column.name)} {column.type}")
        return column
    if holds(present, column.type) or (present == DOUBLE and column.type == BIGINT):
        return dataclasses.replace(column, type=present)
    if holds(column.type, present) or _exact_as_double(connection, table, column, present):
        widen(connection, table.name, column.name, present, column.type)
        return column
    msg = (
        f"Stream '{table.spec.name}': column '{column.name}' of {table.name} has type {present}, the SCHEMA now asks "
        f"for {column.type}, and neither can hold all values of the other. Rename the column (ALTER TABLE … RENAME), "
        "or drop it, and run again with a full refresh."
    )
    raise LoadError(msg, stream=table.spec.name)


def _exact_as_double(connection: duckdb.DuckDBPyConnection, table: Table, column: Column, present: str) -> bool:
    if (present, column.type) != (BIGINT, DOUBLE):
        return False
    name = quoted(column.name)
    row = connection.execute(f"SELECT count(*) FROM {table.name.sql} WHERE abs({name}) > {_EXACT_DOUBLE}").fetchone()
    return row == (0,)


def widen(connection: duckdb.DuckDBPyConnection, name: TableName, column: str, old: str, new: str) -> None:
    """Change a column's type; the values that are there keep their meaning."""
    logger.info("%s: column %s becomes %s, was %s", name, column, new, old)
    identifier = quoted(column)
    value = f"strftime({identifier}, '%Y-%m-%dT%H:%M:%S.%fZ')" if old == TIMESTAMPTZ else identifier
    using = {VARCHAR: f"CAST({value} AS VARCHAR)", JSON: f"to_json({value})"}.get(new, f"CAST({identifier} AS {new})")
    connection.execute(f"ALTER TABLE {name.sql} ALTER COLUMN {identifier} SET DATA TYPE {new} USING {using}")
