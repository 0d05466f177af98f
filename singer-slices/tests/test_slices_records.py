"""Shaping and hashing: what a vendor sends becomes what SCHEMA says, and nothing known is lost."""

from __future__ import annotations

import hashlib
import hmac
import json
import typing as t

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from singer_slices import RetryableError, SourceZone, decode
from singer_slices.derived import Derived, LocalDay, PartList
from singer_slices.hashing import FieldHasher, hashed_schema, made_of, paths_of
from singer_slices.records import RecordShaper, Row

MOSCOW = SourceZone("Europe/Moscow")
INNER: Row = {
    "type": ["object", "null"],
    "properties": {"n": {"type": ["integer", "null"]}, "when": {"type": "string", "format": "date-time"}},
    "additionalProperties": False,
}
SCHEMA: Row = {
    "properties": {
        "text": {"type": ["string", "null"]},
        "whole": {"type": ["integer", "null"]},
        "number": {"type": ["number", "null"]},
        "truth": {"type": ["boolean", "null"]},
        "at": {"type": ["string", "null"], "format": "date-time"},
        "day": {"type": ["string", "null"], "format": "date"},
        "inner": INNER,
        "open": {"type": "object", "properties": {"n": {"type": "integer"}}, "additionalProperties": True},
        "free": {"type": ["object", "null"]},
        "list": {"type": ["array", "null"], "items": INNER},
        "words": {"type": ["array", "null"], "items": {"type": ["string", "null"]}},
        "anything": {},
        "either": {"type": ["string", "integer"]},
    }
}


def shaped(row: Row, *, keep: bool = False) -> Row:
    return RecordShaper("calls", SCHEMA, MOSCOW, keep_unknown=keep).shape(row)


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [
        ("text", "a", "a"),
        ("text", 5, "5"),
        ("text", 1.5, "1.5"),
        ("text", True, "true"),
        ("text", {"a": [1]}, '{"a":[1]}'),
        ("text", "", ""),
        ("whole", 5, 5),
        ("whole", "5", 5),
        ("whole", " -5 ", -5),
        ("whole", 5.0, 5),
        ("whole", "5.0", 5),
        ("whole", 2**80, 2**80),
        ("whole", str(2**80), 2**80),
        ("whole", "", None),
        ("number", 5, 5),
        ("number", "5", 5),
        ("number", "5.25", 5.25),
        ("number", "1e3", 1000.0),
        ("number", "12345678901234567890", 12345678901234567890),
        ("number", " ", None),
        ("truth", True, True),
        ("truth", 1, True),
        ("truth", 0.0, False),
        ("truth", "TRUE", True),
        ("truth", "0", False),
        ("truth", "", None),
        ("at", "2026-03-01 10:00:00", "2026-03-01T10:00:00+03:00"),
        ("at", "2026-03-01T10:00:00Z", "2026-03-01T10:00:00Z"),
        ("at", "", None),
        ("day", "2026-03-01", "2026-03-01"),
        ("inner", {"n": "7", "when": "2026-03-01 10:00:00"}, {"n": 7, "when": "2026-03-01T10:00:00+03:00"}),
        ("inner", {}, {}),
        ("open", {"n": "1", "more": "1"}, {"n": 1, "more": "1"}),
        ("free", {"n": "7"}, {"n": "7"}),
        ("list", [{"n": "7"}, None], [{"n": 7}, None]),
        ("list", {"n": "7"}, [{"n": 7}]),  # a lone object where a list was promised
        ("list", [], []),
        ("words", ["a", 5, None], ["a", "5", None]),
        ("anything", [1, {"a": None}], [1, {"a": None}]),
        ("either", 5, 5),
    ],
)
def test_value_is_made_to_fit(field: str, value: t.Any, expected: t.Any) -> None:
    record = shaped({field: value})
    assert record == {field: expected}
    assert type(record[field]) is type(expected)


