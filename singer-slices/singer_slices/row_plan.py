"""What has to be done to each field of a row so that it fits its schema, worked out once for the typed record path.

`RecordShaper` says what a record must become. A plan says which part of that a typed decoder does by itself (`Plain`),
and where code must follow (`Moment`, `Loose`). Schemas are read as `RecordShaper.compile` reads them.
"""

from __future__ import annotations

import dataclasses
import typing as t

from singer_slices.derived import Derived, LocalDay, PartList
from singer_slices.records import EXTRA, JsonSchema

Breadcrumb = tuple[str, ...]
#: Breadcrumb → whether it is selected, as in the SDK's catalogs; what is not named is as what it lies in.
Mask = t.Mapping[Breadcrumb, bool]

_PLAIN: dict[str, t.Any] = {"string": str, "integer": int, "number": int | float, "boolean": bool}
_UNSPEAKABLE = frozenset('"\\')  # in names, msgspec writes them as they are


@dataclasses.dataclass(frozen=True, slots=True)
class Plain:
    """The decoder checks it, nothing is left to do."""

    annotation: t.Any


@dataclasses.dataclass(frozen=True, slots=True)
class Moment:
    """Text that becomes RFC 3339 with an offset."""

    path: str


@dataclasses.dataclass(frozen=True, slots=True)
class Loose:
    """Decoded as it comes, then converted as `RecordShaper` does it.

    Attributes:
        schema: its own.
        path: where it stands.
        pruned: the breadcrumb below which something is deselected; None where nothing is.
    """

    schema: JsonSchema
    path: str
    pruned: Breadcrumb | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class Items:
    """A list."""

    item: Node


@dataclasses.dataclass(frozen=True, slots=True)
class Field:
    """A field of an object.

    Attributes:
        name: in JSON.
        node: its value.
        is_hidden: decoded and left out of the record: it is not selected.
        is_stray: the schema lacks it; counted, then left out or kept under `_extra`.
    """

    name: str
    node: Node
    is_hidden: bool = False
    is_stray: bool = False


@dataclasses.dataclass(frozen=True, slots=True, eq=False)
class Group:
    """An object with known fields, and no others."""

    path: str
    fields: tuple[Field, ...]

    def place_of(self, name: str) -> int | None:
        """The number of a field."""
        return next((place for place, field in enumerate(self.fields) if field.name == name), None)


Node = Plain | Moment | Loose | Items | Group


@dataclasses.dataclass(frozen=True, slots=True)
class Learned:
    """What rows have taught about a source that keeps to its schema otherwise.

    Attributes:
        loose: paths whose values did not fit.
        strays: containers and names of fields that the schema lacks; the row itself is the container "".
    """

    loose: frozenset[str] = frozenset()
    strays: frozenset[tuple[str, str]] = frozenset()

    def __len__(self) -> int:
        return len(self.loose) + len(self.strays)

    def with_lesson(self, path: str, name: str | None) -> Learned:
        """With an unknown field `name` in the object at `path`; with values at `path` that do not fit if it is None."""
        if name is None:
            return Learned(self.loose | {path}, self.strays)
        return Learned(self.loose, self.strays | {(path, name)})


@dataclasses.dataclass(frozen=True, slots=True)
class Dressing:
    """What stands on a record beside the vendor's fields, or is done to one as a whole.

    Attributes:
        derived: field → how it is made.
        constants: fields that partition and settings may put on a record.
        hashed: fields to hash, or to hash a part of.
        keep_unknown: whether unknown fields are kept under `_extra`.
    """

    derived: t.Mapping[str, Derived] = dataclasses.field(default_factory=dict)
    constants: frozenset[str] = frozenset()
    hashed: frozenset[str] = frozenset()
    keep_unknown: bool = False


class Unplannable(Exception):  # noqa: N818 - no error: the other record path takes such rows
    """The typed path cannot serve a stream."""


