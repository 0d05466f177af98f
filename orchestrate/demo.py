"""`make demo`: the whole line twice against local servers, and a summary of what arrived.

A sandbox plays CoMagic and Amplitude. Its clock starts 26 hours ago; both jobs run through Meltano; the clock moves to
the present, where there are new and changed calls; both jobs run again. Everything goes to `output/demo`, which every
demonstration begins anew. Nothing of the user's is read: no `.env`, no variables of plugins, no state, no warehouse.
"""

from __future__ import annotations

import datetime as dt
import os
import shutil
import signal
import sys
import time
from pathlib import Path

from orchestrate import demo_facts, demo_report
from orchestrate.run_job import ROOT, STOPPED, ExitCode, JobError, Project, default_meltano, run_jobs
from orchestrate.sandbox_server import Sandbox, SandboxError, serve

OUTPUT = ROOT / "output" / "demo"
JOBS = ("comagic", "profiles")
HEAD_START = dt.timedelta(hours=26)
"""How long ago the first run seems to happen: more than a day, so the second finds a whole new local day."""

LOADED = dt.timedelta(days=60)
"""How much the first run loads."""

FOREIGN = ("TAP_", "TARGET_", "DBT_", "MELTANO_", "SWITCHBOARD_", "SANDBOX_")
"""Beginnings of variables that configure a real project and have no place in the demonstration."""


class DemoFailedError(Exception):
    """A run failed, or something did not arrive; the message says what."""


class StoppedError(Exception):
    """A signal ended the demonstration."""

    def __init__(self, number: int) -> None:
        super().__init__(signal.Signals(number).name)
        self.exit_code = 128 + number


def variables(sandbox: Sandbox, first_day: str) -> dict[str, str]:
    """The environment of the demonstration's Meltano: ours without any project settings, and its own.

    Args:
        sandbox: The running sandbox.
        first_day: The first local day to load.

    Returns:
        Names and values.
    """
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)}
    warehouse, summaries = str(OUTPUT / "switchboard.duckdb"), OUTPUT / "summary"
    plugins = ("tap-comagic", "target-duckdb", "tap-duckdb", "target-amplitude")
    own = {
        "NO_COLOR": "1",
        "DBT_USE_COLORS": "false",
        "MELTANO_DATABASE_URI": f"sqlite:///{OUTPUT / 'meltano.db'}",
        "SANDBOX_COMAGIC_URL": sandbox.comagic,
        "SANDBOX_AMPLITUDE_URL": sandbox.amplitude,
        "TAP_COMAGIC_START_DATE": first_day,
        "TARGET_DUCKDB_PATH": warehouse,
        "DBT_DUCKDB_PATH": warehouse,
        "TAP_DUCKDB_PATH": warehouse,
        "DBT_SUMMARY_DIR": str(summaries),
        "TARGET_AMPLITUDE_DEAD_LETTER_PATH": str(OUTPUT / "dead-letters.jsonl"),
        "TARGET_AMPLITUDE_REPORT_PATH": str(summaries / "target-amplitude-report.json"),
    }
    paths = {f"{name.upper().replace('-', '_')}_SUMMARY_PATH": str(summaries / f"{name}.json") for name in plugins}
    return inherited | own | paths


def project(sandbox: Sandbox, first_day: str) -> Project:
    """The repository's Meltano project, its output and state under `output/demo`."""
    no_env_file = OUTPUT / "empty.env"
    no_env_file.touch()
    return Project(
        default_meltano(),
        "sandbox",
        OUTPUT / "summary",
        log=OUTPUT / "meltano.log",
        variables=variables(sandbox, first_day),
        env_file=no_env_file,
    )


def run_once(meltano: Project, number: int) -> demo_facts.Run:
    """Run both jobs and take down what they did.

    Args:
        meltano: The project to run.
        number: 1 or 2.

    Returns:
        What the run did.

    Raises:
        DemoFailedError: A job did not end with 0.
        StoppedError: A signal ended it.
    """
    started = time.monotonic()
    code = run_jobs(meltano, JOBS)
    if code in STOPPED:
        raise StoppedError(code - 128)
    if code != ExitCode.DONE:
        raise DemoFailedError(f"run {number} ended with {code}; the log's end:\n{_tail(OUTPUT / 'meltano.log')}")
    return demo_facts.take_down(OUTPUT, ROOT / "transform" / "target", number, time.monotonic() - started)


def _tail(log: Path, lines: int = 30) -> str:
    return "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:])


def demonstrate() -> str:
    """Run everything.

    Returns:
        The summary for the terminal.

    Raises:
        DemoFailedError: A run failed, or something did not arrive.
    """
    shutil.rmtree(OUTPUT, ignore_errors=True)
    OUTPUT.mkdir(parents=True)
    now = dt.datetime.now(tz=dt.UTC)
    start = now - HEAD_START
    first_day = (start - LOADED).date().isoformat()
    _say(f"sandbox: CoMagic and Amplitude on this machine, their clock at {start:%Y-%m-%d %H:%M} UTC")
    with serve(Path(sys.executable).with_name("sandbox"), OUTPUT / "sandbox.log", start) as sandbox:
        meltano = project(sandbox, first_day)
        _say(f"run 1: everything since {first_day}, CoMagic -> DuckDB -> dbt -> Amplitude")
        first = run_once(meltano, 1)
        _say(f"       {first.seconds:.0f} s; now the clock moves to {now:%Y-%m-%d %H:%M} UTC")
        sandbox.set_clock(now)
        _say("run 2: what is new or has changed since")
        second = run_once(meltano, 2)
        _say(f"       {second.seconds:.0f} s")
        arrived = demo_facts.arrival(OUTPUT, sandbox, first_day, second.complete_until)
    missing = demo_facts.problems([first, second], arrived)
    if missing:
        raise DemoFailedError("not everything arrived:\n" + "\n".join(f"- {line}" for line in missing))
    return demo_report.render([first, second], arrived, OUTPUT, ROOT)


def main() -> int:
    """Run the demonstration.

    Returns:
        0, 1 when it failed, 130 or 143 when a signal stopped it.
    """
    signal.signal(signal.SIGTERM, _stop)
    signal.signal(signal.SIGINT, _stop)
    try:
        print(demonstrate())
    except (DemoFailedError, SandboxError, JobError, OSError) as error:
        print(f"demo failed: {error}\nlogs: {OUTPUT.relative_to(ROOT)}/", file=sys.stderr)
        return 1
    except StoppedError as stopped:
        print(
            f"demo stopped by {stopped}: Meltano and the sandbox have been ended; `make demo` begins anew\n"
            f"logs: {OUTPUT.relative_to(ROOT)}/",
            file=sys.stderr,
        )
        return stopped.exit_code
    return 0


def _stop(number: int, _frame: object) -> None:
    raise StoppedError(number)


def _say(text: str) -> None:
    print(f"==> {text}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
