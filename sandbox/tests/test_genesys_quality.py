"""Evaluations, evaluators and forms, and the lookups with their different ways of paging."""

from __future__ import annotations

import collections
import typing as t

import pytest
from genesys_org import Org, Row, ids

EVALUATIONS = "/quality/evaluations/query"
FIRST = "00000000-0000-4000-8000-000000000302"
AGENT = "00000000-0000-4000-8000-000000000301"
EVERYTHING = {"expandAnswerTotalScores": "true", "includeDeletedUsers": "true"}
DOCUMENTED_FORM = "00000000-0000-4000-8000-000000000702"


@pytest.fixture
def busy(make_org: t.Callable[..., Org]) -> Org:
    """An organisation with enough evaluations for several pages."""
    return make_org(conversations_per_day=120, days=45)


def of(rows: t.Iterable[Row], who: str, identifier: str) -> list[Row]:
    return [row for row in rows if row.get(who, {}).get("id") == identifier]


def test_evaluations_need_an_id(busy: Org) -> None:
    status, code, text = busy.refused("GET", EVALUATIONS, startTime="2026-03-01T00:00:00Z")
    assert (status, code) == (400, "bad.request")
    assert "conversationId, evaluatorUserId, agentUserId, assigneeUserId" in text
    bad = {"startTime": "2026-03-02T00:00:00Z", "endTime": "2026-03-01T00:00:00Z"}
    assert busy.refused("GET", EVALUATIONS, evaluatorUserId=FIRST, **bad)[:2] == (400, "invalid.date")
    assert busy.refused("GET", EVALUATIONS, evaluatorUserId=FIRST, evaluationState="DONE")[0] == 400
    assert busy.refused("GET", EVALUATIONS, evaluatorUserId=FIRST, pageSize=101)[0] == 400


def test_by_evaluator_in_order_of_assignment(busy: Org) -> None:
    rows = busy.entities(EVALUATIONS, 50, evaluatorUserId=FIRST, **EVERYTHING)
    truth = of(busy.truth("evaluations"), "evaluator", FIRST)
    assert sorted(rows, key=lambda row: str(row["id"])) == sorted(truth, key=lambda row: str(row["id"]))
    dates = [row["assignedDate"][:19] for row in rows]
    assert dates == sorted(dates)
    window = {"startTime": "2026-03-01T00:00:00Z", "endTime": "2026-03-08T00:00:00Z"}
    part = busy.entities(EVALUATIONS, 50, evaluatorUserId=FIRST, **EVERYTHING, **window)
    assert ids(part, "id") == [row["id"] for row in rows if "2026-03-01" <= row["assignedDate"] < "2026-03-08"]
    assert 0 < len(part) < len(rows)


def test_only_next_uri_tells_the_truth_about_large_sets(busy: Org) -> None:
    page = busy.get(EVALUATIONS, evaluatorUserId=FIRST, pageSize=10, **EVERYTHING)
    rows = busy.entities(EVALUATIONS, 10, evaluatorUserId=FIRST, **EVERYTHING)
    assert page["nextUri"] == f"/api/v2{EVALUATIONS}?pageSize=10&pageNumber=2"
    assert page["pageCount"] * 10 == page["total"] < len(rows)
    busy.settings(wrong_totals=False)
    assert busy.get(EVALUATIONS, evaluatorUserId=FIRST, pageSize=10, **EVERYTHING)["total"] == len(rows)


def test_answers_come_with_the_flag_only(busy: Org) -> None:
    bare = busy.entities(EVALUATIONS, 100, evaluatorUserId=FIRST)
    scored = busy.entities(EVALUATIONS, 100, evaluatorUserId=FIRST, expandAnswerTotalScores="true")
    assert ids(bare, "id") == ids(scored, "id")
    assert all("answers" not in row for row in bare)
    assert {row["status"] for row in scored if "answers" in row} >= {"FINISHED"}
    assert all("answers" in row for row in scored if row["status"] == "FINISHED")
    assert all("answers" not in row and "submittedDate" not in row for row in scored if row["status"] == "PENDING")


