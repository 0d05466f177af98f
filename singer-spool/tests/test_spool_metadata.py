from __future__ import annotations

import datetime as dt
import json
import typing as t

import pytest
from singer_spool.messages import decode
from singer_spool.metadata import MetadataWriter

NOON = dt.datetime(2026, 3, 1, 12, 0, 0, 250_000, tzinfo=dt.UTC)
COMMON = {
    "_sdc_received_at": "2026-03-01T12:00:00.250000Z",
    "_sdc_sequence": 1772366400250,
}


@pytest.mark.parametrize(
    ("record", "envelope", "expected"),
    [
        ({"id": 1}, {}, COMMON | {"id": 1}),
        ({}, {}, COMMON),
        (
            {"id": 1},
            {"time_extracted": "2026-03-01T11:59:00Z", "version": 7},
            COMMON | {"_sdc_extracted_at": "2026-03-01T11:59:00Z", "_sdc_table_version": 7, "id": 1},
        ),
        ({"id": 1, "_sdc_deleted_at": "2026-01-01"}, {}, COMMON | {"_sdc_deleted_at": "2026-01-01", "id": 1}),
        ({"_sdc_sequence": 5, "_sdc_batched_at": "x", "_sdc_other": 1}, {}, COMMON | {"_sdc_other": 1}),
        ({"_sdc_sequence": 5}, {}, COMMON),
        ({"text": 'says "_sdc_sequence"'}, {}, COMMON | {"text": 'says "_sdc_sequence"'}),
    ],
)
def test_metadata_stands_before_the_record(
    record: dict[str, t.Any], envelope: dict[str, t.Any], expected: dict[str, t.Any]
) -> None:
    writer = MetadataWriter()
    writer.received(NOON)
    message = decode(json.dumps({"type": "RECORD", "stream": "a", "record": record, **envelope}).encode())
    (line,) = writer.lines([bytes(message.record)], [message])
    assert line.endswith(b"}\n")
    assert json.loads(line) == expected
    pairs = json.loads(line, object_pairs_hook=list)
    assert len(pairs) == len(expected), "no field stands there twice"
