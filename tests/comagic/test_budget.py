"""The vendor's minute as the bottleneck: nothing is refused, and hardly anything of what is allowed is left unused."""

from __future__ import annotations

import datetime as dt
import typing as t
from pathlib import Path

import pytest
from sandbox.testing import ACCESS_TOKEN, start_sandbox
from tap_process import Tap

LIMIT = 20


@pytest.mark.parametrize("workers", [1, 6])
def test_a_small_minute_is_used_up_and_never_overdrawn(tmp_path: Path, workers: int) -> None:
    """33 days in slices of one, and the zone: more than one minute's points, fewer than two minutes'."""
    with start_sandbox(seed=5, now="2026-06-15T12:00:38+03:00") as sandbox:
        sandbox.settings(limits={"minute": LIMIT, "hour": None, "day": None})
        config = {"api_url": sandbox.comagic_url, "access_token": ACCESS_TOKEN, "start_date": "2026-05-13"}
        reading = Tap(tmp_path, {**config, "end_date": "2026-06-15", "slice_days": 1, "timezone": "Europe/Moscow"}, ())
        run = reading.run(max_parallel_requests=workers)
        entries: list[dict[str, t.Any]] = sandbox.requests()
    assert run.exit_code == 0
    assert {entry["outcome"] for entry in entries} == {"ok"}
    assert len(run.records()) > 0
    times = [dt.datetime.fromisoformat(entry["time"]) for entry in entries]
    border = times[0].replace(second=0, microsecond=0) + dt.timedelta(minutes=1)
    before = [moment for moment in times if moment < border]
    after = [moment for moment in times if moment >= border]
    assert len(before) == LIMIT, "the first minute is used up"
    assert after[0] - border <= dt.timedelta(seconds=3), "at most a twentieth of a minute is waited too long"
    assert after[-1] - after[0] <= dt.timedelta(seconds=10), "the new points are there to be used"
