"""The program: exit codes, one line per wrong setting, documents, the summary file."""

from __future__ import annotations

import dataclasses
import json
import logging
import sys
import typing as t
import warnings
from pathlib import Path

import pytest
import singer_sdk.plugin_base
from singer_slices import ExitCode, StreamFailedError, StreamRefusedError
from singer_slices.errors import worst
from singer_slices.progress import Progress
from singer_slices.redact import scrub_logs
from singer_slices.summary import RunSummary, StreamSummary
from slices_fake import Ask, FakeTap, Row, Vendor, bookmark, event, read_summary, tap_class

VENDOR = Vendor([event(1, "2026-03-08 09:00:00")], [{"id": 1, "name": "a"}])
GOOD: Row = {"start_date": "2026-03-08"}


@pytest.fixture(autouse=True)
def _own_process(monkeypatch: pytest.MonkeyPatch) -> t.Iterator[None]:
    """What the SDK changes in a process is put back."""
    monkeypatch.setattr(singer_sdk.plugin_base, "_setup_console_logging", lambda **_: None)
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    before = logging.getLogRecordFactory()
    with warnings.catch_warnings():
        yield
    logging.captureWarnings(capture=False)
    logging.setLogRecordFactory(before)


class Program:
    """The tap as a program, run in this process."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture) -> None:
        self._folder = folder
        self._capsys = capsys
        self._caplog = caplog
        self.summary_path = folder / "summary.json"
        self.out = self.err = ""

    def file(self, name: str, content: t.Any) -> str:
        path = self._folder / name
        path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
        return str(path)

    def __call__(self, *args: str, config: t.Any = None, tap: type[FakeTap] | None = None) -> int:
        """Run it.

        Returns:
            The exit code.
        """
        given = ["--config", self.file("config.json", config)] if config is not None else []
        with pytest.raises(SystemExit) as ended:
            (tap or tap_class(VENDOR)).cli([*given, *args])
        self.out, self.err = self._capsys.readouterr()
        return int(ended.value.code or 0)

    @property
    def errors(self) -> list[str]:
        return [record.getMessage() for record in self._caplog.records if record.levelno >= logging.ERROR]

    @property
    def messages(self) -> list[Row]:
        return [json.loads(line) for line in self.out.splitlines()]


@pytest.fixture
def program(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> Program:
    monkeypatch.chdir(tmp_path)  # no .env file of a developer
    return Program(tmp_path, capsys, caplog)


def test_whole_run_writes_its_summary(program: Program) -> None:
    assert program(config={**GOOD, "summary_path": str(program.summary_path)}) == 0
    assert [m["type"] for m in program.messages].count("RECORD") == 2
    summary = read_summary(program.summary_path)
    assert summary == {
        "program": "tap-fake",
        "version": summary["version"],
        "started_at": "2026-03-10T12:00:00+00:00",
        "finished_at": "2026-03-10T12:00:00+00:00",
        "exit_code": 0,
        "error": None,
        "requests": 0,
        "waited_seconds": 0.0,
        "streams": [
            {
                "stream": "events",
                "partition": None,
                "status": "complete",
                "records": 1,
                "slices_done": 3,
                "slices_planned": 3,
                "vendor_total": 1,
                "difference": 0,
                "bookmark": "2026-03-10T14:50:00+03:00",
                "error": None,
                "known_unavailable": None,
                "unknown_fields": {},
            },
            {
                "stream": "things",
                "partition": None,
                "status": "complete",
                "records": 1,
                "slices_done": 0,
                "slices_planned": 0,
                "vendor_total": 1,
                "difference": 0,
                "bookmark": None,
                "error": None,
                "known_unavailable": None,
                "unknown_fields": {},
            },
        ],
    }
    assert sorted(path.name for path in program.summary_path.parent.iterdir()) == ["config.json", "summary.json"]


def test_state_and_catalog_come_from_files(program: Program) -> None:
    assert program("--discover") == 0
    catalog = json.loads(program.out)
    catalog["streams"] = [entry for entry in catalog["streams"] if entry["stream"] == "events"]
    state = program.file("state.json", bookmark("2026-03-10T00:00:00+03:00"))
    code = program("--state", state, "--catalog", program.file("catalog.json", catalog), config=GOOD)
    assert code == 0
    assert [m["type"] for m in program.messages] == ["STATE", "SCHEMA", "STATE"]


@pytest.mark.parametrize("option", ["--about", "--about --format=json", "--discover", "--version"])
def test_needs_no_configuration(program: Program, option: str) -> None:
    asked = len(VENDOR.asked)
    assert program(*option.split()) == 0
    assert program.out
    assert len(VENDOR.asked) == asked


@pytest.mark.parametrize(
    ("settings", "lines"),
    [
        ({}, ["start_date is missing: give the first day to read, like '2026-01-01'"]),
        (
            {"start_date": "01.03.2026"},
            ["start_date: '01.03.2026' is neither a date nor a time; write it like '2026-01-31' or '2026-01-31T10:00"],
        ),
        ({"start_date": "2027-01-01"}, ["start_date 2027-01-01 lies in the future"]),
        (
            {**GOOD, "end_date": "2026-04-01"},
            ["end_date 2026-04-01 lies in the future; leave it out to read up to now"],
        ),
        (
            {**GOOD, "end_date": "2026-03-08"},
            ["start_date 2026-03-08 is not before end_date 2026-03-08; swap or correct them"],
        ),
        ({**GOOD, "backfill": True}, ["backfill needs end_date: the range to read again is start_date … end_date"]),
        ({"strat_date": "2026-03-08"}, ["unknown setting 'strat_date'; did you mean 'start_date'?", "start_date is"]),
        ({**GOOD, "zzz": 1}, ["unknown setting 'zzz'; see --about for the settings there are"]),
        ({**GOOD, "page_size": "many"}, ["page_size: 'many' must be of type integer"]),
        ({**GOOD, "page_size": 101}, ["page_size: 101 must be at most 100"]),
        ({**GOOD, "max_retries": -1}, ["max_retries: -1 must be at least 0"]),
        ({**GOOD, "request_timeout": 0}, ["request_timeout: 0 must be above 0"]),
        ({**GOOD, "max_parallel_requests": 65}, ["max_parallel_requests: 65 must be at most 64"]),
        ({**GOOD, "sync_until": "later"}, ["sync_until: 'later' must be one of 'now', 'last_complete_day'"]),
        ({**GOOD, "day_border": "25:00"}, ["day_border: '25:00' is no time of day; write it like '04:00'"]),
        ({**GOOD, "slice_days": 0}, ["slice_days: 0 must be at least 1"]),
        ({**GOOD, "slice_days": 31}, ["slice_days: 31 is more than the vendor allows; at most 30"]),
        ({**GOOD, "lookback_days": {"events": -1}}, ["lookback_days.events: -1 must be at least 0"]),
        (
            {**GOOD, "lookback_days": {"things": 1}},
            ["lookback_days.things: there is no stream 'things' with a time; there are events"],
        ),
        (
            {**GOOD, "known_unavailable": ["evnts"]},
            ["known_unavailable: there is no stream 'evnts'; there are events, things"],
        ),
        ({**GOOD, "api_url": "fake"}, ["api_url: 'fake' is no address; write it like 'https://api.example.com/v1'"]),
        ({**GOOD, "api_url": "http://a:b/"}, ["api_url: 'http://a:b/' is no address"]),
        ({**GOOD, "user_agent": "mine\r\nX: 1"}, ["user_agent: 'mine\\r\\nX: 1' must be plain ASCII text on one line"]),
        ({**GOOD, "api_key": 12345}, ["api_key: the value must be of type string"]),
        ({"start_date": 5, "page_size": []}, ["page_size: [] must be of type integer", "start_date: 5 must be of"]),
    ],
)
def test_wrong_settings_are_told_in_one_line_each(program: Program, settings: Row, lines: list[str]) -> None:
    asked = len(VENDOR.asked)
    assert program(config={**settings, "summary_path": str(program.summary_path)}) == 2
    assert len(program.errors) == len(lines)
    for said, line in zip(sorted(program.errors), sorted(lines), strict=True):
        assert said.startswith(line)
    summary = read_summary(program.summary_path)
    assert (summary["exit_code"], summary["error"].splitlines()) == (2, program.errors)
    assert (program.out, len(VENDOR.asked)) == ("", asked)


def test_discovery_says_what_is_wrong_with_given_settings(program: Program) -> None:
    assert program("--discover", config={"page_size": "many", "hash_fields": "phone"}) == 2
    assert sorted(program.errors) == [
        "hash_fields: 'phone' must be of type array",
        "page_size: 'many' must be of type integer",
    ]


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("{", "--config: the file cannot be read as a JSON object"),
        ("[1]", "--config: the file cannot be read as a JSON object"),
        ("5", "--config: the file cannot be read as a JSON object"),
    ],
)
def test_config_that_is_no_json_object(program: Program, content: str, text: str) -> None:
    assert program(config=content) == 2
    assert program.errors[0].startswith(text)


def test_config_file_that_is_missing(program: Program) -> None:
    assert program("--config", "gone.json") == 2
    assert program.errors[0].startswith("--config: ")
    assert "gone.json" in program.errors[0]


@pytest.mark.parametrize(
    ("state", "text"),
    [
        ("{", "--state: "),
        ("[]", "holds no JSON object"),
        ({"type": "STATE", "value": {}}, "state: there is no object 'bookmarks' in it"),
        ({"bookmarks": []}, "state: there is no object 'bookmarks' in it"),
        ({"bookmarks": {"events": "2026-03-01"}}, "state: the entry of events is no object"),
        ({"bookmarks": {"events": {"partitions": [{"region": 1}]}}}, "state: the partitions of events are no list"),
    ],
)
def test_state_that_is_none_is_refused(program: Program, state: t.Any, text: str) -> None:
    code = program(
        "--state",
        program.file("state.json", state),
        config={**GOOD, "summary_path": str(program.summary_path)},
    )
    assert code == 2
    assert text in program.errors[0]
    assert text in read_summary(program.summary_path)["error"]


@pytest.mark.parametrize("catalog", [{}, {"streams": 5}, {"streams": [{}]}, {"streams": [5]}])
def test_catalog_that_is_none_is_refused(program: Program, catalog: t.Any) -> None:
    assert program("--catalog", program.file("catalog.json", catalog), config=GOOD) == 2
    assert program.errors[0].startswith("--catalog: there is no Singer catalog in the file")


def test_environment(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TAP_FAKE_START_DATE", "2026-03-09")
    monkeypatch.setenv("TAP_FAKE_SUMMARY_PATH", str(program.summary_path))
    monkeypatch.setenv("TAP_FAKE_BACKFILL", "false")
    assert program("--config", "ENV", config=GOOD) == 0
    assert read_summary(program.summary_path)["streams"][0]["slices_planned"] == 2


def test_environment_that_is_wrong_is_told_and_summed_up(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TAP_FAKE_PAGE_SIZE", "many")
    assert program("--config", "ENV", config={**GOOD, "summary_path": str(program.summary_path)}) == 2
    assert program.errors[0].startswith("page_size: TAP_FAKE_PAGE_SIZE cannot be read (")
    assert read_summary(program.summary_path)["exit_code"] == 2
    monkeypatch.delenv("TAP_FAKE_PAGE_SIZE")
    monkeypatch.setenv("TAP_FAKE_SUMMARY_PATH", str(program.summary_path))
    program.summary_path.unlink()
    assert program("--config", "ENV") == 2
    assert read_summary(program.summary_path)["error"].startswith("start_date is missing")


def test_crash_before_the_run_has_a_summary(program: Program) -> None:
    class Broken(FakeTap):
        vendor = VENDOR

        def discover_streams(self) -> t.NoReturn:
            raise ZeroDivisionError("a bug with key=my-api-key")

    settings = {**GOOD, "api_key": "my-api-key", "summary_path": str(program.summary_path)}
    assert program(config=settings, tap=Broken) == 1
    summary = read_summary(program.summary_path)
    assert (summary["exit_code"], summary["error"]) == (1, "ZeroDivisionError: a bug with key=***")


def test_connection_test(program: Program) -> None:
    assert program("--test", config=GOOD) == 0
    assert program.out == ""

    def refuse(ask: Ask) -> None:
        if ask.stream == "things":
            raise StreamRefusedError("no right to things")

    assert program("--test", config=GOOD, tap=tap_class(Vendor(refuse=refuse))) == 3
    assert program.errors == ["things: no right to things"]
    assert program("--test", config={}) == 2


@pytest.mark.parametrize("before", [True, False], ids=["catalog first", "test first"])
def test_connection_test_of_what_the_catalog_selects(program: Program, *, before: bool) -> None:
    def refuse(ask: Ask) -> None:
        if ask.stream == "things":
            raise StreamRefusedError("no right to things")

    assert program("--discover", config=GOOD) == 0
    found = json.loads(program.out)
    for entry in found["streams"]:
        [whole] = [part for part in entry["metadata"] if not part["breadcrumb"]]
        whole["metadata"]["selected"] = entry["tap_stream_id"] != "things"
    catalog = ("--catalog", program.file("catalog.json", found))
    arguments = (*catalog, "--test") if before else ("--test", *catalog)
    assert program(*arguments, config=GOOD, tap=tap_class(Vendor(refuse=refuse))) == 0
    assert program("--test", "--catalog", program.file("wrong.json", []), config=GOOD) == 2


def test_schema_test(program: Program) -> None:
    assert program("--test=schema", config=GOOD) == 0
    assert [(m["type"], m["stream"]) for m in program.messages] == [("SCHEMA", "events"), ("SCHEMA", "things")]


def test_summary_that_cannot_be_written_changes_nothing_else(program: Program) -> None:
    blocked = program.file("file", "")
    assert program(config={**GOOD, "summary_path": f"{blocked}/summary.json"}) == 0
    assert f"summary_path: {blocked}/summary.json cannot be written" in program.err


@pytest.mark.parametrize(
    ("codes", "code"),
    [
        (set(), 0),
        ({3}, 3),
        ({3, 4}, 4),
        ({2, 3, 4}, 2),
        ({1, 2, 3, 4}, 1),
        ({1, 143}, 143),
        ({130, 143}, 130),
    ],
)
def test_precedence_of_exit_codes(codes: set[int], code: int) -> None:
    assert worst({ExitCode(one) for one in codes}) == code


def test_summary_with_any_text_can_be_written(tmp_path: Path) -> None:
    summary = RunSummary("tap-fake", "1", streams=[StreamSummary("events", error="ошибка \ud800")])
    summary.finish(ExitCode.PARTIAL, "ошибка")
    summary.write(tmp_path / "summary.json")
    text = (tmp_path / "summary.json").read_text(encoding="utf-8")
    assert "ошибка" in text
    assert json.loads(text)["streams"][0]["error"] == "ошибка \ud800"


@dataclasses.dataclass
class Halfway:
    """As much of a partition's run as its progress needs."""

    summary: StreamSummary
    share_done: float | None = 0.2


