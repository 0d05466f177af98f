"""Token, rate, errors and paging, as a whole run shows them."""

from __future__ import annotations

import typing as t

import pytest
from genesys_memory import Asked, Row, Vendor, answer, platform_error, sync
from singer_slices import Answer

SKILL = {"id": "s1", "name": "German", "state": "active"}
LISTING: Row = {"entities": [SKILL], "pageNumber": 1, "pageCount": 1}
SKILLS = "GET /routing/skills"


def test_one_token_for_all_requests() -> None:
    vendor = Vendor({SKILLS: LISTING, "GET /groups": {"entities": []}})
    done = sync(vendor, "skills", "groups")
    assert (done.exit_code, done.records("skills"), vendor.logins) == (0, [SKILL], 1)
    assert {asked.token for asked in vendor.asked} == {"token-1"}


def test_a_dead_token_is_renewed_once() -> None:
    def dies(asked: Asked) -> t.Any:
        dead = asked.token == "token-1"
        return platform_error(401, "bad.credentials", "Invalid login credentials.") if dead else LISTING

    vendor = Vendor({SKILLS: dies})
    done = sync(vendor, "skills")
    assert (done.exit_code, done.records("skills"), vendor.logins) == (0, [SKILL], 2)


def test_a_second_401_is_final() -> None:
    vendor = Vendor({SKILLS: platform_error(401, "bad.credentials", "Invalid login credentials.")})
    done = sync(vendor, "skills", "teams")
    assert (done.exit_code, vendor.logins, len(vendor.asked)) == (2, 2, 2)
    assert "even with a new token" in done.summary["error"]


@pytest.mark.parametrize("status", [400, 401])
def test_a_wrong_secret_is_tried_once(status: int) -> None:
    body = {
        "error": "invalid_client",
        "description": "authentication failed",
        "error_description": "authentication failed",
    }
    vendor = Vendor({}, login=lambda _: answer(body, status))
    done = sync(vendor, "skills", "groups")
    assert (done.exit_code, vendor.logins, vendor.asked) == (2, 1, [])
    assert f"HTTP {status} invalid_client: authentication failed; check client_id" in done.summary["error"]
    assert "the-client-secret" not in str(done.summary)


def test_a_login_through_trouble() -> None:
    answers = [Answer(503, {}, b"<html>"), answer({"access_token": "t", "expires_in": 300})]
    vendor = Vendor({SKILLS: LISTING}, login=lambda number: answers[number - 1])
    assert sync(vendor, "skills").records("skills") == [SKILL]


def test_a_missing_permission_is_named_and_costs_one_stream() -> None:
    text = "You must have at least one of the following permissions assigned: [groups:team:view]"
    refused = platform_error(403, "missing.any.permissions", text, inin_correlation_id="corr-7")
    vendor = Vendor({"GET /teams": refused, SKILLS: LISTING})
    done = sync(vendor, "skills", "teams")
    assert (done.exit_code, done.records("skills")) == (3, [SKILL])
    [teams] = [part for part in done.summary["streams"] if part["stream"] == "teams"]
    assert "[groups:team:view]" in teams["error"]
    assert "(correlation id corr-7)" in teams["error"]
    assert teams["known_unavailable"] == "teams"


def test_nothing_but_refusals_is_a_matter_of_settings() -> None:
    assert sync(Vendor({SKILLS: platform_error(403, "not.authorized", "no")}), "skills").exit_code == 2


def test_a_throttled_request_waits_as_told() -> None:
    answers = iter(
        [
            platform_error(429, "too.many.requests", "Retry the request in [7] seconds", retry_after="7"),
            platform_error(429, "too.many.requests", "slow down", inin_ratelimit_reset="11"),
            answer(LISTING),
        ]
    )
    done = sync(Vendor({SKILLS: lambda _: next(answers)}), "skills")
    assert done.records("skills") == [SKILL]
    assert {7.0, 12.0} <= {round(seconds) for seconds in done.waited}


