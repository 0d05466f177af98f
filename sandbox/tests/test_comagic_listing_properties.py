"""Any query against the plain way to answer it; what is remembered against what is computed anew."""

from __future__ import annotations

import datetime as dt
import functools
import typing as t

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st
from sandbox.comagic.fields import fields_of
from sandbox.comagic.life.contact import NEVER
from sandbox.comagic.life.zone import SECOND_MS, Zone, day_start, wall_day, wall_text
from sandbox.comagic.listing import Lists, cutter
from sandbox.comagic.owners import OWN
from sandbox.comagic.query import Dates, Query, read_query
from sandbox.comagic.sources import ListRows, Present, ReportRows
from sandbox.dice import below, between, chance, pick, throw
from sandbox.state import Options, Sandbox

METHOD = "get.calls_report"
NOW = dt.datetime(2026, 3, 20, 12, tzinfo=dt.UTC)


@functools.cache
def box() -> Sandbox:
    return Sandbox(Options(now=NOW, days=10, calls_per_day=15, frozen=True))


def query(**params: t.Any) -> Query:
    given_ = {"date_from": "2026-03-11", "date_till": "2026-03-20", **params}
    return read_query(METHOD, given_, dates=Dates(), bounds="closed")


def present(*, unstable_order: bool = False) -> Present:
    settings_ = box().settings.changed({"unstable_order": unstable_order})
    return Present(box().world_of(OWN), settings_, box().clock.now_ms())


@functools.cache
def everything() -> list[dict[str, t.Any]]:
    rows = ReportRows(METHOD, present(), query())
    return [rows.row(reference) for reference in rows.references]


SORTABLE = sorted(name for name, field in fields_of(METHOD).items() if field.sortable)
NUMBERS = ("id", "talk_duration", "wait_duration", "campaign_id", "visitor_id", "cpn_region_id")
COMPARE: dict[str, t.Callable[[t.Any, t.Any], bool]] = {
    "=": lambda left, right: left == right,
    "!=": lambda left, right: left != right,
    "<": lambda left, right: left < right,
    ">=": lambda left, right: left >= right,
}


def null_last(name: str, row: dict[str, t.Any]) -> tuple[bool, t.Any]:
    return row[name] is None, row[name] or 0


@given(
    keys=st.lists(
        st.tuples(st.sampled_from(SORTABLE), st.sampled_from(["asc", "desc"])), max_size=3, unique_by=lambda k: k[0]
    ),
    field=st.sampled_from(NUMBERS),
    verb=st.sampled_from(sorted(COMPARE)),
    row=st.integers(0, 40),
    limit=st.integers(1, 60),
    offset=st.integers(0, 120),
)
@settings(max_examples=60, deadline=None)
def test_any_page_is_a_cut_of_the_filtered_and_sorted_rows(
    *, keys: list[tuple[str, str]], field: str, verb: str, row: int, limit: int, offset: int
) -> None:
    value = everything()[row][field] or 0
    asked = query(
        fields=["id", field, *[name for name, _ in keys]],
        sort=[{"field": name, "order": order} for name, order in keys],
        filter={"field": field, "operator": verb, "value": value},
        limit=limit,
        offset=offset,
    )
    page = Lists().page("any", present().now, asked, functools.partial(ReportRows, METHOD, present(), asked))
    expected = [one for one in everything() if one[field] is not None and COMPARE[verb](one[field], value)]
    got = msgspec.json.decode(page.data)
    assert page.total == len(expected)
    assert len(got) == page.count == max(0, min(limit, len(expected) - offset))
    for name, order in reversed(keys):
        expected.sort(key=functools.partial(null_last, name), reverse=order == "desc")
    sorted_by = [name for name, _ in keys]
    cut = expected[offset : offset + limit]
    assert [[one[name] for name in sorted_by] for one in got] == [[one[name] for name in sorted_by] for one in cut]
    assert {one["id"] for one in got} <= {one["id"] for one in expected}


@given(st.integers(1, 50))
@settings(max_examples=10, deadline=None)
def test_pages_of_any_size_add_up_to_every_row_once(limit: int) -> None:
    lists, found = Lists(), []
    for offset in range(0, len(everything()) + limit, limit):
        asked = query(fields=["id"], limit=limit, offset=offset)
        page = lists.page("same", present().now, asked, functools.partial(ReportRows, METHOD, present(), asked))
        found += [one["id"] for one in msgspec.json.decode(page.data)]
    assert sorted(found) == sorted(one["id"] for one in everything())
    assert len(set(found)) == len(found)


