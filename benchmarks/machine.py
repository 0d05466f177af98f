"""Where and with what the figures were measured."""

from __future__ import annotations

import os
import platform
import re
import subprocess
import typing as t
from pathlib import Path

from tools.environments import ENVIRONMENTS, ROOT

SHOWN: t.Final = {
    "workspace": ("singer-sdk", "msgspec", "duckdb", "requests", "urllib3"),
    "bench": ("singer-sdk", "requests", "orjson"),
    "bench-dlt": ("dlt", "duckdb", "pyarrow", "orjson"),
    "bench-airbyte": ("airbyte-cdk", "orjson"),
    "bench-loader": ("target-duckdb", "duckdb"),
    "meltano": ("meltano",),
}
"""The distributions of each environment whose version matters."""


def machine() -> dict[str, t.Any]:
    """Processor, cores, memory, system and Python."""
    pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "memory_gb": round(pages / 1e9),
        "system": f"{platform.system()} {platform.release().split('-')[0]}",
        "python": platform.python_version(),
    }


def _processor() -> str:
    try:
        found = re.search(r"^model name\s*: (.+)$", Path("/proc/cpuinfo").read_text(encoding="utf-8"), re.MULTILINE)
    except OSError:
        found = None
    return found[1] if found else platform.processor() or platform.machine()


def load_average() -> float:
    """What else the machine does: processes that wanted a core in the last minute."""
    return round(os.getloadavg()[0], 1)


def versions() -> dict[str, dict[str, str]]:
    """By environment, the versions that its constraints name."""
    return {environment: _pinned(environment, names) for environment, names in SHOWN.items()}


def _pinned(environment: str, names: t.Sequence[str]) -> dict[str, str]:
    text = ENVIRONMENTS[environment].requirements.read_text(encoding="utf-8")
    return {name: found[1] for name in names if (found := re.search(rf"^{name}==(\S+)", text, re.MULTILINE))}


def commit() -> str:
    """The commit that was measured."""
    words = ["git", "describe", "--always", "--dirty"]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout.strip()
