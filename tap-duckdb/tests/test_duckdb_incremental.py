"""Reading from the bookmark on: nothing lost among equal marks, late rows, nulls, hand-written bookmarks."""

from __future__ import annotations

import typing as t

import pytest
from tap_duckdb.errors import ConfigurationError

if t.TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Message, WriteSql

    Sync = Callable[..., list[Message]]
    Records = Callable[[list[Message], str], list[Message]]

STATE = {
    "bookmarks": {"profiles": {"replication_key": "updated_at", "replication_key_value": "2026-03-01T09:00:00.500000Z"}}
}


def _ids(records: list[Message]) -> list[str]:
    return [record["user_id"] for record in records]


def _last_state(messages: list[Message]) -> Message:
    states: list[Message] = [message["value"] for message in messages if message["type"] == "STATE"]
    return states[-1]


def _bookmark(value: t.Any) -> Message:
    return {"bookmarks": {"profiles": {"replication_key": "updated_at", "replication_key_value": value}}}


def test_a_first_run_reads_everything_in_the_order_of_the_marks(profiles: Message, sync: Sync) -> None:
    messages = sync(profiles)
    assert [message["type"] for message in messages] == ["SCHEMA", "RECORD", "RECORD", "RECORD", "STATE"]
    schema, *read, state = messages
    assert (schema["stream"], schema["key_properties"], schema["bookmark_properties"]) == (
        "profiles",
        ["user_id"],
        ["updated_at"],
    )
    # p-2 and p-3 changed at the same instant; the key decides between them.
    assert [message["record"] for message in read] == [
        {"user_id": "p-2", "calls": 20, "updated_at": "2026-03-01T09:00:00.000000Z"},
        {"user_id": "p-3", "calls": 30, "updated_at": "2026-03-01T09:00:00.000000Z"},
        {"user_id": "p-1", "calls": 10, "updated_at": "2026-03-01T09:00:00.500000Z"},
    ]
    assert state["value"] == STATE


def test_the_next_run_reads_the_last_mark_again_and_what_changed_since(
    profiles: Message, write: WriteSql, sync: Sync, records: Records
) -> None:
    # A row with the very mark of the bookmark that was not there before, one above it, one below it.
    write("""
        INSERT INTO marts.profiles VALUES
            ('p-0', 0, '2026-03-01 09:00:00.5+00'), ('p-4', 40, '2026-03-02 00:00:00+00'), ('p-5', 50, '2026-02-01');
    """)
    messages = sync(profiles, state=STATE)
    assert _ids(records(messages, "profiles")) == ["p-0", "p-1", "p-4"]
    assert _last_state(messages) == _bookmark("2026-03-02T00:00:00.000000Z")


def test_a_run_without_news_keeps_the_bookmark(profiles: Message, write: WriteSql, sync: Sync) -> None:
    write("DELETE FROM marts.profiles WHERE user_id = 'p-1'")
    messages = sync(profiles, state=STATE)
    # The SDK says a state once: as it came in.
    assert [message["type"] for message in messages] == ["STATE", "SCHEMA"]
    assert messages[0]["value"] == STATE


@pytest.mark.parametrize(
    "value", ["2026-03-01T09:00:00Z", "2026-03-01T12:00:00+03:00", "2026-03-01 09:00", "2026-03-01T09:00:00"]
)
def test_a_bookmark_may_be_spelled_by_hand(profiles: Message, sync: Sync, records: Records, value: str) -> None:
    messages = sync(profiles, state=_bookmark(value))
    assert _ids(records(messages, "profiles")) == ["p-2", "p-3", "p-1"]
    assert _last_state(messages) == STATE


def test_a_bookmark_that_is_no_value_of_the_column_is_refused(profiles: Message, sync: Sync) -> None:
    with pytest.raises(
        ConfigurationError, match=r"profiles is to be read from 'yesterday' on .*TIMESTAMP WITH TIME ZONE"
    ):
        sync(profiles, state=_bookmark("yesterday"))


def test_another_replication_key_starts_over(profiles: Message, sync: Sync, records: Records) -> None:
    profiles["tables"][0]["replication_key"] = "calls"
    messages = sync(profiles, state=STATE)
    assert _ids(records(messages, "profiles")) == ["p-1", "p-2", "p-3"]
    assert _last_state(messages)["bookmarks"]["profiles"] == {"replication_key": "calls", "replication_key_value": 30}


