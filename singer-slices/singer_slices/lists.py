"""Full lists: read whole on each run."""

from __future__ import annotations

import abc
import typing as t

from singer_sdk.helpers.types import Context

from singer_slices.errors import StreamFailedError
from singer_slices.lines import EncodedRows
from singer_slices.partition_run import PartitionRun, completed
from singer_slices.reading import (
    Batch,
    BeyondReachError,
    Keyed,
    Limits,
    Page,
    Query,
    Tally,
    count_pages,
    read_pages,
)
from singer_slices.records import Row
from singer_slices.schedule import Complete, Failed, Outcome, Reading, Work
from singer_slices.seams import Given
from singer_slices.stream_base import ACCOUNT, EngineStream
from singer_slices.summary import StreamSummary


class ListStream(EngineStream):
    """A full list, read whole on each run. After its last row, and only then, ACTIVATE_VERSION says what vanished."""

    @property
    @abc.abstractmethod
    def limits(self) -> Limits:
        """The vendor's limits for one list."""

    def fetch_page(self, offset: int, context: Context | None) -> Page:
        """One page of a list that is read by offset. Called from several threads where there are partitions."""
        raise NotImplementedError(f"{self.name} gives neither fetch_page nor pages")

    def pages(self, context: Context | None) -> t.Iterator[Page] | None:
        """The pages of a list that the source strings together itself, by page number, cursor or next address.

        None, the default, for a list that is read by offset with `fetch_page`.
        """
        del context
        return None

    def read_list(self, context: Context | None, tally: Tally) -> t.Iterator[Keyed]:
        """The rows of the list, read to its end and counted in `tally`."""
        pages = self.pages(context)
        if pages is not None:
            return count_pages(pages, tally)
        return read_pages(lambda offset: self.fetch_page(offset, context), self.limits, tally)

    def run_of(self, context: Context | None, summary: StreamSummary) -> PartitionRun:
        """One unit of work."""
        self._stream_version = self._version()
        return _ListRun(self, context, summary)

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


class _ListRun(PartitionRun):
    """One partition of a list: a single unit."""

    def __init__(self, stream: ListStream, context: Context | None, summary: StreamSummary) -> None:
        super().__init__(stream, context, summary, [None], stream.zone_of(context))
        self._stream = stream
        self._given = Given()

    def read(self, work: Work) -> Reading:
        """Read the list."""
        del work
        stream, slack = self._stream, self._stream.limits.slack
        query = Query(lambda tally: stream.read_list(self.context, tally), slack, stream.key_fields, self.summary.name)
        try:
            for keyed in query.pages():
                yield self._batch_of(keyed, keyed.keys)
        except BeyondReachError as error:
            raise StreamFailedError(f"the list cannot be read whole: {error}") from None
        return completed(query.tally, slack)

    def take(self, work: Work, batch: Batch) -> list[Row] | EncodedRows:
        """The rows that did not come before."""
        del work
        places = self._given.news(batch.marks)
        return batch.rows if places is None else batch.pick(places)

    def _judge(self, work: Work, outcome: Outcome) -> None:
        del work
        if isinstance(outcome, Failed):
            raise outcome.error
        if isinstance(outcome, Complete):
            self.summary.reconcile(outcome.received, outcome.total)
            if not outcome.whole:
                raise StreamFailedError(
                    f"the vendor states {outcome.total} rows, {outcome.different} different ones came"
                )
