"""Keyed hashing of personal data on its way out: `hash_fields` with `hash_salt`."""

from __future__ import annotations

import copy
import hashlib
import hmac
import typing as t

import msgspec

from singer_slices.derived import Derived
from singer_slices.records import Row

HASHED = {"type": ["string", "null"], "description": "HMAC-SHA256 of the vendor's value, 64 hex digits."}


class FieldHasher:
    """Replaces the fields of one stream that `hash_fields` names.

    Args:
        paths: dotted paths into a record, without the stream's name.
        salt: the key of the HMAC.
    """

    def __init__(self, paths: t.Iterable[str], salt: str) -> None:
        self.paths = [tuple(path.split(".")) for path in paths]
        self._key = salt.encode()

    def hash(self, record: Row) -> None:
        """Replace the named values in place; null stays null, each element of an array is hashed by itself."""
        for path in self.paths:
            self._walk(record, path)

    def _walk(self, node: t.Any, path: tuple[str, ...]) -> None:
        if isinstance(node, list):
            for part in node:
                self._walk(part, path)
        elif isinstance(node, dict) and path[0] in node:
            if len(path) == 1:
                node[path[0]] = self._digest(node[path[0]])
            else:
                self._walk(node[path[0]], path[1:])

    def _digest(self, value: t.Any) -> t.Any:
        if value is None:
            return None
        if isinstance(value, list):
            return [self._digest(part) for part in value]
        text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
        return hmac.new(self._key, text.encode(), hashlib.sha256).hexdigest()


def paths_of(
    stream: str, streams: t.Collection[str], patterns: t.Iterable[str], has: t.Callable[[str], bool]
) -> list[str]:
    """The paths that `hash_fields` means for `stream`: `field`, `a.b` for every stream, `stream.field` for one.

    Where a stream and a field bear one name, `name.part` means both: what is hashed too much can be told apart later,
    what leaves in clear cannot be called back.

    Args:
        stream: whose paths are wanted.
        streams: the names of all streams.
        patterns: the setting.
        has: whether the stream's schema has a path.

    Returns:
        Every path once.
    """
    paths = []
    for pattern in patterns:
        first, _, rest = pattern.partition(".")
        names_a_stream = bool(rest) and first in streams
        if names_a_stream and first == stream:
            paths.append(rest)
        if not names_a_stream or has(pattern):
            paths.append(pattern)
    return list(dict.fromkeys(paths))


def made_of(paths: t.Iterable[str], derived: t.Mapping[str, Derived]) -> list[str]:
    """The derived fields that hold values which are hashed at `paths`, or parts of such values."""
    hashed = [tuple(path.split(".")) for path in paths]
    return [name for name, make in derived.items() if any(_overlap(path, make.source) for path in hashed)]


def _overlap(path: t.Sequence[str], other: t.Sequence[str]) -> bool:
    """Whether one path leads to the other, or through it."""
    return all(step == other_step for step, other_step in zip(path, other, strict=False))


def hashed_schema(schema: dict[str, t.Any], path: t.Sequence[str]) -> bool:
    """Turn the type at `path` into text, in place.

    Returns:
        Whether the schema has such a field.
    """
    properties = schema.get("properties")
    if properties is None and "items" in schema:
        return hashed_schema(schema["items"], path)
    if not properties or path[0] not in properties:
        return False
    field = properties[path[0]]
    if len(path) > 1:
        return hashed_schema(field, path[1:])
    types = field.get("type", ())
    is_array = "array" in ([types] if isinstance(types, str) else types)
    properties[path[0]] = {**copy.deepcopy(field), "items": dict(HASHED)} if is_array else dict(HASHED)
    return True


def has_path(schema: t.Mapping[str, t.Any], path: str) -> bool:
    """Whether a schema has a field at a dotted path, which leads through lists as through objects."""
    return hashed_schema(copy.deepcopy(dict(schema)), path.split("."))
