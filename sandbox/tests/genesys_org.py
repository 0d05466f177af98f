"""Speaks to the sandbox's Genesys Cloud in this process, as a client of the organisation would."""

from __future__ import annotations

import base64
import datetime as dt
import time
import typing as t
import urllib.parse

import msgspec

REGION = "mypurecloud.de"
SECRET = "sandbox-client-secret"
V2 = "/api/v2"
QUERY = "/analytics/conversations/details/query"
JOBS = "/analytics/conversations/details/jobs"
USER_QUERY = "/analytics/users/details/query"
USER_JOBS = "/analytics/users/details/jobs"
Row = dict[str, t.Any]


class Org:
    """An organisation and a client that is logged in to it."""

    def __init__(self, vendor: t.Any, client: str = "sandbox-client-id") -> None:
        self.vendor = vendor
        self.sandbox = vendor.sandbox
        self.token = self.login(client).json()["access_token"]

    def login(
        self,
        client: str = "sandbox-client-id",
        secret: str = SECRET,
        *,
        region: str = REGION,
        form: str = "grant_type=client_credentials",
        content_type: str = "application/x-www-form-urlencoded",
    ) -> t.Any:
        basic = "Basic " + base64.b64encode(f"{client}:{secret}".encode()).decode()
        path = f"/genesys/{region}/login/oauth/token"
        return self.vendor.send("POST", path, form.encode(), content_type, authorization=basic)

    def send(self, verb: str, path: str, body: t.Any = None, *, region: str = REGION, **query: t.Any) -> t.Any:
        """An answer of the API; ``path`` is below ``/api/v2``."""
        raw = b"" if body is None else msgspec.json.encode(body)
        bearer = f"Bearer {self.token}" if self.token else None
        text = urllib.parse.urlencode(query, doseq=True)
        return self.vendor.send(verb, f"/genesys/{region}/api{V2}{path}", raw, query=text, authorization=bearer)

    def get(self, path: str, **query: t.Any) -> t.Any:
        """The body of a successful GET."""
        answer = self.send("GET", path, **query)
        assert answer.status == 200, answer.body
        return answer.json()

    def follow(self, uri: str) -> t.Any:
        """The body behind a link."""
        path, _, query = uri.partition("?")
        assert path.startswith(V2)
        values = urllib.parse.parse_qs(query)
        return self.get(path.removeprefix(V2), **values)

    def refused(self, verb: str, path: str, body: t.Any = None, **query: t.Any) -> tuple[int, str, str]:
        """Status, code and message of an answer that must be an error."""
        answer = self.send(verb, path, body, **query)
        error = answer.json()
        assert answer.status >= 400, error
        assert error["status"] == answer.status
        assert error["contextId"] == answer.headers["inin-correlation-id"]
        return answer.status, error["code"], error["message"]

    def entities(self, path: str, size: int = 25, **query: t.Any) -> list[Row]:
        """All rows of a listing, as long as it links on."""
        found: list[Row] = []
        for number in range(1, 100):
            page = self.get(path, pageSize=size, pageNumber=number, **query)
            found += page["entities"]
            if "nextUri" not in page:
                return found
        raise AssertionError("endless")

    def queried(self, interval: str, path: str = QUERY, size: int = 100, **body: t.Any) -> list[Row]:
        """All rows of a details query."""
        member = "conversations" if path == QUERY else "userDetails"
        found: list[Row] = []
        for number in range(1, 100):
            paging = {"pageSize": size, "pageNumber": number}
            answer = self.send("POST", path, {"interval": interval, "paging": paging, **body})
            assert answer.status == 200, answer.body
            rows = answer.json().get(member)
            if not rows:
                return found
            found += rows
        raise AssertionError("endless")

    def submit(self, interval: str, path: str = JOBS, **body: t.Any) -> str:
        """The id of a new job."""
        answer = self.send("POST", path, {"interval": interval, **body})
        assert answer.status == 202, answer.body
        return t.cast("str", answer.json()["jobId"])

    def results(self, job: str, path: str = JOBS, size: int = 1000) -> list[Row]:
        """All rows of a job that has run."""
        member = "conversations" if path == JOBS else "userDetails"
        found: list[Row] = []
        options: dict[str, t.Any] = {}
        while True:
            page = self.get(f"{path}/{job}/results", pageSize=size, **options)
            found += page.get(member, [])
            if "cursor" not in page:
                return found
            options = {"cursor": page["cursor"]}

    def job(self, interval: str, path: str = JOBS, size: int = 1000, **body: t.Any) -> list[Row]:
        """All rows of a new job."""
        job = self.submit(interval, path, **body)
        time.sleep(0.01)
        return self.results(job, path, size)

    def settings(self, **changes: t.Any) -> None:
        """Changes settings of the organisation."""
        self.vendor.control("POST", "/settings", {"genesys": changes})

    def fault(self, **rule: t.Any) -> None:
        """Adds a fault."""
        answer = self.vendor.control("POST", "/faults", {"vendor": "genesys", **rule})
        assert "error" not in answer, answer

    def advance(self, **step: float) -> None:
        """Moves the clock on."""
        self.vendor.control("POST", "/clock", {"advance_seconds": dt.timedelta(**step).total_seconds()})

    def truth(self, name: str, **given: str) -> list[Row]:
        """All rows of a dataset."""
        answer = self.vendor.send("GET", f"/_sandbox/truth/genesys/{name}", query=urllib.parse.urlencode(given))
        assert answer.status == 200, answer.body
        return [msgspec.json.decode(line) for line in answer.body.splitlines()]


def ids(rows: t.Iterable[Row], name: str = "conversationId") -> list[str]:
    return [row[name] for row in rows]
