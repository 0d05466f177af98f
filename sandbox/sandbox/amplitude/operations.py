"""Property operations and what they do to a user's properties.

Source: https://amplitude.com/docs/apis/analytics/identify ; ``$clearAll`` is known from the vendor's client SDKs only.
"""

from __future__ import annotations

import typing as t

Properties = dict[str, t.Any]

MAX_STRING: t.Final = 1024
MAX_DEPTH: t.Final = 40


def _as_list(value: t.Any) -> list[t.Any]:
    return list(value) if isinstance(value, list) else [value]


def _present(properties: Properties, name: str) -> list[t.Any]:
    return _as_list(properties[name]) if name in properties else []


def _set(properties: Properties, name: str, value: t.Any) -> None:
    properties[name] = value


def _set_once(properties: Properties, name: str, value: t.Any) -> None:
    properties.setdefault(name, value)


def _add(properties: Properties, name: str, value: t.Any) -> None:
    present = properties.get(name, 0)
    if is_number(present) and is_number(value):
        properties[name] = present + value


def _append(properties: Properties, name: str, value: t.Any) -> None:
    properties[name] = _present(properties, name) + _as_list(value)


def _prepend(properties: Properties, name: str, value: t.Any) -> None:
    properties[name] = _as_list(value) + _present(properties, name)


def _unset(properties: Properties, name: str, value: t.Any) -> None:
    del value
    properties.pop(name, None)


def _fresh(present: list[t.Any], value: t.Any) -> list[t.Any]:
    fresh: list[t.Any] = []
    for member in _as_list(value):
        if member not in present and member not in fresh:
            fresh.append(member)
    return fresh


def _post_insert(properties: Properties, name: str, value: t.Any) -> None:
    present = _present(properties, name)
    properties[name] = present + _fresh(present, value)


def _pre_insert(properties: Properties, name: str, value: t.Any) -> None:
    present = _present(properties, name)
    properties[name] = _fresh(present, value) + present


def _remove(properties: Properties, name: str, value: t.Any) -> None:
    if name in properties:
        unwanted = _as_list(value)
        properties[name] = [member for member in _present(properties, name) if member not in unwanted]


OPERATIONS: t.Final[dict[str, t.Callable[[Properties, str, t.Any], None]]] = {
    "$set": _set,
    "$setOnce": _set_once,
    "$add": _add,
    "$append": _append,
    "$prepend": _prepend,
    "$unset": _unset,
    "$preInsert": _pre_insert,
    "$postInsert": _post_insert,
    "$remove": _remove,
}
CLEAR_ALL: t.Final = "$clearAll"
GROUP_OPERATIONS: t.Final = frozenset({"$set", "$setOnce", "$add", "$append", "$prepend", "$unset"})


def is_number(value: t.Any) -> bool:
    """Whether a JSON value is a number."""
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def has_operations(properties: t.Mapping[str, t.Any]) -> bool:
    """Whether a property object speaks in operations."""
    return any(name in OPERATIONS or name == CLEAR_ALL for name in properties)


def is_valid(properties: t.Any, allowed: t.Collection[str] = frozenset({*OPERATIONS, CLEAR_ALL})) -> bool:
    """Whether a property object is plain throughout, or consists of allowed operations only.

    Anything that begins with ``$`` counts as an operation. ``$clearAll`` stands alone; ``$add`` takes numbers; no
    property may occur in two operations, whose order would not be defined.
    """
    if not isinstance(properties, dict) or depth(properties) > MAX_DEPTH:
        return False
    named = [name for name in properties if name.startswith("$")]
    if not named:
        return True
    if len(named) < len(properties) or not set(named) <= set(allowed):
        return False
    if CLEAR_ALL in properties:
        return len(properties) == 1
    return all(isinstance(value, dict) for value in properties.values()) and _is_consistent(properties)


def _is_consistent(properties: t.Mapping[str, t.Mapping[str, t.Any]]) -> bool:
    names = [name for members in properties.values() for name in members]
    return len(names) == len(set(names)) and all(is_number(value) for value in properties.get("$add", {}).values())


def apply(properties: Properties, change: t.Mapping[str, t.Any]) -> None:
    """Applies plain properties or operations to a user's properties, in place."""
    if CLEAR_ALL in change:
        properties.clear()
    elif has_operations(change):
        for operation, members in change.items():
            for name, value in members.items():
                OPERATIONS[operation](properties, name, value)
    else:
        properties.update(change)


def depth(value: t.Any) -> int:
    """How deeply objects and arrays are nested; a scalar has depth 0."""
    level, layer = 0, [value]
    while layer := [one for one in layer if isinstance(one, (dict, list))]:
        level += 1
        layer = [child for one in layer for child in (one.values() if isinstance(one, dict) else one)]
    return level


def truncate(value: t.Any) -> t.Any:
    """The same value with every string cut to 1024 characters, as the server does."""
    if isinstance(value, str):
        return value[:MAX_STRING]
    if isinstance(value, list):
        return [truncate(member) for member in value]
    if isinstance(value, dict):
        return {name: truncate(member) for name, member in value.items()}
    return value
