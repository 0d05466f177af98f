"""Rules that hold for any input: matching, time, filters, cursors, rates of change."""

from __future__ import annotations

import datetime as dt
import functools
import typing as t

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sandbox.genesys.asof import as_of, last_change
from sandbox.genesys.conversation import Conversation, is_there, overlaps
from sandbox.genesys.errors import ApiError
from sandbox.genesys.filters import read_filters
from sandbox.genesys.intervals import read_interval
from sandbox.genesys.names import DAY_MS, HOUR_MS, NEVER, date_of, day_start, iso, iso_short, read_iso, uuid
from sandbox.genesys.pages import make_cursor, read_cursor
from sandbox.genesys.statuses import Entry, Statuses, stored_days
from sandbox.genesys.world import World

NOW = read_iso("2026-03-20T12:00:00Z")
FIRST = NOW - 25 * DAY_MS
moments = st.integers(min_value=FIRST, max_value=NOW + DAY_MS)
instants = st.integers(min_value=0, max_value=4_000_000_000_000)


@functools.cache
def world() -> World:
    return World(seed=3, started=NOW, days=25, conversations=25)


@functools.cache
def everything() -> list[Conversation]:
    """Every conversation that ever begins, whether or not it is deleted later."""
    return world()._between(0, NOW + 40 * DAY_MS)


@given(instants)
def test_times_are_read_as_they_are_written(ms: int) -> None:
    moment = dt.datetime.fromtimestamp(ms / 1000, dt.UTC)
    assert iso(ms) == moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    assert read_iso(iso(ms)) == read_iso(iso_short(ms)) == ms
    assert day_start(date_of(ms)) <= ms < day_start(date_of(ms)) + DAY_MS


@given(instants, st.integers(1, 30 * DAY_MS))
def test_the_days_of_an_interval_hold_it(low: int, length: int) -> None:
    interval = read_interval(f"{iso(low)}/{iso(low + length)}")
    days = interval.whole_days()
    assert days.low <= interval.low < days.low + DAY_MS
    assert days.high - DAY_MS < interval.high <= days.high
    if length > 7 * DAY_MS:
        with pytest.raises(ApiError, match="does not exceed 7 days"):
            read_interval(f"{iso(low)}/{iso(low + length)}", 7)


@given(st.text(max_size=30))
def test_no_text_breaks_the_reading_of_intervals(text: str) -> None:
    status = 200
    try:
        read_interval(text)
    except ApiError as error:
        status = error.status
    assert status in {200, 400}


@settings(deadline=None, max_examples=60)
@given(moments, st.integers(1, 9 * DAY_MS), moments)
def test_the_world_finds_what_a_search_through_everything_finds(low: int, length: int, now: int) -> None:
    high = low + length
    begun = [each.id for each in everything() if low <= each.start < high and is_there(each, now)]
    assert [each.id for each in world().began_in(low, high, now)] == begun
    alive = {each.id for each in everything() if is_there(each, now) and overlaps(each, low, high, now)}
    found = [each.id for each in world().alive_in(low, high, now)]
    assert set(found) == alive
    assert len(found) == len(alive)


@settings(deadline=None, max_examples=60)
@given(moments, st.integers(1, 3 * DAY_MS), moments)
def test_overlap_is_what_neighbouring_windows_share(low: int, length: int, now: int) -> None:
    """Every conversation of a window is in one of its halves, and whatever is in a half is in the window."""
    middle, high = low + length // 2 + 1, low + length + 2
    whole = {each.id for each in world().alive_in(low, high, now)}
    halves = [{each.id for each in world().alive_in(*part, now)} for part in ((low, middle), (middle, high))]
    assert whole == halves[0] | halves[1]


@settings(deadline=None, max_examples=80)
@given(st.data())
def test_time_only_adds_beginnings(data: st.DataObject) -> None:
    conversation = data.draw(st.sampled_from(everything()))
    early = data.draw(st.integers(conversation.start, conversation.start + 10 * DAY_MS))
    row = conversation.row(early)
    starts = [
        segment["segmentStart"]
        for person in row["participants"]
        for session in person.get("sessions", ())
        for segment in session.get("segments", ())
    ]
    ends = [segment["segmentEnd"] for _, segment in segments(row) if "segmentEnd" in segment]
    assert all(read_iso(each) <= early for each in [*starts, *ends])
    assert ("conversationEnd" in row) == (conversation.end <= early)
    later = conversation.row(early + 100 * DAY_MS)
    known = {(key, part["segmentStart"], part["segmentType"]) for key, part in segments(row)}
    assert known <= {(key, part["segmentStart"], part["segmentType"]) for key, part in segments(later)}


