"""What can go wrong, and the exit codes that tell a scheduler."""

from __future__ import annotations

import enum
import signal


class ExitCode(enum.IntEnum):
    """How a run ended."""

    DONE = 0
    CRASH = 1
    CONFIGURATION = 2
    PARTIAL = 3


class ConfigurationError(Exception):
    """A setting, the state or the catalog does not fit; the text says which and what to change (exit 2)."""


class FileBusyError(Exception):
    """Another process held the file for longer than `lock_timeout_seconds` (exit 1)."""


class Interruption(BaseException):  # not an Exception: nothing on the way may swallow it
    """The run was asked to stop by a signal (exit 128 + its number)."""

    def __init__(self, signum: int) -> None:
        super().__init__(f"stopped by {signal.Signals(signum).name}")
        self.signum = signum
