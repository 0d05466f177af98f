from __future__ import annotations

import typing as t

import pytest
from singer_spool import ConfigurationError, StreamSpec
from target_amplitude.mapping import IdentifyMapping, read_streams
from target_amplitude.records import check_columns


def read(**mapping: t.Any) -> IdentifyMapping:
    return read_streams({"p": {"type": "identify", "user_id": "id", **mapping}})["p"]


def test_whole_mapping_is_read() -> None:
    mapping = read(
        endpoint="identify",
        device_id="device",
        user_properties={
            "$set": ["segment", "level"],
            "$setOnce": {"first seen": "first_seen_at"},
            "$postInsert": ["tags"],
            "$unset": ["old"],
        },
        when_null="unset",
        country="land",
        paying="is_paying",
    )
    assert mapping == IdentifyMapping(
        stream="p",
        endpoint="identify",
        user_id="id",
        device_id="device",
        operations={
            "$set": {"segment": "segment", "level": "level"},
            "$setOnce": {"first seen": "first_seen_at"},
            "$postInsert": {"tags": "tags"},
        },
        unset=("old",),
        clear_all=False,
        fields={"country": "land", "paying": "is_paying"},
        when_null="unset",
        insert_id=(),
    )


def test_defaults() -> None:
    mapping = read(user_properties=["a"])
    assert (mapping.endpoint, mapping.when_null, mapping.insert_id) == ("batch", "skip", ())
    assert (mapping.repeatable, mapping.warnings()) == (True, [])


@pytest.mark.parametrize(
    ("properties", "operations"),
    [
        (["a", "b"], {"$set": {"a": "a", "b": "b"}}),
        ({"Plan": "plan"}, {"$set": {"Plan": "plan"}}),
        ({"$set": {"Plan": "plan"}, "$remove": ["gone"]}, {"$set": {"Plan": "plan"}, "$remove": {"gone": "gone"}}),
        ({"$set": [], "$setOnce": ["a"]}, {"$setOnce": {"a": "a"}}),
    ],
)
def test_spellings_of_user_properties(properties: t.Any, operations: t.Any) -> None:
    assert read(user_properties=properties).operations == operations


def test_clear_all() -> None:
    assert read(user_properties={"$clearAll": True}).clear_all is True


P = "setting 'streams.p"


