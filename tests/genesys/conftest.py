"""A served sandbox whose clock stands still, and the tap with its credentials."""

from __future__ import annotations

import sys
import typing as t
from pathlib import Path

import pytest
from sandbox.testing import (
    GENESYS_CLIENT_ID,
    GENESYS_CLIENT_SECRET,
    GENESYS_REGION,
    SandboxProcess,
    start_sandbox,
)

sys.path.insert(0, str(Path(__file__).parent))  # `genesys_process`

if t.TYPE_CHECKING:
    from genesys_process import Tap

START, NOW = "2026-03-08", "2026-03-20T12:00:00Z"


@pytest.fixture
def sandbox() -> t.Iterator[SandboxProcess]:
    with start_sandbox(now=NOW, days=20, conversations_per_day=25, calls_per_day=1, frozen=True) as running:
        quick = {"job_queued_seconds": 0.0, "job_pending_seconds": 0.1}
        running.settings(genesys={"rate_per_minute": None, "route_rates": {"GET /api/v2/users": None}, **quick})
        yield running


@pytest.fixture
def tap(sandbox: SandboxProcess, tmp_path: Path) -> Tap:
    from genesys_process import Tap

    return Tap(
        tmp_path,
        {
            "client_id": GENESYS_CLIENT_ID,
            "client_secret": GENESYS_CLIENT_SECRET,
            "region": GENESYS_REGION,
            "api_url": sandbox.genesys_api_url,
            "auth_url": sandbox.genesys_login_url,
            "start_date": START,
            "job_poll_seconds": 0.05,
            "max_retries": 3,
        },
    )
