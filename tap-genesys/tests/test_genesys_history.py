"""Conversations and agent status: jobs up to their watermark, queries behind it, nothing lost between."""

from __future__ import annotations

import typing as t

import pytest
from genesys_memory import Asked, Row, Vendor, answer, platform_error, sync
from singer_slices import Answer

WATERMARK = "2026-03-10T00:00:00.000Z"
JOBS = "/analytics/conversations/details/jobs"
QUERY = "/analytics/conversations/details/query"
USER_JOBS = "/analytics/users/details/jobs"
USER_QUERY = "/analytics/users/details/query"


def conversation(name: str, start: str, end: str | None = None, *, segments: int = 1, **more: t.Any) -> Row:
    session = {"sessionId": "s", "segments": [{"segmentStart": start, "segmentType": "interact"}] * segments}
    return {
        "conversationId": name,
        "conversationStart": start,
        **({"conversationEnd": end} if end else {}),
        "participants": [{"participantId": "p", "sessions": [session], **more}],
    }


def jobs(
    results: t.Callable[[Row], list[Row]], rows_field: str = "conversations", path: str = JOBS
) -> dict[str, t.Any]:
    """Job routes whose results follow from the body; two rows a page."""
    bodies: list[Row] = []

    def submit(asked: Asked) -> Row:
        bodies.append(asked.body)
        return {"jobId": str(len(bodies) - 1)}

    def read(asked: Asked) -> Row:
        rows = results(bodies[int(asked.path.split("/")[-2])])
        first = int(asked.params.get("cursor", "0"))
        more = {"cursor": str(first + 2)} if first + 2 < len(rows) else {}
        return {rows_field: rows[first : first + 2], **more}

    def status(asked: Asked) -> t.Any:
        if asked.path.endswith("/availability"):
            return {"dataAvailabilityDate": WATERMARK}
        return read(asked) if asked.path.endswith("/results") else {"state": "FULFILLED"}

    return {f"POST {path}": submit, f"GET {path}/*": status}


def query(rows: list[Row], rows_field: str = "conversations") -> t.Callable[[Asked], Row]:
    """A query with a page of rows, and `{}` behind it."""
    return lambda asked: {rows_field: rows, "totalHits": 999} if asked.body["paging"]["pageNumber"] == 1 else {}


SETTLED = conversation("a", "2026-03-09T10:00:00.000Z", "2026-03-09T10:05:00.000Z", attributes={"k": "v"})
OPEN = conversation("b", "2026-03-10T00:00:00.500Z", attributes={"k": "v"})
LONG = conversation("c", "2026-02-20T07:00:00.000Z", "2026-03-09T11:30:00.000Z")
FRESH = conversation("d", "2026-03-10T09:00:00.000Z")


def test_jobs_up_to_the_watermark_and_queries_behind_it() -> None:
    vendor = Vendor({**jobs(lambda body: [SETTLED, LONG, OPEN]), f"POST {QUERY}": query([FRESH])})
    done = sync(vendor, "conversations")
    assert done.exit_code == 0, done.summary
    assert done.records("conversations") == [SETTLED, LONG, OPEN, FRESH]
    bodies = [asked.body for asked in vendor.asked if asked.method == "POST"]
    assert [body["interval"] for body in bodies] == [
        "2026-03-08T00:00:00.000Z/2026-03-10T00:00:00.000Z",
        "2026-03-10T00:00:00.000Z/2026-03-10T11:50:00.000Z",
        "2026-03-10T00:00:00.000Z/2026-03-10T11:50:00.000Z",
    ]
    assert [body.get("paging", {}).get("pageNumber") for body in bodies] == [None, 1, 2]
    assert done.state == {
        "bookmarks": {
            "conversations": {
                "replication_key": "conversationStart",
                "replication_key_value": "2026-03-10T00:00:00+00:00",
            }
        }
    }


