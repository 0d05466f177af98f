"""A tap on the Singer SDK alone, as its template and its documentation of REST streams have it.

https://sdk.meltano.com/en/latest/classes/singer_sdk.RESTStream.html and
https://sdk.meltano.com/en/latest/guides/pagination-classes.html

With `PLAIN_TAP=tuned` it takes what the SDK offers for speed: its msgspec writer
(https://sdk.meltano.com/en/latest/guides/custom-writers.html) and no conformance.
"""

from __future__ import annotations

import functools
import os
import sys
import typing as t

import requests
from singer_sdk import RESTStream, Stream, Tap
from singer_sdk import typing as th
from singer_sdk.contrib.msgspec import MsgSpecWriter
from singer_sdk.helpers.conform import TypeConformanceLevel
from singer_sdk.pagination import BaseAPIPaginator

from benchmarks.contenders.job import KEYS, TIMES, Job, Window

TUNED: t.Final = os.environ.get("PLAIN_TAP") == "tuned"

Token = tuple[int, int]
"""Number of the window, and rows of it that were read."""


class WindowPaginator(BaseAPIPaginator[Token]):
    """Pages of one window, then those of the next."""

    def __init__(self, windows: int, rows_and_total: t.Callable[[requests.Response], tuple[int, int]]) -> None:
        super().__init__((0, 0))
        self._windows = windows
        self._rows_and_total = rows_and_total

    def get_next(self, response: requests.Response) -> Token | None:
        """What to ask for behind this answer."""
        window, count = self.current_value
        rows, total = self._rows_and_total(response)
        if rows and count + rows < total:
            return window, count + rows
        return (window + 1, 0) if window + 1 < self._windows else None


class JobStream(RESTStream[Token]):
    """What both streams share."""

    path = ""

    def __init__(self, tap: Tap) -> None:
        self.job = Job(**tap.config)
        super().__init__(tap, name=self.job.stream, schema=self.job.schema())
        self.primary_keys = [KEYS[self.name]]
        self.replication_key = TIMES[self.name]

    @property
    def url_base(self) -> str:
        """The endpoint."""
        return self.job.url

    @functools.cached_property
    def windows(self) -> list[Window]:
        """The job, cut."""
        return self.job.windows()


class Calls(JobStream):
    """Calls: JSON-RPC by POST."""

    http_method = "POST"
    records_jsonpath = "$.result.data[*]"

    def prepare_request_payload(self, context: t.Any, next_page_token: Token | None) -> dict[str, t.Any]:
        """The body of a request."""
        del context
        window, count = next_page_token or (0, 0)
        return self.job.calls_request(self.windows[window], count)

    def get_new_paginator(self) -> WindowPaginator:
        """How pages follow each other."""

        def rows_and_total(response: requests.Response) -> tuple[int, int]:
            result = response.json()["result"]
            return len(result["data"]), result["metadata"]["total_items"]

        return WindowPaginator(len(self.windows), rows_and_total)


class Conversations(JobStream):
    """Conversations: by GET."""

    records_jsonpath = "$.conversations[*]"

    def get_url_params(self, context: t.Any, next_page_token: Token | None) -> dict[str, t.Any]:
        """The query of a request."""
        del context
        window, count = next_page_token or (0, 0)
        return self.job.conversations_request(self.windows[window], count // self.job.page_size + 1)

    def get_new_paginator(self) -> WindowPaginator:
        """How pages follow each other."""

        def rows_and_total(response: requests.Response) -> tuple[int, int]:
            document = response.json()
            return len(document["conversations"]), document["totalHits"]

        return WindowPaginator(len(self.windows), rows_and_total)


class PlainTap(Tap):
    """One stream of a job."""

    name = "tap-plain"
    config_jsonschema = th.PropertiesList(
        *(th.Property(name, th.StringType, required=True) for name in ("stream", "url", "start", "end")),
        *(th.Property(name, th.IntegerType, required=True) for name in ("slice_days", "page_size", "parallel")),
        th.Property("database", th.StringType),
    ).to_dict()

    def discover_streams(self) -> list[Stream]:
        """The job's stream."""
        kind = Calls if self.config["stream"] == "calls" else Conversations
        return [kind(self)]


if __name__ == "__main__":
    if TUNED:
        JobStream.TYPE_CONFORMANCE_LEVEL = TypeConformanceLevel.NONE
        PlainTap.message_writer_class = MsgSpecWriter
    sys.argv[0] = PlainTap.name
    PlainTap.cli()
