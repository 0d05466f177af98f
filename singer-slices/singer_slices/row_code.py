"""Code that does to typed rows what no decoder does: times, derived fields, hashes, fields to leave out.

It is generated from the plan, one function for the objects of each kind, because a walk that looks at the plan for
every value costs as much as the untyped path. Fields are attributes `f0`, `f1`, … in the order of the plan.

What it writes out instead of calling, and the slices that it need not make, were measured: a call for each list, a
comprehension, or a new `slice` for each time would cost as much as all the rest.

The steps of a row are those of the other path, in its order: fields are derived from the vendor's values, unknown ones
counted, values converted; the partition's fields are filled in, values hashed, the settings' fields set; and what is
not selected goes.
"""

from __future__ import annotations

import types
import typing as t

import msgspec

from singer_slices.derived import DATE_TEXT, Derived, LocalDay, PartList
from singer_slices.records import EXTRA, JsonSchema
from singer_slices.row_plan import Breadcrumb, Dressing, Field, Group, Items, Loose, Moment, Node, Plain, needs_work
from singer_slices.times import HOUR_TEXT, MINUTES, MOST_REMEMBERED, SECOND_TEXT, Seen

#: Finishes rows in place. Told the number of each row of which something was noted.
Finish = t.Callable[[t.Sequence[t.Any], t.Callable[[int], None]], None]
Convert = t.Callable[[t.Any], t.Any]

#: Whether `v` is a local time in an hour that was seen; whatever else it holds, the other ways take it.
_QUICK = "local_hours and v.__class__ is str and (hour := local_hours.get(v[HOUR])) and (rest := v[REST]) in MINUTES"
#: Whether `v` is RFC 3339 already, made of parts that were seen.
_WHOLE = "v[ENDING] in endings and v[HOUR] in whole_hours and v[MIDDLE] in MINUTES"
#: Times that are known whole stay few, though each row may bring new ones.
_FORGET = [f"if len(wholes) > {MOST_REMEMBERED}:", "    wholes.clear()"]
_MOST_LOOPS = 8  # within each other: Python takes 20 blocks, and what lies deeper is rare


class Days(t.Protocol):
    """Local days, by the first ten characters of local times as far as they were seen."""

    known: dict[str, str | None]

    def of(self, value: t.Any) -> str | None:
        """The day of any value."""


class Tools(t.Protocol):
    """What generated code calls, for one zone and one partition."""

    @property
    def found(self) -> list[t.Any]:
        """What was noted since the list was last cleared."""

    @property
    def seen(self) -> Seen:
        """Parts of times that were seen."""

    def moment(self, path: str) -> Convert:
        """Any text to RFC 3339."""

    def loose(self, schema: JsonSchema, path: str) -> Convert | None:
        """Any value to what its schema says."""

    def prune(self, crumb: Breadcrumb) -> t.Callable[[t.Any], None]:
        """Takes what is not selected out of an object."""

    def unknown(self, path: str, *, kept: bool) -> t.Callable[[], None]:
        """Notes an unknown field."""

    def days(self, make: LocalDay) -> Days:
        """The local days of times."""

    def parts(self, make: Derived) -> Convert:
        """A list of objects to the list of one of their fields."""

    def hash(self, name: str) -> Convert:
        """Hashes a field, or parts of it."""

    @property
    def given(self) -> t.Mapping[str, t.Any]:
        """What the partition puts into fields that are absent."""

    @property
    def added(self) -> t.Mapping[str, t.Any]:
        """What settings and partition put on every record."""