def test_a_query_replaces_a_job_row_only_with_news() -> None:
    without = {**OPEN, "participants": [{"participantId": "p", "sessions": OPEN["participants"][0]["sessions"]}]}
    ended = {**without, "conversationEnd": "2026-03-10T08:00:00.000Z"}
    for seen, expected in ((without, [OPEN]), (ended, [OPEN, ended])):
        vendor = Vendor({**jobs(lambda body: [OPEN]), f"POST {QUERY}": query([seen])})
        assert sync(vendor, "conversations").records("conversations") == expected


def test_the_next_run_settles_what_a_query_gave() -> None:
    state = {
        "bookmarks": {"conversations": {"replication_key": "conversationStart", "replication_key_value": "2026-03-09"}}
    }
    vendor = Vendor({**jobs(lambda body: []), f"POST {QUERY}": query([])})
    sync(vendor, "conversations", state=state, start_date="2026-01-01", lookback_days=0)
    assert vendor.asked[1].body["interval"] == "2026-03-09T00:00:00.000Z/2026-03-10T00:00:00.000Z"


@pytest.mark.parametrize(
    ("source", "asked", "bookmark"),
    [
        ("jobs", ["POST " + JOBS], "2026-03-10T00:00:00+00:00"),
        ("query", ["POST " + QUERY] * 3, "2026-03-10T11:50:00+00:00"),
    ],
)
def test_one_source_alone(source: str, asked: list[str], bookmark: str) -> None:
    vendor = Vendor({**jobs(lambda body: []), f"POST {QUERY}": query([])})
    done = sync(vendor, "conversations", conversation_source=source)
    assert [each for each in vendor.paths() if each.startswith("POST")] == asked
    assert done.state["bookmarks"]["conversations"]["replication_key_value"] == bookmark


def test_without_a_watermark_jobs_reach_up_to_a_day_ago() -> None:
    routes = jobs(lambda body: [])
    vendor = Vendor({f"GET {JOBS}/availability": {}, **routes, f"POST {QUERY}": query([])})
    done = sync(vendor, "conversations")
    assert done.state["bookmarks"]["conversations"]["replication_key_value"] == "2026-03-09T12:00:00+00:00"


def test_a_watermark_that_moves_back_holds_the_bookmark() -> None:
    routes = jobs(lambda body: [SETTLED])
    behind = routes[f"GET {JOBS}/*"]

    def status(asked: Asked) -> t.Any:
        page = behind(asked)
        return {**page, "dataAvailabilityDate": "2026-03-09T18:00:00Z"} if asked.path.endswith("/results") else page

    vendor = Vendor({**routes, f"GET {JOBS}/*": status, f"POST {QUERY}": query([])})
    done = sync(vendor, "conversations")
    assert done.state["bookmarks"]["conversations"]["replication_key_value"] == "2026-03-09T18:00:00+00:00"


@pytest.mark.parametrize("lost", ["FAILED", "EXPIRED", "CANCELLED"])
def test_a_lost_job_is_submitted_once_more(lost: str) -> None:
    states = iter(["QUEUED", "PENDING", lost, "FULFILLED"])
    routes = jobs(lambda body: [SETTLED])
    known = routes[f"GET {JOBS}/*"]

    def status(asked: Asked) -> t.Any:
        plain = asked.path.split("/")[-1] not in {"availability", "results"}
        return {"state": next(states), "errorMessage": "too busy"} if plain else known(asked)

    vendor = Vendor({**routes, f"GET {JOBS}/*": status, f"POST {QUERY}": query([])})
    done = sync(vendor, "conversations")
    assert (done.exit_code, done.records("conversations")) == (0, [SETTLED])
    assert vendor.paths().count(f"POST {JOBS}") == 2
    assert done.waited[:2] == [3.0, 4.5]