def test_deleted_people_are_left_out_unless_asked_for(busy: Org) -> None:
    gone = {row["id"] for row in busy.truth("users") if row["state"] == "deleted"}
    former = next(row["id"] for row in busy.truth("users") if row["name"].startswith("Former Evaluator"))
    truth = of(busy.truth("evaluations"), "evaluator", former)
    assert truth
    assert busy.entities(EVALUATIONS, evaluatorUserId=former) == []
    assert len(busy.entities(EVALUATIONS, evaluatorUserId=former, includeDeletedUsers="true")) == len(truth)
    seen = busy.entities(EVALUATIONS, 100, evaluatorUserId=FIRST)
    agents = {row["agent"]["id"] for row in seen}
    assert not agents & gone
    everything = busy.entities(EVALUATIONS, 100, evaluatorUserId=FIRST, includeDeletedUsers="true")
    assert {row["agent"]["id"] for row in everything} & gone


def test_by_agent_what_is_never_released_is_omitted(busy: Org) -> None:
    agents = collections.Counter(row["agent"]["id"] for row in busy.truth("evaluations") if row.get("neverRelease"))
    agent = agents.most_common(1)[0][0]
    truth = of(busy.truth("evaluations"), "agent", agent)
    rows = busy.entities(EVALUATIONS, 50, agentUserId=agent, **EVERYTHING)
    shown = {row["id"] for row in truth if not row.get("neverRelease", False)}
    assert set(ids(rows, "id")) <= shown
    assert {row["id"] for row in truth if row.get("neverRelease")} & set(ids(rows, "id")) == set()
    released = [row["releaseDate"][:19] for row in rows if "releaseDate" in row]
    assert released == sorted(released)
    evaluator = next(row["evaluator"]["id"] for row in truth if row.get("neverRelease") and "evaluator" in row)
    both = busy.entities(EVALUATIONS, 50, agentUserId=agent, evaluatorUserId=evaluator, **EVERYTHING)
    assert any(row.get("neverRelease") for row in both)


def test_evaluations_change_for_weeks(busy: Org) -> None:
    before = {row["id"]: row for row in busy.truth("evaluations")}
    busy.advance(days=40)
    after = {row["id"]: row for row in busy.truth("evaluations", end="2026-03-20T12:00:00Z")}
    assert set(before) - set(after)  # deleted
    revised = [row for row in after.values() if row["version"] == 2 and row["id"] not in before]
    assert revised
    for row in revised:
        former = after.get(row["retractedEvaluation"]["id"])
        assert former is None or (former["status"], former["evaluationContextId"]) == (
            "RETRACTED",
            row["evaluationContextId"],
        )
        assert row["assignedDate"] < "2026-03-20T12"  # an old window has got news
    finished = [key for key in before.keys() & after.keys() if before[key]["status"] != after[key]["status"]]
    assert finished
    assert all(before[key]["changedDate"] < after[key]["changedDate"] for key in finished)


def test_one_evaluation(busy: Org) -> None:
    row = next(row for row in busy.truth("evaluations") if row["status"] == "FINISHED" and "evaluator" in row)
    path = f"/quality/conversations/{row['conversation']['id']}/evaluations/{row['id']}"
    assert busy.get(path) == row
    expanded = busy.get(path, expand=["evaluationForm", "agent"])
    assert expanded["evaluationForm"]["questionGroups"]
    assert expanded["agent"]["name"].endswith("(fake)")
    assert busy.refused("GET", path[:-4] + "0000")[:2] == (404, "not.found")


def questions(form: Row) -> dict[str, Row]:
    return {each["id"]: each for group in form["questionGroups"] for each in group["questions"]}


def test_answers_belong_to_the_version_of_the_form_that_was_used(busy: Org) -> None:
    forms = {row["id"]: row for row in busy.truth("evaluation_forms")}
    used = set()
    for row in busy.truth("evaluations"):
        if "answers" not in row:
            continue
        known = questions(forms[row["evaluationForm"]["id"]])
        used.add(row["evaluationForm"]["id"])
        groups = row["answers"]["questionGroupScores"]
        assert {score["questionId"] for group in groups for score in group["questionScores"]} == set(known)
        for score in (score for group in groups for score in group["questionScores"]):
            options = {option["id"]: option["value"] for option in known[score["questionId"]].get("answerOptions", ())}
            if options and not score["markedNA"]:
                assert score["score"] == options[score["answerId"]]
            ticks = score.get("multipleSelectQuestionOptionScores")
            assert ticks is None or (score["answerId"], score["score"]) == ("", sum(tick["score"] for tick in ticks))
        assert 0 <= row["answers"]["totalScore"] <= 100
    assert len(used) == 3


