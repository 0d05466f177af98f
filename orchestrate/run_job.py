"""Run jobs of `meltano.yml` and decide by the run summaries what happens after a failure.

`meltano run` turns every failure into its own exit code 1 and starts nothing after it. A run in which one stream of six
was refused (exit code 3) is still worth modelling, and a spent quota (4) is no crash. The summaries that every tap and
target writes to its `summary_path` hold the difference; this program reads them.

    python3 orchestrate/run_job.py comagic profiles

1. All jobs go to one `meltano run`. When it ends with 0, so does this.
2. Otherwise the first extract-load task that did not end with 0 is found by its summaries. If every program of the
   pair ended with 0 or 3, the pair has finished: a second `meltano run` goes on with the tasks after it.
3. With 1, 2, 4, an interrupt, no summary, or a failed task that is no pair, nothing further is started.

| exit code | meaning |
| --- | --- |
| 0 | all tasks done |
| 1 | unexpected failure, also of a task without a summary (dbt) |
| 2 | configuration or credential |
| 3 | all tasks done, but a stream or partition failed, or records were rejected past the allowance |
| 4 | the vendor's quota is spent, state is saved, run again later |
| 130, 143 | stopped by SIGINT, SIGTERM |

Several: 1 before 2 before 4 before 3. Python's standard library is enough; run it from cron, a systemd timer, or a task
of any orchestrator.
"""

from __future__ import annotations

import argparse
import dataclasses
import enum
import json
import os
import signal
import subprocess
import sys
import time
import typing as t
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


class ExitCode(enum.IntEnum):
    """What the exit codes of our taps, targets and jobs mean."""

    DONE = 0
    FAILURE = 1
    CONFIGURATION = 2
    PARTIAL = 3
    QUOTA = 4


PRECEDENCE = (ExitCode.FAILURE, ExitCode.CONFIGURATION, ExitCode.QUOTA, ExitCode.PARTIAL, ExitCode.DONE)
FINISHED = {ExitCode.DONE, ExitCode.PARTIAL}
STOPPED = {128 + signal.SIGINT, 128 + signal.SIGTERM}

CLOCK_SLACK = 0.1
"""Seconds by which a file's time may lie before the clock that we read: file systems keep a coarser one."""


class JobError(Exception):
    """A job cannot be run at all; the message says why."""