@pytest.mark.parametrize("lives", [1, 0], ids=["at first", "always"])
def test_a_job_whose_cursor_has_died_is_submitted_once_more(lives: int) -> None:
    settled = [SETTLED, LONG, conversation("e", "2026-03-09T12:00:00.000Z", "2026-03-09T12:05:00.000Z")]
    routes = jobs(lambda body: settled)
    known = routes[f"GET {JOBS}/*"]

    def status(asked: Asked) -> t.Any:
        dead = "cursor" in asked.params and asked.path.split("/")[-2] == "0"
        if dead or ("cursor" in asked.params and not lives):
            return platform_error(400, "invalid.value", "Invalid cursor.")
        return known(asked)

    vendor = Vendor({**routes, f"GET {JOBS}/*": status, f"POST {QUERY}": query([])})
    done = sync(vendor, "conversations")
    assert vendor.paths().count(f"POST {JOBS}") == 2
    if lives:
        assert (done.exit_code, done.records("conversations")) == (0, settled)
        return
    assert (done.exit_code, done.records("conversations")) == (3, settled[:2])
    assert "job 1 no longer knows its cursor: HTTP 400" in done.error()
    assert done.state["bookmarks"]["conversations"] == {}


def test_results_that_are_refused_from_the_start_are_no_dead_cursor() -> None:
    routes = jobs(lambda body: [SETTLED])
    known = routes[f"GET {JOBS}/*"]

    def status(asked: Asked) -> t.Any:
        refused = asked.path.endswith("/results")
        return platform_error(400, "invalid.value", "Invalid page size.") if refused else known(asked)

    vendor = Vendor({**routes, f"GET {JOBS}/*": status, f"POST {QUERY}": query([])})
    assert sync(vendor, "conversations").exit_code == 3
    assert vendor.paths().count(f"POST {JOBS}") == 1


def test_a_job_that_is_lost_twice_fails_its_window_alone() -> None:
    routes = jobs(lambda body: [SETTLED])
    known = routes[f"GET {JOBS}/*"]

    def status(asked: Asked) -> t.Any:
        plain = asked.path.split("/")[-1] not in {"availability", "results"}
        return {"state": "FAILED", "errorMessage": "out of order"} if plain else known(asked)

    vendor = Vendor({**routes, f"GET {JOBS}/*": status, f"POST {QUERY}": query([FRESH])})
    done = sync(vendor, "conversations")
    assert (done.exit_code, done.records("conversations")) == (3, [FRESH])
    assert "job 1 is FAILED: out of order (a second job as well)" in done.error()
    assert done.state["bookmarks"]["conversations"] == {}


def test_a_job_that_takes_too_long_is_given_up() -> None:
    routes = {**jobs(lambda body: []), f"GET {JOBS}/availability": {"dataAvailabilityDate": WATERMARK}}
    vendor = Vendor(
        {
            f"GET {JOBS}/availability": {"dataAvailabilityDate": WATERMARK},
            f"GET {JOBS}/0": {"state": "PENDING"},
            **routes,
        }
    )
    done = sync(vendor, "conversations", conversation_source="jobs", job_timeout_minutes=0.01)
    assert done.exit_code == 3
    assert "is still PENDING after 0 minutes; raise job_timeout_minutes" in done.error()


def test_results_that_are_gone_are_asked_for_anew() -> None:
    routes = jobs(lambda body: [SETTLED])
    known = routes[f"GET {JOBS}/*"]
    gone = iter([True])

    def status(asked: Asked) -> t.Any:
        if asked.path.endswith("/results") and next(gone, False):
            return platform_error(404, "not.found", "job not found")
        return known(asked)

    vendor = Vendor({**routes, f"GET {JOBS}/*": status, f"POST {QUERY}": query([])})
    assert sync(vendor, "conversations").records("conversations") == [SETTLED]


def test_a_job_beyond_its_reach_is_halved() -> None:
    routes = jobs(lambda body: [SETTLED] if "03-09T00:00:00.000Z/" in body["interval"] else [])
    known = routes[f"GET {JOBS}/*"]
    deep = iter([True])

    def status(asked: Asked) -> t.Any:
        if asked.path.endswith("/results") and next(deep, False):
            return platform_error(400, "bad.request", "pagination may not exceed 400000 results")
        return known(asked)

    vendor = Vendor({**routes, f"GET {JOBS}/*": status})
    done = sync(vendor, "conversations", conversation_source="jobs")
    assert (done.exit_code, done.records("conversations")) == (0, [SETTLED])
    assert [asked.body["interval"] for asked in vendor.asked if asked.method == "POST"] == [
        "2026-03-08T00:00:00.000Z/2026-03-10T00:00:00.000Z",
        "2026-03-08T00:00:00.000Z/2026-03-09T00:00:00.000Z",
        "2026-03-09T00:00:00.000Z/2026-03-10T00:00:00.000Z",
    ]


