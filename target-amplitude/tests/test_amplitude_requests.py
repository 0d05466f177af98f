"""What is sent: whole requests, addresses, and batches by count and bytes."""

from __future__ import annotations

import typing as t
import urllib.parse
from collections.abc import Callable

import pytest
from target_amplitude.answers import Answer

if t.TYPE_CHECKING:
    from conftest import Events, Stand

MakeStand = Callable[..., "Stand"]


def reply(status: int, body: t.Any) -> Answer:
    return Answer(status, "", body)


def test_whole_batch_request(make_stand: MakeStand) -> None:
    stand = make_stand(
        {
            "type": "identify",
            "user_id": "id",
            "device_id": "device",
            "user_properties": {"$set": ["plan", "seen_at"], "$setOnce": {"First seen": "seen_at"}},
            "country": "country",
        },
    )
    stand.load(
        {"id": "user-1", "device": "device-1", "plan": "про", "seen_at": "2026-03-01T10:00:00+03:00", "country": "RU"},
        {"id": "user-2", "plan": None},
        {"id": "user-3", "level": 3, "plan": "free"},
    )
    (request,) = stand.amplitude.requests
    assert (request.url, request.content_type) == ("https://api2.amplitude.com/batch", "application/json")
    assert request.body == {
        "api_key": "key-of-a-test-project",
        "events": [
            {
                "event_type": "$identify",
                "user_id": "user-1",
                "device_id": "device-1",
                "country": "RU",
                "user_properties": {
                    "$set": {"plan": "про", "seen_at": "2026-03-01T07:00:00"},
                    "$setOnce": {"First seen": "2026-03-01T07:00:00"},
                },
                "insert_id": "fresh-1",
            },
            {
                "event_type": "$identify",
                "user_id": "user-3",
                "user_properties": {"$set": {"plan": "free"}},
                "insert_id": "fresh-2",
            },
        ],
    }
    assert "про".encode() in request.raw
    assert stand.result == {
        "stream": "profiles",
        "loaded": 2,
        "delivered": 2,
        "collapsed": 0,
        "skipped": 1,
        "rejected": {},
        "retried": 0,
        "over_hourly_limit": 0,
        "long_texts": {},
    }


def test_whole_form_request(make_stand: MakeStand) -> None:
    mapping = {
        "type": "identify",
        "endpoint": "identify",
        "user_id": "id",
        "user_properties": ["plan"],
        "paying": "level",
    }
    stand = make_stand(mapping, api_key="a key&more", min_id_length=2, region="eu")
    stand.load({"id": "u1", "plan": "a&b=c", "level": 1}, {"id": "u2", "plan": "ü"})
    (request,) = stand.amplitude.requests
    assert (request.url, request.content_type) == (
        "https://api.eu.amplitude.com/identify",
        "application/x-www-form-urlencoded",
    )
    assert request.body == {
        "api_key": "a key&more",
        "identification": [
            {"user_id": "u1", "paying": "1", "user_properties": {"$set": {"plan": "a&b=c"}}},
            {"user_id": "u2", "user_properties": {"$set": {"plan": "ü"}}},
        ],
        "options": {"min_id_length": 2},
    }
    assert urllib.parse.quote_plus("a&b=c").encode() in request.raw


@pytest.mark.parametrize(
    ("config", "endpoint", "url"),
    [
        ({}, "httpapi", "https://api2.amplitude.com/2/httpapi"),
        ({"region": "eu"}, "batch", "https://api.eu.amplitude.com/batch"),
        ({"api_url": "http://127.0.0.1:1/base/", "region": "eu"}, "httpapi", "http://127.0.0.1:1/base/2/httpapi"),
    ],
)
def test_addresses(make_stand: MakeStand, config: t.Any, endpoint: str, url: str) -> None:
    stand = make_stand(
        {"type": "identify", "endpoint": endpoint, "user_id": "id", "user_properties": ["plan"]}, **config
    )
    stand.load_users("user-1")
    assert [request.url for request in stand.amplitude.requests] == [url]


def test_min_id_length_is_sent_and_used(make_stand: MakeStand) -> None:
    stand = make_stand(min_id_length=3)
    stand.load_users("abc", "ab")
    assert stand.amplitude.requests[0].body["options"] == {"min_id_length": 3}
    assert stand.amplitude.users == [["abc"]]
    assert stand.reasons == {"ab": "id_too_short"}


def test_batches_by_count(make_stand: MakeStand) -> None:
    stand = make_stand(batch_size=2)
    stand.load_users("user-1", "user-2", "user-3", "user-4", "user-5")
    assert stand.amplitude.users == [["user-1", "user-2"], ["user-3", "user-4"], ["user-5"]]


def test_batches_by_bytes(make_stand: MakeStand) -> None:
    mapping = {"type": "identify", "endpoint": "httpapi", "user_id": "id", "user_properties": ["plan"]}
    stand = make_stand(mapping)
    records = [{"id": f"user-{number}", "plan": "é" * 100_000} for number in range(9)]
    records.append({"id": "user-9", "plan": "é" * 500_000})
    stand.load(*records)
    sizes = [len(request.raw) for request in stand.amplitude.requests]
    assert [len(users) for users in stand.amplitude.users] == [4, 4, 1]
    assert all(size < 1_000_000 for size in sizes)
    assert stand.reasons == {"user-9": "payload_too_large"}
    (letter,) = stand.letters
    assert (letter["status"], letter["answer"]) == (None, None)


