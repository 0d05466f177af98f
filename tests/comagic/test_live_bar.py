"""The bar that a person sees on a terminal, and the plain lines that everybody else gets."""

from __future__ import annotations

import contextlib
import datetime as dt
import itertools
import json
import os
import pty
import re
import subprocess
import time
import typing as t

import pytest
from strict_rows import calls

if t.TYPE_CHECKING:
    from strict_vendor import Vendor
    from tap_process import Row, Run, Tap

REPORT = "get.calls_report"
LOG_LINE = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} \| (INFO |WARNING|ERROR) *\| \S.*")
PERCENT = re.compile(r"calls  \[[# -]*\] +(\d+)%")


def on_terminal(tap: Tap, **environment: str) -> tuple[Run, str]:
    """A run whose standard error is a terminal; what the terminal received."""
    ours, theirs = pty.openpty()
    original = subprocess.Popen

    def start(command: list[str], *, stdout: t.Any, stderr: t.Any, text: bool) -> subprocess.Popen[str]:
        del stderr
        env = {name: value for name, value in os.environ.items() if name != "NO_COLOR"} | {"TERM": "xterm"}
        return original(command, stdout=stdout, stderr=theirs, text=text, env=env | environment)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(subprocess, "Popen", start)
        process = tap.start()
    os.close(theirs)
    received = b""
    with contextlib.suppress(OSError):  # the other end is closed
        while piece := os.read(ours, 1 << 16):
            received += piece
    os.close(ours)
    return tap.finish(process), received.decode()


def shown(received: str) -> list[str]:
    """The lines that stand on the screen in the end."""
    lines = [""]
    column = 0
    for part in re.findall(r"\x1b\[\??\d*[A-Za-z]|.|\n|\r", received):
        if part == "\n":
            lines.append("")
        elif part == "\r":
            column = 0
        elif part == "\x1b[K":
            lines[-1] = lines[-1][:column]
        elif not part.startswith("\x1b"):
            lines[-1] = lines[-1][:column].ljust(column) + part + lines[-1][column + 1 :]
            column += 1
    return [line.rstrip() for line in lines if line.strip()]


@pytest.fixture
def busy(vendor: Vendor, tap: Tap, monkeypatch: pytest.MonkeyPatch) -> Tap:
    """Ten days in ten slices, two at once, nearly a second each; one breaks off, which is worth a line in the log.

    Before a second has gone no time that is left can be told, and behind the one that breaks off the others must wait:
    so some come in before it.
    """
    vendor.rows[REPORT] = calls(240, "2026-03-01 00:00:00", dt.timedelta(hours=1))
    answer, asked = vendor.handle, itertools.count(1)

    def slowly(body: bytes, headers: dict[str, str]) -> Row:
        time.sleep(0.8)
        if next(asked) == 9:
            raise ConnectionError
        return answer(body, headers)

    monkeypatch.setattr(vendor, "handle", slowly)
    tap.config |= {"slice_days": 1, "max_parallel_requests": 2}
    return tap


def test_a_bar_runs_to_its_end_below_whole_log_lines(busy: Tap) -> None:
    run, received = on_terminal(busy)
    assert run.exit_code == 0
    percents = [int(number) for number in PERCENT.findall(received)]
    assert percents == sorted(percents)
    assert percents[-1] == 100
    assert len(set(percents)) >= 3, "it moves while slices come in"
    assert re.search(r"\d+%  00:00:0\d  \d+ records", received), "the time that is left"
    *_, bar = [line for line in shown(received) if PERCENT.match(line)]
    assert bar.endswith("100%  240 records")
    others = [line for line in shown(received) if line != bar]
    wide = [line for line in others if LOG_LINE.fullmatch(line) is None and " | " in line]
    assert wide == [], "no log line has anything before or behind it"
    assert received.index("trying again in") < received.rindex("240 records"), "one was logged while the bar stood"
    assert "records/s" not in received


@pytest.mark.parametrize("environment", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_who_wants_plain_lines_gets_them(busy: Tap, environment: dict[str, str]) -> None:
    _, received = on_terminal(busy, **environment)
    assert PERCENT.search(received) is None
    assert "\x1b" not in received


def test_a_pipe_gets_no_bar_and_the_output_is_the_same(busy: Tap) -> None:
    piped = busy.run()
    assert "\x1b" not in piped.stderr
    assert PERCENT.search(piped.stderr) is None
    seen, _ = on_terminal(busy)

    def records(run: Run) -> list[str]:
        return sorted(json.dumps(record, sort_keys=True) for record in run.records())

    assert records(seen) == records(piped)
    assert seen.state == piped.state