@pytest.mark.parametrize(
    ("kind", "values", "bookmark", "expected"),
    [
        ("BIGINT", ["9", "10", "11"], 10, [10, 11]),
        ("HUGEINT", ["1", f"{2**90}"], 2**90, [2**90]),
        ("DECIMAL(10,2)", ["1.50", "10.25"], 10.25, [10.25]),
        ("DATE", ["'2026-03-01'", "'2026-03-02'"], "2026-03-02", ["2026-03-02"]),
        ("VARCHAR", ["'a'", "'b''c'"], "b'c", ["b'c"]),
        ("TIMESTAMP", ["'2026-03-01'", "'2026-03-02'"], "2026-03-02T00:00:00.000000Z", ["2026-03-02T00:00:00.000000Z"]),
    ],
)
def test_marks_of_other_types(  # noqa: PLR0917 - four of them are the case
    write: WriteSql, sync: Sync, records: Records, kind: str, values: list[str], bookmark: t.Any, expected: list[t.Any]
) -> None:
    rows = ", ".join(f"({value})" for value in values)
    path = write(f"CREATE TABLE t AS SELECT v::{kind} AS v FROM (VALUES {rows}) AS given (v)")  # noqa: S608 - the cases above
    config = {"path": str(path), "tables": [{"table": "t", "key": [], "replication_key": "v"}]}
    state: Message = {"bookmarks": {"t": {"replication_key": "v", "replication_key_value": bookmark}}}
    messages = sync(config, state=state)
    assert [record["v"] for record in records(messages, "t")] == expected
    assert _last_state(sync(config)) == {
        "bookmarks": {"t": {"replication_key": "v", "replication_key_value": expected[-1]}}
    }


def test_rows_without_a_mark_come_first_every_time_and_are_counted(
    profiles: Message, write: WriteSql, sync: Sync, records: Records, caplog: pytest.LogCaptureFixture
) -> None:
    write("INSERT INTO marts.profiles VALUES ('p-8', 8, NULL), ('p-7', 7, NULL)")
    with caplog.at_level("WARNING"):
        messages = sync(profiles, state=STATE)
    assert _ids(records(messages, "profiles")) == ["p-7", "p-8", "p-1"]
    assert _last_state(messages) == STATE
    warnings = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert len(warnings) == 1
    assert warnings[0].startswith("2 rows of marts.profiles have no updated_at. They are read again by every run;")


def test_start_date_holds_back_what_is_older_but_never_the_bookmark(
    profiles: Message, sync: Sync, records: Records
) -> None:
    profiles["start_date"] = "2026-03-01T12:00:00.25+03:00"
    assert _ids(records(sync(profiles), "profiles")) == ["p-1"]
    later = sync(profiles, state=_bookmark("2026-03-02T00:00:00Z"))
    assert records(later, "profiles") == []
    assert _last_state(later) == _bookmark("2026-03-02T00:00:00Z")


def test_start_date_says_nothing_about_marks_that_are_no_times(profiles: Message, sync: Sync, records: Records) -> None:
    profiles["start_date"] = "2026-03-01T00:00:00Z"
    profiles["tables"][0]["replication_key"] = "calls"
    assert _ids(records(sync(profiles), "profiles")) == ["p-1", "p-2", "p-3"]


def test_without_a_replication_key_every_run_reads_the_whole_table(
    profiles: Message, sync: Sync, records: Records
) -> None:
    del profiles["tables"][0]["replication_key"]
    states: list[Message | None] = [None, {"bookmarks": {"profiles": {}}}]
    for state in states:
        messages = sync(profiles, state=state)
        assert _ids(records(messages, "profiles")) == ["p-1", "p-2", "p-3"]
        assert _last_state(messages) == {"bookmarks": {"profiles": {}}}


def test_more_rows_than_are_fetched_at_once_come_in_order_with_states_between(
    write: WriteSql, sync: Sync, records: Records
) -> None:
    path = write("CREATE TABLE t AS SELECT range AS id, range // 7 AS mark FROM range(25_000) ORDER BY hash(range)")
    messages = sync({"path": str(path), "tables": [{"table": "t", "key": "id", "replication_key": "mark"}]})
    assert [record["id"] for record in records(messages, "t")] == list(range(25_000))
    states = [
        (at, m["value"]["bookmarks"]["t"]["replication_key_value"])
        for at, m in enumerate(messages)
        if m["type"] == "STATE"
    ]
    # A state after every 10 000 records names the mark of the record before it.
    assert states == [(10_001, 9_999 // 7), (20_002, 19_999 // 7), (25_003, 24_999 // 7)]
