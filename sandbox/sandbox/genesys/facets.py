"""Aggregations of a details query: how many of the conversations found have a value, or a metric within a range.

Shape: AnalyticsQueryAggregation and AggregationResult of
https://developer.genesys.cloud/devapps/sdk/docexplorer/purecloudpython/; an example stands in
https://developer.genesys.cloud/analyticsdatamanagement/analytics/detail/index.
"""

from __future__ import annotations

import collections
import dataclasses
import typing as t

from sandbox.genesys.errors import bad_request
from sandbox.genesys.examples import Row
from sandbox.genesys.fields import choice, refuse_unknown, whole
from sandbox.genesys.filter_names import DIMENSIONS, METRICS
from sandbox.genesys.filters import values_of
from sandbox.genesys.matching import KINDS, parts_of

TERMS: t.Final = "termFrequency"
RANGES: t.Final = "numericRange"
OWN: t.Final = {TERMS: ("dimension", "size"), RANGES: ("metric", "ranges")}
"""Members that belong to one type only; the first of them tells the type where it is not given."""
DEFAULT_SIZE: t.Final = 10
MOST_TERMS: t.Final = 1000


class Bounds(t.NamedTuple):
    """Numbers from `gte` to below `lt`, either of which may be left open."""

    gte: float | None
    lt: float | None

    def hold(self, value: float) -> bool:
        """Whether a number lies between them."""
        return (self.gte is None or value >= self.gte) and (self.lt is None or value < self.lt)

    def row(self) -> Row:
        """As the platform writes them."""
        return {name: bound for name, bound in zip(("gte", "lt"), self, strict=True) if bound is not None}


@dataclasses.dataclass(frozen=True)
class Facet:
    """One aggregation.

    Attributes:
        type: `termFrequency` or `numericRange`.
        name: the dimension, or the metric.
        size: how many terms to tell, the most frequent ones.
        ranges: the ranges to count.
    """

    type: str
    name: str
    size: int = DEFAULT_SIZE
    ranges: tuple[Bounds, ...] = ()

    def counted(self, rows: t.Iterable[Row]) -> Row:
        """An `AggregationResult` over conversations, each of which counts once for each value that it has."""
        found = [self._values(row) for row in rows]
        having = sum(1 for values in found if values)
        results = self._terms(found) if self.type == TERMS else self._in_ranges(found)
        return {"type": self.type, OWN[self.type][0]: self.name, "count": having, "results": results}

    def _values(self, row: Row) -> set[t.Any]:
        kind = _kind(self.type, self.name)
        read = values_of(kind, self.name)
        return {value for part in parts_of(row, kind) for value in read(part)}

    def _terms(self, found: t.Iterable[set[t.Any]]) -> list[Row]:
        counts = collections.Counter(word_of(value) for values in found for value in values)
        most = sorted(counts.items(), key=lambda item: (-item[1], item[0]))[: self.size]
        return [{"value": value, "count": count} for value, count in most]

    def _in_ranges(self, found: t.Sequence[set[t.Any]]) -> list[Row]:
        return [
            {**bounds.row(), "count": sum(1 for values in found if any(map(bounds.hold, values)))}
            for bounds in self.ranges
        ]


def word_of(value: t.Any) -> str:
    """A value of a dimension as the text under which it is counted."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _kind(type_: str, name: str) -> str:
    """The kind of filter that knows a dimension or metric."""
    names = DIMENSIONS if type_ == TERMS else METRICS
    return next(kind for kind in KINDS.values() if name in names[kind])


def read_facets(given: t.Any) -> list[Facet]:
    """The aggregations of a conversation query.

    Raises:
        ApiError: 400: an unknown member, type, dimension or metric, or members that do not go together.
    """
    if given is not None and not isinstance(given, list):
        raise bad_request("aggregations must be a list.")
    return [_facet(each) for each in given or []]


def _facet(given: t.Any) -> Facet:
    if not isinstance(given, dict):
        raise bad_request("aggregations: an aggregation is an object.")
    refuse_unknown(given, {"type", *OWN[TERMS], *OWN[RANGES]}, "member of aggregations")
    present = {name: value for name, value in given.items() if value is not None}
    type_ = choice(present, "type", tuple(OWN), RANGES if "metric" in present else TERMS)
    for other in set(OWN) - {type_}:
        if foreign := [name for name in OWN[other] if name in present]:
            raise bad_request(f"aggregations: {', '.join(foreign)} cannot be used with {type_}.")
    names = DIMENSIONS if type_ == TERMS else METRICS
    known = sorted({name for kind in KINDS.values() for name in names[kind]})
    name = choice(present, OWN[type_][0], known, "")
    if type_ == TERMS:
        return Facet(type_, name, size=whole(present.get("size", DEFAULT_SIZE), "size", 1, MOST_TERMS))
    return Facet(type_, name, ranges=_ranges(present.get("ranges")))


def _ranges(given: t.Any) -> tuple[Bounds, ...]:
    if not isinstance(given, list) or not given:
        raise bad_request("aggregations: numericRange needs ranges.")
    return tuple(read_bounds(each, "aggregations.ranges") for each in given)


def read_bounds(given: t.Any, where: str) -> Bounds:
    """One `AggregationRange`.

    Args:
        given: the object.
        where: what errors call it.

    Raises:
        ApiError: 400: it has no bound, or one that is no number.
    """
    if not isinstance(given, dict):
        raise bad_request(f"{where}: a range is an object.")
    refuse_unknown(given, {"gte", "lt"}, f"member of {where}")
    bounds = Bounds(given.get("gte"), given.get("lt"))
    numbers = [bound for bound in bounds if bound is not None]
    if not numbers or any(isinstance(bound, bool) or not isinstance(bound, int | float) for bound in numbers):
        raise bad_request(f"{where}: give gte, lt, or both, as numbers.", "invalid.value")
    return bounds
