"""How a run that came to its end has ended."""

from __future__ import annotations

from singer_slices.errors import ConfigurationError, EngineError, ExitCode, QuotaSpentError, worst
from singer_slices.summary import RunSummary


def exit_code(summary: RunSummary, ended: EngineError | None) -> ExitCode:
    """The exit code.

    Args:
        summary: of the streams.
        ended: what kept all further streams from being read.
    """
    read = [part for part in summary.streams if part.status != "skipped"]
    codes: set[ExitCode] = set()
    if any(part.status == "failed" for part in read):
        codes.add(ExitCode.PARTIAL)
    if read and all(part.known_unavailable for part in read):
        codes.add(ExitCode.CONFIGURATION)
    if isinstance(ended, ConfigurationError):
        codes.add(ExitCode.CONFIGURATION)
    if isinstance(ended, QuotaSpentError):
        codes.add(ExitCode.QUOTA)
    return worst(codes)
