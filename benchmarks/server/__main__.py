"""Serve rows until standard input closes: `python -m benchmarks.server '{"calls": 1000, …}'`.

Prints one JSON line with the addresses once every row is encoded. Whoever started it holds its standard input, so it
never outlives them.
"""

from __future__ import annotations

import datetime as dt
import json
import sys
import threading
import typing as t

from benchmarks.server import comagic, genesys, genesys_jobs
from benchmarks.server.budget import Budget
from benchmarks.server.rows import Span, calls, conversations
from benchmarks.server.store import Store
from benchmarks.server.wire import STATISTICS_PATH, Server, Vendor


def make_vendor(wanted: t.Mapping[str, t.Any]) -> Vendor:
    """Encode the rows.

    Args:
        wanted: `calls`, `conversations` (rows), `first_day`, `days`, and if need be `latency` (seconds), `limit`
            (points) and `limit_seconds`.
    """
    day, days = dt.date.fromisoformat(wanted["first_day"]), wanted["days"]
    budget = Budget(wanted.get("limit", 0), wanted.get("limit_seconds", 60))
    details = Store(conversations(Span(wanted.get("conversations", 0), day, days)))
    return Vendor(
        comagic.Comagic(Store(calls(Span(wanted.get("calls", 0), day, days))), budget),
        genesys.Genesys(details),
        genesys_jobs.GenesysJobs(details, budget),
        budget,
        wanted.get("latency", 0.0),
    )


def main(arguments: t.Sequence[str]) -> int:
    """Serve."""
    server = Server(make_vendor(json.loads(arguments[0])))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    root = f"http://127.0.0.1:{server.server_port}"
    addresses = {
        "calls": root + comagic.PATH,
        "conversations": root + genesys.PATH,
        "jobs": root + genesys_jobs.ROOT,
    }
    sys.stdout.write(json.dumps({**addresses, "statistics": root + STATISTICS_PATH}) + "\n")
    sys.stdout.flush()
    sys.stdin.read()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
