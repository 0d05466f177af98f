"""How long programs take to begin, and which packages they import meanwhile."""

from __future__ import annotations

import collections
import os
import re
import statistics
import subprocess
import tempfile
import typing as t
from pathlib import Path

from benchmarks.measure import ROOT, Command, run
from benchmarks.roster import program

IMPORT_LINE: t.Final = re.compile(r"^import time:\s+(\d+) \|\s+\d+ \| +([\w.]+)", re.MULTILINE)
IMPORTED: t.Final = {
    "tap-comagic": "tap_comagic.tap",
    "target-duckdb": "target_duckdb.target",
    "singer-sdk": "singer_sdk",
}
MOST_PACKAGES: t.Final = 12


def starts(repetitions: int) -> dict[str, t.Any]:
    """Medians of starting what has no work to do.

    Args:
        repetitions: how often each.

    Returns:
        By command line, CPU and wall seconds; by program, milliseconds of importing by package.
    """
    lines: dict[str, list[str | Path]] = {
        "python -c pass": [program("workspace", "python"), "-c", "pass"],
        "import singer_sdk": [program("workspace", "python"), "-c", "import singer_sdk"],
        **{f"tap-comagic {flag}": [program("workspace", "tap-comagic"), flag] for flag in ("--version", "--discover")},
        "target-duckdb --version": [program("workspace", "target-duckdb"), "--version"],
    }
    return {
        "commands": {name: _median(words, repetitions) for name, words in lines.items()},
        "imports": {name: _imports(module) for name, module in IMPORTED.items()},
    }


def _median(words: list[str | Path], repetitions: int) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "log"
        costs = [run([Command(str(words[0]), words)], log) for _ in range(repetitions + 1)][1:]  # the first warms up
    return {name: round(statistics.median(getattr(each, name) for each in costs), 3) for name in ("cpu", "wall")}


def _imports(module: str) -> dict[str, float]:
    """Milliseconds of a module's import, by the package whose own code took them."""
    words = [str(program("workspace", "python")), "-X", "importtime", "-c", f"import {module}"]
    done = subprocess.run(words, cwd=ROOT, env=os.environ, capture_output=True, text=True, check=True)
    spent: collections.Counter[str] = collections.Counter()
    for microseconds, name in IMPORT_LINE.findall(done.stderr):
        spent[name.split(".")[0]] += int(microseconds)
    greatest = spent.most_common(MOST_PACKAGES)
    rest = spent.total() - sum(each for _, each in greatest)
    return {name: round(each / 1_000, 1) for name, each in [*greatest, ("everything else", rest)]}