def too_many(asked: Asked) -> Row:
    """A day of more conversations than paging reaches, however it is cut."""
    return {"conversations": [FRESH], "totalHits": 100_001}


def test_a_day_that_queries_cannot_read_is_read_by_a_job() -> None:
    vendor = Vendor({**jobs(lambda body: [FRESH]), f"POST {QUERY}": too_many})
    done = sync(vendor, "conversations", start_date="2026-03-10")
    assert (done.exit_code, done.records("conversations")) == (0, [FRESH])
    assert f"POST {JOBS}" in vendor.paths()


def test_with_queries_alone_such_a_day_is_named() -> None:
    vendor = Vendor({f"POST {QUERY}": too_many})
    done = sync(vendor, "conversations", conversation_source="query", start_date="2026-03-10")
    assert done.exit_code == 3
    assert "the day 2026-03-10 holds 100001 conversations" in done.error()


def too_deep(asked: Asked) -> t.Any:
    """The same day under a total that is too low: only paging shows that there is more."""
    if asked.body["paging"]["pageNumber"] > 2:
        return platform_error(400, "bad.request", "Pagination may not exceed 100000 results.")
    return {"conversations": [FRESH], "totalHits": 200}


def timed_out(asked: Asked) -> t.Any:
    return Answer(504, {}, b"<html>Gateway Timeout</html>")


@pytest.mark.parametrize("refused", [too_deep, timed_out])
def test_a_day_that_cutting_makes_no_smaller_is_cut_only_once(refused: t.Callable[[Asked], t.Any]) -> None:
    vendor = Vendor({**jobs(lambda body: [FRESH]), f"POST {QUERY}": refused})
    done = sync(vendor, "conversations", start_date="2026-03-10")
    assert (done.exit_code, done.records("conversations")) == (0, [FRESH])
    assert len(vendor.paths(QUERY)) <= 9

    vendor = Vendor({f"POST {QUERY}": refused})
    done = sync(vendor, "conversations", conversation_source="query", start_date="2026-03-10")
    assert done.exit_code == 3
    assert "of 2026-03-10T" in done.error()
    assert "set conversation_source to auto or jobs" in done.error()
    assert len(vendor.paths(QUERY)) <= 9


def test_paging_that_reaches_too_deep_under_a_low_total_is_noticed() -> None:
    vendor = Vendor(
        {**jobs(lambda body: [FRESH]), f"POST {QUERY}": lambda asked: {"conversations": [FRESH], "totalHits": 1}}
    )
    done = sync(vendor, "conversations", start_date="2026-03-10", requests_per_minute=100_000)
    assert (done.exit_code, done.records("conversations")) == (0, [FRESH])
    assert len(vendor.paths(QUERY)) == 3 * 1000


def test_queries_do_not_wait_for_a_job_whose_rows_are_refused() -> None:
    nameless = {name: value for name, value in SETTLED.items() if name != "conversationId"}
    vendor = Vendor({**jobs(lambda body: [nameless]), f"POST {QUERY}": query([FRESH])})
    done = sync(vendor, "conversations")
    assert (done.exit_code, done.records("conversations")) == (3, [FRESH])
    assert "without its key (conversationId)" in done.error()
    assert done.state == {"bookmarks": {"conversations": {}}}


def test_a_refused_interval_is_cut() -> None:
    def limited(asked: Asked) -> t.Any:
        start, end = (asked.body["interval"].split("/")[part][:13] for part in (0, 1))
        if int(end[-2:]) - int(start[-2:]) > 6:
            text = "You must specify a search interval as part of your query that does not exceed 7 days."
            return platform_error(400, "bad.request", text)
        return query([FRESH])(asked)

    vendor = Vendor({f"POST {QUERY}": limited})
    done = sync(vendor, "conversations", conversation_source="query", start_date="2026-03-10")
    assert (done.exit_code, done.records("conversations")) == (0, [FRESH])


