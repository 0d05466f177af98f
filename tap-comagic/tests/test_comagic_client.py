"""What the client makes of answers: errors, sessions, points, oddities."""

from __future__ import annotations

import datetime as dt
import json
import threading
import time
import typing as t

import pytest
from comagic_script import KEY, LOGIN, Clock, document, envelope, refusal, scripted, session
from singer_slices import (
    Answer,
    Budget,
    ConfigurationError,
    CredentialError,
    EngineError,
    QuotaSpentError,
    RunControl,
    SliceTooWideError,
    StreamFailedError,
    StreamRefusedError,
    Transport,
)
from tap_comagic.client import ComagicClient
from tap_comagic.errors import RequestProblemError

NOW = dt.datetime(2026, 3, 10, 12, 0, tzinfo=dt.UTC).timestamp()


def test_the_request(clock: Clock) -> None:
    run = scripted(clock, {**KEY, "api_url": "https://vendor.test/v2.0/"}, envelope([]), envelope([]))
    run.call("get.tags", limit=5)
    run.call("get.tags")
    assert run.transport.urls == ["https://vendor.test/v2.0"] * 2
    assert run.transport.asked == [
        {
            "jsonrpc": "2.0",
            "id": 1,
            "method": "get.tags",
            "params": {"access_token": "the-key-itself", "limit": 5},
        },
        {"jsonrpc": "2.0", "id": 2, "method": "get.tags", "params": {"access_token": "the-key-itself"}},
    ]


# Errors: every mnemonic of the contract


@pytest.mark.parametrize(
    ("mnemonic", "code", "kind", "advice"),
    [
        ("parse_error", -32700, RequestProblemError, ""),
        ("invalid_request", -32600, RequestProblemError, ""),
        ("method_not_found", -32601, StreamRefusedError, "this brand or account does not know the method"),
        ("required_parameter_missed", -32602, RequestProblemError, ""),
        ("invalid_parameter_value", -32602, RequestProblemError, ""),
        ("data_type_error", -32602, RequestProblemError, ""),
        ("unexpected_parameters", -32602, RequestProblemError, 'the setting fields: {"<stream>": ["-<field>"]}'),
        ("invalid_parameters_combination", -32602, RequestProblemError, ""),
        ("sort_prohibited", -32602, RequestProblemError, ""),
        ("filter_prohibited", -32602, RequestProblemError, ""),
        ("date_interval_limit_reached", -32602, SliceTooWideError, ""),
        ("error", -32602, RequestProblemError, ""),
        ("entity_not_found", -32602, RequestProblemError, ""),
        ("tariff_restrictions", -32602, RequestProblemError, ""),
        ("access_token_expired", -32001, CredentialError, "keys of one portal"),
        ("access_token_invalid", -32001, CredentialError, "keys of one portal"),
        ("access_token_blocked", -32001, CredentialError, "unblock it or make a new one"),
        ("auth_error", -32001, CredentialError, "check login and password"),
        ("ip_not_whitelisted", -32003, CredentialError, "security settings, tab API"),
        ("forbidden", -32003, StreamRefusedError, "grant it in the account"),
        ("forbidden", -32602, StreamRefusedError, "grant it in the account"),
        ("method_component_disabled", -32008, StreamRefusedError, "lacks the product component"),
        ("method_component_disabled", -32602, StreamRefusedError, "lacks the product component"),
        ("parameter_component_disabled", -32008, RequestProblemError, 'the setting fields: {"<stream>": ["-<field>"]}'),
        ("account_inactive", -32009, CredentialError, "contact the vendor's support"),
        ("batch_opreations_not_supported", -32099, RequestProblemError, ""),
        ("notifications_not_supported", -32099, RequestProblemError, ""),
        ("something_new", -32777, RequestProblemError, ""),
        (None, -32601, StreamRefusedError, "does not know the method"),
        (None, -32001, CredentialError, "check access_token"),
        (None, -32009, CredentialError, "support"),
        (None, -32602, RequestProblemError, ""),
    ],
)
def test_errors(clock: Clock, mnemonic: str | None, code: int, kind: type[EngineError], advice: str) -> None:
    for status in (200, 400, 403):  # the status says nothing that the body does not say better
        run = scripted(clock, KEY, refusal(mnemonic, code, status=status, field="fields", value="x_y"))
        with pytest.raises(EngineError) as caught:
            run.call()
        assert type(caught.value) is kind
        assert (mnemonic or "") in str(caught.value)
        assert "so it is" in str(caught.value)
        assert advice in str(caught.value)
        assert len(run.methods) == 1, "not tried again"


