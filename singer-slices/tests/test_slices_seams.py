"""Rows that come twice are handed on once; keys are as light as they can be."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st
from singer_slices.errors import StreamFailedError
from singer_slices.reading import KeyReader, Page
from singer_slices.seams import Given

START = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)
BATCHES = st.lists(st.lists(st.integers(0, 12), max_size=8), max_size=8)


@given(BATCHES, st.lists(st.booleans(), min_size=8, max_size=8))
def test_each_mark_is_news_once(batches: list[list[int]], new_slices: list[bool]) -> None:
    seen: set[int] = set()
    marks = Given()
    end = START
    for batch, begins in zip(batches, new_slices, strict=False):
        end += HOUR if begins else dt.timedelta(0)
        expected = []
        for place, mark in enumerate(batch):
            if mark not in seen:
                expected.append(place)
                seen.add(mark)
        places = marks.news(batch, START, end)
        assert places == (None if len(expected) == len(batch) else expected)


def test_what_was_given_long_before_is_forgotten() -> None:
    marks = Given()
    assert marks.news([1, 2], START, START + HOUR) is None
    assert marks.news([2, 3], START + 2 * HOUR, START + 5 * HOUR) == [1]
    assert marks.news([1, 2, 3], START + 5 * HOUR, START + 9 * HOUR) == [0]


def test_a_key_of_one_field_is_its_value_and_one_of_several_a_tuple() -> None:
    page = Page([{"id": 1, "at": "a"}, {"id": 2, "at": "b"}], None)
    assert KeyReader(("id",))(page) == [1, 2]
    assert KeyReader(("id", "at"))(page) == [(1, "a"), (2, "b")]


@pytest.mark.parametrize("fields", [("id",), ("at", "id", "by")])
def test_a_row_without_a_part_of_its_key_is_refused(fields: tuple[str, ...]) -> None:
    rows = [{"id": 1, "at": "a", "by": 1}, {"at": "b", "by": 1}]
    with pytest.raises(StreamFailedError, match=r"without its key \(id\)"):
        KeyReader(fields)(Page(rows, None))
