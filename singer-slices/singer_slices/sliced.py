"""Time-ranged streams: planned, cut, read slice by slice, the bookmark at the end of what is complete."""

from __future__ import annotations

import abc
import datetime as dt
import typing as t

from singer_sdk.helpers.types import Context
from singer_sdk.singerlib import Catalog

from singer_slices.partition_run import PartitionRun
from singer_slices.planning import Calendar, cut, planned_start
from singer_slices.reading import Keyed, Limits, Page, Tally, count_pages, read_pages
from singer_slices.record_path import RowReader
from singer_slices.records import Row
from singer_slices.row_types import Column
from singer_slices.slice_run import Plan, SliceRun
from singer_slices.slices import Slice
from singer_slices.state import Bookmark
from singer_slices.stream_base import EngineStream
from singer_slices.summary import StreamSummary

if t.TYPE_CHECKING:
    from singer_slices.tap import SlicedTap

_PROBE_LENGTH = dt.timedelta(hours=1)


class SlicedStream(EngineStream):
    """A stream whose rows have a time by which the vendor lets one ask for them."""

    #: The field whose time the slices count; also the replication key.
    time_field: t.ClassVar[str]
    #: Days a slice has by default, and the most that the vendor allows.
    default_slice_days: t.ClassVar[int]
    most_slice_days: t.ClassVar[int]
    #: Days before the bookmark that are read again by default.
    default_lookback_days: t.ClassVar[int] = 0
    #: Whether the source picks rows by `time_field`. If not, all that it gives for a range belongs there.
    picked_by_time: t.ClassVar[bool] = True
    #: What tells two versions of a row with one key apart, where slices overlap and a later one may bring news. By
    #: default there is only one: a row that comes again, within a slice or where it meets the next, is left out.
    version_of: t.Callable[[Row], t.Hashable] | None = None

    def __init__(self, tap: SlicedTap) -> None:
        super().__init__(tap)
        self.replication_key = self.time_field

    def apply_catalog(self, catalog: Catalog) -> None:
        """As for every stream; the replication key stays ours, since the slices count it."""
        super().apply_catalog(catalog)
        self.replication_key = self.time_field

    @classmethod
    def readable_fields(cls) -> tuple[str, ...]:
        """The time, which loaders and bookmarks need."""
        return (*super().readable_fields(), cls.time_field)

    @classmethod
    def fixed_properties(cls) -> tuple[str, ...]:
        """Keys and time."""
        return (*super().fixed_properties(), cls.time_field)

    @property
    @abc.abstractmethod
    def limits(self) -> Limits:
        """The vendor's limits for one query."""

    def fetch_page(self, piece: Slice, offset: int, context: Context | None, *, limit: int | None = None) -> Page:
        """One page of a slice that is read by offset, `limit` rows instead of a whole page.

        It may hold rows from just outside the slice. Called from several threads at once.
        """
        raise NotImplementedError(f"{self.name} gives neither fetch_page nor pages")

    def pages(self, piece: Slice, context: Context | None) -> t.Iterator[Page] | None:
        """The pages of a slice that the source strings together itself: by cursor, next address, or as a job's result.

        None, the default, for a stream that is read by offset with `fetch_page`.

        Raises:
            SliceTooWideError: the source does not give so much at once; the slice is cut in two.
        """
        del piece, context
        return None

    def row_reader(self, context: Context | None) -> RowReader | None:
        """As for every stream; where versions are told apart by whole rows, these are needed as dicts."""
        needs_dicts = self.version_of is not None and type(self).versions is SlicedStream.versions
        return None if needs_dicts else super().row_reader(context)

    def versions(self, page: Keyed) -> t.Sequence[t.Hashable] | None:
        """The versions of a page's rows; None where there is but one of each. Override for pages that are typed."""
        version_of = self.version_of
        return None if version_of is None else [version_of(row) for row in page.rows]

    def columns(self) -> tuple[Column, ...]:
        """The key and the time."""
        return (*super().columns(), self.time_field)

    def read_query(self, piece: Slice, context: Context | None, tally: Tally) -> t.Iterator[Keyed]:
        """The rows of one slice, read to its end and counted in `tally`."""
        pages = self.pages(piece, context)
        if pages is not None:
            return count_pages(pages, tally)
        return read_pages(lambda offset: self.fetch_page(piece, offset, context), self.limits.of(piece), tally)

    def probe(self, context: Context | None) -> None:
        """Ask for one row of the last hour."""
        end = self.engine_tap.calendar(self.zone_of(context)).watermark()
        self.fetch_page(Slice(end - _PROBE_LENGTH, end), 0, context, limit=1)

    def _days(self, setting: str, default: int) -> int:
        value = self.config.get(setting)
        if isinstance(value, dict):
            value = value.get(self.name)
        return default if value is None else int(value)

    @property
    def moves_bookmark(self) -> bool:
        """Whether this run reads from, and moves, the stored bookmark."""
        return self.replication_method == "INCREMENTAL" and not self.engine_tap.backfill

    def plan(self, bookmark: Bookmark, calendar: Calendar) -> tuple[Slice, list[Slice]]:
        """The range that this run reads of a partition, and its slices; none if everything was read before."""
        lookback = dt.timedelta(days=self._days("lookback_days", self.default_lookback_days))
        known = bookmark.value if self.moves_bookmark else None
        start = planned_start(calendar.range, calendar.zone, known, lookback)
        end = self.readable_until(calendar)
        return Slice(start, max(start, end)), list(self.cut(start, end, calendar))

    def cut(self, start: dt.datetime, end: dt.datetime, calendar: Calendar) -> t.Iterator[Slice]:
        """`[start, end)` in slices; none where `end` is not after `start`."""
        days = min(self._days("slice_days", self.default_slice_days), self.most_slice_days)
        return cut(start, end, days=days, zone=calendar.zone, border=calendar.range.day_border)

    def readable_until(self, calendar: Calendar) -> dt.datetime:
        """Up to where this run reads."""
        return calendar.watermark()

    def complete_until(self, calendar: Calendar) -> dt.datetime:
        """Up to where the bookmark may go: what lies behind is read, and read again by the next run."""
        return calendar.watermark()

    def run_of(self, context: Context | None, summary: StreamSummary) -> PartitionRun:
        """Plan one partition."""
        calendar = self.engine_tap.calendar(self.zone_of(context))
        bookmark = Bookmark(self.name, self.get_context_state(context), self.time_field, calendar.zone)
        whole, slices = self.plan(bookmark, calendar)
        summary.slices_planned = len(slices)
        summary.bookmark = bookmark.text()
        if slices:
            self.log("%s: reading %s in %d slice(s)", summary.name, whole.text(calendar.zone), len(slices))
        else:
            self.log("%s: nothing to read after %s", summary.name, calendar.zone.local_text(whole.start))
        return SliceRun(self, context, summary, bookmark, Plan(calendar, whole, slices))

    def has_much_to_read(self, runs: t.Sequence[PartitionRun]) -> bool:
        """Even a single slice may have to be cut."""
        return bool(runs)
