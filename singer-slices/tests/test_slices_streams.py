"""Streams in whole runs: lists and their versions, refusals, the account's label."""

from __future__ import annotations

import typing as t

import pytest
from singer_slices import Page, StreamFailedError, StreamRefusedError
from slices_fake import (
    NOW,
    RECORD,
    ROW,
    Ask,
    Events,
    Run,
    Things,
    Vendor,
    event,
    refusing,
    run,
    things,
)

VERSION = int(NOW.timestamp())


def test_whole_record() -> None:
    done = run(Vendor([ROW]))
    [message] = [m for m in done.messages if m["type"] == "RECORD"]
    assert message == {
        "type": "RECORD",
        "stream": "events",
        "record": RECORD,
        "time_extracted": "2026-03-10T12:00:00+00:00",
    }
    assert done.stream()["unknown_fields"] == {"surprise": 1, "tags[].new": 1}


def test_unknown_fields_kept() -> None:
    done = run(Vendor([ROW]), unknown_fields="keep")
    assert done.records() == [{**RECORD, "_extra": {"surprise": {"x": 1}}}]
    assert done.schema()["schema"]["properties"]["_extra"]["additionalProperties"] is True


def test_lone_surrogate_in_a_row_does_not_end_the_run() -> None:
    assert run(Vendor([event(1, "2026-03-08 09:00:00", phone="a\ud800")])).records()[0]["phone"] == "a\ufffd"


# Full lists


def versions(done: Run) -> list[tuple[str, int | None]]:
    return [(m["type"], m.get("version")) for m in done.messages if m["type"] in {"RECORD", "ACTIVATE_VERSION"}]


def test_list_activates_its_version_after_its_last_row() -> None:
    done = run(Vendor(things=things(1, 2)), only=Things)
    assert done.order == ["SCHEMA", "RECORD", "STATE", "ACTIVATE_VERSION"]
    assert versions(done) == [("RECORD", VERSION), ("RECORD", VERSION), ("ACTIVATE_VERSION", VERSION)]
    assert done.stream("things")["difference"] == 0


def test_empty_list_activates_its_version_too() -> None:
    assert versions(run(Vendor(), only=Things)) == [("ACTIVATE_VERSION", VERSION)]


def test_list_with_an_account_label_activates_nothing() -> None:
    """ACTIVATE_VERSION speaks of the whole table, in which the other accounts' rows lie."""
    done = run(Vendor(things=things(1)), only=Things, account_id="north")
    assert versions(done) == [("RECORD", None)]


def test_list_that_ends_before_its_total_fails_and_activates_nothing() -> None:
    vendor = Vendor(things=things(1, 2))
    for number in range(8):
        vendor.faults[number] = lambda page: Page(page.rows, 5)
    done = run(vendor, only=Things)
    assert done.exit_code == 3
    assert versions(done) == [("RECORD", VERSION)] * 2
    part = done.stream("things")
    assert part["error"] == "the vendor states 5 rows, 2 different ones came"
    assert (part["vendor_total"], part["difference"]) == (5, -3)


def test_list_whose_pages_shift_is_read_once_more() -> None:
    """A row put in front while paging: the second page begins with the first one's last row."""
    vendor = Vendor(things=things(1, 2, 3, 4), page_size=2)
    vendor.faults[1] = lambda page: Page(things(2, 3), 4)
    vendor.faults[2] = lambda page: Page([], 4)
    done = run(vendor, only=Things)
    assert (done.exit_code, done.ids("things")) == (0, [1, 2, 3, 4])
    assert versions(done)[-1] == ("ACTIVATE_VERSION", VERSION)


def test_list_beyond_the_reach_fails() -> None:
    done = run(Vendor(things=things(*range(9)), page_size=2, max_offset=2), only=Things)
    assert done.exit_code == 3
    assert done.stream("things")["error"] == (
        "the list cannot be read whole: it holds 9 rows or more, and the vendor lets one read 4"
    )


def test_failing_list_leaves_others_alone() -> None:
    vendor = Vendor([ROW], things(1))
    vendor.refuse = refusing("things", StreamFailedError("broken"))
    done = run(vendor, only=None)
    assert (done.exit_code, done.records(), done.ids("things")) == (3, [RECORD], [])


# Refusals


def test_refused_stream_is_named_with_the_line_to_add(capsys: pytest.CaptureFixture[str]) -> None:
    vendor = Vendor([ROW], things(1), refuse=refusing("things", StreamRefusedError("no right to things")))
    done = run(vendor, only=None)
    assert done.exit_code == 3
    assert done.records() == [RECORD]
    part = done.stream("things")
    assert (part["status"], part["error"], part["known_unavailable"]) == ("failed", "no right to things", "things")
    assert 'add to the settings: "known_unavailable": ["things"]' in capsys.readouterr().err


def test_known_unavailable_stream_is_skipped_without_a_request_or_a_schema() -> None:
    vendor = Vendor([ROW], things(1))
    done = run(vendor, only=None, known_unavailable=["things"])
    assert done.exit_code == 0
    assert {ask.stream for ask in vendor.asked} == {"events"}
    assert {m["stream"] for m in done.messages if "stream" in m} == {"events"}
    assert done.stream("things")["status"] == "skipped"


def test_everything_refused_is_a_matter_of_configuration() -> None:
    vendor = Vendor(refuse=lambda ask: (_ for _ in ()).throw(StreamRefusedError("no")))
    assert run(vendor, only=None).exit_code == 2


class Regions(Events):
    """Events by region: partitions."""

    name = "regions"

    def list_partitions(self) -> list[dict[str, t.Any]]:
        return [{"region": "north"}, {"region": "south"}, {"region": "west"}]

    def fetch_page(self, piece: t.Any, offset: int, context: t.Any, *, limit: int | None = None) -> Page:
        self.vendor.refuse(Ask(context["region"], None, None, offset))
        return super().fetch_page(piece, offset, context)


def test_partitions_fail_and_are_skipped_by_themselves() -> None:
    vendor = Vendor([ROW], refuse=refusing("south", StreamRefusedError("no")))
    done = run(vendor, only=Regions, known_unavailable=["regions@west"], end_date="2026-03-09")
    assert done.exit_code == 3
    assert [(s["partition"], s["status"], s["known_unavailable"]) for s in done.summary["streams"]] == [
        ("north", "complete", None),
        ("south", "failed", "regions@south"),
        ("west", "skipped", None),
    ]
    [north, *rest] = done.states[-1]["bookmarks"]["regions"]["partitions"]
    assert north == {
        "context": {"region": "north"},
        "replication_key": "at",
        "replication_key_value": "2026-03-09T00:00:00+03:00",
    }
    assert all("replication_key_value" not in part for part in rest)


# The account's label


def test_account_label_is_on_record_key_and_schema() -> None:
    done = run(Vendor([{**ROW, "account_id": "the vendor's own"}]), account_id="north", unknown_fields="drop")
    assert done.records() == [{"account_id": "north", **RECORD}]
    schema = done.schema()
    assert schema["key_properties"] == ["account_id", "id"]
    assert next(iter(schema["schema"]["properties"])) == "account_id"
    assert schema["schema"]["properties"]["account_id"]["type"] == ["string"]
    assert schema["schema"]["required"] == ["account_id", "id"]
