"""A sandbox for tests: a real child process on a free port, stopped when the block ends."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import selectors
import subprocess
import sys
import typing as t
import urllib.parse
import urllib.request

import msgspec

LOGIN: t.Final = "sandbox@example.test"
PASSWORD: t.Final = "sandbox-password"  # noqa: S105  # a documented, obviously fake credential
ACCESS_TOKEN: t.Final = "sandbox-access-token"  # noqa: S105  # as above
AGENCY_TOKEN: t.Final = "sandbox-agency-token"  # noqa: S105  # as above
AMPLITUDE_API_KEY: t.Final = "sandbox-api-key"
GENESYS_CLIENT_ID: t.Final = "sandbox-client-id"
GENESYS_CLIENT_SECRET: t.Final = "sandbox-client-secret"  # noqa: S105  # as above
GENESYS_REGION: t.Final = "mypurecloud.de"

START_TIMEOUT_SECONDS: t.Final = 20.0
STOP_TIMEOUT_SECONDS: t.Final = 5.0


class SandboxStartError(RuntimeError):
    """The child process did not say where it listens."""


@dataclasses.dataclass(frozen=True)
class SandboxProcess:
    """A running sandbox and its control endpoints.

    Attributes:
        comagic_url: the whole endpoint of the CoMagic Data API.
        amplitude_url: the base below which ``/batch`` and the other paths hang.
        control_url: the base of the control endpoints.
        pid: process id of the child.
        genesys_api_url: the API host of Genesys Cloud, below which ``/api/v2`` hangs.
        genesys_login_url: its login host, below which ``/oauth/token`` hangs.
    """

    comagic_url: str
    amplitude_url: str
    control_url: str
    pid: int
    genesys_api_url: str = ""
    genesys_login_url: str = ""

    def clock(self, now: dt.datetime | str | None = None) -> dt.datetime:
        """The sandbox's present moment, after setting it if one is given."""
        if now is None:
            answer = self.control("GET", "/clock")
        else:
            answer = self.control("POST", "/clock", {"now": now if isinstance(now, str) else now.isoformat()})
        return dt.datetime.fromisoformat(answer["now"])

    def advance(self, *, days: float = 0, hours: float = 0, minutes: float = 0, seconds: float = 0) -> dt.datetime:
        """Moves the sandbox's clock on and returns its new present."""
        step = dt.timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
        answer = self.control("POST", "/clock", {"advance_seconds": step.total_seconds()})
        return dt.datetime.fromisoformat(answer["now"])

    def fault(self, **rule: t.Any) -> None:
        """Adds one fault, see :class:`sandbox.faults.Rule` for the names."""
        self.control("POST", "/faults", rule)

    def clear_faults(self) -> None:
        """Takes every fault away."""
        self.control("DELETE", "/faults")

    def settings(self, **changes: t.Any) -> dict[str, t.Any]:
        """Changes settings, see :class:`sandbox.settings.Settings`, and returns all of them."""
        return t.cast("dict[str, t.Any]", self.control("POST", "/settings", changes))

    def truth(
        self,
        method: str,
        date_from: str | None = None,
        date_till: str | None = None,
        **options: str,
    ) -> list[dict[str, t.Any]]:
        """All rows of a method, all fields, as the vendor would show them now (local times, half-open)."""
        bounds = {"date_from": date_from, "date_till": date_till, **options}
        query = urllib.parse.urlencode({name: value for name, value in bounds.items() if value is not None})
        raw = self._send("GET", f"/truth/comagic/{method}?{query}")
        return [msgspec.json.decode(line) for line in raw.splitlines()]

    def genesys_truth(self, name: str, start: str | None = None, end: str | None = None, **options: str) -> list[t.Any]:
        """All rows of a Genesys dataset as the platform would show them now, see :mod:`sandbox.genesys.truth`."""
        bounds = {"start": start, "end": end, **options}
        query = urllib.parse.urlencode({name: value for name, value in bounds.items() if value is not None})
        return [msgspec.json.decode(line) for line in self._send("GET", f"/truth/genesys/{name}?{query}").splitlines()]

    def genesys_volume(self, date: dt.date | str, conversations: int) -> None:
        """Makes one UTC day hold so many Genesys conversations of about 7 KB, served from memory."""
        self.control("POST", "/volume", {"date": str(date), "conversations": conversations})

    def volume(self, date: dt.date | str, calls: int, second: str | None = None) -> None:
        """Makes one local day hold that many calls, all within one second if that is given."""
        spread = {} if second is None else {"second": second}
        self.control("POST", "/volume", {"date": str(date), "calls": calls, **spread})

    def requests(self) -> list[dict[str, t.Any]]:
        """Every vendor request since the start or the last clearing."""
        return t.cast("list[dict[str, t.Any]]", self.control("GET", "/requests"))

    def clear_requests(self) -> None:
        """Forgets the requests so far."""
        self.control("DELETE", "/requests")

    def received(self) -> dict[str, t.Any]:
        """Amplitude's memory: users, events, counts."""
        return t.cast("dict[str, t.Any]", self.control("GET", "/received"))

    def clear_received(self) -> None:
        """Empties Amplitude's memory."""
        self.control("DELETE", "/received")

    def control(self, method: str, path: str, body: t.Any = None) -> t.Any:
        """Sends one control request and returns its JSON answer.

        Raises:
            ValueError: the sandbox refused the request; the text says why.
        """
        return msgspec.json.decode(self._send(method, path, body))

    def _send(self, method: str, path: str, body: t.Any = None) -> bytes:
        data = None if body is None else msgspec.json.encode(body)
        request = urllib.request.Request(self.control_url + path, data, method=method)  # noqa: S310  # our own child
        try:
            with urllib.request.urlopen(request, timeout=60) as response:  # noqa: S310  # our own child
                return t.cast("bytes", response.read())
        except urllib.error.HTTPError as error:
            with error:
                raise ValueError(f"{method} {path}: {error.read().decode()}") from None


