# ruff: noqa: S310  # only the addresses of a child process of these tests are opened
"""Request bodies that Amplitude's documentation shows get the answers that it shows.

The API key is ours, and so are ids where a page prints a placeholder. Each entry names its page.
"""

from __future__ import annotations

import json
import typing as t
import urllib.error
import urllib.parse
import urllib.request

import pytest
from sandbox.testing import AMPLITUDE_API_KEY, SandboxProcess, start_sandbox

HTTP_V2: t.Final = "https://amplitude.com/docs/apis/analytics/http-v2"
BATCH: t.Final = "https://amplitude.com/docs/apis/analytics/batch-event-upload"
IDENTIFY: t.Final = "https://amplitude.com/docs/apis/analytics/identify"
RETRIES: t.Final = "https://amplitude.com/docs/apis/analytics/http-api-batching-retries"
BACKFILL: t.Final = "https://www.docs.developers.amplitude.com/analytics/data-backfill-guide/"

MANY_FIELDS: t.Final[dict[str, t.Any]] = {
    "user_id": "datamonster@gmail.com",
    "device_id": "C8F9E604-F01A-4BD9-95C6-8E5357DF265D",
    "event_type": "watch_tutorial",
    "time": 1396381378123,
    "event_properties": {"load_time": 0.8371, "source": "notification", "dates": ["monday", "tuesday"]},
    "user_properties": {"age": 25, "gender": "female", "interests": ["chess", "football", "music"]},
    "groups": {"team_id": "1", "company_name": ["Amplitude", "DataMonster"]},
    "app_version": "2.1.3",
    "platform": "iOS",
    "os_name": "Android",
    "os_version": "4.2.2",
    "device_brand": "Verizon",
    "device_manufacturer": "Apple",
    "device_model": "iPhone 9,1",
    "carrier": "Verizon",
    "country": "United States",
    "region": "California",
    "city": "San Francisco",
    "dma": "San Francisco-Oakland-San Jose, CA",
    "language": "English",
    "price": 4.99,
    "quantity": 3,
    "revenue": -1.99,
    "productId": "Google Pay Store Product Id",
    "revenueType": "Refund",
    "location_lat": 37.77,
    "location_lng": -122.39,
    "ip": "127.0.0.1",
    "idfa": "AEBE52E7-03EE-455A-B3C4-E57283966239",
    "idfv": "BCCE52E7-03EE-321A-B3D4-E57123966239",
    "adid": "AEBE52E7-03EE-455A-B3C4-E57283966239",
    "android_id": "BCCE52E7-03EE-321A-B3D4-E57123966239",
    "event_id": 23,
    "session_id": 1396381378123,
    "insert_id": "5f0adeff-6668-4427-8d02-57d803a2b841",
}

# page, path and JSON body without the key
JSON_REQUESTS: t.Final[list[tuple[str, str, dict[str, t.Any]]]] = [
    (BATCH, "/batch", {"events": [MANY_FIELDS]}),
    (HTTP_V2, "/2/httpapi", {"events": [MANY_FIELDS]}),
    (
        HTTP_V2,
        "/2/httpapi",
        {
            "events": [
                {
                    "user_id": "12345",
                    "event_type": "watch_tutorial",
                    "user_properties": {"Cohort": "Test A"},
                    "country": "United States",
                    "ip": "127.0.0.1",
                    "time": 1396381378123,
                },
            ],
        },
    ),
    (
        HTTP_V2,
        "/2/httpapi",
        {
            "options": {"min_id_length": 3},
            "events": [{"user_id": "12345", "device_id": "123", "event_type": "watch_tutorial"}],
        },
    ),
    (
        RETRIES,
        "/2/httpapi",
        {
            "events": [
                {
                    "user_id": "user-20391",
                    "event_type": "Order Completed",
                    "time": 1793817970000,
                    "insert_id": "order-88231-completed",
                },
                {
                    "user_id": "user-20391",
                    "event_type": "Receipt Emailed",
                    "time": 1793817971000,
                    "insert_id": "order-88231-receipt",
                },
            ],
        },
    ),
    (
        BACKFILL,
        "/2/httpapi",
        {
            "events": [
                {
                    "user_id": "b4ee5d78-e1b6-11ec-8fea-0242ac120002",
                    "insert_id": "97b74bc6-a8c8-48f3-bbc7-de9f95aea636",
                    "device_id": "",
                    "event_type": "Button Clicked",
                    "user_properties": {"subscriptionStatus": "active"},
                    "$skip_user_properties_sync": True,
                },
            ],
        },
    ),
]

