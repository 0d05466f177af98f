from __future__ import annotations

import typing as t

import pytest
from hypothesis import given
from hypothesis import strategies as st
from singer_spool import StreamSpec
from target_amplitude.identity import read_id
from target_amplitude.mapping import read_streams
from target_amplitude.records import FreshIds, Mapper
from target_amplitude.updates import Rejected, Update
from target_amplitude.values import date_converter, day_text, depth, texts, utc_text

COLUMNS: dict[str, t.Any] = {
    "id": {"type": "string"},
    "device": {"type": ["string", "null"]},
    "plan": {"type": ["string", "null"]},
    "n": {"type": ["number", "null"]},
    "tags": {"type": ["array", "null"]},
    "at": {"type": ["string", "null"], "format": "date-time"},
    "day": {"anyOf": [{"type": "string", "format": "date"}, {"type": "null"}]},
    "visits": {
        "type": "array",
        "items": {"type": "object", "properties": {"at": {"type": "string", "format": "date-time"}}},
    },
}


def mapper(**mapping: t.Any) -> Mapper:
    whole = {"type": "identify", "user_id": "id", "device_id": "device", **mapping}
    spec = StreamSpec("p", {"properties": COLUMNS}, ("id",))
    return Mapper(read_streams({"p": whole})["p"], spec, min_id_length=5, fresh_id=lambda: "fresh")


def update(record: dict[str, t.Any], **mapping: t.Any) -> Update | None:
    made = mapper(**(mapping or {"user_properties": ["plan", "n", "tags", "at"]}))
    return made.update(made.source({"id": "user-1", **record}, 0))


def operations(record: dict[str, t.Any], properties: t.Any, **mapping: t.Any) -> t.Any:
    made = update(record, user_properties=properties, **mapping)
    return None if made is None else made.operations


def test_whole_update() -> None:
    made = mapper(user_properties=["plan", "at"], country="plan")
    source = made.source({"id": "user-1", "device": "device-1", "plan": "pro", "at": "2026-03-01T10:00:00+03:00"}, 7)
    result = made.update(source)
    assert result is not None
    assert (result.user_id, result.device_id, result.insert_id) == ("user-1", "device-1", "fresh")
    assert result.operations == {"$set": {"plan": "pro", "at": "2026-03-01T07:00:00"}}
    assert result.fields == {"country": "pro"}
    assert result.sources == (source,)
    assert (source.key, source.position, source.schema) == ({"id": "user-1"}, 7, {"at": COLUMNS["at"]})


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("user-1", "user-1"),
        ("Ünïcödé", "Ünïcödé"),
        (12345, "12345"),
        (12345.0, "12345"),
        (-12345, "-12345"),
        ("", None),
        ("   ", None),
        (None, None),
    ],
)
def test_ids(value: t.Any, text: str | None) -> None:
    assert read_id(value, name="user_id", column="id", min_length=5) == text


def test_blanks_around_an_id_do_not_count() -> None:
    with pytest.raises(Rejected, match="has 4 characters, at least 5 are required"):
        read_id(" user ", name="user_id", column="id", min_length=5)


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("unknown", "id_refused"),
        ("UNKNOWN", "id_refused"),
        ("  Anonymous ", "id_refused"),
        ("n/a", "id_refused"),
        ("lmy47d", "id_refused"),
        ("{}", "id_refused"),
        (0, "id_refused"),
        (-1, "id_refused"),
        ("0000000", "id_refused"),
        ("00000000-0000-0000-0000-000000000000", "id_refused"),
        ("0000-0000", "id_refused"),
        ("abcd", "id_too_short"),
        (1234, "id_too_short"),
        ("x" * 1025, "id_too_long"),
        (True, "id_not_text"),
        (1.5, "id_not_text"),
        (["user-1"], "id_not_text"),
        ({"id": "user-1"}, "id_not_text"),
    ],
)
@pytest.mark.parametrize("column", ["id", "device"])
def test_ids_that_reject_the_record(value: t.Any, reason: str, column: str) -> None:
    with pytest.raises(Rejected) as caught:
        update({column: value, "plan": "pro"})
    assert caught.value.reason == reason
    assert f"column '{column}'" in caught.value.detail
    assert str(value) not in caught.value.detail or len(str(value)) < 3


