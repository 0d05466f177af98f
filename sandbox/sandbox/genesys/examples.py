"""The rows of the documented examples, which are part of the data."""

from __future__ import annotations

import functools
import importlib.resources
import typing as t

import msgspec

Row = dict[str, t.Any]


@functools.cache
def examples() -> dict[str, t.Any]:
    """Everything in ``data/examples.json``; its ``about`` names the pages."""
    text = importlib.resources.files("sandbox.genesys").joinpath("data/examples.json").read_bytes()
    return t.cast("dict[str, t.Any]", msgspec.json.decode(text))


def example_id(number: int) -> str:
    """The made-up ids of the examples: ``00000000-0000-4000-8000-`` and a number written as it is read."""
    return f"00000000-0000-4000-8000-{number:012d}"
