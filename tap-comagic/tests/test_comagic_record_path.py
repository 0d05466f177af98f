"""Which streams have their rows decoded by type: one that fell back to dicts would be slow, and nobody would know."""

from __future__ import annotations

import datetime as dt
import typing as t
from unittest import mock

import pytest
import time_machine
from comagic_memory import Row, sync
from singer_slices import EngineStream, Page, name_of
from tap_comagic.streams import STREAMS
from tap_comagic.streams.contacts import Contacts
from tap_comagic.streams.daily import DAILY
from tap_comagic.streams.lists import Account, Statuses

NOW = dt.datetime(2026, 3, 10, 12, 0, tzinfo=dt.UTC)
DAY = "2026-03-09"
#: Their rows are made of several answers, or completed by the tap.
AS_DICTS = (*DAILY, Account, Statuses, Contacts)
VALUES: Row = {"string": "text", "integer": 5, "number": 1.5, "boolean": True, "array": [], "object": None}


def value_of(schema: Row) -> t.Any:
    """A value as documented; times are local."""
    if "format" in schema:
        return f"{DAY} 10:00:00" if schema["format"] == "date-time" else DAY
    [kind] = [kind for kind in schema["type"] if kind != "null"]
    return VALUES[kind]


def documented(stream: t.Any) -> t.Callable[[str, Row], Page]:
    """One row with every field."""
    schema = stream.schema_of({})["properties"]

    def answer(method: str, params: Row) -> Page:
        row = {name: value_of(schema[name]) for name in params["fields"]}
        return Page([row] if params["offset"] == 0 and method == stream.method else [], 1)

    return answer


@pytest.mark.parametrize("stream", [stream for stream in STREAMS if stream not in AS_DICTS], ids=name_of)
def test_rows_as_documented_are_never_dicts(stream: t.Any) -> None:
    finish = mock.Mock(side_effect=AssertionError("a row is a dict"))
    with time_machine.travel(NOW, tick=False), mock.patch.object(EngineStream, "finish", finish):
        done = sync(documented(stream), stream.name, start_date=DAY)
    assert done.exit_code == 0, done.summary
    assert len(done.records(stream.name)) == 1
    assert done.summary["streams"][0]["unknown_fields"] == {}
