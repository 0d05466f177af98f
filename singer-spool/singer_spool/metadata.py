"""The `_sdc_*` fields that the Singer SDK's targets add to every record, put in front of the record's bytes.

Names and meaning: https://sdk.meltano.com/en/latest/implementation/record_metadata.html. `_sdc_batched_at` is one
moment for a whole load and is the backend's to add.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import msgspec

from singer_spool.messages import Message

RECORD_METADATA: dict[str, dict[str, object]] = {
    "_sdc_extracted_at": {"type": ["null", "string"], "format": "date-time"},
    "_sdc_received_at": {"type": ["null", "string"], "format": "date-time"},
    "_sdc_batched_at": {"type": ["null", "string"], "format": "date-time"},
    "_sdc_deleted_at": {"type": ["null", "string"], "format": "date-time"},
    "_sdc_sequence": {"type": ["null", "integer"]},
    "_sdc_table_version": {"type": ["null", "integer"]},
}
"""The metadata columns and their JSON Schemas, in the order in which they stand in a table."""

_Fields = dict[str, msgspec.Raw]
_fields = msgspec.json.Decoder(_Fields)


class MetadataWriter:
    """Makes spool lines; the moment of receipt is taken once per block of input. Fields that are null are left out."""

    def __init__(self) -> None:
        self.received(dt.datetime.now(dt.UTC))

    def received(self, moment: dt.datetime) -> None:
        """Set the moment of receipt of the lines that follow."""
        text = moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ").encode()
        self._received = b'"_sdc_received_at":"%s","_sdc_sequence":%d' % (text, moment.timestamp() * 1000)

    def opening(self, message: Message, deleted: bytes = b"") -> bytes:
        """What replaces the first brace of a record that has fields, and none of these.

        Args:
            message: Its envelope.
            deleted: The value of `_sdc_deleted_at`.
        """
        extracted = bytes(message.time_extracted)
        fields = [b'"_sdc_extracted_at":' + extracted] if extracted else []
        fields.append(self._received)
        fields += [b'"_sdc_deleted_at":' + deleted] if deleted else []
        fields += [b'"_sdc_table_version":%d' % message.version] if message.version is not None else []
        return b"{" + b",".join(fields) + b","

    def lines(self, records: Sequence[bytes], messages: Sequence[Message]) -> list[bytes]:
        """Records with metadata in front, each ended by a line feed.

        The SDK's rule for records that bring such fields along: `_sdc_deleted_at` is kept, the others are overwritten.

        Args:
            records: JSON objects.
            messages: The envelope of each record.
        """
        lines = []
        for record, message in zip(records, messages, strict=True):
            if b'"_sdc_' not in record and b'"' in record:
                lines.append(b"".join((self.opening(message), record[1:], b"\n")))
            else:
                lines.append(self._unusual(record, message))
        return lines

    def _unusual(self, record: bytes, message: Message) -> bytes:
        """The line of a record that has no fields, or brings such fields along."""
        record, deleted = _without_metadata(record)
        opening = self.opening(message, deleted)
        return opening + record[1:] + b"\n" if b'"' in record else opening[:-1] + b"}\n"


def _without_metadata(record: bytes) -> tuple[bytes, bytes]:
    """A record without such fields, and the one of them that is kept; empty if it is absent."""
    fields = _fields.decode(record)
    deleted = fields.get("_sdc_deleted_at", msgspec.Raw(b""))
    kept = {name: value for name, value in fields.items() if name not in RECORD_METADATA}
    return msgspec.json.encode(kept), bytes(deleted)
