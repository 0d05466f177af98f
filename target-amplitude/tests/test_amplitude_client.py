from __future__ import annotations

import json
import typing as t

import pytest
import requests
import urllib3
from requests.adapters import BaseAdapter
from target_amplitude.answers import Answer
from target_amplitude.client import USER_AGENT, HttpTransport, retry_after


class Wire(BaseAdapter):
    """Stands in the place of the network, below `requests`."""

    def __init__(self, outcome: Exception | tuple[int, bytes, dict[str, str]]) -> None:
        super().__init__()
        self.outcome = outcome
        self.sent: list[requests.PreparedRequest] = []
        self.options: dict[str, t.Any] = {}

    def send(self, request: requests.PreparedRequest, **options: t.Any) -> requests.Response:  # type: ignore[override]  # only what is looked at
        self.sent.append(request)
        self.options = options
        if isinstance(self.outcome, Exception):
            raise self.outcome
        status, body, headers = self.outcome
        response = requests.Response()
        response.status_code = status
        response._content = body
        response.headers.update(headers)
        response.request = request
        response.url = str(request.url)
        return response

    def close(self) -> None:
        pass


def transport(wire: Wire) -> HttpTransport:
    made = HttpTransport(7)
    made._session().mount("http://", wire)
    return made


def test_one_request_as_it_leaves() -> None:
    wire = Wire((200, b'{"code": 200}', {"Retry-After": "3"}))
    answer = transport(wire).post("http://amplitude.test/batch", b'{"a":1}', "application/json")
    assert answer == Answer(200, '{"code": 200}', {"code": 200}, 3.0)
    (request,) = wire.sent
    assert (request.method, request.url, request.body) == ("POST", "http://amplitude.test/batch", b'{"a":1}')
    assert request.headers["Content-Type"] == "application/json"
    assert (
        request.headers["User-Agent"]
        == USER_AGENT
        == ("target-amplitude/0.1.0 (+https://github.com/switchboard-elt/switchboard)")
    )
    assert wire.options["timeout"] == 7


def test_redirects_are_not_followed() -> None:
    wire = Wire((302, b"", {"Location": "http://elsewhere.test/"}))
    assert transport(wire).post("http://amplitude.test/batch", b"", "application/json").status == 302
    assert len(wire.sent) == 1


@pytest.mark.parametrize("body", [b"<html>", b"", b'{"code": 20', b"\xff\xfe", b"[" * 100_000])
def test_bodies_that_are_no_json(body: bytes) -> None:
    answer = transport(Wire((200, body, {}))).post("http://amplitude.test/", b"", "application/json")
    assert (answer.status, answer.body) == (200, None)


@pytest.mark.parametrize(
    ("error", "problem"),
    [
        (requests.ReadTimeout("secret"), "no answer within 7 s"),
        (requests.ConnectTimeout("secret"), "no answer within 7 s"),
        (requests.ConnectionError("secret"), "the connection failed (ConnectionError)"),
        (requests.exceptions.ChunkedEncodingError("secret"), "the connection failed (ChunkedEncodingError)"),
        (urllib3.exceptions.ProtocolError("secret"), "the connection failed (ProtocolError)"),
    ],
)
def test_a_failed_connection_is_an_answer(error: Exception, problem: str) -> None:
    assert transport(Wire(error)).post("http://amplitude.test/", b"", "application/json") == Answer(
        None, problem=problem
    )


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"Retry-After": "120"}, 120.0),
        ({"Retry-After": " 0 "}, 0.0),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": "-5"}, None),
        ({"Retry-After": "²"}, None),
        (
            {"Retry-After": "Mon, 23 Nov 2026 10:02:00 GMT", "Date": "Mon, 23 Nov 2026 10:00:00 GMT"},
            120.0,
        ),
        ({"Retry-After": "Mon, 23 Nov 2026 09:00:00 GMT", "Date": "Mon, 23 Nov 2026 10:00:00 GMT"}, 0.0),
        ({"Retry-After": "Sat, 01 Jan 2000 00:00:00 GMT"}, 0.0),
    ],
)
def test_retry_after(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after(headers) == seconds


def test_closed_sessions() -> None:
    wire = Wire((200, json.dumps({}).encode(), {}))
    made = transport(wire)
    made.post("http://amplitude.test/", b"", "application/json")
    made.close()
    assert made._sessions == []
