"""A sandbox of one's own: started, asked and stopped. Standard library only."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import subprocess
import typing as t
import urllib.request
from pathlib import Path

Json = dict[str, t.Any]

REQUEST_TIMEOUT = 30
STOP_TIMEOUT = 10


class SandboxError(Exception):
    """The sandbox did not start or did not answer; the message says what it did say."""


class Sandbox:
    """A running sandbox.

    Attributes:
        comagic: Base URL for tap-comagic's `api_url`.
        amplitude: Base URL for target-amplitude's `api_url`.
        genesys_api: Base URL for tap-genesys's `api_url`.
        genesys_login: Base URL for its `auth_url`.
    """

    def __init__(self, addresses: Json) -> None:
        self.comagic = str(addresses["comagic"])
        self.amplitude = str(addresses["amplitude"])
        self.genesys_api = str(addresses["genesys_api"])
        self.genesys_login = str(addresses["genesys_login"])
        self._control = str(addresses["control"])

    def set_clock(self, now: dt.datetime) -> None:
        """Set the sandbox's own time.

        Args:
            now: With an offset.
        """
        self._ask("clock", {"now": now.isoformat()})

    def received(self) -> Json:
        """What Amplitude's side holds: `users` with their properties, `events`, `counts`."""
        return t.cast("Json", json.loads(self._ask("received")))

    def rows(self, method: str, date_from: str) -> list[Json]:
        """All rows of a CoMagic report, all fields, as the vendor would show them now.

        Args:
            method: The report, as `get.calls_report`.
            date_from: The first local day or time.
        """
        rows = self._ask(f"truth/comagic/{method}?date_from={date_from}&date_till=2100-01-01")
        return [json.loads(line) for line in rows.splitlines() if line]

    def genesys_rows(self, dataset: str, start: str) -> list[Json]:
        """All rows of a Genesys dataset, as the platform would show them now; conversations by their lifetime.

        Args:
            dataset: As `conversations`.
            start: The first UTC day.
        """
        rows = self._ask(f"truth/genesys/{dataset}?start={start}T00:00:00Z&match=lifetime")
        return [json.loads(line) for line in rows.splitlines() if line]

    def _ask(self, path: str, body: Json | None = None) -> bytes:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self._control}/{path}", data=data)  # noqa: S310 - our own loopback server
        request.add_header("Content-Type", "application/json")
        with urllib.request.urlopen(request, timeout=REQUEST_TIMEOUT) as answer:  # noqa: S310 - see above
            return t.cast("bytes", answer.read())


@contextlib.contextmanager
def serve(program: Path, log: Path, now: dt.datetime) -> t.Iterator[Sandbox]:
    """Start a sandbox, and stop it whatever happens.

    Args:
        program: The `sandbox` executable.
        log: The file its log goes to.
        now: Where its clock starts.

    Yields:
        The running sandbox.

    Raises:
        SandboxError: It did not come up.
    """
    command = [str(program), "serve", "--port", "0", "--now", now.isoformat(), "--exit-with-parent"]
    with log.open("ab") as errors:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors)
    try:
        yield Sandbox(_announcement(process, log))
    finally:
        process.terminate()
        try:
            process.wait(STOP_TIMEOUT)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdout:
            process.stdout.close()


def _announcement(process: subprocess.Popen[bytes], log: Path) -> Json:
    line = process.stdout.readline() if process.stdout else b""
    try:
        return t.cast("Json", json.loads(line))
    except ValueError:
        last = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()[-5:]
        raise SandboxError("the sandbox did not start:\n" + "\n".join(last)) from None
