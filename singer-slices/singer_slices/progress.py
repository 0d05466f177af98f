"""One line an interval that tells a waiting person how far a stream has come."""

from __future__ import annotations

import logging
import time

from singer_slices.control import RunControl
from singer_slices.summary import StreamSummary
from singer_slices.transport import Transport

logger = logging.getLogger(__name__)

INTERVAL_SECONDS = 10.0
_TICK = 1e-3  # seconds; nothing is measured finer


class Progress:
    """The progress of one stream or partition.

    Args:
        summary: its running numbers.
        control: for the time waited.
        transport: for the number of requests; None where the source is not read over HTTP.
        interval: seconds between two lines.
    """

    def __init__(
        self,
        summary: StreamSummary,
        control: RunControl,
        transport: Transport | None,
        interval: float = INTERVAL_SECONDS,
    ) -> None:
        self._summary = summary
        self._control = control
        self._transport = transport
        self._interval = interval
        self._started = time.monotonic()
        self._next = self._started + interval

    def tick(self, share_done: float | None) -> None:
        """Write a line if an interval has passed.

        Args:
            share_done: 0 … 1, how much of the planned time is read; None if unknown.
        """
        now = time.monotonic()
        if now < self._next:
            return
        self._next = now + self._interval
        elapsed = now - self._started
        summary = self._summary
        logger.info(
            "%s: %s%d records, %.0f records/s, %d requests, waited %.0f s, %s",
            summary.name,
            f"{summary.slices_done}/{summary.slices_planned} slices, " if summary.slices_planned else "",
            summary.records,
            summary.records / max(elapsed, _TICK),
            self._transport.requests if self._transport else 0,
            self._control.waited_seconds,
            _eta(elapsed, share_done),
        )


def _eta(elapsed: float, share_done: float | None) -> str:
    if not share_done:
        return "ETA unknown"
    return f"ETA {elapsed / share_done * (1 - share_done):.0f} s"
