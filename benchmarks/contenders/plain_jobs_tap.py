"""A tap on the Singer SDK alone that reads Genesys Cloud's conversations through jobs.

It is what its documentation of REST streams leads to: https://sdk.meltano.com/en/latest/classes/singer_sdk.RESTStream.html
(requests, retries and parsing are the SDK's) with `request_records` overridden, since a job is three kinds of requests.
"""

from __future__ import annotations

import functools
import sys
import time
import typing as t

import requests
from singer_sdk import Stream
from singer_sdk.authenticators import BearerTokenAuthenticator

from benchmarks.contenders.job import TOKEN, Window
from benchmarks.contenders.plain_tap import JobStream, PlainTap

POLL_SECONDS: t.Final = 3
TIMEOUT_SECONDS: t.Final = 30


class JobFailedError(Exception):
    """A job came to nothing."""


class Conversations(JobStream):
    """Conversations: a job for each window, one after another."""

    path = "/api/v2/analytics/conversations/details/jobs"
    records_jsonpath = "$.conversations[*]"

    @functools.cached_property
    def authenticator(self) -> BearerTokenAuthenticator:
        """Holds the token of the client credentials grant."""
        answer = requests.post(
            f"{self.url_base}/oauth/token",
            data={"grant_type": "client_credentials"},
            auth=(TOKEN, TOKEN),
            timeout=TIMEOUT_SECONDS,
        )
        answer.raise_for_status()
        return BearerTokenAuthenticator(token=answer.json()["access_token"])

    def request_records(self, context: t.Any) -> t.Iterator[dict[str, t.Any]]:
        """The rows of all windows."""
        del context
        for window in self.job.windows():
            job = self._submitted(window)
            self._await(job)
            yield from self._results(job)

    def _submitted(self, window: Window) -> str:
        start, end = window
        body = {"interval": f"{start}T00:00:00.000Z/{end}T00:00:00.000Z"}
        return str(self._send("POST", "", json=body).json()["jobId"])

    def _await(self, job: str) -> None:
        while (state := self._send("GET", f"/{job}").json()["state"]) != "FULFILLED":
            if state not in {"QUEUED", "PENDING"}:
                raise JobFailedError(f"job {job} is {state}")
            time.sleep(POLL_SECONDS)

    def _results(self, job: str) -> t.Iterator[dict[str, t.Any]]:
        params: dict[str, t.Any] = {"pageSize": self.job.page_size}
        while True:
            response = self._send("GET", f"/{job}/results", params=params)
            yield from self.parse_response(response)
            cursor = response.json().get("cursor")
            if not cursor:
                return
            params["cursor"] = cursor

    def _send(self, method: str, path: str, **options: t.Any) -> requests.Response:
        """One request, authenticated, repeated and checked by the SDK."""
        request = self.build_prepared_request(method=method, url=self.url_base + self.path + path, **options)
        return self.request_decorator(self._request)(request, None)


class PlainJobsTap(PlainTap):
    """The conversations of a job."""

    name = "tap-plain-jobs"

    def discover_streams(self) -> list[Stream]:
        """The job's stream."""
        return [Conversations(self)]


if __name__ == "__main__":
    sys.argv[0] = PlainJobsTap.name
    PlainJobsTap.cli()
