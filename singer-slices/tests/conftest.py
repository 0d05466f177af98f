"""Every test of the engine: the helper module of this folder, a frozen clock, signals and secrets put back."""

from __future__ import annotations

import datetime as dt
import signal
import sys
import typing as t
from pathlib import Path

import pytest
import time_machine
from singer_slices import redactor

sys.path.insert(0, str(Path(__file__).parent))  # `slices_fake`

NOW = dt.datetime(2026, 3, 10, 12, 0, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def _clock() -> t.Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture(autouse=True)
def _signals() -> t.Iterator[None]:
    """A tap takes over the signals of its process; here pytest wants them back."""
    kinds = (signal.SIGINT, signal.SIGTERM)
    before = [signal.getsignal(kind) for kind in kinds]
    yield
    for kind, handler in zip(kinds, before, strict=True):
        signal.signal(kind, handler)


@pytest.fixture(autouse=True)
def _secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test begins without secrets."""
    monkeypatch.setattr(redactor, "_spellings", [])


@pytest.fixture
def deadline() -> t.Iterator[None]:
    """A hang is a failure, not a lost build."""

    def too_late(signum: int, frame: t.Any) -> None:
        raise TimeoutError("the test hangs")

    before = signal.signal(signal.SIGALRM, too_late)
    signal.setitimer(signal.ITIMER_REAL, 60)
    yield
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)