def test_a_refused_field_is_named(clock: Clock) -> None:
    run = scripted(clock, KEY, refusal("unexpected_parameters", field="fields", value="hold_duration"))
    with pytest.raises(StreamFailedError, match=r"reading tags: .*'hold_duration'"):
        run.call()


def test_a_method_that_knows_no_clients_is_refused(clock: Clock) -> None:
    run = scripted(clock, KEY, refusal("unexpected_parameters", field="user_id", value=7))
    with pytest.raises(StreamRefusedError, match=r"reading tags: .*takes no user_id"):
        run.call(user_id=7)


def test_an_agency_is_told_to_name_its_clients(clock: Clock) -> None:
    run = scripted(clock, KEY, refusal("required_parameter_missed", field="user_id"))
    with pytest.raises(StreamFailedError, match=r"reading tags: .*set user_id, user_ids or all_clients"):
        run.call()


@pytest.mark.parametrize("data", [None, [], "text", {"mnemonic": None, "params": None, "metadata": None}])
def test_errors_without_details(clock: Clock, data: t.Any) -> None:
    answer = document({"jsonrpc": "2.0", "id": None, "error": {"code": -32602, "message": "so", "data": data}})
    with pytest.raises(StreamFailedError, match="CoMagic answered -32602: so"):
        scripted(clock, KEY, answer).call()


@pytest.mark.parametrize(
    "passing",
    [
        refusal("internal_error", -32603),
        refusal(None, -32603, status=500),
        Answer(502, {}, b"<html>Bad Gateway</html>"),
        Answer(200, {}, b"<html>Maintenance</html>"),
        Answer(200, {}, b""),
        Answer(200, {}, b'{"jsonrpc": "2.0", "result": {"data": [{"i'),
        document({"error": "bad gateway"}, 502),
        document({"error": {"message": "slow down"}}, 429),
        document({"jsonrpc": "2.0", "id": 1, "result": None}),
        document({"jsonrpc": "2.0", "id": 1, "result": {}}),
        document({"jsonrpc": "2.0", "id": 1, "result": {"data": "text"}}),
        document({"jsonrpc": "2.0", "id": 1, "result": {"data": [1]}}),
        document([]),
        document(None),
    ],
)
def test_trouble_that_may_pass(clock: Clock, passing: Answer) -> None:
    run = scripted(clock, KEY, passing, passing, envelope([{"id": 7}]))
    assert run.call() == [{"id": 7}]
    assert run.control.waited_seconds > 0

    with pytest.raises((StreamFailedError, QuotaSpentError), match="reading tags: gave up after 3 tries"):
        scripted(clock, KEY, *[passing] * 3).call()


@pytest.mark.parametrize(
    ("answer", "kind", "text"),
    [
        (Answer(301, {"location": "https://other.test/"}, b""), ConfigurationError, "it points to https://other.test/"),
        (Answer(404, {}, b"nothing here"), ConfigurationError, "HTTP 404: nothing here"),
        (Answer(401, {}, b"who?"), CredentialError, "HTTP 401: who?; check the credentials and api_url"),
        (document({"error": "who?"}, 401), CredentialError, "HTTP 401"),
        (Answer(403, {}, b"<html>no"), StreamRefusedError, "something before the API refuses this caller"),
        (Answer(413, {}, b""), StreamFailedError, "HTTP 413"),
    ],
)
def test_statuses_of_others(clock: Clock, answer: Answer, kind: type[EngineError], text: str) -> None:
    run = scripted(clock, KEY, answer)
    with pytest.raises(EngineError) as caught:
        run.call()
    assert type(caught.value) is kind
    assert text in str(caught.value)


# Sessions


def test_one_login_serves_all_calls(clock: Clock) -> None:
    run = scripted(clock, LOGIN, session("token-1"), envelope([]), envelope([]))
    run.call()
    run.call()
    assert run.methods == ["login.user", "get.tags", "get.tags"]
    assert run.transport.asked[0]["params"] == {"login": "me", "password": "secret-word"}
    assert run.tokens[1:] == ["token-1", "token-1"]


@pytest.mark.parametrize("mnemonic", ["access_token_invalid", "access_token_expired"])
def test_a_dead_session_is_renewed_once(clock: Clock, mnemonic: str) -> None:
    dead = refusal(mnemonic, -32001)
    run = scripted(clock, LOGIN, session("token-1"), envelope([]), dead, session("token-2"), envelope([{"id": 1}]))
    run.call()
    assert run.call() == [{"id": 1}]
    assert run.methods == ["login.user", "get.tags", "get.tags", "login.user", "get.tags"]
    assert run.tokens[-1] == "token-2"


