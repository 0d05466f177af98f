"""The ingestion endpoints: validation, index lists, throttling, deduplication, and what is remembered."""

from __future__ import annotations

import typing as t
import urllib.parse

import msgspec
import pytest

EVENT = {"user_id": "user-1", "event_type": "Call finished"}


def received(vendor: t.Any) -> t.Any:
    return vendor.control("GET", "/received")


def form(vendor: t.Any, identification: t.Any, *, api_key: str = "sandbox-api-key", **fields: str) -> t.Any:
    text = identification if isinstance(identification, str) else msgspec.json.encode(identification).decode()
    body = urllib.parse.urlencode({"api_key": api_key, "identification": text, **fields}).encode()
    return vendor.send("POST", "/amplitude/identify", body, "application/x-www-form-urlencoded")


@pytest.mark.parametrize("path", ["/2/httpapi", "/batch"])
def test_a_good_request(vendor: t.Any, path: str) -> None:
    event = {**EVENT, "time": 1_396_381_378_123, "event_properties": {"load_time": 0.8, "dates": ["monday"]}}
    answer = vendor.amplitude(path, event, {**event, "user_properties": {"plan": "pro"}})
    size = len(
        msgspec.json.encode(
            {"api_key": "sandbox-api-key", "events": [event, {**event, "user_properties": {"plan": "pro"}}]}
        )
    )
    assert answer.status == 200
    assert answer.json() == {
        "code": 200,
        "events_ingested": 2,
        "payload_size_bytes": size,
        "server_upload_time": int(vendor.sandbox.clock.now().timestamp() * 1000),
    }
    memory = received(vendor)
    assert memory["events"] == [event, {**event, "user_properties": {"plan": "pro"}}]
    assert memory["users"] == {"user-1": {"plan": "pro"}}
    assert memory["counts"] == {
        "requests": 1,
        "events": 2,
        "identifies": 0,
        "group_identifies": 0,
        "duplicates": 0,
        "refused": 0,
        "dropped_updates": 0,
    }


@pytest.mark.parametrize(
    ("body", "content_type", "status", "answer"),
    [
        (b"", "application/json", 400, {"error": "Missing request body"}),
        (b"{", "application/json", 400, {"error": "Invalid JSON request body"}),
        (b"[]", "application/json", 400, {"error": "Invalid JSON request body"}),
        (b"{}", "text/plain", 400, {"error": "Invalid JSON request body"}),
        (
            b'{"events":[{}]}',
            "application/json",
            400,
            {"error": "Request missing required field", "missing_field": "api_key"},
        ),
        (
            b'{"api_key":"k"}',
            "application/json",
            400,
            {"error": "Request missing required field", "missing_field": "events"},
        ),
        (b'{"api_key":"k","events":[{}]}', "application/json", 400, {"error": "Invalid API key"}),
        (b'{"api_key":"sandbox-api-key","events":{}}', "application/json", 400, {"error": "Invalid JSON request body"}),
        (b'{"api_key":"sandbox-api-key","events":[5]}', "application/json", 400, {"error": "Invalid event JSON"}),
        (b" " * 1_000_001, "application/json", 413, {"error": "Payload too large"}),
    ],
)
def test_requests_that_are_wrong_as_such(
    vendor: t.Any, body: bytes, content_type: str, status: int, answer: t.Any
) -> None:
    given = vendor.send("POST", "/amplitude/2/httpapi", body, content_type)
    assert (given.status, given.json()) == (status, {"code": status, **answer})
    assert received(vendor)["counts"]["events"] == 0


def test_size_and_count_limits_of_batch(vendor: t.Any) -> None:
    assert vendor.send("POST", "/amplitude/batch", b" " * 20_000_001).status == 413
    assert vendor.send("POST", "/amplitude/batch", b" " * 1_000_001).json()["error"] == "Invalid JSON request body"
    assert vendor.amplitude("/batch", *[EVENT] * 2001).json() == {"code": 413, "error": "Payload too large"}
    assert vendor.amplitude("/batch", *[EVENT] * 2000).status == 200


def test_other_paths(vendor: t.Any) -> None:
    assert vendor.send("POST", "/amplitude/3/httpapi", b"{}").json()["error"] == "Invalid request path"


MIXED = [
    EVENT,
    {"user_id": "user-2"},
    {**EVENT, "time": 1.5},
    {"event_type": "x", "user_id": "abc"},
    {"event_type": "x", "user_id": "Unknown"},
    {"event_type": "x"},
    {**EVENT, "time": "2026-03-01", "event_type": None},
]


