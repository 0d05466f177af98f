"""Rows decoded straight into types that are made of a stream's schema: what fits them is checked at C speed.

A page whose rows all fit is decoded in one go. Else each row is decoded by itself, and one that does not fit comes as a
plain dict, for the path that can make it fit. What is wrong with such rows is learnt: a source that sends an unknown
field, or a number as text, does so on every row, and the types are made anew so that those fit, too.
"""

from __future__ import annotations

import collections
import dataclasses
import operator
import re
import threading
import typing as t

import msgspec

from singer_slices import jsontext
from singer_slices.records import JsonSchema, Row
from singer_slices.row_code import RowCode
from singer_slices.row_plan import (
    Dressing,
    Field,
    Group,
    Items,
    Learned,
    Mask,
    Moment,
    Node,
    Plain,
    Planner,
    is_speakable,
)

#: Rows that may fail in one way before the types are changed for it; and how many ways are learnt at most.
PATIENCE = 10
MOST_LEARNT = 64

_UNKNOWN = re.compile(r"Object contains unknown field `(.*?)`(?: - at `\$\.?(.*)`)?", re.DOTALL)
_MISFIT = re.compile(r"Expected .* - at `\$\.?(.*)`", re.DOTALL)
_INDEX = re.compile(r"\[\d+\]")

#: Puts a row right that came otherwise than documented; in place, or as another one.
Repair = t.Callable[[Row], Row]
TypedRow = t.Any  # a struct of types that exist at run time only
_Decode = t.Callable[[bytes | msgspec.Raw], t.Any]


@dataclasses.dataclass(frozen=True, slots=True)
class Envelope:
    """Where the rows stand in an answer, and what else of it is wanted.

    Attributes:
        rows: names that lead to the list of rows.
        kept: dotted paths of what else is read; other fields of the answer are passed over.
    """

    rows: tuple[str, ...]
    kept: tuple[str, ...] = ()


class Types:
    """The types of one plan, with decoders and code.

    Args:
        plan: of a row.
        dressing: what is added to it.
    """

    def __init__(self, plan: Group, dressing: Dressing) -> None:
        self.plan = plan
        self.paths = frozenset(_paths(plan))
        self.groups = frozenset(_groups(plan))
        self.row = _struct(plan)
        self.decode_row: _Decode = msgspec.json.Decoder(self.row).decode
        self.code = RowCode(plan, dressing)
        self._envelopes: dict[Envelope, tuple[_Decode, _Decode]] = {}

    def envelope(self, envelope: Envelope) -> tuple[_Decode, _Decode]:
        """Decoders of an answer: with typed rows, and with rows that are not decoded."""
        if envelope not in self._envelopes:
            typed, raw = (_envelope(envelope.rows, envelope.kept, row) for row in (self.row, msgspec.Raw))
            self._envelopes[envelope] = msgspec.json.Decoder(typed).decode, msgspec.json.Decoder(raw).decode
        return self._envelopes[envelope]

    def values(self, rows: t.Sequence[TypedRow | Row], name: str) -> list[t.Any]:
        """The vendor's values of one field; None where it is absent."""
        place = self.plan.place_of(name)
        if place is None:
            raise KeyError(name)
        attribute = f"f{place}"
        try:
            values = list(map(operator.attrgetter(attribute), rows))
        except AttributeError:  # some rows are dicts
            values = [row.get(name) if row.__class__ is dict else getattr(row, attribute) for row in rows]
        if msgspec.UnsetType in set(map(type, values)):
            return [None if value is msgspec.UNSET else value for value in values]
        return values


@dataclasses.dataclass(frozen=True, slots=True)
class TypedRows:
    """The rows of a page: typed ones, and dicts where one does not fit."""

    types: Types
    rows: t.Sequence[TypedRow | Row]

    def __len__(self) -> int:
        return len(self.rows)

    def values(self, name: str) -> list[t.Any]:
        """The vendor's values of one field, as it sent them; None where it is absent."""
        return self.types.values(self.rows, name)

    def pick(self, places: t.Iterable[int]) -> TypedRows:
        """Some of the rows."""
        return TypedRows(self.types, [self.rows[place] for place in places])


