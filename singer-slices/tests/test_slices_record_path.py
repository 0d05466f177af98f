"""Two ways for a row, one result: what typed rows become is what `RecordShaper` and the SDK make of dicts."""

from __future__ import annotations

import collections
import dataclasses
import gzip
import json
import typing as t
from pathlib import Path
from unittest import mock

import pytest
from singer_slices import Count, LocalDay, PartList, row_types
from singer_slices.derived import Derived
from singer_slices.row_plan import Dressing, Learned, Planner
from slices_fake import Message, Row
from slices_paths import INNER, NUMBER, ROWS_A_PAGE, TEXT, TIME, Setting, both, pages_of, rows, run_of, stream_of


def test_rows_that_fit_are_never_dicts() -> None:
    schema = stream_of(n=NUMBER, inner=INNER, parts={"type": ["array", "null"], "items": INNER})
    given = rows(9, n=5, inner={"n": None}, parts=[{"n": 1}, None, {}])
    result = both(Setting(schema, pages_of(given)))
    at = "2026-03-09T10:00:00+03:00"
    assert result.records == [{**row, "at": at} for row in given]
    assert (result.dicts, result.unknown, result.misfits) == (0, {}, {})


def test_one_bad_row_leaves_the_others_of_its_page_typed() -> None:
    given = rows(4, n=5)
    given[2]["n"] = "7"
    result = both(Setting(stream_of(n=NUMBER), pages_of(given)))
    assert [record["n"] for record in result.records] == [5, 5, 7, 5]
    assert result.dicts == 1


@pytest.mark.parametrize(
    ("fields", "unknown"),
    [
        ({"n": "5"}, {}),
        ({"n": 5, "new": [1]}, {"new": 40}),
        ({"n": 5, "inner": {"n": 1, "new": 1}}, {"inner.new": 40}),
        ({"n": 5, "inner": {"n": "1"}}, {}),
    ],
)
def test_what_every_row_does_is_learnt(fields: Row, unknown: Row) -> None:
    """After ten such rows the types know: a source is free to send numbers as text, and fields from the future."""
    result = both(Setting(stream_of(n=NUMBER, inner=INNER), pages_of(rows(40, **fields))))
    assert {record["n"] for record in result.records} == {5}
    assert result.unknown == unknown
    assert result.dicts == 12  # the tenth is the second of its page


def test_no_more_is_learnt_than_a_schema_may_grow() -> None:
    """A source that makes fields up for each row is read all the same."""
    given = [row | {f"new{number}": 1} for number, row in enumerate(rows(80))]
    with mock.patch.object(row_types, "PATIENCE", 1), mock.patch.object(row_types, "MOST_LEARNT", 3):
        result = both(Setting(stream_of(), pages_of(given)))
    assert result.unknown == {f"new{number}": 1 for number in range(80)}


def test_deselected_fields_are_known() -> None:
    """They are left out, at any depth, and are nothing new."""
    given = rows(8, n=1, inner={"n": 1, "m": 2})
    schema = stream_of(n=NUMBER, inner={**INNER, "properties": {"n": NUMBER, "m": NUMBER}})
    deselected = (("properties", "n"), ("properties", "inner", "properties", "m"))
    result = both(Setting(schema, pages_of(given), deselected=deselected))
    assert result.records[0] == {"id": 0, "at": "2026-03-09T10:00:00+03:00", "inner": {"n": 1}}
    assert (result.dicts, result.unknown) == (0, {})


ODD_TIMES = ["2026-03-09 10:59:60", "2026-03-09 24:00:00", "2026-03-09x10:00:00", "2026-03-09T10:00:00Z", "x", "", None]


