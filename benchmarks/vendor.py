"""The server of a scenario, as a process whose CPU nobody counts."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import json
import subprocess
import sys
import typing as t
import urllib.request

from benchmarks.contenders.job import Job
from benchmarks.measure import ROOT

FIRST_DAY: t.Final = dt.date(2024, 1, 1)
Stream = t.Literal["calls", "conversations"]


@dataclasses.dataclass(frozen=True)
class Load:
    """What a server holds and how a job reads it.

    Attributes:
        stream: the stream that has rows.
        rows: how many.
        days: over how many days.
        slice_days: days of a window.
        page_size: rows of a page.
        parallel: requests at once.
        latency: seconds before each answer.
        limit: points of a bucket, 0 without end.
        limit_seconds: how long a bucket lasts.
        by_jobs: whether conversations are read through jobs.
    """

    stream: Stream
    rows: int
    days: int
    slice_days: int
    page_size: int
    parallel: int = 2
    latency: float = 0.0
    limit: int = 0
    limit_seconds: int = 60
    by_jobs: bool = False


@dataclasses.dataclass(frozen=True)
class Vendor:
    """A running server.

    Attributes:
        job: what a contender is to read from it.
    """

    job: Job
    _statistics_url: str

    def statistics(self) -> dict[str, t.Any]:
        """Requests, rows and points so far."""
        with urllib.request.urlopen(self._statistics_url) as answer:  # noqa: S310  # our own server's address
            return t.cast("dict[str, t.Any]", json.load(answer))

    @contextlib.contextmanager
    def watched(self) -> t.Iterator[dict[str, t.Any]]:
        """Fill a dictionary, at the end of the block, with what was asked meanwhile."""
        before, seen = self.statistics(), dict[str, t.Any]()
        yield seen
        after = self.statistics()
        seen.update({name: after[name] - before[name] for name in ("requests", "rows", "refused")})
        seen["most_at_once"] = after["most_at_once"]
        first, *others = after["points"][len(before["points"]) - 1 :]
        seen["points"] = [first - before["points"][-1], *others]


@contextlib.contextmanager
def serving(load: Load) -> t.Iterator[Vendor]:
    """Start a server, and stop it at the end of the block.

    Args:
        load: what it holds.
    """
    wanted = {load.stream: load.rows, "first_day": FIRST_DAY.isoformat(), "days": load.days}
    manners = {"latency": load.latency, "limit": load.limit, "limit_seconds": load.limit_seconds}
    command = [sys.executable, "-m", "benchmarks.server", json.dumps(wanted | manners)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        stdin, stdout = t.cast("t.IO[str]", process.stdin), t.cast("t.IO[str]", process.stdout)
        try:
            addresses = json.loads(stdout.readline())
            yield Vendor(_job(load, addresses["jobs" if load.by_jobs else load.stream]), addresses["statistics"])
        finally:
            stdin.close()  # it ends when nobody holds its standard input


def _job(load: Load, url: str) -> Job:
    end = FIRST_DAY + dt.timedelta(days=load.days)
    return Job(load.stream, url, FIRST_DAY.isoformat(), end.isoformat(), load.slice_days, load.page_size, load.parallel)
