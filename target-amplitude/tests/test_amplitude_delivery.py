"""What becomes of updates by what Amplitude answers: sent again, rejected, waited for, or the end of the run."""

from __future__ import annotations

import logging
import typing as t
from collections.abc import Callable

import pytest
from singer_spool import ConfigurationError, CredentialError, LoadError, QuotaSpent
from target_amplitude import courier as courier_module
from target_amplitude.answers import Answer
from target_amplitude.pace import backoff

if t.TYPE_CHECKING:
    from conftest import Events, Stand

MakeStand = Callable[..., "Stand"]


def reply(status: int, body: t.Any = None, retry_after: float | None = None, text: str = "") -> Answer:
    return Answer(status, text, body, retry_after)


def lists(**fields: list[int]) -> Answer:
    error = "Invalid field values on some events"
    return reply(400, {"code": 400, "error": error, "events_with_invalid_fields": fields})


OK = reply(200, {"code": 200})


@pytest.fixture(autouse=True)
def _no_jitter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(courier_module, "backoff", lambda attempt: backoff(attempt, lambda _low, high: high))


def test_listed_updates_are_removed_and_the_rest_is_sent_again(stand: Stand) -> None:
    stand.amplitude.script = [lists(user_properties=[1, 3])]
    stand.load_users("user-0", "user-1", "user-2", "user-3", "user-4")
    assert stand.amplitude.users == [
        ["user-0", "user-1", "user-2", "user-3", "user-4"],
        ["user-0", "user-2", "user-4"],
    ]
    first, second = stand.amplitude.requests
    assert [event["insert_id"] for event in second.events] == ["fresh-1", "fresh-3", "fresh-5"]
    assert second.events[1] == first.events[2]
    assert stand.letters == [
        {
            "stream": "profiles",
            "key": {"id": user},
            "record": {"id": user, "plan": "pro"},
            "reason": "invalid_fields",
            "detail": "Amplitude refused the event for its user_properties",
            "status": 400,
            "answer": {
                "code": 400,
                "error": "Invalid field values on some events",
                "events_with_invalid_fields": ["user_properties"],
            },
            "time": "2026-11-23T10:00:00.000+00:00",
            "schema": {},
        }
        for user in ("user-1", "user-3")
    ]
    assert stand.result["retried"] == 3
    assert stand.result["delivered"] == 3


def test_first_failing_index_only_needs_as_many_rounds(stand: Stand) -> None:
    bad = {"user-1", "user-3", "user-4"}

    def first_only(events: Events) -> Answer:
        found = [place for place, event in enumerate(events) if event["user_id"] in bad]
        return lists(user_properties=found[:1]) if found else OK

    stand.amplitude.rule = first_only
    stand.load_users(*(f"user-{number}" for number in range(6)))
    assert [len(users) for users in stand.amplitude.users] == [6, 5, 4, 3]
    assert stand.amplitude.users[-1] == ["user-0", "user-2", "user-5"]
    assert stand.reasons == dict.fromkeys(sorted(bad), "invalid_fields")


def test_all_listed_ends_without_another_request(stand: Stand) -> None:
    stand.amplitude.script = [lists(user_properties=[0, 1])]
    stand.load_users("user-0", "user-1")
    assert len(stand.amplitude.requests) == 1
    assert len(stand.letters) == 2


def test_one_bad_record_of_a_collapsed_update_does_not_take_the_others_along(stand: Stand) -> None:
    stand.amplitude.rule = lambda events: (
        lists(user_properties=found)
        if (found := [i for i, e in enumerate(events) if e["user_properties"]["$set"].get("plan") == "bad"])
        else OK
    )
    stand.load(
        {"id": "user-1", "plan": "pro", "level": 1},
        {"id": "user-1", "plan": "bad"},
        {"id": "user-2", "plan": "pro"},
        {"id": "user-1", "level": 3},
    )
    assert stand.amplitude.requests[0].events[0]["user_properties"] == {"$set": {"plan": "bad", "level": 3}}
    accepted = stand.amplitude.requests[-1].events
    assert [(event["user_id"], event["user_properties"]["$set"]) for event in accepted] == [
        ("user-1", {"plan": "pro", "level": 1}),
        ("user-1", {"level": 3}),
        ("user-2", {"plan": "pro"}),
    ]
    assert [letter["record"] for letter in stand.letters] == [{"id": "user-1", "plan": "bad"}]