def test_batch_lists_all_failing_events(vendor: t.Any) -> None:
    answer = vendor.amplitude("/batch", *MIXED)
    assert (answer.status, answer.json()) == (
        400,
        {
            "code": 400,
            "error": "Request missing required field",
            "events_with_invalid_fields": {"time": [2, 6], "user_id": [4]},
            "events_with_missing_fields": {"event_type": [1, 6], "user_id": [5]},
            "events_with_invalid_id_lengths": {"user_id": [3]},
        },
    )
    memory = received(vendor)
    assert (memory["events"], memory["counts"]["refused"]) == ([], len(MIXED))


def test_http_v2_lists_the_first_failing_event_only(vendor: t.Any) -> None:
    answers = []
    events = list(MIXED)
    while (answer := vendor.amplitude("/2/httpapi", *events)).status == 400:
        body = answer.json()
        lists = [
            body.get(f"events_with_{kind}", {}) for kind in ("missing_fields", "invalid_fields", "invalid_id_lengths")
        ]
        indexes = {index for fields in lists for index in [index for found in fields.values() for index in found]}
        assert len(indexes) == 1
        answers.append(body["error"])
        events.pop(indexes.pop())
    assert answers == [
        "Request missing required field",
        "Invalid field values on some events",
        "Invalid id length for user_id or device_id",
        "Invalid field values on some events",
        "Request missing required field",
        "Request missing required field",
    ]
    assert received(vendor)["events"] == [EVENT]


@pytest.mark.parametrize(
    ("changes", "kind", "field"),
    [
        ({"user_id": 12345}, "invalid_fields", "user_id"),
        ({"user_id": " NULL "}, "invalid_fields", "user_id"),
        ({"user_id": ""}, "invalid_fields", "user_id"),
        ({"user_id": "-1"}, "invalid_fields", "user_id"),
        ({"device_id": "00000000-0000-0000-0000-000000000000"}, "invalid_fields", "device_id"),
        ({"device_id": "dev"}, "invalid_id_lengths", "device_id"),
        ({"event_type": ""}, "invalid_fields", "event_type"),
        ({"event_type": "[Amplitude] Revenue"}, "invalid_fields", "event_type"),
        ({"event_type": 5}, "invalid_fields", "event_type"),
        ({"time": "1396381378123"}, "invalid_fields", "time"),
        ({"time": True}, "invalid_fields", "time"),
        ({"session_id": 1.5}, "invalid_fields", "session_id"),
        ({"price": "4.99"}, "invalid_fields", "price"),
        ({"insert_id": 5}, "invalid_fields", "insert_id"),
        ({"event_properties": []}, "invalid_fields", "event_properties"),
        ({"user_properties": {"$set": {"a": 1}}}, "invalid_fields", "user_properties"),
        (
            {"event_type": "$identify", "user_properties": {"$append": {"a": 1}, "b": 2}},
            "invalid_fields",
            "user_properties",
        ),
        ({"event_type": "$groupidentify", "groups": {"team": "a"}}, "invalid_fields", "group_properties"),
    ],
)
def test_wrong_events(vendor: t.Any, changes: dict[str, t.Any], kind: str, field: str) -> None:
    answer = vendor.amplitude("/batch", EVENT, {**EVENT, **changes})
    assert (answer.status, answer.json()[f"events_with_{kind}"]) == (400, {field: [1]})


def test_the_least_id_length_can_be_asked_for(vendor: t.Any) -> None:
    event = {"event_type": "x", "user_id": "abc"}
    assert vendor.amplitude("/batch", event).status == 400
    assert vendor.amplitude("/batch", event, options={"min_id_length": 3}).status == 200
    assert vendor.amplitude("/batch", event, options={"min_id_length": 0}).status == 400
    assert vendor.amplitude("/batch", event, options={"max": 3}).status == 400


def test_a_device_id_alone_is_enough_and_is_bound_by_a_call_with_both(vendor: t.Any) -> None:
    def identify(**event: t.Any) -> None:
        assert vendor.amplitude("/batch", {"event_type": "$identify", **event}).status == 200

    identify(device_id="device-1", user_properties={"$set": {"a": 1}})
    identify(device_id="device-1", user_id="user-1", user_properties={"$set": {"b": 1}})
    identify(device_id="device-1", user_properties={"$set": {"c": 1}})
    memory = received(vendor)
    assert memory["users"] == {"user-1": {"b": 1, "c": 1}}
    assert memory["devices"] == {"device-1": {"a": 1}}
    assert (memory["counts"]["identifies"], memory["counts"]["events"]) == (3, 0)


