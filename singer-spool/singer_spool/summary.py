"""The run's summary: JSON for whoever schedules, a table for people."""

from __future__ import annotations

import json
import typing as t
from collections.abc import Iterable
from pathlib import Path

from singer_spool.delivery import StreamProgress


def stream_summaries(
    streams: Iterable[StreamProgress],
    results: Iterable[dict[str, t.Any]],
    *,
    finished: bool,
) -> list[dict[str, t.Any]]:
    """One entry a stream.

    Args:
        streams: What the spool knows.
        results: What the backend knows: dicts with `stream` and whatever else it tells; these win.
        finished: Whether the run read its input to the end and loaded all of it.
    """
    extras = {result["stream"]: result for result in results}
    return [_stream_summary(stream, finished=finished) | extras.get(stream.spec.name, {}) for stream in streams]


def _stream_summary(stream: StreamProgress, *, finished: bool) -> dict[str, t.Any]:
    complete = "complete" if finished else "incomplete"
    return {
        "stream": stream.spec.name,
        "partition": None,
        "status": "failed" if stream.error else complete,
        "records": stream.records,
        "loaded": stream.loaded,
        "error": stream.error,
    }


def write_summary(path: str, summary: dict[str, t.Any]) -> None:
    """Write the summary; whoever reads the file sees a whole one, old or new.

    Raises:
        OSError: The file cannot be written.
    """
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_name(target.name + ".new")
    draft.write_text(json.dumps(summary, indent=2, ensure_ascii=False, default=str) + "\n", encoding="utf-8")
    draft.replace(target)


_COLUMNS = ("stream", "status", "records", "loaded", "table", "rows", "error")


def table_lines(streams: list[dict[str, t.Any]]) -> list[str]:
    """The streams as aligned text, header first; columns that no stream has a value for are left out."""
    if not streams:
        return []
    columns = [name for name in _COLUMNS if any(stream.get(name) is not None for stream in streams)]
    rows = [columns, *([_cell(stream.get(name)) for name in columns] for stream in streams)]
    widths = [max(len(row[place]) for row in rows) for place in range(len(columns))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def _cell(value: t.Any) -> str:
    return "" if value is None else str(value)