@pytest.mark.parametrize("days", [("day",), ("day", "again")])
def test_what_is_derived_is_made_of_the_vendors_values(days: tuple[str, ...]) -> None:
    """The day of a time that is converted itself, the parts of objects of which other parts are."""
    tag: Row = {"type": ["object", "null"], "properties": {"name": TEXT, "since": TIME}}
    schema = stream_of(tags={"type": ["array", "null"], "items": tag}, names={"type": "array"})
    schema["properties"] |= {day: {"type": ["string", "null"], "format": "date"} for day in days}
    lists: list[Row] = [
        {"tags": [{"name": "a", "since": "2026-03-09 10:00:00"}, None, {"since": "x"}, {"name": None}]},
        {"tags": []},
        {"tags": None},
        {},
    ]
    given: list[Row] = [
        {"id": 0, "at": "2026-03-09 10:00:00"},
        *({"id": 1 + n, "at": at} for n, at in enumerate(ODD_TIMES)),
    ]
    given = [{**row, **lists[place % 4]} for place, row in enumerate([*given, {"id": 90}, {**given[0], "id": 91}])]
    derived: dict[str, Derived] = {"names": PartList("tags", "name"), **{day: LocalDay("at") for day in days}}
    found = both(Setting(schema, pages_of(given), derived=derived)).records
    assert [record.get("names", "none") for record in found[:4]] == [["a", None, None], [], None, "none"]
    assert [record.get(days[-1], "none") for record in found[:2]] == ["2026-03-09", "2026-03-09"]
    assert found[0]["tags"][0] == {"name": "a", "since": "2026-03-09T10:00:00+03:00"}
    assert found[0]["at"] == found[-1]["at"] == "2026-03-09T10:00:00+03:00"


SEEN_PARTS = ["2026-03-09T10:00:00.5Z", "2026-03-09T11:00:00+05:00", "2026-03-09 10:00:00"]
OF_SEEN_PARTS = {
    "2026-03-09T11:59:59.5Z": "2026-03-09T11:59:59.5Z",
    "2026-03-09T10:20:30+05:00": "2026-03-09T10:20:30+05:00",
    "2026-03-09 10:20:30": "2026-03-09T10:20:30+03:00",
    "2026-03-09T10:60:00.5Z": None,
    "2026-03-09 11:00:00.5Z": "2026-03-09T11:00:00.500000+00:00",
    "2026-03-09T10:00:00.5": "2026-03-09T10:00:00.500000+03:00",
    "2026-03-09T10:00:60+05:00": None,
    "2026-03-09T10+05:00": "2026-03-09T10:00:00+05:00",
}


def test_times_of_which_all_parts_were_seen() -> None:
    """A page of each, and all of them again."""
    given = [time for part in [*SEEN_PARTS, *OF_SEEN_PARTS] for time in [part] * ROWS_A_PAGE]
    given += OF_SEEN_PARTS
    result = both(Setting(stream_of(), pages_of([{"id": n, "at": at} for n, at in enumerate(given)])))
    expected = {"2026-03-09 10:00:00": "2026-03-09T10:00:00+03:00", **OF_SEEN_PARTS}
    assert [record["at"] for record in result.records] == [expected.get(at, at) for at in given]
    assert result.misfits == {"at": 2 * (ROWS_A_PAGE + 1)}


@pytest.mark.parametrize("kind", ["array", "object"])
def test_objects_may_lie_deep(kind: str) -> None:
    """Deeper than Python lets loops stand within each other."""
    part: Row = {"type": "object", "properties": {"at": TIME}}
    value: t.Any = {"at": "2026-03-09 10:00:00", "new": 1}
    for _ in range(24):
        inner, made = ({"type": "array", "items": part}, [value, None]) if kind == "array" else (part, value)
        part, value = {"type": "object", "properties": {"at": TIME, "in": inner}}, {"at": "2026-03-09", "in": made}
    result = both(Setting(stream_of(part=part), pages_of(rows(24, part=value))))
    found = result.records[-1]["part"]
    for _ in range(24):
        assert found["at"] == "2026-03-09T00:00:00+03:00"
        found = found["in"][0] if kind == "array" else found["in"]
    assert found == {"at": "2026-03-09T10:00:00+03:00"}


def test_lists_may_hold_lists_of_what_is_converted() -> None:
    """Also of objects that lack what is converted in them."""
    part: Row = {"type": ["object", "null"], "properties": {"at": TIME, "in": {"type": "array", "items": TIME}}}
    lists = {
        name: {"type": "array", "items": {"type": "array", "items": item}} for name, item in [("a", part), ("b", TIME)]
    }
    time = "2026-03-09 10:00:00"
    given = rows(4, a=[[{"at": time}, {}, None], [], [{"in": [time]}]], b=[[time, None], []])
    made = time.replace(" ", "T") + "+03:00"
    expected = {"a": [[{"at": made}, {}, None], [], [{"in": [made]}]], "b": [[made, None], []]}
    result = both(Setting(stream_of(**lists), pages_of(given)))
    assert result.records == [{"id": number, "at": made, **expected} for number in range(4)]
    assert result.dicts == 0


