"""Several updates of one user become one, where the result cannot differ.

Amplitude drops updates of one user beyond 1 800 an hour without a word
(https://amplitude.com/docs/apis/analytics/identify), so fewer are better.
"""

from __future__ import annotations

import typing as t
from collections.abc import Iterable

import msgspec

from target_amplitude.fields import RESET_TOGETHER
from target_amplitude.operations import CLEAR_ALL, UNREPEATABLE, UNSET
from target_amplitude.updates import Operations, Update


def collapse(updates: Iterable[Update]) -> list[Update]:
    """Merge neighbours: updates of the same user and device with no other of that user or device between them.

    Updates with operations that must not be repeated stay alone: their `insert_id` protects one record's change, and
    a later run could put other records together.
    """
    groups: list[list[Update]] = []
    latest: dict[tuple[str, str | None], int] = {}
    for update in updates:
        names = _names(update)
        places = {latest.get(name) for name in names}
        place = places.pop() if len(places) == 1 else None
        if place is not None and _may_join(groups[place], update):
            groups[place].append(update)
        else:
            place = len(groups)
            groups.append([update])
        latest |= dict.fromkeys(names, place)
    return [_merged(group) for group in groups]


def _names(update: Update) -> list[tuple[str, str | None]]:
    named = (("user", update.user_id), ("device", update.device_id))
    return [name for name in named if name[1] is not None]


def _may_join(group: list[Update], update: Update) -> bool:
    return group[-1].identity == update.identity and not any(
        operation in member.operations for member in (group[-1], update) for operation in UNREPEATABLE
    )


def _merged(group: list[Update]) -> Update:
    last = group[-1]
    if len(group) == 1:
        return last
    operations: Operations = {}
    fields: dict[str, str] = {}
    for update in group:
        operations = merge_operations(operations, update.operations)
        fields = merge_fields(fields, update.fields)
    sources = tuple(source for update in group for source in update.sources)
    return Update(last.user_id, last.device_id, operations, fields, last.insert_id, sources, parts=tuple(group))


def merge_operations(first: Operations, second: Operations) -> Operations:
    """One set of operations that does what `first` and then `second` do, for any earlier state of the user.

    Both come from one mapping, so a property stands under the same operation in both; only `$set` and `$unset` can
    take turns, by `when_null`.
    """
    if CLEAR_ALL in second:
        return dict(second)
    merged = {operation: dict(values) for operation, values in first.items()}
    for operation, values in second.items():
        for name, value in values.items():
            if operation in {"$set", UNSET}:
                merged.get(UNSET if operation == "$set" else "$set", {}).pop(name, None)
            target = merged.setdefault(operation, {})
            target[name] = _merge_value(operation, target[name], value) if name in target else value
    return {operation: values for operation, values in merged.items() if values}


def _merge_value(operation: str, first: t.Any, second: t.Any) -> t.Any:
    if operation == "$setOnce":
        return first
    if operation in {"$set", UNSET}:
        return second
    earlier, later = _as_list(first), _as_list(second)
    # Compared as JSON: Python holds true and 1 for equal.
    known = {msgspec.json.encode(value) for value in earlier}
    new = [value for value in later if msgspec.json.encode(value) not in known]
    # Each $preInsert goes to the very start, so the later values stand before the earlier ones.
    return new + earlier if operation == "$preInsert" else earlier + new


def _as_list(value: t.Any) -> list[t.Any]:
    return value if isinstance(value, list) else [value]


def merge_fields(first: dict[str, str], second: dict[str, str]) -> dict[str, str]:
    """Amplitude's own properties after both; a field of a set that is set together empties the rest of the set."""
    gone = {name for group in RESET_TOGETHER if any(name in second for name in group) for name in group}
    return {name: value for name, value in first.items() if name not in gone} | second
