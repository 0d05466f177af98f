"""Bars: how many times our CPU seconds each contender took."""

from __future__ import annotations

import dataclasses
import html
import typing as t

WIDTH: t.Final = 760
LEFT: t.Final = 250
RIGHT: t.Final = 90
BAR: t.Final = 18
STEP: t.Final = 26
HEAD: t.Final = 40
COLOURS: t.Final = {True: "#1f6feb", False: "#8b949e"}
STYLE: t.Final = "text{font:13px sans-serif;fill:#57606a} .head{font-weight:bold}"


@dataclasses.dataclass(frozen=True)
class Bar:
    """A contender of a group.

    Attributes:
        label: its name.
        times: its CPU seconds divided by ours.
        ours: whether it is ours.
    """

    label: str
    times: float
    ours: bool


@dataclasses.dataclass(frozen=True)
class Group:
    """A scenario."""

    title: str
    bars: tuple[Bar, ...]


def svg(title: str, groups: t.Sequence[Group]) -> str:
    """A drawing of groups of bars, each group with a scale of its own.

    Args:
        title: for people who cannot see it.
        groups: from top to bottom.
    """
    parts, top = [], 8
    for group in groups:
        parts.append(f'<text class="head" x="8" y="{top + 16}">{html.escape(group.title)}</text>')
        most = max(bar.times for bar in group.bars)
        for number, bar in enumerate(group.bars):
            parts += _bar(bar, top + HEAD - 12 + number * STEP, most)
        top += HEAD + len(group.bars) * STEP
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {top}" width="{WIDTH}" role="img">'
    return "\n".join([head, f"<title>{html.escape(title)}</title>", f"<style>{STYLE}</style>", *parts, "</svg>"]) + "\n"


def _bar(bar: Bar, top: int, most: float) -> list[str]:
    length = round((WIDTH - LEFT - RIGHT) * bar.times / most, 1)
    middle = top + BAR - 4
    times = f"{bar.times:.1f}"
    return [
        f'<text x="{LEFT - 8}" y="{middle}" text-anchor="end">{html.escape(bar.label)}</text>',
        f'<rect x="{LEFT}" y="{top}" width="{length}" height="{BAR}" fill="{COLOURS[bar.ours]}"/>',
        f'<text x="{LEFT + length + 6}" y="{middle}">{times}</text>',
    ]
