"""Streams in partitions: a bookmark, a zone and a fate of its own for each."""

from __future__ import annotations

import typing as t

from singer_slices import Page, Slice, SourceZone, StreamFailedError, StreamRefusedError
from slices_fake import Events, Row, Vendor, event, run

HOUSES = {"a": "Europe/Moscow", "b": "UTC"}


class Houses(Events):
    """Two houses with clocks of their own."""

    key_fields = ("house", "id")

    @classmethod
    def schema_of(cls, config: t.Mapping[str, t.Any]) -> Row:
        schema = super().schema_of(config)
        return {**schema, "properties": {"house": {"type": ["string"]}, **schema["properties"]}}

    def list_partitions(self) -> list[dict[str, t.Any]] | None:
        return [{"house": house} for house in HOUSES]

    def zone_of(self, context: t.Any) -> SourceZone:
        return SourceZone(HOUSES[context["house"]])

    def fetch_page(self, piece: Slice, offset: int, context: t.Any, *, limit: int | None = None) -> Page:
        page = super().fetch_page(piece, offset, context, limit=limit)
        return Page([{**context, **row} for row in page.rows], page.total)


class Unnamed(Events):
    """The house tells partitions apart; the schema has no place for it."""

    def list_partitions(self) -> list[dict[str, t.Any]] | None:
        return [{"house": house} for house in HOUSES]


class Unlisted(Houses):
    def list_partitions(self) -> list[dict[str, t.Any]] | None:
        raise StreamRefusedError("houses are secret")


class Homeless(Houses):
    def list_partitions(self) -> list[dict[str, t.Any]] | None:
        return []


class OneRefused(Houses):
    def fetch_page(self, piece: Slice, offset: int, context: t.Any, *, limit: int | None = None) -> Page:
        if context["house"] == "a":
            raise StreamFailedError("the door is shut")
        return super().fetch_page(piece, offset, context, limit=limit)


def partition(house: str, value: str) -> Row:
    return {"context": {"house": house}, "replication_key": "at", "replication_key_value": value}


def state_of(*partitions: Row) -> Row:
    return {"bookmarks": {"events": {"partitions": list(partitions)}}}


VENDOR = Vendor([event(1, "2026-03-09 01:00:00")])


def test_each_partition_has_its_own_zone_and_bookmark() -> None:
    done = run(VENDOR, only=Houses, start_date="2026-03-09")
    assert [(row["house"], row["at"], row["day"]) for row in done.records()] == [
        ("a", "2026-03-09T01:00:00+03:00", "2026-03-09"),
        ("b", "2026-03-09T01:00:00+00:00", "2026-03-09"),
    ]
    assert done.states[-1] == state_of(
        partition("a", "2026-03-10T14:50:00+03:00"), partition("b", "2026-03-10T11:50:00+00:00")
    )
    assert [(part["partition"], part["status"]) for part in done.summary["streams"]] == [
        ("a", "complete"),
        ("b", "complete"),
    ]


def test_what_the_schema_does_not_know_of_a_partition_is_on_no_record() -> None:
    done = run(VENDOR, only=Unnamed, start_date="2026-03-09")
    assert done.exit_code == 0, done.summary
    assert ["house" in row for row in done.records()] == [False, False]


def test_a_new_partition_begins_at_the_start_date() -> None:
    state = state_of(partition("a", "2026-03-10T00:00:00+03:00"))
    done = run(VENDOR, only=Houses, start_date="2026-03-09", state=state)
    assert [row["house"] for row in done.records()] == ["b"]


def test_a_partition_that_fails_leaves_the_others_alone() -> None:
    done = run(VENDOR, only=OneRefused, start_date="2026-03-09")
    assert [row["house"] for row in done.records()] == ["b"]
    assert done.exit_code == 3
    assert [(part["partition"], part["status"]) for part in done.summary["streams"]] == [
        ("a", "failed"),
        ("b", "complete"),
    ]


def test_partitions_that_cannot_be_found_out_fail_the_stream() -> None:
    done = run(VENDOR, only=Unlisted, start_date="2026-03-09")
    assert (done.exit_code, done.records(), done.stream()["error"]) == (2, [], "houses are secret")
    assert done.stream()["known_unavailable"] == "events"


def test_no_partition_is_nothing_to_read() -> None:
    done = run(VENDOR, only=Homeless, start_date="2026-03-09")
    assert (done.exit_code, done.records(), done.stream()["status"]) == (0, [], "complete")


def test_a_deselected_stream_does_not_look_for_partitions() -> None:
    done = run(VENDOR, only=Unlisted, start_date="2026-03-09", known_unavailable=["events"])
    assert (done.exit_code, done.summary["streams"][0]["status"]) == (0, "skipped")
