"""The served process itself: its first line, its end, its clock, a large day, and connections that break."""

# ruff: noqa: S310  # only the addresses of a child process of these tests are opened
from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
import time
import typing as t
import urllib.request
from pathlib import Path

import pytest
from sandbox.testing import ACCESS_TOKEN, SandboxProcess, start_sandbox

SERVE = [sys.executable, "-m", "sandbox", "serve", "--max-seconds", "60"]


@pytest.fixture
def frozen_sandbox() -> t.Iterator[SandboxProcess]:
    with start_sandbox(now="2026-03-20T12:00:00Z", days=40, calls_per_day=30, frozen=True) as running:
        yield running


def ask(sandbox: SandboxProcess, method: str, **params: t.Any) -> t.Any:
    message = {"jsonrpc": "2.0", "id": 1, "method": method, "params": {"access_token": ACCESS_TOKEN, **params}}
    request = urllib.request.Request(
        sandbox.comagic_url, json.dumps(message).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=120) as response:
        return json.loads(response.read())


def started(*options: str) -> tuple[subprocess.Popen[bytes], dict[str, t.Any]]:
    process = subprocess.Popen([*SERVE, *options], stdout=subprocess.PIPE)
    assert process.stdout
    return process, json.loads(process.stdout.readline())


def test_it_says_where_it_is_and_accepts_connections_then() -> None:
    began = time.monotonic()
    process, line = started("--now", "2026-03-01T10:00:00+03:00", "--frozen")
    with process:
        took = time.monotonic() - began
        port = line["control"].split(":")[2].split("/")[0]
        with urllib.request.urlopen(line["control"] + "/clock", timeout=120) as response:
            date = response.headers["Date"]
        process.terminate()
        process.wait(120)
    assert line == {
        "comagic": f"http://127.0.0.1:{port}/comagic/v2.0",
        "amplitude": f"http://127.0.0.1:{port}/amplitude",
        "genesys_api": f"http://127.0.0.1:{port}/genesys/mypurecloud.de/api",
        "genesys_login": f"http://127.0.0.1:{port}/genesys/mypurecloud.de/login",
        "control": f"http://127.0.0.1:{port}/_sandbox",
        "now": "2026-03-01T07:00:00+00:00",
        "pid": process.pid,
    }
    assert date == "Sun, 01 Mar 2026 07:00:00 GMT"
    assert took < 60


def test_sigterm_ends_it_at_once_even_while_it_stalls() -> None:
    process, line = started()
    with process:
        stalled = SandboxProcess(line["comagic"], line["amplitude"], line["control"], line["pid"])
        stalled.fault(vendor="comagic", kind="stall", seconds=50)
        host = line["comagic"].split("/")[2]
        connection = http.client.HTTPConnection(host, timeout=120)
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "get.tags", "params": {}})
        connection.request("POST", "/comagic/v2.0", body, {"Content-Type": "application/json"})
        time.sleep(0.2)
        began = time.monotonic()
        process.send_signal(signal.SIGTERM)
        assert process.wait(120) == 0
        assert time.monotonic() - began < 30
        connection.close()


def test_it_ends_by_itself_after_its_time() -> None:
    process = subprocess.Popen([*SERVE[:-1], "0.3"], stdout=subprocess.PIPE)
    with process:
        assert process.wait(120) == 0


def is_running(pid: int) -> bool:
    """Whether a process exists and is more than a dead one that nobody has collected yet."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc")
def test_it_ends_when_the_parent_is_gone() -> None:
    command = [*SERVE, "--exit-with-parent"]
    script = f"import subprocess, time; subprocess.Popen({command!r}); time.sleep(60)"
    parent = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE)
    with parent:
        assert parent.stdout
        pid = json.loads(parent.stdout.readline())["pid"]
        assert is_running(pid)
        parent.kill()
        deadline = time.monotonic() + 120
        while is_running(pid) and time.monotonic() < deadline:
            time.sleep(0.05)
        left = is_running(pid)
        if left:
            os.kill(pid, signal.SIGKILL)
    assert not left


def test_broken_connections(frozen_sandbox: SandboxProcess) -> None:
    frozen_sandbox.fault(vendor="comagic", kind="reset")
    with pytest.raises(http.client.RemoteDisconnected):
        ask(frozen_sandbox, "get.tags")
    frozen_sandbox.fault(vendor="comagic", kind="truncated", close=True)
    with pytest.raises(http.client.IncompleteRead):
        ask(frozen_sandbox, "get.tags")
    frozen_sandbox.fault(vendor="comagic", kind="truncated")
    with pytest.raises(json.JSONDecodeError):
        ask(frozen_sandbox, "get.tags")
    frozen_sandbox.fault(vendor="comagic", kind="stall", seconds=0.5)
    began = time.monotonic()
    assert len(ask(frozen_sandbox, "get.tags")["result"]["data"]) == 8
    assert time.monotonic() - began >= 0.5
    assert [entry["fault"] for entry in frozen_sandbox.requests()] == ["reset", "truncated", "truncated", "stall"]


def test_the_helper_speaks_to_every_control_endpoint(frozen_sandbox: SandboxProcess) -> None:
    now = frozen_sandbox.clock()
    assert frozen_sandbox.advance(days=1, hours=2).isoformat() == "2026-03-21T14:00:00+00:00"
    assert frozen_sandbox.clock(now) == now
    assert frozen_sandbox.settings(limits={"minute": 1})["limits"]["minute"] == 1
    assert ask(frozen_sandbox, "get.tags")["result"]["metadata"]["limits"]["minute_remaining"] == 0
    assert ask(frozen_sandbox, "get.tags")["error"]["data"]["mnemonic"] == "limit_exceeded"
    assert [entry["outcome"] for entry in frozen_sandbox.requests()] == ["ok", "limit_exceeded"]
    frozen_sandbox.clear_requests()
    assert frozen_sandbox.requests() == []
    frozen_sandbox.volume("2026-03-10", 50)
    assert len(frozen_sandbox.truth("get.calls_report", "2026-03-10", "2026-03-11")) == 50
    frozen_sandbox.fault(vendor="comagic", kind="html", times=None)
    frozen_sandbox.clear_faults()
    assert frozen_sandbox.control("GET", "/faults") == []
    frozen_sandbox.clear_received()
    assert frozen_sandbox.received()["events"] == []
    with pytest.raises(ValueError, match="advance_days"):
        frozen_sandbox.control("POST", "/clock", {"tomorrow": True})


def test_a_day_of_more_than_can_be_reached_is_served(frozen_sandbox: SandboxProcess) -> None:
    from sandbox.comagic.fields import fields_of

    frozen_sandbox.volume("2026-03-01", 111_000)
    query = {
        "date_from": "2026-03-01 00:00:00",
        "date_till": "2026-03-01 23:59:59",
        "fields": list(fields_of("get.calls_report")),
        "sort": [{"field": "start_time"}],
        "limit": 10_000,
    }
    ask(frozen_sandbox, "get.calls_report", **{**query, "limit": 1})
    for offset in (50_000, 100_000):
        result = ask(frozen_sandbox, "get.calls_report", **query, offset=offset)["result"]
        assert (result["metadata"]["total_items"], len(result["data"])) == (111_000, 10_000)