def test_a_body_fills_the_limit_to_the_byte(make_stand: MakeStand) -> None:
    mapping = {"type": "identify", "endpoint": "httpapi", "user_id": "id", "user_properties": ["plan"]}
    stand = make_stand(mapping)
    stand.load({"id": "user-1", "plan": ""})
    room = 999_999 - len(stand.amplitude.requests[0].raw)
    stand.load({"id": "user-2", "plan": "x" * (room - 1)}, {"id": "user-3", "plan": "x" * (room + 1)})
    assert [len(request.raw) for request in stand.amplitude.requests[1:]] == [999_998]
    assert stand.reasons == {"user-3": "payload_too_large"}


def test_form_bytes_are_counted_encoded(make_stand: MakeStand) -> None:
    mapping = {"type": "identify", "endpoint": "identify", "user_id": "id", "user_properties": ["plan"]}
    stand = make_stand(mapping)
    stand.load(*({"id": f"user-{number}", "plan": "é" * 100_000} for number in range(2)))
    assert [len(users) for users in stand.amplitude.users] == [1, 1]
    assert all(600_000 < len(request.raw) < 1_000_000 for request in stand.amplitude.requests)


LONG_TEXTS: t.Final = [f"{number:03}" * 40_000 for number in range(12)]
"""Together more than a request of the endpoints with 1 MB."""


@pytest.mark.parametrize("endpoint", ["httpapi", "identify"])
def test_parts_of_a_collapsed_update_that_is_too_large_stay_ahead_of_the_same_user(
    make_stand: MakeStand, endpoint: str
) -> None:
    properties = {"$set": ["level"], "$postInsert": ["tags"]}
    mapping = {"type": "identify", "endpoint": endpoint, "user_id": "id", "device_id": "device"}
    stand = make_stand({**mapping, "user_properties": properties})
    records = [
        {"id": "user-1", "device": "phone", "level": place, "tags": [text]} for place, text in enumerate(LONG_TEXTS)
    ]
    # Another device: it cannot be collapsed with the others, and has the last word about the user.
    last = {"id": "user-1", "device": "tablet", "level": 99}
    stand.load({"id": "user-2", "level": 1}, *records, last)
    events = [event for request in stand.amplitude.requests for event in request.events]
    levels = [event["user_properties"]["$set"]["level"] for event in events if event["user_id"] == "user-1"]
    assert levels == [*range(12), 99]
    assert all(len(request.raw) < 1_000_000 for request in stand.amplitude.requests)
    assert stand.letters == []


def test_parts_of_a_refused_update_stay_below_the_limits(make_stand: MakeStand) -> None:
    stand = make_stand(batch_size=3)
    body = {"code": 400, "error": "Invalid", "events_with_invalid_fields": {"user_properties": [0]}}
    stand.amplitude.script = [reply(400, body)]
    stand.load(*({"id": "user-1", "level": level} for level in range(7)), {"id": "user-2", "plan": "pro"})
    assert [len(users) for users in stand.amplitude.users] == [2, 3, 3, 2]
    assert stand.amplitude.users[-1] == ["user-1", "user-2"]


def test_what_waited_behind_a_throttled_user_stays_below_the_limits(make_stand: MakeStand) -> None:
    mapping = {"type": "identify", "endpoint": "httpapi", "user_id": "id", "insert_id": ["level"]}
    stand = make_stand({**mapping, "user_properties": {"$append": ["tags"]}})
    body = {"code": 429, "error": "Too many requests", "throttled_users": {"user-1": 40}}
    stand.amplitude.script = [reply(429, body)]
    stand.load(*({"id": "user-1", "level": place, "tags": text} for place, text in enumerate(LONG_TEXTS)))
    events = [event for request in stand.amplitude.requests[1:] for event in request.events]
    assert [event["user_properties"]["$append"]["tags"] for event in events] == LONG_TEXTS
    assert all(len(request.raw) < 1_000_000 for request in stand.amplitude.requests)


def test_users_that_waited_together_go_together(stand: Stand) -> None:
    users = [f"user-{number}" for number in range(5)]
    body = {"code": 429, "error": "Too many requests", "throttled_users": dict.fromkeys(users, 2000)}
    stand.amplitude.script = [reply(429, body)]
    stand.load_users(*users)
    assert stand.amplitude.users == [users, users]


def test_a_user_with_more_updates_than_its_rate_allows_gets_through(make_stand: MakeStand) -> None:
    stand = make_stand(
        {"type": "identify", "user_id": "id", "insert_id": ["level"], "user_properties": {"$append": ["plan"]}}
    )
    taken: list[tuple[float, str]] = []

    def at_most_thirty_in_twenty_seconds(events: Events) -> Answer:
        now = stand.clock.now()
        recent = [user for moment, user in taken if moment > now - 20] + [event["user_id"] for event in events]
        over = {user: 40 for user in recent if recent.count(user) > 30}
        if over:
            return reply(429, {"code": 429, "error": "Too many requests", "throttled_users": over})
        taken.extend((now, event["user_id"]) for event in events)
        return reply(200, {"code": 200})

    stand.amplitude.rule = at_most_thirty_in_twenty_seconds
    hot = [{"id": "user-1", "level": level, "plan": f"{level}"} for level in range(200)]
    stand.load(*hot, *({"id": f"user-{user}", "level": 0, "plan": "pro"} for user in range(2, 50)))
    assert len(taken) == 248
    sent = [request.events for request in stand.amplitude.requests]
    plans = [event["user_properties"]["$append"]["plan"] for events in sent for event in events]
    assert stand.letters == []
    assert stand.result["delivered"] == 248
    assert plans[-1] == "199"
    assert stand.clock.waited_seconds < 600
