"""The test that holds the raw tables against the summaries of the tap and the loader."""

from __future__ import annotations

import json
import typing as t

import pytest

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from conftest import Dbt, NewWarehouse, Outcome, Row, Warehouse

ROW_COUNTS = "raw_comagic_rows_match_run_summary"
UNCHECKED = "Row counts of raw_comagic were not checked against the run summary"


@pytest.fixture(scope="module")
def loaded(new_warehouse: NewWarehouse, call: Callable[..., Row]) -> Warehouse:
    """Three calls, two campaigns, one site, one employee, one tag."""
    warehouse = new_warehouse("calls", "sites", "campaigns", "employees", "tags")
    warehouse.load("calls", [call(number, "2026-03-01T10:00:00") for number in (1, 2, 3)], at="2026-03-02T00:00:00Z")
    return warehouse


@pytest.fixture
def check(dbt: Dbt, loaded: Warehouse) -> Iterator[Callable[[list[Row] | None, list[Row] | None], Outcome]]:
    """Run the test with these streams in the tap's and the target's summary; None: there is no such file."""

    def run(tap: list[Row] | None, target: list[Row] | None) -> Outcome:
        for path, program, streams in (
            (dbt.tap_summary, "tap-comagic", tap),
            (dbt.target_summary, "target-duckdb", target),
        ):
            if streams is not None:
                document = {"program": program, "version": "0.1.0", "exit_code": 0, "error": None, "streams": streams}
                path.write_text(json.dumps(document), encoding="utf-8")
        return dbt.run(loaded, "test", "--select", ROW_COUNTS)

    yield run
    dbt.tap_summary.unlink(missing_ok=True)
    dbt.target_summary.unlink(missing_ok=True)


def sent(stream: str, records: int, partition: str | None = None) -> Row:
    return {"stream": stream, "partition": partition, "status": "complete", "records": records, "bookmark": None}


def received(stream: str, records: int, rows: int | None) -> Row:
    return {"stream": stream, "table": f"raw_comagic.{stream}", "records": records, "rows": rows, "error": None}


def test_equal_counts_pass(check: Callable[..., Outcome]) -> None:
    refused = sent("sites", 0) | {"status": "failed", "error": "forbidden"}
    # Two of the calls' records were the same call, in two partitions: sent and received twice, stored once.
    tap = [sent("calls", 3, "4001"), sent("calls", 1, "4002"), sent("campaigns", 2), sent("tags", 1), refused]
    target = [received("calls", 4, 3), received("campaigns", 2, 2), received("tags", 1, None)]
    outcome = check(tap, target)
    assert outcome.results == {ROW_COUNTS: "pass"}, outcome.output
    assert "not checked" not in outcome.output


def test_every_difference_is_found(dbt: Dbt, loaded: Warehouse, check: Callable[..., Outcome]) -> None:
    tap = [sent("calls", 4), sent("campaigns", 3), sent("sites", 1), sent("chats", 1), sent("tags", 1)]
    target = [
        received("calls", 3, 3),  # a record was lost on the way to the loader
        received("campaigns", 3, 3),  # a row was lost between loader and table
        # the loader never saw the sites
        received("chats", 1, 1),  # there is no such table
        received("tags", 1, 1),  # as it should be
    ]
    outcome = check(tap, target)
    assert (outcome.exit_code, outcome.results) == (1, {ROW_COUNTS: "fail"}), outcome.output
    assert "Got 4 results" in outcome.output
    (compiled,) = dbt.target.glob(f"compiled/**/{ROW_COUNTS}.sql")
    found = {row.pop("stream"): tuple(row.values()) for row in loaded.rows(compiled.read_text(encoding="utf-8"))}
    assert found == {
        # stream: records of the tap, records of the target, rows the target says it left, rows there are
        "calls": (4, 3, 3, 3),
        "campaigns": (3, 3, 3, 2),
        "sites": (1, 0, None, 1),
        "chats": (1, 1, 1, None),
    }


def test_without_a_summary_nothing_is_checked_and_the_log_says_so(dbt: Dbt, check: Callable[..., Outcome]) -> None:
    outcome = check([sent("calls", 99)], None)
    assert outcome.results == {ROW_COUNTS: "pass"}, outcome.output
    assert f"{UNCHECKED}: no file {dbt.target_summary}." in outcome.output


def test_after_another_source_was_loaded_nothing_is_checked_and_the_log_says_so(
    dbt: Dbt, check: Callable[..., Outcome]
) -> None:
    """The loader keeps one summary, of its last run."""
    elsewhere = received("conversations", 1, 1) | {"table": "raw_genesys.conversations"}
    outcome = check([sent("calls", 99)], [elsewhere])
    assert outcome.results == {ROW_COUNTS: "pass"}, outcome.output
    assert f"{UNCHECKED}: {dbt.target_summary} tells of another source." in outcome.output


def test_a_loader_that_received_nothing_is_no_other_source(check: Callable[..., Outcome]) -> None:
    assert check([sent("calls", 99)], []).results == {ROW_COUNTS: "fail"}
