"""HTTP manners without a network: retries, waits, quotas, the vendor's clock, secrets."""

from __future__ import annotations

import datetime as dt
import gzip
import http.client
import io
import logging
import time
import typing as t
from pathlib import Path

import pytest
import requests
import urllib3
from requests.adapters import BaseAdapter
from singer_slices import (
    Answer,
    Budget,
    ConfigurationError,
    QuotaSpentError,
    RetryableError,
    RunControl,
    StreamFailedError,
    Transport,
    redactor,
)

URL = "https://vendor.example/v1"


class Wire:
    """The bytes of one answer, as a socket gives them."""

    def __init__(self, status: int, headers: dict[str, str], body: bytes) -> None:
        lines = [f"HTTP/1.1 {status} Whatever", *(f"{name}: {value}" for name, value in headers.items()), "", ""]
        self._bytes = "\r\n".join(lines).encode("latin-1") + body

    def makefile(self, mode: str) -> io.BytesIO:
        return io.BytesIO(self._bytes)


class Stub(BaseAdapter):
    """Answers from a list instead of a network: (status, headers, body), or an error to raise."""

    def __init__(self) -> None:
        super().__init__()
        self.answers: list[tuple[int, dict[str, str], bytes] | Exception] = []
        self.seen: list[requests.PreparedRequest] = []
        self.options: dict[str, t.Any] = {}
        self.during: t.Callable[[], None] = lambda: None

    def send(self, request: requests.PreparedRequest, *args: t.Any, **options: t.Any) -> requests.Response:
        self.seen.append(request)
        self.options = options
        self.during()
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        status, headers, body = answer
        wire = http.client.HTTPResponse(t.cast("t.Any", Wire(status, headers, body)))
        wire.begin()
        response = requests.Response()
        response.status_code = status
        response.headers.update(headers)
        response.raw = urllib3.HTTPResponse(
            t.cast("t.Any", wire), headers, status, preload_content=False, original_response=t.cast("t.Any", wire)
        )
        response.request = request
        return response

    def close(self) -> None:
        """Nothing is open."""


