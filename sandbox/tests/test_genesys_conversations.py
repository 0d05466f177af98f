"""Conversation details: what the query and the job find, their limits, and the life of a job."""

from __future__ import annotations

import types
import typing as t

import pytest
import sandbox.genesys.jobs
from genesys_org import JOBS, QUERY, Org, Row, ids

DAY = "2026-03-17T00:00:00Z/2026-03-18T00:00:00Z"
TODAY = "2026-03-20T00:00:00Z/2026-03-21T00:00:00Z"
OPEN_FOR_EVER = "00000000-0000-4000-8000-000000000102"


class Steady:
    """The clock by which jobs run, moved by the test alone: a busy machine would miss one of their states."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.seconds = 1_000.0
        patch.setattr(sandbox.genesys.jobs, "time", types.SimpleNamespace(monotonic=lambda: self.seconds))


@pytest.fixture
def steady(monkeypatch: pytest.MonkeyPatch) -> Steady:
    return Steady(monkeypatch)


def test_the_query_finds_what_began_on_a_day_that_the_interval_touches(org: Org) -> None:
    whole_day = org.queried(DAY)
    began = {row["conversationStart"][:10] for row in whole_day}
    assert began == {"2026-03-17"}
    assert org.queried("2026-03-17T13:00:00Z/2026-03-17T13:01:00Z") == whole_day
    both = org.queried("2026-03-17T23:59:59.999Z/2026-03-18T00:00:00.001Z")
    assert {row["conversationStart"][:10] for row in both} == {"2026-03-17", "2026-03-18"}
    assert ids(both)[: len(whole_day)] == ids(whole_day)
    assert org.queried("2026-03-17T03:00:00+03:00/2026-03-18T03:00:00+03:00") == whole_day
    assert org.queried("2026-03-17T00:00:00/2026-03-18T00:00:00") == whole_day
    assert [row["conversationId"] for row in org.truth("conversations", start=DAY[:20], end=DAY[21:])] == ids(whole_day)


def test_pages_of_the_query_end_with_nothing(org: Org) -> None:
    def page(number: int, interval: str = DAY) -> t.Any:
        return org.send("POST", QUERY, {"interval": interval, "paging": {"pageSize": 10, "pageNumber": number}}).json()

    rows = org.queried(DAY)
    last = -(-len(rows) // 10)
    assert [len(page(number)["conversations"]) for number in range(1, last)] == [10] * (last - 1)
    assert page(1)["totalHits"] == len(rows)
    assert page(last + 1) == {}
    assert page(1, "2025-01-01T00:00:00Z/2025-01-02T00:00:00Z") == {"totalHits": 0}
    assert len(org.send("POST", QUERY, {"interval": DAY}).json()["conversations"]) == min(25, len(rows))


def test_totals_are_approximate_while_data_arrives(org: Org) -> None:
    rows = org.queried(TODAY)
    body = {"interval": TODAY, "paging": {"pageSize": 1, "pageNumber": 1}}
    assert org.send("POST", QUERY, body).json()["totalHits"] > len(rows)
    org.settings(wrong_totals=False)
    assert org.send("POST", QUERY, body).json()["totalHits"] == len(rows)


def test_orders(org: Org) -> None:
    rows = org.queried(DAY)
    assert ids(org.queried(DAY, order="desc")) == ids(rows)[::-1]
    by_end = org.queried(DAY, orderBy="conversationEnd")
    ends = [row.get("conversationEnd", "9") for row in by_end]
    assert ends == sorted(ends)
    loose = ids(org.queried(DAY, order="unordered"))
    assert sorted(loose) == sorted(ids(rows))
    assert loose != ids(rows)


@pytest.mark.parametrize(
    ("body", "code", "text"),
    [
        ({}, "bad.request", "You must specify a search interval as part of your query that does not exceed 7 days."),
        (
            {"interval": "2026-03-01T00:00:00Z/2026-03-08T00:00:00.001Z"},
            "bad.request",
            "You must specify a search interval as part of your query that does not exceed 7 days.",
        ),
        ({"interval": "2026-03-01"}, "invalid.date", "Invalid interval"),
        ({"interval": "2026-03-01/2026-03-02"}, "invalid.date", "is not an ISO-8601 date-time"),
        ({"interval": "2026-03-02T00:00:00Z/2026-03-02T00:00:00Z"}, "invalid.date", "must end after it starts"),
        ({"interval": DAY, "paging": {"pageSize": 101}}, "invalid.value", "between 1 and 100"),
        ({"interval": DAY, "paging": {"pageSize": 100, "pageNumber": 1001}}, "bad.request", "exceed 100000 results"),
        ({"interval": DAY, "paging": {"size": 5}}, "bad.request", "Unrecognized member of paging: size"),
        ({"interval": DAY, "order": "ascending"}, "invalid.value", "order"),
        ({"interval": DAY, "orderBy": "end"}, "invalid.value", "orderBy"),
        ({"interval": DAY, "order_by": "conversationEnd"}, "bad.request", "Unrecognized member of the query"),
        ({"interval": DAY, "aggregations": {}}, "bad.request", "must be a list"),
        ({"interval": DAY, "aggregations": [{"type": "termFrequency"}]}, "invalid.value", "dimension"),
        ({"interval": DAY, "aggregations": [{"dimension": "colour"}]}, "invalid.value", "dimension: 'colour'"),
        ({"interval": DAY, "aggregations": [{"dimension": "userId", "size": 0}]}, "invalid.value", "size"),
        ({"interval": DAY, "aggregations": [{"metric": "tTalk"}]}, "bad.request", "needs ranges"),
        ({"interval": DAY, "aggregations": [{"metric": "tTalk", "ranges": [{}]}]}, "invalid.value", "gte, lt"),
        (
            {"interval": DAY, "aggregations": [{"metric": "tTalk", "dimension": "userId"}]},
            "bad.request",
            "dimension cannot be used with numericRange",
        ),
        ({"interval": DAY, "conversationFilters": [{"predicates": []}]}, "invalid.value", "type"),
        ({"interval": DAY, "conversationFilters": [{"type": "and"}]}, "bad.request", "at least one predicate"),
    ],
)
def test_limits_speak_as_400(org: Org, body: Row, code: str, text: str) -> None:
    status, found, message = org.refused("POST", QUERY, body)
    assert (status, found) == (400, code)
    assert text in message


def predicate(**parts: t.Any) -> list[Row]:
    return [{"type": "and", "predicates": [parts]}]


def medium(row: Row) -> str:
    return str(row["participants"][0]["sessions"][0]["mediaType"])


def agents(row: Row) -> set[str]:
    return {person["userId"] for person in row["participants"] if "userId" in person}


def test_filters(org: Org) -> None:
    rows = org.queried(DAY)

    def kept(**filters: t.Any) -> list[str]:
        return ids(org.queried(DAY, **filters))

    mails = kept(segmentFilters=predicate(dimension="mediaType", value="EMAIL"))
    assert mails == [row["conversationId"] for row in rows if medium(row) == "email"]
    assert mails
    person = next(iter(agents(rows[0])))
    theirs = kept(segmentFilters=predicate(type="dimension", dimension="userId", operator="matches", value=person))
    assert theirs == [row["conversationId"] for row in rows if person in agents(row)]
    ended = kept(conversationFilters=[{"type": "or", "predicates": [
        {"dimension": "conversationEnd", "operator": "exists"}]}])  # fmt: skip
    assert ended == [row["conversationId"] for row in rows if "conversationEnd" in row]
    running = kept(conversationFilters=predicate(dimension="conversationEnd", operator="notExists"))
    assert sorted([*ended, *running]) == sorted(ids(rows))
    long = kept(conversationFilters=predicate(type="metric", metric="tTalk", range={"gt": 120_000}))
    assert 0 < len(long) < len(rows)
    clauses = [{"type": "and", "predicates": [{"dimension": "mediaType", "value": each}]} for each in ("email", "chat")]
    either = kept(segmentFilters=[{"type": "or", "clauses": clauses}])
    assert either == [row["conversationId"] for row in rows if medium(row) in {"email", "chat"}]
    assert kept(conversationFilters=predicate(dimension="conversationId", value="none")) == []


def test_filters_lengthen_the_interval_that_is_allowed(org: Org) -> None:
    month = "2026-02-18T00:00:00Z/2026-03-20T00:00:00Z"
    mails = org.queried(month, segmentFilters=predicate(dimension="mediaType", value="email"))
    assert {medium(row) for row in mails} == {"email"}
    body = {
        "interval": "2026-02-01T00:00:00Z/2026-03-20T00:00:00Z",
        "segmentFilters": predicate(dimension="ani", value="x"),
    }
    assert "does not exceed 31 days" in org.refused("POST", QUERY, body)[2]


@pytest.mark.parametrize(
    "parts",
    [
        {"dimension": "colour", "value": "x"},
        {"type": "metric", "metric": "nNothing", "range": {"gt": 1}},
        {"dimension": "mediaType", "operator": "contains", "value": "x"},
        {"dimension": "mediaType"},
        {"dimension": "mediaType", "value": "x", "valeu": "y"},
        {"type": "metric", "metric": "tSegmentDuration", "range": {"above": 1}},
        {"type": "metric", "metric": "tSegmentDuration", "range": {"gt": "1"}},
        {"type": "property", "property": "x", "value": "y"},
    ],
)
def test_unknown_filters_are_refused(org: Org, parts: Row) -> None:
    assert org.refused("POST", QUERY, {"interval": DAY, "segmentFilters": predicate(**parts)})[0] == 400


def test_single_conversations(org: Org) -> None:
    rows = org.queried(DAY)
    assert org.get(f"/analytics/conversations/{rows[3]['conversationId']}/details") == rows[3]
    several = org.get("/analytics/conversations/details", id=",".join(ids(rows[:3])) + ",unknown")
    assert several == {"conversations": rows[:3]}
    assert org.refused("GET", "/analytics/conversations/unknown/details")[:2] == (404, "not.found")
    assert org.refused("GET", "/analytics/conversations/details")[0] == 400


def test_jobs_find_every_lifetime_that_overlaps(org: Org) -> None:
    rows = org.job(DAY)
    low, high = DAY.split("/")
    early = [row for row in rows if row["conversationStart"] < low]
    assert early
    assert all(row.get("conversationEnd", "9") >= low for row in rows)
    assert all(row["conversationStart"] < high for row in rows)
    assert set(ids(org.queried(DAY))) <= set(ids(rows))
    assert OPEN_FOR_EVER not in ids(org.job("2026-03-01T00:00:00Z/2026-03-02T09:00:00Z"))
    assert OPEN_FOR_EVER in ids(rows)
    by_day = org.job(DAY, startOfDayIntervalMatching=True)
    assert ids(by_day) == ids(org.queried(DAY))


def test_only_jobs_bring_attributes(org: Org) -> None:
    def given(rows: list[Row]) -> list[Row]:
        return [person["attributes"] for row in rows for person in row["participants"] if "attributes" in person]

    job = given(org.job(DAY))
    assert given(org.queried(DAY)) == []
    assert {} in job
    assert max(len(value) for row in job for value in row.values()) == 1024


def test_a_job_lives(org: Org, steady: Steady) -> None:
    org.settings(job_queued_seconds=15, job_pending_seconds=10)
    job = org.submit(DAY)
    assert org.refused("GET", f"{JOBS}/{job}/results")[:2] == (400, "bad.request")
    for passed, state in [(14.9, "QUEUED"), (0.2, "PENDING"), (9.8, "PENDING")]:
        steady.seconds += passed
        answer = org.send("GET", f"{JOBS}/{job}")
        assert (answer.status, answer.json()["state"]) == (202, state)
    steady.seconds += 0.2
    assert org.get(f"{JOBS}/{job}") == {
        "state": "FULFILLED",
        "submissionDate": "2026-03-20T12:00:00.000Z",
        "completionDate": "2026-03-20T12:00:25.000Z",
        "expirationDate": "2026-03-21T12:00:25.000Z",
    }
    org.advance(days=1, seconds=26)
    org.token = org.login().json()["access_token"]
    assert org.get(f"{JOBS}/{job}")["state"] == "EXPIRED"
    assert org.refused("GET", f"{JOBS}/{job}/results")[:2] == (404, "not.found")


def test_a_removed_job_is_gone(org: Org) -> None:
    job = org.submit(DAY)
    answer = org.send("DELETE", f"{JOBS}/{job}")
    assert (answer.status, answer.body) == (204, b"")
    for verb, path in (("GET", ""), ("GET", "/results"), ("DELETE", "")):
        assert org.refused(verb, f"{JOBS}/{job}{path}")[:2] == (404, "not.found")
    assert org.refused("GET", f"/analytics/users/details/jobs/{org.submit(DAY)}")[0] == 404


@pytest.mark.parametrize("state", ["FAILED", "CANCELLED", "EXPIRED"])
def test_jobs_can_be_made_to_fail(org: Org, state: str) -> None:
    org.fault(kind="genesys_job", state=state, message="Query timed out.", method=f"POST /api/v2{JOBS}")
    job = org.submit(DAY)
    body = org.get(f"{JOBS}/{job}")
    assert (body["state"], body.get("errorMessage")) == (state, "Query timed out." if state == "FAILED" else None)
    assert org.send("GET", f"{JOBS}/{job}/results").status in {400, 404}
    assert org.job(DAY)


def test_a_job_can_expire_between_two_pages(org: Org) -> None:
    job = org.submit(DAY)
    page = org.get(f"{JOBS}/{job}/results", pageSize=5)
    org.fault(kind="genesys_job", state="EXPIRED", method=f"GET /api/v2{JOBS}/{{jobId}}/results")
    assert org.refused("GET", f"{JOBS}/{job}/results", pageSize=5, cursor=page["cursor"])[0] == 404


def test_few_jobs_run_at_once(org: Org, steady: Steady) -> None:
    org.settings(job_pending_seconds=3, running_jobs=2, open_jobs=3)
    jobs = [org.submit(DAY) for _ in range(3)]
    steady.seconds += 0.5
    assert [org.send("GET", f"{JOBS}/{job}").json()["state"] for job in jobs] == ["PENDING", "PENDING", "QUEUED"]
    answer = org.send("POST", JOBS, {"interval": DAY})
    assert (answer.status, answer.headers["retry-after"]) == (429, "5")


def test_cursors_lead_forward_only(org: Org) -> None:
    job = org.submit(DAY)
    path = f"{JOBS}/{job}/results"
    first = org.get(path, pageSize=5)
    second = org.get(path, pageSize=5, cursor=first["cursor"])
    assert org.get(path, pageSize=5, cursor=first["cursor"]) == second  # the same page may be asked for again
    org.get(path, pageSize=5, cursor=second["cursor"])
    assert org.refused("GET", path, pageSize=5, cursor=first["cursor"])[:2] == (400, "invalid.value")
    assert org.refused("GET", path, cursor="bm9uZQ==")[0] == 400
    other = f"{JOBS}/{org.submit(DAY)}/results"
    assert org.refused("GET", other, cursor=second["cursor"])[0] == 400
    assert org.get(path, pageSize=5) == first


def test_short_pages_are_not_the_end(org: Org) -> None:
    job = org.submit("2026-03-14T00:00:00Z/2026-03-18T00:00:00Z")
    sizes: list[int] = []
    options: dict[str, str] = {}
    while True:
        page = org.get(f"{JOBS}/{job}/results", pageSize=20, **options)
        sizes.append(len(page["conversations"]))
        if "cursor" not in page:
            break
        options = {"cursor": page["cursor"]}
    assert set(sizes[:-1]) == {18, 19, 20}
    org.settings(short_pages=False)
    assert len(org.get(f"{JOBS}/{job}/results", pageSize=20)["conversations"]) == 20
    rows = org.results(job, size=20)
    assert len(rows) == sum(sizes) == len(set(ids(rows)))


def test_a_job_can_be_limited_and_is_limited_in_depth(org: Org) -> None:
    assert len(org.job(DAY, limit=7)) == 7
    assert org.refused("POST", JOBS, {"interval": DAY, "limit": 0})[0] == 400
    assert org.refused("POST", JOBS, {"interval": DAY, "paging": {"pageSize": 5}})[0] == 400
    org.settings(job_depth=10, short_pages=False)
    job = org.submit(DAY)
    cursor = org.get(f"{JOBS}/{job}/results", pageSize=10)["cursor"]
    status, _, text = org.refused("GET", f"{JOBS}/{job}/results", pageSize=10, cursor=cursor)
    assert status == 400
    assert "pagination may not exceed 10 results" in text
    assert org.refused("GET", f"{JOBS}/{job}/results", pageSize=10_001)[0] == 400


def test_an_empty_job_has_no_rows_and_no_cursor(org: Org) -> None:
    job = org.submit("2024-01-01T00:00:00Z/2024-01-02T00:00:00Z")
    assert org.get(f"{JOBS}/{job}/results") == {"dataAvailabilityDate": "2026-03-20T06:00:00.000Z"}


def test_behind_the_watermark_jobs_come_short_without_a_sign(org: Org) -> None:
    assert org.get(f"{JOBS}/availability") == {"dataAvailabilityDate": "2026-03-20T06:00:00.000Z"}
    fresh, lake = org.queried(TODAY), org.job(TODAY, startOfDayIntervalMatching=True)
    settled = [row for row in fresh if row["conversationStart"] <= "2026-03-20T06:00:00.000Z"]
    assert set(ids(settled)) <= set(ids(lake))
    assert set(ids(lake)) < set(ids(fresh))
    assert max(row["conversationStart"] for row in lake) < "2026-03-20T07:00"
    org.settings(conversations_lag_seconds=0)
    assert ids(org.job(TODAY, startOfDayIntervalMatching=True)) == ids(fresh)
    org.settings(conversations_watermark="2026-03-18T00:00:00Z")
    back = org.job(TODAY)
    assert back
    assert all(row["conversationStart"] < "2026-03-18T00:00:00.000Z" for row in back)
    assert all("conversationEnd" not in row for row in back)  # as it was known then
    org.settings(conversations_watermark="none")
    assert org.get(f"{JOBS}/availability") == {}
    assert "dataAvailabilityDate" not in org.get(f"{JOBS}/{org.submit(DAY)}/results")


def test_faults_of_pages(org: Org) -> None:
    def page(number: int) -> list[str]:
        body = {"interval": DAY, "paging": {"pageSize": 5, "pageNumber": number}}
        return ids(org.send("POST", QUERY, body).json().get("conversations", []))

    first, second = page(1), page(2)
    for kind, expected in (
        ("duplicate_page", first),
        ("shifted_page", [first[-1], *second[:-1]]),
        ("short_page", second[:2]),
        ("empty_page", []),
    ):
        org.fault(kind=kind)
        assert page(2) == expected, kind
    org.fault(kind="total_items", delta=5)
    assert org.send("POST", QUERY, {"interval": DAY}).json()["totalHits"] == len(org.queried(DAY)) + 5


def test_days_of_volume(org: Org) -> None:
    org.vendor.control("POST", "/volume", {"date": "2026-03-10", "conversations": 3000})
    interval = "2026-03-10T00:00:00Z/2026-03-11T00:00:00Z"
    rows = org.job(interval, startOfDayIntervalMatching=True)
    assert len(rows) == len(set(ids(rows))) == 3000
    raw = org.vendor.send(
        "GET",
        f"/genesys/mypurecloud.de/api/api/v2{JOBS}/{org.submit(interval, startOfDayIntervalMatching=True)}/results",
        query="pageSize=1000",
        authorization=f"Bearer {org.token}",
    )
    assert 6_500 < len(raw.body) / 1000 < 7_500
    sessions = [each["sessionId"] for row in rows for person in row["participants"] for each in person["sessions"]]
    assert len(sessions) == len(set(sessions))
    starts = [row["conversationStart"] for row in rows]
    assert starts == sorted(starts)
    assert all(start < row["conversationEnd"] < "2026-03-11" for start, row in zip(starts, rows, strict=True))
    assert ids(org.truth("conversations", start=interval[:20], end=interval[21:])) == ids(rows)