def test_device_alone() -> None:
    made = update({"id": None, "device": "device-1", "plan": "pro"})
    assert made is not None
    assert made.identity == (None, "device-1")


def test_no_id_at_all() -> None:
    with pytest.raises(Rejected) as caught:
        update({"id": "", "plan": "pro"})
    assert caught.value.reason == "missing_id"


def test_nothing_to_send() -> None:
    assert update({"plan": None}) is None
    assert operations({"tags": []}, {"$postInsert": ["tags"]}) is None


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        ({"plan": None, "n": 1}, {"$set": {"n": 1}, "$unset": {"plan": "-"}}),
        ({"n": 1}, {"$set": {"n": 1}}),  # absent is not null
        ({"plan": None, "n": None}, {"$unset": {"plan": "-", "n": "-"}}),
    ],
)
def test_nulls_unset(record: dict[str, t.Any], expected: t.Any) -> None:
    assert operations(record, ["plan", "n"], when_null="unset") == expected


def test_nulls_of_other_operations_are_skipped() -> None:
    properties = {"$setOnce": ["plan"], "$postInsert": ["tags"], "$set": ["n"]}
    assert operations({"plan": None, "tags": None, "n": 2}, properties, when_null="unset") == {"$set": {"n": 2}}


def test_falsy_values_are_values() -> None:
    assert operations({"plan": "", "n": 0, "tags": []}, ["plan", "n", "tags"]) == {
        "$set": {"plan": "", "n": 0, "tags": []},
    }


def test_unset_and_clear_all_need_no_column() -> None:
    assert operations({}, {"$unset": ["old", "older"]}) == {"$unset": {"old": "-", "older": "-"}}
    assert operations({}, {"$clearAll": True}) == {"$clearAll": "-"}


@pytest.mark.parametrize("value", ["3", True, [1], {}])
def test_add_needs_a_number(value: t.Any) -> None:
    with pytest.raises(Rejected) as caught:
        update({"n": value}, user_properties={"$add": ["n"]}, insert_id=["id"])
    assert (caught.value.reason, caught.value.detail) == (
        "not_a_number",
        "column 'n' is mapped to $add and holds no number",
    )


def test_insert_id_of_columns_is_stable_and_names_stream_and_version() -> None:
    def made(record: dict[str, t.Any]) -> str:
        result = update({"n": 1, **record}, user_properties={"$add": ["n"]}, insert_id=["id", "at"])
        assert result is not None
        return result.insert_id

    one = made({"at": "2026-03-01T10:00:00Z"})
    assert one == made({"at": "2026-03-01T10:00:00Z", "plan": "other"})
    assert one != made({"at": "2026-03-02T10:00:00Z"})
    assert len(one) == 64
    with pytest.raises(Rejected) as caught:
        made({"at": None})
    assert caught.value.reason == "missing_insert_id"


def test_fresh_ids_differ_within_and_between_runs() -> None:
    first, second = FreshIds(), FreshIds()
    made = [first(), first(), second(), second()]
    assert len(set(made)) == 4
    assert made[0].rpartition("-")[0] == made[1].rpartition("-")[0]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("2026-03-01T10:00:00+03:00", "2026-03-01T07:00:00"),
        ("2026-03-01T23:30:00-05:00", "2026-03-02T04:30:00"),
        ("2026-03-01T10:00:00.987654Z", "2026-03-01T10:00:00"),
        ("2026-03-01 10:00:00", "2026-03-01T10:00:00"),
        ("2026-03-01", "2026-03-01T00:00:00"),
        ("0001-01-01T00:00:00+03:00", "0001-01-01T00:00:00+03:00"),  # has no UTC form
        ("soon", "soon"),
        (5, 5),
        (None, None),
    ],
)
def test_times(value: t.Any, text: t.Any) -> None:
    assert utc_text(value) == text


