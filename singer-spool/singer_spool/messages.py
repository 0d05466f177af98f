"""Reading lines: the envelope is decoded, the record stays bytes."""

from __future__ import annotations

import re

import msgspec

from singer_spool.errors import InputError

NOTHING = msgspec.Raw(b"")
BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class Message(msgspec.Struct, gc=False):
    """The envelope of any Singer message; parts that its type does not have are empty."""

    type: str
    stream: str = ""
    record: msgspec.Raw = NOTHING
    version: int | None = None
    time_extracted: msgspec.Raw = NOTHING
    value: msgspec.Raw = NOTHING
    schema: msgspec.Raw = NOTHING
    key_properties: list[str] | None = None
    bookmark_properties: list[str] | str | None = None
    encoding: dict[str, str | None] | None = None
    manifest: list[str] | None = None


_decoder = msgspec.json.Decoder(Message)

# Strings are matched first, so that nothing inside them is taken for a literal.
_BAD_LITERALS = re.compile(rb'("(?:[^"\\]|\\.)*")|-?\bInfinity\b|\bNaN\b')
# An escaped backslash, a proper pair, and then what is left: half of a pair.
_SURROGATES = re.compile(
    rb"(\\\\|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2})|\\u[dD][89a-fA-F][0-9a-fA-F]{2}",
)


def decode(line: bytes) -> Message:
    """Decode a line's envelope.

    Raises:
        msgspec.DecodeError: Not JSON, or not a message.
    """
    return _decoder.decode(line)


def decode_block(block: bytes) -> list[Message] | None:
    """Decode the envelopes of a block of whole lines at C speed.

    Returns:
        One message a line; None if the block holds anything else, so that its lines must be looked at one by one.
    """
    try:
        block.decode()  # the decoder passes over what is inside records
        messages = _decoder.decode_lines(block)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    # The decoder does not care where lines end. Inside a message "}" is never followed by "{", so these ends are true.
    lines = block.count(b"\n") + (not block.endswith(b"\n"))
    return messages if len(messages) == lines == block.count(b"}\n{") + 1 else None


def is_utf8(block: bytes) -> bool:
    """Whether the bytes are UTF-8."""
    try:
        block.decode()
    except UnicodeDecodeError:
        return False
    return True


def mend(line: bytes) -> bytes:
    """Repair what common taps emit although it is not JSON or not Unicode.

    Non-finite numbers (`NaN`, `Infinity`, which Python's `json` writes) become null, as the Singer SDK does with them;
    half a surrogate pair (text that was cut in the middle of an emoji) becomes U+FFFD.
    """
    line = line.removeprefix(BYTE_ORDER_MARK)
    line = _BAD_LITERALS.sub(lambda match: match[1] or b"null", line)
    return _SURROGATES.sub(lambda match: match[1] or b"\\ufffd", line)


def malformed(line: bytes, number: int, reason: str) -> InputError:
    """An error that shows where and what shape the line has, but none of its values."""
    return InputError(
        f"Line {number} of the input is not a Singer message: {reason}. Its shape: {shape(line)}. "
        "Everything before it was loaded. If the tap prints to stdout, move that to stderr; if it was cut off, "
        "run again.",
    )


def unknown_type(name: str, number: int) -> InputError:
    """An error for a message that Singer does not know."""
    return InputError(
        f"Line {number} of the input is not a Singer message: there is no message type '{name[:32]}'. Everything "
        "before it was loaded. If the tap prints to stdout, move that to stderr.",
    )


_SHOWN = 120
_ENVELOPE = re.compile(rb'"(?:type|stream)"\s*:\s*"[\w-]{1,64}"')


def shape(line: bytes) -> str:
    """The start of a line with letters shown as x and digits as 0; message type and stream stay readable.

    >>> shape(b'{"type":"RECORD","stream":"calls","record":{"phone":"+7 495"')
    '{"type":"RECORD","stream":"calls","xxxxxx":{"xxxxx":"+0 000"'
    """
    start = line[:_SHOWN]
    shown: list[str] = []
    end = 0
    for match in _ENVELOPE.finditer(start):
        shown += [_masked(start[end : match.start()]), match[0].decode("ascii", "replace")]
        end = match.end()
    shown.append(_masked(start[end:]))
    return "".join(shown) + ("…" if len(line) > _SHOWN else "")


def _masked(part: bytes) -> str:
    text = part.decode("utf-8", "replace")
    return "".join(
        "0" if char.isdigit() else "x" if char.isalnum() or not char.isprintable() else char for char in text
    )
