"""The setting `streams`: how each stream's records become profile updates."""

from __future__ import annotations

import dataclasses
import typing as t
from collections.abc import Iterator, Mapping

from singer_spool import ConfigurationError

from target_amplitude.fields import FORM_ONLY_FIELDS, TOP_LEVEL_FIELDS, reset_by
from target_amplitude.operations import (
    ALL_OPERATIONS,
    CLEAR_ALL,
    COLUMN_OPERATIONS,
    UNREPEATABLE,
    UNSET,
)

EndpointName = t.Literal["batch", "httpapi", "identify"]

AVAILABLE_TYPES: t.Final = ("identify",)
LATER_TYPES: t.Final = ("event", "group_identify")
ENDPOINTS: t.Final = ("batch", "httpapi", "identify")
WHEN_NULL: t.Final = ("skip", "unset")
_KEYS: t.Final = ("type", "endpoint", "user_id", "device_id", "user_properties", "when_null", "insert_id")
_FIELDS: t.Final = (*TOP_LEVEL_FIELDS, *FORM_ONLY_FIELDS)

Columns = dict[str, str]
"""Property (or field) to the column it is read from."""


@dataclasses.dataclass(frozen=True, slots=True)
class IdentifyMapping:
    """One stream's mapping of `type: identify`.

    Attributes:
        stream: The stream.
        endpoint: Where its updates go: `batch`, `httpapi` or the `identify` form.
        user_id: Column of the user id, or None.
        device_id: Column of the device id, or None.
        operations: Operation to property to column; no property stands under two operations.
        unset: Properties removed by every record.
        clear_all: Whether every record removes all properties; alone then.
        fields: Amplitude's own properties and their columns.
        when_null: What a null under `$set` does: `skip` it, or `unset` the property.
        insert_id: Columns that name a version of the record, for operations that must not be repeated.
    """

    stream: str
    endpoint: EndpointName
    user_id: str | None
    device_id: str | None
    operations: dict[str, Columns]
    unset: tuple[str, ...]
    clear_all: bool
    fields: Columns
    when_null: t.Literal["skip", "unset"]
    insert_id: tuple[str, ...]

    @property
    def repeatable(self) -> bool:
        """Whether a second delivery of the same update changes nothing."""
        return not any(operation in self.operations for operation in UNREPEATABLE)

    def columns(self) -> Iterator[tuple[str, str]]:
        """Every mapped column, each with the place in the mapping that names it."""
        for place in ("user_id", "device_id"):
            if column := getattr(self, place):
                yield place, column
        for operation, columns in self.operations.items():
            for column in columns.values():
                yield f"user_properties.{operation}", column
        yield from self.fields.items()
        for column in self.insert_id:
            yield "insert_id", column

    def warnings(self) -> list[str]:
        """What is allowed but worth a thought, one line each."""
        lines = []
        if reset := reset_by(self.fields):
            lines.append(
                f"Stream '{self.stream}': Amplitude empties {', '.join(reset)} of each user, because it sets these "
                f"together with {', '.join(self.fields)}. Map them too to keep them.",
            )
        if not self.repeatable:
            used = ", ".join(operation for operation in UNREPEATABLE if operation in self.operations)
            lines.append(
                f"Stream '{self.stream}': {used} would apply twice if a delivery is repeated. Amplitude does not "
                "document that insert_id protects profile updates; prefer $postInsert or $set.",
            )
        return lines


def read_streams(setting: Mapping[str, t.Any]) -> dict[str, IdentifyMapping]:
    """Read and check the whole setting.

    Raises:
        ConfigurationError: One line for everything that is wrong.
    """
    if not setting:
        raise ConfigurationError("The setting 'streams' maps no stream: name at least one.")
    problems: list[str] = []
    mappings = {}
    for stream, raw in setting.items():
        reader = _StreamReader(stream, raw)
        mapping = reader.read()
        if mapping is not None:
            mappings[stream] = mapping
        problems += reader.problems
    if problems:
        raise ConfigurationError("\n".join(problems))
    return mappings


