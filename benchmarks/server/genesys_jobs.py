"""Details of conversations through asynchronous jobs, in Genesys Cloud's words, over stored rows.

Routes and states: https://developer.genesys.cloud/api/rest/v2/analytics/conversation_details_job. Headers of the rate:
https://developer.genesys.cloud/blog/2021-05-06-sdk-config-and-logging/.

What keeps a comparison fair is as at the vendor: a job must be submitted, looked at and read by cursor to its end, and
each of these requests counts. A job is done at once, and finds its rows by the hour of their start.
"""

from __future__ import annotations

import json
import threading
import typing as t
import urllib.parse

from benchmarks.server import genesys
from benchmarks.server.answer import Answer, document
from benchmarks.server.budget import Budget
from benchmarks.server.store import Store

ROOT: t.Final = "/genesys"
"""Below it are the login's and the API's paths."""
TOKEN_PATH: t.Final = f"{ROOT}/oauth/token"
JOBS_PATH: t.Final = f"{genesys.PATH}/jobs"
MOST_ROWS: t.Final = 10_000
TOKEN: t.Final = {"access_token": "benchmark", "token_type": "bearer", "expires_in": 86_399}
WATERMARK: t.Final = "2030-01-01T00:00:00.000Z"
"""Behind all rows."""


class RefusedError(Exception):
    """A request that the vendor would not answer.

    Args:
        status: HTTP status.
        code: the vendor's word for it.
        message: its text.
    """

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code


class GenesysJobs:
    """The endpoint.

    Args:
        conversations: the rows.
        budget: the requests of a minute.
    """

    def __init__(self, conversations: Store, budget: Budget) -> None:
        self._conversations = conversations
        self._budget = budget
        self._found: dict[str, range] = {}
        self._lock = threading.Lock()

    def serves(self, path: str) -> bool:
        """Whether a path, without its query, is one of these routes."""
        return path in {TOKEN_PATH, JOBS_PATH} or path.startswith(f"{JOBS_PATH}/")

    def answer(self, path: str, query: str, body: bytes) -> Answer:
        """Answer a request.

        Args:
            path: one that is served.
            query: of a results page: `pageSize` and `cursor`.
            body: of a submission: an object with `interval`.
        """
        if path == TOKEN_PATH:
            return document(TOKEN)
        if not self._budget.take():
            return self._too_many()
        try:
            made = self._routed(path.removeprefix(JOBS_PATH).strip("/").split("/"), query, body)
        except RefusedError as error:
            made = _refusal(error)
        return made.under(self._rate_headers())

    def _routed(self, parts: list[str], query: str, body: bytes) -> Answer:
        match parts:
            case [""]:
                return self._submitted(body)
            case ["availability"]:
                return document({"dataAvailabilityDate": WATERMARK})
            case [job]:
                self._rows_of(job)
                return document({"state": "FULFILLED"})
            case [job, "results"]:
                return self._results(self._rows_of(job), query)
        raise RefusedError(404, "not.found", f"nothing is served at {JOBS_PATH}/{'/'.join(parts)}")

    def _submitted(self, body: bytes) -> Answer:
        try:
            found = self._conversations.find(*genesys.seconds_of(json.loads(body)["interval"]))
        except (ValueError, LookupError, TypeError) as error:
            text = f"give a JSON object with an interval of two instants: {error}"
            raise RefusedError(400, "bad.request", text) from error
        with self._lock:
            job = f"job-{len(self._found) + 1}"
            self._found[job] = found
        return document({"jobId": job}, 202)

    def _rows_of(self, job: str) -> range:
        if job not in self._found:
            raise RefusedError(404, "not.found", f"there is no job {job}")
        return self._found[job]

    def _results(self, found: range, query: str) -> Answer:
        given = dict(urllib.parse.parse_qsl(query))
        size, offset = int(given.get("pageSize", 1000)), int(given.get("cursor", 0))
        if not 0 < size <= MOST_ROWS or not 0 <= offset <= len(found):
            raise RefusedError(400, "invalid.value", f"pageSize {size} or cursor {offset} is out of bounds")
        rows = found[offset : offset + size]
        more = b',"cursor":"%d"' % (offset + size) if offset + size < len(found) else b""
        tail = b'],"dataAvailabilityDate":"%b"%b}' % (WATERMARK.encode(), more)
        return Answer(b'{"conversations":[', self._conversations.extent(rows), tail)

    def _too_many(self) -> Answer:
        seconds = self._budget.metadata()["minute_reset"]
        text = f"Rate limit exceeded the maximum. Retry the request in [{seconds}] seconds"
        answer = _refusal(RefusedError(429, "too.many.requests", text))
        return answer.under({**self._rate_headers(), "Retry-After": str(seconds)})

    def _rate_headers(self) -> dict[str, str]:
        """The vendor's three headers; none where there is no limit."""
        limits = self._budget.metadata()
        if not limits:
            return {}
        return {
            "inin-ratelimit-count": str(limits["minute_limit"] - limits["minute_remaining"]),
            "inin-ratelimit-allowed": str(limits["minute_limit"]),
            "inin-ratelimit-reset": str(limits["minute_reset"]),
        }


def _refusal(error: RefusedError) -> Answer:
    return document({"message": str(error), "code": error.code, "status": error.status}, error.status)
