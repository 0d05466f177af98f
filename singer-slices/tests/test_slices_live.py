"""The bar on a terminal, with threads that log while it moves."""

from __future__ import annotations

import contextlib
import fcntl
import logging
import os
import pty
import struct
import sys
import termios
import threading
import typing as t

import pytest
from singer_slices.live import LiveBar, live_terminal


class Pty:
    """A terminal, and what was written to it."""

    def __init__(self, columns: int) -> None:
        self._ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        self.file = os.fdopen(theirs, "w")
        self._received = b""
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        with contextlib.suppress(OSError):
            while piece := os.read(self._ours, 1 << 16):
                self._received += piece

    def received(self) -> str:
        """All of it; the terminal is closed."""
        self.file.close()
        self._reader.join()
        return self._received.decode()

    def close(self) -> None:
        self.received()
        os.close(self._ours)


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> t.Iterator[t.Callable[[int], Pty]]:
    made: list[Pty] = []
    for name in ("NO_COLOR", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm")

    def open_terminal(columns: int) -> Pty:
        made.append(Pty(columns))
        monkeypatch.setattr(sys, "stderr", made[-1].file)
        return made[-1]

    yield open_terminal
    for screen in made:
        screen.close()


def tell(logger: logging.Logger, lines: list[str]) -> None:
    for line in lines:
        logger.info(line)


@pytest.mark.parametrize("measured", [True, False])
def test_lines_of_many_threads_stay_whole(terminal: t.Callable[[int], Pty], measured: bool) -> None:
    screen = terminal(80)
    handler = logging.StreamHandler(screen.file)
    logger = logging.getLogger("singer_slices.test")
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    try:
        bar = LiveBar(screen.file, "calls", measured=measured)
        said = [[f"thread {number} says line {line}, and that to its end" for line in range(50)] for number in range(4)]
        threads = [threading.Thread(target=tell, args=(logger, lines)) for lines in said]
        for thread in threads:
            thread.start()
        for step in range(200):
            bar.show(step / 200, f"{step} records")
        for thread in threads:
            thread.join()
        bar.show(1.0, "200 records")
        bar.close()
        logger.info("afterwards")
        assert handler.stream is screen.file
    finally:
        logger.removeHandler(handler)
    received = screen.received()
    lines = [line.rpartition("\x1b[K")[2] for line in received.split("\r\n")]
    assert sorted(line for line in lines if line.startswith("thread ")) == sorted(
        line for some in said for line in some
    )
    assert lines[-2:] == ["afterwards", ""]
    assert ("100%  200 records" in lines[-3]) == measured
    assert "200 records" in lines[-3]
    assert "\x1b[?25l" not in received, "the cursor is never hidden"


def test_a_bar_never_goes_back(terminal: t.Callable[[int], Pty]) -> None:
    screen = terminal(80)
    bar = LiveBar(screen.file, "calls", measured=True)
    for share in (0.5, 0.25, None):
        bar.show(share, f"at {share}")
    bar.close()
    assert " 50%  at None" in screen.received().split("\r")[-3]


@pytest.mark.parametrize(
    ("columns", "environment", "live"),
    [
        (80, {}, True),
        (0, {}, True),
        (79, {}, False),
        (200, {"NO_COLOR": "1"}, False),
        (200, {"NO_COLOR": ""}, True),
        (200, {"TERM": "dumb"}, False),
    ],
)
def test_who_gets_a_bar(
    terminal: t.Callable[[int], Pty],
    monkeypatch: pytest.MonkeyPatch,
    columns: int,
    environment: dict[str, str],
    live: bool,
) -> None:
    screen = terminal(columns)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert live_terminal() is (screen.file if live else None)


def test_a_file_is_no_terminal(monkeypatch: pytest.MonkeyPatch, tmp_path: t.Any) -> None:
    with (tmp_path / "log").open("w") as file:
        monkeypatch.setattr(sys, "stderr", file)
        assert live_terminal() is None
    monkeypatch.setattr(sys, "stderr", None)
    assert live_terminal() is None