@dataclasses.dataclass(frozen=True)
class Project:
    """Where the project lies and how Meltano is started there.

    Attributes:
        meltano: The Meltano executable.
        environment: The Meltano environment, `sandbox` or `prod`; None leaves it to the project.
        summaries: The folder of the run summaries.
        log: A file that Meltano's output goes to; None leaves it on the terminal.
        variables: The environment of Meltano's processes; None passes ours on.
        env_file: A file to read instead of the project's `.env`.
        root: The project's folder.
    """

    meltano: Path
    environment: str | None
    summaries: Path
    log: Path | None = None
    variables: t.Mapping[str, str] | None = None
    env_file: Path | None = None
    root: Path = ROOT

    def command(self, *arguments: str) -> list[str]:
        """The words of one call of Meltano."""
        environment = ["--environment", self.environment] if self.environment else []
        env_file = ["--env-file", str(self.env_file)] if self.env_file else []
        return [str(self.meltano), *env_file, *environment, *arguments]

    def call(self, *arguments: str) -> int:
        """Run Meltano to its end and pass signals on to it.

        Returns:
            Its exit code; 130 or 143 when a signal ended this run.
        """
        with Output(self.log) as output:
            process = subprocess.Popen(
                self.command(*arguments),
                cwd=self.root,
                env=self.variables,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
            return wait_for(process)

    def tasks(self, jobs: t.Sequence[str]) -> list[str]:
        """The tasks of the jobs, in order, as Meltano lists them.

        Raises:
            JobError: A job does not exist, or Meltano cannot read the project.
        """
        tasks: list[str] = []
        for job in jobs:
            listed = subprocess.run(
                self.command("job", "list", job, "--format", "json"),
                cwd=self.root,
                env=self.variables,
                capture_output=True,
                text=True,
                check=False,
            )
            if listed.returncode:
                raise JobError(f"meltano.yml has no readable job {job!r}:\n{listed.stderr.strip()}")
            tasks += json.loads(listed.stdout)["tasks"]
        return tasks


class Output:
    """A file that output is appended to, or nothing."""

    def __init__(self, path: Path | None) -> None:
        self._file: t.IO[bytes] | None = None
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = path.open("ab")

    def __enter__(self) -> t.IO[bytes] | None:
        return self._file

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            self._file.close()


def wait_for(process: subprocess.Popen[bytes]) -> int:
    """Wait for a process that leads a group of its own; SIGINT and SIGTERM go on to the whole group, once.

    Args:
        process: The running process, started with `start_new_session`.

    Returns:
        Its exit code, or 128 + the signal that ended this wait.
    """
    caught: list[int] = []

    def stop(number: int, _frame: object) -> None:
        caught.append(number)
        os.killpg(process.pid, number)

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        code = process.wait()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    if caught:
        return 128 + caught[0]
    return code if code >= 0 else 128 - code


def plugins_of(task: str) -> list[str]:
    """The taps and targets of a task; empty for a command of a utility such as `dbt:build`."""
    return [word for word in task.split() if word.startswith(("tap-", "target-"))]


def exit_code_of(summary: Path, since: float) -> int | None:
    """The exit code in a run summary.

    Args:
        summary: The file that a tap or target wrote, or did not.
        since: Unix time; what was written before belongs to an earlier run.

    Returns:
        The code; None where the file is missing, old or broken, which is what a killed program leaves behind.
    """
    try:
        if summary.stat().st_mtime < since:
            return None
        return int(json.loads(summary.read_text(encoding="utf-8"))["exit_code"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def task_exit_code(task: str, summaries: Path, since: float) -> int | None:
    """How a task ended, by the summaries of its plugins.

    Args:
        task: A task as in `meltano.yml`.
        summaries: The folder of the run summaries.
        since: Unix time at which the run began.

    Returns:
        The code that counts most among its plugins, 1 for a plugin that left none; None when no plugin left one: the
        task did not start, or has no plugin of ours.
    """
    codes = [exit_code_of(summaries / f"{plugin}.json", since) for plugin in plugins_of(task)]
    if all(code is None for code in codes):
        return None
    return worst(ExitCode.FAILURE if code is None else code for code in codes)


def worst(codes: t.Iterable[int]) -> int:
    """The exit code that stands for several: a stop by signal, else 1 before 2 before 4 before 3 before 0."""
    found = set(codes)
    stopped = sorted(found & STOPPED)
    if stopped:
        return stopped[0]
    if found - set(PRECEDENCE):
        return ExitCode.FAILURE
    return next((code for code in PRECEDENCE if code in found), ExitCode.DONE)


def run_jobs(project: Project, jobs: t.Sequence[str]) -> int:
    """Run jobs, going on past pairs that finished with some stream failed.

    Args:
        project: Where and how.
        jobs: Names of jobs in `meltano.yml`.

    Returns:
        The exit code of the whole, see the module's table.

    Raises:
        JobError: A job does not exist.
    """
    project.summaries.mkdir(parents=True, exist_ok=True)
    since = time.time() - CLOCK_SLACK
    code = project.call("run", *jobs)
    if code == ExitCode.DONE or code in STOPPED:
        return code
    return _go_on(project, project.tasks(jobs), since)


def _go_on(project: Project, tasks: list[str], since: float) -> int:
    """After a failed `meltano run` of the tasks: find where it stopped, and go on where that is right."""
    codes: list[int] = []
    while True:
        stopped_at, code = where_it_stopped(tasks, project.summaries, since)
        codes.append(code)
        _say(f"task {tasks[stopped_at]!r} ended with {code}")
        tasks = tasks[stopped_at + 1 :]
        if code not in FINISHED or not tasks:
            return worst(codes)
        _say(f"what finished is worth going on with: {'; '.join(tasks)}")
        since = time.time() - CLOCK_SLACK
        outcome = project.call("run", *(word for task in tasks for word in task.split()))
        if outcome == ExitCode.DONE or outcome in STOPPED:
            return worst([*codes, outcome])


def where_it_stopped(tasks: t.Sequence[str], summaries: Path, since: float) -> tuple[int, int]:
    """Which task ended a failed run.

    Meltano runs tasks one after another and stops at the first failure, so it is the last one that left a summary, or,
    where that one ended well, the next.

    Args:
        tasks: The tasks of the run, in order.
        summaries: The folder of the run summaries.
        since: Unix time at which the run began.

    Returns:
        The task's index and exit code: 1 where no summary tells another.
    """
    codes = [task_exit_code(task, summaries, since) for task in tasks]
    last = max((index for index, code in enumerate(codes) if code is not None), default=-1)
    if last >= 0 and (code := codes[last]):
        return last, code
    return min(last + 1, len(tasks) - 1), ExitCode.FAILURE


def _say(text: str) -> None:
    print(f"run_job: {text}", file=sys.stderr, flush=True)


def default_meltano() -> Path:
    """The Meltano of this repository's own environment, else whatever the PATH has."""
    own = ROOT / ".venv-meltano" / ("Scripts" if os.name == "nt" else "bin") / "meltano"
    return own if own.is_file() else Path("meltano")


def main(arguments: t.Sequence[str] | None = None) -> int:
    """Parse the command line and run.

    Args:
        arguments: Words as on the command line.

    Returns:
        The exit code.
    """
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("jobs", nargs="+", metavar="JOB", help="names of jobs in meltano.yml, run in this order")
    parser.add_argument("--environment", help="Meltano environment (default: the project's, or MELTANO_ENVIRONMENT)")
    parser.add_argument("--meltano", type=Path, default=default_meltano(), help="the Meltano executable")
    parser.add_argument("--summaries", type=Path, default=ROOT / "output" / "summary", help="folder of run summaries")
    given = parser.parse_args(arguments)
    project = Project(given.meltano, given.environment, given.summaries)
    try:
        return run_jobs(project, given.jobs)
    except (JobError, OSError) as error:
        _say(f"error: {error}")
        return ExitCode.CONFIGURATION


if __name__ == "__main__":
    sys.exit(main())
