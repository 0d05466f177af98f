"""How far a stream has come: a live bar on a terminal, one line an interval everywhere else."""

from __future__ import annotations

import logging
import time
import typing as t

from singer_slices.control import RunControl
from singer_slices.live import LiveBar
from singer_slices.partition_run import PartitionRun
from singer_slices.transport import Transport

logger = logging.getLogger(__name__)

INTERVAL_SECONDS = 10.0
_REDRAW_SECONDS = 0.1
_TICK = 1e-3  # seconds; nothing is measured finer


class Progress:
    """The progress of one stream over all its partitions.

    Args:
        runs: its partitions.
        control: for the time waited.
        transport: for the number of requests; None where the source is not read over HTTP.
        interval: seconds between two lines.
        terminal: where to draw a bar instead of writing lines; None for lines.
    """

    def __init__(
        self,
        runs: t.Sequence[PartitionRun],
        control: RunControl,
        transport: Transport | None,
        interval: float = INTERVAL_SECONDS,
        terminal: t.TextIO | None = None,
    ) -> None:
        self._runs = runs
        self._control = control
        self._transport = transport
        self._interval = interval
        self._started = time.monotonic()
        self._next = self._started + interval
        self._bar: LiveBar | None = None
        if terminal is not None and runs:
            self._interval, self._next = _REDRAW_SECONDS, self._started
            self._bar = LiveBar(terminal, self._name, measured=self._share_done() is not None)

    def tick(self) -> None:
        """Write a line, or draw the bar, if an interval has passed."""
        now = time.monotonic()
        if now < self._next:
            return
        self._next = now + self._interval
        if self._bar is None:
            self._write_line(now - self._started)
        else:
            self._bar.show(self._share_done(), self._counted())

    def close(self) -> None:
        """The stream is at its end: leave the bar as it stands then."""
        if self._bar is None:
            return
        complete = all(run.summary.status == "complete" for run in self._runs)
        self._bar.show(1.0 if complete else self._share_done(), self._counted())
        self._bar.close()
        self._bar = None

    @property
    def _name(self) -> str:
        first = self._runs[0].summary
        return first.stream if len(self._runs) > 1 else first.name

    def _counted(self) -> str:
        return f"{sum(run.summary.records for run in self._runs)} records"

    def _write_line(self, elapsed: float) -> None:
        parts = [run.summary for run in self._runs]
        planned, records = sum(part.slices_planned for part in parts), sum(part.records for part in parts)
        logger.info(
            "%s: %s%d records, %.0f records/s, %d requests, waited %.0f s, %s",
            self._name,
            f"{sum(part.slices_done for part in parts)}/{planned} slices, " if planned else "",
            records,
            records / max(elapsed, _TICK),
            self._transport.requests if self._transport else 0,
            self._control.waited_seconds,
            _eta(elapsed, self._share_done()),
        )

    def _share_done(self) -> float | None:
        """How much of the planned time is read, 0 … 1; None if unknown."""
        shares = [run.share_done for run in self._runs]
        known = [share for share in shares if share is not None]
        return sum(known) / len(known) if known else None


def _eta(elapsed: float, share_done: float | None) -> str:
    if not share_done:
        return "ETA unknown"
    return f"ETA {elapsed / share_done * (1 - share_done):.0f} s"
