"""What a run did, for people (a table) and for schedulers (JSON at `summary_path`)."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import os
import sys
import typing as t
from pathlib import Path

from singer_slices.errors import ExitCode
from singer_slices.redact import redactor

Status = t.Literal["complete", "failed", "skipped", "incomplete"]

_HEADER = ("stream", "status", "records", "slices", "vendor", "bookmark")


@dataclasses.dataclass
class StreamSummary:
    """One stream's, or one partition's, part of a run.

    Attributes:
        status: `complete`; `failed` for good; `skipped` because of `known_unavailable`; `incomplete` because the run
            ended before its end.
        records: RECORD messages written.
        slices_done: slices of the plan that were read to their end.
        slices_planned: slices that the run set out to read (0 for a full list).
        vendor_total: rows that the vendor stated; None where it states none.
        difference: rows received less `vendor_total`.
        bookmark: where the next run goes on.
        error: what failed.
        known_unavailable: the line to put into that setting, if the vendor refuses this stream.
    """

    stream: str
    partition: str | None = None
    status: Status = "incomplete"
    records: int = 0
    slices_done: int = 0
    slices_planned: int = 0
    vendor_total: int | None = None
    difference: int | None = None
    bookmark: str | None = None
    error: str | None = None
    known_unavailable: str | None = None
    unknown_fields: dict[str, int] = dataclasses.field(default_factory=dict)

    @property
    def name(self) -> str:
        """`stream` or `stream@partition`, as `known_unavailable` spells it."""
        return self.stream if self.partition is None else f"{self.stream}@{self.partition}"

    def reconcile(self, received: int, total: int | None) -> None:
        """Add one slice's rows and the total that the vendor stated for it."""
        if total is not None:
            self.vendor_total = (self.vendor_total or 0) + total
            self.difference = (self.difference or 0) + received - total


@dataclasses.dataclass
class RunSummary:
    """A whole run."""

    program: str
    version: str
    started_at: dt.datetime = dataclasses.field(default_factory=lambda: dt.datetime.now(dt.UTC))
    finished_at: dt.datetime | None = None
    exit_code: ExitCode = ExitCode.DONE
    error: str | None = None
    requests: int = 0
    waited_seconds: float = 0.0
    streams: list[StreamSummary] = dataclasses.field(default_factory=list)

    def finish(self, exit_code: ExitCode, error: str | None = None) -> None:
        """Note how the run ended."""
        self.finished_at = dt.datetime.now(dt.UTC)
        self.exit_code = exit_code
        self.error = error

    def as_json(self) -> str:
        """The summary as the JSON document that lies at `summary_path`."""
        document = {
            "program": self.program,
            "version": self.version,
            "started_at": self.started_at.isoformat(),
            "finished_at": self.finished_at.isoformat() if self.finished_at else None,
            "exit_code": int(self.exit_code),
            "error": _scrubbed(self.error),
            "requests": self.requests,
            "waited_seconds": round(self.waited_seconds, 3),
            "streams": [{**dataclasses.asdict(part), "error": _scrubbed(part.error)} for part in self.streams],
        }
        return json.dumps(document, ensure_ascii=False, indent=2) + "\n"

    def write(self, path: str | Path) -> None:
        """Put the JSON document at `path`, whole or not at all; missing folders are made."""
        target = Path(path)
        target.parent.mkdir(parents=True, exist_ok=True)
        draft = target.with_name(target.name + f".{os.getpid()}.part")
        draft.write_text(self.as_json(), encoding="utf-8", errors="backslashreplace")
        draft.replace(target)

    def table(self) -> str:
        """The summary as text for a terminal."""
        lines = self._rows() if self.streams else []
        lines += [f"! {stream.name}: {stream.error}" for stream in self.streams if stream.error]
        lines += self._advice()
        seconds = ((self.finished_at or dt.datetime.now(dt.UTC)) - self.started_at).total_seconds()
        lines.append(
            f"{self.program}: exit {int(self.exit_code)} after {seconds:.1f} s, {self.requests} requests, "
            f"waited {self.waited_seconds:.1f} s"
        )
        return "\n".join(lines)

    def _rows(self) -> list[str]:
        rows = [_HEADER, *(_table_row(stream) for stream in self.streams)]
        widths = [max(len(row[column]) for row in rows) for column in range(len(_HEADER))]
        lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
        lines.insert(1, "  ".join("─" * width for width in widths))
        return lines

    def _advice(self) -> list[str]:
        refused = [stream.known_unavailable for stream in self.streams if stream.known_unavailable]
        if not refused:
            return []
        listed = ", ".join(f'"{name}"' for name in refused)
        return [f'If that is to stay so, add to the settings: "known_unavailable": [{listed}]']


def _scrubbed(text: str | None) -> str | None:
    return None if text is None else redactor.scrub(text)


def _table_row(stream: StreamSummary) -> tuple[str, str, str, str, str, str]:
    slices = f"{stream.slices_done}/{stream.slices_planned}" if stream.slices_planned else "-"
    vendor = "-" if stream.vendor_total is None else str(stream.vendor_total)
    if stream.difference:
        vendor += f" ({stream.difference:+d})"
    return stream.name, stream.status, str(stream.records), slices, vendor, stream.bookmark or "-"


def publish(summary: RunSummary, code: ExitCode, error: str | None, path: str | None) -> None:
    """Show a finished run's summary on standard error and put it at `path`, if there is one."""
    summary.finish(code, error)
    print(redactor.scrub(summary.table()), file=sys.stderr)  # noqa: T201 - the table is the program's report
    if not path:
        return
    try:
        summary.write(path)
    except OSError as problem:
        print(f"summary_path: {path} cannot be written ({problem.strerror}); check the folder", file=sys.stderr)  # noqa: T201 - no log may be read after the report