@pytest.mark.parametrize(
    ("mapping", "problem"),
    [
        ({"type": "event"}, f"{P}.type' is 'event', which is not available yet in this version; only 'identify' is"),
        (
            {"type": "group_identify"},
            f"{P}.type' is 'group_identify', which is not available yet in this version; only 'identify' is",
        ),
        ({"type": None}, f"{P}.type' must be 'identify'"),
        ({"endpoint": "track"}, f"{P}.endpoint' must be one of batch, httpapi, identify"),
        ({"when_null": "keep"}, f"{P}.when_null' must be one of skip, unset"),
        ({"user_id": 5}, f"{P}.user_id' must be the name of a column"),
        ({"user_id": None}, f"{P}' needs a column for 'user_id' or 'device_id'"),
        ({"user_properties": []}, f"{P}' maps nothing to send: give 'user_properties'"),
        ({"user_properties": "a"}, f"{P}.user_properties' must be a list of columns, or an object"),
        ({"user_properties": [1]}, "must be a list of columns, or an object of properties and their columns"),
        ({"user_properties": ["a", "a"]}, f"{P}.user_properties.$set' names a column twice"),
        ({"user_properties": {"$set": ["a"], "b": "b"}}, "mixes operations with plain properties: put b under $set"),
        ({"user_properties": {"$push": ["a"]}}, f"{P}.user_properties.$push' is not one of $set, $setOnce,"),
        ({"user_properties": ["$a"]}, f"{P}.user_properties.$set.$a' begins with '$'"),
        ({"user_properties": {"$set": {"$a": "a"}}}, f"{P}.user_properties.$set.$a' begins with '$'"),
        (
            {"user_properties": {"$set": ["a"], "$setOnce": {"a": "b"}}},
            f"{P}.user_properties.$setOnce.a' stands under $set as well: one property takes one operation",
        ),
        ({"user_properties": {"$set": ["a"], "$unset": ["a"]}}, f"{P}.user_properties.$unset.a' stands under $set"),
        ({"user_properties": {"$unset": {"a": "b"}}}, f"{P}.user_properties.$unset' must be a list of property names"),
        ({"user_properties": {"$clearAll": "yes"}}, f"{P}.user_properties.$clearAll' must be true or false"),
        ({"user_properties": {"$clearAll": True, "$set": ["a"]}}, f"{P}.user_properties.$clearAll' must stand alone"),
        ({"user_properties": {"$add": ["n"]}}, f"{P}.insert_id' is needed for $add"),
        (
            {"user_properties": {"$append": ["n"]}, "insert_id": ["v"], "endpoint": "identify"},
            f"{P}.user_properties' uses $append, which the identify form cannot protect from repeats",
        ),
        ({"insert_id": ["v"]}, f"{P}.insert_id' is only for $add, $append, $prepend"),
        ({"insert_id": "v"}, f"{P}.insert_id' must be a list of columns"),
        ({"paying": "p"}, f"{P}.paying' is only known to the identify form: add 'endpoint: identify'"),
        ({"userid": "x"}, f"{P}.userid' is not known; known are type, endpoint, user_id"),
    ],
)
def test_wrong_mapping(mapping: dict[str, t.Any], problem: str) -> None:
    whole = {"type": "identify", "user_id": "id", "user_properties": ["a"], **mapping}
    with pytest.raises(ConfigurationError) as caught:
        read_streams({"p": whole})
    assert problem in str(caught.value)
    assert "\n" not in str(caught.value)
    assert caught.value.exit_code == 2


def test_everything_wrong_is_told_at_once() -> None:
    with pytest.raises(ConfigurationError) as caught:
        read_streams({"a": {"type": "event"}, "b": [], "c": {"type": "identify"}})
    assert str(caught.value).splitlines() == [
        "setting 'streams.a.type' is 'event', which is not available yet in this version; only 'identify' is",
        "setting 'streams.b' must be an object with 'type', 'user_id' and 'user_properties'",
        "setting 'streams.c' needs a column for 'user_id' or 'device_id'",
        "setting 'streams.c' maps nothing to send: give 'user_properties'",
    ]


def test_no_streams() -> None:
    with pytest.raises(ConfigurationError, match="maps no stream"):
        read_streams({})


def test_warnings() -> None:
    mapping = read(user_properties={"$add": ["visits"]}, insert_id=["id", "day"], country="c", platform="p")
    reset, repeats = mapping.warnings()
    assert reset == (
        "Stream 'p': Amplitude empties os_name, os_version, device_brand, device_manufacturer, device_model, carrier, "
        "region, city, dma of each user, because it sets these together with platform, country. Map them too to keep "
        "them."
    )
    assert repeats == (
        "Stream 'p': $add would apply twice if a delivery is repeated. Amplitude does not document that insert_id "
        "protects profile updates; prefer $postInsert or $set."
    )


def test_columns_that_the_schema_lacks() -> None:
    mapping = read(user_properties={"Plan": "paln", "Level": "level"}, country="land")
    with pytest.raises(ConfigurationError) as caught:
        check_columns(mapping, StreamSpec("p", {"properties": {"id": {}, "plan": {}, "level": {}}}))
    lacks = "which the stream's SCHEMA lacks; it has id, level, plan"
    assert str(caught.value).splitlines() == [
        f"setting 'streams.p.country' names column 'land', {lacks}",
        f"setting 'streams.p.user_properties.$set' names column 'paln', {lacks}",
    ]
