"""A vendor's row made to fit its stream's schema: offsets on times, text as text, numbers as numbers, nothing unknown.

The work is compiled once per stream from the JSON schema into nested functions, so that a row costs one pass.
"""

from __future__ import annotations

import collections
import logging
import typing as t

from singer_slices.derived import Derived
from singer_slices.fitting import CONVERSIONS, Convert
from singer_slices.times import SourceZone

logger = logging.getLogger(__name__)

Row = dict[str, t.Any]
JsonSchema = t.Mapping[str, t.Any]

EXTRA = "_extra"
_UNKNOWN = object()


class RecordShaper:
    """Shapes the rows of one stream.

    Args:
        stream: its name, for messages.
        schema: its JSON schema.
        zone: the zone of the vendor's local times.
        derived: field → how it is made of the vendor's fields.
        keep_unknown: keep top-level fields that the schema lacks under `_extra`.
    """

    def __init__(
        self,
        stream: str,
        schema: JsonSchema,
        zone: SourceZone,
        *,
        derived: t.Mapping[str, Derived] | None = None,
        keep_unknown: bool = False,
    ) -> None:
        self.stream = stream
        self.unknown: collections.Counter[str] = collections.Counter()
        self.misfits: collections.Counter[str] = collections.Counter()
        self._zone = zone
        known = schema.get("properties") or {}
        self._derived = {name: make for name, make in (derived or {}).items() if name in known}
        self._keep_unknown = keep_unknown
        self._fields = self._compile_fields(schema, "")
        if keep_unknown:
            self._fields.setdefault(EXTRA, None)

    def shape(self, row: Row) -> Row:
        """A new record: every field of `row` that the schema knows, converted to its type.

        A value that does not fit its type is kept as it is, counted in `misfits` and named once in the log.
        """
        record: Row = {}
        extra: Row | None = None
        fields = self._fields
        for name, value in row.items():
            convert = fields.get(name, _UNKNOWN)
            if convert is _UNKNOWN:
                self.note_unknown(name, kept=self._keep_unknown)
                if self._keep_unknown:
                    extra = extra if extra is not None else {}
                    extra[name] = value
            elif convert is None or value is None:
                record[name] = value
            else:
                record[name] = t.cast("Convert", convert)(value)
        for name, make in self._derived.items():
            if make.field in row:
                record[name] = make.of(row, self._zone)
        if extra:
            record[EXTRA] = extra
        return record

    # Compiling

    def _compile_fields(self, schema: JsonSchema, path: str) -> dict[str, Convert | object | None]:
        return {name: self.compile(field, f"{path}{name}") for name, field in (schema.get("properties") or {}).items()}

    def compile(self, schema: JsonSchema, path: str) -> Convert | None:
        """The conversion for values of `schema`, or None where every value passes as it is. No conversion takes null.

        Args:
            schema: of a field, or of a part of one.
            path: where it stands, for messages: `tags[].name`.
        """
        types = schema.get("type", ())
        kinds = {types} if isinstance(types, str) else set(types)
        match sorted(kinds - {"null"}):
            case ["string"] if schema.get("format") == "date-time":
                return self._time(path)
            case [("string" | "integer" | "number" | "boolean") as kind]:
                return self._checked(CONVERSIONS[kind], path)
            case ["array"]:
                return self._array(schema, path)
            case ["object"]:
                return self._object(schema, path)
            case _:
                return None

    def _checked(self, convert: Convert, path: str) -> Convert:
        def checked(value: t.Any) -> t.Any:
            try:
                return convert(value)
            except (ValueError, TypeError, OverflowError):
                self.note_misfit(path, type(value).__name__)
                return value

        return checked

    def _time(self, path: str) -> Convert:
        quick, to_rfc3339 = self._zone.seen.rfc3339, self._zone.rfc3339

        def convert(value: t.Any) -> t.Any:
            if value.__class__ is str and (known := quick(value)):
                return known
            try:
                return to_rfc3339(value)
            except (ValueError, TypeError):
                if value != "":
                    self.note_misfit(path, type(value).__name__)
                return None  # a text that is no time would stop every loader

        return convert

    def _array(self, schema: JsonSchema, path: str) -> Convert:
        item = self.compile(schema.get("items") or {}, path + "[]")

        def convert(value: t.Any) -> t.Any:
            if isinstance(value, dict):  # some answers hold a lone object where the contract promises a list
                value = [value]
            elif not isinstance(value, list):
                self.note_misfit(path, type(value).__name__)
                return value
            return value if item is None else [None if part is None else item(part) for part in value]

        return convert

    def _object(self, schema: JsonSchema, path: str) -> Convert | None:
        if not schema.get("properties"):
            return None
        fields = self._compile_fields(schema, path + ".")
        open_ended = bool(schema.get("additionalProperties", False))

        def convert(value: t.Any) -> t.Any:
            if not isinstance(value, dict):
                self.note_misfit(path, type(value).__name__)
                return value
            shaped: Row = {}
            for name, part in value.items():
                known = fields.get(name, _UNKNOWN)
                if known is _UNKNOWN and open_ended:
                    shaped[name] = part
                elif known is _UNKNOWN:
                    self.note_unknown(f"{path}.{name}", kept=False)
                else:
                    shaped[name] = part if known is None or part is None else t.cast("Convert", known)(part)
            return shaped

        return convert

    # Noticing

    def note_unknown(self, name: str, *, kept: bool) -> None:
        """Count a field that the schema lacks; the first one is told."""
        if not self.unknown[name]:
            what = f"kept under {EXTRA}" if kept else "left out (see unknown_fields)"
            logger.info(
                "%s: the source sends the field %r, which this version does not know: %s", self.stream, name, what
            )
        self.unknown[name] += 1

    def note_misfit(self, path: str, kind: str) -> None:
        """Count a value of the type `kind` that does not fit; the first one is told."""
        if not self.misfits[path]:
            logger.warning(
                "%s: the field %r holds a value of another type than promised (%s); it is passed on as far as possible",
                self.stream,
                path,
                kind,
            )
        self.misfits[path] += 1
