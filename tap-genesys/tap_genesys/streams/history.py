"""History that comes by two routes: settled by jobs up to a watermark, the newest part by queries.

Jobs read a data lake that trails by hours, and a window that passes its watermark is answered short, without a sign
(https://developer.genesys.cloud/api/rest/v2/analytics/conversation_details_job). Queries answer at once with the most
current data, but match by other rules and leave fields out.
"""

from __future__ import annotations

import abc
import datetime as dt
import threading
import typing as t

from singer_sdk.helpers.types import Context
from singer_slices import Calendar, Keyed, Page, Rows, Slice, SlicedStream, SliceTooWideError, TypedRows, once

from tap_genesys.jobs import Jobs
from tap_genesys.streams.base import GenesysStream, instant

_DAY = dt.timedelta(days=1)
_PATIENCE = 0.1  # seconds between two looks at whether the run is to stop

#: How much a row tells: of two versions of one row the greater one counts.
Rank = tuple[t.Any, ...]


class Settled:
    """What the jobs of this run gave near the watermark, so that queries do not overwrite it with less.

    Queries are held back until the jobs are through, whichever thread reads them.
    """

    def __init__(self) -> None:
        self._ranks: dict[str, Rank] = {}
        self._lock = threading.Lock()
        self._open = dt.timedelta(0)
        self._through = threading.Event()

    def expect(self, windows: t.Iterable[Slice]) -> None:
        """So much time is to be read by jobs."""
        self._open = sum((piece.length for piece in windows), dt.timedelta(0))
        if not self._open:
            self.finish()

    def note(self, key: str, rank: Rank) -> None:
        """A job gave this row."""
        with self._lock:
            self._ranks[key] = max(rank, self._ranks.get(key, rank))

    def pass_over(self, piece: Slice) -> None:
        """A window was read to its end, or the half of one; several threads read windows at once."""
        with self._lock:
            self._open -= piece.length
        if self._open <= dt.timedelta(0):
            self.finish()

    def finish(self) -> None:
        """The jobs are through, or one of them failed."""
        self._through.set()

    def wait(self, check: t.Callable[[], None]) -> None:
        """Return when the jobs are through; `check` may raise before."""
        while not self._through.wait(timeout=_PATIENCE):
            check()

    def is_news(self, key: str, rank: Rank) -> bool:
        """Whether a query's row tells more than the job's did."""
        known = self._ranks.get(key)
        return known is None or rank > known


