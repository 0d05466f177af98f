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
from hypothesis import given
from hypothesis import strategies as st
from singer_slices import (
    Count,
    EngineStream,
    LocalDay,
    Page,
    PartList,
    answers,
    row_types,
)
from singer_slices.derived import Derived
from singer_slices.jsontext import decode
from singer_slices.records import RecordShaper
from singer_slices.row_plan import Dressing, Learned, Planner
from slices_fake import ENVELOPE, Events, FakeTap, Message, Row, Run, Vendor, body_of, finish, many, tap_class

ROWS_A_PAGE = 4


@dataclasses.dataclass
class Setting:
    """A stream, the bytes of its pages, and what the user asks for."""

    schema: Row
    pages: list[bytes]
    config: Row = dataclasses.field(default_factory=dict)
    deselected: tuple[tuple[str, ...], ...] = ()
    derived: t.Mapping[str, Derived] = dataclasses.field(default_factory=lambda: Events.derived)


@dataclasses.dataclass
class Result:
    """What a run gave, without the times of extraction."""

    records: list[Row]
    unknown: Row
    misfits: dict[str, int]
    states: list[Row]
    dicts: int


def stream_type(setting: Setting, *, typed: bool) -> type[Events]:
    """A stream of these pages."""

    class Bytes(Events):
        """Pages as a client gets them: bytes."""

        derived = setting.derived

        @classmethod
        def schema_of(cls, config: t.Mapping[str, t.Any]) -> Row:
            return setting.schema

        def fetch_page(self, piece: t.Any, offset: int, context: t.Any, *, limit: int | None = None) -> Page:
            body = setting.pages[offset // ROWS_A_PAGE] if offset // ROWS_A_PAGE < len(setting.pages) else body_of([])
            reader = self.row_reader(context) if typed else None
            answer = decode(body) if reader is None else reader.decode(body, ENVELOPE)
            return Page(answer["answer"]["rows"], answer["answer"]["total"])

    return Bytes


def run_of(setting: Setting, *, typed: bool) -> Run:
    return finish(tap_of(stream_type(setting, typed=typed), setting))


def read(setting: Setting, *, typed: bool) -> Result:
    """Run a tap over the pages."""
    misfits: collections.Counter[str] = collections.Counter()
    dicts = 0

    def note(self: RecordShaper, path: str, kind: str) -> None:
        misfits[path] += 1

    def counting(self: t.Any, row: Row, run: t.Any) -> Row:
        nonlocal dicts
        dicts += 1
        return original(self, row, run)

    original = EngineStream.finish
    with mock.patch.object(RecordShaper, "note_misfit", note), mock.patch.object(EngineStream, "finish", counting):
        run = run_of(setting, typed=typed)
    return result_of(run, dict(misfits), dicts)


def tap_of(stream: type, setting: Setting) -> FakeTap:
    vendor = Vendor(page_size=ROWS_A_PAGE)
    config = {"start_date": "2026-03-09", "end_date": "2026-03-10", **setting.config}
    tap = tap_class(vendor, stream)(config=config)
    if setting.deselected:
        catalog = tap.catalog_dict
        for breadcrumb in setting.deselected:
            catalog["streams"][0]["metadata"].append({"breadcrumb": list(breadcrumb), "metadata": {"selected": False}})
        tap = tap_class(vendor, stream)(config=config, catalog=catalog)
    return tap


def result_of(run: Run, misfits: dict[str, int], dicts: int) -> Result:
    return Result(run.records(), run.stream()["unknown_fields"], misfits, run.states, dicts)


def both(setting: Setting) -> Result:
    """The result, which is the same both ways."""
    plain, typed = read(setting, typed=False), read(setting, typed=True)
    assert plain.dicts == len(plain.records) == len(typed.records)
    assert text_of(typed.records) == text_of(plain.records)
    assert (typed.unknown, typed.misfits, typed.states) == (plain.unknown, plain.misfits, plain.states)
    return typed


def text_of(records: list[Row]) -> list[str]:
    """As text, so that 5 and 5.0 and true are three things."""
    return [json.dumps(record, sort_keys=True) for record in records]


# Generated schemas and rows

SPEAKABLE = st.sampled_from(["a", "b", "c", "extra.key", "$id", "class", "_x", "имя", "q'", "f0", "UNSET"])
NAMES = st.integers(0, 19).flatmap(
    lambda dice: st.sampled_from(['q"', "back\\slash", "tab\t"]) if dice == 0 else SPEAKABLE
)
NEW_NAMES = st.sampled_from(["new", "other.new", "Ω", 'new"', "list[0]", "`tick`"])
SCALARS = st.sampled_from(
    [
        {"type": ["string", "null"]},
        {"type": "string", "format": "date-time"},
        {"type": ["string", "null"], "format": "date"},
        {"type": ["integer", "null"]},
        {"type": "number"},
        {"type": ["boolean", "null"]},
        {"type": ["object", "null"]},
        {"type": ["object", "null"], "additionalProperties": True},
        {"type": ["array", "null"]},
        {"type": ["string", "integer", "null"]},
        {},
    ]
)


def objects(parts: st.SearchStrategy[Row]) -> st.SearchStrategy[Row]:
    return st.builds(
        lambda properties, additional: {"type": ["object", "null"], "properties": properties, **additional},
        st.dictionaries(NAMES, parts, min_size=1, max_size=4),
        st.sampled_from([{}, {}, {"additionalProperties": False}, {"additionalProperties": True}]),
    )


SCHEMAS = st.recursive(
    SCALARS,
    lambda parts: objects(parts) | st.builds(lambda item: {"type": ["array", "null"], "items": item}, parts),
    max_leaves=8,
)
TEXTS = st.sampled_from(
    ["", "x", "5", " 7 ", "5.0", "true", "1e5", "привет", "a\nb", '"', "\u2028", "\x00", "😀", "2026-03-09", "null"]
)
TIMES = st.sampled_from(
    [
        "2026-03-09 10:00:00",
        "2026-03-09T10:00:00",
        "2026-03-09T10:00:00Z",
        "2026-03-09T10:00:00.123Z",
        "2026-03-09 10:00:00+05:00",
        "2026-03-09 24:00:00",
        "2026-03-09 10:60:00",
        "2026-02-30 10:00:00",
        "2026-W11-1T10:00:00",
        "20260309T100000",
        "2026-03-09x10:00:00",
        "1900-01-01 00:00:00",
        "٢٠٢٦-03-09 10:00:00",
        "0000-00-00 00:00:00",
        "2026-03-09",
        "2026-03-09 10",
    ]
)
NUMBERS = st.sampled_from([0, 1, -1, 5.0, 0.1, -0.0, 1e300, 2**53 + 1, 2**64, -(2**70), 10**40]) | st.integers()
ANYTHING = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS | TIMES,
    lambda parts: st.lists(parts, max_size=2) | st.dictionaries(NAMES | NEW_NAMES, parts, max_size=2),
    max_leaves=4,
)
ODD = st.sampled_from([float("nan"), float("inf"), "\ud83d", 10**400])