# Agent status


def user(name: str, *entries: tuple[str, str | None, str], field: str = "primaryPresence") -> Row:
    kind = "systemPresence" if field == "primaryPresence" else "routingStatus"
    return {
        "userId": name,
        field: [{"startTime": s, **({"endTime": e} if e else {}), kind: what} for s, e, what in entries],
    }


def test_entries_come_once_and_the_ended_version_wins() -> None:
    first, second, third = "2026-03-09T22:00:00Z", "2026-03-10T08:00:00Z", "2026-03-10T09:00:00Z"
    job = [user("u", (first, second, "OFFLINE"), (second, None, "AVAILABLE")), user("v", (first, None, "BUSY"))]
    newest = [user("u", (second, None, "AVAILABLE")), user("u", (second, third, "AVAILABLE"), (third, None, "MEAL"))]
    vendor = Vendor(
        {**jobs(lambda body: job, "userDetails", USER_JOBS), f"POST {USER_QUERY}": query(newest, "userDetails")}
    )
    done = sync(vendor, "user_presence", start_date="2026-03-09")
    assert done.exit_code == 0, done.summary
    assert done.records("user_presence") == [
        {"userId": "u", "startTime": first, "endTime": second, "systemPresence": "OFFLINE"},
        {"userId": "u", "startTime": second, "systemPresence": "AVAILABLE"},
        {"userId": "v", "startTime": first, "systemPresence": "BUSY"},
        {"userId": "u", "startTime": second, "endTime": third, "systemPresence": "AVAILABLE"},
        {"userId": "u", "startTime": third, "systemPresence": "MEAL"},
    ]
    assert done.state["bookmarks"]["user_presence"]["replication_key_value"] == "2026-03-10T00:00:00+00:00"


def test_one_read_feeds_both_streams() -> None:
    start = "2026-03-09T08:00:00Z"
    both = {**user("u", (start, None, "ON_QUEUE")), **user("u", (start, None, "IDLE"), field="routingStatus")}
    vendor = Vendor(
        {**jobs(lambda body: [both], "userDetails", USER_JOBS), f"POST {USER_QUERY}": query([], "userDetails")}
    )
    done = sync(vendor, "user_presence", "user_routing_status", start_date="2026-03-09")
    assert done.records("user_presence") == [{"userId": "u", "startTime": start, "systemPresence": "ON_QUEUE"}]
    assert done.records("user_routing_status") == [{"userId": "u", "startTime": start, "routingStatus": "IDLE"}]
    posts = [each for each in vendor.paths() if each.startswith("POST")]
    assert posts == [f"POST {USER_JOBS}", f"POST {USER_QUERY}"]


def test_an_outage_of_user_queries_is_not_answered_by_cutting_for_ever() -> None:
    vendor = Vendor({f"POST {USER_QUERY}": timed_out})
    done = sync(vendor, "user_presence", start_date="2026-03-10", conversation_source="query")
    assert done.exit_code == 3
    assert "HTTP 504" in done.error()
    assert len(vendor.paths(USER_QUERY)) < 30


def test_rows_without_entries_are_no_end_of_the_pages() -> None:
    pages = {1: [{"userId": "u"}], 2: [user("v", ("2026-03-10T08:00:00Z", None, "BUSY"))]}
    vendor = Vendor(
        {f"POST {USER_QUERY}": lambda asked: {"userDetails": pages.get(asked.body["paging"]["pageNumber"], [])}}
    )
    done = sync(vendor, "user_presence", start_date="2026-03-10", conversation_source="query")
    assert [record["userId"] for record in done.records("user_presence")] == ["v"]


def test_rows_that_are_no_rows_are_told() -> None:
    vendor = Vendor({f"POST {QUERY}": answer({"conversations": "none"})})
    done = sync(vendor, "conversations", conversation_source="query", start_date="2026-03-10")
    assert "the answer's conversations are no list of objects" in done.error()
