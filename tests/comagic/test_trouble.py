"""What goes wrong on the way: networks, quotas, signals, more rows than the vendor lets one read."""

from __future__ import annotations

import datetime as dt
import signal
import subprocess
import sys
import time
import typing as t

import pytest
from strict_rows import call, calls
from strict_vendor import Bucket, Vendor
from strict_wire import Fault

if t.TYPE_CHECKING:
    from tap_process import Run, Tap

REPORT = "get.calls_report"
HOUR = dt.timedelta(hours=1)
#: The tap with a reach of 40 + page_size rows: the vendor's own would take 110 000 rows a test.
SMALL_REACH = "import tap_comagic.streams.base as s, tap_comagic.tap as p; s.MAX_OFFSET = 40; p.TapComagic.cli()"

QUICK_RETRIES = "import singer_slices.transport as x, tap_comagic.tap as p; x._FIRST_WAIT = 0.01; p.TapComagic.cli()"


@pytest.fixture
def account(vendor: Vendor) -> Vendor:
    vendor.rows[REPORT] = calls(240, "2026-03-01 00:00:00", HOUR)
    return vendor


def all_ids(vendor: Vendor) -> list[int]:
    return [row["id"] for row in vendor.rows[REPORT]]


def test_troubles_that_pass(account: Vendor, tap: Tap) -> None:
    kinds: list[t.Any] = ["html", "truncated", "cut", "reset", "empty", "status"]
    bodies = {
        503: b'{"error": "upstream is gone"}',
        429: b'{"error": {"message": "slow down"}}',
        500: b'{"error": {"code": -32603, "message": "oops"}}',
        200: b'{"jsonrpc": "2.0", "id": 1}',
        202: b'{"jsonrpc": "2.0", "id": 1, "result": {"metadata": {}}}',
        203: b'"maintenance"',
        206: b'{"jsonrpc": "2.0", "id": 1, "result": {"data": ["no row"], "metadata": {}}}',
    }
    account.faults = [Fault(kind, REPORT, after=1) for kind in kinds]
    account.faults += [Fault("status", REPORT, after=1, status=status, body=body) for status, body in bodies.items()]
    tap.command = (sys.executable, "-c", QUICK_RETRIES)

    run = tap.run(page_size=20)

    assert run.exit_code == 0
    assert run.ids() == all_ids(account)
    assert not [fault for fault in account.faults if fault.times], "all of them happened"


def test_a_stalled_answer_is_given_up_and_asked_again(account: Vendor, tap: Tap) -> None:
    account.faults = [Fault("stall", REPORT, seconds=8)]

    run = tap.run(request_timeout=2)

    assert (run.exit_code, run.ids()) == (0, all_ids(account))
    assert account.outcomes(REPORT)[:2] == ["stall", "ok"]


def test_a_slice_that_fails_for_good_holds_the_bookmark(account: Vendor, tap: Tap) -> None:
    account.faults = [Fault("status", REPORT, after=2, times=3)]

    tap.command = (sys.executable, "-c", QUICK_RETRIES)

    run = tap.run(max_retries=2)

    assert run.exit_code == 3
    assert run.bookmark == "2026-03-05T00:00:00+03:00"
    assert run.ids() == [*all_ids(account)[:96], *all_ids(account)[144:]], "the slices after it are read all the same"
    assert "gave up after 3 tries: HTTP 502" in run.stream()["error"]

    again = tap.run(state=run.state, lookback_days=0)
    assert again.exit_code == 0
    assert again.ids() == all_ids(account)[96:]
    assert again.bookmark == "2026-03-11T00:00:00+03:00"


def test_retry_after(account: Vendor, tap: Tap) -> None:
    account.faults = [Fault("status", REPORT, after=1, status=429, headers={"Retry-After": "2"})]

    run = tap.run()

    assert (run.exit_code, run.ids()) == (0, all_ids(account))
    refused = next(index for index, seen in enumerate(account.seen) if seen.outcome == "status")
    assert 2.0 <= account.seen[refused + 1].at - account.seen[refused].at < 4.0