@pytest.mark.parametrize(
    ("config", "taken"),
    [
        ({}, True),
        ({"stream_maps": {"events": {"id": "id"}}}, False),
        ({"flattening_enabled": True, "flattening_max_depth": 2}, False),
    ],
)
def test_maps_and_flattening_see_dicts(config: Row, taken: bool) -> None:
    result = both(Setting(stream_of(n=NUMBER), pages_of(rows(3, n=1)), config))
    assert result.dicts == (0 if taken else 3)
    assert [record["id"] for record in result.records] == [0, 1, 2]


SESSION: Row = {"type": "object", "properties": {"segments": {"type": "array", "items": INNER}}}
PERSON: Row = {"type": ["object", "null"], "properties": {"sessions": {"type": "array", "items": SESSION}}}
COUNT = Count(("people", "sessions", "segments"))


@pytest.mark.parametrize("loose", [[], ["people"], ["people[].sessions"]])
def test_items_are_counted_however_they_were_decoded(loose: list[str]) -> None:
    sessions: list[list[Row]] = [[{"segments": [{}, {}]}, {"segments": None}, {}], [{"segments": [{}]}]]
    people: list[Row | None] = [{"sessions": sessions[0]}, None, {"sessions": sessions[1]}]
    given: list[Row] = [{"people": people}, {"people": None}, {}, {"people": []}]
    schema = {"properties": {"people": {"type": "array", "items": PERSON}}}
    everything: collections.defaultdict[tuple[str, ...], bool] = collections.defaultdict(lambda: True)
    plan = Planner(schema, everything, Dressing(), Learned(frozenset(loose))).plan()
    types = row_types.Types(plan, Dressing())
    assert types.values(types.decode_rows(json.dumps(given).encode()), COUNT) == [3, 0, 0, 0]
    assert types.values(given, COUNT) == [COUNT.of(row) for row in given] == [3, 0, 0, 0]


# BATCH


def batches_of(setting: Setting, folder: Path, *, typed: bool) -> tuple[list[Message], list[list[Row]]]:
    """The messages of a run, and the records of its files."""
    config = {**setting.config, "batch_config": BATCHES | {"storage": {"root": folder.as_uri()}}}
    run = run_of(dataclasses.replace(setting, config=config), typed=typed)
    files = [Path(url.removeprefix("file://")) for m in run.messages if m["type"] == "BATCH" for url in m["manifest"]]
    texts = [gzip.decompress(file.read_bytes()).decode() for file in files]
    return run.messages, [[json.loads(line) for line in text.split("\n")[:-1]] for text in texts]


BATCHES: Row = {"encoding": {"format": "jsonl", "compression": "gzip"}, "batch_size": 3}


@pytest.mark.parametrize("typed", [True, False])
def test_batches_hold_the_same_records(tmp_path: Path, typed: bool) -> None:
    """Conformed and selected; state only behind the files that it covers."""
    given = rows(10, n=1, inner={"n": "1", "new": 1}, hidden="x")
    given[4]["n"] = "7"
    schema = stream_of(n=NUMBER, inner=INNER, hidden={"type": "string"})
    setting = Setting(schema, pages_of(given), {"unknown_fields": "keep"}, (("properties", "hidden"),))
    messages, files = batches_of(setting, tmp_path, typed=typed)
    assert [len(file) for file in files] == [3, 3, 3, 1]
    assert [record for file in files for record in file] == both(setting).records
    assert [message["type"] for message in messages[-2:]] == ["BATCH", "STATE"]
    early = [message["value"] for message in messages[:-1] if message["type"] == "STATE"]
    assert [state for state in early if state.get("bookmarks", {}).get("events")] == []
    assert messages[-1]["value"]["bookmarks"]["events"]["replication_key_value"] == "2026-03-10T00:00:00+03:00"
