"""Turns of the threads in the interpreter: one that talks to the vendor does not wait long for one that computes."""

from __future__ import annotations

import contextlib
import sys
import typing as t

_SECONDS = 0.0005


@contextlib.contextmanager
def quick_switching() -> t.Iterator[None]:
    """Let threads take turns at the interpreter more often than every 5 ms, which is what Python does.

    A thread gives up its turn with each piece that it sends or receives. While it waits for the next one, a permitted
    request stands still: over TLS an answer of 1 MB comes in more than 60 pieces.
    """
    before = sys.getswitchinterval()
    sys.setswitchinterval(min(before, _SECONDS))
    try:
        yield
    finally:
        sys.setswitchinterval(before)
