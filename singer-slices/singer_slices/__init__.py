"""singer_slices: time-sliced extraction for Singer taps.

A tap declares its streams; the engine plans slices, splits them at the vendor's reach, keeps state, budget and order,
and turns failures into a summary and an exit code.

The pieces a tap uses:

* `SlicedTap`, `SlicedStream`, `ListStream`: what a tap subclasses;
* `Slice`, `Page`, `Limits`: what its streams speak of;
* `RowReader`, `Envelope`: how a whole answer is decoded at C speed;
* `Transport`, `Answer`, `Budget`: how its client makes requests;
* the errors: what its client raises;
* `common_settings`: the settings it shares with all other taps.
"""

from singer_slices.answers import Envelope
from singer_slices.budget import Budget, Rate
from singer_slices.control import RunControl
from singer_slices.derived import Derived, LocalDay, PartList
from singer_slices.errors import (
    ConfigurationError,
    CredentialError,
    EngineError,
    ExitCode,
    QuotaSpentError,
    RetryableError,
    SliceTooLargeError,
    SliceTooWideError,
    StreamFailedError,
    StreamRefusedError,
)
from singer_slices.jsontext import decode
from singer_slices.lists import ListStream
from singer_slices.once import once
from singer_slices.planning import Calendar
from singer_slices.reading import Keyed, Limits, Page, Rows, Tally, read_pages
from singer_slices.record_path import RowReader, TypedRows
from singer_slices.records import Row
from singer_slices.redact import redactor
from singer_slices.row_types import Column, Count, Repair
from singer_slices.settings import common_settings
from singer_slices.sliced import SlicedStream
from singer_slices.slices import Slice
from singer_slices.stream_base import EngineStream, name_of
from singer_slices.tap import SlicedTap
from singer_slices.times import SourceZone
from singer_slices.transport import Answer, Transport

__all__ = [
    "Answer",
    "Budget",
    "Calendar",
    "Column",
    "ConfigurationError",
    "Count",
    "CredentialError",
    "Derived",
    "EngineError",
    "EngineStream",
    "Envelope",
    "ExitCode",
    "Keyed",
    "Limits",
    "ListStream",
    "LocalDay",
    "Page",
    "PartList",
    "QuotaSpentError",
    "Rate",
    "Repair",
    "RetryableError",
    "Row",
    "RowReader",
    "Rows",
    "RunControl",
    "Slice",
    "SliceTooLargeError",
    "SliceTooWideError",
    "SlicedStream",
    "SlicedTap",
    "SourceZone",
    "StreamFailedError",
    "StreamRefusedError",
    "Tally",
    "Transport",
    "TypedRows",
    "common_settings",
    "decode",
    "name_of",
    "once",
    "read_pages",
    "redactor",
]
