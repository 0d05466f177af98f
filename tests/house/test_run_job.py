"""`orchestrate/run_job.py` against a stand-in for Meltano that plays prescribed runs: real processes, real files."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import typing as t
from pathlib import Path

import pytest

from orchestrate import run_job

RUN_JOB = Path(run_job.__file__)
JOBS = {
    "comagic": ["tap-comagic target-duckdb", "dbt:build"],
    "profiles": ["tap-duckdb target-amplitude"],
    "reports": ["dbt:docs"],
}

# Plays one run a call: for every task in order writes the prescribed summaries, and stops with 1 where one is not 0,
# as `meltano run` does. A task without taps and targets ends as `commands` says.
MELTANO = """#!{python}
import json, pathlib, sys, time
home = pathlib.Path(__file__).parent
script = json.loads((home / "script.json").read_text())
words = sys.argv[1:]
if words[:2] == ["--environment", "prod"]:
    words = words[2:]
with (home / "calls.jsonl").open("a") as calls:
    calls.write(json.dumps(sys.argv[1:]) + "\\n")
if words[:2] == ["job", "list"]:
    if words[2] not in script["jobs"]:
        sys.exit("Error: no such job")
    print(json.dumps({{"job_name": words[2], "tasks": script["jobs"][words[2]]}}))
    sys.exit(0)
tasks = [task for word in words[1:] for task in script["jobs"].get(word, [word])]
blocks = " ".join(tasks).split()
while blocks:
    block = blocks.pop(0)
    pair = [block, blocks.pop(0)] if block.startswith("tap-") else []
    if script.get("sleep") == block:
        (home / "asleep").touch()
        time.sleep(30)
    failed = script["commands"].get(block, 0) if not pair else 0
    for plugin in pair:
        code = script["plugins"].get(plugin, 0)
        if code is not None:
            (home / "summary").mkdir(exist_ok=True)
            (home / "summary" / (plugin + ".json")).write_text(json.dumps({{"program": plugin, "exit_code": code}}))
        failed = failed or code != 0
    if failed:
        sys.exit(1)