def test_repeats_within_seven_days_are_ignored(vendor: t.Any) -> None:
    event = {"event_type": "$identify", "user_id": "user-1", "user_properties": {"$add": {"n": 1}}, "insert_id": "i-1"}
    other_device = {**event, "device_id": "device-9"}
    assert vendor.amplitude("/batch", event, event, other_device).json()["events_ingested"] == 3
    vendor.control("POST", "/clock", {"advance_seconds": 7 * 86_400 - 1})
    vendor.amplitude("/2/httpapi", event)
    assert received(vendor)["users"] == {"user-1": {"n": 2}}
    assert received(vendor)["counts"]["duplicates"] == 2
    vendor.control("POST", "/clock", {"advance_seconds": 2})
    vendor.amplitude("/batch", event)
    assert received(vendor)["users"] == {"user-1": {"n": 3}}


def test_amplitudes_own_properties_are_reset_together(vendor: t.Any) -> None:
    first = {**EVENT, "country": "France", "city": "Paris", "platform": "iOS", "language": "fr"}
    vendor.amplitude("/batch", first, {**EVENT, "country": "Spain"})
    assert received(vendor)["amplitude_properties"]["user-1"] == {
        "country": "Spain",
        "region": None,
        "city": None,
        "dma": None,
        "language": "fr",
        "platform": "iOS",
        "os_name": None,
        "os_version": None,
        "device_brand": None,
        "device_manufacturer": None,
        "device_model": None,
        "carrier": None,
    }


def test_backfilled_events_may_leave_the_user_alone(vendor: t.Any) -> None:
    vendor.amplitude("/batch", {**EVENT, "user_properties": {"a": 1}, "$skip_user_properties_sync": True})
    assert received(vendor)["users"] == {}


def test_property_updates_beyond_the_hourly_limit_vanish_silently(vendor: t.Any) -> None:
    vendor.control("POST", "/settings", {"property_updates_per_hour": 2})
    events = [{"event_type": "$identify", "user_id": "user-1", "user_properties": {"n": n}} for n in range(4)]
    assert vendor.amplitude("/batch", *events).status == 200
    assert (received(vendor)["users"]["user-1"], received(vendor)["counts"]["dropped_updates"]) == ({"n": 1}, 2)
    vendor.control("POST", "/clock", {"advance_seconds": 3600})
    vendor.amplitude("/batch", events[3])
    assert received(vendor)["users"]["user-1"] == {"n": 3}


def test_group_identify_events(vendor: t.Any) -> None:
    event = {"event_type": "$groupidentify", "groups": {"company": "Acme"}, "group_properties": {"$set": {"arr": 10}}}
    assert vendor.amplitude("/2/httpapi", event).status == 200
    assert received(vendor)["groups"] == {"company": {"Acme": {"arr": 10}}}


def test_the_real_rate_of_http_v2(vendor: t.Any) -> None:
    assert vendor.amplitude("/2/httpapi", *[EVENT] * 900).status == 200
    answer = vendor.amplitude("/2/httpapi", EVENT, {**EVENT, "user_id": "user-2"}, {**EVENT, "device_id": "device-3"})
    assert (answer.status, answer.json()) == (
        429,
        {
            "code": 429,
            "error": "Too many requests for some devices and users",
            "eps_threshold": 30,
            "throttled_devices": {},
            "throttled_users": {"user-1": 31},
            "throttled_events": [0, 2],
        },
    )
    assert received(vendor)["counts"]["events"] == 900
    assert vendor.amplitude("/batch", EVENT).status == 200
    vendor.control("POST", "/clock", {"advance_seconds": 30})
    assert vendor.amplitude("/2/httpapi", EVENT).status == 200


def test_the_daily_quota_of_batch(vendor: t.Any) -> None:
    vendor.control("POST", "/settings", {"daily_quota": 3})
    assert vendor.amplitude("/batch", *[EVENT] * 3).status == 200
    answer = vendor.amplitude("/batch", {**EVENT, "user_id": "user-2"}, EVENT)
    assert answer.json() == {
        "code": 429,
        "error": "Too many requests for some devices and users",
        "eps_threshold": 1000,
        "throttled_devices": {},
        "throttled_users": {},
        "exceeded_daily_quota_users": {"user-1": 4},
        "exceeded_daily_quota_devices": {},
        "throttled_events": [1],
    }
    vendor.control("POST", "/clock", {"advance_days": 1})
    assert vendor.amplitude("/batch", EVENT).status == 200


def test_throttling_and_silencing_by_setting(vendor: t.Any) -> None:
    vendor.control("POST", "/settings", {"throttled_users": ["user-2"], "silenced_devices": ["device-1"]})
    events = [EVENT, {**EVENT, "user_id": "user-2"}, {**EVENT, "device_id": "device-1"}]
    assert vendor.amplitude("/batch", *events).json() == {
        "code": 400,
        "error": "Events silenced for device_id",
        "eps_threshold": 1000,
        "exceeded_daily_quota_devices": {},
        "silenced_devices": ["device-1"],
        "silenced_events": [2],
        "throttled_devices": {},
        "throttled_events": [1],
    }
    limited = vendor.amplitude("/batch", *events[:2]).json()
    assert (limited["code"], limited["throttled_users"], limited["throttled_events"]) == (429, {"user-2": 1001}, [1])
    assert vendor.amplitude("/batch", EVENT).status == 200
    vendor.control("POST", "/settings", {"project_limited": True})
    assert vendor.amplitude("/batch", EVENT).json() == {"code": 429, "error": "Too many requests"}


