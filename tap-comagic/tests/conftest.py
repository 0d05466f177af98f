"""The helper module of this folder, and a frozen clock."""

from __future__ import annotations

import datetime as dt
import sys
import time
import typing as t
from pathlib import Path

import pytest
import time_machine

sys.path.insert(0, str(Path(__file__).parent))  # `comagic_script`

if t.TYPE_CHECKING:
    from comagic_script import Clock

NOW = dt.datetime(2026, 3, 10, 12, 0, tzinfo=dt.UTC)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> t.Iterator[Clock]:
    """Time stands still until it is moved."""
    from comagic_script import Clock

    with time_machine.travel(NOW, tick=False) as wall:
        frozen = Clock(wall)
        monkeypatch.setattr(time, "monotonic", lambda: frozen.monotonic)
        yield frozen