def test_evaluations_inside_conversations_agree(busy: Org) -> None:
    inside = {each["evaluationId"]: each for row in busy.truth("conversations") for each in row.get("evaluations", ())}
    words = {"PENDING": "Pending", "INPROGRESS": "InProgress", "FINISHED": "Finished", "RETRACTED": "Retracted"}
    compared = 0
    for row in busy.truth("evaluations"):
        if row["id"] in inside and not row["id"].startswith("00000000"):
            each = inside[row["id"]]
            assert each["evaluationStatus"] == words[row["status"]]
            assert each["released"] == ("releaseDate" in row)
            assert each.get("oTotalScore") == (round(row["answers"]["totalScore"]) if "answers" in row else None)
            compared += 1
    assert compared > 50


def test_roles_and_activity_show_different_evaluators(busy: Org) -> None:
    roles = busy.get("/authorization/roles", name="Quality Evaluator")["entities"]
    role = next(row for row in roles if row["name"] == "Quality Evaluator")
    page = busy.get(f"/authorization/roles/{role['id']}/users", pageSize=1)
    assert set(page) == {"entities", "pageSize", "pageNumber", "total", "pageCount"}
    assert (page["total"], page["pageCount"], role["userCount"]) == (2, 2, 2)
    holders = {row["id"] for row in busy.get(f"/authorization/roles/{role['id']}/users")["entities"]}
    window = {"startTime": "2026-02-01T00:00:00Z", "endTime": "2026-03-20T12:00:00Z"}
    active = busy.entities("/quality/evaluators/activity", 2, **window)
    truth = collections.Counter(row["evaluator"]["id"] for row in busy.truth("evaluations") if "evaluator" in row)
    assert {row["id"]: row["numEvaluationsAssigned"] for row in active} == dict(truth)
    assert holders < set(truth)
    assert busy.refused("GET", "/quality/evaluators/activity")[0] == 400


def test_forms(busy: Org) -> None:
    copies = busy.entities("/quality/forms/evaluations", 2)
    assert all(not row["published"] and "questionGroups" not in row for row in copies)
    history = busy.entities("/quality/forms/evaluations", expand="publishHistory")
    assert [len(row["publishedVersions"]["entities"]) for row in history] == [2, 1, 0]
    published = busy.entities("/quality/publishedforms/evaluations", 2)
    assert sorted(ids(published, "id")) == sorted(ids(busy.truth("evaluation_forms"), "id"))
    latest = busy.entities("/quality/publishedforms/evaluations", onlyLatestPerContext="true")
    assert len(latest) == len({row["contextId"] for row in published}) == 2
    old = busy.get(f"/quality/forms/evaluations/{DOCUMENTED_FORM}")
    assert questions(old)
    assert busy.get(f"/quality/publishedforms/evaluations/{DOCUMENTED_FORM}")["id"] != DOCUMENTED_FORM
    versions = busy.entities(f"/quality/forms/evaluations/{DOCUMENTED_FORM}/versions", sortOrder="asc")
    assert versions[0]["id"] == DOCUMENTED_FORM
    busy.advance(days=3)
    busy.token = busy.login().json()["access_token"]
    assert len(busy.entities("/quality/publishedforms/evaluations")) == len(published) + 1


def test_listings_link_to_their_neighbours(org: Org) -> None:
    page = org.get("/users", pageSize=10, pageNumber=2, state="any")
    base = "/api/v2/users?pageSize=10&pageNumber="
    assert page["nextUri"] == f"{base}3&state=any"
    assert page["previousUri"] == f"{base}1&state=any"
    assert (page["total"], page["pageCount"], page["firstUri"]) == (28, 3, f"{base}1&state=any")
    assert len(org.follow(page["nextUri"])["entities"]) == 8
    last = org.get("/users", pageSize=10, pageNumber=3, state="any")
    assert "nextUri" not in last
    single = org.get("/groups")
    assert {"nextUri", "previousUri"} & set(single) == set()
    assert org.get("/users", pageNumber=9)["entities"] == []


