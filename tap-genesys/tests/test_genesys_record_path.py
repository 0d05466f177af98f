"""Which streams have their rows decoded by type: one that fell back to dicts would be slow, and nobody would know."""

from __future__ import annotations

import typing as t
from unittest import mock

import pytest
from genesys_memory import Row, Vendor, sync
from singer_slices import EngineStream
from test_genesys_history import FRESH, OPEN, QUERY, SETTLED, jobs, query


@pytest.fixture(autouse=True)
def _never_a_dict() -> t.Iterator[None]:
    finish = mock.Mock(side_effect=AssertionError("a row is a dict"))
    with mock.patch.object(EngineStream, "finish", finish):
        yield


def test_conversations_of_jobs_and_of_queries() -> None:
    vendor = Vendor({**jobs(lambda body: [SETTLED, OPEN]), f"POST {QUERY}": query([OPEN, FRESH])})
    done = sync(vendor, "conversations")
    assert done.exit_code == 0, done.summary
    assert done.records("conversations") == [SETTLED, OPEN, FRESH]


def test_lookups() -> None:
    users: list[Row] = [{"id": "1", "name": "Ann", "state": "active"}, {"id": "2", "name": "Bo"}]
    done = sync(Vendor({"GET /users": {"entities": users, "pageNumber": 1, "pageCount": 1}}), "users")
    assert done.records("users") == users
