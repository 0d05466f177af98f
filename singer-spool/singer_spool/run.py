"""One run: the parts of the machine put together, and taken apart whatever happens."""

from __future__ import annotations

import logging
import os
import sys
import typing as t
from collections import Counter
from collections.abc import Callable, Mapping

from singer_spool.errors import ExitCode, SpoolError
from singer_spool.lines import read_blocks
from singer_spool.loader import Limits, Loader
from singer_spool.model import Backend
from singer_spool.settings import MEGABYTE
from singer_spool.signals import StopRequest
from singer_spool.spool import Spool
from singer_spool.summary import stream_summaries
from singer_spool.worker import Worker

logger = logging.getLogger(__name__)


class Run:
    """From the first line to the last STATE.

    Args:
        config: Validated settings, defaults filled in.
        make_backend: Makes the backend; called in the worker's thread.
        stop: The signals' request.
        emit_state: False keeps STATE back (dry runs).
    """

    def __init__(
        self,
        config: Mapping[str, t.Any],
        make_backend: Callable[[], Backend],
        stop: StopRequest,
        *,
        emit_state: bool,
    ) -> None:
        self.outcome = ExitCode.OK
        self.streams: list[dict[str, t.Any]] = []
        self.totals: dict[str, t.Any] = {}
        self._finished = False
        self._closed = False
        self._stop = stop
        self._spool = Spool(config["spool_path"] if config.get("spool_path") else None)
        self._worker = Worker("backend")
        try:
            self._backend = self._worker.call(make_backend)
        except BaseException:
            self._worker.stop()
            self._spool.remove()
            raise
        self._loader = Loader(
            self._backend,
            self._worker,
            self._spool,
            _limits(config),
            add_metadata=bool(config.get("add_record_metadata")),
            emit=write_state if emit_state else None,
            stopped=lambda: stop.requested,
        )

    def consume(self, file: t.IO[t.Any] | None) -> Counter[str]:
        """Read a file (None: standard input) to its end, or until asked to stop; the number of messages by type.

        Raises:
            SpoolError: See `Loader.consume`.
        """
        self._loader.consume(read_blocks(file, self._stop))
        return self._loader.counts

    def finish(self) -> None:
        """Load the rest and emit the last STATE."""
        self._loader.flush()
        if not self._stop.requested:
            self.outcome = self._worker.call(self._backend.finish)
            self._finished = True

    def discard_spool(self) -> None:
        """Delete the spool, from a signal handler, right before the process ends."""
        self._spool.remove()

    def close(self) -> None:
        """Take stock and release everything; may be called twice."""
        if self._closed:
            return
        self._closed = True
        try:
            results = self._worker.call(self._backend.stream_results)
            self.streams = stream_summaries(self._loader.streams.values(), results, finished=self._finished)
            self.totals = self._worker.call(self._backend.run_results)
        finally:
            try:
                self._worker.call(self._backend.close)
            finally:
                self._worker.stop()
                self._spool.remove()


def _limits(config: Mapping[str, t.Any]) -> Limits:
    most = config.get("spool_max_mb")
    return Limits(
        config["batch_size_rows"],
        config["batch_size_mb"] * MEGABYTE,
        config["batch_max_seconds"],
        most if most is None else most * MEGABYTE,
    )


class OutputClosedError(SpoolError):
    """Whoever reads STATE has gone."""


def write_state(value: bytes) -> None:
    """Write one STATE value to standard output.

    Raises:
        OutputClosedError: Nobody reads it any more, or it leads to a full disk.
    """
    if sys.stdout is None:  # as Python has it where the program was started without one
        raise _not_handed_on("there is no standard output")
    try:
        sys.stdout.flush()
        buffer = getattr(sys.stdout, "buffer", None)
        if buffer is None:
            sys.stdout.write(value.decode() + "\n")
        else:
            # Bytes, so that the terminal's or the scheduler's encoding cannot get in the way. Where Python does not
            # buffer (PYTHONUNBUFFERED), a signal makes a write to a full pipe end half way.
            rest = memoryview(value + b"\n")
            while rest:
                rest = rest[buffer.write(rest) :]
        sys.stdout.flush()
    except OSError as error:
        # The interpreter flushes stdout once more at exit, and would complain.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        closed = isinstance(error, BrokenPipeError)
        reason = "standard output was closed" if closed else f"writing to standard output failed: {error.strerror}"
        raise _not_handed_on(reason) from None


def _not_handed_on(reason: str) -> OutputClosedError:
    return OutputClosedError(
        f"STATE could not be handed on: {reason}. The data is loaded; the next run reads it again."
    )
