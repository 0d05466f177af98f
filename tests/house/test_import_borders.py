"""Who may import whom. Read from the syntax trees, so a lazy import inside a function counts too."""

from __future__ import annotations

import ast
import importlib.metadata
import re
import sys
import tomllib
import typing as t
from pathlib import Path

import pytest

from tools.connectors import CONNECTORS
from tools.environments import members

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = {folder.name: folder for folder in members()}
OURS = {name.replace("-", "_") for name in PACKAGES}
ENGINES = {"tap": "singer_slices", "target": "singer_spool"}


def allowed(package: str) -> set[str]:
    """Which of our packages a package may import beside itself: a connector its engine, everything else none."""
    engine = ENGINES.get(package.partition("-")[0])
    return {engine} if engine else set()


def imported(file: Path) -> set[str]:
    """Top-level names of everything that a module imports absolutely."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            names.add(node.module.split(".")[0])
    return names


def modules(*folders: Path) -> t.Iterator[Path]:
    for folder in folders:
        yield from sorted(folder.rglob("*.py"))


@pytest.mark.parametrize("package", PACKAGES)
def test_a_package_and_its_tests_stay_inside_their_borders(package: str) -> None:
    folder, own = PACKAGES[package], package.replace("-", "_")
    files = list(modules(folder / own, folder / "tests"))
    assert files, f"{package} has no modules"
    borders = OURS - allowed(package) - {own}
    crossed = {file.relative_to(ROOT).as_posix(): imported(file) & borders for file in files}
    assert {name: found for name, found in crossed.items() if found} == {}


@pytest.mark.parametrize("package", PACKAGES)
def test_a_package_declares_what_it_imports(package: str) -> None:
    folder, own = PACKAGES[package], package.replace("-", "_")
    project = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    declared = {_plain(re.split(r"[\s\[<>=~!;]", need, maxsplit=1)[0]) for need in project.get("dependencies", ())}
    providers = importlib.metadata.packages_distributions()
    undeclared = {
        name
        for file in modules(folder / own)
        for name in imported(file) - set(sys.stdlib_module_names) - {own}
        if not {_plain(one) for one in providers.get(name, (name,))} & declared
    }
    assert undeclared == set()


def _plain(distribution: str) -> str:
    return re.sub(r"[-_.]+", "-", distribution).lower()


def test_the_sandbox_and_the_engines_are_nobodys_connector() -> None:
    assert {connector.name for connector in CONNECTORS} == {
        name for name in PACKAGES if name.startswith(("tap-", "target-"))
    }


def test_every_package_is_typed_and_licensed_alike() -> None:
    for name, folder in PACKAGES.items():
        project = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))["project"]
        assert (project["requires-python"], project["license"]) == (">=3.11", "Apache-2.0"), name
        assert (folder / name.replace("-", "_") / "py.typed").is_file(), name
        assert (folder / "README.md").is_file(), name
