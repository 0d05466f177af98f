"""The bodies are Amplitude's published samples.

Sources: https://amplitude.com/docs/apis/analytics/http-v2 and
https://amplitude.com/docs/apis/analytics/batch-event-upload
"""

from __future__ import annotations

import typing as t

import pytest
from singer_spool import ConfigurationError, CredentialError
from target_amplitude.answers import (
    Accepted,
    Answer,
    Forbidden,
    Listed,
    ProjectLimit,
    Refused,
    Stop,
    TooLarge,
    Unclear,
    Verdict,
    read_answer,
)
from target_amplitude.updates import Rejection, Update

INVALID = "Invalid field values on some events"


def update(user: str | None, device: str | None = None) -> Update:
    return Update(user, device, {}, {}, "i", ())


UPDATES = [update(f"user-{number}", f"device-{number}") for number in range(8)]


def read(
    status: int | None,
    body: t.Any = None,
    updates: list[Update] | None = None,
    *,
    text: str = "",
    retry_after: float | None = None,
    answers_json: bool = True,
    problem: str = "",
) -> Verdict:
    answer = Answer(status, text, body, retry_after, problem)
    return read_answer(answer, UPDATES if updates is None else updates, answers_json=answers_json)


def test_success() -> None:
    body = {"code": 200, "events_ingested": 50, "payload_size_bytes": 50, "server_upload_time": 1396381378123}
    assert read(200, body) == Accepted(50)


@pytest.mark.parametrize("text", ["success", '"success"', "", "<html>"])
def test_success_of_the_form_is_its_status(text: str) -> None:
    assert read(200, text=text, answers_json=False) == Accepted()


def test_form_with_another_code_in_its_body() -> None:
    assert read(200, {"code": 429}, answers_json=False) == ProjectLimit(60.0)


@pytest.mark.parametrize("body", [None, [], "success", {}])
def test_success_that_is_no_json_object_is_unclear(body: t.Any) -> None:
    assert read(200, body, text="<html>") == Unclear("HTTP 200 with a body that is no JSON object")


def test_429_in_the_body_of_a_200() -> None:
    assert read(200, {"code": 429, "error": "Too many requests"}) == ProjectLimit(60.0)


@pytest.mark.parametrize("status", [500, 502, 503, 504, 408])
def test_server_errors_are_unclear(status: int) -> None:
    verdict = read(status, text="<html>\n  Bad   gateway </html>", retry_after=7.0)
    assert verdict == Unclear(f"HTTP {status}: <html> Bad gateway </html>", 7.0)


def test_no_answer_is_unclear() -> None:
    assert read(None, problem="no answer within 60 s") == Unclear("no answer within 60 s")


def test_invalid_and_missing_fields_without_the_request_level_one() -> None:
    body = {
        "code": 400,
        "error": INVALID,
        "events_with_invalid_fields": {"time": [3, 4]},
        "events_with_missing_fields": {"event_type": [3, 7]},
    }
    verdict = read(400, body)
    assert verdict == Listed(
        {
            3: Rejection(
                "invalid_fields",
                "Amplitude refused the event for its event_type, time",
                400,
                {
                    "code": 400,
                    "error": INVALID,
                    "events_with_invalid_fields": ["time"],
                    "events_with_missing_fields": ["event_type"],
                },
            ),
            4: Rejection(
                "invalid_fields",
                "Amplitude refused the event for its time",
                400,
                {"code": 400, "error": INVALID, "events_with_invalid_fields": ["time"]},
            ),
            7: Rejection(
                "missing_fields",
                "Amplitude refused the event for its event_type",
                400,
                {"code": 400, "error": INVALID, "events_with_missing_fields": ["event_type"]},
            ),
        },
        frozenset(),
        30.0,
    )


def test_the_published_sample_with_missing_field_stops() -> None:
    body = {
        "code": 400,
        "error": "Request missing required field",
        "missing_field": "api_key",
        "events_with_missing_fields": {"event_type": [3, 4, 7]},
    }
    verdict = read(400, body)
    assert isinstance(verdict, Stop)
    assert type(verdict.error) is ConfigurationError


def test_id_lengths() -> None:
    error = "Invalid id length for user_id or device_id"
    verdict = read(400, {"code": 400, "events_with_invalid_id_lengths": {"user_id": [0]}, "error": error})
    assert isinstance(verdict, Listed)
    assert {index: rejection.reason for index, rejection in verdict.rejected.items()} == {0: "invalid_id_length"}