# page, identification and status
FORM_REQUESTS: t.Final[list[tuple[str, list[dict[str, t.Any]], int]]] = [
    (IDENTIFY, [{"user_id": "value", "user_properties": {"propertyNameToUpdate": "newValue"}}], 200),
    (
        IDENTIFY,
        [
            {
                "user_id": "user-12345",
                "user_properties": {
                    "$set": {"cohort": "Test A"},
                    "$setOnce": {"startDate": "2015-10-01"},
                    "$add": {"friendCount": 3},
                    "$append": {"interests": "Music"},
                    "$prepend": {"sports": "Tennis"},
                    "$unset": {"oldProperty": "-"},
                },
            },
        ],
        200,
    ),
    (
        IDENTIFY,
        [
            {
                "user_id": "user-12345",
                "user_properties": {"$append": {"interests": "Music"}, "subscription type": "paid"},
            },
        ],
        400,
    ),
]


@pytest.fixture(scope="module")
def sandbox() -> t.Iterator[SandboxProcess]:
    with start_sandbox(now="2026-03-20T12:00:00Z", days=1, calls_per_day=1, frozen=True) as running:
        yield running


def post(url: str, body: bytes, content_type: str) -> tuple[int, str]:
    request = urllib.request.Request(url, body, {"Content-Type": content_type})
    try:
        with urllib.request.urlopen(request, timeout=120) as response:
            return response.status, response.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


@pytest.mark.parametrize(("page", "path", "message"), JSON_REQUESTS)
def test_documented_json_requests(sandbox: SandboxProcess, page: str, path: str, message: dict[str, t.Any]) -> None:
    sandbox.clear_received()
    body = json.dumps({"api_key": AMPLITUDE_API_KEY, **message}).encode()
    status, answer = post(sandbox.amplitude_url + path, body, "application/json")
    assert status == 200, (page, answer)
    assert json.loads(answer) == {
        "code": 200,
        "events_ingested": len(message["events"]),
        "payload_size_bytes": len(body),
        "server_upload_time": 1_774_008_000_000,
    }
    assert sandbox.received()["events"] == message["events"]


@pytest.mark.parametrize(("page", "identification", "status"), FORM_REQUESTS)
def test_documented_form_requests(
    sandbox: SandboxProcess, page: str, identification: list[dict[str, t.Any]], status: int
) -> None:
    sandbox.clear_received()
    form = {"api_key": AMPLITUDE_API_KEY, "identification": json.dumps(identification)}
    given, answer = post(
        sandbox.amplitude_url + "/identify",
        urllib.parse.urlencode(form).encode(),
        "application/x-www-form-urlencoded",
    )
    assert given == status, (page, answer)
    assert (answer == "success") is (status == 200)
    assert list(sandbox.received()["users"]) == [one["user_id"] for one in identification if status == 200]


def test_a_stalled_request_is_taken_in_only_if_the_fault_says_so(sandbox: SandboxProcess) -> None:
    sandbox.clear_received()
    event = {"user_id": "user-1", "event_type": "x"}
    body = json.dumps({"api_key": AMPLITUDE_API_KEY, "events": [event]}).encode()
    request = urllib.request.Request(sandbox.amplitude_url + "/batch", body, {"Content-Type": "application/json"})
    for accepted, events in ((True, [event]), (False, [event])):
        sandbox.fault(vendor="amplitude", kind="stall", seconds=0.6, accepted=accepted)
        with pytest.raises(TimeoutError):
            urllib.request.urlopen(request, timeout=0.2)
        while len(sandbox.requests()) < 1:
            pass
        sandbox.clear_requests()
        assert sandbox.received()["events"] == events