def test_a_spent_window_is_waited_for_before_it_is_overdrawn() -> None:
    heads = {"inin_ratelimit_count": "300", "inin_ratelimit_allowed": "300", "inin_ratelimit_reset": "21"}
    vendor = Vendor({"GET /routing/languages": answer({"entities": []}, **heads), SKILLS: LISTING})
    done = sync(vendor, "languages", "skills")
    assert done.exit_code == 0
    assert any(21 <= seconds <= 23 for seconds in done.waited)


@pytest.mark.parametrize("status", [408, 500, 502, 503, 504])
def test_what_may_pass_is_tried_again(status: int) -> None:
    answers = iter([Answer(status, {}, b"<html>oops</html>"), answer(LISTING)])
    assert sync(Vendor({SKILLS: lambda _: next(answers)}), "skills").records("skills") == [SKILL]


@pytest.mark.parametrize(
    ("made", "code", "told"),
    [
        (Answer(404, {}, b"<html>nginx</html>"), 2, "check region and api_url"),
        (Answer(302, {"location": "https://elsewhere"}, b""), 2, "check region and api_url"),
        (platform_error(400, "invalid.value", "bad sortOrder"), 3, "HTTP 400 invalid.value: bad sortOrder"),
        (answer([1]), 3, "the answer is no JSON object"),
        (answer({"entities": 5}), 3, "the answer's entities are no list of objects"),
    ],
)
def test_other_answers(made: Answer, code: int, told: str) -> None:
    done = sync(Vendor({SKILLS: made, "GET /groups": {"entities": []}}), "groups", "skills")
    assert done.exit_code == code
    assert told in str(done.summary)


# Paging


def page(asked: Asked, rows: list[Row], **more: t.Any) -> Row:
    return {"entities": rows, "pageNumber": asked.params.get("pageNumber", 1), **more}


def test_next_addresses_lead_on_and_filters_stay() -> None:
    """A next address may lack the filters that were asked with."""

    def users(asked: Asked) -> Row:
        number = asked.params.get("pageNumber", 1)
        following = {"nextUri": f"/api/v2/users?pageSize=500&pageNumber={number + 1}"} if number < 3 else {}
        return page(asked, [{"id": str(number)}], pageCount=1, total=1, **following)

    vendor = Vendor({"GET /users": users})
    done = sync(vendor, "users")
    assert [record["id"] for record in done.records("users")] == ["1", "2", "3"]
    assert {asked.params["state"] for asked in vendor.asked} == {"any"}
    assert {"skills", "team", "employerInfo"} <= set(vendor.asked[2].params["expand"])


def test_cursors_lead_on() -> None:
    def teams(asked: Asked) -> Row:
        if asked.params.get("after") == "QQ==":
            return {"entities": [{"id": "2"}]}
        return {"entities": [{"id": "1"}], "nextUri": "/api/v2/teams?pageSize=100&after=QQ%3D%3D"}

    assert [r["id"] for r in sync(Vendor({"GET /teams": teams}), "teams").records("teams")] == ["1", "2"]


def test_page_counts_lead_on_where_there_is_no_next_address() -> None:
    vendor = Vendor({SKILLS: lambda asked: page(asked, [{"id": str(asked.params.get("pageNumber", 1))}], pageCount=2)})
    assert [r["id"] for r in sync(vendor, "skills").records("skills")] == ["1", "2"]


def test_a_page_that_names_itself_is_told() -> None:
    vendor = Vendor({SKILLS: {**LISTING, "nextUri": "/api/v2/routing/skills?pageSize=100"}})
    done = sync(vendor, "skills")
    assert done.exit_code == 3
    assert "a page names itself as the next one" in done.error()


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "the answer is empty"),
        (b" \n", "the answer is empty"),
        (
            b'{"message": "failed", "code": "internal.error", "status": 500, "contextId": "c-1"}',
            "the answer is an error: HTTP 200 internal.error: failed (correlation id c-1)",
        ),
    ],
)
def test_nothing_or_an_error_under_200_is_no_empty_list(body: bytes, said: str) -> None:
    done = sync(Vendor({SKILLS: Answer(200, {}, body)}), "skills", max_retries=1)
    assert (done.exit_code, done.records("skills")) == (3, [])
    assert not [message for message in done.messages if message["type"] == "ACTIVATE_VERSION"]
    assert done.error().endswith(said)