def test_a_session_that_is_refused_even_when_new(clock: Clock) -> None:
    dead = refusal("access_token_invalid", -32001)
    run = scripted(clock, LOGIN, session("token-1"), dead)
    with pytest.raises(CredentialError):
        run.call()
    run = scripted(clock, LOGIN, session("token-1"), envelope([]), dead, session("token-2"), dead)
    run.call()
    with pytest.raises(CredentialError, match="even right after a new login"):
        run.call()
    assert run.methods.count("login.user") == 2


@pytest.mark.parametrize(
    "answer",
    [
        refusal("auth_error", -32001),
        refusal(None, -32001),
        refusal("forbidden", -32003),
        refusal("invalid_parameter_value"),
        refusal("ip_not_whitelisted", -32003),
    ],
)
def test_a_refused_login_is_tried_once(clock: Clock, answer: Answer) -> None:
    run = scripted(clock, LOGIN, answer)
    with pytest.raises(CredentialError, match="logging in"):
        run.call()
    assert run.methods == ["login.user"]


def test_a_login_whose_answer_is_lost(clock: Clock, caplog: pytest.LogCaptureFixture) -> None:
    cut = session("token-in-a-broken-answer")
    broken = Answer(200, {}, cut.body[:-6])
    empty = document({"jsonrpc": "2.0", "id": 1, "result": {"data": {}}})
    run = scripted(clock, LOGIN, broken, empty, session("token-1"), envelope([{"id": 1}]))
    assert run.call() == [{"id": 1}]
    assert "token-in-a-broken-answer" not in caplog.text
    assert "logging in" in caplog.text or "reading tags" in caplog.text


@pytest.mark.parametrize("name", ["expire_at", "expire"])
@pytest.mark.parametrize("as_text", [False, True])
def test_a_session_is_renewed_before_its_end(clock: Clock, name: str, as_text: bool) -> None:
    ends = NOW + 3600
    first = document({"result": {"data": {"access_token": "token-1", name: str(ends) if as_text else ends}}})
    run = scripted(clock, LOGIN, first, envelope([]), envelope([]), session("token-2"), envelope([]))
    run.call()
    clock.shift(3000)
    run.call()
    clock.shift(300)
    run.call()
    assert run.tokens == [None, "token-1", "token-1", None, "token-2"]


@pytest.mark.parametrize("expires", [None, "soon", -1, "NaN"])
def test_an_expiry_that_makes_no_sense(clock: Clock, expires: t.Any) -> None:
    run = scripted(clock, LOGIN, session("token-1", expires), envelope([]), envelope([]))
    run.call()
    run.call()
    assert run.methods.count("login.user") == 1


def test_a_key_beside_a_login(clock: Clock) -> None:
    dead = refusal("access_token_expired", -32001)
    run = scripted(clock, {**KEY, **LOGIN}, dead, session("token-1"), envelope([{"id": 1}]))
    assert run.call() == [{"id": 1}]
    assert run.tokens == ["the-key-itself", None, "token-1"]


# Points


def limits(**named: t.Any) -> dict[str, t.Any]:
    return {"limits": named}


def test_points_are_respected_before_they_are_spent(clock: Clock) -> None:
    last = envelope([], **limits(minute_limit=60, minute_remaining=0, minute_reset=23, day_remaining=5, day_reset=9))
    run = scripted(clock, KEY, last, envelope([]))
    run.call()
    assert run.control.waited_seconds == 0
    run.call()
    assert 23 <= run.control.waited_seconds <= 25


@pytest.mark.parametrize("bucket", ["hour", "day"])
def test_points_spent_for_longer_than_may_be_waited(clock: Clock, bucket: str) -> None:
    run = scripted(clock, KEY, envelope([], **limits(**{f"{bucket}_remaining": 0, f"{bucket}_reset": 3142})))
    run.call()
    with pytest.raises(QuotaSpentError, match=f"CoMagic's quota per {bucket} is spent and refills in 314. s"):
        run.call()
    assert run.control.waited_seconds == 0


@pytest.mark.parametrize(
    ("error", "waited"),
    [
        ({"params": {"limit_type": "minute", "limit_max_value": 60}}, 61),
        ({"metadata": limits(minute_remaining=0, minute_reset=12)}, 13),
        ({"metadata": limits(minute_remaining="0", minute_reset="12")}, 13),
        ({}, 61),
    ],
)
def test_a_refusal_for_points_is_waited_out(clock: Clock, error: dict[str, t.Any], waited: float) -> None:
    run = scripted(clock, KEY, refusal("limit_exceeded", -32029, **error), envelope([{"id": 1}]))
    assert run.call() == [{"id": 1}]
    assert run.control.waited_seconds == pytest.approx(waited, abs=1)


