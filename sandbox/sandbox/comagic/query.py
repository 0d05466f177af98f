"""The parameters of a list method, checked against the method's documented fields."""

from __future__ import annotations

import dataclasses
import typing as t

import msgspec

from sandbox.comagic.dates import LONGEST_WINDOW_DAYS, read_window
from sandbox.comagic.errors import ApiError
from sandbox.comagic.fields import Field, fields_of
from sandbox.comagic.filters import Predicate, compile_filter
from sandbox.settings import Bounds

DEFAULT_LIMIT: t.Final = 1000
MAX_LIMIT: t.Final = 10_000
MAX_OFFSET: t.Final = 100_000
# parameters that do not decide which rows there are, and in what order
CUTTING: t.Final = frozenset({"access_token", "user_id", "fields", "limit", "offset"})

OptionType = t.Literal["boolean", "number", "numbers"]


@dataclasses.dataclass(frozen=True)
class Dates:
    """How a method takes ``date_from`` and ``date_till``.

    Attributes:
        longest_days: the longest window.
        instead: options that may stand instead of the dates.
    """

    longest_days: int = LONGEST_WINDOW_DAYS
    instead: frozenset[str] = frozenset()


@dataclasses.dataclass(frozen=True)
class Option:
    """A parameter of a method's own.

    Attributes:
        type: JSON type of its value.
        required: whether it must be there.
    """

    type: OptionType
    required: bool = False


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
        options: the method's own parameters, as given.
        selection: the parameters that decide which rows there are, as a cache key.
    """

    fields: tuple[str, ...]
    limit: int = DEFAULT_LIMIT
    offset: int = 0
    window: tuple[int, int] | None = None
    filter: Predicate | None = None
    sort: tuple[tuple[str, bool], ...] = ()
    options: t.Mapping[str, t.Any] = dataclasses.field(default_factory=dict)
    selection: bytes = b""


def read_query(
    method: str,
    params: t.Mapping[str, t.Any],
    *,
    dates: Dates | None,
    bounds: Bounds,
    unknown_fields: t.Collection[str] = (),
    options: t.Mapping[str, Option] | None = None,
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
        window=None if dates is None else _window(params, bounds, dates),
        filter=compile_filter(params["filter"], known) if "filter" in params else None,
        sort=_sort(params.get("sort", []), known),
        options=read_options(params, options or {}),
        selection=msgspec.json.encode(
            {name: value for name, value in params.items() if name not in CUTTING}, order="deterministic"
        ),
    )


def _number(params: t.Mapping[str, t.Any], name: str, default: int, low: int, high: int) -> int:
    value = params.get(name, default)
    if not isinstance(value, int) or isinstance(value, bool):
        raise ApiError("data_type_error", name, value)
    if not low <= value <= high:
        raise ApiError("invalid_parameter_value", name, value)
    return value


def read_options(params: t.Mapping[str, t.Any], options: t.Mapping[str, Option]) -> dict[str, t.Any]:
    """A method's own parameters.

    Raises:
        ApiError: ``required_parameter_missed`` or ``data_type_error``.
    """
    for name, option in options.items():
        if option.required and params.get(name) is None:
            raise ApiError("required_parameter_missed", name)
        if name in params and not _fits(params[name], option.type):
            raise ApiError("data_type_error", name, params[name])
    return {name: params[name] for name in options if name in params}


def _fits(value: t.Any, kind: OptionType) -> bool:
    if kind == "numbers":
        return isinstance(value, list) and all(_fits(member, "number") for member in value)
    return isinstance(value, bool) if kind == "boolean" else isinstance(value, int) and not isinstance(value, bool)


def _window(params: t.Mapping[str, t.Any], bounds: Bounds, dates: Dates) -> tuple[int, int] | None:
    if dates.instead:
        given = sorted(dates.instead & params.keys())
        if len(given) > 1:
            raise ApiError("invalid_parameters_combination", given[1], params[given[1]])
        if given and not {"date_from", "date_till"} & params.keys():
            return None
    start, end = read_window(params, dates.longest_days)
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
