"""`make demo`: the whole line twice against local servers, and a summary of what arrived.

A sandbox plays CoMagic, Genesys Cloud and Amplitude. Its clock starts 26 hours ago; all runs through Meltano; the clock
moves to the present, where there are new and changed calls and conversations; all runs again. What comes of it goes to
`output/demo`, which every demonstration begins anew. Nothing of the user's is read: no `.env`, no variables of plugins,
no state, no warehouse.
"""

from __future__ import annotations

import datetime as dt
import os
import shutil
import signal
import sys
import time
import typing as t
from pathlib import Path

from orchestrate import demo_facts, demo_genesys, demo_report
from orchestrate.run_job import ROOT, STOPPED, ExitCode, Project, default_meltano
from orchestrate.sandbox_server import Sandbox, SandboxError, serve

OUTPUT = ROOT / "output" / "demo"
LOADS = ("tap-genesys target-duckdb", "tap-comagic target-duckdb")
PROFILES = "tap-duckdb target-amplitude"
TASKS = {1: (*LOADS, "dbt:run", PROFILES), 2: (*LOADS, "dbt:build", PROFILES)}
"""What the three jobs do, in one `meltano run`, and dbt but once: starting either takes seconds. The second run's tests
see all rows of both, and take as long as everything else that dbt does, so the first only builds the models.
"""

HEAD_START = dt.timedelta(hours=26)
"""How long ago the first run seems to happen: more than a day, so the second finds a whole new local day."""

LOADED = dt.timedelta(days=30)
"""How much of CoMagic the first run loads."""

LOADED_GENESYS = dt.timedelta(days=7)
"""How much of Genesys Cloud."""

FOREIGN = ("TAP_", "TARGET_", "DBT_", "MELTANO_", "SWITCHBOARD_", "SANDBOX_")
"""Beginnings of variables that configure a real project and have no place in the demonstration."""


class DemoFailedError(Exception):
    """A run failed, or something did not arrive; the message says what."""


class StoppedError(Exception):
    """A signal ended the demonstration."""

    def __init__(self, number: int) -> None:
        super().__init__(signal.Signals(number).name)
        self.exit_code = 128 + number


class FirstDays(t.NamedTuple):
    """The first day to load, as `YYYY-MM-DD`.

    Attributes:
        comagic: A local day.
        genesys: A UTC day.
    """

    comagic: str
    genesys: str


class Both(t.NamedTuple):
    """What a run did, source by source."""

    comagic: demo_facts.Run
    genesys: demo_genesys.Run


def variables(sandbox: Sandbox, first: FirstDays) -> dict[str, str]:
    """The environment of the demonstration's Meltano: ours without any project settings, and its own.

    Args:
        sandbox: The running sandbox.
        first: The first days to load.

    Returns:
        Names and values.
    """
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)}
    warehouse, summaries = str(OUTPUT / "switchboard.duckdb"), OUTPUT / "summary"
    plugins = ("tap-comagic", "tap-genesys", "target-duckdb", "tap-duckdb", "target-amplitude")
    own = {
        "NO_COLOR": "1",
        "DBT_USE_COLORS": "false",
        "DBT_LOG_LEVEL_FILE": "info",
        "MELTANO_DATABASE_URI": f"sqlite:///{OUTPUT / 'meltano.db'}",
        "SANDBOX_COMAGIC_URL": sandbox.comagic,
        "SANDBOX_AMPLITUDE_URL": sandbox.amplitude,
        "SANDBOX_GENESYS_API_URL": sandbox.genesys_api,
        "SANDBOX_GENESYS_LOGIN_URL": sandbox.genesys_login,
        "TAP_COMAGIC_START_DATE": first.comagic,
        "TAP_GENESYS_START_DATE": first.genesys,
        "TARGET_DUCKDB_PATH": warehouse,
        "DBT_DUCKDB_PATH": warehouse,
        "TAP_DUCKDB_PATH": warehouse,
        "DBT_SUMMARY_DIR": str(summaries),
        "TARGET_AMPLITUDE_DEAD_LETTER_PATH": str(OUTPUT / "dead-letters.jsonl"),
        "TARGET_AMPLITUDE_REPORT_PATH": str(summaries / "target-amplitude-report.json"),
    }
    paths = {f"{name.upper().replace('-', '_')}_SUMMARY_PATH": str(summaries / f"{name}.json") for name in plugins}
    return inherited | own | paths