def test_collapsed_updates_are_counted(stand: Stand) -> None:
    stand.load(
        {"id": "user-1", "plan": "free"},
        {"id": "user-2", "plan": "free"},
        {"id": "user-1", "plan": "pro", "level": 2},
    )
    assert [event["user_properties"] for event in stand.amplitude.requests[0].events] == [
        {"$set": {"plan": "pro", "level": 2}},
        {"$set": {"plan": "free"}},
    ]
    assert stand.result["delivered"] == 2
    assert stand.result["collapsed"] == 1
    assert stand.result["loaded"] == 3


def throttled(users: dict[str, int], indexes: list[int], retry_after: float | None = None) -> Answer:
    body = {"code": 429, "error": "Too many requests for some devices and users", "eps_threshold": 30}
    return reply(429, {**body, "throttled_users": users, "throttled_events": indexes}, retry_after)


ADDING = {"type": "identify", "user_id": "id", "user_properties": {"$add": ["visits"]}, "insert_id": ["id", "visits"]}


def test_throttled_user_waits_and_keeps_the_order_while_others_go_on(make_stand: MakeStand) -> None:
    stand = make_stand(ADDING, batch_size=3)
    stand.amplitude.script = [throttled({"user-1": 31}, [0])]
    stand.load(
        {"id": "user-1", "visits": 1},
        {"id": "user-2", "visits": 2},
        {"id": "user-1", "visits": 3},
        {"id": "user-3", "visits": 4},
        {"id": "user-1", "visits": 5},
    )
    sent = [[event["user_properties"]["$add"]["visits"] for event in r.events] for r in stand.amplitude.requests]
    assert sent == [[1, 2, 3], [2], [4], [1, 3, 5]]
    assert stand.clock.sleeps == [30.0]
    assert stand.result["delivered"] == 5
    assert stand.backend.run_results()["waited_seconds"] == 30.0


def test_throttled_as_long_as_the_answer_says(stand: Stand) -> None:
    stand.amplitude.script = [throttled({"user-1": 31}, [0], retry_after=7), throttled({"user-1": 31}, [0])]
    stand.load_users("user-1")
    assert stand.clock.sleeps == [7.0, 30.0]
    assert stand.result["delivered"] == 1


def test_throttled_for_too_long(make_stand: MakeStand) -> None:
    stand = make_stand(max_wait_seconds=90)
    stand.amplitude.rule = lambda _: throttled({"user-1": 31}, [0])
    with pytest.raises(QuotaSpent) as caught:
        stand.load_users("user-1")
    assert stand.clock.sleeps == [30.0, 30.0, 30.0]
    assert str(caught.value) == (
        "Sending to Amplitude: it asks to wait 120 s for a user's or device's rate limit, more than 'max_wait_seconds' "
        "(90) allows. What was not covered by STATE is sent again by the next run: start it later."
    )
    assert stand.letters == []


def test_project_ceiling_stops_everything_for_a_minute(stand: Stand) -> None:
    stand.amplitude.script = [reply(429, {"code": 429}), reply(200, {"code": 429}), OK]
    stand.load_users("user-1", "user-2")
    assert stand.clock.sleeps == [60.0, 60.0]
    assert {request.raw for request in stand.amplitude.requests} == {stand.amplitude.requests[0].raw}


def test_project_ceiling_for_too_long(make_stand: MakeStand) -> None:
    stand = make_stand(max_wait_seconds=150)
    stand.amplitude.rule = lambda _: reply(429, text="slow down")
    with pytest.raises(QuotaSpent, match="180 s for the project's rate limit"):
        stand.load_users("user-1")
    assert stand.clock.sleeps == [60.0, 60.0]


def test_patience_begins_anew_after_success(make_stand: MakeStand) -> None:
    stand = make_stand(batch_size=1, max_wait_seconds=60)
    ceiling = reply(429, {"code": 429})
    stand.amplitude.script = [ceiling, OK, ceiling, OK, ceiling, OK]
    stand.load_users("user-1", "user-2", "user-3")
    assert stand.clock.sleeps == [60.0, 60.0, 60.0]
    assert stand.result["delivered"] == 3


QUOTA = {"code": 429, "error": "Too many requests for some devices and users", "throttled_events": [1]}


def test_daily_quota_rejects_and_is_remembered(make_stand: MakeStand) -> None:
    stand = make_stand(batch_size=2, max_rejects=1)
    stand.amplitude.script = [reply(429, {**QUOTA, "exceeded_daily_quota_users": {"user-2": 500_001}})]
    stand.load_users("user-1", "user-2", "user-3")
    stand.load_users("user-2", "user-4")
    assert stand.amplitude.users == [["user-1", "user-2"], ["user-1"], ["user-3"], ["user-4"]]
    assert [letter["reason"] for letter in stand.letters] == ["daily_quota", "daily_quota"]
    assert stand.letters[0]["answer"] == {
        "code": 429,
        "error": "Too many requests for some devices and users",
        "exceeded_daily_quota_users": {"user-2": 500_001},
    }
    assert stand.clock.sleeps == []


