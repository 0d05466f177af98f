"""Where the rows of each method come from."""

from __future__ import annotations

import dataclasses
import datetime as dt
import typing as t
import zlib

from sandbox.comagic import catalog
from sandbox.comagic.errors import ApiError
from sandbox.comagic.fields import example_rows
from sandbox.comagic.life.contact import NEVER
from sandbox.comagic.life.day import day_of_number
from sandbox.comagic.life.world import Kind, Reference, World
from sandbox.comagic.life.zone import DAY_MS, day_start, wall_day
from sandbox.comagic.listing import SCATTER_RANGE, Rows
from sandbox.comagic.oddities import Oddities
from sandbox.comagic.owners import OWN, Owner
from sandbox.comagic.query import Query
from sandbox.comagic.reports.aggregates import campaign_summaries, employee_stats, site_summaries
from sandbox.comagic.reports.blocks import Moment
from sandbox.comagic.reports.daily import DAILY, SETTLED_MS, Place, daily_rows, is_documented
from sandbox.comagic.reports.kinds import CALLS, REPORTS, VISITS
from sandbox.settings import Settings

Row = dict[str, t.Any]
SCATTER: t.Final = 2_654_435_761
# of rows without an id, so many leading fields tell them apart
KEY_FIELDS: t.Final = 14
CHATS_SPAN_MS: t.Final = 2 * DAY_MS


@dataclasses.dataclass(frozen=True)
class Present:
    """What rows depend on besides the query.

    Attributes:
        world: what happens in the account.
        settings: the switches in force.
        now: the present instant in milliseconds.
        owner: whose account it is.
    """

    world: World
    settings: Settings
    now: int
    owner: Owner = OWN

    @property
    def moment(self) -> Moment:
        """The present in the account's zone."""
        return Moment(self.now, self.world.zone)

    def site(self, query: Query) -> int:
        """The index of the site that was asked for.

        Raises:
            ApiError: ``entity_not_found``.
        """
        given = query.options["site_id"]
        ids = [number + self.owner.shift for number, _, _ in catalog.SITES]
        if given not in ids:
            raise ApiError("entity_not_found", "site_id", given)
        return ids.index(given)


Source = t.Callable[[Present, Query], Rows]


class ListRows:
    """Rows that are all there at once: lists, replaced whole on each read, and aggregates."""

    sorted_by: str | None = None

    def __init__(self, method: str, present: Present, rows: t.Iterable[Row], valid_until: int = NEVER) -> None:
        removed = present.settings.removed.get(method, ())
        self.references = [present.owner.claim(row) for row in rows if row.get("id") not in removed]
        self.valid_until = valid_until
        self.shuffles = False
        self._oddities = Oddities(method, present.settings, present.world.zone, mixed=method == DAILY)
        self.extras = self._oddities.extras

    def row(self, reference: Row) -> Row:
        """The row itself."""
        return reference

    def shown(self, reference: Row) -> Row:
        """The row as it is sent."""
        return self._oddities.spoil(reference, self.scatter(reference), documented=is_documented(reference))

    def scatter(self, reference: Row) -> int:
        """An order that is neither by id nor by name."""
        if "id" in reference:
            return int(reference["id"]) * SCATTER % SCATTER_RANGE
        return zlib.crc32(repr(list(reference.values())[:KEY_FIELDS]).encode())


class ReportRows:
    """What happened within a window, as it looks at an instant."""

    def __init__(self, method: str, present: Present, query: Query) -> None:
        self._report = REPORTS[method]
        self._present = present
        self._moment = present.moment
        self._oddities = Oddities(method, present.settings, present.world.zone, mixed=True)
        self.extras = self._oddities.extras
        self.sorted_by = self._report.time
        self.shuffles = present.settings.unstable_order
        self.references: list[Reference] = []
        self.valid_until = NEVER
        self._collect(query)

    def row(self, reference: Reference) -> Row:
        """It as the table of fields has it."""
        shelf, index = reference
        row = self._report.render(shelf.item(index), self._moment)
        return t.cast("Row", self._present.owner.claim(row))

    def shown(self, reference: Reference) -> Row:
        """It as it is sent."""
        shelf, index = reference
        return self._oddities.spoil(self.row(reference), self.scatter(reference), documented=shelf.item(index).sample)

    def scatter(self, reference: Reference) -> int:
        """An order that has nothing to do with time."""
        shelf, index = reference
        return (shelf.date.toordinal() * 1_000_003 + index) * SCATTER % SCATTER_RANGE

    def _collect(self, query: Query) -> None:
        world, now, kind = self._present.world, self._present.now, self._report.kind
        chats = self._chats(query)
        options = {**query.options, "chats": chats}
        seen: dict[tuple[dt.date, int], Reference] = {}
        for low, high in [query.window] if query.window else self._days_of(chats or set()):
            self.valid_until = min(self.valid_until, world.next_change(kind, low, high, now))
            for shelf, index in world.window(kind, low, high, now):
                if self._admits(shelf, index, options):
                    seen[shelf.date, index] = (shelf, index)
        self.references = list(seen.values())

    def _admits(self, shelf: t.Any, index: int, options: t.Mapping[str, t.Any]) -> bool:
        if self._report.kind is CALLS and self._present.world.surely_over(shelf, index, self._present.now):
            return True
        return self._report.admits(shelf.item(index), options, self._present.now)

    def _chats(self, query: Query) -> set[int] | None:
        given = query.options.get("chat_ids")
        if "chat_id" in query.options:
            given = [query.options["chat_id"]]
        return None if given is None else {number - self._present.owner.shift for number in given}

    def _days_of(self, chats: set[int]) -> list[tuple[int, int]]:
        """The windows in which the messages of some chats lie, in order of time."""
        documented = example_rows("get.chats_report")[0]["id"]
        days = {self._present.world.sample_day if chat == documented else day_of_number(chat) for chat in chats}
        starts = sorted(day_start(day) for day in days if day is not None)
        return [(start, start + CHATS_SPAN_MS) for start in starts]


