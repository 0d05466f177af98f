"""What a run did, for people (a table on stderr) and for schedulers (JSON at `summary_path`)."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import typing as t
from pathlib import Path

from tap_duckdb.errors import ExitCode


@dataclasses.dataclass
class StreamSummary:
    """One table's part of a run; `incomplete` until it was read to its end or failed."""

    stream: str
    partition: str | None = None
    status: t.Literal["complete", "failed", "incomplete"] = "incomplete"
    records: int = 0
    bookmark: t.Any = None
    error: str | None = None

    def fail(self, error: str) -> None:
        """Note that the stream failed for good."""
        self.status, self.error = "failed", error


@dataclasses.dataclass
class RunSummary:
    """A whole run."""

    program: str
    version: str
    started_at: dt.datetime = dataclasses.field(default_factory=lambda: dt.datetime.now(dt.UTC))
    exit_code: ExitCode | int = ExitCode.DONE
    error: str | None = None
    waited_seconds: float = 0.0
    streams: list[StreamSummary] = dataclasses.field(default_factory=list)

    def write(self, path: Path) -> None:
        """Put the JSON document at `path`, whole or not at all; missing folders are made."""
        document = {
            "program": self.program,
            "version": self.version,
            "started_at": self.started_at.isoformat(),
            "finished_at": dt.datetime.now(dt.UTC).isoformat(),
            "exit_code": int(self.exit_code),
            "error": self.error,
            "requests": 0,
            "waited_seconds": round(self.waited_seconds, 3),
            "streams": [dataclasses.asdict(stream) for stream in self.streams],
        }
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(path.name + ".part")
        draft.write_text(json.dumps(document, ensure_ascii=False, indent=2, default=str) + "\n", encoding="utf-8")
        draft.replace(path)

    def table(self) -> str:
        """The summary as text for a terminal."""
        rows = [("stream", "status", "records", "bookmark")]
        rows += [(each.stream, each.status, str(each.records), str(each.bookmark or "-")) for each in self.streams]
        widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
        lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
        lines.append(f"{self.program}: exit {int(self.exit_code)}")
        return "\n".join(lines)
