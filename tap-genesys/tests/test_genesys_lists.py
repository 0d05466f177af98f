"""Lookups, evaluators, evaluations and forms."""

from __future__ import annotations

import typing as t

import pytest
from genesys_memory import Asked, Row, Vendor, platform_error, sync

ROLES = "GET /authorization/roles"
EVALUATIONS = "GET /quality/evaluations/query"


def entities(*rows: Row) -> Row:
    return {"entities": list(rows)}


def test_what_hangs_below_a_queue() -> None:
    routes = {
        "GET /routing/queues": entities({"id": "q1"}, {"id": "q2"}, {"id": "gone"}),
        "GET /routing/queues/q1/members": entities({"id": "u1", "joined": True}),
        "GET /routing/queues/q2/members": entities({"id": "u1", "joined": False}),
        "GET /routing/queues/q1/wrapupcodes": entities({"id": "w1"}),
        "GET /routing/queues/q2/wrapupcodes": entities({"id": "w1"}, {"id": "w2"}),
    }
    vendor = Vendor(routes)
    done = sync(vendor, "queue_members", "queue_wrapup_codes")
    assert done.exit_code == 0, done.summary
    assert done.records("queue_members") == [
        {"queueId": "q1", "id": "u1", "joined": True},
        {"queueId": "q2", "id": "u1", "joined": False},
    ]
    assert [(r["queueId"], r["id"]) for r in done.records("queue_wrapup_codes")] == [
        ("q1", "w1"),
        ("q2", "w1"),
        ("q2", "w2"),
    ]
    assert vendor.paths().count("GET /routing/queues") == 1
    assert [m["stream"] for m in done.messages if m["type"] == "ACTIVATE_VERSION"] == [
        "queue_members",
        "queue_wrapup_codes",
    ]


def test_presence_definitions_in_and_out_of_use() -> None:
    def listed(asked: Asked) -> Row:
        active, retired = {"id": "p1"}, {"id": "p2", "deactivated": True}
        return {
            "total": 1,
            **(entities(active, retired) if asked.params["deactivated"] == "true" else entities(active)),
        }

    done = sync(Vendor({"GET /presence/definitions": listed}), "presence_definitions")
    assert [record["id"] for record in done.records("presence_definitions")] == ["p1", "p2"]


def test_every_published_version_of_a_form_with_its_questions() -> None:
    questions = [{"id": "g", "questions": [{"id": "q", "answerOptions": [{"id": "a", "value": 1}]}]}]
    routes = {
        "GET /quality/publishedforms/evaluations": entities(
            {"id": "f1", "published": True}, {"id": "gone"}, {"id": "draft"}
        ),
        "GET /quality/forms/evaluations/f1": {
            "id": "f1",
            "published": True,
            "contextId": "c",
            "questionGroups": questions,
        },
        "GET /quality/forms/evaluations/draft": {"id": "draft", "published": False},
    }
    done = sync(Vendor(routes), "evaluation_forms")
    assert done.exit_code == 0, done.summary
    assert done.records("evaluation_forms") == [
        {"id": "f1", "published": True, "contextId": "c", "questionGroups": questions}
    ]


def quality(*roles: Row, **users: list[str]) -> dict[str, t.Any]:
    """Roles, who has them, and one evaluation by each evaluator."""

    def by(asked: Asked) -> Row:
        evaluator = asked.params["evaluatorUserId"]
        return entities({"id": f"e-{evaluator}", "assignedDate": "2026-03-09T09:00:00.000Z", "status": "FINISHED"})

    below = {
        f"{ROLES}/{role}/users": lambda asked, ids=ids: {
            "entities": [{"id": name} for name in ids[asked.params["pageNumber"] - 1 :][:1]],
            "pageNumber": asked.params["pageNumber"],
            "pageCount": len(ids),
        }
        for role, ids in users.items()
    }
    return {ROLES: entities(*roles), **below, EVALUATIONS: by}


