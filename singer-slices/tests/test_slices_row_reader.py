"""Answers read by a `RowReader`: typed rows, what stands beside them, and what is no answer with rows."""

from __future__ import annotations

import json
import threading
import time
import typing as t

import pytest
from singer_slices import Page, RowReader, TypedRows
from singer_slices.lines import Chunk
from singer_slices.record_path import RecordPath
from singer_slices.times import MOST_REMEMBERED
from slices_fake import ENVELOPE, Events, Row, Vendor, body_of, start


def reader() -> RowReader:
    tap = start(Vendor(), only=Events)
    found = RecordPath(t.cast("Events", tap.streams["events"])).reader_of(None)
    assert found is not None
    return found


def ids(rows: TypedRows) -> list[int]:
    return [int(value) for value in rows.values("id")]


def records_of(rows: TypedRows) -> list[Row]:
    """The records of lines, and rows that are still dicts."""
    found: list[Row] = []
    for part in rows.encoded.parts:
        lines = part.data.splitlines() if isinstance(part, Chunk) else []
        found += [json.loads(line)["record"] for line in lines] if isinstance(part, Chunk) else [part]
    return found


def test_answer_without_rows_is_read_as_it_is() -> None:
    """Errors, lone objects and nulls are for the client to judge."""
    documents = [{"error": 5}, {"answer": None}, {"answer": {"rows": {"id": 1}}}, {"answer": {"rows": [5]}}, [], 5]
    assert [reader().decode(json.dumps(document).encode(), ENVELOPE) for document in documents] == documents


def test_an_answer_keeps_what_stands_beside_its_rows() -> None:
    answer = reader().decode(body_of([{"id": 5}, {"id": "5"}], 2), ENVELOPE)["answer"]
    assert (answer["total"], answer["rows"].values("id"), answer["rows"].values("at")) == (2, [5, "5"], [None, None])
    assert records_of(answer["rows"]) == [{"id": 5}, {"id": "5"}]


def test_typed_rows_are_no_dicts() -> None:
    """Who expects dicts must not find an empty page."""
    page = Page(reader().decode(body_of([{"id": 5}]), ENVELOPE)["answer"]["rows"], None)
    assert page.size == 1
    with pytest.raises(TypeError, match="these rows are typed"):
        _ = page.rows


def test_threads_decode_one_after_the_other() -> None:
    """Also of several partitions, which have readers of their own."""
    inside: list[str] = []
    most = 0

    def slow(row: Row) -> Row:
        nonlocal most
        inside.append(threading.current_thread().name)
        time.sleep(0.01)
        most = max(most, len(set(inside)))
        inside.pop()
        return row

    body = body_of([{"id": "5"}, {"id": "6"}])
    threads = [threading.Thread(target=reader().decode, args=(body, ENVELOPE, slow)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == 1


def test_repaired_rows_are_typed() -> None:
    def repair(row: Row) -> Row:
        return {"id": row.pop("key", None), **row}

    rows = reader().decode(body_of([{"key": 5}, {"id": 6}, {"key": "x"}]), ENVELOPE, repair)["answer"]["rows"]
    assert rows.values("id") == [5, 6, "x"]
    assert [isinstance(part, Chunk) for part in rows.encoded.parts] == [True, False]


@pytest.mark.parametrize("places", [[], [0], [2], [0, 3], [1, 2, 4], [3, 4], [0, 1, 2, 3, 4]])
def test_rows_are_picked_from_lines(places: list[int]) -> None:
    """A page is encoded before it is known which of its rows came before."""
    rows = reader().decode(body_of([{"id": 0}, {"id": 1}, {"id": "2"}, {"id": 3}, {"id": 4, "\n": 5}]), ENVELOPE)
    picked = rows["answer"]["rows"].pick(places)
    assert [int(record["id"]) for record in records_of(picked)] == ids(picked) == places
    assert len(picked) == len(places)


def test_few_times_are_remembered() -> None:
    """However many rows there are, and although each brings one that was not seen before."""
    tap = start(Vendor(), only=Events)
    stream = t.cast("Events", tap.streams["events"])
    typed = RecordPath(stream).reader_of(None)
    assert typed is not None
    minutes = [f"2026-03-09T10:{minute:02d}:{second:02d}" for minute in range(60) for second in range(60)]
    times = [f"{minute}.{part}Z" for minute in minutes for part in range(5)]
    for first in range(0, len(times), 1000):
        page = [{"id": n, "at": at, "day": "2026-03-09"} for n, at in enumerate(times[first : first + 1000])]
        found = records_of(typed.decode(body_of(page), ENVELOPE)["answer"]["rows"])
        assert found == page
    seen = stream.zone_of(None).seen
    assert len(seen.wholes) <= MOST_REMEMBERED + 1000
    assert times[-1] in seen.wholes