def test_progress_says_how_far_it_is(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    clock = [0.0]
    monkeypatch.setattr("time.monotonic", lambda: clock[0])
    tap = tap_class(VENDOR)(config=GOOD)
    run = Halfway(StreamSummary("events", slices_done=1, slices_planned=4, records=50))
    progress = Progress([t.cast("t.Any", run)], tap.control, None)
    clock[0] = 9.9
    progress.tick()
    clock[0] = 10
    run.share_done = 0.25
    progress.tick()
    clock[0] = 19.9
    run.share_done = 0.5
    progress.tick()
    lines = [message for message in caplog.messages if "records/s" in message]
    assert lines == ["events: 1/4 slices, 50 records, 5 records/s, 0 requests, waited 0 s, ETA 30 s"]
    things = Halfway(StreamSummary("things", records=1), None)
    Progress([t.cast("t.Any", things)], tap.control, None, interval=0).tick()
    assert caplog.messages[-1].startswith("things: 1 records, ")
    assert caplog.messages[-1].endswith("ETA unknown")


def test_failing_stream_and_stream_that_goes_on(program: Program) -> None:
    def refuse(ask: Ask) -> None:
        if ask.stream == "events":
            raise StreamFailedError("down")

    vendor = Vendor(things=[{"id": 1, "name": "a"}], refuse=refuse)
    assert program(config={**GOOD, "slice_days": 3}, tap=tap_class(vendor)) == 3
    assert [m["stream"] for m in program.messages if m["type"] == "RECORD"] == ["things"]


def test_logs_are_scrubbed_once() -> None:
    scrub_logs()
    first = logging.getLogRecordFactory()
    scrub_logs()
    assert logging.getLogRecordFactory() is first
