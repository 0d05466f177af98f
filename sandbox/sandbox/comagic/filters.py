"""The filter grammar: leaves ``{field, operator, value}`` and nodes ``{filters, condition}``, checked by type.

Source: https://comagic.github.io/data_api/#_filters . Comparisons with null behave as in SQL: they hold for no row.
"""

from __future__ import annotations

import operator
import re
import typing as t

from sandbox.comagic.dates import read_moment
from sandbox.comagic.errors import ApiError
from sandbox.comagic.fields import Field
from sandbox.comagic.jsquery import compile_jsquery
from sandbox.comagic.life.zone import wall_text

Row = t.Mapping[str, t.Any]
Predicate = t.Callable[[Row], bool]
Test = t.Callable[[t.Any], bool]

DEEPEST: t.Final = 10
LEAF_KEYS: t.Final = frozenset({"field", "operator", "value"})
NODE_KEYS: t.Final = frozenset({"filters", "condition"})
TEXT: t.Final = frozenset({"string", "enum"})
ALL_TYPES: t.Final = frozenset({"number", "string", "boolean", "enum", "array", "object", "datetime"})

ORDER: t.Final[dict[str, t.Callable[[t.Any, t.Any], bool]]] = {
    "<": operator.lt,
    ">": operator.gt,
    "<=": operator.le,
    ">=": operator.ge,
}

# operator -> the field types it is documented for
OPERATORS: t.Final[dict[str, frozenset[str]]] = {
    "=": ALL_TYPES,
    "!=": ALL_TYPES,
    **dict.fromkeys(ORDER, frozenset({"number", "datetime"})),
    **dict.fromkeys(("like", "ilike", "not_like", "not_ilike", "regexp"), frozenset({"string"})),
    "jsquery": frozenset({"object", "array"}),
    **dict.fromkeys(("in", "not_in"), frozenset({"number", *TEXT})),
    **dict.fromkeys(("overlap", "not_overlap"), frozenset({"array"})),
    **dict.fromkeys(("is_null", "is_not_null"), ALL_TYPES),
}


def compile_filter(node: t.Any, fields: t.Mapping[str, Field], depth: int = 0) -> Predicate:
    """Turns a filter into a test of rows.

    Raises:
        ApiError: ``unexpected_parameters``, ``filter_prohibited``, ``invalid_parameter_value`` or ``data_type_error``.
    """
    if not isinstance(node, dict):
        raise ApiError("data_type_error", "filter", node)
    if depth > DEEPEST:
        raise ApiError("invalid_parameter_value", "filter.filters", None)
    if "filters" in node or "condition" in node:
        return _compile_node(node, fields, depth)
    return _compile_leaf(node, fields)


def _compile_node(node: dict[str, t.Any], fields: t.Mapping[str, Field], depth: int) -> Predicate:
    _refuse_unknown(node, NODE_KEYS)
    members, condition = node.get("filters"), node.get("condition")
    if not isinstance(members, list):
        raise ApiError("data_type_error", "filter.filters", members)
    if not members or condition not in {"and", "or"}:
        raise ApiError("invalid_parameter_value", "filter.condition", condition)
    tests = [compile_filter(member, fields, depth + 1) for member in members]
    if condition == "and":
        return lambda row: all(test(row) for test in tests)
    return lambda row: any(test(row) for test in tests)


def _compile_leaf(node: dict[str, t.Any], fields: t.Mapping[str, Field]) -> Predicate:
    _refuse_unknown(node, LEAF_KEYS)
    name, verb, value = node.get("field"), node.get("operator"), node.get("value")
    for key in ("field", "operator"):
        if key not in node:
            raise ApiError("required_parameter_missed", f"filter.{key}")
        if not isinstance(node[key], str):
            raise ApiError("data_type_error", f"filter.{key}", node[key])
    field = fields.get(t.cast("str", name))
    if field is None:
        raise ApiError("unexpected_parameters", t.cast("str", name), None, {"object": "filter"})
    if not field.filterable:
        raise ApiError("filter_prohibited", field.name)
    if field.type not in OPERATORS.get(t.cast("str", verb), frozenset()):
        raise ApiError("invalid_parameter_value", "filter.operator", verb)
    test = _test(t.cast("str", verb), value, field)
    return lambda row: test(row.get(field.name))


