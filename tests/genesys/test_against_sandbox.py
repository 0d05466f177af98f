"""What lies in the warehouse is what the platform holds: after a first load, late changes, kills, and trouble."""

from __future__ import annotations

import typing as t

import pytest
from genesys_process import Row, Tap
from sandbox.testing import SandboxProcess

START = "2026-03-08"
JOBS = "POST /api/v2/analytics/conversations/details/jobs"
SETTLED = "2026-03-20T06:00:00Z"  # the lake trails by six hours
READ_UNTIL = "2026-03-20T11:50:00Z"
LATE = {"evaluations", "surveys"}  # inside a conversation they may come weeks later than any look-back


def alive(sandbox: SandboxProcess, until: str, **options: str) -> dict[tuple[str], Row]:
    """Every conversation whose lifetime touches the range of the runs, as the platform shows it."""
    rows = sandbox.genesys_truth("conversations", f"{START}T00:00:00Z", until, match="lifetime", **options)
    return {(row["conversationId"],): row for row in rows}


def without(row: Row, names: t.Collection[str] = LATE) -> Row:
    return {name: value for name, value in row.items() if name not in names}


def ended_by(rows: dict[tuple[str], Row], moment: str) -> dict[tuple[str], Row]:
    return {key: row for key, row in rows.items() if row.get("conversationEnd", "~") < moment}


def entries(sandbox: SandboxProcess, stream: str) -> dict[tuple[str, str], Row]:
    rows = sandbox.genesys_truth(stream, f"{START}T00:00:00Z", READ_UNTIL)
    return {(row["userId"], row["startTime"]): row for row in rows}


def test_everything_now_and_two_days_later(sandbox: SandboxProcess, tap: Tap) -> None:
    told = tap.run()
    assert told["exit_code"] == 0, tap.stderr
    truth = alive(sandbox, READ_UNTIL)
    assert tap.warehouse.rows("conversations").keys() == truth.keys()
    settled = ended_by(truth, "2026-03-20T00:00:00Z")
    assert len(settled) > 200
    read = tap.warehouse.rows("conversations")
    assert [key for key in settled if without(read[key]) != without(truth[key])] == []
    for stream in ("user_presence", "user_routing_status"):
        assert tap.warehouse.rows(stream) == entries(sandbox, stream)
    evaluators = {row["evaluatorUserId"] for row in _evaluators(tap)}
    scored = {
        (row["id"],): row
        for row in sandbox.genesys_truth("evaluations", f"{START}T00:00:00Z", READ_UNTIL)
        if row.get("evaluator", {}).get("id") in evaluators
    }
    assert tap.warehouse.rows("evaluations").keys() == scored.keys()
    assert len(scored) > 10
    forms = {(row["id"],): row for row in sandbox.genesys_truth("evaluation_forms")}
    assert tap.warehouse.rows("evaluation_forms") == forms
    assert tap.warehouse.bookmark("conversations") == "2026-03-20T06:00:00+00:00"
    assert tap.warehouse.bookmark("user_presence") == "2026-03-20T03:00:00+00:00"

    sandbox.advance(days=2)
    assert tap.run("conversations")["exit_code"] == 0, tap.stderr
    later = alive(sandbox, "2026-03-22T11:50:00Z")
    assert tap.warehouse.rows("conversations").keys() == later.keys()
    changed = [key for key in settled if without(settled[key]) != without(later[key])]
    assert changed, "the sandbox changes rows late"
    recent = [key for key in changed if later[key]["conversationStart"] > "2026-03-16"]
    assert [key for key in recent if without(tap.warehouse.rows("conversations")[key]) != without(later[key])] == []


def _evaluators(tap: Tap) -> list[Row]:
    state = tap.warehouse.state or {}
    return [part["context"] for part in state["bookmarks"]["evaluations"]["partitions"]]


@pytest.mark.parametrize("lines", [3, 120, 300])
def test_killed_and_run_again(sandbox: SandboxProcess, tap: Tap, lines: int) -> None:
    assert tap.run("conversations", "user_presence", kill_after=lines, slice_days={"conversations": 2}) == {}
    assert tap.run("conversations", "user_presence")["exit_code"] == 0, tap.stderr
    truth = alive(sandbox, READ_UNTIL)
    assert tap.warehouse.rows("conversations").keys() == truth.keys()
    assert tap.warehouse.rows("user_presence") == entries(sandbox, "user_presence")


@pytest.mark.parametrize("state", ["FAILED", "EXPIRED"])
def test_a_job_that_comes_to_nothing_is_submitted_once_more(sandbox: SandboxProcess, tap: Tap, state: str) -> None:
    sandbox.fault(vendor="genesys", method=JOBS, kind="genesys_job", state=state)
    assert tap.run("conversations")["exit_code"] == 0, tap.stderr
    assert tap.warehouse.rows("conversations").keys() == alive(sandbox, READ_UNTIL).keys()


def test_jobs_that_always_fail_hold_the_bookmark(sandbox: SandboxProcess, tap: Tap) -> None:
    sandbox.fault(vendor="genesys", method=JOBS, kind="genesys_job", times=None, message="out of order")
    told = tap.run("conversations")
    assert told["exit_code"] == 3
    assert "out of order" in told["streams"][0]["error"]
    assert tap.warehouse.bookmark("conversations") is None
    sandbox.clear_faults()
    assert tap.run("conversations")["exit_code"] == 0
    assert tap.warehouse.rows("conversations").keys() == alive(sandbox, READ_UNTIL).keys()


def test_a_missing_permission_costs_only_its_streams(sandbox: SandboxProcess, tap: Tap) -> None:
    sandbox.settings(genesys={"missing_permissions": ["analytics:userDetail:view"]})
    told = tap.run("conversations", "user_presence", "user_routing_status", "skills")
    assert told["exit_code"] == 3
    errors = {part["stream"]: part["error"] for part in told["streams"]}
    assert "analytics:userDetail:view" in errors["user_presence"]
    assert errors["conversations"] is errors["skills"] is None
    assert tap.warehouse.rows("conversations").keys() == alive(sandbox, READ_UNTIL).keys()
    known = ["user_presence", "user_routing_status"]
    assert tap.run("conversations", *known, known_unavailable=known)["exit_code"] == 0


def test_through_throttling_bad_gateways_and_dead_tokens(sandbox: SandboxProcess, tap: Tap) -> None:
    anything: Row = {"vendor": "genesys"}
    sandbox.fault(**anything, kind="genesys_token", after=3, times=1)
    sandbox.fault(**anything, kind="status", status=429, retry_after=1, after=5, times=1)
    sandbox.fault(**anything, kind="status", status=502, after=7, times=1)
    sandbox.fault(**anything, kind="truncated", after=9, times=1)
    sandbox.fault(**anything, kind="genesys_token", after=12, times=1)
    assert tap.run("conversations")["exit_code"] == 0, tap.stderr
    assert tap.warehouse.rows("conversations").keys() == alive(sandbox, READ_UNTIL).keys()


def test_a_wrong_secret_is_one_attempt(sandbox: SandboxProcess, tap: Tap) -> None:
    sandbox.clear_requests()
    told = tap.run("skills", client_secret="a-wrong-secret")
    assert told["exit_code"] == 2
    assert "check client_id, client_secret and region" in told["error"]
    assert "a-wrong-secret" not in tap.stderr
    assert len(sandbox.requests()) == 1
