"""Wheels of every package, a clone of the repository, and empty environments that only pip fills."""

from __future__ import annotations

import dataclasses
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tools.environments import members

ROOT = Path(__file__).resolve().parents[2]
CLEAN = {name: value for name, value in os.environ.items() if name not in {"VIRTUAL_ENV", "PYTHONPATH", "PYTHONHOME"}}


@dataclasses.dataclass(frozen=True)
class Outside:
    """A folder outside the workspace with one pip and as many empty environments as are asked for.

    Attributes:
        folder: The folder.
        constraints: The workspace's versions without hashes, which pip refuses beside requirements that have none.
    """

    folder: Path
    constraints: Path

    def run(self, *command: str | Path) -> str:
        """Run a program in the folder, which must succeed, and return its standard output."""
        words = [str(word) for word in command]
        done = subprocess.run(words, cwd=self.folder, env=CLEAN, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{words} ended with {done.returncode}:\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def environment(self, name: str) -> Path:
        """Make an empty environment.

        Returns:
            Its folder of programs.
        """
        self.run(sys.executable, "-m", "venv", "--without-pip", self.folder / name)
        return self.folder / name / "bin"

    def pip_install(self, programs: Path, *arguments: str | Path) -> None:
        """Install with pip into an environment, in the versions of the workspace, so that pip need not search."""
        pip = (self.folder / "pip" / "bin" / "python", "-m", "pip", "--python", programs / "python")
        quiet = ("install", "--quiet", "--no-compile", "--disable-pip-version-check", "--constraint", self.constraints)
        self.run(*pip, *quiet, *arguments)


@pytest.fixture(scope="session")
def outside(tmp_path_factory: pytest.TempPathFactory) -> Outside:
    folder = tmp_path_factory.mktemp("outside")
    subprocess.run([sys.executable, "-m", "venv", folder / "pip"], check=True)
    pinned = (ROOT / "constraints" / "workspace.txt").read_text(encoding="utf-8")
    constraints = folder / "constraints.txt"
    versions = re.findall(r"^(\S+==.+?) \\$", pinned, re.MULTILINE)
    constraints.write_text("\n".join(versions) + "\n", encoding="utf-8")
    return Outside(folder, constraints)


@pytest.fixture(scope="session")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel of every package of the workspace."""
    folder = tmp_path_factory.mktemp("wheels")
    builds = [
        subprocess.Popen(
            [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(package)],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        for package in members()
    ]
    for build in builds:
        said, _ = build.communicate(timeout=600)
        assert build.returncode == 0, said.decode(errors="replace")
    return folder


@pytest.fixture(scope="session")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clone of the repository's last commit."""
    folder = tmp_path_factory.mktemp("clone") / "switchboard"
    subprocess.run(["git", "clone", "--quiet", ROOT, folder], check=True)
    return folder
