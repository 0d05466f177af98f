"""Rows under the names that the documentation gives, where live answers and samples spell them otherwise."""

from __future__ import annotations

import hashlib
import typing as t

import msgspec
from singer_slices import Row

#: Dotted path of a field as it may come → its documented name.
Renamed = t.Mapping[str, str]
#: Puts a row right, in place, before its key is looked at.
Repair = t.Callable[[Row], None]


def renamed(row: Row, names: Renamed) -> Row:
    """Give fields their documented names, in place; a field that came under both keeps the documented one."""
    for path, name in names.items():
        _rename(row, path.split("."), name)
    return row


def _rename(node: t.Any, path: list[str], name: str) -> None:
    if isinstance(node, list):
        for part in node:
            _rename(part, path, name)
    elif isinstance(node, dict) and path[0] in node:
        if len(path) > 1:
            _rename(node[path[0]], path[1:], name)
        else:
            value = node.pop(path[0])
            node.setdefault(name, value)


def with_conditions(field: str) -> Repair:
    """A repair of condition groups that come as plain lists of conditions instead of objects that hold one.

    The documentation shows objects, a client in use decodes lists of lists.

    Args:
        field: the object with `group_conditions`.
    """

    def repair(row: Row) -> None:
        holder = row.get(field)
        groups = holder.get("group_conditions") if isinstance(holder, dict) else None
        if isinstance(groups, list):
            wrapped = [{"conditions": group} if isinstance(group, list) else group for group in groups]
            row[field] = {**row[field], "group_conditions": wrapped}

    return repair


def whole_numbers(*fields: str) -> Repair:
    """A repair of ids that come now as numbers, now as text: a key must be the same in both spellings."""

    def repair(row: Row) -> None:
        for field in fields:
            value = row.get(field)
            if isinstance(value, str) and value.strip().isdecimal():
                row[field] = int(value)

    return repair


def row_key(*parts: t.Any) -> str:
    """A key out of parts of which any may be null: SHA-256, 64 hex digits.

    Hashed is the compact JSON array of the parts, each as text: 5, 5.0 and "5" are the same, null stays null.
    """
    return hashlib.sha256(msgspec.json.encode([_text(part) for part in parts])).hexdigest()


def _text(part: t.Any) -> str | None:
    if part is None or isinstance(part, str):
        return part
    if isinstance(part, float) and part.is_integer():
        part = int(part)
    return msgspec.json.encode(part).decode()