def report(method: str) -> Source:
    """The source of a report of happenings."""
    return lambda present, query: ReportRows(method, present, query)


def listed(name: str, rows: t.Callable[[], list[Row]]) -> Source:
    """A source of a list that only the setting ``removed`` changes."""
    return lambda present, _query: ListRows(name, present, rows())


def of_crowd(name: str, rows: t.Callable[[int, int], list[Row]]) -> Source:
    """A source of a list of an account's people."""
    return lambda present, _query: ListRows(name, present, rows(present.world.seed, present.world.crowd))


def account(present: Present, query: Query) -> ListRows:
    """The one row of ``get.account``."""
    del query
    row = {"app_id": present.owner.app_id, "name": present.owner.title, "timezone": present.world.zone.name}
    return ListRows("get.account", present, [row])


def statuses(rows: t.Callable[[], list[Row]]) -> Source:
    """Either the deleted statuses or the others."""

    def source(present: Present, query: Query) -> ListRows:
        wanted = query.options.get("is_deleted", False)
        return ListRows("get.statuses", present, [row for row in rows() if row["is_deleted"] == wanted])

    return source


def _until_now(present: Present, query: Query) -> tuple[int, int]:
    low, high = query.window or (0, 0)
    return low, max(low, min(high, present.world.zone.wall(present.now)))


def employee_stat(present: Present, query: Query) -> ListRows:
    """Seconds of every employee in every status."""
    low, high = _until_now(present, query)
    low = max(low, day_start(present.world.first_day))
    only = query.options.get("only_default_statuses_in_stats", True)
    rows = employee_stats(present.world.seed, low, max(low, high), defaults_only=only)
    return ListRows("get.employee_stat", present, rows, present.now)


def _calls(present: Present, query: Query) -> list[t.Any]:
    low, high = query.window or (0, 0)
    return [shelf.item(index) for shelf, index in present.world.window(CALLS, low, high, present.now)]


def ct_summary(present: Present, query: Query) -> ListRows:
    """Call tracking by site."""
    return ListRows("get.ct_summary_report", present, site_summaries(_calls(present, query)), present.now)


def ct_ac_summary(present: Present, query: Query) -> ListRows:
    """Call tracking by campaign of one site."""
    rows = campaign_summaries(_calls(present, query), present.site(query))
    return ListRows("get.ct_ac_summary_report", present, rows, present.now)


def daily_stat(present: Present, query: Query) -> ListRows:
    """Advertising statistics of one site by day."""
    site = present.site(query)
    low, high = query.window or (0, 0)
    world, today = present.world, wall_day(present.world.zone.wall(present.now))
    first, last = max(wall_day(low), world.first_day), min(wall_day(high - 1), today)
    rows: list[Row] = []
    for date in _dates(first, last):
        visits = _begun(world, VISITS, date, present.now)
        rows += daily_rows(Place(world, site, date, present.moment), visits)
    settled = present.now - world.zone.instant(day_start(last)) > SETTLED_MS
    shown = ListRows(DAILY, present, rows, NEVER if settled else present.now)
    shown.shuffles = present.settings.unstable_order
    return shown


def _dates(first: dt.date, last: dt.date) -> list[dt.date]:
    return [first + dt.timedelta(days=number) for number in range((last - first).days + 1)]


def _begun(world: World, kind: Kind, date: dt.date, now: int) -> list[t.Any]:
    shelf = world.shelf(kind, date)
    if shelf is None:
        return []
    items = (shelf.item(index) for index in range(len(shelf.walls)))
    return [item for item in items if item.utc <= now]
