"""Costs are measured, goals are computed, and the page says what the figures say."""

from __future__ import annotations

import subprocess
import sys
import typing as t
from pathlib import Path

import pytest
from tap_comagic.tap import TapComagic

from benchmarks import chart, goals, report, tabling
from benchmarks.__main__ import FIGURES
from benchmarks.contenders.job import Job
from benchmarks.measure import ROOT, Command, ContenderError, run
from benchmarks.roster import selected_calls
from tools import generated

BUSY = "import time\nwhile time.process_time() < 0.3: pass"
LARGE = "import time; held = b'x' * 200_000_000; time.sleep(0.4)"


def python(name: str, code: str) -> Command:
    return Command(name, [sys.executable, "-c", code])


def test_cpu_of_children_and_of_every_program_is_counted(tmp_path: Path) -> None:
    child = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {BUSY!r}])"
    cost = run([python("first", child), python("second", BUSY)], tmp_path / "log")
    assert 0.6 <= cost.cpu < 2
    assert cost.parts.keys() == {"first", "second"}
    assert min(cost.parts.values()) >= 0.3
    assert cost.wall >= 0.3


MEASURED = f"""
import pathlib, sys
from benchmarks.measure import Command, run
large = [sys.executable, "-c", {LARGE!r}]
print(run([Command("first", large), Command("second", large)], pathlib.Path(sys.argv[1])).memory)
"""


def test_memory_of_programs_that_run_together_is_added_up(tmp_path: Path) -> None:
    """Measured by a process as small as the benchmark's: Linux counts what the parent held as the child's peak."""
    command = [sys.executable, "-c", MEASURED, str(tmp_path / "log")]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
    assert 400 < float(done.stdout) < 600


def test_a_pipeline_hands_its_lines_on(tmp_path: Path) -> None:
    copy = "import sys; sys.stdout.write(sys.stdin.read().upper())"
    run([python("first", "print('a')"), python("second", copy)], tmp_path / "log", tmp_path / "out")
    assert (tmp_path / "out").read_text() == "A\n"


def test_a_program_that_fails_is_an_error_with_its_last_words(tmp_path: Path) -> None:
    with pytest.raises(ContenderError, match=r"(?s)second ended with 1:.*out of luck"):
        run([python("first", "pass"), python("second", "raise SystemExit('out of luck')")], tmp_path / "log")


def measured(cpu: float, wall: float, **more: t.Any) -> dict[str, t.Any]:
    return {"median": {"cpu": cpu, "wall": wall, "memory": 100}, "runs": [{"served": {"refused": 0} | more}]}


@pytest.mark.parametrize(("cpu", "share"), [(1.0, 0.75), (3.5, 0.875)])
def test_the_ideal_is_the_vendors_time_or_ones_own(cpu: float, share: float) -> None:
    load = {"rows": 160_000, "days": 160, "slice_days": 1, "latency": 0.15, "parallel": 8}
    assert goals.share_of_ideal({"load": load, "contenders": {"ours": measured(cpu, 4.0)}}) == pytest.approx(share)


def test_points_of_the_last_bucket_are_not_expected_to_be_used_up() -> None:
    ours = measured(1, 1, points=[100, 96, 4])
    assert goals.share_of_points({"load": {"limit": 100}, "contenders": {"ours": ours}}) == 0.98


def test_requests_that_are_counted_are_told_in_a_sentence() -> None:
    run_ = {"wall": 61.25, "served": {"requests": 400, "refused": 0, "points": [297, 102]}}
    load = {"days": 90, "limit": 300, "limit_seconds": 60}
    figures = {"load": load, "contenders": {"ours": {"median": {}, "runs": [run_]}}}
    assert tabling.rate(figures) == (
        "90 jobs, 400 requests, 300 allowed in 60 s: 99.0% of those allowed were made in all windows but the last, "
        "0 refused, 61.2 s."
    )
    verdicts = {goal.text: goal.verdict({"rate": {"figures": figures}}) for goal in goals.GOALS}
    assert verdicts["300 requests a minute: share that is used"] == (0.99, True)
    assert verdicts["300 requests a minute: refused"] == (0, True)


def test_goals_say_whether_they_are_reached() -> None:
    contenders = {"ours": measured(2, 2), "plain": measured(15, 15), "floor": measured(3, 3)}
    scenarios = {"calls": {"figures": {"contenders": contenders}}}
    verdicts = [goal.verdict(scenarios) for goal in goals.GOALS]
    assert verdicts[:3] == [(7.5, False), (1.5, True), None]


def test_the_chart_draws_each_bar_to_scale() -> None:
    bars = (chart.Bar("ours", 1, ours=True), chart.Bar("a < b", 4, ours=False))
    drawn = chart.svg("Title", [chart.Group("Group", bars)])
    assert 'width="105.0" height="18" fill="#1f6feb"' in drawn
    assert 'width="420.0" height="18" fill="#8b949e"' in drawn
    assert ">a &lt; b<" in drawn


def test_page_and_chart_are_made_from_the_figures() -> None:
    assert generated.differences(report.files(FIGURES)) == "", "run `python -m benchmarks --report`"


def test_peers_have_the_schema_of_our_tap() -> None:
    job = Job("calls", "http://127.0.0.1", "2024-01-01", "2024-01-02", 1, 1)
    (calls,) = [
        each
        for each in TapComagic(config={}, validate_config=False).catalog_dict["streams"]
        if each["stream"] == "calls"
    ]
    own = {name: bare(calls["schema"]["properties"][name]) for name in selected_calls(job)["schema"]["properties"]}
    assert selected_calls(job)["schema"]["properties"] == own


def bare(schema: t.Any) -> t.Any:
    """A schema without its descriptions."""
    if isinstance(schema, list):
        return [bare(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        key: bare(each) for key, each in schema.items() if key not in {"description", "title"} or isinstance(each, dict)
    }