def test_daily_quota_past_the_allowance_ends_with_4(stand: Stand, caplog: pytest.LogCaptureFixture) -> None:
    stand.amplitude.script = [reply(429, {**QUOTA, "exceeded_daily_quota_users": {"user-2": 500_001}})]
    stand.load_users("user-1", "user-2")
    assert stand.backend.finish() == 4
    assert caplog.messages[-1] == (
        "Amplitude's daily quota is spent for 1 of them. Send them tomorrow: target-amplitude --config CONFIG "
        f"--replay {stand.letters_path}"
    )


@pytest.mark.parametrize(
    ("allowed", "code"), [(0, 3), (1, 3), (2, 0), ("2", 0), ("50%", 0), ("49.9%", 3), ("100%", 0), ("0%", 3)]
)
def test_allowance(make_stand: MakeStand, allowed: t.Any, code: int) -> None:
    stand = make_stand(max_rejects=allowed)
    stand.load_users("user-1", "x", "y", "user-2")
    assert stand.backend.finish() == code


def test_too_large_is_halved_and_remembered(stand: Stand) -> None:
    stand.amplitude.rule = lambda events: OK if len(events) <= 3 else reply(413, {"error": "Payload too large"})
    stand.load_users(*(f"user-{number:02}" for number in range(8)))
    assert [len(users) for users in stand.amplitude.users] == [8, 4, 2, 2, 4, 2, 2]
    stand.amplitude.requests.clear()
    assert stand.result["delivered"] == 8


def test_a_single_update_too_large_for_the_server(stand: Stand) -> None:
    stand.amplitude.rule = lambda events: (
        reply(413, {"code": 413, "error": "Payload too large"})
        if any(event["user_id"] == "user-2" for event in events)
        else OK
    )
    stand.load_users("user-1", "user-2", "user-3")
    assert stand.reasons == {"user-2": "payload_too_large"}
    assert (stand.letters[0]["status"], stand.letters[0]["answer"]) == (
        413,
        {"code": 413, "error": "Payload too large"},
    )
    assert stand.result["delivered"] == 2


def refuse(bad: set[str], status: int, body: t.Any) -> Callable[[Events], Answer]:
    return lambda events: reply(status, body) if bad & {event["user_id"] for event in events} else OK


def test_400_without_lists_is_bisected(stand: Stand) -> None:
    stand.amplitude.rule = refuse({"user-05", "user-11"}, 400, {"code": 400, "error": "Invalid event JSON"})
    stand.load_users(*(f"user-{number:02}" for number in range(16)))
    assert stand.reasons == {"user-05": "refused", "user-11": "refused"}
    assert stand.result["delivered"] == 14
    assert len(stand.amplitude.requests) < 16


def test_form_without_indexes_is_bisected(make_stand: MakeStand) -> None:
    stand = make_stand({"type": "identify", "endpoint": "identify", "user_id": "id", "user_properties": ["plan"]})
    stand.amplitude.rule = refuse({"user-2"}, 400, None)
    stand.load_users("user-1", "user-2", "user-3")
    assert stand.reasons == {"user-2": "refused"}
    assert stand.result["delivered"] == 2


def test_firewall_finds_the_value(stand: Stand) -> None:
    stand.amplitude.rule = refuse({"user-1"}, 403, {"code": 403, "error": "Forbidden"})
    stand.load_users(*(f"user-{number}" for number in range(8)))
    assert stand.reasons == {"user-1": "forbidden"}
    assert stand.result["delivered"] == 7


@pytest.mark.parametrize("users", [["user-1"], ["user-1", "user-2", "user-3", "user-4"]])
def test_firewall_that_lets_nothing_through_stops_the_run(stand: Stand, users: list[str]) -> None:
    stand.amplitude.rule = lambda _: reply(403, {"code": 403, "error": "Forbidden"})
    with pytest.raises(ConfigurationError, match="firewall"):
        stand.load_users(*users)
    assert len(stand.amplitude.requests) == (1 if len(users) == 1 else 3)
    assert stand.letters == []


