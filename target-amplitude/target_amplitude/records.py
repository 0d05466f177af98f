"""From one record to one profile update."""

from __future__ import annotations

import collections
import hashlib
import itertools
import logging
import typing as t
import uuid

import msgspec
from singer_spool import ConfigurationError, StreamSpec

from target_amplitude.fields import field_text
from target_amplitude.identity import read_id
from target_amplitude.mapping import IdentifyMapping
from target_amplitude.operations import CLEAR_ALL, LIST_OPERATIONS, PLACEHOLDER, UNSET
from target_amplitude.updates import Operations, Rejected, Source, Update
from target_amplitude.values import MAX_DEPTH, MAX_TEXT_LENGTH, Converter, date_converter, depth, texts

logger = logging.getLogger(__name__)


class FreshIds:
    """Ids that no other record and no other run has: a run's random name and a counter."""

    def __init__(self, run: str | None = None) -> None:
        self._run = run or uuid.uuid4().hex
        self._numbers = itertools.count(1)

    def __call__(self) -> str:
        """The next one."""
        return f"{self._run}-{next(self._numbers)}"


class Mapper:
    """Turns one stream's records into updates.

    Args:
        mapping: The stream's mapping.
        spec: The stream's SCHEMA.
        min_id_length: Shortest id, in characters.
        fresh_id: Gives the `insert_id` of updates that may be repeated.

    Raises:
        ConfigurationError: The mapping names a column that SCHEMA lacks.
    """

    def __init__(
        self,
        mapping: IdentifyMapping,
        spec: StreamSpec,
        *,
        min_id_length: int,
        fresh_id: t.Callable[[], str],
    ) -> None:
        check_columns(mapping, spec)
        self.mapping = mapping
        self.stream = spec.name
        self.long_texts: collections.Counter[str] = collections.Counter()
        self._keys = spec.key_properties
        self._min_id_length = min_id_length
        self._fresh_id = fresh_id
        self._converters: dict[str, Converter] = {}
        self._date_schemas: dict[str, t.Any] = {}
        for _, column in mapping.columns():
            if converter := date_converter(spec.properties[column]):
                self._converters[column] = converter
                self._date_schemas[column] = spec.properties[column]

    def source(self, record: dict[str, t.Any], position: int) -> Source:
        """The record with what its fate will be written down with."""
        key = {name: record.get(name) for name in self._keys}
        return Source(self.stream, key, record, position, self._date_schemas)

    def update(self, source: Source) -> Update | None:
        """The record's update; None when it holds nothing to send.

        Raises:
            Rejected: The record cannot be delivered.
        """
        record = source.record
        user_id, device_id = self._id("user_id", record), self._id("device_id", record)
        if user_id is None and device_id is None:
            raise Rejected("missing_id", "the record has neither a user_id nor a device_id")
        operations = self._operations(record)
        fields = self._fields(record)
        if not operations and not fields:
            return None
        if depth(operations) > MAX_DEPTH:
            raise Rejected("too_deep", f"the properties are nested more than {MAX_DEPTH} levels deep")
        self._note_long_texts(operations)
        return Update(user_id, device_id, operations, fields, self._insert_id(record), (source,))

    def _id(self, name: t.Literal["user_id", "device_id"], record: dict[str, t.Any]) -> str | None:
        column = self.mapping.user_id if name == "user_id" else self.mapping.device_id
        if column is None:
            return None
        return read_id(record.get(column), name=name, column=column, min_length=self._min_id_length)

    def _operations(self, record: dict[str, t.Any]) -> Operations:
        if self.mapping.clear_all:
            return {CLEAR_ALL: PLACEHOLDER}
        unset = dict.fromkeys(self.mapping.unset, PLACEHOLDER)
        operations: Operations = {}
        for operation, columns in self.mapping.operations.items():
            values = {}
            for name, column in columns.items():
                value = self._value(operation, column, record)
                if value is not None:
                    values[name] = value
                elif operation == "$set" and column in record and self.mapping.when_null == "unset":
                    unset[name] = PLACEHOLDER
            if values:
                operations[operation] = values
        if unset:
            operations[UNSET] = unset
        return operations

    def _value(self, operation: str, column: str, record: dict[str, t.Any]) -> t.Any:
        """What the operation takes from the column; None when there is nothing to do."""
        value = record.get(column)
        if value is None:
            return None
        if operation == "$add" and (isinstance(value, bool) or not isinstance(value, int | float)):
            raise Rejected("not_a_number", f"column '{column}' is mapped to $add and holds no number")
        if operation in LIST_OPERATIONS and value == []:
            return None
        converter = self._converters.get(column)
        return converter(value) if converter else value

    def _fields(self, record: dict[str, t.Any]) -> dict[str, str]:
        found = {name: record.get(column) for name, column in self.mapping.fields.items()}
        return {name: field_text(value) for name, value in found.items() if value is not None}

    def _insert_id(self, record: dict[str, t.Any]) -> str:
        if not self.mapping.insert_id:
            return self._fresh_id()
        values = [record.get(column) for column in self.mapping.insert_id]
        if any(value is None for value in values):
            raise Rejected("missing_insert_id", "a column of insert_id is null, so a repeat could not be recognised")
        return hashlib.sha256(msgspec.json.encode([self.stream, values])).hexdigest()

    def _note_long_texts(self, operations: Operations) -> None:
        if CLEAR_ALL in operations:
            return
        for properties in operations.values():
            for name, value in properties.items():
                if any(len(text) > MAX_TEXT_LENGTH for text in texts(value)):
                    if name not in self.long_texts:
                        logger.warning(
                            "Stream '%s': property '%s' has texts longer than %d characters; Amplitude cuts them",
                            self.stream,
                            name,
                            MAX_TEXT_LENGTH,
                        )
                    self.long_texts[name] += 1


def check_columns(mapping: IdentifyMapping, spec: StreamSpec) -> None:
    """Hold a mapping against SCHEMA.

    Raises:
        ConfigurationError: One line for every mapped column that SCHEMA lacks.
    """
    missing = {
        f"setting 'streams.{mapping.stream}.{place}' names column '{column}', which the stream's SCHEMA lacks; "
        f"it has {', '.join(sorted(spec.properties)) or 'none'}"
        for place, column in mapping.columns()
        if column not in spec.properties
    }
    if missing:
        raise ConfigurationError("\n".join(sorted(missing)), stream=spec.name)
