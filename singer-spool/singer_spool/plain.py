"""Blocks in which all lines are the same message round different records, as fast taps write them.

The envelope of such a block is decoded once, and its records are cut out of the lines, which is several times as fast
as decoding every envelope.
"""

from __future__ import annotations

import dataclasses

import msgspec

from singer_spool.messages import NOTHING, Message, decode

_FEWEST_LINES = 4
_PROBE = b'{"":0}'
_OPENING = b'{"'


@dataclasses.dataclass(frozen=True, slots=True)
class PlainBlock:
    """RECORD messages of one stream that differ in their records only.

    Whether a record is JSON has not been looked at. It begins with a brace and a quote, and what its line ends with
    begins with the brace that closes it, so one that is JSON ends where its line does: inside JSON, `}` is never
    followed by `{`.

    Attributes:
        message: The envelope of all of them, without a record.
        parts: What each record holds behind its first brace.
    """

    message: Message
    parts: list[bytes]

    def records(self, opening: bytes = b"{") -> bytes:
        """The records, each ended by a line feed.

        Args:
            opening: What each of them begins with instead of its brace.
        """
        return b"".join((opening, (b"\n" + opening).join(self.parts), b"\n"))


def plain_block(block: bytes) -> PlainBlock | None:
    """A block of whole lines as records with one envelope; None if it holds anything else, or is not UTF-8."""
    lines = block.split(b"\n")
    if not lines[-1]:
        lines.pop()
    if len(lines) < _FEWEST_LINES:
        return None
    message, before, after = _envelope(lines[0])
    start, end = before + _OPENING, b"}" + after
    if message is None or not _is_wrapped_alike(lines, start, end):
        return None
    try:
        block.decode()  # who decodes the records passes over what is inside
    except UnicodeDecodeError:
        return None
    return PlainBlock(message, [line[len(before) + 1 : -len(after)] for line in lines])


def _envelope(line: bytes) -> tuple[Message | None, bytes, bytes]:
    """A RECORD message without its record, and what stands in front of that and behind it; None for anything else."""
    try:
        message = decode(line)
        record = bytes(message.record)
        if message.type != "RECORD" or not record:
            return None, b"", b""
        before, _, after = line.partition(record)
        # The record's text may stand in another place as well; then another one would not be read there.
        probe = decode(before + _PROBE + after)
    except (msgspec.DecodeError, RecursionError):
        return None, b"", b""
    message.record = NOTHING
    return message if bytes(probe.record) == _PROBE else None, before, after


def _is_wrapped_alike(lines: list[bytes], start: bytes, end: bytes) -> bool:
    """Whether every line has the same bytes round the inside of its record."""
    begun = [line.startswith(start) for line in lines]
    ended = [line.endswith(end) for line in lines]
    return all(begun) and all(ended)
