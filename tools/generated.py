"""Files that tools make: write them, or say how they differ from what they should be."""

from __future__ import annotations

import difflib
import re
import typing as t
from pathlib import Path

from tools.connectors import ROOT


def write(files: t.Mapping[Path, str]) -> int:
    """Write every file whose text differs and name it.

    Args:
        files: Paths and the texts they should have.

    Returns:
        0, for `sys.exit`.
    """
    for path, text in files.items():
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
            print(f"wrote {path.relative_to(ROOT).as_posix()}")
    return 0


def differences(files: t.Mapping[Path, str]) -> str:
    """A unified diff from what stands on disk to what should stand there; empty when all is up to date.

    Args:
        files: Paths and the texts they should have.

    Returns:
        The diff's text.
    """
    lines: list[str] = []
    for path, text in files.items():
        name = path.relative_to(ROOT).as_posix()
        now = path.read_text(encoding="utf-8") if path.is_file() else ""
        lines += difflib.unified_diff(
            now.splitlines(keepends=True), text.splitlines(keepends=True), f"{name} (now)", f"{name} (generated)"
        )
    return "".join(lines)


def replace_part(text: str, part: str, content: str, *, where: str) -> str:
    """Put `content` between the markers of a part, whatever stood there.

    The markers are lines that hold `begin generated: <part>` and `end generated: <part>` in a comment of the file's
    kind; the content is indented like the marker.

    Args:
        text: The file's text.
        part: The part's name.
        content: The lines to put there, without indentation.
        where: The file's name, for the message.

    Returns:
        The new text.

    Raises:
        ValueError: The text does not hold the pair of markers exactly once.
    """
    begin = rf"^(?P<indent> *)(?P<begin>\S+ begin generated: {re.escape(part)}\b.*\n)"
    end = rf"(?P<end> *\S+ end generated: {re.escape(part)}\b)"
    pattern = re.compile(rf"{begin}(?:.*\n)*?{end}", re.MULTILINE)
    if len(pattern.findall(text)) != 1:
        raise ValueError(f"{where} should hold the lines `begin generated: {part}` and `end generated: {part}` once")

    def put(found: re.Match[str]) -> str:
        indent = found["indent"]
        body = "".join(f"{indent}{line}\n" if line else "\n" for line in content.splitlines())
        return f"{indent}{found['begin']}{body}{found['end']}"

    return pattern.sub(put, text)
