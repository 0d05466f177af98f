"""A look at the first records of a SCHEMA version, for what deserves a word but no error."""

from __future__ import annotations

import itertools
import logging
import re

import msgspec
from singer_spool import Batch

from target_duckdb.types import is_date_time

logger = logging.getLogger(__name__)

_SAMPLE = 1000
_decode = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
# A day alone, or a time of day that ends without Z or an offset.
_NAIVE = re.compile(rb'"[+-]?\d{4,6}-\d{1,2}-\d{1,2}(?:[T ][\d:.]+)?"')


def report_sample(batch: Batch) -> None:
    """Log, once each, the date-times without an offset among the first records."""
    spec = batch.spec
    moments = [name for name, schema in spec.properties.items() if is_date_time(schema)]
    naive: set[str] = set()
    for line in itertools.islice(batch.raw_lines(), _SAMPLE):
        record = _decode(line)
        naive |= {name for name in moments if name in record and _NAIVE.fullmatch(bytes(record[name]))}
    if naive:
        names = ", ".join(sorted(naive))
        logger.warning("Stream '%s': times without an offset are read as UTC: %s", spec.name, names)