class Sleeper:
    """Time passes when someone sleeps."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


@pytest.fixture
def sleeper(monkeypatch: pytest.MonkeyPatch) -> Sleeper:
    found = Sleeper()
    monkeypatch.setattr(time, "sleep", found.sleep)
    monkeypatch.setattr(time, "monotonic", lambda: found.now)
    return found


@pytest.fixture
def control() -> RunControl:
    return RunControl()


@pytest.fixture
def stub() -> Stub:
    return Stub()


@pytest.fixture
def transport(control: RunControl, stub: Stub, sleeper: Sleeper) -> Transport:
    made = Transport(control, user_agent="tap-fake/1", timeout=5, max_retries=2, max_wait_seconds=60)
    made._session.mount("https://", stub)
    return made


def test_answer_comes_whole_with_its_headers(transport: Transport, stub: Stub) -> None:
    stub.answers = [(200, {"Content-Type": "application/json", "X-Left": "3"}, b'{"a": 1}')]
    answer = transport.send("POST", URL, data=b"{}")
    assert answer == Answer(200, {"content-type": "application/json", "x-left": "3"}, b'{"a": 1}')
    assert stub.seen[0].headers["User-Agent"] == "tap-fake/1"
    assert transport.requests == 1


def test_environment_says_which_proxy_and_which_certificates(
    transport: Transport, stub: Stub, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")
    monkeypatch.setenv("NO_PROXY", "inside.example")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path))
    stub.answers = [(200, {}, b""), (200, {}, b"")]
    transport.send("GET", URL)
    assert stub.options["proxies"]["https"] == "http://proxy.example:3128"
    assert (stub.options["verify"], stub.options["timeout"]) == (str(tmp_path), (15, 5))
    transport.send("GET", "https://inside.example/v1")
    assert "https" not in stub.options["proxies"]


@pytest.mark.parametrize("status", [301, 404, 429, 503])
def test_every_status_is_an_answer(transport: Transport, stub: Stub, status: int) -> None:
    stub.answers = [(status, {"Location": "https://elsewhere.example"}, b"x")]
    answer = transport.send("GET", URL)
    assert (answer.status, answer.may_pass, answer.throttled) == (status, status in {429, 503}, status == 429)


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (requests.ConnectionError(urllib3.exceptions.ProtocolError("cut", ConnectionResetError(104, "reset"))), "cut"),
        (requests.ReadTimeout("read timed out"), "no answer: ReadTimeout: read timed out"),
        (urllib3.exceptions.IncompleteRead(3, 7), "no answer: IncompleteRead"),
    ],
)
def test_lost_connections_may_pass(transport: Transport, stub: Stub, error: Exception, text: str) -> None:
    stub.answers = [error]
    with pytest.raises(RetryableError, match=text):
        transport.send("GET", URL)


def test_body_that_is_cut_may_pass(transport: Transport, stub: Stub) -> None:
    stub.answers = [(200, {"Content-Length": "10"}, b"12345")]
    with pytest.raises(RetryableError, match=r"no answer: ProtocolError: Connection broken: IncompleteRead\("):
        transport.send("GET", URL)


def test_compressed_body_is_unpacked(transport: Transport, stub: Stub) -> None:
    stub.answers = [
        (200, {"Content-Encoding": "gzip"}, gzip.compress(b"x" * 99)),
        (200, {"Content-Encoding": "gzip"}, b"no"),
    ]
    assert transport.send("GET", URL).body == b"x" * 99
    with pytest.raises(RetryableError, match="no answer: "):
        transport.send("GET", URL)


@pytest.mark.parametrize("url", ["vendor.example", "https://", "ftp://vendor.example"])
def test_address_of_which_no_request_can_be_made(transport: Transport, url: str) -> None:
    with pytest.raises(ConfigurationError, match="check api_url"):
        transport.send("GET", url)


def test_secret_in_an_address_is_not_told(transport: Transport, stub: Stub) -> None:
    redactor.add("my secret/key")
    stub.answers = [requests.ConnectionError("Max retries exceeded with url: /v1?key=my%20secret%2Fkey")]
    with pytest.raises(RetryableError) as caught:
        transport.send("GET", URL, params={"key": "my secret/key"})
    assert str(caught.value) == "no answer: ConnectionError: Max retries exceeded with url: /v1?key=***"


# Retry-After


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("7", 7.0),
        ("1.5", 1.5),
        (" 0 ", 0.0),
        ("Tue, 10 Mar 2026 12:00:30 GMT", 30.0),
        ("Tue, 10 Mar 2026 12:00:30", 30.0),
        ("Tue, 10 Mar 2026 11:00:00 GMT", 0.0),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("nan", None),
        ("inf", None),
        ("²", None),
        ("Tue, 99 Mar 2026 12:00:30 GMT", None),
    ],
)
def test_retry_after(value: str, seconds: float | None) -> None:
    assert Answer(429, {"retry-after": value}, b"").retry_after == seconds


def test_retry_after_counts_by_the_vendors_own_clock() -> None:
    headers = {"retry-after": "Mon, 01 Jan 2024 00:00:20 GMT", "date": "Mon, 01 Jan 2024 00:00:00 GMT"}
    assert Answer(429, headers, b"").retry_after == 20.0


# Retries


def outcomes(*results: t.Any) -> t.Callable[[], t.Any]:
    left = list(results)

    def call() -> t.Any:
        result = left.pop(0)
        if isinstance(result, Exception):
            raise result
        return result

    return call


def test_failure_that_passes(transport: Transport, sleeper: Sleeper, caplog: pytest.LogCaptureFixture) -> None:
    assert transport.retry("reading x", outcomes(RetryableError("a"), RetryableError("b", retry_after=7), 5)) == 5
    assert len(sleeper.slept) == 2
    assert 0.5 <= sleeper.slept[0] <= 60
    assert sleeper.slept[1] == 7
    assert "reading x: b; trying again in 7.0 s" in caplog.text


def test_failure_that_does_not_pass(transport: Transport, sleeper: Sleeper) -> None:
    with pytest.raises(StreamFailedError, match=r"^reading x: gave up after 3 tries: c$"):
        transport.retry("reading x", outcomes(*(RetryableError(text) for text in "abc")))
    assert len(sleeper.slept) == 2


def test_other_failures_are_not_repeated(transport: Transport, sleeper: Sleeper) -> None:
    with pytest.raises(StreamFailedError, match=r"^no$"):
        transport.retry("reading x", outcomes(StreamFailedError("no")))
    assert sleeper.slept == []


def test_throttled_to_the_last_is_spent_quota(transport: Transport, sleeper: Sleeper) -> None:
    with pytest.raises(QuotaSpentError, match="gave up after 3 tries: HTTP 429; what is complete is saved"):
        transport.retry("reading x", outcomes(*[RetryableError("HTTP 429", throttled=True)] * 3))


@pytest.mark.parametrize(("throttled", "kind"), [(True, QuotaSpentError), (False, StreamFailedError)])
def test_wait_that_is_too_long(
    *, transport: Transport, sleeper: Sleeper, throttled: bool, kind: type[Exception]
) -> None:
    error = RetryableError("HTTP", retry_after=61, throttled=throttled)
    with pytest.raises(kind, match=r"asks to wait 61 s, longer than max_wait_seconds \(60\)"):
        transport.retry("reading x", outcomes(error))
    assert sleeper.slept == []


# The vendor's clock


@pytest.mark.parametrize(
    ("date", "now"),
    [
        ("Tue, 10 Mar 2026 10:00:00 GMT", "2026-03-10T10:00:00"),
        ("Tue, 10 Mar 2026 11:59:30 GMT", "2026-03-10T12:00:00"),  # a trip of half a minute is no lag
        ("Tue, 10 Mar 2026 13:00:00 GMT", "2026-03-10T12:00:00"),  # ahead of ours: ours is the earlier one
        ("nonsense", "2026-03-10T12:00:00"),
        (None, "2026-03-10T12:00:00"),
    ],
)
def test_the_earlier_of_both_clocks_counts(
    control: RunControl, transport: Transport, stub: Stub, date: str | None, now: str
) -> None:
    stub.answers = [(200, {"Date": date} if date else {}, b"")]
    transport.send("GET", URL)
    assert control.now() == dt.datetime.fromisoformat(now).replace(tzinfo=dt.UTC)


def test_lag_is_told_once(control: RunControl, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    for _ in range(2):
        control.hear_vendor_clock("Tue, 10 Mar 2026 10:00:00 GMT")
    assert caplog.text.count("The vendor's clock is 2:00:00 behind this machine's") == 1


# The budget


@pytest.fixture
def budget(control: RunControl, sleeper: Sleeper) -> Budget:
    return Budget(control, max_wait_seconds=300, vendor="Fake")


def ask(budget: Budget) -> None:
    """A request whose answer says nothing about the quota."""
    with budget.request():
        pass


def test_budget_waits_before_the_vendor_would_refuse(budget: Budget, control: RunControl, sleeper: Sleeper) -> None:
    budget.observe("minute", remaining=2, reset_seconds=20)
    ask(budget)
    ask(budget)
    assert sleeper.slept == []
    ask(budget)
    assert sleeper.slept == [21]
    assert control.waited_seconds == 21
    ask(budget)  # refilled: nothing is known until the vendor says it
    assert sleeper.slept == [21]


def test_unknown_budget_admits(budget: Budget, sleeper: Sleeper) -> None:
    for _ in range(100):
        ask(budget)
    assert sleeper.slept == []


def test_longest_wait_counts(budget: Budget, sleeper: Sleeper) -> None:
    budget.observe("minute", remaining=0, reset_seconds=10)
    budget.observe("hour", remaining=0, reset_seconds=200)
    budget.observe("day", remaining=5, reset_seconds=80_000)
    ask(budget)
    assert sleeper.slept == [201]


@pytest.mark.parametrize(("bucket", "seconds"), [("hour", 3600), ("day", 86400)])
def test_quota_that_refills_too_late_is_spent(budget: Budget, sleeper: Sleeper, bucket: str, seconds: int) -> None:
    budget.exhaust(bucket)
    with pytest.raises(QuotaSpentError, match=rf"Fake's quota per {bucket} is spent and refills in {seconds + 1} s"):
        ask(budget)
    assert sleeper.slept == []


def test_refusal_empties_the_bucket_but_keeps_its_known_reset(budget: Budget, sleeper: Sleeper) -> None:
    budget.observe("minute", remaining=50, reset_seconds=30)
    budget.exhaust("minute")
    ask(budget)
    assert sleeper.slept == [31]


def test_reset_that_the_vendor_does_not_say_is_the_whole_bucket(budget: Budget, sleeper: Sleeper) -> None:
    budget.observe("minute", remaining=0, reset_seconds=None)
    ask(budget)
    assert sleeper.slept == [61]
