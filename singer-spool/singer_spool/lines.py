"""Reading the input in large blocks of whole lines, without sleeping through signals or the spool's age."""

from __future__ import annotations

import io
import os
import select
import sys
import typing as t
from collections.abc import Callable, Iterator

from singer_spool.signals import StopRequest

BLOCK = 1 << 16
"""What a pipe holds; larger blocks are not faster, and live longer."""
POLL_SECONDS = 1.0


def read_blocks(file: t.IO[t.Any] | None, stop: StopRequest) -> Iterator[bytes]:
    """Yield blocks of complete lines; an empty block means that nothing came for a while.

    The last line need not end in a line feed. After a stop request no more is read.

    Args:
        file: A text or binary file; None is standard input.
        stop: Ends the reading; its pipe wakes a waiting read.
    """
    source = file if file is not None else sys.stdin
    try:
        descriptor = source.fileno()
    except (io.UnsupportedOperation, AttributeError):
        yield from whole_lines(_memory_blocks(source), stop)
    else:
        yield from whole_lines(_descriptor_blocks(descriptor, stop), stop)


def whole_lines(blocks: Iterator[bytes | None], stop: StopRequest) -> Iterator[bytes]:
    """Cut blocks at their last line feed and carry the rest over to the next one."""
    rest: list[bytes] = []
    for block in blocks:
        if block is None:
            yield b""
            continue
        cut = block.rfind(b"\n") + 1
        if not cut:
            rest.append(block)
            continue
        rest.append(block[:cut])
        yield b"".join(rest)
        rest = [block[cut:]] if cut < len(block) else []
    # After a stop request the rest is half a line whose other half nobody will read.
    if rest and not stop.requested:
        yield b"".join(rest)


def _memory_blocks(source: t.IO[t.Any]) -> Iterator[bytes]:
    read: Callable[[int], str | bytes] = source.read
    while block := read(BLOCK):
        yield block.encode() if isinstance(block, str) else block


def _descriptor_blocks(descriptor: int, stop: StopRequest) -> Iterator[bytes | None]:
    watched = [descriptor] if stop.pipe is None else [descriptor, stop.pipe]
    while not stop.requested:
        ready, _, _ = select.select(watched, [], [], POLL_SECONDS)
        if descriptor not in ready:
            yield None
            continue
        block = os.read(descriptor, BLOCK)
        if not block:
            return
        yield block