def test_faults(vendor: t.Any) -> None:
    def fault(**rule: t.Any) -> None:
        vendor.control("POST", "/faults", {"vendor": "amplitude", "method": "/batch", **rule})

    event = {**EVENT, "insert_id": "i-1"}
    fault(kind="status", status=503)
    assert vendor.amplitude("/batch", event).status == 503
    assert received(vendor)["events"] == []
    fault(kind="status", status=500, accepted=True)
    assert vendor.amplitude("/batch", event).status == 500
    assert received(vendor)["events"] == [event]
    assert vendor.amplitude("/batch", event).status == 200
    assert (received(vendor)["events"], received(vendor)["counts"]["duplicates"]) == ([event], 1)
    fault(kind="amplitude_throttle", users=["user-1"])
    assert vendor.amplitude("/2/httpapi", EVENT).status == 200
    assert vendor.amplitude("/batch", EVENT).json()["throttled_users"] == {"user-1": 1001}
    fault(kind="amplitude_silence", devices=["device-1"])
    assert vendor.amplitude("/batch", {**EVENT, "device_id": "device-1"}).json()["silenced_events"] == [0]
    fault(kind="amplitude_project_limit")
    assert "throttled_events" not in vendor.amplitude("/batch", EVENT).json()
    assert vendor.amplitude("/batch", EVENT).status == 200
    assert [entry["outcome"] for entry in vendor.control("GET", "/requests")][:3] == [503, 500, 200]


def test_identify_by_form(vendor: t.Any) -> None:
    objects = [
        {"user_id": "user-1", "user_properties": {"$set": {"cohort": "A"}, "$postInsert": {"tags": ["x"]}}},
        {"user_id": "user-1", "user_properties": {"plan": "pro"}, "paying": "true", "country": "France"},
    ]
    answer = form(vendor, objects)
    assert (answer.status, answer.body) == (200, b"success")
    memory = received(vendor)
    assert memory["users"] == {"user-1": {"cohort": "A", "tags": ["x"], "plan": "pro"}}
    assert memory["amplitude_properties"]["user-1"]["paying"] == "true"
    assert form(vendor, objects[0]).status == 200
    assert form(vendor, {"user_id": "u1", "user_properties": {}}, options='{"min_id_length": 1}').status == 200


def test_identify_by_multipart_form(vendor: t.Any) -> None:
    parts = {
        "api_key": "sandbox-api-key",
        "identification": '{"user_id": "user-1", "user_properties": {"имя": "Анна"}}',
    }
    head = 'Content-Disposition: form-data; name="{}"\r\n\r\n{}\r\n'
    body = "".join(f"--edge\r\n{head.format(*part)}" for part in parts.items()) + "--edge--\r\n"
    answer = vendor.send("POST", "/amplitude/identify", body.encode(), "multipart/form-data; boundary=edge")
    assert answer.body == b"success"
    assert received(vendor)["users"] == {"user-1": {"имя": "Анна"}}


@pytest.mark.parametrize(
    "identification",
    [
        "",
        "{",
        [],
        5,
        {"user_properties": {"a": 1}},
        {"user_id": "abc", "user_properties": {"a": 1}},
        {"user_id": "none", "user_properties": {"a": 1}},
        {"user_id": 12345, "user_properties": {"a": 1}},
        {"user_id": "user-1", "user_properties": {"$append": {"interests": "Music"}, "subscription type": "paid"}},
        {"user_id": "user-1", "event_type": "$identify", "user_properties": {}},
        [{"user_id": "user-1", "user_properties": {"a": 1}}, {"user_id": "x"}],
    ],
)
def test_identifications_that_are_refused_whole(vendor: t.Any, identification: t.Any) -> None:
    assert form(vendor, identification).status == 400
    assert received(vendor)["users"] == {}


def test_identify_wants_a_form_and_a_key(vendor: t.Any) -> None:
    body = b'{"api_key":"sandbox-api-key","identification":{"user_id":"user-1"}}'
    assert vendor.send("POST", "/amplitude/identify", body, "application/json").status == 400
    assert form(vendor, {"user_id": "user-1"}, api_key="other").json()["error"] == "Invalid API key"
    huge = {"user_id": "user-1", "user_properties": {"a": "x" * 1_000_000}}
    assert form(vendor, huge).status == 413
