"""HTTP with the manners that every tap needs: time limits, retries that honour `Retry-After`, no secrets in errors."""

from __future__ import annotations

import dataclasses
import datetime as dt
import logging
import math
import threading
import typing as t

import requests
import requests.adapters
import tenacity
import urllib3

from singer_slices.control import RunControl, parse_http_date
from singer_slices.errors import ConfigurationError, QuotaSpentError, RetryableError, StreamFailedError
from singer_slices.permits import Permits
from singer_slices.redact import excerpt, redactor

logger = logging.getLogger(__name__)

_CONNECT_SECONDS = 15.0
_FIRST_WAIT = 1.0
_LONGEST_WAIT = 60.0
_PASSING_STATUS = frozenset({408, 421, 425, 429})
_SERVER_ERROR = 500
_TOO_MANY = 429
_EXCERPT = 200
_LATER = "what is complete is saved in the state: run again later"

T = t.TypeVar("T")


@dataclasses.dataclass(frozen=True, slots=True)
class Answer:
    """What came back: status, headers (names in lower case) and the whole body."""

    status: int
    headers: t.Mapping[str, str]
    body: bytes

    @property
    def retry_after(self) -> float | None:
        """The seconds that `Retry-After` asks to wait, if it is there and makes sense."""
        value = self.headers.get("retry-after", "")
        try:
            seconds = float(value)
        except ValueError:
            moment = parse_http_date(value)
            if moment is None:
                return None
            # The vendor's own clock is the one by which it counts.
            now = parse_http_date(self.headers.get("date")) or dt.datetime.now(dt.UTC)
            seconds = max((moment - now).total_seconds(), 0.0)
        return seconds if math.isfinite(seconds) and seconds >= 0 else None

    @property
    def may_pass(self) -> bool:
        """Whether the status tells of a trouble that may be gone with the next try."""
        return self.status in _PASSING_STATUS or self.status >= _SERVER_ERROR

    @property
    def throttled(self) -> bool:
        """Whether the status says "too many requests"."""
        return self.status == _TOO_MANY

    def excerpt(self) -> str:
        """The beginning of the body on one line, for messages."""
        return excerpt(self.body, _EXCERPT)


