"""The benchmarks' server answers as CoMagic does, within its limits, and holds what it says it holds."""

from __future__ import annotations

import email.message
import json
import typing as t
import urllib.error
import urllib.parse
import urllib.request

import pytest

from benchmarks.contenders.job import Job
from benchmarks.server.comagic import call_fields
from benchmarks.server.genesys import PATH
from benchmarks.vendor import Load, Vendor, serving

CALLS = Load("calls", rows=600, days=3, slice_days=2, page_size=150)


def ask(url: str, body: bytes | None = None) -> dict[str, t.Any]:
    with urllib.request.urlopen(url, body) as answer:  # noqa: S310  # our own server's address
        return t.cast("dict[str, t.Any]", json.load(answer))


def post(job: Job, **changes: t.Any) -> dict[str, t.Any]:
    body = job.calls_request(job.windows()[0], 0)
    body["params"] |= changes
    return ask(job.url, json.dumps(body).encode())


@pytest.fixture(scope="module")
def vendor() -> t.Iterator[Vendor]:
    with serving(CALLS) as running:
        yield running


def test_pages_of_a_window_follow_each_other(vendor: Vendor) -> None:
    answers = [post(vendor.job, offset=offset) for offset in (0, 150, 300, 450)]
    assert [answer["result"]["metadata"]["total_items"] for answer in answers] == [400] * 4
    pages = [answer["result"]["data"] for answer in answers]
    assert [len(page) for page in pages] == [150, 150, 100, 0]
    assert [row["id"] for page in pages for row in page] == list(range(9_000_000_000, 9_000_000_400))
    assert list(pages[0][0]) == call_fields()


def test_both_bounds_of_a_window_belong_to_it(vendor: Vendor) -> None:
    midnight = post(vendor.job, date_from="2024-01-02 00:00:00", date_till="2024-01-02 00:00:00")["result"]["data"]
    assert [(row["id"], row["start_time"]) for row in midnight] == [(9_000_000_200, "2024-01-02 00:00:00")]


@pytest.mark.parametrize(
    ("changes", "mnemonic"),
    [
        ({"fields": ["id"]}, "unexpected_parameters"),
        ({"limit": 10_001}, "invalid_parameter_value"),
        ({"offset": 100_001}, "invalid_parameter_value"),
        ({"date_till": "2024-01-02"}, "invalid_parameter_value"),
        ({"date_till": "2024-06-01 00:00:00"}, "date_interval_limit_reached"),
        ({"access_token": "another"}, "access_token_invalid"),
    ],
)
def test_what_the_vendor_refuses_is_refused(vendor: Vendor, changes: dict[str, t.Any], mnemonic: str) -> None:
    assert post(vendor.job, **changes)["error"]["data"]["mnemonic"] == mnemonic


def test_points_are_counted_and_run_out() -> None:
    with serving(Load("calls", 10, 1, 1, 10, limit=2, limit_seconds=60)) as vendor, vendor.watched() as seen:
        answers = [post(vendor.job) for _ in range(3)]
    left = [answer["result"]["metadata"]["limits"]["minute_remaining"] for answer in answers[:2]]
    assert left == [1, 0]
    error = answers[2]["error"]
    assert (error["code"], error["data"]["mnemonic"]) == (-32_029, "limit_exceeded")
    assert error["data"]["params"] == {"limit_type": "minute", "limit_max_value": 2}
    assert 58 <= error["data"]["metadata"]["limits"]["minute_reset"] <= 60
    assert seen == {"requests": 3, "rows": 20, "refused": 1, "most_at_once": 1, "points": [2]}