def test_teams_are_paged_by_cursor(org: Org) -> None:
    page = org.get("/teams", pageSize=2)
    assert set(page) == {"entities", "nextUri", "selfUri"}
    last = org.follow(page["nextUri"])
    assert set(last) == {"entities", "selfUri", "previousUri"}
    assert ids(page["entities"] + last["entities"], "id") == sorted(
        ids(org.truth("teams"), "id"), key=lambda key: next(r["name"] for r in org.truth("teams") if r["id"] == key)
    )
    assert org.follow(last["previousUri"])["entities"] == page["entities"]


def test_queue_members_are_listed_without_counts(org: Org) -> None:
    queue = org.get("/routing/queues")["entities"][0]
    page = org.get(f"/routing/queues/{queue['id']}/members", pageSize=5)
    assert {"total", "pageCount", "lastUri"} & set(page) == set()
    rows = org.entities(f"/routing/queues/{queue['id']}/members", 5)
    assert len(rows) == queue["memberCount"]
    truth = [row for row in org.truth("queue_members") if row["queueId"] == queue["id"]]
    assert sorted(({"queueId": queue["id"], **row} for row in rows), key=lambda row: str(row["id"])) == sorted(
        truth, key=lambda row: str(row["id"])
    )
    org.settings(removed_queues=[queue["id"]])
    assert org.refused("GET", f"/routing/queues/{queue['id']}/members")[:2] == (404, "not.found")
    assert queue["id"] in ids(org.get("/routing/queues")["entities"], "id")


def test_people_leave(org: Org) -> None:
    active = org.entities("/users", 100)
    assert len(org.entities("/users", 100, state="any")) == 28
    assert ids(org.entities("/users", 100, state="inactive"), "id")
    org.advance(days=6)
    org.token = org.login().json()["access_token"]
    left = set(ids(active, "id")) - set(ids(org.entities("/users", 100), "id"))
    assert len(left) == 1
    assert left < set(ids(org.entities("/users", 100, state="deleted"), "id"))
    assert not left & {row["id"] for row in org.truth("queue_members")}


@pytest.mark.parametrize(
    ("name", "path", "options"),
    [
        ("queues", "/routing/queues", {}),
        ("wrapup_codes", "/routing/wrapupcodes", {}),
        ("skills", "/routing/skills", {}),
        ("languages", "/routing/languages", {}),
        ("divisions", "/authorization/divisions", {}),
        ("groups", "/groups", {}),
        ("locations", "/locations", {}),
        ("roles", "/authorization/roles", {}),
        ("users", "/users", {"state": "any"}),
    ],
)
def test_truth_of_lookups(org: Org, name: str, path: str, options: dict[str, str]) -> None:
    rows = org.entities(path, 2, **options)
    assert sorted(rows, key=lambda row: str(row["id"])) == sorted(org.truth(name), key=lambda row: str(row["id"]))


def test_presence_definitions_are_not_paged(org: Org) -> None:
    active, gone = org.get("/presence/definitions"), org.get("/presence/definitions", deactivated="true")
    assert set(active) == {"total", "entities", "selfUri"}
    assert (len(active["entities"]), len(gone["entities"])) == (10, 1)
    assert active["entities"] + gone["entities"] == org.truth("presence_definitions")
    old = org.get("/presencedefinitions", pageSize=100, deleted="ALL")["entities"]
    assert {row["systemPresence"] for row in old} >= {"On Queue"}
    assert org.refused("GET", "/presence/definitions", pageSize=5)[0] == 400


def test_there_is_no_truth_of_what_is_not_served(org: Org) -> None:
    answer = org.vendor.send("GET", "/_sandbox/truth/genesys/nothing")
    assert answer.status == 404
    assert "conversations, user_presence" in answer.json()["error"]
