"""The ``sandbox`` command."""

from __future__ import annotations

import argparse
import datetime as dt
import typing as t

from sandbox import __version__
from sandbox.clock import parse_moment
from sandbox.server import ServeOptions, serve
from sandbox.state import Options


def _moment(text: str) -> dt.datetime:
    try:
        return parse_moment(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is not an ISO 8601 moment, such as 2026-03-01T12:00:00Z") from error


def make_parser() -> argparse.ArgumentParser:
    """The parser of the command line."""
    parser = argparse.ArgumentParser(prog="sandbox", description=__doc__)
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    command = parser.add_subparsers(dest="command", required=True).add_parser("serve", help="serve on 127.0.0.1")
    command.add_argument("--port", type=int, default=0, help="0 takes a free port (default)")
    command.add_argument("--seed", type=int, default=1, help="same seed, same data")
    command.add_argument("--now", type=_moment, help="where the clock starts (ISO 8601; default: the present)")
    command.add_argument("--days", type=int, default=130, help="days of calls and conversations before now")
    command.add_argument("--calls-per-day", type=int, default=80, help="calls of a working day")
    command.add_argument(
        "--conversations-per-day", type=int, default=120, help="Genesys conversations of a working day"
    )
    command.add_argument("--frozen", action="store_true", help="the clock stands still until it is moved")
    command.add_argument("--exit-with-parent", action="store_true", help="stop when the starting process is gone")
    command.add_argument("--max-seconds", type=float, help="stop after so many seconds")
    return parser


def main(arguments: t.Sequence[str] | None = None) -> int:
    """Runs the command line and returns its exit code."""
    given = make_parser().parse_args(arguments)
    options = Options(
        seed=given.seed,
        now=given.now,
        days=given.days,
        calls_per_day=given.calls_per_day,
        conversations_per_day=given.conversations_per_day,
        frozen=given.frozen,
    )
    serve(
        options, ServeOptions(port=given.port, exit_with_parent=given.exit_with_parent, max_seconds=given.max_seconds)
    )
    return 0
