"""Runs of a stream both ways, by dicts and by types, whose results must be the same."""

from __future__ import annotations

import collections
import dataclasses
import json
import typing as t
from unittest import mock

from singer_slices import EngineStream, Page
from singer_slices.derived import Derived
from singer_slices.jsontext import decode
from singer_slices.records import RecordShaper
from slices_fake import ENVELOPE, Events, FakeTap, Row, Run, Vendor, body_of, finish, tap_class

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


def stream_of(**properties: Row) -> Row:
    times = {"at": {"type": ["string", "null"], "format": "date-time"}}
    return {"type": "object", "properties": {"id": {"type": "integer"}, **times, **properties}}


def rows(count: int, **fields: t.Any) -> list[Row]:
    return [{"id": number, "at": "2026-03-09 10:00:00", **fields} for number in range(count)]


def pages_of(rows: list[Row]) -> list[bytes]:
    return [body_of(rows[start : start + ROWS_A_PAGE]) for start in range(0, len(rows), ROWS_A_PAGE)]


NUMBER: Row = {"type": ["integer", "null"]}
INNER: Row = {"type": ["object", "null"], "properties": {"n": NUMBER}, "additionalProperties": False}
TEXT: Row = {"type": ["string", "null"]}
TIME: Row = {"type": ["string", "null"], "format": "date-time"}
