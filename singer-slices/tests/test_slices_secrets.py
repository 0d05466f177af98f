"""No secret leaves the process, in whatever spelling."""

from __future__ import annotations

import base64
import json
import logging
import typing as t
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from singer_sdk.logging import StructuredFormatter
from singer_slices import Answer, StreamFailedError, decode, redactor
from singer_slices.redact import Redactor, scrub_logs
from slices_fake import Vendor, failing, read_summary, run

SECRET = 'pa ss/wö"rd\\+=&'


@pytest.fixture
def _scrubbed_logs() -> t.Iterator[None]:
    before = logging.getLogRecordFactory()
    scrub_logs()
    yield
    logging.setLogRecordFactory(before)


@pytest.mark.parametrize(
    "spelling",
    [
        SECRET,
        quote(SECRET),
        quote(SECRET, safe=""),
        "pa%20ss%2fw%c3%b6%22rd%5c%2b%3d%26",
        quote_plus(SECRET),
        json.dumps(SECRET)[1:-1],
        json.dumps(SECRET, ensure_ascii=False)[1:-1],
        json.dumps(SECRET)[1:-1].replace("/", "\\/"),
        repr(SECRET)[1:-1],
        repr(SECRET.encode())[2:-1],
        base64.b64encode(SECRET.encode()).decode(),
    ],
)
def test_every_spelling_is_masked(spelling: str) -> None:
    found = Redactor()
    found.add(SECRET)
    assert found.scrub(f"before {spelling} after") == "before *** after"


def test_short_and_empty_values_are_no_secrets() -> None:
    found = Redactor()
    for value in (None, "", "abc", 12):
        found.add(value)
    assert found.scrub("abc 12 None") == "abc 12 None"


def test_longer_secrets_go_first() -> None:
    found = Redactor()
    found.add("secret")
    found.add("secretive")
    assert found.scrub("a secretive secret") == "a *** ***"


@settings(max_examples=100, deadline=None)
@given(secret=st.text(min_size=4, max_size=20), before=st.text(max_size=5), after=st.text(max_size=5))
def test_any_secret_is_masked(secret: str, before: str, after: str) -> None:
    found = Redactor()
    found.add(secret)
    if secret not in f"{before}***{after}":
        assert secret not in found.scrub(before + secret + after)


def test_secret_across_the_end_of_an_excerpt_leaves_no_half() -> None:
    redactor.add("a-long-secret-token")
    body = b"x" * 195 + b"a-long-secret-token" + b"y" * 100
    assert Answer(500, {}, body).excerpt() == "x" * 195 + "***yy"
    with pytest.raises(Exception, match="the answer is no JSON") as caught:
        decode(b"<" + b"x" * 112 + b"a-long-secret-token")
    assert "a-long" not in str(caught.value)


@pytest.mark.usefixtures("_scrubbed_logs")
def test_logs_and_tracebacks(caplog: pytest.LogCaptureFixture) -> None:
    redactor.add(SECRET)
    log = logging.getLogger("anyone")
    log.warning("with %s", SECRET)
    error = RuntimeError("outer")
    error.__cause__ = ValueError(SECRET)
    log.error("it failed", exc_info=error)
    assert "pa ss" not in caplog.text
    assert caplog.messages[0] == "with ***"
    assert "ValueError: ***" in caplog.text
    assert "RuntimeError: outer" in caplog.text
    structured = [StructuredFormatter().format(record) for record in caplog.records]
    assert "ValueError: ***" in structured[1]
    assert "pa ss" not in "".join(structured)


@pytest.mark.usefixtures("_scrubbed_logs")
def test_record_with_wrong_arguments_is_still_only_the_handlers_trouble() -> None:
    record = logging.getLogger("anyone").makeRecord("a", 20, "f", 1, "%d apples", ("no number",), None)
    assert record.args == ("no number",)


@pytest.mark.usefixtures("_scrubbed_logs")
def test_innocent_tracebacks_stay_tracebacks(caplog: pytest.LogCaptureFixture) -> None:
    logging.getLogger("anyone").error("it failed", exc_info=ValueError("plain"))
    assert caplog.records[0].exc_info is not None


def test_secret_in_a_vendors_error_reaches_neither_summary_nor_table(
    tmp_path: t.Any, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "deep" / "summary.json"
    vendor = Vendor(faults={0: failing(StreamFailedError("refused: key=my-api-key"))})
    done = run(vendor, api_key="my-api-key", summary_path=str(path))
    assert done.exit_code == 3
    assert read_summary(path)["streams"][0]["error"] == "refused: key=***"
    assert "my-api-key" not in path.read_text(encoding="utf-8") + capsys.readouterr().err


def test_secret_in_a_crash_reaches_neither(tmp_path: t.Any, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "summary.json"

    def crash(ask: t.Any) -> None:
        raise KeyError("my-api-key")

    done = run(Vendor(refuse=crash), api_key="my-api-key", summary_path=str(path))
    assert done.exit_code == 1
    assert read_summary(path)["error"] == "KeyError: '***'"
    assert "my-api-key" not in path.read_text(encoding="utf-8") + capsys.readouterr().err
