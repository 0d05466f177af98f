"""Create the environments of this repository from `constraints/` with nothing but Python and pip.

Run with any Python 3.11 or later that has `venv` and `pip`, standard library only:

    python3 -m tools.environments workspace meltano dbt plugins

Each environment keeps a fingerprint of what it was made from (constraint file, package metadata, Python), so that a
warm call costs milliseconds and a changed constraint rebuilds exactly what it touches.

| name | folder | holds |
| --- | --- | --- |
| `uv` | `.uv` | uv itself, where the PATH has none of the pinned version |
| `workspace` | `.venv` | development dependencies and every package of the workspace, editable |
| `meltano` | `.venv-meltano` | Meltano |
| `dbt` | `.venv-dbt` | dbt with its DuckDB adapter, for tests without Meltano |
| `plugins` | `.meltano` | the plugins that the jobs run, installed by Meltano |
| `bench`, `bench-…` | `.venv-bench…` | what `make bench` measures beside ours; made only when named |
"""

from __future__ import annotations

import argparse
import dataclasses
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tomllib
import typing as t
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CONSTRAINTS = ROOT / "constraints"
COMPILED = {"UV_COMPILE_BYTECODE": "1"}
"""Compile on installation: the demonstration and the tests start these programs hundreds of times. Python keeps what it
compiled only where it may write, and never under PYTHONDONTWRITEBYTECODE, which images of containers like to set; dbt
and Meltano then take twice as long to start.
"""
JOB_PLUGINS = ("tap-comagic", "tap-genesys", "tap-duckdb", "target-duckdb", "target-amplitude", "dbt")
"""What the jobs need. The drop-in sources of `meltano.yml` are installed by whoever uses them."""


class SetupError(Exception):
    """An environment cannot be made; the message says what to change."""


@dataclasses.dataclass(frozen=True)
class Environment:
    """One virtual environment.

    Attributes:
        folder: Where it lies, below the root.
        constraints: The stem of its file in `constraints/`.
        with_packages: Whether the workspace's packages are installed into it.
        on_demand: Whether it is made only when it is named.
    """

    folder: str
    constraints: str
    with_packages: bool = False
    on_demand: bool = False

    @property
    def path(self) -> Path:
        """The environment's folder."""
        return ROOT / self.folder

    @property
    def requirements(self) -> Path:
        """The file of exact versions and hashes the environment is made from."""
        return CONSTRAINTS / f"{self.constraints}.txt"


ENVIRONMENTS: dict[str, Environment] = {
    "workspace": Environment(".venv", "workspace", with_packages=True),
    "meltano": Environment(".venv-meltano", "meltano"),
    "dbt": Environment(".venv-dbt", "dbt"),
    "bench": Environment(".venv-bench", "bench", on_demand=True),
    "bench-dlt": Environment(".venv-bench-dlt", "bench-dlt", on_demand=True),
    "bench-airbyte": Environment(".venv-bench-airbyte", "bench-airbyte", on_demand=True),
    "bench-loader": Environment(".venv-bench-loader", "bench-loader", on_demand=True),
}


def members() -> list[Path]:
    """The folders of the workspace's packages, in the order `pyproject.toml` names them.

    Returns:
        Absolute folders, siblings that others depend on first.
    """
    workspace = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["uv"]["workspace"]
    return [ROOT / name for name in workspace["members"]]


def executable(folder: Path, name: str) -> Path:
    """The path of a program inside a virtual environment, on every system."""
    return folder / ("Scripts" if os.name == "nt" else "bin") / name


def run(command: t.Sequence[str | Path], *, env: dict[str, str] | None = None, cwd: Path = ROOT) -> None:
    """Run a command; its output goes to ours only when it fails.

    Args:
        command: Program and arguments.
        env: Variables to add to the environment.
        cwd: Working folder.

    Raises:
        SetupError: The command failed; the message holds its output.
    """
    words = [str(word) for word in command]
    done = subprocess.run(
        words, cwd=cwd, env=os.environ | (env or {}), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
    )
    if done.returncode:
        said = done.stdout.decode(errors="replace").strip()
        raise SetupError(f"{' '.join(words)}\nended with {done.returncode}:\n{said}")


def fingerprint(*files: Path, extra: str = "") -> str:
    """A digest of the files' names and contents, the Python in use, and `extra`."""
    digest = hashlib.sha256(f"{sys.version_info[:3]} {extra}".encode())
    for file in files:
        digest.update(file.relative_to(ROOT).as_posix().encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()


def is_current(stamp: Path, wanted: str) -> bool:
    """Whether the stamp file holds the wanted fingerprint."""
    return stamp.is_file() and stamp.read_text(encoding="utf-8") == wanted


def pinned_uv_version() -> str:
    """The version of uv in `constraints/uv.txt`."""
    text = (CONSTRAINTS / "uv.txt").read_text(encoding="utf-8")
    found = re.search(r"^uv==(\S+)", text, re.MULTILINE)
    if found is None:
        raise SetupError("constraints/uv.txt names no uv; run `make constraints`")
    return found.group(1)


def uv() -> Path:
    """The pinned uv: from the PATH, else from `.uv/`, which is made with pip first.

    Returns:
        The path of the executable.

    Raises:
        SetupError: Neither a uv nor pip and venv are there.
    """
    wanted = pinned_uv_version()
    on_path = shutil.which("uv")
    for candidate in (executable(ROOT / ".uv", "uv"), Path(on_path) if on_path else None):
        if candidate and candidate.is_file() and _version_of(candidate) == wanted:
            return candidate
    return _install_uv(wanted)


def _version_of(program: Path) -> str | None:
    answer = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)
    words = answer.stdout.split()
    return words[1] if len(words) > 1 else None