class RowTypes:
    """The types of one stream's rows, as far as its source has taught them. Safe to use from several threads.

    Args:
        schema: of the values, before anything is hashed.
        mask: what is selected.
        dressing: what is added.

    Raises:
        Unplannable: there can be no such types.
    """

    def __init__(self, schema: JsonSchema, mask: Mask, dressing: Dressing) -> None:
        self._schema = schema
        self._mask = mask
        self._dressing = dressing
        self._learned = Learned()
        self._failures: collections.Counter[tuple[str, str | None]] = collections.Counter()
        self._learning = threading.Lock()
        self.types = self._made()

    def _made(self) -> Types:
        plan = Planner(self._schema, self._mask, self._dressing, self._learned).plan()
        return Types(plan, self._dressing)

    def decode(self, body: bytes, envelope: Envelope, repair: Repair | None = None) -> t.Any:
        """The document in `body`, with `TypedRows` for its rows.

        Where there is no list of objects in their place (an error, a lone object, nothing) or where the JSON is not
        clean, the document is what `jsontext.decode` makes of it, whole.

        Args:
            body: an answer.
            envelope: where its rows are.
            repair: applied to rows that do not fit; they are tried again then.

        Raises:
            RetryableError: the body is no JSON.
        """
        types = self.types
        try:
            return _opened(self._decoded(types, body, envelope, repair), types)
        except (_NoRows, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return jsontext.decode(body)

    def _decoded(self, types: Types, body: bytes, envelope: Envelope, repair: Repair | None) -> t.Any:
        decode, decode_raw = types.envelope(envelope)
        try:
            return decode(body)
        except msgspec.ValidationError:
            answer = decode_raw(body)
        holder = answer
        for _ in envelope.rows[1:]:
            holder = getattr(holder, "path", None)
        rows = getattr(holder, "path", None)
        if not isinstance(rows, list):
            raise _NoRows
        holder.path = [self._row(types, row, repair) for row in rows]
        return answer

    def _row(self, types: Types, raw: msgspec.Raw, repair: Repair | None) -> TypedRow | Row:
        """One row, typed if it can be."""
        try:
            return types.decode_row(raw)
        except msgspec.ValidationError as error:
            why = str(error)
        row = jsontext.decode(bytes(raw))
        if not isinstance(row, dict):
            raise _NoRows
        if repair is not None:
            row = repair(row)
            try:
                return msgspec.convert(row, types.row)
            except msgspec.ValidationError as error:
                why = str(error)
        self._learn(types, why)
        return row

    # Learning

    def _learn(self, types: Types, why: str) -> None:
        """Take in why a row did not fit; after some of a kind, make other types."""
        lesson = _lesson(types, why)
        if lesson is None:
            return
        with self._learning:
            self._failures[lesson] += 1
            learned = self._learned.with_lesson(*lesson)
            if self._failures[lesson] >= PATIENCE and len(self._learned) < len(learned) <= MOST_LEARNT:
                self._learned = learned
                self.types = self._made()


def _lesson(types: Types, why: str) -> tuple[str, str | None] | None:
    """Container and name of an unknown field, or path and None for a value of another type; None for all else."""
    if found := _UNKNOWN.fullmatch(why):
        container = _INDEX.sub("[]", found[2] or "")
        return (container, found[1]) if container in types.groups and is_speakable(found[1]) else None
    if found := _MISFIT.fullmatch(why):
        path = _INDEX.sub("[]", found[1])
        return (path, None) if path in types.paths else None
    return None


class _NoRows(Exception):  # noqa: N818 - internal
    """There is no list of objects where the rows should be."""


# Making types


def _struct(group: Group) -> type[msgspec.Struct]:
    """A type with every field of `group`, each absent or null if need be."""
    fields = [
        (f"f{number}", _or_absent(_annotation(field.node)), msgspec.UNSET) for number, field in enumerate(group.fields)
    ]
    names = {f"f{number}": field.name for number, field in enumerate(group.fields)}
    return msgspec.defstruct("Row", fields, rename=names, forbid_unknown_fields=True, gc=False)


def _annotation(node: Node) -> t.Any:
    match node:
        case Plain(annotation):
            return annotation if annotation is t.Any else annotation | None
        case Moment():
            return str | None
        case Items(item):
            return list[_annotation(item)] | None  # type: ignore[misc]
        case Group():
            return _struct(node) | None
        case _:
            return t.Any


def _or_absent(annotation: t.Any) -> t.Any:
    return annotation if annotation is t.Any else annotation | msgspec.UnsetType


def _envelope(path: tuple[str, ...], kept: tuple[str, ...], row: t.Any) -> type[msgspec.Struct]:
    """The type of an answer; its attribute `path` leads to the rows, at every level."""
    names = [name for name in dict.fromkeys(whole.split(".")[0] for whole in kept) if name != path[0]]
    below = tuple(whole.partition(".")[2] for whole in kept if whole.startswith(path[0] + "."))
    inner = list[row] if len(path) == 1 else _envelope(path[1:], below, row)
    fields: list[t.Any] = [("path", _or_absent(inner | None), msgspec.UNSET)]
    fields += [(f"k{number}", t.Any, msgspec.UNSET) for number in range(len(names))]
    rename = {"path": path[0]} | {f"k{number}": name for number, name in enumerate(names)}
    return msgspec.defstruct("Answer", fields, rename=rename)


def _opened(answer: t.Any, types: Types) -> t.Any:
    """An answer as dicts, its rows as `TypedRows`.

    Raises:
        _NoRows: it holds no rows.
    """
    if answer is None or answer is msgspec.UNSET:
        raise _NoRows
    if isinstance(answer, list):
        return TypedRows(types, answer)
    fields = msgspec.structs.fields(answer)
    values = {field.encode_name: getattr(answer, field.name) for field in fields if field.name != "path"}
    document = {name: value for name, value in values.items() if value is not msgspec.UNSET}
    document[fields[0].encode_name] = _opened(answer.path, types)
    return document


def _paths(node: Node, path: str = "") -> t.Iterator[str]:
    """The paths of all values, as messages have them."""
    match node:
        case Items(item):
            yield path + "[]"
            yield from _paths(item, path + "[]")
        case Group(fields=fields):
            for field in fields:
                below = _below(path, field)
                yield below
                yield from _paths(field.node, below)
        case _:
            return


def _groups(node: Node, path: str = "") -> t.Iterator[str]:
    """The paths of all typed objects."""
    match node:
        case Items(item):
            yield from _groups(item, path + "[]")
        case Group(fields=fields):
            yield path
            for field in fields:
                yield from _groups(field.node, _below(path, field))
        case _:
            return


def _below(path: str, field: Field) -> str:
    return f"{path}.{field.name}" if path else field.name
