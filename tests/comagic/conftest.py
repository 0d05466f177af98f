"""Real `tap-comagic` processes against a strict vendor of these tests' own, and against the sandbox."""

from __future__ import annotations

import datetime as dt
import sys
import typing as t
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))  # the helper modules of this folder

if t.TYPE_CHECKING:
    from strict_vendor import Vendor
    from tap_process import Tap


@pytest.fixture
def vendor() -> t.Iterator[Vendor]:
    """A strict vendor with no rows yet."""
    from strict_vendor import Vendor, serving

    with serving(Vendor()) as running:
        yield running


@pytest.fixture
def tap(tmp_path: Path, vendor: Vendor) -> Tap:
    """The tap with a permanent key, reading calls of March 2026 from the strict vendor."""
    from strict_vendor import KEY, SECRETS
    from tap_process import Tap

    config = {
        "api_url": vendor.url,
        "access_token": KEY,
        "start_date": "2026-03-01",
        "end_date": "2026-03-11",
        "slice_days": 2,
        "max_parallel_requests": 1,  # these tests count requests
        "max_retries": 2,
        "request_timeout": 5,
    }
    return Tap(tmp_path, config, SECRETS)


@pytest.fixture
def hour() -> dt.timedelta:
    return dt.timedelta(hours=1)
