"""What an endpoint hands to the wire."""

from __future__ import annotations

import dataclasses
import json
import typing as t

from benchmarks.server.store import Extent


@dataclasses.dataclass(frozen=True)
class Answer:
    """A JSON body, the greater part of which may lie in a file.

    Attributes:
        before: bytes before the rows.
        rows: where the rows lie, if there are any.
        after: bytes behind the rows.
        status: the HTTP status.
        headers: beside those that every answer has.
    """

    before: bytes
    rows: Extent | None = None
    after: bytes = b""
    status: int = 200
    headers: t.Mapping[str, str] = dataclasses.field(default_factory=dict)

    def under(self, headers: t.Mapping[str, str]) -> Answer:
        """The same with headers."""
        return dataclasses.replace(self, headers=headers)

    @property
    def length(self) -> int:
        """Bytes of the whole body."""
        return len(self.before) + (self.rows.length if self.rows else 0) + len(self.after)


def document(value: t.Any, status: int = 200) -> Answer:
    """A small answer."""
    return Answer(json.dumps(value, ensure_ascii=False).encode(), status=status)
