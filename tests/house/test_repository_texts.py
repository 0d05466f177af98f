"""What must not stand in any tracked text: addresses of package registries, and paths of somebody's machine."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

REGISTRY = re.compile(
    r"https?://[^\s\"'<>]*/simple(/|\b)|pythonhosted\.org|registry\.npmjs|https?://[^\s\"']*/packages/[0-9a-f]{2}/"
)
MACHINE = re.compile(r"(?<![\w.$})\]])/(work|root|tmp|home/\w+|Users/\w+)/[\w.]")
SECRET = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----|\bAKIA[0-9A-Z]{16}\b|\bghp_[0-9A-Za-z]{36}\b")


def texts() -> list[tuple[str, str]]:
    """Every tracked or new, not ignored, file that is text."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout.split("\0")  # fmt: skip
    found = []
    for name in filter(None, listed):
        try:
            found.append((name, (ROOT / name).read_text(encoding="utf-8")))
        except (UnicodeDecodeError, FileNotFoundError):
            continue
    return found


def hits(pattern: re.Pattern[str]) -> list[str]:
    return [
        f"{name}:{number}: {line.strip()[:120]}"
        for name, text in texts()
        for number, line in enumerate(text.splitlines(), 1)
        if pattern.search(line) and name != "tests/house/test_repository_texts.py"
    ]


def test_no_registry_address() -> None:
    assert hits(REGISTRY) == []


def test_no_path_of_a_machine() -> None:
    assert hits(MACHINE) == []


def test_no_key_material() -> None:
    assert hits(SECRET) == []


@pytest.mark.parametrize(
    ("pattern", "line"),
    [
        (REGISTRY, "--index-url https://index.example.org/{}".format("simple")),
        (REGISTRY, "source = {{ registry = 'https://mirror.example.org/all/{}/' }}".format("simple")),
        (MACHINE, "path = /{}/.cache".format("root")),
        (MACHINE, 'config = "/{}/me/project/config.json"'.format("home")),
    ],
)
def test_the_patterns_find_what_they_should(pattern: re.Pattern[str], line: str) -> None:
    assert pattern.search(line)


def test_constraints_hold_exact_versions_with_hashes_and_nothing_else() -> None:
    line = re.compile(r"^([a-z0-9][a-z0-9._-]*==\S+( ; .+)? \\|    --hash=sha256:[0-9a-f]{64}( \\)?)$")
    files = sorted((ROOT / "constraints").glob("*.txt"))
    assert sorted(file.stem for file in files) == sorted(file.stem for file in (ROOT / "constraints").glob("*.in"))
    wrong = [text for file in files for text in file.read_text(encoding="utf-8").splitlines() if not line.match(text)]
    assert wrong == []


def test_every_environment_has_the_same_duckdb() -> None:
    pinned = {
        file.stem: re.findall(r"^duckdb==(\S+)", file.read_text(encoding="utf-8"), re.MULTILINE)
        for file in (ROOT / "constraints").glob("*.txt")
    }
    assert pinned["workspace"] == pinned["dbt"] == ["1.5.5"]