def _refuse_unknown(node: dict[str, t.Any], known: frozenset[str]) -> None:
    if unknown := sorted(node.keys() - known):
        raise ApiError("unexpected_parameters", f"filter.{unknown[0]}")


def _test(verb: str, value: t.Any, field: Field) -> Test:
    if verb in {"=", "!="}:
        return _equality(verb, value, field)
    if verb in {"is_null", "is_not_null"}:
        if value is not None:
            raise ApiError("invalid_parameter_value", field.name, value)
        return _is_null if verb == "is_null" else _is_not_null
    if verb in ORDER:
        wanted, compare = _checked(value, field), ORDER[verb]
        return lambda given: given is not None and compare(given, wanted)
    if verb in {"in", "not_in"}:
        return _membership(verb, value, field)
    if verb in {"overlap", "not_overlap"}:
        return _overlap(verb, value, field)
    return _pattern(verb, value, field)


def _is_null(given: t.Any) -> bool:
    return given is None


def _is_not_null(given: t.Any) -> bool:
    return given is not None


def _equality(verb: str, value: t.Any, field: Field) -> Test:
    if value is None:
        return _is_null if verb == "=" else _is_not_null
    wanted = _checked(value, field)
    if verb == "=":
        return lambda given: bool(given == wanted)
    return lambda given: given is not None and given != wanted


def _membership(verb: str, value: t.Any, field: Field) -> Test:
    if not isinstance(value, list):
        raise ApiError("data_type_error", field.name, value)
    wanted = {_checked(member, field) for member in value}
    if verb == "in":
        return lambda given: given in wanted
    return lambda given: given is not None and given not in wanted


def _overlap(verb: str, value: t.Any, field: Field) -> Test:
    if not isinstance(value, list) or not all(isinstance(member, str) for member in value):
        raise ApiError("data_type_error", field.name, value)
    wanted = set(value)

    def overlaps(given: t.Any) -> bool:
        return any(isinstance(member, str) and member in wanted for member in given or ())

    if verb == "overlap":
        return overlaps
    return lambda given: given is not None and not overlaps(given)


def _pattern(verb: str, value: t.Any, field: Field) -> Test:
    if not isinstance(value, str):
        raise ApiError("data_type_error", field.name, value)
    if verb == "jsquery":
        return compile_jsquery(value, field.name)
    if verb == "regexp":
        return _search(_regular_expression(value, field.name), wanted=True)
    flags = re.DOTALL | (re.IGNORECASE if "ilike" in verb else 0)
    wildcards = {"%": ".*", "_": "."}
    pattern = "".join(wildcards.get(character, re.escape(character)) for character in value)
    return _search(re.compile(rf"\A{pattern}\Z", flags), wanted=not verb.startswith("not_"))


def _search(pattern: re.Pattern[str], *, wanted: bool) -> Test:
    return lambda given: given is not None and (pattern.search(given) is not None) is wanted


def _regular_expression(text: str, name: str) -> re.Pattern[str]:
    try:
        return re.compile(text)
    except re.error as error:
        raise ApiError("invalid_parameter_value", name, text) from error


def _checked(value: t.Any, field: Field) -> t.Any:
    """The value to compare with, if its type fits the field's."""
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    fits = {"number": number, "boolean": isinstance(value, bool)}.get(field.type, isinstance(value, str))
    if not fits or field.type in {"array", "object"}:
        raise ApiError("data_type_error", field.name, value)
    if field.type == "datetime":
        return wall_text(read_moment(field.name, value))
    if field.type == "enum" and field.values and value not in field.values:
        raise ApiError("invalid_parameter_value", field.name, value)
    return value
