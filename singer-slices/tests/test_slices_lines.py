"""Encoded rows on their way out."""

from __future__ import annotations

import weakref

from singer_slices.lines import Chunk, EncodedRows


class _Row(dict[str, int]):
    """A row that can be watched."""


def test_parts_are_let_go_of_while_they_are_handed_on() -> None:
    """A slow loader would else keep a whole page in memory until its last line is written."""
    row = _Row(id=2)
    watched = weakref.ref(row)
    rows = EncodedRows([Chunk(b'{"id":1}\n', 1), row, Chunk(b'{"id":3}\n', 1)], {})
    del row
    parts = rows.give()
    assert next(parts) == Chunk(b'{"id":1}\n', 1)
    assert next(parts) == {"id": 2}
    assert list(parts) == [Chunk(b'{"id":3}\n', 1)]
    assert watched() is None
    assert (rows.parts, len(rows)) == ([], 3), "whoever reads the next page asks how many there were"


def test_a_part_is_gone_before_the_next_ones_are() -> None:
    row = _Row(id=1)
    watched = weakref.ref(row)
    parts = EncodedRows([row, Chunk(b'{"id":2}\n', 1)], {}).give()
    del row
    assert next(parts) == {"id": 1}
    next(parts)
    assert watched() is None
