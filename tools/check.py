"""Everything that reads the code without running it: style, types, YAML."""

from __future__ import annotations

import subprocess
import sys
import time
import typing as t
from pathlib import Path

from tools.environments import members

ROOT = Path(__file__).resolve().parent.parent


def checks() -> t.Iterator[tuple[str, t.Callable[[], str]]]:
    """Names of checks, and what runs each: it returns what is wrong, or nothing."""
    yield "ruff check", lambda: run(["ruff", "check", "--quiet", "."])
    yield "ruff format", lambda: run(["ruff", "format", "--quiet", "--check", "."])
    yield "mypy --strict", lambda: run(*(["mypy", "--no-error-summary", *folders] for folders in type_checked()))
    yield "yamllint hub", lambda: run(["yamllint", "--strict", "-c", "hub/yamllint.yaml", "hub/_data"])


def type_checked() -> t.Iterator[list[str]]:
    """What mypy reads together: one package with its tests, or one folder of root tests, at a time.

    Test modules belong to no package, so two folders with a `conftest.py` each cannot be read in one run.
    """
    for folder in members():
        parts = [folder / folder.name.replace("-", "_"), folder / "tests"]
        yield [part.relative_to(ROOT).as_posix() for part in parts if any(part.rglob("*.py"))]
    yield ["tools", "orchestrate", "benchmarks"]
    for folder in sorted((ROOT / "tests").iterdir()):
        if any(folder.rglob("*.py")):
            yield [folder.relative_to(ROOT).as_posix()]


def run(*commands: t.Sequence[str]) -> str:
    """Run modules of this environment, all of them.

    Args:
        commands: Each a module and its arguments.

    Returns:
        The output of those that failed; empty when none did.
    """
    said: list[str] = []
    for command in commands:
        done = subprocess.run([sys.executable, "-m", *command], cwd=ROOT, capture_output=True, text=True, check=False)
        if done.returncode:
            said.append(f"$ {' '.join(command)}\n{done.stdout}{done.stderr}")
    return "".join(said)


def main() -> int:
    """Run every check, each to its end.

    Returns:
        0, or 1 when one failed.
    """
    failed = False
    for name, check in checks():
        started = time.monotonic()
        said = check()
        print(
            f"{'FAILED' if said else 'ok':<7} {name} ({time.monotonic() - started:.1f} s)\n{said}", end="", flush=True
        )
        failed |= bool(said)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