def kind_of(schema: Row) -> str:
    types = schema.get("type", [])
    kinds = [kind for kind in ([types] if isinstance(types, str) else types) if kind != "null"]
    return kinds[0] if len(kinds) == 1 else "any"


FITTING: dict[str, st.SearchStrategy[t.Any]] = {
    "string": TEXTS,
    "integer": st.integers() | st.sampled_from([2**53 + 1, 2**64, -(2**70)]),
    "number": NUMBERS,
    "boolean": st.booleans(),
}


def fitting(schema: Row) -> st.SearchStrategy[t.Any]:
    """Values that mostly are what the schema says."""
    kind = kind_of(schema)
    if kind == "array" and "items" in schema:
        return st.lists(values(schema["items"]), max_size=3)
    if kind == "object" and "properties" in schema:
        return rows_of(schema["properties"])
    if schema.get("format") == "date-time":
        return TIMES
    return FITTING.get(kind, ANYTHING)


def values(schema: Row) -> st.SearchStrategy[t.Any]:
    """Most fit, the others are null or something else."""
    return st.integers(0, 29).flatmap(lambda dice: st.none() | ANYTHING if dice == 0 else fitting(schema))


def rows_of(properties: Row) -> st.SearchStrategy[Row]:
    known = st.fixed_dictionaries({}, optional={name: values(schema) for name, schema in properties.items()})
    some = st.dictionaries(NEW_NAMES, ANYTHING, max_size=2)
    unknown = st.integers(0, 9).flatmap(lambda dice: some if dice == 0 else st.just({}))
    return st.builds(lambda a, b: {**b, **a}, known, unknown)


