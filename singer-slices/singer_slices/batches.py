"""BATCH: records in gzip files of JSON lines, as the SDK's setting `batch_config` says.

The SDK's own batcher takes records as dicts. Here they are lines as soon as they are read, and stay so.
"""

from __future__ import annotations

import gzip
import typing as t
import uuid

from singer_sdk.helpers._batch import BatchConfig
from singer_sdk.helpers._catalog import pop_deselected_record_properties
from singer_sdk.helpers.types import Context

from singer_slices.lines import Chunk
from singer_slices.writer import encoder

if t.TYPE_CHECKING:
    from singer_slices.stream_base import EngineStream

_LEVEL = 1  # the SDK's 9 takes ten times as long, for a tenth less


def may_be_lines(config: BatchConfig) -> bool:
    """Whether the files that are asked for are JSON lines in gzip."""
    return config.encoding.format == "jsonl" and config.encoding.compression == "gzip"


def manifests(stream: EngineStream, config: BatchConfig, context: Context | None) -> t.Iterator[list[str]]:
    """Write the records of a stream to files of `batch_size` records.

    Yields:
        The address of each file, as soon as it is whole.
    """
    names = f"{config.storage.prefix or ''}{stream.tap_name}--{stream.name}-{uuid.uuid4()}"
    pieces = _pieces(stream, context)
    rest: Chunk | None = next(pieces, None)
    number = 0
    while rest is not None:
        number += 1
        name = f"{names}-{number}.json.gz"
        with (
            config.storage.open(name, "wb") as file,
            gzip.GzipFile(fileobj=file, mode="wb", compresslevel=_LEVEL) as out,
        ):
            room = config.batch_size
            while rest is not None and room:
                now, rest = rest.cut(room)
                out.write(now.data)
                room -= now.count
                rest = next(pieces, None) if rest is None else rest
        yield [config.storage.get_url(name)]


def _pieces(stream: EngineStream, context: Context | None) -> t.Iterator[Chunk]:
    for run, part in stream.handed_on(context):
        if isinstance(part, Chunk):
            yield part
            continue
        record = stream.finish(part, run)
        pop_deselected_record_properties(record, stream.schema, stream.mask)
        yield Chunk(encoder.encode(record) + b"\n", 1)
