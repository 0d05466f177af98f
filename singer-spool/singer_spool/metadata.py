"""The `_sdc_*` fields that the Singer SDK's targets add to every record, put in front of the record's bytes.

Names and meaning: https://sdk.meltano.com/en/latest/implementation/record_metadata.html. `_sdc_batched_at` is one
moment for a whole load and is the backend's to add.
"""

from __future__ import annotations

import datetime as dt

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
    """Makes spool lines; the moment of receipt is taken once per block of input."""

    def __init__(self) -> None:
        self.received(dt.datetime.now(dt.UTC))

    def received(self, moment: dt.datetime) -> None:
        """Set the moment of receipt of the lines that follow."""
        text = moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ").encode()
        self._received = b',"_sdc_received_at":"%s","_sdc_sequence":%d' % (text, moment.timestamp() * 1000)

    def line(self, record: bytes, message: Message) -> bytes:
        """The record with metadata in front, ended by a line feed.

        The SDK's rule for records that bring such fields along: `_sdc_deleted_at` is kept, the others are overwritten.
        """
        deleted = b"null"
        if b'"_sdc_' in record:
            record, deleted = _without_metadata(record)
        extracted = bytes(message.time_extracted) or b"null"
        version = b"null" if message.version is None else b"%d" % message.version
        rest = b"," + record[1:] if b'"' in record else b"}"
        return (
            b'{"_sdc_extracted_at":' + extracted + self._received + b',"_sdc_deleted_at":' + deleted
            + b',"_sdc_table_version":' + version + rest + b"\n"
        )  # fmt: skip


def _without_metadata(record: bytes) -> tuple[bytes, bytes]:
    fields = _fields.decode(record)
    deleted = fields.get("_sdc_deleted_at", msgspec.Raw(b"null"))
    kept = {name: value for name, value in fields.items() if name not in RECORD_METADATA}
    return msgspec.json.encode(kept), bytes(deleted)
