"""The parameters of a list method, checked against the method's documented fields."""

from __future__ import annotations

import dataclasses
import typing as t

import msgspec

from sandbox.comagic.dates import read_window
from sandbox.comagic.errors import ApiError
from sandbox.comagic.fields import Field, fields_of
from sandbox.comagic.filters import Predicate, compile_filter
from sandbox.settings import Bounds

DEFAULT_LIMIT: t.Final = 1000
MAX_LIMIT: t.Final = 10_000
MAX_OFFSET: t.Final = 100_000
SELECTING: t.Final = ("date_from", "date_till", "filter", "sort", "include_ongoing_calls")


@dataclasses.dataclass(frozen=True)
class Query:
    """What a list method was asked for.

    Attributes:
        fields: names to return, in the order asked.
        limit: rows of the page.
        offset: rows before it.
        window: wall times, first one in and first one out again; none for undated methods.
        filter: test of a row.
        sort: field names, each with whether it descends.
        ongoing: calls in progress are asked for too.
        selection: the parameters that decide which rows there are, as a cache key.
    """

    fields: tuple[str, ...]
    limit: int = DEFAULT_LIMIT
    offset: int = 0
    window: tuple[int, int] | None = None
    filter: Predicate | None = None
    sort: tuple[tuple[str, bool], ...] = ()
    ongoing: bool = False
    selection: bytes = b""


def read_query(
    method: str,
    params: t.Mapping[str, t.Any],
    *,
    dated: bool,
    bounds: Bounds,
    unknown_fields: t.Collection[str],
) -> Query:
    """Checks the parameters of a list method.

    Raises:
        ApiError: the vendor's error for the first thing that is wrong.
    """
    known = {name: field for name, field in fields_of(method).items() if name not in unknown_fields}
    return Query(
        fields=_fields(params["fields"], known) if "fields" in params else default_fields(known),
        limit=_number(params, "limit", DEFAULT_LIMIT, 1, MAX_LIMIT),
        offset=_number(params, "offset", 0, 0, MAX_OFFSET),
        window=_window(params, bounds) if dated else None,
        filter=compile_filter(params["filter"], known) if "filter" in params else None,
        sort=_sort(params.get("sort", []), known),
        ongoing=_flag(params, "include_ongoing_calls"),
        selection=msgspec.json.encode({name: params.get(name) for name in SELECTING}, order="deterministic"),
    )


def _number(params: t.Mapping[str, t.Any], name: str, default: int, low: int, high: int) -> int:
    value = params.get(name, default)
    if not isinstance(value, int) or isinstance(value, bool):
        raise ApiError("data_type_error", name, value)
    if not low <= value <= high:
        raise ApiError("invalid_parameter_value", name, value)
    return value


def _flag(params: t.Mapping[str, t.Any], name: str) -> bool:
    value = params.get(name, False)
    if not isinstance(value, bool):
        raise ApiError("data_type_error", name, value)
    return value


def _window(params: t.Mapping[str, t.Any], bounds: Bounds) -> tuple[int, int]:
    start, end = read_window(params)
    return start + (bounds == "open_start"), end + (bounds != "half_open")


def default_fields(known: t.Mapping[str, Field]) -> tuple[str, ...]:
    """What comes back when ``fields`` is left out."""
    return tuple(name for name, field in known.items() if field.default)


def _fields(names: t.Any, known: t.Mapping[str, Field]) -> tuple[str, ...]:
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise ApiError("data_type_error", "fields", names)
    for name in names:
        if name not in known:
            raise ApiError("unexpected_parameters", name, None, {"object": "fields"})
    if not names:
        raise ApiError("invalid_parameter_value", "fields", names)
    return tuple(dict.fromkeys(names))


def _sort(keys: t.Any, known: t.Mapping[str, Field]) -> tuple[tuple[str, bool], ...]:
    if not isinstance(keys, list):
        raise ApiError("data_type_error", "sort", keys)
    return tuple(_sort_key(key, known) for key in keys)


def _sort_key(key: t.Any, known: t.Mapping[str, Field]) -> tuple[str, bool]:
    if not isinstance(key, dict):
        raise ApiError("data_type_error", "sort", key)
    if unknown := sorted(key.keys() - {"field", "order"}):
        raise ApiError("unexpected_parameters", f"sort.{unknown[0]}")
    name, order = key.get("field"), key.get("order", "asc")
    if not isinstance(name, str):
        raise ApiError("required_parameter_missed" if name is None else "data_type_error", "sort.field", name)
    if name not in known:
        raise ApiError("unexpected_parameters", name, None, {"object": "sort"})
    if not known[name].sortable:
        raise ApiError("sort_prohibited", name)
    if order not in {"asc", "desc"}:
        raise ApiError("invalid_parameter_value", "sort.order", order)
    return name, order == "desc"