def test_a_refusal_for_the_day(clock: Clock) -> None:
    text = "Limit per day has been exceeded. Value of current limit per day is 3000"
    spent = document({"error": {"code": -32029, "message": text, "data": {"mnemonic": "limit_exceeded"}}}, 429)
    run = scripted(clock, KEY, spent)
    with pytest.raises(QuotaSpentError, match="quota per day"):
        run.call()


def test_a_refusal_without_an_end(clock: Clock) -> None:
    run = scripted(clock, KEY, *[refusal("limit_exceeded", -32029)] * 25)
    with pytest.raises(QuotaSpentError, match="still spent after 20 waits"):
        run.call()


# Oddities of good answers


@pytest.mark.parametrize(
    ("result", "rows", "total"),
    [
        ({"data": [{"id": 1}], "metadata": {"total_items": 4}}, [{"id": 1}], 4),
        ({"data": [{"id": 1}], "meta_data": {"total_items": 4}}, [{"id": 1}], 4),
        ({"data": [{"id": 1}], "metadata": {"total_items": "4", "limits": None}}, [{"id": 1}], 4),
        (
            {"data": [{"id": 1}], "metadata": {"total_items": "many", "limits": {"day_remaining": None}}},
            [{"id": 1}],
            None,
        ),
        ({"data": {"id": 1}, "metadata": None}, [{"id": 1}], None),
        ({"data": None}, [], None),
        ([{"id": 1}], [{"id": 1}], None),
    ],
)
def test_shapes_of_results(clock: Clock, result: t.Any, rows: list[t.Any], total: int | None) -> None:
    run = scripted(clock, KEY, document({"jsonrpc": "2.0", "id": 1, "result": result}))
    page = run.client.call("get.tags", {}, doing="reading tags")
    assert (page.rows, page.total) == (rows, total)


def test_a_deprecated_version_is_told_once(clock: Clock, caplog: pytest.LogCaptureFixture) -> None:
    version = {"current_version_deprecated": True, "current_version": "v2.0", "latest_version": "v3.0"}
    run = scripted(clock, KEY, *[envelope([], api_version=version)] * 2)
    run.call()
    run.call()
    told = [record.getMessage() for record in caplog.records if "deprecated" in record.getMessage()]
    assert told == ["CoMagic says that version v2.0 of its API is deprecated (latest: v3.0)"]


# Several threads


class _Crowd:
    """Calls of several threads at once, against answers that depend on what is asked."""

    def __init__(self, answer: t.Callable[[dict[str, t.Any]], Answer]) -> None:
        control = RunControl()
        self.transport = Transport(control, user_agent="test", timeout=1, max_retries=0, max_wait_seconds=1)
        self.asked: list[dict[str, t.Any]] = []
        self.answer = answer
        self.transport.__dict__["send"] = self._send
        budget = Budget(control, max_wait_seconds=1, vendor="CoMagic")
        self.client = ComagicClient(LOGIN, self.transport, budget, control)
        self.errors: list[BaseException] = []

    def _send(self, method: str, url: str, **options: t.Any) -> Answer:
        asked = json.loads(options["data"])
        self.asked.append(asked)
        time.sleep(0.02)
        return self.answer(asked)

    def call(self, threads: int) -> None:
        def once() -> None:
            try:
                self.client.call("get.tags", {}, doing="reading tags")
            except EngineError as error:
                self.errors.append(error)

        workers = [threading.Thread(target=once, daemon=True) for _ in range(threads)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join(20)
        assert not any(worker.is_alive() for worker in workers)

    @property
    def logins(self) -> int:
        return sum(asked["method"] == "login.user" for asked in self.asked)


def test_one_login_for_all_threads_and_one_renewal() -> None:
    alive = ["t1"]

    def answer(asked: dict[str, t.Any]) -> Answer:
        if asked["method"] == "login.user":
            return session(alive[0])
        return envelope([]) if asked["params"]["access_token"] == alive[0] else refusal("access_token_expired", -32001)

    crowd = _Crowd(answer)
    crowd.call(6)
    assert (crowd.logins, crowd.errors) == (1, [])
    alive[0] = "t2"
    crowd.call(6)
    assert (crowd.logins, crowd.errors) == (2, [])


def test_wrong_password_is_tried_once_however_many_threads_there_are() -> None:
    crowd = _Crowd(lambda asked: refusal("auth_error", -32001))
    crowd.call(6)
    assert crowd.logins == 1
    assert [type(error) for error in crowd.errors] == [CredentialError] * 6