"""


class StandIn:
    """A folder with the stand-in, its script, and the summaries it writes."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.meltano = home / "meltano"
        self.meltano.write_text(MELTANO.format(python=sys.executable), encoding="utf-8")
        self.meltano.chmod(0o755)
        self.summaries = home / "summary"

    def script(self, **parts: t.Any) -> None:
        whole = {"jobs": JOBS, "plugins": {}, "commands": {}} | parts
        (self.home / "script.json").write_text(json.dumps(whole), encoding="utf-8")

    def command(self, *jobs: str) -> list[str]:
        given = ["--meltano", str(self.meltano), "--summaries", str(self.summaries)]
        return [sys.executable, str(RUN_JOB), *given, *jobs]

    def run(self, *jobs: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(self.command(*jobs), capture_output=True, text=True, check=False, timeout=300)

    @property
    def calls(self) -> list[list[str]]:
        return [json.loads(line) for line in (self.home / "calls.jsonl").read_text(encoding="utf-8").splitlines()]


@pytest.fixture
def stand_in(tmp_path: Path) -> StandIn:
    return StandIn(tmp_path)


def test_a_good_run_is_one_call_of_meltano(stand_in: StandIn) -> None:
    stand_in.script()
    done = stand_in.run("comagic", "profiles")
    assert (done.returncode, done.stderr) == (0, "")
    assert stand_in.calls == [["run", "comagic", "profiles"]]


def test_the_environment_is_passed_on(stand_in: StandIn) -> None:
    stand_in.script()
    assert stand_in.run("comagic", "--environment", "prod").returncode == 0
    assert stand_in.calls == [["--environment", "prod", "run", "comagic"]]


def test_after_a_failed_stream_the_rest_runs_and_the_exit_code_says_it(stand_in: StandIn) -> None:
    stand_in.script(plugins={"tap-comagic": 3})
    done = stand_in.run("comagic", "profiles")
    assert done.returncode == 3
    assert stand_in.calls[-1] == ["run", "dbt:build", "tap-duckdb", "target-amplitude"]
    assert "task 'tap-comagic target-duckdb' ended with 3" in done.stderr
    assert json.loads((stand_in.summaries / "target-amplitude.json").read_text())["exit_code"] == 0


def test_two_pairs_that_finished_with_failures_are_both_passed(stand_in: StandIn) -> None:
    stand_in.script(plugins={"tap-comagic": 3, "target-amplitude": 3})
    assert stand_in.run("comagic", "profiles").returncode == 3
    runs = [call for call in stand_in.calls if call[0] == "run"]
    assert runs == [["run", "comagic", "profiles"], ["run", "dbt:build", "tap-duckdb", "target-amplitude"]]


@pytest.mark.parametrize(
    ("plugins", "code"),
    [
        ({"tap-comagic": 1}, 1),
        ({"tap-comagic": 2}, 2),
        ({"tap-comagic": 4}, 4),
        ({"tap-comagic": 3, "target-duckdb": 1}, 1),
        ({"tap-comagic": 4, "target-duckdb": 2}, 2),
        ({"tap-comagic": 3, "target-duckdb": 4}, 4),
        ({"tap-comagic": 143}, 143),
        ({"tap-comagic": 77}, 1),
        ({"tap-comagic": None}, 1),
        ({"target-duckdb": None}, 1),
        ({"tap-comagic": None, "target-duckdb": None}, 1),
    ],
)
def test_what_did_not_finish_stops_the_job(stand_in: StandIn, plugins: dict[str, int | None], code: int) -> None:
    stand_in.script(plugins=plugins)
    assert stand_in.run("comagic", "profiles").returncode == code
    assert [call[0] for call in stand_in.calls] == ["run", "job", "job"]


def test_a_failure_after_a_passed_one_counts_more(stand_in: StandIn) -> None:
    stand_in.script(plugins={"tap-comagic": 3, "target-amplitude": 4})
    assert stand_in.run("comagic", "profiles").returncode == 4


def test_a_failed_transformation_is_an_unexpected_failure(stand_in: StandIn) -> None:
    stand_in.script(commands={"dbt:build": 1})
    done = stand_in.run("comagic", "profiles")
    assert done.returncode == 1
    assert "task 'dbt:build' ended with 1" in done.stderr


def test_a_failed_transformation_after_a_failed_stream(stand_in: StandIn) -> None:
    stand_in.script(plugins={"tap-comagic": 3}, commands={"dbt:build": 1})
    assert stand_in.run("comagic", "profiles").returncode == 1
    assert not (stand_in.summaries / "target-amplitude.json").exists()


def test_a_job_of_commands_only(stand_in: StandIn) -> None:
    stand_in.script(commands={"dbt:docs": 1})
    assert stand_in.run("reports").returncode == 1


def test_the_summaries_of_an_earlier_run_are_not_believed(stand_in: StandIn) -> None:
    stand_in.script(plugins={"tap-comagic": None, "target-duckdb": None})
    stand_in.summaries.mkdir()
    for plugin in ("tap-comagic", "target-duckdb"):
        old = stand_in.summaries / f"{plugin}.json"
        old.write_text('{"exit_code": 3}', encoding="utf-8")
        os.utime(old, (time.time() - 60, time.time() - 60))
    assert stand_in.run("comagic").returncode == 1


def test_a_job_that_is_not_there_is_a_configuration_error(stand_in: StandIn) -> None:
    stand_in.script(commands={"nothing": 1})
    done = stand_in.run("nothing")
    assert done.returncode == 2
    assert "no readable job 'nothing'" in done.stderr


def test_a_missing_meltano_is_a_configuration_error(stand_in: StandIn) -> None:
    stand_in.meltano.unlink()
    done = stand_in.run("comagic")
    assert done.returncode == 2
    assert "meltano" in done.stderr


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_signals_end_the_whole_group(stand_in: StandIn, number: signal.Signals, code: int) -> None:
    stand_in.script(sleep="dbt:build")
    process = subprocess.Popen(stand_in.command("comagic"), stderr=subprocess.PIPE)
    deadline = time.monotonic() + 120
    while not (stand_in.home / "asleep").exists():
        assert time.monotonic() < deadline, "the stand-in did not get to the task it should sleep in"
        time.sleep(0.02)
    process.send_signal(number)
    process.communicate(timeout=120)
    assert process.returncode == code
    assert len(stand_in.calls) == 1


@pytest.mark.parametrize(
    ("codes", "expected"),
    [([], 0), ([0, 0], 0), ([0, 3], 3), ([3, 4], 4), ([4, 2], 2), ([2, 1, 4], 1), ([1, 130], 130), ([0, 9], 1)],
)
def test_which_exit_code_stands_for_several(codes: list[int], expected: int) -> None:
    assert run_job.worst(codes) == expected


def test_a_broken_summary_counts_as_none(tmp_path: Path) -> None:
    summary = tmp_path / "tap-comagic.json"
    for text in ("", "{", "[]", '{"exit_code": null}', '{"exit_code": "x"}'):
        summary.write_text(text, encoding="utf-8")
        assert run_job.exit_code_of(summary, since=0.0) is None
