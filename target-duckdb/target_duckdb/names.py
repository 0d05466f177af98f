"""Where a stream's table lies."""

from __future__ import annotations

import typing as t

from target_duckdb.types import quoted

DEFAULT_SCHEMA = "main"
_SCHEMA_AND_TABLE = {2, 3}


class TableName(t.NamedTuple):
    """A table inside one database file.

    Attributes:
        catalog: DuckDB's name for the file. Given always: a schema may be called like the file.
        schema: The schema.
        table: The table.
    """

    catalog: str
    schema: str
    table: str

    @property
    def sql(self) -> str:
        """The full name, quoted."""
        return ".".join(quoted(part) for part in self)

    @property
    def schema_sql(self) -> str:
        """The schema's full name, quoted."""
        return f"{quoted(self.catalog)}.{quoted(self.schema)}"

    def __str__(self) -> str:
        return f"{self.schema}.{self.table}"


def table_name(stream: str, catalog: str, default_schema: str | None) -> TableName:
    """The SDK's convention for stream names, without its renaming.

    `default_target_schema` wins; else a stream `schema-table` (or `database-schema-table`) names its schema; else it is
    `main`. The table is what stands after the last dash.
    """
    parts = stream.split("-")
    schema = parts[-2] if len(parts) in _SCHEMA_AND_TABLE else None
    return TableName(catalog, default_schema or schema or DEFAULT_SCHEMA, parts[-1] or stream)
