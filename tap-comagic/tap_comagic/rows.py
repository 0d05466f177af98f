"""Rows under the names that the documentation gives, where live answers and samples spell them otherwise."""

from __future__ import annotations

import hashlib
import typing as t

import msgspec
from singer_slices import Row

#: Dotted path of a field as it may come → its documented name.
Renamed = t.Mapping[str, str]


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
