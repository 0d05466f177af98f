"""User details: presence and routing status histories, by query and by job.

A status that spans several days is stored once for its first and once for its last day; the repeat is taken out of a
page after it has been cut, so pages come short, and across pages it stays:
https://developer.genesys.cloud/analyticsdatamanagement/analytics/detail/user-query
"""

from __future__ import annotations

import dataclasses
import typing as t

import msgspec

from sandbox.genesys.call import Call, Reply
from sandbox.genesys.catalog import PRESENCE_IDS
from sandbox.genesys.conversations import ORDERS
from sandbox.genesys.errors import bad_request
from sandbox.genesys.examples import Row
from sandbox.genesys.fields import Body, choice, refuse_unknown, whole
from sandbox.genesys.filters import Test, read_filters
from sandbox.genesys.intervals import Interval, read_interval
from sandbox.genesys.lake import watermark
from sandbox.genesys.names import DAY_MS, iso
from sandbox.genesys.pages import body_paging, cut, off
from sandbox.genesys.people import Person
from sandbox.genesys.statuses import Entry, stored_days

KINDS: t.Final = {"userFilters": "user", "presenceFilters": "presence", "routingStatusFilters": "routing_status"}
COMMON: t.Final = frozenset({"interval", "order", *KINDS})
Parts = tuple[list[Row], list[Row]]


@dataclasses.dataclass(frozen=True)
class Stored:
    """What is stored of a person for one UTC day."""

    day: int
    user: str
    presence: list[Row]
    routing: list[Row]

    def row(self) -> Row:
        """A row of an answer; a part without entries is left out."""
        row: Row = {"userId": self.user}
        if self.presence:
            row["primaryPresence"] = self.presence
        if self.routing:
            row["routingStatus"] = self.routing
        return row


@dataclasses.dataclass(frozen=True)
class Wanted:
    """What a query asks for."""

    interval: Interval
    order: str
    tests: dict[str, list[Test]]

    def rows(self, call: Call, now: int) -> list[Stored]:
        """The stored rows that match, as known at an instant."""
        people = [person for person in call.org.people.everybody if call.sees([person.division])]
        kept = [person for person in people if _pass({"userId": person.id}, self.tests.get("user", ()))]
        rows = [row for person in kept for row in self._of(call, person, now)]
        rows.sort(key=lambda row: (row.day, row.user), reverse=self.order == "desc")
        return rows

    def _of(self, call: Call, person: Person, now: int) -> t.Iterator[Stored]:
        statuses, (low, high) = call.org.statuses, self.interval
        days: dict[int, Parts] = {}
        for entry in statuses.presence(person, low, high, now):
            self._put(days, entry, presence_row(entry, now), 0, now)
        for entry in statuses.routing(person, low, high, now):
            self._put(days, entry, routing_row(entry, now), 1, now)
        for day, parts in sorted(days.items()):
            yield Stored(day, person.id, *parts)

    def _put(self, days: dict[int, Parts], entry: Entry, row: Row, part: int, now: int) -> None:
        if not _pass(row, self.tests.get("routing_status" if part else "presence", ())):
            return
        low, high = self.interval.whole_days()
        for day in stored_days(entry, now):
            if low <= day * DAY_MS < high:
                days.setdefault(day, ([], []))[part].append(row)


def _pass(row: Row, tests: t.Iterable[Test]) -> bool:
    return all(test(row) for test in tests)


def presence_row(entry: Entry, now: int) -> Row:
    """A presence entry as known at an instant."""
    row = {"startTime": iso(entry.start), "systemPresence": entry.status}
    row |= {"organizationPresenceId": PRESENCE_IDS[entry.status]}
    return row | {"endTime": iso(entry.end)} if entry.end <= now else row


def routing_row(entry: Entry, now: int) -> Row:
    """A routing status entry as known at an instant."""
    row = {"startTime": iso(entry.start), "routingStatus": entry.status}
    return row | {"endTime": iso(entry.end)} if entry.end <= now else row


def read_wanted(body: Body, call: Call, *, limited: bool) -> Wanted:
    """Reads a query.

    Raises:
        ApiError: 400.
    """
    tests = read_filters(body, KINDS)
    longest = call.settings.filtered_query_days if tests else call.settings.query_days
    interval = read_interval(body.get("interval"), longest if limited else None)
    return Wanted(interval, choice(body, "order", ORDERS, "asc"), tests)


def query(call: Call) -> Reply:
    """``POST /api/v2/analytics/users/details/query``."""
    body = call.body()
    aggregations = {"presenceAggregations", "routingStatusAggregations"}
    refuse_unknown(body, COMMON | aggregations | {"paging"}, "member of the query")
    if any(body.get(name) for name in aggregations):
        raise bad_request("Aggregations are not supported here; leave them out.")
    wanted = read_wanted(body, call, limited=True)
    size, number = body_paging(body, call.settings.query_depth)
    rows = wanted.rows(call, call.now)
    page = cut(rows, (number - 1) * size, size, call.rule)
    if not page:
        return Reply({} if rows else {"totalHits": 0}, rows=0)
    merged = _merged(page)
    return Reply({"userDetails": merged, "totalHits": off(len(rows), call.rule)}, rows=len(merged))


def _merged(page: t.Iterable[Stored]) -> list[Row]:
    """The rows of a page, one for each person, without repeats."""
    people: dict[str, Stored] = {}
    for row in page:
        into = people.setdefault(row.user, Stored(row.day, row.user, [], []))
        into.presence.extend(entry for entry in row.presence if entry not in into.presence)
        into.routing.extend(entry for entry in row.routing if entry not in into.routing)
    return [each.row() for each in people.values()]


def job_rows(call: Call) -> t.Callable[[], list[Stored]]:
    """Reads a job's query; what is returned finds its rows, repeats and all.

    Raises:
        ApiError: 400.
    """
    body = call.body()
    refuse_unknown(body, COMMON | {"limit"}, "member of the query")
    wanted = read_wanted(body, call, limited=False)
    limit = whole(body["limit"], "limit", 1) if body.get("limit") is not None else None
    complete = watermark(call, "users")
    return lambda: wanted.rows(call, complete - 1)[:limit]


def encode(rows: t.Iterable[Stored]) -> bytes:
    """A JSON array of user details."""
    return msgspec.json.encode([row.row() for row in rows])
