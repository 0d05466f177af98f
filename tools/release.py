"""Build the one package that a release tag names: `python -m tools.release tap-comagic-v0.1.0 --output dist`."""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tomllib
import typing as t
from pathlib import Path

from tools.environments import members

NEVER_PUBLISHED = {"sandbox"}
TAG = re.compile(r"^(?P<folder>[a-z][a-z-]*)-v(?P<version>\d+\.\d+\.\d+\S*)$")


class ReleaseError(Exception):
    """The tag names nothing that may be published; the message says why."""


def folder_for(tag: str) -> Path:
    """The package folder that a tag like `tap-comagic-v0.1.0` names.

    Args:
        tag: The tag.

    Returns:
        The folder, whose `pyproject.toml` has the tag's version.

    Raises:
        ReleaseError: The tag has another form, names no publishable package, or another version.
    """
    found = TAG.match(tag)
    publishable = {folder.name: folder for folder in members() if folder.name not in NEVER_PUBLISHED}
    if found is None or found["folder"] not in publishable:
        raise ReleaseError(f"{tag!r} is not <package>-v<version> with a package of: {', '.join(sorted(publishable))}")
    folder = publishable[found["folder"]]
    declared = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    if declared != found["version"]:
        raise ReleaseError(f"the tag says {found['version']}, {folder.name}/pyproject.toml says {declared}")
    return folder


def main(arguments: t.Sequence[str] | None = None) -> int:
    """Build a wheel and a source distribution with the build backend of this environment.

    Args:
        arguments: Words as on the command line.

    Returns:
        0, or 2 when the tag does not fit.
    """
    parser = argparse.ArgumentParser(prog="python -m tools.release", description=__doc__.splitlines()[0])
    parser.add_argument("tag")
    parser.add_argument("--output", type=Path, default=Path("dist"))
    given = parser.parse_args(arguments)
    try:
        folder = folder_for(given.tag)
    except ReleaseError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    build = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(given.output), str(folder)]
    subprocess.run(build, check=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