def test_a_retry_after_beyond_patience(account: Vendor, tap: Tap) -> None:
    account.faults = [Fault("status", REPORT, after=1, times=99, status=429, headers={"Retry-After": "3600"})]

    run = tap.run()

    assert run.exit_code == 4
    assert run.bookmark == "2026-03-03T00:00:00+03:00"
    assert account.outcomes(REPORT) == ["ok", "status"]


@pytest.mark.parametrize(("status", "headers"), [(307, {"Location": "https://elsewhere.example/v2.0"}), (404, {})])
def test_an_address_that_is_not_the_apis(account: Vendor, tap: Tap, status: int, headers: dict[str, str]) -> None:
    account.faults = [Fault("status", status=status, headers=headers, times=99)]

    run = tap.run()

    assert run.exit_code == 2
    assert account.outcomes() == ["status"], "a redirect is not followed: the token would go with it"
    assert "api_url must be the API's whole address" in run.summary["error"]
    assert headers.get("Location", "") in run.summary["error"]


def test_a_slash_at_the_end_of_the_address(account: Vendor, tap: Tap) -> None:
    assert tap.run(api_url=f"{account.url}/").ids() == all_ids(account)


def test_nobody_answers(account: Vendor, tap: Tap) -> None:
    run = tap.run(api_url="http://127.0.0.1:1/v2.0", max_retries=1)

    assert run.exit_code == 3
    assert "gave up after 2 tries" in run.stream()["error"]
    assert "refused" in run.stream()["error"]


# Quotas


@pytest.mark.parametrize("bucket", ["minute", "hour"])
def test_a_spent_bucket_is_waited_for_before_it_is_overdrawn(account: Vendor, tap: Tap, bucket: str) -> None:
    account.buckets = {bucket: Bucket(8, 1.7), "day": Bucket(3000, 40_000)}

    run = tap.run(page_size=24)

    assert (run.exit_code, run.ids()) == (0, all_ids(account))
    assert set(account.outcomes()) == {"ok"}, "what the vendor says about its limits is respected: nothing is refused"
    assert run.summary["waited_seconds"] > 1
    assert f"quota per {bucket} is used up" in run.stderr


@pytest.mark.parametrize("told", [True, False])
def test_points_that_somebody_else_spends(account: Vendor, tap: Tap, told: bool) -> None:
    """Another program with the same key empties the minute: the refusal is waited out."""
    account.buckets = {"minute": Bucket(30, 1.8)}
    account.error_metadata, account.error_status = told, 429 if told else 200

    def spend(vendor: Vendor) -> None:
        if len(vendor.calls(REPORT)) == 3:
            vendor.buckets["minute"].left = 0

    account.on_request = spend
    run = tap.run()

    assert (run.exit_code, run.ids()) == (0, all_ids(account))
    assert account.outcomes().count("limit_exceeded") == 1


def test_a_spent_day(account: Vendor, tap: Tap) -> None:
    account.buckets = {"minute": Bucket(60, 60.0), "day": Bucket(4, 40_000)}
    tap.streams = ("calls", "tags")
    started = time.monotonic()

    run = tap.run()

    assert run.exit_code == 4
    assert time.monotonic() - started < 60
    assert run.bookmark == "2026-03-07T00:00:00+03:00"
    assert run.ids() == all_ids(account)[:144]
    assert set(account.outcomes()) == {"ok"}
    assert "quota per day is spent" in run.summary["error"]
    assert {part["status"] for part in run.summary["streams"]} == {"incomplete"}

    account.buckets = {}
    again = tap.run(state=run.state, lookback_days=0)
    assert run.ids() + again.ids() == all_ids(account)


def test_a_day_that_was_spent_before(account: Vendor, tap: Tap) -> None:
    account.buckets = {"day": Bucket(0, 40_000)}

    run = tap.run()

    assert (run.exit_code, account.outcomes()) == (4, ["limit_exceeded"])


