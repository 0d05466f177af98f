"""Shared fixtures: a present moment that stands still."""

from __future__ import annotations

import datetime as dt
import sys
import typing as t
from pathlib import Path

import pytest
import time_machine

sys.path.insert(0, str(Path(__file__).parent))  # the helpers beside the tests

NOW = dt.datetime(2026, 3, 10, 12, 0, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def _now() -> t.Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield
