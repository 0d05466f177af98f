"""Login, tokens, permissions, rates, and what every answer of Genesys Cloud has in common."""

from __future__ import annotations

import re
import typing as t

import pytest
from genesys_org import JOBS, QUERY, USER_QUERY, Org

DAY = "2026-03-17T00:00:00Z/2026-03-18T00:00:00Z"
EVALUATIONS = "/quality/evaluations/query?"


def test_a_token_is_bearer_and_tells_its_life(org: Org) -> None:
    org.settings(token_lifetime_seconds=300)
    answer = org.login()
    body = answer.json()
    assert (answer.status, body["token_type"], body["expires_in"]) == (200, "bearer", 300)
    assert set(body) == {"access_token", "token_type", "expires_in"}
    assert answer.headers["inin-correlation-id"]


@pytest.mark.parametrize(
    ("changes", "status", "error", "description"),
    [
        ({"client": "nobody"}, 400, "invalid_client", "client not found"),
        ({"secret": "wrong"}, 401, "invalid_client", "authentication failed"),
        ({"region": "mypurecloud.com"}, 400, "invalid_client", "client not found"),
        ({"form": "grant_type=password"}, 400, "unsupported_grant_type", "grant_type must be client_credentials"),
        ({"form": ""}, 400, "unsupported_grant_type", "grant_type must be client_credentials"),
    ],
)
def test_a_refused_login_has_a_body_of_its_own(
    org: Org, changes: dict[str, str], status: int, error: str, description: str
) -> None:
    answer = org.login(**changes)
    expected = {"error": error, "description": description, "error_description": description}
    assert (answer.status, answer.json()) == (status, expected)


def test_a_login_is_a_form(org: Org) -> None:
    answer = org.login(form='{"grant_type":"client_credentials"}', content_type="application/json")
    assert (answer.status, answer.json()["error"]) == (400, "invalid_request")


def test_tokens_end(org: Org) -> None:
    org.settings(token_lifetime_seconds=600)
    org.token = org.login().json()["access_token"]
    org.advance(seconds=599)
    assert org.get("/users", pageSize=1)["entities"]
    org.advance(seconds=1)
    assert org.refused("GET", "/users")[:2] == (401, "credentials.expired")
    org.token = "made-up"
    assert org.refused("GET", "/users") == (401, "bad.credentials", "Invalid login credentials.")
    org.token = ""
    assert org.refused("GET", "/users") == (
        401,
        "authentication.required",
        "No authentication bearer token specified in authorization header.",
    )


def test_with_hipaa_a_token_dies_of_fifteen_minutes_without_use(org: Org) -> None:
    org.settings(hipaa=True)
    for _ in range(3):
        org.advance(minutes=14, seconds=59)
        org.get("/users", pageSize=1)
    org.advance(minutes=15)
    assert org.refused("GET", "/users")[:2] == (401, "bad.credentials")
    org.settings(hipaa=False)
    assert org.refused("GET", "/users")[:2] == (401, "bad.credentials")


def test_a_token_is_good_in_its_own_region_only(org: Org) -> None:
    answer = org.send("GET", "/users", region="euw2.pure.cloud")
    assert (answer.status, answer.json()["code"]) == (401, "bad.credentials")


def test_a_token_can_be_killed_by_a_fault(org: Org) -> None:
    org.fault(kind="genesys_token", method="GET /api/v2/users", after=1)
    org.get("/users")
    assert org.refused("GET", "/users")[:2] == (401, "bad.credentials")
    org.token = org.login().json()["access_token"]
    org.get("/users")


@pytest.mark.parametrize(
    ("verb", "path", "permissions"),
    [
        ("POST", QUERY, "analytics:conversationDetail:view, analytics:agentConversationDetail:view"),
        ("POST", JOBS, "analytics:conversationDetail:view, analytics:agentConversationDetail:view"),
        ("GET", f"{JOBS}/availability", "analytics:conversationDetail:view"),
        ("POST", USER_QUERY, "analytics:userDetail:view"),
        ("GET", "/quality/evaluations/query", "quality:evaluation:view"),
        ("GET", "/quality/publishedforms/evaluations", "quality:evaluationForm:view"),
        ("GET", "/routing/queues", "routing:queue:view"),
        ("GET", "/routing/wrapupcodes", "routing:wrapupCode:view"),
        ("GET", "/routing/skills", "routing:skill:view"),
        ("GET", "/presence/definitions", "presence:presenceDefinition:view"),
    ],
)
def test_what_is_missing_is_listed(make_org: t.Callable[..., Org], verb: str, path: str, permissions: str) -> None:
    bare = make_org("sandbox-no-roles")
    text = "Unable to perform the requested action. You must have at least one of the following permissions assigned: "
    assert bare.refused(verb, path) == (403, "missing.any.permissions", f"{text}[{permissions}]")


@pytest.mark.parametrize(
    ("path", "permission"),
    [("/authorization/roles", "authorization:role:view"), ("/teams", "groups:team:view")],
)
def test_where_all_are_needed_all_missing_are_listed(
    make_org: t.Callable[..., Org], path: str, permission: str
) -> None:
    text = f"Unable to perform the requested action. You are missing the following permission(s): {permission}"
    assert make_org("sandbox-no-roles").refused("GET", path) == (403, "missing.permissions", text)


def test_some_lookups_need_no_permission(make_org: t.Callable[..., Org]) -> None:
    bare = make_org("sandbox-no-roles")
    for path in ("/users", "/groups", "/locations", "/authorization/divisions", "/routing/languages"):
        assert bare.get(path)["entities"], path
    role = "00000000-0000-4000-8000-000000000471"
    assert len(bare.get(f"/authorization/roles/{role}/users")["entities"]) == 2


def test_a_permission_can_be_taken_from_everybody(org: Org) -> None:
    org.settings(missing_permissions=["routing:queue:view"])
    assert org.refused("GET", "/routing/queues")[:2] == (403, "missing.any.permissions")
    assert org.get("/routing/skills")["entities"]


def test_other_divisions_are_left_out_without_a_word(make_org: t.Callable[..., Org]) -> None:
    everything, home = make_org(), make_org("sandbox-home-only")
    assert len(everything.get("/routing/queues")["entities"]) == 6
    seen = home.get("/routing/queues")
    assert (len(seen["entities"]), seen["total"]) == (4, 4)
    all_rows, own_rows = everything.queried(DAY), home.queried(DAY)
    mine = [row for row in all_rows if "00000000-0000-4000-8000-000000000001" in row["divisionIds"]]
    assert own_rows == mine
    assert 0 < len(mine) < len(all_rows)
    sales = next(row["id"] for row in everything.get("/routing/queues")["entities"] if row["name"].startswith("Sales"))
    assert home.refused("GET", f"/routing/queues/{sales}/members")[:2] == (404, "not.found")


def test_rates_are_told_and_enforced(org: Org) -> None:
    org.settings(rate_per_minute=3)
    org.token = org.login().json()["access_token"]
    told = [org.send("GET", "/groups").headers for _ in range(3)]
    assert [headers["inin-ratelimit-count"] for headers in told] == ["1", "2", "3"]
    assert {headers["inin-ratelimit-allowed"] for headers in told} == {"3"}
    assert all(1 <= int(headers["inin-ratelimit-reset"]) <= 61 for headers in told)
    answer = org.send("GET", "/groups")
    assert (answer.status, answer.json()["code"]) == (429, "too.many.requests")
    seconds = answer.headers["retry-after"]
    assert answer.json()["message"] == f"Rate limit exceeded the maximum. Retry the request in [{seconds}] seconds"
    assert answer.headers["inin-ratelimit-count"] == "4"
    org.token = org.login().json()["access_token"]
    assert org.send("GET", "/groups").status == 200  # the rate is the token's


def test_users_have_an_allowance_that_the_whole_organisation_shares(org: Org) -> None:
    assert org.send("GET", "/users").headers["inin-ratelimit-allowed"] == "180"
    org.settings(route_rates={"GET /api/v2/users": 2})
    org.send("GET", "/users")
    org.token = org.login().json()["access_token"]
    assert org.send("GET", "/users").status == 429
    assert org.send("GET", "/groups").status == 200


def test_correlation_ids_differ_and_are_everywhere(org: Org) -> None:
    answers = [org.send("GET", "/users"), org.send("GET", "/nowhere"), org.login(), org.login(secret="x")]
    found = [answer.headers["inin-correlation-id"] for answer in answers]
    assert len(set(found)) == 4
    assert all(re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", each) for each in found)


@pytest.mark.parametrize(
    ("verb", "path", "query", "expected"),
    [
        ("GET", "/nowhere", {}, (404, "not.found")),
        ("PUT", "/users", {}, (405, "method.not.allowed")),
        ("GET", "/users", {"pagesize": 5}, (400, "bad.request")),
        ("GET", "/users", {"pageSize": 501}, (400, "invalid.value")),
        ("GET", "/users", {"pageSize": 0}, (400, "invalid.value")),
        ("GET", "/users", {"pageSize": "ten"}, (400, "invalid.value")),
        ("GET", "/users", {"pageNumber": 0}, (400, "invalid.value")),
        ("GET", "/users", {"state": "gone"}, (400, "invalid.value")),
        ("GET", "/users", {"sortOrder": "up"}, (400, "invalid.value")),
        ("GET", "/users", {"expand": "integrationPresence", "pageSize": 101}, (400, "invalid.value")),
        ("GET", "/users/me", {}, (400, "bad.request")),
        ("GET", "/users/nobody", {}, (404, "not.found")),
        ("GET", "/teams", {"after": "bm9uZQ=="}, (400, "invalid.value")),
        ("GET", "/routing/queues/nothing/wrapupcodes", {}, (404, "not.found")),
    ],
)
def test_what_makes_no_sense_is_refused(
    org: Org, verb: str, path: str, query: dict[str, t.Any], expected: tuple[int, str]
) -> None:
    assert org.refused(verb, path, **query)[:2] == expected


def test_a_body_is_a_json_object_of_the_right_type(org: Org) -> None:
    path = f"/genesys/mypurecloud.de/api/api/v2{QUERY}"
    bearer = f"Bearer {org.token}"
    answer = org.vendor.send("POST", path, b"{}", "text/plain", authorization=bearer)
    assert (answer.status, answer.json()["code"]) == (415, "unsupported.media.type")
    for raw in (b"{", b"[]"):
        answer = org.vendor.send("POST", path, raw, authorization=bearer)
        assert (answer.status, answer.json()["code"]) == (400, "bad.request")


def test_faults_of_the_transport(org: Org) -> None:
    org.fault(kind="status", status=429, retry_after=7, method="GET /api/v2/groups")
    answer = org.send("GET", "/groups")
    assert (answer.status, answer.headers["retry-after"], answer.body) == (429, "7", b"")
    assert answer.headers["inin-correlation-id"]
    org.fault(kind="error", status=503, mnemonic="service.unavailable", message="Try later.")
    assert org.refused("GET", "/groups") == (503, "service.unavailable", "Try later.")
    org.fault(kind="html", status=502)
    assert b"nginx" in org.send("GET", "/groups").body
    org.fault(kind="truncated")
    whole = org.send("GET", "/groups").body
    assert len(whole) < len(org.send("GET", "/groups").body)
    org.fault(kind="status", status=500, method="POST /oauth/token")
    assert org.login().status == 500
    assert org.login().status == 200


def test_faults_hit_the_requests_they_name(org: Org) -> None:
    org.fault(kind="error", status=500, mnemonic="internal.server.error", where={"pageNumber": "2"})
    org.get("/users", pageNumber=1)
    assert org.refused("GET", "/users", pageNumber=2)[0] == 500
    org.fault(kind="error", status=500, mnemonic="x", method="GET /api/v2/routing/queues/{queueId}/members")
    org.get("/routing/queues")
    assert org.refused("GET", "/routing/queues/any/members")[:2] == (500, "x")


def test_the_request_log_has_no_secrets(org: Org) -> None:
    org.get("/users", pageSize=3)
    entries = org.vendor.control("GET", "/requests")
    assert [entry["method"] for entry in entries] == ["POST /oauth/token", "GET /api/v2/users"]
    assert entries[1]["params"] == {"pageSize": "3"}
    assert (entries[1]["rows"], entries[1]["outcome"]) == (3, 200)
    assert org.token not in str(entries)
    assert "sandbox-client-secret" not in str(entries)