class _StreamReader:
    """Reads one stream's mapping and collects everything that is wrong with it."""

    def __init__(self, stream: str, raw: t.Any) -> None:
        self.problems: list[str] = []
        self._stream = stream
        self._raw = raw
        self._properties: Mapping[str, t.Any] = {}

    def read(self) -> IdentifyMapping | None:
        """The mapping, or None with the reasons in `problems`."""
        if not isinstance(self._raw, Mapping):
            self._problem("", "must be an object with 'type', 'user_id' and 'user_properties'")
            return None
        if not self._type_is_available():
            return None
        self._check_keys()
        self._properties = self._full_properties()
        mapping = IdentifyMapping(
            stream=self._stream,
            endpoint=t.cast("EndpointName", self._choice("endpoint", ENDPOINTS)),
            user_id=self._column("user_id"),
            device_id=self._column("device_id"),
            operations=self._operations(),
            unset=self._unset(),
            clear_all=self._clear_all(),
            fields=self._fields(),
            when_null=t.cast("t.Literal['skip', 'unset']", self._choice("when_null", WHEN_NULL)),
            insert_id=self._insert_id(),
        )
        self._check_whole(mapping)
        return None if self.problems else mapping

    def _problem(self, place: str, text: str) -> None:
        path = f"streams.{self._stream}" + (f".{place}" if place else "")
        self.problems.append(f"setting '{path}' {text}")

    def _type_is_available(self) -> bool:
        kind = self._raw.get("type")
        if kind in AVAILABLE_TYPES:
            return True
        if kind in LATER_TYPES:
            self._problem("type", f"is '{kind}', which is not available yet in this version; only 'identify' is")
        else:
            self._problem("type", "must be 'identify'")
        return False

    def _check_keys(self) -> None:
        known = (*_KEYS, *_FIELDS)
        for key in self._raw:
            if key not in known:
                self._problem(str(key), f"is not known; known are {', '.join(known)}")

    def _choice(self, key: str, choices: tuple[str, ...]) -> str:
        value = self._raw.get(key, choices[0])
        if value not in choices:
            self._problem(key, f"must be one of {', '.join(choices)}")
            return choices[0]
        return t.cast("str", value)

    def _column(self, key: str) -> str | None:
        value = self._raw.get(key)
        if value is None or (isinstance(value, str) and value):
            return value
        self._problem(key, "must be the name of a column")
        return None

    def _fields(self) -> Columns:
        found = {field: self._column(field) for field in _FIELDS if field in self._raw}
        return {field: column for field, column in found.items() if column}

    def _insert_id(self) -> tuple[str, ...]:
        value = self._raw.get("insert_id", [])
        if isinstance(value, list) and all(isinstance(column, str) and column for column in value):
            return tuple(value)
        self._problem("insert_id", "must be a list of columns")
        return ()

    def _full_properties(self) -> Mapping[str, t.Any]:
        """`user_properties` in its full form: operation to columns."""
        value = self._raw.get("user_properties", {})
        if isinstance(value, list):
            return {"$set": value}
        if not isinstance(value, Mapping):
            self._problem("user_properties", "must be a list of columns, or an object")
            return {}
        operations = [key for key in value if str(key).startswith("$")]
        if not operations:
            return {"$set": value} if value else {}
        if len(operations) < len(value):
            plain = ", ".join(str(key) for key in value if key not in operations)
            self._problem("user_properties", f"mixes operations with plain properties: put {plain} under $set")
            return {}
        return value

    def _operations(self) -> dict[str, Columns]:
        found: dict[str, Columns] = {}
        for operation, columns in self._properties.items():
            if operation not in ALL_OPERATIONS:
                self._problem(f"user_properties.{operation}", f"is not one of {', '.join(ALL_OPERATIONS)}")
            elif operation in COLUMN_OPERATIONS:
                found[operation] = self._renames(f"user_properties.{operation}", columns)
        return {operation: columns for operation, columns in found.items() if columns}

    def _renames(self, place: str, value: t.Any) -> Columns:
        """A list of columns whose properties bear the same names, or an object property to column."""
        columns = {column: column for column in value} if _is_list_of_names(value) else value
        if not isinstance(columns, Mapping) or not all(_is_name(name) for name in (*columns, *columns.values())):
            self._problem(place, "must be a list of columns, or an object of properties and their columns")
            return {}
        if _is_list_of_names(value) and len(columns) < len(value):
            self._problem(place, "names a column twice")
        return dict(columns)

    def _unset(self) -> tuple[str, ...]:
        value = self._properties.get(UNSET, [])
        if _is_list_of_names(value):
            return tuple(value)
        self._problem(f"user_properties.{UNSET}", "must be a list of property names")
        return ()

    def _clear_all(self) -> bool:
        properties = self._properties
        value: t.Any = properties.get(CLEAR_ALL, False)
        if not isinstance(value, bool):
            self._problem(f"user_properties.{CLEAR_ALL}", "must be true or false")
            return False
        if value and len(properties) > 1:
            self._problem(f"user_properties.{CLEAR_ALL}", "must stand alone: it removes every property")
        return bool(value)

    def _check_whole(self, mapping: IdentifyMapping) -> None:
        if self.problems:
            return  # what could not be read would only be called missing here
        if not mapping.user_id and not mapping.device_id:
            self._problem("", "needs a column for 'user_id' or 'device_id'")
        if not (mapping.operations or mapping.unset or mapping.clear_all or mapping.fields):
            self._problem("", "maps nothing to send: give 'user_properties'")
        self._check_names(mapping)
        self._check_repeats(mapping)
        for field in FORM_ONLY_FIELDS:
            if field in mapping.fields and mapping.endpoint != "identify":
                self._problem(field, "is only known to the identify form: add 'endpoint: identify'")

    def _check_names(self, mapping: IdentifyMapping) -> None:
        seen: dict[str, str] = {}
        named = [(operation, name) for operation, columns in mapping.operations.items() for name in columns]
        for operation, name in [*named, *((UNSET, name) for name in mapping.unset)]:
            place = f"user_properties.{operation}.{name}"
            if name.startswith("$"):
                self._problem(place, "begins with '$', which would read as an operation: rename the property")
            if name in seen:
                self._problem(place, f"stands under {seen[name]} as well: one property takes one operation")
            seen[name] = operation

    def _check_repeats(self, mapping: IdentifyMapping) -> None:
        used = ", ".join(operation for operation in UNREPEATABLE if operation in mapping.operations)
        if used and mapping.endpoint == "identify":
            text = f"uses {used}, which the identify form cannot protect from repeats: use 'endpoint: batch'"
            self._problem("user_properties", text)
        elif used and not mapping.insert_id:
            text = f"is needed for {used}: columns that together name a version of the record, such as its time"
            self._problem("insert_id", text)
        elif mapping.insert_id and not used:
            text = (
                f"is only for {', '.join(UNREPEATABLE)}: other updates carry a fresh id, because a property that goes "
                "from A to B and back within seven days would lose its way back"
            )
            self._problem("insert_id", text)


def _is_name(value: t.Any) -> bool:
    return isinstance(value, str) and bool(value)


def _is_list_of_names(value: t.Any) -> t.TypeGuard[list[str]]:
    return isinstance(value, list) and all(_is_name(name) for name in value)
