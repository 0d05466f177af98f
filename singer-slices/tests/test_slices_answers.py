"""The texts of rows, cut out of an answer: what is guessed is what a decoder finds, or is not taken."""

from __future__ import annotations

import json
import typing as t
from unittest import mock

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from singer_slices import Envelope, RowReader, TypedRows, answers
from singer_slices.answers import NoRows, cut, opened
from singer_slices.record_path import RecordPath
from slices_fake import Events, Vendor, many, start

ENVELOPE = Envelope(("answer", "rows"), kept=("answer.total", "answer.kept"))
UNREADABLE = (NoRows, msgspec.DecodeError, UnicodeDecodeError, RecursionError)
STAND_IN = answers._STAND_IN.decode().strip('"')


def rows_of(texts: t.Iterable[bytes]) -> list[t.Any]:
    return [row for text in texts for row in msgspec.json.decode(text)]


def outcome(how: t.Callable[..., t.Any], body: bytes) -> t.Any:
    """The document, or None where it cannot be read in this way."""
    try:
        return how(body, ENVELOPE, rows_of)
    except UNREADABLE:
        return None


NAMES = st.sampled_from(["id", "rows", "answer", "a", 'q"', "\\", "имя"])
LEAVES = st.none() | st.integers() | st.sampled_from(["", STAND_IN, '"rows":[{"id":1},{"id":2}]', "}]", '{"id"', "я"])
VALUES = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3))
ROWS = st.lists(st.fixed_dictionaries({"id": VALUES}, optional={"a": VALUES, "rows": VALUES}), max_size=6)
SHAPES = st.sampled_from([{}, {"indent": 1}, {"separators": (",", ":")}, {"ensure_ascii": False}])


@given(st.data(), ROWS | st.lists(VALUES, max_size=3) | VALUES, SHAPES, st.sampled_from([1, 30, 2**16]))
@many(600)
def test_a_guess_is_right_or_refused(data: st.DataObject, rows: t.Any, shape: dict[str, t.Any], chunk: int) -> None:
    inner = {"rows": rows, **data.draw(st.fixed_dictionaries({}, optional={"total": VALUES, "kept": VALUES}))}
    outer = data.draw(st.fixed_dictionaries({}, optional={"before": VALUES, "rows": VALUES}))
    body = json.dumps({**outer, "answer": inner, **data.draw(st.sampled_from([{}, outer]))}, **shape).encode()
    if data.draw(st.integers(0, 9)) == 0:
        body = body[: data.draw(st.integers(0, len(body)))]
    with mock.patch.object(answers, "CHUNK_BYTES", chunk):
        guessed = outcome(cut, body)
    assert guessed is None or guessed == outcome(opened, body)


@pytest.mark.parametrize("shape", [{}, {"separators": (",", ":")}])
def test_rows_are_cut_without_a_pass_over_them(shape: dict[str, t.Any]) -> None:
    rows = [{"id": number, "parts": [{"of": number}, {"of": "}]"}]} for number in range(9)]
    body = json.dumps({"rows": [], "answer": {"rows": rows, "total": 9}}, **shape).encode()
    with mock.patch.object(answers, "CHUNK_BYTES", 60):
        found = cut(body, ENVELOPE, lambda pieces: [msgspec.json.decode(piece) for piece in pieces])
    assert [len(piece) for piece in found["answer"]["rows"]] == [2, 2, 2, 2, 1]
    assert [row for piece in found["answer"]["rows"] for row in piece] == rows
    assert found["answer"]["total"] == len(rows)


@pytest.mark.parametrize(
    "body",
    [
        b'{"answer":{"rows":[]}}',
        b'{"answer":{"rows":[{}]}}',
        b'{"answer":{"rows":null}}',
        b'{"answer":{"kept":[{"a":1}],"total":"the rows were here","rows":[{"id":1}]}}',
        b'{"other":{"rows":[{"id":1}]},"answer":{"rows":[5]}}',
        b'{"answer":{"rows":[{"id":1}],"rows":[]}}',
    ],
)
def test_where_nothing_can_be_guessed_nothing_is_read(body: bytes) -> None:
    with pytest.raises(NoRows):
        cut(body, ENVELOPE, lambda pieces: pytest.fail(f"read {list(pieces)}"))


def read_all(reader: RowReader, bodies: t.Iterable[bytes]) -> tuple[list[list[t.Any]], int]:
    """The ids of each page, and how often the long way was taken."""
    long_way = mock.Mock(side_effect=opened)
    with mock.patch("singer_slices.record_path.opened", long_way):
        pages: list[TypedRows] = [reader.decode(body, ENVELOPE)["answer"]["rows"] for body in bodies]
    return [list(page.values("id")) for page in pages], long_way.call_count


@pytest.mark.parametrize(("twins", "long_ways"), [(0, 0), (1, 1), (6, 6)])
def test_rows_that_hold_their_like_are_read_the_long_way(twins: int, long_ways: int) -> None:
    """After some wrong guesses no more are made."""
    twin = [{"id": number, "more": [{"id": 7}, {"id": 8}]} for number in range(4)]
    plain = [{"id": number, "more": [{"of": 7}, {"of": 8}]} for number in range(4)]
    bodies = [json.dumps({"answer": {"rows": twin if n < twins else plain}}).encode() for n in range(6)]
    found = RecordPath(t.cast("Events", start(Vendor(), only=Events).streams["events"])).reader_of(None)
    assert found is not None
    guesses = mock.Mock(side_effect=cut)
    with mock.patch.object(answers, "CHUNK_BYTES", 1), mock.patch("singer_slices.record_path.cut", guesses):
        pages, taken = read_all(found, bodies)
    assert pages == [[0, 1, 2, 3]] * 6
    assert (taken, guesses.call_count) == (long_ways, 3 if twins == 6 else 6)
