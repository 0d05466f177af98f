"""The setting `tables`: which tables to read, found in the file, and the catalog entry of each."""

from __future__ import annotations

import re
import typing as t

from singer_sdk.singerlib import CatalogEntry, MetadataMapping, Schema

from tap_duckdb.client import DuckDBConnector, Relation
from tap_duckdb.errors import ConfigurationError
from tap_duckdb.schemas import JsonSchema, json_schema

if t.TYPE_CHECKING:
    from collections.abc import Sequence

    from duckdb import DuckDBPyConnection
    from duckdb.sqltypes import DuckDBPyType

_NAME_PART = re.compile(r'"((?:[^"]|"")+)"|([^".]+)')


class Table(t.NamedTuple):
    """One entry of the setting, resolved: names are spelled as the file spells them."""

    stream: str
    relation: Relation
    key: tuple[str, ...]
    replication_key: str | None
    columns: dict[str, DuckDBPyType]

    def catalog_entry(self) -> dict[str, t.Any]:
        """The entry of a Singer catalog: incremental if there is a replication key."""
        schema = self._schema()
        method = "INCREMENTAL" if self.replication_key else "FULL_TABLE"
        metadata = MetadataMapping.get_standard_metadata(
            schema=schema,
            schema_name=self.relation.schema,
            key_properties=list(self.key),
            valid_replication_keys=[self.replication_key] if self.replication_key else None,
            replication_method=method,
            selected_by_default=True,
        )
        entry = CatalogEntry(
            tap_stream_id=self.stream,
            stream=self.stream,
            table=self.relation.name,
            key_properties=list(self.key),
            replication_key=self.replication_key,
            replication_method=method,
            schema=Schema.from_dict(schema),
            metadata=metadata,
        )
        return entry.to_dict()

    def _schema(self) -> JsonSchema:
        properties = {name: json_schema(kind) for name, kind in self.columns.items()}
        for name in self.key:
            properties[name]["type"].remove("null")
        return {"type": "object", "properties": properties, "required": list(self.key), "additionalProperties": False}


def resolve(connection: DuckDBPyConnection, settings: Sequence[dict[str, t.Any]]) -> list[Table]:
    """Find the tables of the setting in the open file.

    Raises:
        ConfigurationError: a table or column is not there, or a name fits several; the text says what there is.
    """
    present = DuckDBConnector.relations(connection)
    chosen = [_find(present, setting["table"]) for setting in settings]
    doubled = {str(relation) for relation in chosen if chosen.count(relation) > 1}
    if doubled:
        raise ConfigurationError(f"tables: {', '.join(sorted(doubled))} is listed twice; list it once.")
    names = [relation.name for relation in chosen]
    return [
        _table(connection, setting, relation, unique=names.count(relation.name) == 1)
        for setting, relation in zip(settings, chosen, strict=True)
    ]


def _find(present: list[Relation], wanted: str) -> Relation:
    parts = [quoted.replace('""', '"') or plain for quoted, plain in _NAME_PART.findall(wanted)]
    folded = [part.casefold() for part in parts]
    fits = [relation for relation in present if [part.casefold() for part in relation][-len(folded) :] == folded]
    if len(fits) == 1:
        return fits[0]
    if fits:
        raise ConfigurationError(f"tables: {wanted} may be {' or '.join(map(str, fits))}; put the schema before it.")
    there = ", ".join(map(str, present)) or "none"
    raise ConfigurationError(f"tables: there is no table {wanted}. Tables and views of the file: {there}.")


def _table(connection: DuckDBPyConnection, setting: dict[str, t.Any], relation: Relation, *, unique: bool) -> Table:
    columns = DuckDBConnector.columns(connection, relation)
    key = setting.get("key") or []
    return Table(
        stream=relation.name if unique else f"{relation.schema}-{relation.name}",
        relation=relation,
        key=tuple(_column(columns, relation, name, "key") for name in ([key] if isinstance(key, str) else key)),
        replication_key=_replication_key(columns, relation, setting.get("replication_key")),
        columns=columns,
    )


def _replication_key(columns: dict[str, DuckDBPyType], relation: Relation, name: str | None) -> str | None:
    if not name:
        return None
    column = _column(columns, relation, name, "replication_key")
    schema = json_schema(columns[column])
    if {"object", "array", "boolean"} & set(schema["type"]):
        raise ConfigurationError(
            f"tables: {relation}.{column} is {columns[column]}, which has no order to read by; "
            "replication_key must be a time, a day, a number or text."
        )
    return column


def _column(columns: dict[str, DuckDBPyType], relation: Relation, name: str, setting: str) -> str:
    for column in columns:
        if column.casefold() == name.casefold():
            return column
    raise ConfigurationError(f"tables: {setting} {name} is not a column of {relation}. It has: {', '.join(columns)}.")
