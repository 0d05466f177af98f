"""The part of PostgreSQL's jsquery that filters need: ``path operator literal``, joined by ``&`` or by ``|``.

Sources: https://comagic.github.io/data_api/#_filters , https://github.com/postgrespro/jsquery .
Anything beyond is refused by name rather than answered wrongly.
"""

from __future__ import annotations

import re
import typing as t

import msgspec

from sandbox.comagic.errors import ApiError

CLAUSE: t.Final = re.compile(r"^\s*((?:[#*]|[A-Za-z_]\w*)(?:\.(?:[#*]|[A-Za-z_]\w*))*)\s*(=|<=|>=|<|>)\s*(\S.*?)\s*$")
COMPARISONS: t.Final[dict[str, t.Callable[[t.Any, t.Any], bool]]] = {
    "=": lambda left, right: left == right,
    "<": lambda left, right: left < right,
    ">": lambda left, right: left > right,
    "<=": lambda left, right: left <= right,
    ">=": lambda left, right: left >= right,
}


def compile_jsquery(text: str, name: str) -> t.Callable[[t.Any], bool]:
    """Turns a query into a test of an array or object.

    Raises:
        ApiError: ``invalid_parameter_value`` for what this subset does not know.
    """
    if "&" in text and "|" in text:
        raise ApiError("invalid_parameter_value", name, text)
    combine = any if "|" in text else all
    clauses = [_clause(part, name) for part in re.split(r"[&|]", text)]
    return lambda given: combine([clause(given) for clause in clauses])


def _clause(text: str, name: str) -> t.Callable[[t.Any], bool]:
    found = CLAUSE.match(text)
    if not found:
        raise ApiError("invalid_parameter_value", name, text)
    path, compare = found[1].split("."), COMPARISONS[found[2]]
    try:
        literal = msgspec.json.decode(found[3].encode())
    except msgspec.DecodeError as error:
        raise ApiError("invalid_parameter_value", name, text) from error

    def holds(given: t.Any) -> bool:
        return any(type(value) is type(literal) and compare(value, literal) for value in _reach(given, path))

    return holds


def _reach(value: t.Any, path: t.Sequence[str]) -> t.Iterator[t.Any]:
    """The values at a path: ``#`` is any element of an array, ``*`` anything below."""
    if not path:
        yield value
        return
    step, rest = path[0], path[1:]
    if step == "*":
        yield from _reach(value, rest)
    for child in _children(value, step):
        yield from _reach(child, path if step == "*" else rest)


def _children(value: t.Any, step: str) -> list[t.Any]:
    if isinstance(value, dict):
        return list(value.values()) if step == "*" else [value[step]] if step in value else []
    return list(value) if isinstance(value, list) and step in {"#", "*"} else []
