"""Which rows a request to the strict vendor picks, in which order, and how they are printed."""

from __future__ import annotations

import copy
import datetime as dt
import functools
import re
import typing as t

from strict_errors import RefusalError
from strict_methods import SAMPLE_NAMES, Method, Row, flags

_TIME = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")
_COMPARE: dict[str, t.Callable[[t.Any, t.Any], bool]] = {
    "=": lambda mine, asked: bool(mine == asked),
    "!=": lambda mine, asked: bool(mine != asked),
    "<": lambda mine, asked: bool(mine < asked),
    ">": lambda mine, asked: bool(mine > asked),
    "<=": lambda mine, asked: bool(mine <= asked),
    ">=": lambda mine, asked: bool(mine >= asked),
}
_ROUNDING = dt.timedelta(milliseconds=500)


def whole(params: Row, name: str, default: int, least: int, most: int) -> int:
    """A whole number within its limits."""
    value = params.get(name, default)
    if not isinstance(value, int) or isinstance(value, bool):
        raise RefusalError("data_type_error", name, value)
    if not least <= value <= most:
        raise RefusalError("invalid_parameter_value", name, value)
    return value


def interval(params: Row, longest: dt.timedelta) -> tuple[dt.datetime, dt.datetime]:
    """The dates, which must be whole times in order."""
    bounds = []
    for name in ("date_from", "date_till"):
        value = params.get(name)
        if value is None:
            raise RefusalError("required_parameter_missed", name)
        if not isinstance(value, str) or not _TIME.fullmatch(value):
            raise RefusalError("invalid_parameter_value", name, value)
        bounds.append(dt.datetime.fromisoformat(value))
    first, last = bounds
    if first > last:
        raise RefusalError("invalid_parameter_value", "date_till", params["date_till"])
    if last - first > longest:
        raise RefusalError("date_interval_limit_reached", "date_till")
    return first, last


def within(rows: list[Row], first: dt.datetime, last: dt.datetime, bounds: str) -> list[Row]:
    """The rows between the dates; `bounds` says which of them are inclusive."""
    rows = [row for row in rows if (row["_at"] >= first if bounds[0] == "[" else row["_at"] > first)]
    return [row for row in rows if (row["_at"] <= last if bounds[1] == "]" else row["_at"] < last)]


def of_whole_days(rows: list[Row], first: dt.datetime, last: dt.datetime) -> list[Row]:
    """The rows of days that lie between the dates from their first second to their last."""
    day = dt.timedelta(days=1) - dt.timedelta(seconds=1)
    return [row for row in rows if first <= row["_at"] and row["_at"] + day <= last]


def summed(rows: list[Row], keys: tuple[str, ...]) -> list[Row]:
    """Counts of several days added up, as an aggregate over an interval is."""
    sums: dict[tuple[t.Any, ...], Row] = {}
    for row in rows:
        known = sums.setdefault(tuple(row[key] for key in keys), copy.deepcopy(row))
        if known != row:
            for name in row:
                if name.endswith("_count"):
                    known[name] += row[name]
    return list(sums.values())


def filtered(rows: list[Row], method: str, condition: t.Any) -> list[Row]:
    """The rows that a filter leaves."""
    _judge(condition, flags(method, "filter"))
    return [row for row in rows if _holds(row, condition)]


def _judge(node: t.Any, allowed: dict[str, bool]) -> None:
    if not isinstance(node, dict):
        raise RefusalError("data_type_error", "filter", node)
    if "filters" in node:
        if set(node) != {"filters", "condition"} or node["condition"] not in {"and", "or"} or not node["filters"]:
            raise RefusalError("invalid_parameter_value", "filter", node)
        for part in node["filters"]:
            _judge(part, allowed)
        return
    if set(node) - {"field", "operator", "value"} or node.get("operator") not in _COMPARE:
        raise RefusalError("invalid_parameter_value", "filter", node)
    if node.get("field") not in allowed:
        raise RefusalError("unexpected_parameters", "filter", node.get("field"))
    if not allowed[node["field"]]:
        raise RefusalError("filter_prohibited", node["field"])


def _holds(row: Row, node: Row) -> bool:
    if "filters" in node:
        combine = all if node["condition"] == "and" else any
        return combine(_holds(row, part) for part in node["filters"])
    return _COMPARE[node["operator"]](row[node["field"]], node.get("value"))


def ordered(rows: list[Row], method: str, time: str | None, sort: list[Row]) -> list[Row]:
    """The rows in the order asked for."""
    allowed = flags(method, "sort")
    for part in sort:
        if part["field"] not in allowed:
            raise RefusalError("unexpected_parameters", "sort", part["field"])
        if not allowed[part["field"]]:
            raise RefusalError("sort_prohibited", part["field"])
        if set(part) - {"field", "order"} or part.get("order", "asc") not in {"asc", "desc"}:
            raise RefusalError("invalid_parameter_value", "sort")
    for part in reversed(sort):
        key = functools.partial(_sort_value, part["field"], time)
        rows = sorted(rows, key=key, reverse=part.get("order") == "desc")
    return rows


def _sort_value(field: str, time: str | None, row: Row) -> tuple[bool, int, str]:
    value = row["_at"].isoformat() if field == time and "_at" in row else row.get(field)
    return value is None, value if isinstance(value, int) else 0, str(value)


def printed(row: Row, names: list[str], method: Method) -> Row:
    """The asked fields. Times are stored with fractions and rounded to seconds when shown."""
    shown = {name: row[name] for name in names if name in row}
    if method.time in shown and "_at" in row:
        moment = (row["_at"] + _ROUNDING).replace(microsecond=0)
        shown[method.time] = moment.date().isoformat() if method.time == "date" else moment.isoformat(sep=" ")
    return shown


def as_in_samples(row: Row, method: str) -> Row:
    """The row under the names of the documentation's samples."""
    row = copy.deepcopy(row)
    for path, name in SAMPLE_NAMES.get(method, {}).items():
        _rename(row, path.split("."), name)
    return row


def _rename(node: t.Any, path: list[str], name: str) -> None:
    if isinstance(node, list):
        for part in node:
            _rename(part, path, name)
    elif isinstance(node, dict) and path[0] in node:
        if len(path) == 1:
            node[name] = node.pop(path[0])
        else:
            _rename(node[path[0]], path[1:], name)