@pytest.mark.parametrize("field", list(SCHEMA["properties"]))
def test_null_stays_null_and_absent_stays_absent(field: str) -> None:
    assert shaped({field: None}) == {field: None}
    assert shaped({}) == {}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("whole", 5.5),
        ("whole", True),
        ("whole", []),
        ("whole", {"a": 1}),
        ("whole", "1_000"),
        ("whole", float("nan")),
        ("number", "a lot"),
        ("number", "nan"),
        ("number", "1e999"),
        ("number", False),
        ("number", []),
        ("truth", "maybe"),
        ("truth", 2),
        ("truth", []),
        ("inner", "x"),
        ("list", "x"),
        ("words", "x"),
    ],
)
def test_value_that_cannot_fit_is_kept_counted_and_told_once(
    field: str, value: t.Any, caplog: pytest.LogCaptureFixture
) -> None:
    shaper = RecordShaper("calls", SCHEMA, MOSCOW)
    assert shaper.shape({field: value}) == {field: value}
    assert shaper.shape({field: value}) == {field: value}
    assert shaper.misfits == {field: 2}
    assert caplog.text.count(f"calls: the field '{field}' holds a value of another type than promised") == 1


@pytest.mark.parametrize("value", ["01.03.2026", "0000-00-00 00:00:00", 1_772_000_000, ["2026-03-01"]])
def test_time_that_is_none_becomes_null_since_loaders_would_stop(value: t.Any) -> None:
    shaper = RecordShaper("calls", SCHEMA, MOSCOW)
    assert shaper.shape({"at": value}) == {"at": None}
    assert shaper.misfits == {"at": 1}


def test_unknown_fields_are_left_out_counted_and_named_once(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    shaper = RecordShaper("calls", SCHEMA, MOSCOW)
    row = {"text": "a", "new": 1, "inner": {"n": 1, "new": 2}, "list": [{"new": 3}]}
    assert shaper.shape(row) == {"text": "a", "inner": {"n": 1}, "list": [{}]}
    shaper.shape(row)
    assert shaper.unknown == {"new": 2, "inner.new": 2, "list[].new": 2}
    assert caplog.text.count("the field 'inner.new', which this version does not know: left out") == 1


def test_unknown_fields_are_kept_at_the_top_alone(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    row = {"text": "a", "new.er": {"x": 1}, "none": None, "inner": {"new": 2}}
    assert shaped(row, keep=True) == {"text": "a", "inner": {}, "_extra": {"new.er": {"x": 1}, "none": None}}
    assert "the field 'new.er', which this version does not know: kept under _extra" in caplog.text
    assert "the field 'inner.new', which this version does not know: left out" in caplog.text


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["n", "when", "x"]), inner, max_size=3),
    max_leaves=6,
)
rows = st.dictionaries(st.sampled_from([*SCHEMA["properties"], "new", "newer"]), json_values, max_size=8)


@settings(max_examples=300, deadline=None)
@given(row=rows, keep=st.booleans())
def test_shaping_is_idempotent_drops_no_known_field_and_leaves_the_row_alone(*, row: Row, keep: bool) -> None:
    before = json.dumps(row)
    record = shaped(row, keep=keep)
    assert json.dumps(row) == before
    assert shaped(record, keep=keep) == record
    known = {name for name in row if name in SCHEMA["properties"]}
    assert {name for name in record if name != "_extra"} == known
    assert record.get("_extra", {}) == ({name: row[name] for name in row if name not in known} if keep else {})


# Reading JSON


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b'{"a": 123456789012345678901234567890}', {"a": 123456789012345678901234567890}),
        (b'{"a": [NaN, Infinity, -Infinity, 1e999]}', {"a": [None] * 4}),
        (b'"\\ud83d"', "\ufffd"),
        (b'{"\\udc00": 1}', {"\ufffd": 1}),
        ('"привет"'.encode(), "привет"),
    ],
)
def test_json_is_read_forgivingly(body: bytes, value: t.Any) -> None:
    assert decode(body) == value


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (b"", "the answer is empty"),
        (b'{"a": [1, 2', "the answer is no JSON: 11 bytes that begin with"),
        (b"<html>\n<body>502", "'<html> <body>502'"),
        (b"\xff\xfe", "the answer is no JSON"),
        (b"[" * 100_000, "the answer is no JSON"),
    ],
)
def test_what_is_no_json_may_pass(body: bytes, text: str) -> None:
    with pytest.raises(RetryableError, match=r".") as caught:
        decode(body)
    assert text in str(caught.value)


# Hashing


def digest(text: str) -> str:
    return hmac.new(b"salt", text.encode(), hashlib.sha256).hexdigest()


