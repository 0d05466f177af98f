"""Full lists: read whole on each run."""

from __future__ import annotations

import abc
import typing as t

from singer_sdk.helpers.types import Context

from singer_slices.errors import StreamFailedError
from singer_slices.progress import Progress
from singer_slices.reading import BeyondReachError, Key, Limits, Page, Query, Tally, count_pages, read_pages
from singer_slices.records import Row
from singer_slices.stream_base import ACCOUNT, EngineStream
from singer_slices.summary import StreamSummary


class ListStream(EngineStream):
    """A full list, read whole on each run. After its last row, and only then, ACTIVATE_VERSION says what vanished."""

    @property
    @abc.abstractmethod
    def limits(self) -> Limits:
        """The vendor's limits for one list."""

    def fetch_page(self, offset: int, context: Context | None) -> Page:
        """One page of a list that is read by offset."""
        raise NotImplementedError(f"{self.name} gives neither fetch_page nor pages")

    def pages(self, context: Context | None) -> t.Iterator[Page] | None:
        """The pages of a list that the source strings together itself, by page number, cursor or next address.

        None, the default, for a list that is read by offset with `fetch_page`.
        """
        del context
        return None

    def _read_list(self, context: Context | None, tally: Tally) -> t.Iterator[list[Row]]:
        pages = self.pages(context)
        if pages is not None:
            return count_pages(pages, tally)
        return read_pages(lambda offset: self.fetch_page(offset, context), self.limits, tally)

    def _read(self, context: Context | None, summary: StreamSummary) -> t.Iterator[Row]:
        self._stream_version = self._version()
        given: set[Key] = set()

        def is_new(key: Key, row: Row) -> bool:
            del row
            known = len(given)
            given.add(key)
            return len(given) > known

        query = Query(
            lambda tally: self._read_list(context, tally), self.limits.slack, self.key_fields, is_new, summary.name
        )
        progress = Progress(summary, self.engine_tap.control, self.engine_tap.transport)
        try:
            for rows in query.batches():
                yield from rows
                progress.tick(None)
        except BeyondReachError as error:
            raise StreamFailedError(f"the list cannot be read whole: {error}") from None
        tally, slack = query.tally, self.limits.slack
        summary.reconcile(tally.counted(slack), tally.total)
        if not tally.complete(slack):
            raise StreamFailedError(f"the vendor states {tally.total} rows, {len(tally.keys)} different ones came")

    def _version(self) -> int | None:
        """The version of this run's rows; none where several accounts, or partitions, share a table.

        ACTIVATE_VERSION speaks of a whole table, and would mark the rows of the others as gone: of accounts that other
        runs read, of a partition that failed, or that this run was not to read.
        """
        return None if self.config.get(ACCOUNT) or self._listed is not None else self.engine_tap.initialized_at // 1000

    def _sync_records(
        self, context: Context | None = None, *, write_messages: bool = True
    ) -> t.Generator[Row, t.Any, t.Any]:
        yield from super()._sync_records(context, write_messages=write_messages)
        version = self._stream_version
        if write_messages and self.selected and version and self.engine_tap.all_complete(self.name):
            self._write_activate_version_message(version)