class HistoryStream(GenesysStream, SlicedStream):
    """Rows of analytics by job, by query, or by both, as the setting `conversation_source` says."""

    #: The part of the paths that names the entity, as in `/analytics/conversations/details/jobs`.
    entity: t.ClassVar[t.Literal["conversations", "users"]]
    #: The name of the list in answers.
    rows_field: t.ClassVar[str]
    #: Rows are picked by their lifetime: those that began before the range are its late news.
    picked_by_time = False

    # What a subclass says about rows

    @abc.abstractmethod
    def job_rows(self, piece: Slice) -> t.Iterator[Rows]:
        """The rows of a window that a job reads."""

    @abc.abstractmethod
    def query_rows(self, piece: Slice) -> t.Iterator[Rows]:
        """The rows of a window that queries read."""

    @abc.abstractmethod
    def ranks(self, rows: Rows) -> list[Rank]:
        """How much each row tells."""

    @abc.abstractmethod
    def last_times(self, rows: Rows) -> t.Sequence[str | None]:
        """Up to when queries may give each row again; None where that is open."""

    # Planning

    @property
    def source(self) -> str:
        """`auto`, `jobs` or `query`."""
        return str(self.config["conversation_source"])

    @property
    def job_watermark(self) -> dt.datetime:
        """The moment before which jobs have everything."""
        return self.genesys.watermarks.of(self.entity)

    def readable_until(self, calendar: Calendar) -> dt.datetime:
        """Up to now less the settling time; with jobs alone up to their watermark."""
        end = self.genesys.present(self.entity, calendar)
        return min(end, self.job_watermark) if self.source == "jobs" else end

    def complete_until(self, calendar: Calendar) -> dt.datetime:
        """Up to the jobs' watermark: what queries gave behind it is settled by a job of the next run."""
        end = self.genesys.present(self.entity, calendar)
        return end if self.source == "query" else min(end, self.job_watermark)

    def cut(self, start: dt.datetime, end: dt.datetime, calendar: Calendar) -> t.Iterator[Slice]:
        """Windows for jobs up to their watermark, and windows of at most a UTC day for queries behind it."""
        jobs_end = start if self.source == "query" else max(start, min(end, self.job_watermark))
        job_windows = list(super().cut(start, jobs_end, calendar))
        self._last_job_end = job_windows[-1].end if job_windows else None
        self.settled.expect(job_windows)
        yield from job_windows
        for piece in super().cut(jobs_end, end, calendar):
            yield from _days(piece)

    _last_job_end: dt.datetime | None = None

    @once
    def settled(self) -> Settled:
        """What this run's jobs gave."""
        return Settled()

    def versions(self, page: Keyed) -> t.Sequence[t.Hashable]:
        """A row that comes again in the next window is left out unless it tells something else."""
        return self.ranks(page.whole)

    # Reading

    def pages(self, piece: Slice, context: Context | None) -> t.Iterator[Page]:
        """The rows of one window."""
        del context
        if self._last_job_end is not None and piece.end <= self._last_job_end:
            yield from self._settled_pages(piece)
        else:
            yield from self._newest_pages(piece)

    def _settled_pages(self, piece: Slice) -> t.Iterator[Page]:
        """A job's rows; those that queries may give as well are noted."""
        since = instant(self.job_watermark.replace(hour=0, minute=0, second=0, microsecond=0))
        try:
            for rows in self.job_rows(piece):
                for key, rank, last in zip(self._keys(rows), self.ranks(rows), self.last_times(rows), strict=True):
                    if last is None or last >= since:
                        self.settled.note(key, rank)
                yield Page(rows, None)
        except SliceTooWideError:
            if piece.length <= self.limits.smallest:
                self.settled.finish()
            raise  # else its halves are still to come
        except BaseException:
            self.settled.finish()
            raise
        self.settled.pass_over(piece)

    def _newest_pages(self, piece: Slice) -> t.Iterator[Page]:
        """A query's rows, without those of which a job of this run told as much."""
        self.settled.wait(self.engine_tap.control.check)
        for rows in self.query_rows(piece):
            told = zip(self._keys(rows), self.ranks(rows), strict=True)
            news = [place for place, (key, rank) in enumerate(told) if self.settled.is_news(key, rank)]
            yield Page(rows.pick(news) if isinstance(rows, TypedRows) else [rows[place] for place in news], None)

    def _keys(self, rows: Rows) -> list[str]:
        return [
            "/".join(map(str, parts)) for parts in zip(*[values(rows, name) for name in self.key_fields], strict=True)
        ]

    def jobs(self) -> Jobs:
        """The jobs of this entity."""
        return self.genesys.jobs(f"/analytics/{self.entity}/details/jobs", self.rows_field)

    def hear_watermark(self, text: str | None) -> None:
        """Take in the watermark that stands in a job's results."""
        self.genesys.watermarks.hear(self.entity, text)


def values(rows: Rows, field: str) -> t.Sequence[t.Any]:
    """The vendor's values of one field; None where it is absent."""
    return rows.values(field) if isinstance(rows, TypedRows) else [row.get(field) for row in rows]


def _days(piece: Slice) -> t.Iterator[Slice]:
    """A slice cut at the midnights of UTC, by which queries match."""
    start = piece.start
    while start < piece.end:
        midnight = start.replace(hour=0, minute=0, second=0, microsecond=0) + _DAY
        end = min(midnight, piece.end)
        yield Slice(start, end)
        start = end