def test_days() -> None:
    assert [day_text(value) for value in ("2026-03-01", "2026-03-01T10:00:00+03:00", "x", 1)] == [
        "2026-03-01T00:00:00",
        "2026-03-01T07:00:00",
        "x",
        1,
    ]


def test_dates_at_every_depth() -> None:
    record = {"day": "2026-03-01", "visits": [{"at": "2026-03-01T10:00:00+03:00", "page": "/"}], "plan": "2026-03-01"}
    assert operations(record, ["day", "visits", "plan"]) == {
        "$set": {
            "day": "2026-03-01T00:00:00",
            "visits": [{"at": "2026-03-01T07:00:00", "page": "/"}],
            "plan": "2026-03-01",
        },
    }


def test_values_that_do_not_fit_their_schema_pass_unchanged() -> None:
    assert operations({"visits": "none", "day": ["x"]}, ["visits", "day"]) == {
        "$set": {"visits": "none", "day": ["x"]},
    }
    assert date_converter({"type": "object", "properties": {"at": {"format": "date-time"}}})(5) == 5  # type: ignore[misc]  # not None
    assert date_converter({"type": "string"}) is None


def nested(levels: int) -> t.Any:
    value: t.Any = 1
    for _ in range(levels):
        value = {"in": value}
    return value


def test_depth() -> None:
    values: list[t.Any] = [1, [], {}, {"a": [1]}, nested(38)]
    assert [depth(value) for value in values] == [0, 1, 1, 2, 38]
    assert operations({"plan": nested(38)}, ["plan"]) == {"$set": {"plan": nested(38)}}
    with pytest.raises(Rejected) as caught:
        operations({"plan": nested(39)}, ["plan"])
    assert caught.value.reason == "too_deep"


def test_long_texts_are_sent_whole_counted_and_named_once(caplog: pytest.LogCaptureFixture) -> None:
    made = mapper(user_properties=["plan", "tags"])
    long = "x" * 1025
    for record in ({"plan": long}, {"plan": "y" * 1024, "tags": ["a", long]}, {"plan": long}):
        result = made.update(made.source({"id": "user-1", **record}, 0))
        assert result is not None
        assert result.operations["$set"] == record
    assert made.long_texts == {"plan": 2, "tags": 1}
    assert [record.getMessage() for record in caplog.records] == [
        "Stream 'p': property 'plan' has texts longer than 1024 characters; Amplitude cuts them",
        "Stream 'p': property 'tags' has texts longer than 1024 characters; Amplitude cuts them",
    ]


def test_fields_are_texts() -> None:
    made = update(
        {"plan": True, "n": 7.0, "tags": None, "at": 5}, country="plan", app_version="n", language="tags", city="at"
    )
    assert made is not None
    assert made.fields == {"country": "true", "app_version": "7", "city": "5"}
    assert made.operations == {}
    made = update(
        {"plan": ["x", None], "n": 1.5, "tags": {"a": True}}, country="plan", app_version="n", language="tags"
    )
    assert made is not None
    assert made.fields == {"country": '["x",null]', "app_version": "1.5", "language": '{"a":true}'}


@given(
    st.recursive(
        st.none() | st.booleans() | st.text(max_size=3),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner, max_size=3),
        max_leaves=10,
    ),
)
def test_texts_and_depth_agree_with_the_plain_definition(value: t.Any) -> None:
    def plain(item: t.Any) -> tuple[int, list[str]]:
        inner = list(item.values()) if isinstance(item, dict) else item if isinstance(item, list) else None
        if inner is None:
            return 0, [item] if isinstance(item, str) else []
        below = [plain(part) for part in inner]
        return 1 + max((levels for levels, _ in below), default=0), [text for _, found in below for text in found]

    assert (depth(value), list(texts(value))) == plain(value)
