"""One partition of a time-ranged stream: slices read to their end, the bookmark moved slice by slice."""

from __future__ import annotations

import dataclasses
import operator
import typing as t

from singer_sdk.helpers.types import Context

from singer_slices.derived import NAIVE_TEXT
from singer_slices.errors import (
    EngineError,
    RetryableError,
    SliceTooLargeError,
    SliceTooWideError,
    StreamFailedError,
    StreamRefusedError,
)
from singer_slices.lines import EncodedRows
from singer_slices.partition_run import PartitionRun, completed
from singer_slices.planning import Calendar
from singer_slices.reading import Batch, BeyondReachError, Keyed, Mark, Query, check_shown, divided
from singer_slices.records import Row
from singer_slices.redact import redactor
from singer_slices.schedule import Complete, Divided, Failed, Outcome, Reading, Work
from singer_slices.seams import Given
from singer_slices.slices import Slice
from singer_slices.state import Bookmark
from singer_slices.summary import StreamSummary

if t.TYPE_CHECKING:
    from singer_slices.sliced import SlicedStream

_FAILURES_IN_A_ROW = 2  # a source that fails two slices running is down, not unlucky
_SEPARATOR = 10  # where it stands in `2026-03-01 10:00:00`


@dataclasses.dataclass(frozen=True, slots=True)
class Plan:
    """The range that a run reads of a partition, and the slices into which it is cut."""

    calendar: Calendar
    whole: Slice
    slices: t.Sequence[Slice]


@dataclasses.dataclass(slots=True)
class _Planned:
    """A slice of the plan: how many of its parts are open, and whether all others could be read."""

    open: int = 1
    whole: bool = True


class SliceRun(PartitionRun):
    """One partition of a sliced stream on its way through the plan.

    A slice that fails for good holds the bookmark, and the next one is tried.
    """

    def __init__(
        self, stream: SlicedStream, context: Context | None, summary: StreamSummary, bookmark: Bookmark, plan: Plan
    ) -> None:
        super().__init__(stream, context, summary, plan.slices, plan.calendar.zone)
        self._stream = stream
        self._bookmark = bookmark
        self._whole = plan.whole
        self._calendar = plan.calendar
        self._bounds = tuple(plan.calendar.zone.local_text(moment) for moment in (plan.whole.start, plan.whole.end))
        self._given = Given()
        self._planned = {piece: _Planned() for piece in plan.slices}
        self._share_done = 0.0
        self._failed_running = 0

    # Reading, in a worker thread

    def read(self, work: Work) -> Reading:
        """Read a slice, or find out that it has to be cut in two.

        Raises:
            StreamFailedError: the vendor's answers make no sense.
            SliceTooLargeError: it holds too much and cannot be cut any smaller.
        """
        piece = t.cast("Slice", work)
        stream, limits, zone = self._stream, self._stream.limits.of(piece), self._calendar.zone
        query = Query(
            lambda tally: stream.read_query(piece, self.context, tally),
            limits.slack,
            stream.key_fields,
            piece.text(zone),
        )
        try:
            for keyed in query.pages():
                yield self._batch(keyed)
            check_shown(query.tally, limits)
        except (BeyondReachError, SliceTooWideError) as why:
            return Divided(divided(piece, why, zone, limits.smallest))
        return completed(query.tally, limits.slack)

    def _batch(self, keyed: Keyed) -> Batch:
        """The rows of a page that lie in the range of this run: bounds are asked with an overlap."""
        if self._stream.picked_by_time:
            times = keyed.values(self._stream.time_field)
            if not self._all_wanted(times):
                places = [place for place, text in enumerate(times) if self._wanted(text)]
                keyed = keyed.pick(places) if len(places) < len(times) else keyed
        return self._batch_of(keyed, self._marks(keyed))

    def _marks(self, keyed: Keyed) -> t.Sequence[Mark]:
        versions = self._stream.versions(keyed)
        return keyed.keys if versions is None else list(zip(keyed.keys, versions, strict=True))

    def _all_wanted(self, times: t.Sequence[t.Any]) -> bool:
        """Whether all are local texts within the range: then they need not be looked at one by one."""
        try:
            if set(map(len, times)) != {NAIVE_TEXT} or set(map(operator.itemgetter(_SEPARATOR), times)) != {" "}:
                return False
            return bool(self._bounds[0] <= min(times) and max(times) < self._bounds[1])
        except TypeError:  # something is no text
            return False

    def _wanted(self, text: t.Any) -> bool:
        if not isinstance(text, str):
            return True
        first, last = self._bounds
        if len(text) == NAIVE_TEXT and first <= text.replace("T", " ") < last:
            return True  # the usual case, without working out an offset
        try:
            moment = self._calendar.zone.parse(text)
        except ValueError:
            return True
        early = moment < self._whole.start and self._whole.start == self._calendar.range.start
        return not early and moment < self._whole.end

    # Handing on, in order

    def take(self, work: Work, batch: Batch) -> list[Row] | EncodedRows:
        """The rows that were not given for this slice, nor for one that ended shortly before it."""
        piece = t.cast("Slice", work)
        places = self._given.news(batch.marks, piece.start, piece.end)
        return batch.rows if places is None else batch.pick(places)

    def _judge(self, work: Work, outcome: Outcome) -> None:
        """Note how a slice ended.

        Raises:
            StreamFailedError: the slice before it failed as well, or the vendor refuses the stream.
        """
        piece = t.cast("Slice", work)
        planned = self._planned.pop(piece)
        planned.open -= 1
        if isinstance(outcome, Divided):
            planned.open += len(outcome.parts)
            self._planned.update(dict.fromkeys(outcome.parts, planned))
        elif isinstance(outcome, Complete):
            self._complete(piece, outcome)
        else:
            planned.whole = False
            self._fail(outcome)
        if not planned.open and planned.whole:
            self.summary.slices_done += 1

    def _complete(self, piece: Slice, outcome: Complete) -> None:
        self._failed_running = 0
        self.summary.reconcile(outcome.received, outcome.total)
        until = min(piece.end, self._stream.complete_until(self._calendar))
        if self._stream.moves_bookmark and self._bookmark.advance(until):
            self._stream.write_state()
        self.summary.bookmark = self._bookmark.text()
        self._share_done = (piece.end - self._whole.start) / self._whole.length

    def _fail(self, outcome: Failed) -> None:
        error = outcome.error
        if isinstance(error, StreamRefusedError) or not isinstance(error, StreamFailedError | RetryableError):
            raise error
        self._note(error)
        if isinstance(error, SliceTooLargeError):
            return
        self._failed_running += 1
        if self._stream.dry_run or self._failed_running >= _FAILURES_IN_A_ROW:
            raise error

    def _note(self, error: EngineError) -> None:
        self._bookmark.hold()
        self.summary.status = "failed"
        self.summary.error = self.summary.error or redactor.scrub(str(error))
        self._stream.logger.error("%s: %s", self.summary.name, error)

    @property
    def share_done(self) -> float:
        """How much of the range is done, 0 … 1."""
        return self._share_done
