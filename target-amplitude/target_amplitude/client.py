"""The one place where HTTP happens."""

from __future__ import annotations

import datetime as dt
import email.utils
import importlib.metadata
import json
import threading
import typing as t
from collections.abc import Mapping

import requests
import urllib3

from target_amplitude.answers import Answer

USER_AGENT = (
    f"target-amplitude/{importlib.metadata.version('target-amplitude')} "
    "(+https://github.com/switchboard-elt/switchboard)"
)


class Transport(t.Protocol):
    """Sends one request."""

    def post(self, url: str, body: bytes, content_type: str) -> Answer:
        """Send and read the answer; a failed connection is an answer, too."""

    def close(self) -> None:
        """Release what is open."""


class HttpTransport:
    """Sends over HTTP, one session a thread.

    Args:
        timeout: Seconds to wait for the connection, and for each piece of the answer.
    """

    def __init__(self, timeout: float) -> None:
        self._timeout = timeout
        self._local = threading.local()
        self._lock = threading.Lock()
        self._sessions: list[requests.Session] = []

    def post(self, url: str, body: bytes, content_type: str) -> Answer:
        """Send one request. Redirects are not followed: they would turn a POST into a GET."""
        headers = {"Content-Type": content_type, "Accept": "*/*"}
        try:
            response = self._session().post(
                url, data=body, headers=headers, timeout=self._timeout, allow_redirects=False
            )
        except requests.Timeout:
            return Answer(None, problem=f"no answer within {self._timeout:g} s")
        except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
            # The exception's text may quote headers or the address; its class says enough.
            return Answer(None, problem=f"the connection failed ({type(error).__name__})")
        return _answer(response)

    def close(self) -> None:
        """Close every thread's session."""
        with self._lock:
            for session in self._sessions:
                session.close()
            self._sessions.clear()

    def _session(self) -> requests.Session:
        session: requests.Session | None = getattr(self._local, "session", None)
        if session is None:
            session = requests.Session()
            session.headers["User-Agent"] = USER_AGENT
            self._local.session = session
            with self._lock:
                self._sessions.append(session)
        return session


def _answer(response: requests.Response) -> Answer:
    text = response.content.decode("utf-8", errors="replace")
    try:
        body = json.loads(text)
    except (ValueError, RecursionError):
        body = None
    return Answer(response.status_code, text, body, retry_after(response.headers))


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds that `Retry-After` asks for: a number, or a date as seen from the answer's own `Date`."""
    value = headers.get("Retry-After", "").strip()
    if value.isascii() and value.isdigit():
        return float(value)
    moment = _http_date(value)
    if moment is None:
        return None
    now = _http_date(headers.get("Date", "")) or dt.datetime.now(dt.UTC)
    return max(0.0, (moment - now).total_seconds())


def _http_date(value: str) -> dt.datetime | None:
    try:
        moment = email.utils.parsedate_to_datetime(value)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
