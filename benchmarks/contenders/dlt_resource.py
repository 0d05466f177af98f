"""The dlt resource of a job: windows, and a transformer that reads the pages of each in a thread of dlt's pool."""

from __future__ import annotations

import typing as t

import dlt
from dlt.common import json
from dlt.sources.helpers import requests

from benchmarks.contenders.job import KEYS, Job, Window

Rows = list[dict[str, t.Any]]
MERGE: t.Final = {"disposition": "merge", "strategy": "delete-insert"}


def make_resource(job: Job, *, arrow: bool, merge: bool) -> t.Any:
    """A dlt resource that yields a job's pages.

    Args:
        job: what to read.
        arrow: yield Arrow tables, which dlt writes to Parquet without looking at rows.
        merge: load by merging on the key.
    """
    read = read_calls if job.stream == "calls" else read_conversations

    @dlt.resource(name="windows", selected=False)  # type: ignore[untyped-decorator]  # dlt is not in this environment
    def windows() -> t.Iterator[Window]:
        yield from job.windows()

    @dlt.transformer(  # type: ignore[untyped-decorator]  # as above
        name=job.stream,
        parallelized=job.parallel > 1,
        max_table_nesting=0,
        primary_key=KEYS[job.stream],
        write_disposition=MERGE if merge else "append",
    )
    def pages(window: Window) -> t.Iterator[t.Any]:
        for rows in window_pages(read, job, window):
            yield as_arrow(rows, job) if arrow else rows

    return windows | pages


def window_pages(read: t.Callable[[Job, Window, int], tuple[Rows, int]], job: Job, window: Window) -> t.Iterator[Rows]:
    """The pages of a window, without an empty one."""
    count = 0
    while True:
        rows, total = read(job, window, count)
        if rows:
            yield rows
        count += len(rows)
        if not rows or count >= total:
            return


def read_calls(job: Job, window: Window, count: int) -> tuple[Rows, int]:
    """A page of calls behind the first `count`, and the total."""
    answer = requests.post(job.url, json=job.calls_request(window, count))
    result = json.loadb(answer.content)["result"]
    return result["data"], result["metadata"]["total_items"]


def read_conversations(job: Job, window: Window, count: int) -> tuple[Rows, int]:
    """A page of conversations behind the first `count`, and the total."""
    answer = requests.get(job.url, params=job.conversations_request(window, count // job.page_size + 1))
    document = json.loadb(answer.content)
    return document["conversations"], document["totalHits"]


def as_arrow(rows: Rows, job: Job) -> t.Any:
    """Rows as an Arrow table of the stream's types, times parsed."""
    import pyarrow as pa  # noqa: PLC0415  # only this mode needs it

    from benchmarks.contenders.arrow import arrow_schema, with_times  # noqa: PLC0415  # as above

    return with_times(pa.Table.from_pylist(rows, schema=arrow_schema(job.stream)), job.stream)