def pages(limit: int, **params: t.Any) -> list[int]:
    """The ids of all pages of a window, where rows that the sorting leaves equal have no order of their own."""
    lists, found = Lists(), []
    source = functools.partial(ReportRows, METHOD, present(unstable_order=True))
    for offset in range(0, len(everything()), limit):
        asked = query(fields=["id"], limit=limit, offset=offset, **params)
        page = lists.page("loose", present().now, asked, functools.partial(source, asked))
        found += [one["id"] for one in msgspec.json.decode(page.data)]
    return found


def test_only_time_gives_an_order_that_holds_from_page_to_page() -> None:
    ids = sorted(one["id"] for one in everything())
    for sort in ([], [{"field": "direction"}]):
        found = pages(20, sort=sort)
        assert len(found) == len(ids)
        assert len(set(found)) < len(ids)
        assert sorted(pages(10_000, sort=sort)) == ids
    assert sorted(pages(20, sort=[{"field": "start_time"}])) == ids


class CountedRows(ListRows):
    made = 0

    def __init__(self, valid_until: int) -> None:
        super().__init__("get.tags", present(), [{"id": 1}])
        self.valid_until = valid_until
        CountedRows.made += 1


def made_anew(lists: Lists, key: str, now: int, valid_until: int) -> bool:
    before = CountedRows.made
    lists.page(key, now, Query(("id",)), lambda: CountedRows(valid_until))
    return CountedRows.made > before


def test_a_page_is_remembered_until_it_may_have_changed() -> None:
    lists = Lists()
    assert made_anew(lists, "a", 100, 200)
    assert not made_anew(lists, "a", 100, 200)
    assert not made_anew(lists, "a", 199, 200)
    assert made_anew(lists, "a", 200, 300)
    assert made_anew(lists, "a", 150, 300)  # the clock was set back
    assert made_anew(lists, "b", 150, NEVER)
    assert not made_anew(lists, "b", 1 << 60, NEVER)
    assert made_anew(lists, "c", 5, 5)
    assert not made_anew(lists, "c", 5, 5)
    assert made_anew(lists, "c", 6, 6)


def test_rows_are_cut_to_what_they_have() -> None:
    row = {"a": 1, "b": 2, "x": 3}
    assert cutter(("b", "a"))(row) == {"b": 2, "a": 1}
    assert cutter(("a",))(row) == {"a": 1}
    assert cutter(("a", "missing", "b"))(row) == {"a": 1, "b": 2}
    assert cutter(("a", "b"), ("x", "y"))(row) == {"a": 1, "b": 2, "x": 3}


@given(st.integers(-(10**12), 4 * 10**12))
def test_walls_and_texts_agree_with_the_standard_library(utc: int) -> None:
    zone = Zone("Europe/Berlin")
    second = utc // SECOND_MS * SECOND_MS
    moment = dt.datetime(1970, 1, 1, tzinfo=dt.UTC) + dt.timedelta(milliseconds=second)
    import zoneinfo

    local = moment.astimezone(zoneinfo.ZoneInfo("Europe/Berlin"))
    wall = zone.wall(second)
    assert wall_text(wall) == local.strftime("%Y-%m-%d %H:%M:%S").rjust(19, "0")
    assert wall_text(wall, "T") == wall_text(wall).replace(" ", "T")
    assert wall_day(wall) == local.date()
    assert zone.instant(wall, local.fold) == second


def test_times_are_rounded_half_up() -> None:
    midnight = day_start(dt.date(2026, 3, 20))
    assert wall_text(midnight - 501) == "2026-03-19 23:59:59"
    assert wall_text(midnight - 500) == "2026-03-20 00:00:00"
    assert wall_text(midnight + 499) == "2026-03-20 00:00:00"


@given(st.integers(), st.text())
def test_dice_stay_in_their_ranges(number: int, name: str) -> None:
    dice = throw(number, name)
    assert dice == throw(number, name)
    assert len(dice) == 16
    for face in dice:
        assert 0 <= below(face, 7) < 7
        assert 3 <= between(face, 3, 5) <= 5
        assert pick(face, "abc") in "abc"
        assert (chance(face, 0), chance(face, 100)) == (False, True)
