"""Property operations: what each does, and what may not be combined."""

from __future__ import annotations

import typing as t

import pytest
from sandbox.amplitude.operations import apply, depth, is_valid, truncate


@pytest.mark.parametrize(
    ("before", "change", "after"),
    [
        ({"a": 1}, {"b": 2}, {"a": 1, "b": 2}),
        ({"a": 1}, {"a": None}, {"a": None}),
        ({"a": 1}, {"$set": {"a": 2, "b": [1]}}, {"a": 2, "b": [1]}),
        ({"a": 1}, {"$setOnce": {"a": 2, "b": 3}}, {"a": 1, "b": 3}),
        ({"n": 1}, {"$add": {"n": 2.5, "m": -1}}, {"n": 3.5, "m": -1}),
        ({"n": "text"}, {"$add": {"n": 1}}, {"n": "text"}),
        ({"l": [1]}, {"$append": {"l": [1, 2], "m": "x"}}, {"l": [1, 1, 2], "m": ["x"]}),
        ({"l": "a"}, {"$append": {"l": "b"}}, {"l": ["a", "b"]}),
        ({"l": [1]}, {"$prepend": {"l": [2, 3]}}, {"l": [2, 3, 1]}),
        ({"a": 1, "b": 2}, {"$unset": {"a": "-", "c": "-"}}, {"b": 2}),
        ({"l": [1, 2]}, {"$postInsert": {"l": [2, 3, 3]}}, {"l": [1, 2, 3]}),
        ({"l": [1, 2]}, {"$preInsert": {"l": [2, 3, 4]}}, {"l": [3, 4, 1, 2]}),
        ({}, {"$postInsert": {"l": "x"}}, {"l": ["x"]}),
        ({"l": [1, 2, 1]}, {"$remove": {"l": 1, "m": 1}}, {"l": [2]}),
        ({"l": [1, 2, 3]}, {"$remove": {"l": [1, 3]}}, {"l": [2]}),
        ({"a": 1}, {"$clearAll": "-"}, {}),
        ({"n": 1}, {"$set": {"a": 1}, "$add": {"n": 1}, "$unset": {"b": "-"}}, {"n": 2, "a": 1}),
    ],
)
def test_each_operation(before: dict[str, t.Any], change: dict[str, t.Any], after: dict[str, t.Any]) -> None:
    apply(before, change)
    assert before == after


@pytest.mark.parametrize("operation", ["$set", "$setOnce", "$unset", "$preInsert", "$postInsert", "$remove"])
def test_idempotent_operations(operation: str) -> None:
    properties: dict[str, t.Any] = {"l": [1, 2]}
    apply(properties, {operation: {"l": [2, 3]}})
    once = {**properties}
    apply(properties, {operation: {"l": [2, 3]}})
    assert properties == once


@pytest.mark.parametrize(
    ("properties", "valid"),
    [
        ({}, True),
        ({"a": 1}, True),
        ({"$set": {"a": 1}, "$add": {"n": 1}}, True),
        ({"$append": {"a": 1}, "b": 2}, False),
        ({"$rename": {"a": 1}}, False),
        ({"$set": {"a": 1}, "$add": {"a": 1}}, False),
        ({"$add": {"n": "1"}}, False),
        ({"$add": {"n": True}}, False),
        ({"$set": 5}, False),
        ({"$clearAll": "-"}, True),
        ({"$clearAll": "-", "$set": {"a": 1}}, False),
        ([], False),
        ("text", False),
    ],
)
def test_what_may_be_combined(properties: t.Any, valid: bool) -> None:
    assert is_valid(properties) is valid


def nested(levels: int) -> dict[str, t.Any]:
    value: t.Any = 1
    for _ in range(levels):
        value = {"k": value}
    return t.cast("dict[str, t.Any]", value)


def test_depth_is_limited_to_forty() -> None:
    assert depth(1) == 0
    assert depth({"a": [{"b": 1}]}) == 3
    assert is_valid(nested(40))
    assert not is_valid(nested(41))


def test_strings_are_cut_at_1024_characters_everywhere() -> None:
    long = "я" * 1500
    assert truncate({"a": long, "b": [long, {"c": long}], "n": 5}) == {
        "a": "я" * 1024,
        "b": ["я" * 1024, {"c": "я" * 1024}],
        "n": 5,
    }