def hashed(record: Row, *paths: str) -> Row:
    FieldHasher(paths, "salt").hash(record)
    return record


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("79261234567", digest("79261234567")),
        ("привет", digest("привет")),
        ("", digest("")),
        (79261234567, digest("79261234567")),
        (1.5, digest("1.5")),
        (True, digest("true")),
        (None, None),
        (["a", 5, None], [digest("a"), digest("5"), None]),
        ({"b": 1, "a": "x"}, digest('{"b":1,"a":"x"}')),
    ],
)
def test_values_are_hashed(value: t.Any, expected: t.Any) -> None:
    assert hashed({"f": value, "other": 1}, "f") == {"f": expected, "other": 1}


def test_a_known_hash() -> None:
    """Fixed for ever, since a warehouse joins by it; from `openssl dgst -sha256 -hmac salt`."""
    assert hashed({"f": "79261234567"}, "f")["f"] == (
        "ba7051c47a85d288600765228ab8aa717a294989f6d3740f8125cc867e7eb9ff"
    )


def test_nested_values_are_hashed_wherever_they_are() -> None:
    record = {"a": {"b": [{"c": 1}, {"c": None}, {}, None, "x"]}, "c": 1}
    assert hashed(record, "a.b.c", "absent", "a.absent.c") == {
        "a": {"b": [{"c": digest("1")}, {"c": None}, {}, None, "x"]},
        "c": 1,
    }


TEXT = {"type": ["string", "null"], "description": "HMAC-SHA256 of the vendor's value, 64 hex digits."}


@pytest.mark.parametrize(
    ("field", "path", "expected"),
    [
        ({"type": "integer"}, "f", TEXT),
        ({"type": ["array", "null"], "items": {"type": "integer"}}, "f", {"type": ["array", "null"], "items": TEXT}),
        ({"type": ["array", "null"]}, "f", {"type": ["array", "null"], "items": TEXT}),
        (
            {"type": "array", "items": {"type": "object", "properties": {"c": {"type": "integer"}}}},
            "f.c",
            {"type": "array", "items": {"type": "object", "properties": {"c": TEXT}}},
        ),
        (
            {"type": "object", "properties": {"c": {"type": "integer"}}},
            "f.c",
            {"type": "object", "properties": {"c": TEXT}},
        ),
    ],
)
def test_hashed_field_is_text_in_the_schema(field: Row, path: str, expected: Row) -> None:
    schema = {"properties": {"f": field}}
    assert hashed_schema(schema, path.split("."))
    assert schema == {"properties": {"f": expected}}


@pytest.mark.parametrize("path", ["g", "f.x", "f.c.d"])
def test_path_that_the_schema_lacks_is_told(path: str) -> None:
    schema: Row = {"properties": {"f": {"type": "object", "properties": {"c": {"type": "string"}}}}}
    assert not hashed_schema(schema, path.split("."))


def test_patterns_name_fields_streams_and_paths() -> None:
    patterns = ["phone", "calls.phone", "sites.name", "tags.name"]
    streams = ["calls", "sites"]
    assert paths_of("calls", streams, patterns, lambda _: False) == ["phone", "tags.name"]
    assert paths_of("sites", streams, patterns, lambda _: False) == ["phone", "name", "tags.name"]


def test_a_name_of_stream_and_field_means_both() -> None:
    def paths(stream: str, *has: str) -> list[str]:
        return paths_of(stream, ["calls", "tags"], ["tags.name"], has.__contains__)

    assert paths("calls", "tags.name") == ["tags.name"]
    assert paths("tags", "name") == ["name"]
    assert paths("calls") == []


@pytest.mark.parametrize(
    ("paths", "expected"),
    [
        (["tags.name"], ["names"]),
        (["tags"], ["names", "kinds"]),
        (["tags.kind.code"], ["kinds"]),
        (["at"], ["day"]),
        (["tag", "tags.number", "names"], []),
    ],
)
def test_derived_fields_follow_what_they_are_made_of(paths: list[str], expected: list[str]) -> None:
    derived: dict[str, Derived] = {
        "names": PartList("tags", "name"),
        "kinds": PartList("tags", "kind"),
        "day": LocalDay("at"),
    }
    assert made_of(paths, derived) == expected
