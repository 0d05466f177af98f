"""What a stream reads in this run: its partitions planned, read, and handed on."""

from __future__ import annotations

import contextlib
import typing as t

from singer_sdk.helpers.types import Context

from singer_slices.crew import Crew
from singer_slices.errors import EngineError
from singer_slices.lines import Chunk, EncodedRows
from singer_slices.live import live_terminal
from singer_slices.partition_run import PartitionRun
from singer_slices.progress import Progress
from singer_slices.reading import Batch
from singer_slices.record_path import tell
from singer_slices.records import Row
from singer_slices.schedule import OneByOne, Outcome, Schedule, Work

if t.TYPE_CHECKING:
    from singer_slices.stream_base import EngineStream


class Delivery:
    """The rows of one stream.

    Args:
        stream: which one.
        context: one of its partitions; all of them side by side if it is None.
    """

    def __init__(self, stream: EngineStream, context: Context | None) -> None:
        self._stream = stream
        self._tap = stream.engine_tap
        self._context = context

    def parts(self) -> t.Iterator[tuple[PartitionRun, Chunk | Row]]:
        """Lines and rows as they come, counted in the summary."""
        for run, rows in self.rows():
            for notes in rows.notes.values() if isinstance(rows, EncodedRows) else ():
                tell(run.shaper, notes)
            for part in rows.give() if isinstance(rows, EncodedRows) else rows:
                self._tap.control.check()
                run.summary.records += part.count if isinstance(part, Chunk) else 1
                yield run, part

    def rows(self) -> t.Iterator[tuple[PartitionRun, list[Row] | EncodedRows]]:
        """The rows as they come, those of one partition in the order of its slices.

        What fails here ends its partition and is kept for the summary.
        """
        runs = self._runs()
        schedule = self._schedule(runs)
        terminal = None if self._stream.dry_run else live_terminal()
        progress = Progress(runs, self._tap.control, self._tap.transport, terminal=terminal)
        with contextlib.closing(progress), contextlib.closing(schedule.events()) as events:
            for run, work, what in events:
                if isinstance(what, Batch):
                    if rows := run.take(work, what):
                        yield run, rows
                elif not self._settled(run, work, what):
                    schedule.drop(run)
                progress.tick()
                self._tap.control.check()

    def _runs(self) -> list[PartitionRun]:
        """Plan the partitions. One that cannot be planned has failed."""
        runs: list[PartitionRun] = []
        for context in [self._context] if self._context else self._stream.contexts():
            partition = self._stream.partition_name(context)
            if self._stream.known_unavailable(partition):
                self._tap.skip(self._stream.name, partition)
                continue
            summary = self._tap.begin(self._stream.name, partition)
            if self._tap.ended:
                continue
            with self._tap.isolating(summary, dry_run=self._stream.dry_run):
                runs.append(self._stream.run_of(context, summary))
        return runs

    def _schedule(self, runs: list[PartitionRun]) -> Schedule[PartitionRun]:
        if self._tap.parallel_requests == 1 or self._stream.dry_run or not self._stream.has_much_to_read(runs):
            return OneByOne(runs)
        return Crew(runs, self._tap.readers, self._tap.control)

    def _settled(self, run: PartitionRun, work: Work, outcome: Outcome) -> bool:
        """Note how a unit ended.

        Returns:
            Whether its partition can be read on.
        """
        try:
            run.settle(work, outcome)
        except EngineError as error:
            self._tap.note_failure(run.summary, error, dry_run=self._stream.dry_run)
            return False
        finally:
            run.summary.unknown_fields = dict(run.shaper.unknown)
        return True
