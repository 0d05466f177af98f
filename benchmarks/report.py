"""README and chart, made from the file of figures."""

from __future__ import annotations

import json
import typing as t
from pathlib import Path

from benchmarks import chart, job_roster, roster, tabling
from benchmarks.goals import GOALS, times_ours
from benchmarks.measure import ROOT
from benchmarks.scenarios import SCENARIOS
from tools.generated import replace_part

README: t.Final = ROOT / "benchmarks" / "README.md"
CHART: t.Final = ROOT / "benchmarks" / "chart.svg"
NOTHING: t.Final = "Not measured yet: `make bench`."
CHARTED: t.Final = {
    "calls": roster.EXTRACTION,
    "conversations": roster.EXTRACTION,
    "tables": roster.LOADING,
    "jobs": job_roster.JOBS,
}


def files(figures: Path) -> dict[Path, str]:
    """What README and chart should be.

    Args:
        figures: the file of figures; it need not exist.

    Returns:
        Paths and texts.
    """
    known: dict[str, t.Any] = json.loads(figures.read_text(encoding="utf-8")) if figures.is_file() else {}
    text = README.read_text(encoding="utf-8")
    for part, content in parts(known).items():
        text = replace_part(text, part, content, where="benchmarks/README.md")
    made = {README: text}
    if known:
        made[CHART] = drawing(known["scenarios"])
    return made


def parts(known: t.Mapping[str, t.Any]) -> dict[str, str]:
    """The generated parts of the README by name."""
    scenarios = known.get("scenarios", {})
    made = {"conditions": conditions(known) if known else NOTHING, "goals": goals(scenarios) if known else NOTHING}
    for scenario in SCENARIOS:
        measured = scenarios.get(scenario.key)
        made[scenario.key] = tabling.TABLES[scenario.key](measured["figures"]) if measured else NOTHING
    return made | {"contenders": contenders()}


def conditions(known: t.Mapping[str, t.Any]) -> str:
    """When, where and with what."""
    machine = known["machine"]
    rows = [
        ["machine", f"{machine['processor']}, {machine['cores']} cores, {machine['memory_gb']} GB"],
        ["system", f"{machine['system']}, Python {machine['python']}"],
    ]
    for environment, versions in known["versions"].items():
        rows.append([environment, ", ".join(f"{name} {version}" for name, version in versions.items())])
    for scenario in SCENARIOS:
        if measured := known["scenarios"].get(scenario.key):
            told = f"{measured['date']}, size {measured['size']}, at {measured['commit']}, "
            told += f"{measured['load_before']} processes wanted a core in the minute before"
            rows.append([scenario.key, told])
    return tabling.table(["", ""], rows)


def goals(scenarios: t.Mapping[str, t.Any]) -> str:
    """What was wanted and what came of it."""
    rows = []
    for goal in GOALS:
        verdict = goal.verdict(scenarios)
        bound = f"{'≤' if goal.at_most else '≥'} {goal.wanted:g}"
        measured = (
            ["-", "not measured"] if verdict is None else [f"{verdict[0]:.3g}", "yes" if verdict[1] else "**no**"]
        )
        rows.append([goal.text, bound, *measured])
    return tabling.table(["", "wanted", "measured", "reached"], rows)


def contenders() -> str:
    """Who takes part."""
    rows = []
    for heading, group in (
        ("extraction", roster.EXTRACTION),
        ("loading", roster.LOADING),
        ("jobs", job_roster.JOBS),
    ):
        for each in group:
            source = f" ([source]({each.source}))" if each.source else ""
            rows.append([f"{heading}: {each.title}{source}", each.does, each.undone])
    return tabling.table(["", "What comes out", "What it leaves undone"], rows)


def drawing(scenarios: t.Mapping[str, t.Any]) -> str:
    """The chart."""
    groups = []
    for scenario in SCENARIOS:
        if scenario.key not in CHARTED or scenario.key not in scenarios:
            continue
        figures = scenarios[scenario.key]["figures"]
        compared = figures if "contenders" in figures else next(iter(figures.values()))
        bars = [
            chart.Bar(each.title, times_ours(compared, each.key), each.ours)
            for each in CHARTED[scenario.key]
            if compared["contenders"].get(each.key, {}).get("median")
        ]
        groups.append(chart.Group(f"{scenario.title}: CPU seconds, times ours", tuple(bars)))
    return chart.svg("CPU seconds of each contender, as a multiple of ours", groups)