def _install_uv(version: str) -> Path:
    print(f"==> uv {version} into .uv/", flush=True)
    home = ROOT / ".uv"
    shutil.rmtree(home, ignore_errors=True)
    try:
        run([sys.executable, "-m", "venv", home])
    except SetupError as error:
        raise SetupError(
            f"{error}\nPython's venv module does not work here. On Debian and Ubuntu: apt install python3-venv"
        ) from error
    pip: list[str | Path] = [
        executable(home, "python"),
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
    ]
    run([*pip, "--require-hashes", "-r", CONSTRAINTS / "uv.txt"])
    return executable(home, "uv")


def make_environment(name: str) -> None:
    """Bring one environment in step with its constraint file, or do nothing where it is.

    Args:
        name: A key of `ENVIRONMENTS`.

    Raises:
        SetupError: uv could not make it.
    """
    environment = ENVIRONMENTS[name]
    packages = members() if environment.with_packages else []
    metadata = (folder / "pyproject.toml" for folder in packages)
    wanted = fingerprint(environment.requirements, *metadata, extra=str(COMPILED))
    stamp = environment.path / ".fingerprint"
    if is_current(stamp, wanted):
        return
    print(f"==> {environment.folder} from constraints/{environment.constraints}.txt", flush=True)
    python = executable(environment.path, "python")
    if not python.is_file():
        run([uv(), "venv", "--quiet", "--python", sys.executable, environment.path])
    pip: list[str | Path] = [uv(), "pip"]
    target = COMPILED | {"VIRTUAL_ENV": str(environment.path)}
    run([*pip, "sync", "--quiet", "--require-hashes", environment.requirements], env=target)
    if packages:
        editable: list[str | Path] = [word for folder in packages for word in ("--editable", folder)]
        # hatchling is among the constraints: building needs no further download.
        run([*pip, "install", "--quiet", "--no-deps", "--no-build-isolation", *editable], env=target)
        run([python, "-m", "compileall", "-q", "-x", r"[/\\]tests[/\\]", *packages])
    run([*pip, "check", "--quiet"], env=target)
    stamp.write_text(wanted, encoding="utf-8")


def make_plugins() -> None:
    """Let Meltano install the plugins of the jobs, or do nothing where they are in step with `meltano.yml`."""
    make_environment("meltano")
    sources = [ROOT / "meltano.yml", *sorted(CONSTRAINTS.glob("*.txt"))]
    wanted = fingerprint(*sources, *(folder / "pyproject.toml" for folder in members()), extra=str(COMPILED))
    stamp = ROOT / ".meltano" / "plugins.fingerprint"
    if is_current(stamp, wanted):
        return
    print(f"==> .meltano: {', '.join(JOB_PLUGINS)}", flush=True)
    meltano = executable(ENVIRONMENTS["meltano"].path, "meltano")
    run([meltano, "install", *JOB_PLUGINS], env=COMPILED)
    stamp.write_text(wanted, encoding="utf-8")


def compile_constraints() -> None:
    """Resolve every `constraints/*.in` anew into exact versions with hashes, without addresses or paths."""
    for source in sorted(CONSTRAINTS.glob("*.in")):
        print(f"==> constraints/{source.stem}.txt", flush=True)
        options = ["--universal", "--generate-hashes", "--python-version", "3.11", "--no-header", "--no-annotate"]
        silent = ["--quiet", "--no-emit-index-url", "--no-emit-find-links", "--upgrade"]
        output = ["--output-file", source.with_suffix(".txt").name]
        run([uv(), "pip", "compile", *options, *silent, source.name, *output], cwd=CONSTRAINTS)


def usual() -> list[str]:
    """What is made when nothing is named: all that demonstration, tests and documentation need."""
    return [*(name for name, environment in ENVIRONMENTS.items() if not environment.on_demand), "plugins"]


def main(arguments: t.Sequence[str] | None = None) -> int:
    """Make what the arguments name; with none, what is usual.

    Args:
        arguments: Words as on the command line.

    Returns:
        0, or 2 when an environment cannot be made.
    """
    parser = argparse.ArgumentParser(prog="python3 -m tools.environments", description=__doc__.splitlines()[0])
    choices = [*ENVIRONMENTS, "plugins", "constraints"]
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one or more of: {', '.join(choices)}")
    names = parser.parse_args(arguments).names or usual()
    unknown = [name for name in names if name not in choices]
    if unknown:
        parser.error(f"no such environment: {', '.join(unknown)} (there are: {', '.join(choices)})")
    try:
        for name in names:
            _make(name)
    except SetupError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


def _make(name: str) -> None:
    match name:
        case "plugins":
            make_plugins()
        case "constraints":
            compile_constraints()
        case _:
            make_environment(name)


if __name__ == "__main__":
    sys.exit(main())