@st.composite
def breadcrumbs(draw: st.DrawFn, properties: Row) -> tuple[str, ...]:
    """The breadcrumb of a field, or of a part of one."""
    name = draw(st.sampled_from(sorted(properties)))
    below = properties[name].get("properties") if kind_of(properties[name]) == "object" else None
    rest = draw(breadcrumbs(below)) if below and draw(st.booleans()) else ()
    return ("properties", name, *rest)


@st.composite
def settings_(draw: st.DrawFn) -> Setting:
    """Everything at once."""
    properties = draw(st.dictionaries(NAMES, SCHEMAS, min_size=1, max_size=5))
    schema = {
        "type": "object",
        "properties": {
            "id": {"type": "integer"},
            "at": {"type": ["string", "null"], "format": "date-time"},
            "day": {"type": ["string", "null"], "format": "date"},
            **properties,
        },
    }
    lists = draw(st.lists(st.lists(rows_of(properties), min_size=ROWS_A_PAGE, max_size=ROWS_A_PAGE), max_size=3))
    pages = []
    for number, rows in enumerate(lists):
        for place, row in enumerate(rows):
            row["id"] = number * ROWS_A_PAGE + place + draw(st.sampled_from([0, 0, 0, 1]))  # some come twice
            at = draw(st.sampled_from(["2026-03-09 10:00:00", "2026-03-09 23:59:59", "2026-03-09T00:00:00", None]))
            row["at"] = at
        if draw(st.integers(0, 9)) == 0:
            rows[0]["a"] = draw(ODD)
        pages.append(body_of(rows, None, ensure_ascii=draw(st.booleans())))
    config: Row = {}
    if draw(st.booleans()):
        config["unknown_fields"] = "keep"
    if draw(st.booleans()):
        config["account_id"] = "shop"
    if draw(st.integers(0, 2)) == 0:
        names = [name for name in properties if "." not in name]
        config |= {"hash_fields": names[:1], "hash_salt": "salt"} if names else {}
    deselected = draw(st.lists(breadcrumbs({**properties, "day": {}}), max_size=2)) if draw(st.booleans()) else []
    return Setting(schema, pages, config, tuple(deselected))


@given(setting=settings_(), patience=st.sampled_from([1, 2, 10]), chunk=st.sampled_from([1, 80, 2**16]))
@many(400)
def test_both_paths_give_the_same(setting: Setting, patience: int, chunk: int) -> None:
    with mock.patch.object(row_types, "PATIENCE", patience), mock.patch.object(answers, "CHUNK_BYTES", chunk):
        both(setting)


# What is typed, and what it costs when it is not


def stream_of(**properties: Row) -> Row:
    times = {"at": {"type": ["string", "null"], "format": "date-time"}}
    return {"type": "object", "properties": {"id": {"type": "integer"}, **times, **properties}}


def rows(count: int, **fields: t.Any) -> list[Row]:
    return [{"id": number, "at": "2026-03-09 10:00:00", **fields} for number in range(count)]


def pages_of(rows: list[Row]) -> list[bytes]:
    return [body_of(rows[start : start + ROWS_A_PAGE]) for start in range(0, len(rows), ROWS_A_PAGE)]


NUMBER: Row = {"type": ["integer", "null"]}
INNER: Row = {"type": ["object", "null"], "properties": {"n": NUMBER}, "additionalProperties": False}


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


TEXT: Row = {"type": ["string", "null"]}
TIME: Row = {"type": ["string", "null"], "format": "date-time"}
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