def test_silenced_together_with_throttled() -> None:
    body = {
        "code": 400,
        "eps_threshold": 100,
        "error": "Events silenced for device_id",
        "exceeded_daily_quota_devices": {},
        "silenced_devices": ["device-0"],
        "silenced_events": [5, 6],
        "throttled_devices": {"device-1": 0, "device-5": 100},
        "throttled_events": [3, 4, 6],
    }
    verdict = read(400, body)
    assert isinstance(verdict, Listed)
    silenced = Rejection(
        "silenced",
        "Amplitude has silenced the device of this update",
        400,
        {"code": 400, "error": "Events silenced for device_id"},
    )
    assert verdict.rejected == {0: silenced, 5: silenced, 6: silenced}
    assert verdict.throttled == {1, 3, 4}


def test_throttled_and_over_quota() -> None:
    body = {
        "code": 429,
        "error": "Too many requests for some devices and users",
        "eps_threshold": 1000,
        "throttled_devices": {"device-1": 4000},
        "throttled_users": {"user-2": 4000},
        "exceeded_daily_quota_users": {"user-3": 500200},
        "exceeded_daily_quota_devices": {"device-4": 500900},
        "throttled_events": [3, 4, 7],
    }
    verdict = read(429, body)
    assert isinstance(verdict, Listed)
    assert verdict.throttled == {1, 2, 7}
    assert {index: (found.reason, found.status, found.answer) for index, found in verdict.rejected.items()} == {
        3: (
            "daily_quota",
            429,
            {"code": 429, "error": body["error"], "exceeded_daily_quota_users": {"user-3": 500200}},
        ),
        4: (
            "daily_quota",
            429,
            {"code": 429, "error": body["error"], "exceeded_daily_quota_devices": {"device-4": 500900}},
        ),
    }
    assert verdict.pause == 30.0


@pytest.mark.parametrize(
    ("body", "pause"),
    [
        ({"code": 429, "throttled_users": {"user-1": 31}, "throttled_events": [1]}, 5.0),
        ({"code": 429, "error": "Too many requests"}, 5.0),
        (None, 5.0),
    ],
)
def test_retry_after_is_honoured(body: t.Any, pause: float) -> None:
    verdict = read(429, body, retry_after=5.0)
    assert isinstance(verdict, Listed | ProjectLimit)
    assert verdict.pause == pause


@pytest.mark.parametrize(
    "body",
    [
        None,
        {"error": "Too many requests"},
        {"throttled_users": {"somebody else": 31}, "throttled_events": [8, -1, "1", True, None]},
        {"throttled_users": [], "throttled_events": 5},
    ],
)
def test_429_that_names_nobody_is_the_projects(body: t.Any) -> None:
    assert read(429, body) == ProjectLimit(60.0)


@pytest.mark.parametrize(
    "error",
    ["Invalid API key", "Invalid API key: ab…", "invalid_api_key"],
)
@pytest.mark.parametrize("answers_json", [True, False])
def test_invalid_key_stops(error: str, answers_json: bool) -> None:
    as_json = read(400, {"code": 400, "error": error}, answers_json=answers_json)
    as_text = read(400, text=error, answers_json=answers_json)
    for verdict in (as_json, as_text):
        assert isinstance(verdict, Stop)
        assert isinstance(verdict.error, CredentialError)
        assert str(verdict.error) == (
            f"Sending to Amplitude: it answered 400: {error}. Check 'api_key', and that 'region' is the project's: EU "
            "projects have their own keys. Nothing more was sent."
        )


@pytest.mark.parametrize("error", ["Invalid JSON request body", "Invalid request path", "Missing request body"])
def test_request_level_errors_stop(error: str) -> None:
    verdict = read(400, {"code": 400, "error": error})
    assert isinstance(verdict, Stop)
    assert verdict.error.exit_code == 2


@pytest.mark.parametrize("status", [301, 401, 404, 405, 414])
def test_other_statuses_stop(status: int) -> None:
    verdict = read(status, text="what?")
    assert isinstance(verdict, Stop)
    assert f"it answered {status}: what?" in str(verdict.error)
    assert verdict.error.exit_code == 2


@pytest.mark.parametrize(
    "body",
    [
        {"code": 400, "error": "Invalid event JSON"},
        {"code": 400, "error": "Invalid event JSON", "events_with_invalid_fields": {"time": [99]}},
        {"code": 400, "error": "Invalid event JSON", "events_with_invalid_fields": ["time"]},
        {"code": 400, "error": "Invalid event JSON", "missing_field": None},
    ],
)
def test_400_that_names_no_update(body: t.Any) -> None:
    expected = Rejection(
        "refused",
        "Amplitude answered 400: Invalid event JSON",
        400,
        {"code": 400, "error": "Invalid event JSON"},
    )
    assert read(400, body) == Refused(expected)


def test_too_large_and_forbidden() -> None:
    large = {"code": 413, "error": "Payload too large"}
    assert read(413, large) == TooLarge(
        Rejection("payload_too_large", "Amplitude answered 413: Payload too large", 413, large),
    )
    assert read(403, text="blocked") == Forbidden(
        Rejection("forbidden", "Amplitude answered 403: blocked", 403, "blocked"),
    )