class RowCode:
    """The code for one plan.

    Args:
        plan: of a row.
        dressing: what is added to it.
    """

    def __init__(self, plan: Group, dressing: Dressing) -> None:
        self._needs: dict[str, t.Callable[[Tools], t.Any]] = {}
        self._functions: list[str] = []
        self._row(plan, dressing)
        self.source = "\n".join(self._functions)
        self._code = compile(self.source, "<rows>", "exec")

    def bind(self, tools: Tools) -> Finish:
        """The function that finishes rows with these tools."""
        seen = tools.seen
        space: dict[str, t.Any] = {
            "UNSET": msgspec.UNSET,
            "MINUTES": MINUTES,
            "HOUR": slice(HOUR_TEXT),
            "REST": slice(HOUR_TEXT, None),
            "MIDDLE": slice(HOUR_TEXT, SECOND_TEXT),
            "ENDING": slice(SECOND_TEXT, None),
            "DAY": slice(DATE_TEXT),
            "GIVEN": tools.given,
            "found": tools.found,
            "local_hours": seen.local_hours,
            "wholes": seen.wholes,
            "whole_hours": seen.whole_hours,
            "endings": seen.endings,
        }
        space |= {name: make(tools) for name, make in self._needs.items()}
        exec(self._code, space)  # noqa: S102 - our own text; names of fields are in it as literals only
        return t.cast("Finish", t.cast("types.FunctionType", space["finish"]))

    def _need(self, make: t.Callable[[Tools], t.Any]) -> str:
        name = f"tool{len(self._needs)}"
        self._needs[name] = make
        return name

    # Rows

    def _row(self, plan: Group, dressing: Dressing) -> None:
        steps: list[str] = []
        converted: set[int] = set()
        for name, make in dressing.derived.items():
            is_only = sum(other.field == make.field for other in dressing.derived.values()) == 1
            steps += self._derived(plan, name, make, converted if is_only else None)
        steps += self._extra(plan) if dressing.keep_unknown else self._counted(plan)
        for number, field in enumerate(plan.fields):
            steps += [] if number in converted else self._convert(field.node, f"x.f{number}")
        steps += self._dressed(plan, dressing)
        for number, field in enumerate(plan.fields):
            if isinstance(field.node, Loose) and field.node.pruned:
                tool = self._prune(field.node.pruned)
                steps += [f"if x.f{number}.__class__ is dict:", f"    {tool}(x.f{number})"]
        steps += [f"x.f{number} = UNSET" for number, field in enumerate(plan.fields) if field.is_hidden]
        body = [*steps, "if found:", "    noted(place)"]
        loop = ["for place, x in enumerate(rows):", *_indented(body)]
        self._functions.append("\n".join(["def finish(rows, noted):", *_indented([*_FORGET, *loop])]))

    def _derived(self, plan: Group, name: str, make: Derived, converted: set[int] | None) -> list[str]:
        """Make a field of another one.

        Args:
            plan: of a row.
            name: the field.
            make: how.
            converted: takes the number of the other one where it was converted as well; None where it must not be yet.
        """
        target, source = plan.place_of(name), plan.place_of(make.field)
        if target is None or source is None or plan.fields[target].is_hidden:
            return []
        node = plan.fields[source].node
        if isinstance(make, LocalDay):
            days = self._need(lambda tools: tools.days(make))
            known = f"v.__class__ is str and len(v) < 20 and {days}.known.get(v[DAY])"
            day = f"x.f{target} = {known} or {days}.of(v)"
            if isinstance(node, Moment) and converted is not None:
                converted.add(source)
                return self._moment_and_day(node.path, f"x.f{source}", f"x.f{target}", day)
            return [f"v = x.f{source}", "if v is not UNSET:", f"    {day}"]
        if isinstance(make, PartList) and isinstance(node, Items) and isinstance(node.item, Group):
            made = _parts(f"x.f{target}", f"p.f{node.item.place_of(make.part)}")
        else:
            made = [f"x.f{target} = {self._need(lambda tools: tools.parts(make))}(v)"]
        return [f"v = x.f{source}", "if v is not UNSET:", *_indented(made)]

    def _counted(self, group: Group, x: str = "x") -> list[str]:
        """Note unknown fields of the object `x` and leave them out."""
        lines: list[str] = []
        for number, field in enumerate(group.fields):
            if field.is_stray:
                tool = self._unknown(group, field, kept=False)
                lines += [f"if {x}.f{number} is not UNSET:", f"    {tool}()", f"    {x}.f{number} = UNSET"]
        return lines

    def _extra(self, plan: Group) -> list[str]:
        """Note unknown fields and keep them under `_extra`."""
        lines = ["extra = {}"]
        for number, field in enumerate(plan.fields):
            if field.is_stray:
                tool = self._unknown(plan, field, kept=True)
                keep = f"    extra[{field.name!r}] = x.f{number}"
                lines += [f"if x.f{number} is not UNSET:", f"    {tool}()", keep, f"    x.f{number} = UNSET"]
        return [*lines, "if extra:", f"    x.f{plan.place_of(EXTRA)} = extra"]

    def _dressed(self, plan: Group, dressing: Dressing) -> list[str]:
        """Fill in what the partition gives, hash, and set what settings and partition put on every record."""
        given: list[str] = []
        added: list[str] = []
        for number, field in enumerate(plan.fields):
            name = field.name
            if name in dressing.constants:
                given += [f"if x.f{number} is UNSET:", f"    x.f{number} = GIVEN.get({name!r}, UNSET)"]
                # misc, here and below: mypy gives a lambda's default no type.
                tool = self._need(lambda tools, name=name: tools.added.get(name, msgspec.UNSET))  # type: ignore[misc]
                added += [f"if {tool} is not UNSET:", f"    x.f{number} = {tool}"]
        hashed: list[str] = []
        for number, field in enumerate(plan.fields):
            if field.name in dressing.hashed:
                tool = self._need(lambda tools, name=field.name: tools.hash(name))  # type: ignore[misc]
                hashed += [f"v = x.f{number}", "if v is not UNSET:", f"    x.f{number} = {tool}(v)"]
        return [*given, *hashed, *added]

    # Values

    def _convert(self, node: Node, place: str, depth: int = 1) -> list[str]:
        """Convert the value at `place`, an attribute, `depth` lists and objects down in a row."""
        match node:
            case Moment(path):
                return self._moment(path, place)
            case Loose():
                tool = self._need(lambda tools: tools.loose(node.schema, node.path) or _same)
                return [f"v = {place}", "if v is not UNSET and v is not None:", f"    {place} = {tool}(v)"]
            case Group() if needs_work(node):
                return [f"v = {place}", "if v:", *_indented(self._object(node, depth))]
            case Items(item) if needs_work(item):
                return [f"v = {place}", "if v:", *_indented(self._item_list(item, place, depth))]
            case _:
                return []

    def _moment(self, path: str, place: str) -> list[str]:
        """As `Seen.rfc3339`, written out where that pays: a call for each time would cost as much again."""
        return [
            f"v = {place}",
            f"if {_QUICK}:",
            f"    {place} = f'{{hour[0]}}{{rest}}{{hour[1]}}'",
            "elif v not in wholes and v.__class__ is str:",
            *_indented(self._whole(path, place)),
        ]

    def _moment_and_day(self, path: str, place: str, day_place: str, day: str) -> list[str]:
        """The same for a time of which the local day is wanted, which is known where its hour is.

        Args:
            path: where the time stands, for messages.
            place: its attribute.
            day_place: the attribute for its day.
            day: sets that where the hour was not seen.
        """
        return [
            f"v = {place}",
            f"if {_QUICK}:",
            f"    start, offset, {day_place} = hour",
            f"    {place} = f'{{start}}{{rest}}{{offset}}'",
            "elif v is not UNSET:",
            f"    {day}",
            "    if v not in wholes and v.__class__ is str:",
            *_indented(_indented(self._whole(path, place))),
        ]

    def _whole(self, path: str, place: str) -> list[str]:
        """For a text that is none of those that are known whole: find that it is one, or convert it."""
        tool = self._need(lambda tools: tools.moment(path))
        return [f"if {_WHOLE}:", "    wholes[v] = None", "else:", f"    {place} = {tool}(v)"]

    def _item_list(self, item: Node, place: str, depth: int) -> list[str]:
        """Convert the items of `v`, the list at `place`."""
        match item:
            case Group():
                return self._objects(item, depth)
            case Moment(path):
                tool = self._need(lambda tools: tools.moment(path))
                return [f"{place} = [None if p is None else {tool}(p) for p in v]"]
            case Loose():
                tool = self._need(lambda tools: tools.loose(item.schema, item.path) or _same)
                return [f"{place} = [None if p is None else {tool}(p) for p in v]"]
            case Items(inner):
                return [f"{place} = [{self._list(inner)}(p) if p else p for p in v]"]
            case Plain():
                return []

    def _list(self, item: Node) -> str:
        """A function that converts a list within a list."""
        # The steps for objects take `v` for their own values.
        return self._function(lambda: ["items = v", *self._item_list(item, "items", 1), "return items"])

    def _objects(self, group: Group, depth: int) -> list[str]:
        """Convert the objects of `v`, a list."""
        if depth > _MOST_LOOPS:
            return [self._function(lambda: self._objects(group, 1)) + "(v)"]
        x = f"x{depth}"
        return [f"for {x} in v:", f"    if {x} is not None:", *_indented(_indented(self._steps(group, depth)))]

    def _object(self, group: Group, depth: int) -> list[str]:
        """Convert `v`, an object."""
        if depth > _MOST_LOOPS:
            return [self._function(lambda: self._object(group, 1)) + "(v)"]
        return [f"x{depth} = v", *self._steps(group, depth)]

    def _steps(self, group: Group, depth: int) -> list[str]:
        x = f"x{depth}"
        steps = self._counted(group, x)
        for number, field in enumerate(group.fields):
            place = f"{x}.f{number}"
            steps += self._convert(field.node, place, depth + 1)
            if isinstance(field.node, Loose) and field.node.pruned:
                steps += [f"if {place}.__class__ is dict:", f"    {self._prune(field.node.pruned)}({place})"]
            steps += [f"{place} = UNSET"] if field.is_hidden else []
        return steps

    def _function(self, body: t.Callable[[], list[str]]) -> str:
        """The name of a function of `v`."""
        name = f"of{len(self._functions)}"
        self._functions.append("")  # keeps the name from being given again
        self._functions.append("\n".join([f"def {name}(v):", *_indented(body())]))
        return name

    def _unknown(self, group: Group, field: Field, *, kept: bool) -> str:
        path = f"{group.path}.{field.name}" if group.path else field.name
        return self._need(lambda tools: tools.unknown(path, kept=kept))

    def _prune(self, crumb: Breadcrumb) -> str:
        return self._need(lambda tools: tools.prune(crumb))


def column_reader(number: int | None) -> t.Callable[[t.Sequence[t.Any]], list[t.Any]]:
    """What reads the field `number` of typed rows, None where it is absent: `attrgetter` takes four times as long."""
    space: dict[str, t.Any] = {"UNSET": msgspec.UNSET}
    body = f"return [None if x.f{number} is UNSET else x.f{number} for x in rows]"
    exec(f"def read(rows): {body}", space)  # noqa: S102 - our own text
    return t.cast("t.Callable[[t.Sequence[t.Any]], list[t.Any]]", space["read"])


def _same(value: t.Any) -> t.Any:
    return value


def _parts(target: str, part: str) -> list[str]:
    """Make the list of one field of the objects `p` in `v`."""
    return [
        "if v is None:",
        f"    {target} = None",
        "else:",
        f"    {target} = parts = []",
        "    for p in v:",
        "        if p is not None:",
        f"            parts.append(None if {part} is UNSET else {part})",
    ]


def _indented(lines: t.Iterable[str]) -> list[str]:
    return ["    " + line for line in lines]
