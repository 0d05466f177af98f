"""SIGTERM and SIGINT: the first asks for an orderly end, the second ends at once."""

from __future__ import annotations

import contextlib
import os
import signal
import typing as t
from collections.abc import Callable, Iterator
from types import FrameType

from singer_spool.errors import ExitCode

_EXIT_CODES = {signal.SIGINT: ExitCode.INTERRUPTED, signal.SIGTERM: ExitCode.TERMINATED}


class StopRequest:
    """Whether, and by which signal, the process was asked to stop.

    Attributes:
        pipe: A descriptor that becomes readable when a signal arrives, so that a waiting `select` returns.
    """

    def __init__(self) -> None:
        self.signum: int | None = None
        self.pipe: int | None = None

    @property
    def requested(self) -> bool:
        """True after the first signal."""
        return self.signum is not None

    @property
    def exit_code(self) -> ExitCode:
        """128 + the signal's number."""
        return _EXIT_CODES[signal.Signals(self.signum or signal.SIGTERM)]

    @contextlib.contextmanager
    def installed(self, *, on_first: Callable[[int], None], on_second: Callable[[], t.Any]) -> Iterator[None]:
        """Take over both signals for a while; to be called in the main thread.

        Args:
            on_first: Told the signal's number when the first one arrives.
            on_second: Cleans up before the second one ends the process.
        """

        def handle(signum: int, _frame: FrameType | None) -> None:
            if self.requested:
                on_second()
                os._exit(128 + signum)
            self.signum = signum
            on_first(signum)

        self.pipe, write_end = os.pipe()
        os.set_blocking(write_end, False)
        before = {signum: signal.signal(signum, handle) for signum in _EXIT_CODES}
        wakeup_before = signal.set_wakeup_fd(write_end, warn_on_full_buffer=False)
        try:
            yield
        finally:
            signal.set_wakeup_fd(wakeup_before)
            for signum, handler in before.items():
                signal.signal(signum, handler)
            os.close(write_end)
            os.close(self.pipe)
            self.pipe = None