def segments(row: dict[str, t.Any]) -> t.Iterator[tuple[str, dict[str, t.Any]]]:
    for person in row["participants"]:
        for session in person.get("sessions", ()):
            for segment in session.get("segments", ()):
                yield session["sessionId"], segment


@settings(deadline=None, max_examples=40)
@given(st.data())
def test_what_is_kept_as_final_is_final(data: st.DataObject) -> None:
    conversation = data.draw(st.sampled_from(everything()))
    settled = conversation.encoded(NOW + 400 * DAY_MS, attributes=True)
    assert conversation.encoded(NOW + 500 * DAY_MS, attributes=True) == settled
    now = data.draw(moments)
    import msgspec

    assert conversation.encoded(now, attributes=True) == msgspec.json.encode(conversation.row(now))


trees = st.recursive(
    st.fixed_dictionaries({"emitDate": st.integers(0, 50), "value": st.integers()}),
    lambda inner: st.fixed_dictionaries({"_at": st.integers(0, 50), "parts": st.lists(inner, max_size=3)}),
    max_leaves=8,
)


@given(trees, st.integers(0, 60))
def test_nothing_changes_after_the_last_change(tree: dict[str, t.Any], later: int) -> None:
    last = last_change(tree)
    assert as_of(tree, last) == as_of(tree, last + later)


@given(st.integers(0, 10**9), st.text(max_size=20))
def test_cursors_are_read_as_they_were_made(offset: int, scope: str) -> None:
    assert read_cursor(make_cursor(scope, offset), scope) == offset
    with pytest.raises(ApiError):
        read_cursor(make_cursor(scope, offset), scope + "x")


rows = st.fixed_dictionaries({}, optional={"mediaType": st.sampled_from("abc"), "purpose": st.sampled_from("abc")})
predicates = st.builds(
    lambda name, operator, value: {"dimension": name, "operator": operator, "value": value},
    st.sampled_from(["mediaType", "purpose"]),
    st.sampled_from(["matches", "exists", "notExists"]),
    st.sampled_from("abc"),
)


def holds(row: dict[str, str], predicate: dict[str, str]) -> bool:
    value = row.get(predicate["dimension"])
    match predicate["operator"]:
        case "matches":
            return value == predicate["value"]
        case "exists":
            return value is not None
        case _:
            return value is None


@given(rows, st.lists(predicates, min_size=1, max_size=3), st.lists(predicates, max_size=2), st.booleans())
def test_filters_are_and_and_or(
    row: dict[str, str], own: list[dict[str, str]], nested: list[dict[str, str]], every: bool
) -> None:
    join = all if every else any
    word = "and" if every else "or"
    clauses = [{"type": "or", "predicates": nested}] if nested else []
    body = {"segmentFilters": [{"type": word, "predicates": own, "clauses": clauses}]}
    tests = read_filters(body, {"segmentFilters": "segment"})["segment"]
    expected = [holds(row, each) for each in own] + ([any(holds(row, each) for each in nested)] if nested else [])
    assert all(test(row) for test in tests) == join(expected)


@settings(deadline=None, max_examples=40)
@given(st.data(), moments)
def test_every_moment_has_one_presence_and_one_routing_status(data: st.DataObject, at: int) -> None:
    statuses = Statuses(world())
    person = data.draw(st.sampled_from(world().people.agents))
    covering = [each for each in statuses.presence(person, at, at + 1, NOW + 2 * DAY_MS) if each.start <= at < each.end]
    routing = [each for each in statuses.routing(person, at, at + 1, NOW + 2 * DAY_MS) if each.start <= at < each.end]
    assert len(covering) <= 1
    assert len(routing) <= 1
    if routing and routing[0].status in {"INTERACTING", "NOT_RESPONDING", "COMMUNICATING"}:
        assert covering[0].status == "ON_QUEUE" or routing[0].end - covering[0].start < HOUR_MS


@given(instants, st.integers(1, 20 * DAY_MS), instants)
def test_a_status_is_stored_for_its_first_and_last_day(start: int, length: int, now: int) -> None:
    days = stored_days(Entry(start, start + length, "MEAL"), now)
    assert start // DAY_MS in days
    assert len(days) <= 2
    assert ((start + length) // DAY_MS in days) or now < start + length
    assert stored_days(Entry(start, NEVER, "MEAL"), now) == {start // DAY_MS}


@given(st.lists(st.integers(), min_size=1, max_size=4))
def test_ids_are_uuids_of_version_4(name: list[int]) -> None:
    import uuid as standard

    assert standard.UUID(uuid(*name)).version == 4
    assert uuid(*name) == uuid(*name) != uuid(*name, 0)