# The vendor's reach


def test_a_day_beyond_the_reach(account: Vendor, tap: Tap) -> None:
    account.rows[REPORT] += calls(400, "2026-03-05 10:00:00", dt.timedelta(seconds=7), first_id=10)
    tap.command = (sys.executable, "-c", SMALL_REACH)

    run = tap.run(page_size=10)

    assert run.exit_code == 0
    assert sorted(run.ids()) == sorted(all_ids(account))
    assert set(account.outcomes()) == {"ok"}
    assert max(seen.params["offset"] for seen in account.calls(REPORT)) <= 40
    times = [record["start_time"] for record in run.records()]
    assert times == sorted(times)
    assert run.stream()["difference"] == 0


def test_a_second_beyond_the_reach(account: Vendor, tap: Tap) -> None:
    account.rows[REPORT] += [call(index, "2026-03-05 10:30:00") for index in range(1, 61)]
    tap.command = (sys.executable, "-c", SMALL_REACH)

    run = tap.run(page_size=10)

    assert run.exit_code == 3
    assert set(all_ids(account)[:240]) <= set(run.ids()), "all the rest is read"
    assert run.bookmark == "2026-03-05T10:30:00+03:00"
    assert "2026-03-05 10:30:00 … 2026-03-05 10:30:01" in run.stream()["error"]
    assert run.stream()["status"] == "failed"


def test_an_interval_that_is_too_long_for_the_vendor(account: Vendor, tap: Tap) -> None:
    account.max_interval = dt.timedelta(days=3)

    run = tap.run(slice_days=10)

    assert (run.exit_code, run.ids()) == (0, all_ids(account))


# Signals


def begun(account: Vendor, requests: int, process: subprocess.Popen[str]) -> None:
    """Return as soon as the vendor has seen so many requests for calls."""
    while len(account.calls(REPORT)) < requests:
        assert process.poll() is None, "the run has ended before"
        time.sleep(0.005)


def last_state(run: Run) -> t.Any:
    return run.state if run.states() else None


@pytest.mark.parametrize("requests", [1, 6, 15])
def test_killed_and_run_again(account: Vendor, tap: Tap, requests: int) -> None:
    account.on_request = lambda _: time.sleep(0.01)
    process = tap.start(page_size=20)
    begun(account, requests, process)
    process.kill()
    killed = tap.finish(process)
    assert killed.exit_code == -signal.SIGKILL
    covered = (killed.bookmark or "2026-03-01")[:10]

    again = tap.run(state=last_state(killed), lookback_days=0)

    assert again.exit_code == 0
    written = [record for record in killed.records() if record["partition_date"] < covered]
    assert [record["id"] for record in written] + again.ids() == all_ids(account), "state never ahead of its records"


@pytest.mark.parametrize(("sent", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_stopped_and_run_again(account: Vendor, tap: Tap, sent: signal.Signals, code: int) -> None:
    account.faults = [Fault("stall", REPORT, after=3, seconds=5)]
    process = tap.start()
    begun(account, 4, process)
    process.send_signal(sent)
    stopped = tap.finish(process)

    assert stopped.exit_code == code
    assert stopped.bookmark == "2026-03-07T00:00:00+03:00"
    assert stopped.ids() == all_ids(account)[:144]
    assert stopped.stream()["status"] == "incomplete"

    again = tap.run(state=stopped.state, lookback_days=0)
    assert stopped.ids() + again.ids() == all_ids(account)


def test_stopped_while_waiting_for_points(account: Vendor, tap: Tap) -> None:
    account.buckets = {"minute": Bucket(4, 60.0)}
    process = tap.start()
    begun(account, 3, process)
    time.sleep(2)  # the third answer is read by then, on a busy machine as well
    process.send_signal(signal.SIGTERM)
    started = time.monotonic()
    stopped = tap.finish(process)

    assert time.monotonic() - started < 30
    assert (stopped.exit_code, stopped.bookmark) == (143, "2026-03-07T00:00:00+03:00")