def _arguments(options: t.Mapping[str, t.Any]) -> list[str]:
    arguments: list[str] = []
    for name, value in options.items():
        if value is None or value is False:
            continue
        text = value.isoformat() if isinstance(value, dt.datetime) else str(value)
        arguments += [f"--{name.replace('_', '-')}"] if value is True else [f"--{name.replace('_', '-')}", text]
    return arguments


def _first_line(process: subprocess.Popen[bytes]) -> dict[str, t.Any]:
    stdout = t.cast("t.IO[bytes]", process.stdout)
    with selectors.DefaultSelector() as selector:
        selector.register(stdout, selectors.EVENT_READ)
        ready = selector.select(START_TIMEOUT_SECONDS)
    line = stdout.readline() if ready else b""
    if not line:
        raise SandboxStartError("the sandbox did not print its addresses; its standard error says why")
    return t.cast("dict[str, t.Any]", msgspec.json.decode(line))


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(STOP_TIMEOUT_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    finally:
        t.cast("t.IO[bytes]", process.stdout).close()


@contextlib.contextmanager
def start_sandbox(
    *,
    seed: int = 1,
    now: dt.datetime | str | None = None,
    days: int | None = None,
    calls_per_day: int | None = None,
    conversations_per_day: int | None = None,
    frozen: bool = False,
    max_seconds: float = 900,
    settings: t.Mapping[str, t.Any] | None = None,
) -> t.Iterator[SandboxProcess]:
    """Starts ``sandbox serve`` on a free port and stops it at the end of the block.

    Args:
        seed: same seed, same data.
        now: where the sandbox's clock starts (default: the present).
        days: days of calls before ``now``.
        calls_per_day: calls of a working day.
        conversations_per_day: Genesys conversations of a working day.
        frozen: the clock stands still until it is moved.
        max_seconds: the child ends by itself after so long.
        settings: settings to start with.

    Raises:
        SandboxStartError: the child did not come up.
    """
    options = {
        "seed": seed,
        "now": now,
        "days": days,
        "calls_per_day": calls_per_day,
        "conversations_per_day": conversations_per_day,
        "frozen": frozen,
        "max_seconds": max_seconds,
        "exit_with_parent": True,
    }
    command = [sys.executable, "-m", "sandbox", "serve", *_arguments(options)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE)  # noqa: S603  # our own module, fixed arguments
    try:
        line = _first_line(process)
        running = SandboxProcess(
            line["comagic"],
            line["amplitude"],
            line["control"],
            process.pid,
            line["genesys_api"],
            line["genesys_login"],
        )
        if settings:
            running.settings(**settings)
        yield running
    finally:
        _stop(process)