def project(sandbox: Sandbox, first: FirstDays) -> Project:
    """The repository's Meltano project, its output and state under `output/demo`."""
    no_env_file = OUTPUT / "empty.env"
    no_env_file.touch()
    return Project(
        default_meltano(),
        "sandbox",
        OUTPUT / "summary",
        log=OUTPUT / "meltano.log",
        variables=variables(sandbox, first),
        env_file=no_env_file,
    )


def run_once(meltano: Project, number: int) -> Both:
    """Run all tasks and take down what they did.

    Args:
        meltano: The project to run.
        number: 1 or 2.

    Returns:
        What the run did.

    Raises:
        DemoFailedError: A task did not end with 0.
        StoppedError: A signal ended it.
    """
    started = time.monotonic()
    meltano.summaries.mkdir(parents=True, exist_ok=True)
    code = meltano.call("run", *" ".join(TASKS[number]).split())
    if code in STOPPED:
        raise StoppedError(code - 128)
    if code != ExitCode.DONE:
        raise DemoFailedError(f"run {number} ended with {code}; the log's end:\n{_tail(OUTPUT / 'meltano.log')}")
    seconds = time.monotonic() - started
    comagic = demo_facts.take_down(OUTPUT, ROOT / "transform" / "target", number, seconds)
    return Both(comagic, demo_genesys.take_down(OUTPUT, number))


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
    first = FirstDays(*((start - loaded).date().isoformat() for loaded in (LOADED, LOADED_GENESYS)))
    _say(f"sandbox: CoMagic, Genesys Cloud and Amplitude on this machine, their clock at {start:%Y-%m-%d %H:%M} UTC")
    with serve(Path(sys.executable).with_name("sandbox"), OUTPUT / "sandbox.log", start) as sandbox:
        meltano = project(sandbox, first)
        _say(f"run 1: CoMagic since {first.comagic}, Genesys Cloud since {first.genesys} -> DuckDB -> dbt -> Amplitude")
        runs = [run_once(meltano, 1)]
        _say(f"       {runs[0].comagic.seconds:.0f} s; now the clock moves to {now:%Y-%m-%d %H:%M} UTC")
        sandbox.set_clock(now)
        _say("run 2: what is new or has changed since")
        runs.append(run_once(meltano, 2))
        _say(f"       {runs[1].comagic.seconds:.0f} s")
        return judge(sandbox, first, runs)


def judge(sandbox: Sandbox, first: FirstDays, runs: t.Sequence[Both]) -> str:
    """Compare both ends of both sources.

    Args:
        sandbox: The running sandbox.
        first: The first days that were to be loaded.
        runs: The runs, first to last.

    Returns:
        The summary for the terminal.

    Raises:
        DemoFailedError: Something did not arrive.
    """
    comagic, genesys = [run.comagic for run in runs], [run.genesys for run in runs]
    calls = demo_facts.arrival(OUTPUT, sandbox, first.comagic, comagic[-1].complete_until)
    conversations = demo_genesys.arrival(OUTPUT, sandbox, first.genesys, genesys[-1].complete_until)
    missing = demo_facts.problems(comagic, calls) + demo_genesys.problems(genesys, conversations)
    if missing:
        raise DemoFailedError("not everything arrived:\n" + "\n".join(f"- {line}" for line in missing))
    return demo_report.render(comagic, calls, demo_report.genesys(genesys, conversations), OUTPUT, ROOT)


def main() -> int:
    """Run the demonstration.

    Returns:
        0, 1 when it failed, 130 or 143 when a signal stopped it.
    """
    signal.signal(signal.SIGTERM, _stop)
    signal.signal(signal.SIGINT, _stop)
    try:
        print(demonstrate())
    except (DemoFailedError, SandboxError, OSError) as error:
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
