"""A pytest plugin, so that any test may have a sandbox of its own by naming a fixture.

It also settles which ``sandbox`` is meant: the project's folder has the package's name, and pytest would take the
folder for a namespace package if it came upon ``sandbox/tests`` before anything had imported the package.
"""

from __future__ import annotations

import typing as t

import pytest

from sandbox.testing import SandboxProcess, start_sandbox

NOW: t.Final = "2026-03-20T12:00:00+00:00"


@pytest.fixture
def frozen_sandbox() -> t.Iterator[SandboxProcess]:
    """A served sandbox whose clock stands at noon UTC of 2026-03-20, with 40 days of calls before it."""
    with start_sandbox(now=NOW, days=40, calls_per_day=30, frozen=True) as running:
        yield running
