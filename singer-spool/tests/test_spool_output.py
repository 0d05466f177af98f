"""STATE on standard output."""

from __future__ import annotations

import sys

import pytest
from singer_spool.run import write_state


class Hasty:
    """A standard output that takes a part of what it is given, as an unbuffered one does when a signal comes."""

    def __init__(self) -> None:
        self.taken = b""

    @property
    def buffer(self) -> Hasty:
        return self

    def write(self, data: bytes | memoryview) -> int:
        part = bytes(data[: max(len(data) // 2, 1)])
        self.taken += part
        return len(part)

    def flush(self) -> None:
        return


def test_state_that_was_not_taken_whole_is_written_on(monkeypatch: pytest.MonkeyPatch) -> None:
    hasty = Hasty()
    monkeypatch.setattr(sys, "stdout", hasty)
    write_state(b'{"bookmarks":{}}')
    assert hasty.taken == b'{"bookmarks":{}}\n'
