"""Singer messages to standard output, encoded at C speed."""

from __future__ import annotations

import sys
import typing as t

import msgspec
from singer_sdk.singerlib.encoding.base import GenericSingerWriter

from singer_slices.jsontext import clean

Message = t.Any

encoder = msgspec.json.Encoder(enc_hook=str, decimal_format="number")


class LineWriter(GenericSingerWriter[bytes, Message]):
    """Writes each message as one line; records are buffered, every other message is flushed at once."""

    def serialize_message(self, message: Message) -> bytes:
        """One message as JSON text without a line end; lone surrogates, which no JSON carries, become U+FFFD."""
        document = _record(message) if message.type == "RECORD" else message.to_dict()
        try:
            return encoder.encode(document)
        except UnicodeEncodeError:
            return encoder.encode(clean(document))

    def write_message(self, message: Message) -> None:
        """Write one message.

        Args:
            message: a Singer message of the SDK.
        """
        self.write_lines(self.serialize_message(message) + b"\n")
        if message.type != "RECORD":
            sys.stdout.flush()

    def write_lines(self, lines: bytes) -> None:
        """Write whole lines as they are."""
        raw = getattr(sys.stdout, "buffer", None)
        if raw is None:  # a text stream put in place by a test
            sys.stdout.write(lines.decode())
            return
        # Where Python does not buffer (PYTHONUNBUFFERED), a signal makes a write to a full pipe end half way.
        rest = memoryview(lines)
        while rest:
            rest = rest[raw.write(rest) :]


def _record(message: Message) -> dict[str, t.Any]:
    """A RECORD message without the deep copy that the SDK's `to_dict` makes of every record."""
    document = {"type": "RECORD", "stream": message.stream, "record": message.record}
    if message.version is not None:
        document["version"] = message.version
    if message.time_extracted is not None:
        document["time_extracted"] = message.time_extracted.isoformat()
    return document
