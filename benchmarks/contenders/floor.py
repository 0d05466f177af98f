"""The floor: `requests` and `orjson` in a loop. Nothing is checked, typed, filtered, retried or remembered."""

from __future__ import annotations

import sys
import typing as t

import orjson
import requests

from benchmarks.contenders.job import Job

Rows = list[dict[str, t.Any]]


def pages(job: Job) -> t.Iterator[Rows]:
    """Every page of the job, window by window."""
    session = requests.Session()
    read = read_calls if job.stream == "calls" else read_conversations
    for window in job.windows():
        count = 0
        while True:
            rows, total = read(session, job, window, count)
            yield rows
            count += len(rows)
            if count >= total or not rows:
                break


def read_calls(session: requests.Session, job: Job, window: t.Any, count: int) -> tuple[Rows, int]:
    """A page of calls behind the first `count`, and the total."""
    answer = session.post(job.url, json=job.calls_request(window, count), timeout=60)
    result = orjson.loads(answer.content)["result"]
    return result["data"], result["metadata"]["total_items"]


def read_conversations(session: requests.Session, job: Job, window: t.Any, count: int) -> tuple[Rows, int]:
    """A page of conversations behind the first `count`, and the total."""
    number = count // job.page_size + 1
    answer = session.get(job.url, params=job.conversations_request(window, number), timeout=60)
    document = orjson.loads(answer.content)
    return document["conversations"], document["totalHits"]


def main() -> None:
    """Write every row as a RECORD."""
    job = Job.read(sys.argv[1])
    write, dump, newline = sys.stdout.buffer.write, orjson.dumps, orjson.OPT_APPEND_NEWLINE
    for rows in pages(job):
        for row in rows:
            write(dump({"type": "RECORD", "stream": job.stream, "record": row}, option=newline))


if __name__ == "__main__":
    main()