def test_a_lone_update_that_the_firewall_refuses_is_rejected_once_others_passed(make_stand: MakeStand) -> None:
    stand = make_stand(batch_size=1)
    stand.amplitude.rule = refuse({"user-2"}, 403, {"code": 403, "error": "Forbidden"})
    stand.load_users("user-1", "user-2", "user-3")
    assert stand.reasons == {"user-2": "forbidden"}
    assert stand.result["delivered"] == 2


def test_unclear_outcomes_send_the_same_bytes_again(stand: Stand) -> None:
    lost = Answer(None, problem="the connection failed (ConnectionError)")
    stand.amplitude.script = [reply(500), lost, reply(502, text="<html>"), reply(200, text="<html>"), reply(503)]
    stand.load_users("user-1", "user-2")
    assert len(stand.amplitude.requests) == 6
    assert len({request.raw for request in stand.amplitude.requests}) == 1
    assert stand.clock.sleeps == [1.0, 2.0, 4.0, 8.0, 16.0]
    assert stand.result["retried"] == 2


def test_retry_after_of_a_server_error(stand: Stand) -> None:
    stand.amplitude.script = [reply(503, retry_after=17), reply(503, retry_after=0)]
    stand.load_users("user-1")
    assert stand.clock.sleeps == [17.0, 1.0]


def test_retry_after_beyond_patience(stand: Stand) -> None:
    stand.amplitude.script = [reply(503, retry_after=3600)]
    with pytest.raises(QuotaSpent, match="3600 s before trying again"):
        stand.load_users("user-1")
    assert stand.clock.sleeps == []


def test_retries_end(make_stand: MakeStand) -> None:
    stand = make_stand(max_retries=2)
    stand.amplitude.rule = lambda _: reply(500, {"error": "boom"})
    with pytest.raises(LoadError) as caught:
        stand.load_users("user-1", "x")
    assert len(stand.amplitude.requests) == 3
    assert str(caught.value) == (
        "Sending to Amplitude: HTTP 500: boom, 3 times in a row. What was not covered by STATE is sent again by the "
        "next run; check the network and 'api_url', or raise 'max_retries'."
    )
    assert stand.letters == [], "a flush without an end has no dead letters"


def test_wrong_key_stops_without_dead_letters(stand: Stand) -> None:
    stand.amplitude.rule = lambda _: reply(400, {"code": 400, "error": "Invalid API key"})
    with pytest.raises(CredentialError):
        stand.load_users("user-1", "x")
    assert len(stand.amplitude.requests) == 1
    assert stand.letters == []


def test_silenced_devices_are_rejected_and_the_throttled_wait(make_stand: MakeStand) -> None:
    stand = make_stand({"type": "identify", "device_id": "device", "user_properties": ["plan"]})
    body = {
        "code": 400,
        "error": "Events silenced for device_id",
        "silenced_devices": ["device-1"],
        "throttled_devices": {"device-2": 0},
        "throttled_events": [1],
    }
    stand.amplitude.script = [reply(400, body)]
    stand.load(*({"id": None, "device": f"device-{number}", "plan": "x"} for number in (1, 2, 3)))
    assert stand.amplitude.users == [["device-1", "device-2", "device-3"], ["device-3"], ["device-2"]]
    assert [letter["reason"] for letter in stand.letters] == ["silenced"]
    assert stand.clock.sleeps == [30.0]


def test_more_updates_of_a_user_than_amplitude_keeps(make_stand: MakeStand, caplog: pytest.LogCaptureFixture) -> None:
    stand = make_stand(ADDING)
    stand.load(*({"id": "user-1", "visits": number} for number in range(1803)))
    assert stand.result["over_hourly_limit"] == 3
    warned = [r for r in caplog.records if r.levelno == logging.WARNING and "1800" in r.getMessage()]
    assert len(warned) == 1
    assert "user-1" not in warned[0].getMessage()
    stand.clock.time += 3600
    stand.load({"id": "user-1", "visits": 5})
    assert stand.result["over_hourly_limit"] == 3


def test_a_count_that_does_not_match_is_only_logged(stand: Stand, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    stand.amplitude.script = [reply(200, {"code": 200, "events_ingested": 1})]
    stand.load_users("user-1", "user-2")
    assert "Amplitude counted 1 events of 2 sent" in caplog.messages
    assert stand.result["delivered"] == 2


@pytest.mark.parametrize(("attempt", "high"), [(1, 1.0), (2, 2.0), (6, 32.0), (7, 60.0), (50, 60.0)])
def test_backoff_grows_to_a_minute_with_jitter(attempt: int, high: float) -> None:
    assert backoff(attempt, lambda _low, high: high) == high
    assert backoff(attempt, lambda low, _high: low) == high / 2
    assert high / 2 <= backoff(attempt) <= high
