"""`python -m benchmarks`: measure, and write figures, README and chart."""

from __future__ import annotations

import argparse
import dataclasses
import datetime as dt
import json
import sys
import time
import typing as t
from pathlib import Path

from benchmarks import machine
from benchmarks.measure import ROOT
from benchmarks.scenarios import SCENARIOS
from benchmarks.sizes import FULL, QUICK, SIZES, Sizes
from tools import generated

FIGURES: t.Final = ROOT / "benchmarks" / "figures.json"
QUICK_FIGURES: t.Final = ROOT / "output" / "benchmarks-quick.json"


def measure(size: Sizes, wanted: t.Collection[str], target: Path) -> None:
    """Measure scenarios one after another and write each down as soon as it is known.

    Args:
        size: how much.
        wanted: keys of scenarios; figures of others stay as they are in the file.
        target: the file of figures.
    """
    figures: dict[str, t.Any] = json.loads(target.read_text(encoding="utf-8")) if target.is_file() else {}
    target.parent.mkdir(parents=True, exist_ok=True)
    for scenario in SCENARIOS:
        if scenario.key not in wanted:
            continue
        print(f"==> {scenario.title}", flush=True)
        begun, load = time.monotonic(), machine.load_average()
        found = scenario.measure(size)
        figures |= {"machine": machine.machine(), "versions": machine.versions()}
        figures.setdefault("scenarios", {})[scenario.key] = {
            "size": size.name,
            "date": dt.datetime.now(dt.UTC).date().isoformat(),
            "commit": machine.commit(),
            "load_before": load,
            "seconds": round(time.monotonic() - begun),
            "figures": found,
        }
        target.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


def main(arguments: t.Sequence[str] | None = None) -> int:
    """Run the command line.

    Returns:
        0.
    """
    keys = [scenario.key for scenario in SCENARIOS]
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("scenarios", nargs="*", metavar="SCENARIO", help=f"some of: {', '.join(keys)}")
    sizes = f"how much (default: %(default)s); the figures of {QUICK.name} are not published"
    parser.add_argument("--size", choices=SIZES, default=FULL.name, help=sizes)
    parser.add_argument("--rounds", type=int, help="repetitions, instead of what the size says")
    parser.add_argument("--report", action="store_true", help="measure nothing, write README and chart anew")
    given = parser.parse_args(arguments)
    if unknown := set(given.scenarios) - set(keys):
        parser.error(f"no such scenario: {', '.join(sorted(unknown))} (there are: {', '.join(keys)})")
    quick = given.size == QUICK.name
    if not given.report:
        size, target = SIZES[given.size], QUICK_FIGURES if quick else FIGURES
        if given.rounds:
            size = dataclasses.replace(size, rounds=given.rounds)
        measure(size, given.scenarios or keys, target)
    return write_report() if given.report or not quick else 0


def write_report() -> int:
    """Write README and chart from the figures."""
    from benchmarks.report import files  # noqa: PLC0415  # nothing of it stays in the measuring process's memory

    return generated.write(files(FIGURES))


if __name__ == "__main__":
    sys.exit(main())
