"""One partition of a stream on its way through its plan: what is read in threads, and what is handed on in order."""

from __future__ import annotations

import abc
import typing as t

from singer_sdk.helpers.types import Context

from singer_slices.lines import ROW_WEIGHT, EncodedRows
from singer_slices.reading import Batch, Keyed, Mark, Tally
from singer_slices.record_path import TypedRows
from singer_slices.records import RecordShaper, Row
from singer_slices.schedule import Complete, Divided, Outcome, Reading, Work
from singer_slices.summary import StreamSummary
from singer_slices.times import SourceZone

if t.TYPE_CHECKING:
    from singer_slices.stream_base import EngineStream

_MARK_WEIGHT = 100


class PartitionRun(abc.ABC):
    """A lane of the schedule.

    Args:
        stream: whose partition it is.
        context: which one; None where there is but one.
        summary: its running numbers.
        works: its plan.
        zone: of its local times.
    """

    def __init__(
        self,
        stream: EngineStream,
        context: Context | None,
        summary: StreamSummary,
        works: t.Sequence[Work],
        zone: SourceZone,
    ) -> None:
        self.context = context
        self.summary = summary
        self.works = works
        self.given = stream.given_by(context)
        self.added = stream.added_to(context)
        self.shaper: RecordShaper = stream.make_shaper(zone)
        self._open = len(works)
        if not works:
            self._finish()

    @abc.abstractmethod
    def read(self, work: Work) -> Reading:
        """Read one unit; in a worker thread, so nothing of the run changes here."""

    @abc.abstractmethod
    def take(self, work: Work, batch: Batch) -> list[Row] | EncodedRows:
        """The rows of a batch that are to be handed on."""

    @staticmethod
    def _batch_of(keyed: Keyed, marks: t.Sequence[Mark]) -> Batch:
        """A page as a batch."""
        if isinstance(keyed.whole, TypedRows):
            encoded = keyed.whole.encoded
            return Batch(encoded, marks, encoded.size + _MARK_WEIGHT * len(marks))
        weight = len(repr(keyed.rows[0])) * ROW_WEIGHT + _MARK_WEIGHT if keyed.rows else 0
        return Batch(keyed.rows, marks, weight * len(keyed.rows))

    def settle(self, work: Work, outcome: Outcome) -> None:
        """Note how a unit ended, after its last batch.

        Raises:
            EngineError: no more of this partition can be read.
        """
        self._open += len(outcome.parts) if isinstance(outcome, Divided) else 0
        self._judge(work, outcome)
        self._open -= 1
        if not self._open:
            self._finish()

    @abc.abstractmethod
    def _judge(self, work: Work, outcome: Outcome) -> None:
        """What a unit's end means."""

    def _finish(self) -> None:
        if self.summary.error is None:
            self.summary.status = "complete"

    @property
    def share_done(self) -> float | None:
        """How much of the plan is done, 0 … 1; None if that is not known."""
        return None


def completed(tally: Tally, slack: int) -> Complete:
    """How a query ended that was read to its end.

    Args:
        tally: what it gave.
        slack: by how many rows the vendor's total may be wrong.
    """
    return Complete(tally.counted(slack), len(tally.keys), tally.total, tally.complete(slack))
