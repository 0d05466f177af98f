"""What can go wrong in a run, grouped by what happens next, and the exit codes that tell a scheduler.

A tap raises these; `singer_slices.tap` turns them into a summary, a message and an exit code.
"""

from __future__ import annotations

import enum
import signal


class ExitCode(enum.IntEnum):
    """How a run ended. When several apply, `worst` decides: 1 before 2 before 4 before 3."""

    DONE = 0
    CRASH = 1
    CONFIGURATION = 2
    PARTIAL = 3
    QUOTA = 4
    SIGINT = 128 + signal.SIGINT
    SIGTERM = 128 + signal.SIGTERM


class EngineError(Exception):
    """Base of every error that the engine and its taps raise on purpose. Its text is meant for a person."""


class ConfigurationError(EngineError):
    """A setting is missing, wrong or contradicts another one. The run cannot begin (exit 2).

    `problems` holds one line per wrong setting.
    """

    def __init__(self, *problems: str) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class CredentialError(ConfigurationError):
    """The vendor does not let this caller in: wrong password, blocked key, address not allowed (exit 2)."""


class QuotaSpentError(EngineError):
    """The vendor's quota is spent for longer than `max_wait_seconds` allows to wait (exit 4, state saved)."""


class StreamFailedError(EngineError):
    """One stream, partition or slice failed for good; the others go on (exit 3)."""


class StreamRefusedError(StreamFailedError):
    """The vendor refuses a stream to this caller: no permission, feature off. The same answer awaits every retry."""


class SliceTooLargeError(StreamFailedError):
    """A slice of the vendor's smallest unit of time holds more rows than the vendor lets one read."""


class SliceTooWideError(EngineError):
    """The vendor refuses the length of the asked interval; the slice must be split."""


class RetryableError(EngineError):
    """A request failed in a way that may pass: connection lost, 5xx, 429, an answer that is not what was promised.

    `retry_after` is the vendor's own wish in seconds, `throttled` whether it is a matter of quota.
    """

    def __init__(self, message: str, *, retry_after: float | None = None, throttled: bool = False) -> None:
        super().__init__(message)
        self.retry_after = retry_after
        self.throttled = throttled


class Interruption(BaseException):  # not an Exception: nothing on the way may swallow it
    """The run was asked to stop by a signal."""

    def __init__(self, signum: int) -> None:
        super().__init__(f"stopped by {signal.Signals(signum).name}")
        self.signum = signum


class Abandoned(BaseException):
    """What this thread reads is not wanted any more: its stream has ended."""


_PRECEDENCE = (ExitCode.CRASH, ExitCode.CONFIGURATION, ExitCode.QUOTA, ExitCode.PARTIAL)


def worst(codes: set[ExitCode]) -> ExitCode:
    """The one exit code of a run in which all of `codes` apply."""
    for code in (ExitCode.SIGINT, ExitCode.SIGTERM, *_PRECEDENCE):
        if code in codes:
            return code
    return ExitCode.DONE