def test_conversations_come_by_interval_and_page() -> None:
    with serving(Load("conversations", 48, 2, 1, 20)) as vendor:
        queries = [vendor.job.conversations_request(vendor.job.windows()[1], number) for number in (1, 2)]
        pages = [ask(f"{vendor.job.url}?{urllib.parse.urlencode(query)}") for query in queries]
    assert [(len(page["conversations"]), page["totalHits"]) for page in pages] == [(20, 24), (4, 24)]
    assert pages[1]["conversations"][-1]["conversationStart"].startswith("2024-01-02T23:")
    assert len(json.dumps(pages[0]["conversations"][0], separators=(",", ":"))) > 6_000


BY_JOBS = Load("conversations", 48, 2, 1, 20, by_jobs=True)
JOBS = PATH.removeprefix("/genesys") + "/jobs"
DAYS = "2024-01-01T00:00:00.000Z/2024-01-02T00:00:00.000Z"


def refused(url: str, body: bytes | None = None) -> tuple[int, str, email.message.Message]:
    """Status, code and headers of an answer that must be an error."""
    with pytest.raises(urllib.error.HTTPError) as caught:
        ask(url, body)
    with caught.value as error:
        return error.code, json.load(error)["code"], error.headers


def submission(interval: str = DAYS) -> bytes:
    return json.dumps({"interval": interval}).encode()


def test_a_job_is_submitted_looked_at_and_read_by_cursor() -> None:
    with serving(BY_JOBS) as vendor, vendor.watched() as seen:
        root = vendor.job.url
        assert ask(f"{root}/oauth/token", b"grant_type=client_credentials")["expires_in"] == 86_399
        assert ask(f"{root}{JOBS}/availability") == {"dataAvailabilityDate": "2030-01-01T00:00:00.000Z"}
        job = f"{root}{JOBS}/{ask(root + JOBS, submission())['jobId']}"
        assert ask(job) == {"state": "FULFILLED"}
        pages = [ask(f"{job}/results?pageSize=10{cursor}") for cursor in ("", "&cursor=10", "&cursor=20")]
    assert [page.get("cursor") for page in pages] == ["10", "20", None]
    assert [len(page["conversations"]) for page in pages] == [10, 10, 4]
    rows = [row["conversationId"][-12:] for page in pages for row in page["conversations"]]
    assert rows == [f"{number:012x}" for number in range(24)]
    assert seen == {"requests": 7, "rows": 24, "refused": 0, "most_at_once": 1, "points": [6]}  # the token costs none


def test_what_jobs_refuse() -> None:
    with serving(BY_JOBS) as vendor:
        root = vendor.job.url + JOBS
        job = f"{root}/{ask(root, submission())['jobId']}"
        wrong = [
            refused(root, b"{}"),
            refused(root, submission("2024-01-01")),
            refused(f"{root}/job-9"),
            refused(f"{root}/job-9/results"),
            refused(f"{job}/results?pageSize=10001"),
            refused(f"{job}/results?cursor=25"),
        ]
    assert [(status, code) for status, code, _ in wrong] == [
        (400, "bad.request"),
        (400, "bad.request"),
        (404, "not.found"),
        (404, "not.found"),
        (400, "invalid.value"),
        (400, "invalid.value"),
    ]


def test_requests_are_counted_and_refused_in_the_vendors_words() -> None:
    load = Load("conversations", 48, 2, 1, 20, limit=2, limit_seconds=60, by_jobs=True)
    with serving(load) as vendor, vendor.watched() as seen:
        url = f"{vendor.job.url}{JOBS}/availability"
        with urllib.request.urlopen(url) as answer:  # noqa: S310  # our own server's address
            counted = [answer.headers[f"inin-ratelimit-{name}"] for name in ("count", "allowed", "reset")]
        assert counted == ["1", "2", "60"]
        ask(url)
        status, code, headers = refused(url)
    assert (status, code, headers["inin-ratelimit-count"]) == (429, "too.many.requests", "2")
    assert 58 <= int(headers["Retry-After"]) <= 60
    assert headers["Retry-After"] == headers["inin-ratelimit-reset"]
    assert (seen["refused"], seen["points"]) == (1, [2])
