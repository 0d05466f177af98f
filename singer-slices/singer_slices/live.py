"""A bar on the terminal for the stream in work; log lines scroll above it."""

from __future__ import annotations

import logging
import os
import sys
import threading
import typing as t

import click

_STEPS = 1000
_COLUMNS = 80  # what click draws for where stdout is a pipe, as it is behind every tap
_CLEAR_LINE = "\r\x1b[K"
_HIDE_CURSOR = "\x1b[?25l"


def live_terminal() -> t.TextIO | None:
    """Standard error if a person looks at it and has not asked for plain lines (`NO_COLOR`, `TERM=dumb`)."""
    terminal = sys.stderr
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return None
    try:
        columns = os.get_terminal_size(terminal.fileno()).columns if terminal.isatty() else None
    except (AttributeError, OSError, ValueError):  # no stream, or one without a descriptor
        return None
    # A terminal that does not know its width says 0; in a narrower one the bar would break into two lines.
    return terminal if columns is not None and (columns == 0 or columns >= _COLUMNS) else None


class _Screen:
    """The terminal below the log: click draws the bar here."""

    def __init__(self, terminal: t.TextIO) -> None:
        self.lock = threading.RLock()
        self.terminal = terminal
        self._drawn = ""

    def write(self, text: str) -> int:
        """Draw the bar, or (with its line feed) leave it standing."""
        with self.lock:
            # A killed process must not leave a terminal without a cursor. The cursor waits at the line's beginning, so
            # that another process's lines (the target's) go over the bar and not behind it.
            drawn = text.replace(_HIDE_CURSOR, "")
            self._drawn = "" if drawn.endswith("\n") else f"{drawn}\r"
            self.terminal.write(self._drawn or drawn)
        return len(text)

    def write_above(self, text: str) -> int:
        """Write whole lines where the bar stands, and the bar below them."""
        with self.lock:
            self.terminal.write(f"{_CLEAR_LINE}{text}{self._drawn}")
        return len(text)

    def flush(self) -> None:
        """Let the terminal show it."""
        with self.lock:
            self.terminal.flush()

    def isatty(self) -> bool:
        """Click asks."""
        return True


class _LogLines:
    """What log handlers write to while there is a bar."""

    def __init__(self, screen: _Screen) -> None:
        self._screen = screen

    def write(self, text: str) -> int:
        """Write a log line."""
        return self._screen.write_above(text)

    def flush(self) -> None:
        """Let the terminal show it."""
        self._screen.flush()


class LiveBar:
    """A bar until it is closed.

    Args:
        terminal: where to draw.
        label: what stands in front of it.
        measured: whether it is known how much there is; else the bar only says what has come.
    """

    def __init__(self, terminal: t.TextIO, label: str, *, measured: bool) -> None:
        self._screen = _Screen(terminal)
        self._position = 0
        self._measured = measured
        nothing: t.Iterable[str] = ()  # as a generator below, because click takes an empty iterator's length for 0
        self._bar = click.progressbar(
            (text for text in nothing),
            length=_STEPS if measured else None,
            label=label,
            item_show_func=lambda item: item,
            file=t.cast("t.TextIO", self._screen),
            width=0,
            update_min_steps=0,
        )
        lines = t.cast("t.TextIO", _LogLines(self._screen))
        self._moved = [handler for handler in _handlers() if handler.stream is terminal]
        for handler in self._moved:
            handler.setStream(lines)
        self._bar.__enter__()

    def show(self, share: float | None, text: str) -> None:
        """Draw it anew.

        Args:
            share: how much is done, 0 … 1; never less than before.
            text: what stands behind it.
        """
        with self._screen.lock:
            position = max(self._position, int((share or 0) * _STEPS))
            self._bar.update(position - self._position, text)
            self._position = position

    def close(self) -> None:
        """Leave it standing as it is, and give the log its terminal back."""
        self._bar.__exit__(None, None, None)
        # Not under the screen's lock: a thread that is logging holds the handler's, and waits for the screen's.
        for handler in self._moved:
            handler.setStream(self._screen.terminal)


def _handlers() -> t.Iterator[logging.StreamHandler[t.TextIO]]:
    """Every handler that writes to a stream."""
    loggers = [logging.getLogger(), *logging.Logger.manager.loggerDict.values()]
    for logger in loggers:
        for handler in logger.handlers if isinstance(logger, logging.Logger) else ():
            if isinstance(handler, logging.StreamHandler):
                yield handler
