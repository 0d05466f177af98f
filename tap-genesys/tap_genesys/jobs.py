"""Asynchronous analytics jobs: submitted, waited for, read by cursor to their end.

Contract: https://developer.genesys.cloud/api/rest/v2/analytics/conversation_details_job (user details work the same
way). Neither the largest interval nor how long results are kept is documented, so a job that is gone is submitted anew.
"""

from __future__ import annotations

import logging
import time
import typing as t

from singer_slices import Envelope, Rows, RunControl, StreamFailedError, decode

from tap_genesys.answers import BadRequestError, Document, NotFoundError, Read, rows_of
from tap_genesys.client import GenesysClient

logger = logging.getLogger(__name__)

PAGE = 1000
_LONGEST_POLL = 15.0
_POLL_GROWTH = 1.5
_TRIES = 2
_DONE = "FULFILLED"
_LOST = frozenset({"FAILED", "EXPIRED", "CANCELLED"})


class _JobLostError(Exception):
    """A job came to nothing; another one may fare better."""


class Jobs:
    """Runs the jobs of one kind.

    Args:
        client: for the requests.
        control: for the waiting.
        path: below `/api/v2`, as in `/analytics/conversations/details/jobs`.
        rows_field: the name of the list in the results.
        page_size: rows of a results page.
        poll_seconds: between the first two looks at a job; grows to 15 s.
        timeout_seconds: after which a job is given up.
    """

    def __init__(
        self,
        client: GenesysClient,
        control: RunControl,
        *,
        path: str,
        rows_field: str,
        page_size: int = PAGE,
        poll_seconds: float,
        timeout_seconds: float,
    ) -> None:
        self._client = client
        self._control = control
        self._path = path
        self._rows_field = rows_field
        self._page_size = page_size
        self._poll = poll_seconds
        self._timeout = timeout_seconds

    def rows(
        self,
        body: Document,
        *,
        doing: str,
        hear: t.Callable[[str | None], None] = lambda _: None,
        read: Read = decode,
    ) -> t.Iterator[Rows]:
        """The pages of a job's results.

        A job that failed, expired or is gone is submitted once more; what it gave already comes again then.

        Args:
            body: of the query.
            doing: what the job is for, for messages.
            hear: told the `dataAvailabilityDate` of each page of results.
            read: makes a document of a page's bytes; it may put typed rows (of `results_envelope`) into it.

        Raises:
            StreamFailedError: the second job came to nothing, or took too long.
            SliceTooWideError: the job holds more than the vendor lets one read.
        """
        for attempt in range(1, _TRIES + 1):
            try:
                job = self._submitted(body, doing)
                self._await(job, doing)
                yield from self._results(job, doing, hear, read)
            except (_JobLostError, NotFoundError) as error:
                if attempt == _TRIES:
                    raise StreamFailedError(f"{doing}: {error} (a second job as well)") from None
                logger.warning("%s: %s; submitting the job once more", doing, error)
            else:
                return

    def _submitted(self, body: Document, doing: str) -> str:
        job = self._client.post(self._path, body, doing=doing).get("jobId")
        if not job:
            raise _JobLostError("the vendor took the job and gave it no id")
        return str(job)

    def _await(self, job: str, doing: str) -> None:
        """Return as soon as the results are there."""
        pause = self._poll
        deadline = time.monotonic() + self._timeout
        while (state := self._state(job, doing)) != _DONE:
            if time.monotonic() + pause > deadline:
                raise StreamFailedError(
                    f"{doing}: job {job} is still {state} after {self._timeout / 60:.0f} minutes; raise "
                    "job_timeout_minutes or lower slice_days"
                )
            self._control.wait(pause)
            pause = min(pause * _POLL_GROWTH, _LONGEST_POLL)

    def _state(self, job: str, doing: str) -> str:
        status = self._client.get(f"{self._path}/{job}", doing=doing)
        state = str(status.get("state") or "").upper()
        if state in _LOST:
            reason = f": {status['errorMessage']}" if status.get("errorMessage") else ""
            raise _JobLostError(f"job {job} is {state}{reason}")
        return state

    def _results(self, job: str, doing: str, hear: t.Callable[[str | None], None], read: Read) -> t.Iterator[Rows]:
        """All pages: the cursor of each leads to the next, and the one without is the last."""
        params: Document = {"pageSize": self._page_size}
        while True:
            try:
                page = self._client.get(f"{self._path}/{job}/results", params, doing=doing, read=read)
            except BadRequestError as error:
                if "cursor" not in params:
                    raise
                # How long one lives is documented nowhere, and whoever takes the rows may be slow.
                told = str(error).removeprefix(f"{doing}: ")
                raise _JobLostError(f"job {job} no longer knows its cursor: {told}") from error
            hear(page.get("dataAvailabilityDate"))
            yield rows_of(page, self._rows_field, doing)
            cursor = page.get("cursor")
            if not cursor:
                return
            if cursor == params.get("cursor"):
                raise StreamFailedError(f"{doing}: the cursor of job {job} does not move")
            params = {**params, "cursor": cursor}


def results_envelope(rows_field: str) -> Envelope:
    """Where the rows of results, of jobs and of queries, are, and what else is read of them."""
    return Envelope((rows_field,), kept=("cursor", "dataAvailabilityDate", "totalHits"))