ROLE = {"id": "r1", "name": "Quality Evaluator"}
LOOKALIKE = {"id": "r2", "name": "Quality Evaluator (old)"}


def test_evaluations_of_everybody_who_evaluates() -> None:
    vendor = Vendor(quality(ROLE, LOOKALIKE, r1=["u2", "u1"], r2=["nobody"]))
    done = sync(vendor, "evaluations", evaluator_ids=["u9"])
    assert done.exit_code == 0, done.summary
    assert [record["id"] for record in done.records("evaluations")] == ["e-u1", "e-u2", "e-u9"]
    assert set(done.records("evaluations")[0]) == {"id", "assignedDate", "status"}  # nothing that SCHEMA lacks
    asked = next(each for each in vendor.asked if each.path == "/quality/evaluations/query")
    assert asked.params == {
        "evaluatorUserId": "u1",
        "startTime": "2026-03-08T00:00:00.000Z",
        "endTime": "2026-03-10T11:50:00.000Z",
        "expandAnswerTotalScores": "true",
        "includeDeletedUsers": "true",
        "pageSize": 100,
        "pageNumber": 1,
    }
    bookmark = {"replication_key": "assignedDate", "replication_key_value": "2026-03-10T11:50:00+00:00"}
    assert done.state["bookmarks"]["evaluations"]["partitions"] == [
        {"context": {"evaluatorUserId": evaluator}, **bookmark} for evaluator in ("u1", "u2", "u9")
    ]


def test_a_new_evaluator_is_read_from_the_start() -> None:
    bookmark = {"replication_key": "assignedDate", "replication_key_value": "2026-03-10T00:00:00+00:00"}
    state = {"bookmarks": {"evaluations": {"partitions": [{"context": {"evaluatorUserId": "u1"}, **bookmark}]}}}
    vendor = Vendor(quality(ROLE, r1=["u1", "u2"]))
    sync(vendor, "evaluations", state=state, lookback_days=0)
    starts = {a.params["evaluatorUserId"]: a.params["startTime"] for a in vendor.asked if "evaluatorUserId" in a.params}
    assert starts == {"u1": "2026-03-10T00:00:00.000Z", "u2": "2026-03-08T00:00:00.000Z"}


def test_a_role_that_nobody_knows_is_told_with_those_there_are() -> None:
    done = sync(Vendor(quality(LOOKALIKE, r2=["u1"])), "evaluations")
    assert done.exit_code == 3
    assert "looking for the role 'Quality Evaluator': there is none; there are Quality Evaluator (old)." in done.error()


def test_evaluators_without_roles() -> None:
    vendor = Vendor(quality())
    done = sync(vendor, "evaluations", evaluator_roles=[], evaluator_ids=["u9"])
    assert [record["id"] for record in done.records("evaluations")] == ["e-u9"]
    assert ROLES not in vendor.paths()


@pytest.mark.parametrize(("roles", "told"), [(["Quality Evaluator"], True), ([], False)], ids=["role", "nothing"])
def test_a_read_without_evaluators_says_so(roles: list[str], told: bool, caplog: pytest.LogCaptureFixture) -> None:
    done = sync(Vendor(quality(ROLE, r1=[])), "evaluations", evaluator_roles=roles)
    assert (done.exit_code, done.records("evaluations")) == (0, [])
    assert ("nobody has the role 'Quality Evaluator'" in caplog.text) == told
    assert "there is no evaluator to ask for; set evaluator_roles or evaluator_ids" in caplog.text


def test_an_evaluator_whose_evaluations_fail_costs_only_itself() -> None:
    routes = quality(ROLE, r1=["u1", "u2"])
    by = routes[EVALUATIONS]

    def fails(asked: Asked) -> t.Any:
        bad = asked.params["evaluatorUserId"] == "u1"
        return platform_error(400, "invalid.value", "no such user") if bad else by(asked)

    done = sync(Vendor({**routes, EVALUATIONS: fails}), "evaluations")
    assert done.exit_code == 3
    assert [record["id"] for record in done.records("evaluations")] == ["e-u2"]