class Planner:
    """Makes the plan of one stream.

    Args:
        schema: of the values, before anything is hashed.
        mask: what is selected.
        dressing: what is added.
        learned: what rows have taught.
    """

    def __init__(self, schema: JsonSchema, mask: Mask, dressing: Dressing, learned: Learned) -> None:
        self._schema = schema
        self._mask = mask
        self._dressing = dressing
        self._learned = learned
        self._deselected = [crumb for crumb, selected in mask.items() if not selected]

    def plan(self) -> Group:
        """The plan of a row.

        Raises:
            Unplannable: it has a field that typed rows cannot have, or that is derived in a way known to nobody here.
        """
        schema_fields: t.Mapping[str, JsonSchema] = self._schema.get("properties") or {}
        derived = {name: make for name, make in self._dressing.derived.items() if name in schema_fields}
        sources = {make.field for make in derived.values()}
        if any(type(make) not in (LocalDay, PartList) for make in derived.values()) or sources & set(derived):
            raise Unplannable
        loose = {make.field for make in derived.values() if isinstance(make, PartList)}
        fields = []
        for name, schema in schema_fields.items():
            crumb = ("properties", name)
            node = self._top_node(name, schema, crumb)
            if name in loose and not _has_plain_parts(node, [m for m in derived.values() if m.field == name]):
                node = self._loose(schema, name, crumb)
            fields.append(Field(name, node, is_hidden=not self._mask[crumb]))
        extra = sources | self._dressing.constants
        if self._dressing.keep_unknown and EXTRA not in schema_fields:
            raise Unplannable
        fields += self._strays("", {name for name in extra if name not in schema_fields}, schema_fields)
        if not all(is_speakable(field.name) for field in fields):
            raise Unplannable
        return Group("", tuple(fields))

    def _top_node(self, name: str, schema: JsonSchema, crumb: Breadcrumb) -> Node:
        node = self._node(schema, name, crumb)
        needs_dicts = name in self._dressing.hashed and isinstance(node, Group | Items)
        return self._loose(schema, name, crumb) if needs_dicts else node

    def _node(self, schema: JsonSchema, path: str, crumb: Breadcrumb | None) -> Node:
        """Whoever changes this changes `RecordShaper.compile` as well: a test holds them against each other.

        Args:
            schema: of the value.
            path: where it stands.
            crumb: the same for the mask; None within lists, where nothing is deselected.
        """
        if path in self._learned.loose:
            return self._loose(schema, path, crumb)
        types = schema.get("type", ())
        kinds = {types} if isinstance(types, str) else set(types)
        match sorted(kinds - {"null"}):
            case ["string"] if schema.get("format") == "date-time":
                return Moment(path)
            case [("string" | "integer" | "number" | "boolean") as kind]:
                return Plain(_PLAIN[kind])
            case ["array"]:
                return Items(self._node(schema.get("items") or {}, path + "[]", None))
            case ["object"] if schema.get("properties"):
                return self._group(schema, path, crumb)
            case _:
                return self._loose(schema, path, crumb) if self._prunes(crumb) else Plain(t.Any)

    def _group(self, schema: JsonSchema, path: str, crumb: Breadcrumb | None) -> Node:
        fields = []
        for name, part in schema["properties"].items():
            below = None if crumb is None else (*crumb, "properties", name)
            is_hidden = below is not None and not self._mask[below]
            fields.append(Field(name, self._node(part, f"{path}.{name}", below), is_hidden=is_hidden))
        if schema.get("additionalProperties", False) or not all(is_speakable(field.name) for field in fields):
            return self._loose(schema, path, crumb)
        fields += self._strays(path, set(), schema["properties"])
        return Group(path, tuple(fields))

    def _strays(self, path: str, names: set[str], known: t.Container[str]) -> list[Field]:
        learned = {name for container, name in self._learned.strays if container == path and name not in known}
        return [Field(name, Plain(t.Any), is_stray=True) for name in sorted(names | learned)]

    def _loose(self, schema: JsonSchema, path: str, crumb: Breadcrumb | None) -> Loose:
        return Loose(schema, path, crumb if self._prunes(crumb) else None)

    def _prunes(self, crumb: Breadcrumb | None) -> bool:
        if crumb is None:
            return False
        return any(len(other) > len(crumb) and other[: len(crumb)] == crumb for other in self._deselected)


def _has_plain_parts(node: Node, makes: t.Sequence[Derived]) -> bool:
    """Whether the parts that are made into a list can be read from typed items."""
    if not isinstance(node, Items) or not isinstance(node.item, Group):
        return isinstance(node, Plain | Loose)
    for make in makes:
        place = node.item.place_of(make.part) if isinstance(make, PartList) else None
        if place is None or not isinstance(node.item.fields[place].node, Plain | Moment):
            return False
    return True


def is_speakable(name: str) -> bool:
    """Whether a typed object can have a field of this name."""
    return not _UNSPEAKABLE & set(name) and name.isprintable()


def needs_work(node: Node) -> bool:
    """Whether code must follow the decoder."""
    match node:
        case Moment() | Loose():
            return True
        case Items(item):
            return needs_work(item)
        case Group(fields=fields):
            return any(field.is_hidden or field.is_stray or needs_work(field.node) for field in fields)
        case _:
            return False
