"""What a contender is asked to read, and the requests for it. Standard library only: every environment imports it."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import typing as t
from pathlib import Path

DATA: t.Final = Path(__file__).resolve().parent.parent / "data"
TOKEN: t.Final = "benchmark"  # noqa: S105  # anyone may have it
KEYS: t.Final = {"calls": "id", "conversations": "conversationId"}
SCHEMAS: t.Final = {"calls": "raw_comagic", "conversations": "raw_genesys"}
"""Where our loader lands each stream."""
TIMES: t.Final = {"calls": "start_time", "conversations": "conversationStart"}

Window = tuple[dt.date, dt.date]
"""Whole days; the second one is the first that no longer belongs to it."""


@dataclasses.dataclass(frozen=True)
class Job:
    """A range of one stream.

    Attributes:
        stream: `calls` or `conversations`.
        url: the endpoint; where conversations are read through jobs, what login and API have in common.
        start: first day, ISO.
        end: the day after the last.
        slice_days: days of a window.
        page_size: rows of a page.
        parallel: requests at once.
        database: the DuckDB file to load into, where the contender loads.
    """

    stream: str
    url: str
    start: str
    end: str
    slice_days: int
    page_size: int
    parallel: int = 1
    database: str = ""

    @classmethod
    def read(cls, path: str) -> Job:
        """A job from its file."""
        return cls(**json.loads(Path(path).read_text(encoding="utf-8")))

    def windows(self) -> list[Window]:
        """The range, cut."""
        first, last = dt.date.fromisoformat(self.start), dt.date.fromisoformat(self.end)
        step = dt.timedelta(days=self.slice_days)
        starts = [first + number * step for number in range(-(-(last - first) // step))]
        return [(start, min(start + step, last)) for start in starts]

    def fields(self) -> list[str]:
        """The fields to ask for."""
        return list(self.schema()["properties"])

    def schema(self) -> dict[str, t.Any]:
        """The stream's JSON schema."""
        text = (DATA / f"{self.stream}.schema.json").read_text(encoding="utf-8")
        return t.cast("dict[str, t.Any]", json.loads(text))

    def calls_request(self, window: Window, offset: int) -> dict[str, t.Any]:
        """The body that asks for a page of calls."""
        start, end = window
        params = {
            "access_token": TOKEN,
            "date_from": f"{start} 00:00:00",
            "date_till": f"{end - dt.timedelta(days=1)} 23:59:59",
            "limit": self.page_size,
            "offset": offset,
            "fields": self.fields(),
            "sort": [{"field": "start_time", "order": "asc"}],
        }
        return {"jsonrpc": "2.0", "id": 1, "method": "get.calls_report", "params": params}

    def conversations_request(self, window: Window, number: int) -> dict[str, t.Any]:
        """The query that asks for a page of conversations."""
        start, end = window
        interval = f"{start}T00:00:00.000Z/{end}T00:00:00.000Z"
        return {"interval": interval, "pageSize": self.page_size, "pageNumber": number}
