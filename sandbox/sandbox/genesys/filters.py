"""Filters of details queries: predicates over a row, joined by and/or, nested in clauses.

Dimensions, metrics and operators are those of the vendor's models (ConversationDetailQueryPredicate and its sisters):
https://developer.genesys.cloud/devapps/sdk/docexplorer/purecloudpython/
"""

from __future__ import annotations

import typing as t

from sandbox.genesys.errors import bad_request
from sandbox.genesys.examples import Row
from sandbox.genesys.fields import choice, refuse_unknown
from sandbox.genesys.filter_names import DIMENSIONS, METRICS
from sandbox.genesys.intervals import read_interval
from sandbox.genesys.names import read_iso

Test = t.Callable[[Row], bool]
Values = t.Callable[[Row], list[t.Any]]
OPERATORS: t.Final = ("matches", "exists", "notExists")
# filter's dimension -> member of the row, where they are not spelt alike
SPELT: t.Final = {
    "accessAttribute": "accessAttributes",
    "divisionId": "divisionIds",
    "callbackNumber": "callbackNumbers",
    "destinationAddress": "destinationAddresses",
    "requestedRouting": "requestedRoutings",
    "requestedRoutingSkillId": "requestedRoutingSkillIds",
    "sipResponseCode": "sipResponseCodes",
}


def read_filters(body: Row, kinds: t.Mapping[str, str]) -> dict[str, list[Test]]:
    """The tests of every kind of filter that a body may hold.

    Args:
        body: the query.
        kinds: member of the body (``segmentFilters``) to the kind of its predicates (``segment``).

    Raises:
        ApiError: 400: an unknown member, dimension, metric or operator, or a value that does not fit.
    """
    found: dict[str, list[Test]] = {}
    for member, kind in kinds.items():
        filters = body.get(member) or []
        if not isinstance(filters, list):
            raise bad_request(f"{member} must be a list of filters.")
        if filters:
            found[kind] = [read_filter(each, kind, member) for each in filters]
    return found


def read_filter(given: t.Any, kind: str, where: str, *, nested: bool = False) -> Test:
    """The test of one filter.

    Args:
        given: the filter.
        kind: the kind of its predicates, a key of `DIMENSIONS`.
        where: what errors call it.
        nested: whether it is a clause, which holds no clauses of its own.

    Raises:
        ApiError: 400.
    """
    if not isinstance(given, dict):
        raise bad_request(f"{where}: a filter is an object with type and predicates.")
    refuse_unknown(given, {"type", "predicates"} | (set() if nested else {"clauses"}), f"member of {where}")
    join = all if choice(given, "type", ("and", "or"), "") == "and" else any
    tests = [_predicate(each, kind, where) for each in given.get("predicates") or []]
    tests += [read_filter(each, kind, f"{where}.clauses", nested=True) for each in given.get("clauses") or []]
    if not tests:
        raise bad_request(f"{where}: a filter needs at least one predicate.")
    return lambda row: join(test(row) for test in tests)


def _predicate(given: t.Any, kind: str, where: str) -> Test:
    if not isinstance(given, dict):
        raise bad_request(f"{where}: a predicate is an object.")
    known = {"type", "dimension", "metric", "operator", "value", "range", "propertyType", "property"}
    refuse_unknown(given, known, f"member of {where}.predicates")
    sort = choice(given, "type", ("dimension", "metric", "property"), "dimension")
    if sort == "property":
        raise bad_request(f"{where}: predicates on properties are not supported.", "invalid.value")
    names = METRICS[kind] if sort == "metric" else DIMENSIONS[kind]
    name = choice(given, sort, sorted(names), "")
    operator = choice(given, "operator", OPERATORS, "matches")
    values = values_of(kind, name)
    if operator != "matches":
        return lambda row: bool(values(row)) == (operator == "exists")
    return _match(given, values, f"{where}.{name}")


def _match(given: Row, values: Values, where: str) -> Test:
    if isinstance(given.get("range"), dict):
        return _range(given["range"], values, where)
    if given.get("value") is None:
        raise bad_request(f"{where}: matches needs a value or a range.")
    wanted = str(given["value"]).lower()
    if "/" in wanted and wanted[:4].isdigit():  # an interval for a date
        low, high = read_interval(given["value"])
        return lambda row: any(low <= read_iso(value) < high for value in values(row))
    return lambda row: any(_text(value) == wanted for value in values(row))


def _range(bounds: Row, values: Values, where: str) -> Test:
    refuse_unknown(bounds, {"lt", "lte", "gt", "gte"}, f"member of {where}.range")
    checks: dict[str, t.Callable[[float, float], bool]] = {
        "lt": lambda value, bound: value < bound,
        "lte": lambda value, bound: value <= bound,
        "gt": lambda value, bound: value > bound,
        "gte": lambda value, bound: value >= bound,
    }
    numbers = {name: bound for name, bound in bounds.items() if isinstance(bound, int | float)}
    if len(numbers) != len(bounds) or not bounds:
        raise bad_request(f"{where}: the bounds of a range are numbers.", "invalid.value")

    def test(row: Row) -> bool:
        return any(all(checks[name](value, bound) for name, bound in numbers.items()) for value in values(row))

    return test


def _text(value: t.Any) -> str:
    return str(value).lower()


def values_of(kind: str, name: str) -> Values:
    """How the values of a dimension or metric are found in a row of some kind."""
    key = SPELT.get(name, name)
    if name[0] in "nto" and name[1:2].isupper() and kind in {"conversation", "segment"}:
        return lambda row: [metric["value"] for metric in row.get("metrics", ()) if metric["name"] == name]
    return lambda row: _listed(row.get(key))


def _listed(value: t.Any) -> list[t.Any]:
    if isinstance(value, list):
        return value
    return [] if value is None else [value]
