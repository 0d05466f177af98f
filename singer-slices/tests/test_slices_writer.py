"""Lines on standard output."""

from __future__ import annotations

import sys
import types

import pytest
from singer_slices.writer import LineWriter


class Hasty:
    """A stream that takes a part of what it is given, as an unbuffered one does when a signal comes."""

    def __init__(self) -> None:
        self.taken = b""

    def write(self, data: memoryview) -> int:
        part = bytes(data[: max(len(data) // 2, 1)])
        self.taken += part
        return len(part)


def test_what_was_not_taken_is_written_again(monkeypatch: pytest.MonkeyPatch) -> None:
    hasty = Hasty()
    monkeypatch.setattr(sys, "stdout", types.SimpleNamespace(buffer=hasty))
    lines = b'{"type":"RECORD"}\n' * 5000
    LineWriter().write_lines(lines)
    assert hasty.taken == lines
