"""Rows decoded straight into types that are made of a stream's schema: what fits them is checked at C speed.

A page is decoded some rows at a time, which makes the decoder itself twice as fast: what it makes stays in the
processor's cache, also while the rows are finished and encoded. Where a row does not fit, those beside it are decoded
one by one, and it comes as a plain dict, for the path that can make it fit. What is wrong with such rows is learnt: a
source that sends an unknown field, or a number as text, does so on every row, and the types are made anew so that those
fit, too.
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
from singer_slices.answers import Decode, NoRows, Texts
from singer_slices.records import JsonSchema, Row
from singer_slices.row_code import RowCode, column_reader
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
    Unplannable,
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


@dataclasses.dataclass(frozen=True, slots=True)
class Count:
    """How many items a row's lists hold: of the lists at the last name, in the objects of the lists at those before."""

    path: tuple[str, ...]

    def of(self, row: t.Any) -> int:
        """The number for a row, or a part of one, that is a dict."""
        parts = [row]
        for name in self.path:
            lists = [part.get(name) for part in parts if isinstance(part, dict)]
            parts = [item for items in lists if isinstance(items, list) for item in items]
        return len(parts)


#: What of a row is asked for before it is finished: a field, or a number of items.
Column = str | Count
TypedRow = t.Any  # a struct of types that exist at run time only


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
        self.decode_row: Decode = msgspec.json.Decoder(self.row).decode
        self.decode_rows: Decode = msgspec.json.Decoder(list[self.row]).decode  # type: ignore[name-defined]  # made here
        self.code = RowCode(plan, dressing)
        self._readers: dict[str, t.Callable[[t.Sequence[TypedRow]], list[t.Any]]] = {}
        self._counters: dict[Count, t.Callable[[TypedRow], int]] = {}

    def values(self, rows: t.Sequence[TypedRow | Row], column: Column) -> list[t.Any]:
        """The vendor's values of one field, from rows that are not finished yet; None where it is absent."""
        if isinstance(column, Count):
            count = self._counter(column)
            return [column.of(row) if row.__class__ is dict else count(row) for row in rows]
        return self._field(rows, column)

    def _counter(self, count: Count) -> t.Callable[[TypedRow], int]:
        if count not in self._counters:
            self._counters[count] = _counter(self.plan, count.path)
        return self._counters[count]

    def _field(self, rows: t.Sequence[TypedRow | Row], name: str) -> list[t.Any]:
        if name not in self._readers:
            self._readers[name] = column_reader(self.plan.place_of(name))
        try:
            return self._readers[name](rows)
        except AttributeError:  # some rows are dicts
            attribute = f"f{self.plan.place_of(name)}"
            values = [row.get(name) if row.__class__ is dict else getattr(row, attribute) for row in rows]
            return [None if value is msgspec.UNSET else value for value in values]


class RowTypes:
    """The types of one stream's rows, as far as its source has taught them. Safe to use from several threads.

    Args:
        schema: of the values, before anything is hashed.
        mask: what is selected.
        dressing: what is added.
        columns: what is asked for of each row.

    Raises:
        Unplannable: there can be no such types.
    """

    def __init__(self, schema: JsonSchema, mask: Mask, dressing: Dressing, columns: t.Collection[Column] = ()) -> None:
        self._schema = schema
        self._mask = mask
        self._dressing = dressing
        self._learned = Learned()
        self._failures: collections.Counter[tuple[str, str | None]] = collections.Counter()
        self._learning = threading.Lock()
        self.types = self._made()
        names = [column if isinstance(column, str) else column.path[0] for column in columns]
        if any(self.types.plan.place_of(name) is None for name in names):
            raise Unplannable

    def _made(self) -> Types:
        plan = Planner(self._schema, self._mask, self._dressing, self._learned).plan()
        return Types(plan, self._dressing)

    def decode(self, texts: Texts, repair: Repair | None = None) -> t.Iterator[tuple[Types, list[TypedRow | Row]]]:
        """The rows, some at a time, with their types; those that do not fit are dicts.

        Args:
            texts: lists of some rows each.
            repair: applied to rows that do not fit; they are tried again then.

        Raises:
            NoRows: a row is no object.
            DecodeError, UnicodeDecodeError, RecursionError: a text is no JSON, or only a forgiving reader takes it.
        """
        for text in texts:
            types = self.types
            try:
                yield types, types.decode_rows(text)
            except msgspec.ValidationError:
                yield types, [self._row(types, row, repair) for row in _raws(text)]

    def _row(self, types: Types, raw: msgspec.Raw, repair: Repair | None) -> TypedRow | Row:
        """One row, typed if it can be."""
        try:
            return types.decode_row(raw)
        except msgspec.ValidationError as error:
            why = str(error)
        row = jsontext.decode(bytes(raw))
        if not isinstance(row, dict):
            raise NoRows
        if repair is not None:
            row = repair(row)
            try:
                return msgspec.convert(row, types.row)
            except msgspec.ValidationError as error:
                why = str(error)
        self._learn(types, why, values=repair is None)
        return row

    # Learning

    def _learn(self, types: Types, why: str, *, values: bool) -> None:
        """Take in why a row did not fit; after some of a kind, make other types.

        Of rows that are repaired only unknown fields are learnt, no `values`: a type that takes anything also takes
        what is to be repaired.
        """
        lesson = _lesson(types, why)
        if lesson is None or (lesson[1] is None and not values):
            return
        with self._learning:
            self._failures[lesson] += 1
            learned = self._learned.with_lesson(*lesson)
            if self._failures[lesson] >= PATIENCE and len(self._learned) < len(learned) <= MOST_LEARNT:
                self._learned = learned
                self.types = self._made()


_raws = msgspec.json.Decoder(list[msgspec.Raw]).decode


def _lesson(types: Types, why: str) -> tuple[str, str | None] | None:
    """Container and name of an unknown field, or path and None for a value of another type; None for all else."""
    if found := _UNKNOWN.fullmatch(why):
        container = _INDEX.sub("[]", found[2] or "")
        return (container, found[1]) if container in types.groups and is_speakable(found[1]) else None
    if found := _MISFIT.fullmatch(why):
        path = _INDEX.sub("[]", found[1])
        return (path, None) if path in types.paths else None
    return None


# Making types


def _counter(group: Group, path: tuple[str, ...]) -> t.Callable[[TypedRow], int]:
    """`Count.of` for typed rows, and for objects in them."""
    place = group.place_of(path[0])
    if place is None:
        return lambda _: 0
    read = operator.attrgetter(f"f{place}")
    node = group.fields[place].node
    if isinstance(node, Items) and len(path) == 1:
        return lambda part: len(read(part) or ())
    if isinstance(node, Items) and isinstance(node.item, Group):
        inner = _counter(node.item, path[1:])
        return lambda part: sum([inner(item) for item in read(part) or () if item is not None])
    rest = Count(path)  # decoded as it came
    return lambda part: rest.of({path[0]: read(part)})


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
            return list[_annotation(item)] | None  # type: ignore[misc]  # a type made at run time
        case Group():
            return _struct(node) | None
        case _:
            return t.Any


def _or_absent(annotation: t.Any) -> t.Any:
    return annotation if annotation is t.Any else annotation | msgspec.UnsetType


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
