"""The report: every record's fate in numbers."""

from __future__ import annotations

import json
import re
import typing as t
from collections.abc import Mapping
from pathlib import Path

from singer_spool import ConfigurationError

from target_amplitude.ledger import Ledger, StreamReport

_PERCENTAGE = re.compile(r"(\d+(?:\.\d+)?)\s*%")


def stream_result(name: str, report: StreamReport, long_texts: Mapping[str, int]) -> dict[str, t.Any]:
    """One stream's part of the report."""
    return {
        "stream": name,
        "loaded": report.delivered + report.collapsed,
        "delivered": report.delivered,
        "collapsed": report.collapsed,
        "skipped": report.skipped,
        "rejected": dict(sorted(report.rejected.items())),
        "retried": report.retried,
        "over_hourly_limit": report.over_hourly_limit,
        "long_texts": dict(long_texts),
    }


def write_report(path: Path, ledger: Ledger, streams: list[dict[str, t.Any]], *, finished: bool, dry_run: bool) -> None:
    """Write the report; whoever reads the file sees a whole one, old or new.

    Raises:
        OSError: The file cannot be written.
    """
    report = {
        "finished": finished,
        "dry_run": dry_run,
        "requests": ledger.requests,
        "bytes": ledger.request_bytes,
        "streams": [{**stream, "records": ledger.stream(stream["stream"]).records} for stream in streams],
    }
    draft = path.with_name(path.name + ".new")
    draft.write_text(json.dumps(report, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    draft.replace(path)


class Allowance:
    """How many records may be rejected before the run counts as failed.

    Args:
        setting: A number, or a percentage of the records received such as `"1%"`.

    Raises:
        ConfigurationError: It is neither.
    """

    def __init__(self, setting: int | str) -> None:
        text = str(setting).strip()
        percentage = _PERCENTAGE.fullmatch(text)
        self._share = float(percentage[1]) / 100 if percentage else None
        if self._share is None and not (text.isascii() and text.isdigit()):
            msg = f"setting 'max_rejects' must be a number such as 10 or a percentage such as \"1%\", not '{text}'"
            raise ConfigurationError(msg)
        self._count = 0 if percentage else int(text)

    def exceeded(self, rejected: int, records: int) -> bool:
        """Whether so many rejects are too many."""
        return rejected > (self._count if self._share is None else self._share * records)