class Transport:
    """Sends requests and repeats those whose failure may pass. Safe to use from several threads.

    Args:
        control: for stopping and waiting.
        user_agent: sent with every request.
        timeout: seconds without a byte after which an answer is given up.
        max_retries: repetitions after the first try.
        max_wait_seconds: the longest wait that the vendor may ask for.
        parallel_requests: how many requests are under way at once, and connections kept open to one host. A thread
            that sends one more waits until another's answer has been received.
    """

    def __init__(
        self,
        control: RunControl,
        *,
        user_agent: str,
        timeout: float,
        max_retries: int,
        max_wait_seconds: float,
        parallel_requests: int = 1,
    ) -> None:
        self._control = control
        self._timeout = (_CONNECT_SECONDS, timeout)
        self._max_retries = max_retries
        self._max_wait = max_wait_seconds
        self._session = requests.Session()
        self._session.headers["User-Agent"] = user_agent
        adapter = requests.adapters.HTTPAdapter(pool_maxsize=parallel_requests)
        self._session.mount("https://", adapter)
        self._session.mount("http://", adapter)
        self._permits = Permits(control, parallel_requests)
        self._counting = threading.Lock()
        self.requests = 0

    def send(self, method: str, url: str, **options: t.Any) -> Answer:
        """One request, one answer, whatever its status. Redirects are not followed.

        Args:
            method: HTTP method.
            url: the whole address.
            options: for `requests.Session.request` (`data`, `json`, `params`, `headers`).

        Raises:
            RetryableError: no whole answer came back.
            ConfigurationError: no request can be made of the address or the headers.
        """
        try:
            # Nothing that only computes is done with a permit: others' requests would wait for it.
            request, settings = self._prepared(method, url, options)
            with self._permits.one(), self._control.interruptible():
                response, heard_at, body = self._exchange(request, settings)
        except (requests.ConnectionError, requests.Timeout, urllib3.exceptions.HTTPError) as error:
            raise RetryableError(redactor.scrub(f"no answer: {_reason(error)}")) from None
        except requests.RequestException as error:
            text = f"the request could not be made: {error}; check api_url and user_agent"
            raise ConfigurationError(redactor.scrub(text)) from None
        headers = {name.lower(): value for name, value in response.headers.items()}
        self._control.hear_vendor_clock(headers.get("date"), heard_at)
        return Answer(response.status_code, headers, body)

    def _prepared(
        self, method: str, url: str, options: t.Mapping[str, t.Any]
    ) -> tuple[requests.PreparedRequest, t.Mapping[str, t.Any]]:
        """What `requests.Session.request` makes of a request, and of the environment's proxies and certificates."""
        request = self._session.prepare_request(requests.Request(method, url, **options))
        settings = self._session.merge_environment_settings(request.url, {}, stream=True, verify=None, cert=None)
        return request, settings

    def _exchange(
        self, request: requests.PreparedRequest, settings: t.Mapping[str, t.Any]
    ) -> tuple[requests.Response, dt.datetime, bytes]:
        """Send a request; its answer, when that began to come, and the whole body."""
        with self._counting:
            self.requests += 1
        with self._session.send(request, allow_redirects=False, timeout=self._timeout, **settings) as response:
            heard_at = dt.datetime.now(dt.UTC)
            # Reading the raw body spares the 10 kB pieces of `response.content`.
            return response, heard_at, response.raw.read(decode_content=True)

    def retry(self, doing: str, call: t.Callable[[], T]) -> T:
        """Run `call` until it does not raise `RetryableError`, at most `max_retries` times more.

        Args:
            doing: what the call is for ("reading calls of …"), for messages.
            call: the request and its interpretation.

        Raises:
            StreamFailedError: it failed each time, or the vendor asks to wait too long.
            QuotaSpentError: the vendor throttles for longer than `max_wait_seconds`, or still at the last try.
        """
        retrying = tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(RetryableError),
            stop=tenacity.stop_after_attempt(self._max_retries + 1),
            wait=self._pause,
            sleep=self._control.wait,
            before_sleep=lambda state: self._announce(doing, state),
            reraise=True,
        )
        try:
            return retrying(call)
        except RetryableError as error:
            text = f"{doing}: gave up after {self._max_retries + 1} tries: {error}"
            raise QuotaSpentError(f"{text}; {_LATER}") if error.throttled else StreamFailedError(text) from None

    def _pause(self, state: tenacity.RetryCallState) -> float:
        """Seconds before the next try: the vendor's wish, else exponential with jitter."""
        error = state.outcome.exception() if state.outcome else None
        if isinstance(error, RetryableError) and error.retry_after is not None:
            if error.retry_after > self._max_wait:
                text = (
                    f"{error}; the vendor asks to wait {error.retry_after:.0f} s, longer than max_wait_seconds "
                    f"({self._max_wait:.0f}); {_LATER}"
                )
                raise QuotaSpentError(text) if error.throttled else StreamFailedError(text)
            return error.retry_after
        return tenacity.wait_random_exponential(multiplier=_FIRST_WAIT, max=_LONGEST_WAIT, min=_FIRST_WAIT / 2)(state)

    @staticmethod
    def _announce(doing: str, state: tenacity.RetryCallState) -> None:
        error = state.outcome.exception() if state.outcome else None
        seconds = state.next_action.sleep if state.next_action else 0.0
        logger.warning("%s: %s; trying again in %.1f s", doing, error, seconds)


def _reason(error: BaseException) -> str:
    """The innermost cause of the HTTP library's nested error, without its object addresses."""
    while (inner := getattr(error, "reason", None) or (error.args[0] if error.args else None)) is not None:
        if not isinstance(inner, BaseException):
            break
        error = inner
    text = error.args[0] if error.args and isinstance(error.args[0], str) else str(error)
    return f"{type(error).__name__}: {text.rpartition('>: ')[2]}"
