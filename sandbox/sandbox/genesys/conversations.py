"""Conversation details: the query for fresh rows, single conversations, and the rows of a job.

https://developer.genesys.cloud/analyticsdatamanagement/analytics/detail/conversation-query (query),
https://developer.genesys.cloud/api/rest/v2/analytics/conversation_details_job (which conversations each of them finds).
"""

from __future__ import annotations

import dataclasses
import typing as t

import msgspec

from sandbox.dice import throw
from sandbox.genesys.call import Call, Reply
from sandbox.genesys.conversation import Conversation
from sandbox.genesys.errors import bad_request, not_found
from sandbox.genesys.facets import Facet, read_facets
from sandbox.genesys.fields import Body, choice, flag, refuse_unknown, whole
from sandbox.genesys.filters import Test, read_filters
from sandbox.genesys.intervals import Interval, read_interval
from sandbox.genesys.lake import beyond, has_already, watermark
from sandbox.genesys.matching import KINDS, passes
from sandbox.genesys.names import DAY_MS
from sandbox.genesys.pages import body_paging, cut, off

ORDERS: t.Final = ("asc", "desc", "unordered")
ORDER_BY: t.Final = ("conversationStart", "conversationEnd", "segmentStart", "segmentEnd")
COMMON: t.Final = frozenset({"interval", "order", "orderBy", *KINDS})
MOST_IDS: t.Final = 100


class Seen(t.NamedTuple):
    """A conversation as it was at an instant, in milliseconds."""

    conversation: Conversation
    at: int


@dataclasses.dataclass(frozen=True)
class Wanted:
    """What a query asks for, beside its interval."""

    order: str
    order_by: str
    tests: dict[str, list[Test]]

    def select(self, call: Call, seen: t.Iterable[Seen]) -> list[Seen]:
        """The conversations that the client may see and the filters let through, in order."""
        kept = [each for each in seen if call.sees(each.conversation.divisions())]
        if self.tests:
            kept = [each for each in kept if passes(each.conversation.row(each.at), self.tests)]
        if self.order == "unordered":
            return sorted(kept, key=lambda each: throw(each.conversation.id))
        by_end = self.order_by in {"conversationEnd", "segmentEnd"}
        last_first = self.order == "desc"
        return sorted(kept, key=lambda each: _place(each.conversation, by_end=by_end), reverse=last_first)


def _place(conversation: Conversation, *, by_end: bool) -> int:
    return conversation.end if by_end else conversation.start


def read_wanted(body: Body) -> Wanted:
    """Reads order and filters.

    Raises:
        ApiError: 400.
    """
    order = choice(body, "order", ORDERS, "asc")
    return Wanted(order, choice(body, "orderBy", ORDER_BY, "conversationStart"), read_filters(body, KINDS))


def query(call: Call) -> Reply:
    """``POST …/details/query``: conversations that began on a UTC day which the interval touches."""
    body = call.body()
    refuse_unknown(body, COMMON | {"paging", "aggregations"}, "member of the query")
    wanted = read_wanted(body)
    facets = read_facets(body.get("aggregations"))
    longest = call.settings.filtered_query_days if wanted.tests else call.settings.query_days
    interval = read_interval(body.get("interval"), longest)
    size, number = body_paging(body, call.settings.query_depth)
    days = interval.whole_days()
    found = call.org.world.began_in(days.low, days.high, call.now)
    rows = wanted.select(call, (Seen(each, call.now) for each in found))
    page = cut(rows, (number - 1) * size, size, call.rule)
    total = off(_about(len(rows), days, call), call.rule)
    if not page:
        return Reply({} if rows else {"totalHits": 0}, rows=0)
    text = b'{"conversations":%b,"totalHits":%d%b}'
    return Reply(text % (encode(page, attributes=False), total, _aggregations(facets, rows)), rows=len(page))


def _aggregations(facets: t.Sequence[Facet], rows: t.Iterable[Seen]) -> bytes:
    """The answer's member over all that was found, on whichever page it lies."""
    if not facets:
        return b""
    found = [each.conversation.row(each.at) for each in rows]
    return b',"aggregations":%b' % msgspec.json.encode([each.counted(found) for each in facets])


def _about(count: int, days: Interval, call: Call) -> int:
    """``totalHits`` is exact for settled days only."""
    moving = call.settings.wrong_totals and days.high > call.now - DAY_MS
    return count + count // 37 + 1 if moving else count


def encode(page: t.Iterable[Seen], *, attributes: bool) -> bytes:
    """A JSON array of conversations."""
    return b"[%b]" % b",".join(each.conversation.encoded(each.at, attributes=attributes) for each in page)


def one(call: Call) -> Reply:
    """``GET …/{conversationId}/details``."""
    identifier = call.params["conversationId"]
    found = call.org.world.find(identifier, call.now)
    if found is None or not call.sees(found.divisions()):
        raise not_found("conversation", identifier)
    return Reply(found.encoded(call.now, attributes=False), rows=1)


def several(call: Call) -> Reply:
    """``GET …/details?id=a,b``: those of the ids that there are."""
    wanted = call.many("id")
    if not 1 <= len(wanted) <= MOST_IDS:
        raise bad_request(f"id: give between 1 and {MOST_IDS} conversation ids.", "invalid.value")
    found = (call.org.world.find(identifier, call.now) for identifier in dict.fromkeys(wanted))
    page = [Seen(each, call.now) for each in found if each and call.sees(each.divisions())]
    return Reply(b'{"conversations":%b}' % encode(page, attributes=False), rows=len(page))


def job_rows(call: Call) -> t.Callable[[], list[Seen]]:
    """Reads a job's query; what is returned finds its rows, by overlap of lifetimes or by the query's rule.

    Raises:
        ApiError: 400.
    """
    body = call.body()
    refuse_unknown(body, COMMON | {"limit", "startOfDayIntervalMatching"}, "member of the query")
    interval = read_interval(body.get("interval"))
    wanted = read_wanted(body)
    limit = whole(body["limit"], "limit", 1) if body.get("limit") is not None else None
    by_day = flag(body.get("startOfDayIntervalMatching", False), "startOfDayIntervalMatching")
    complete = watermark(call, "conversations")

    def find() -> list[Seen]:
        return wanted.select(call, _in_lake(call, interval, complete, by_day=by_day))[:limit]

    return find


def _in_lake(call: Call, interval: Interval, complete: int, *, by_day: bool) -> list[Seen]:
    world, window = call.org.world, interval.whole_days() if by_day else interval
    known_at = complete - 1  # what happened before the watermark
    known = world.began_in(*window, known_at) if by_day else world.alive_in(*window, known_at)
    seen = [Seen(each, known_at) for each in known if call.now < each.deleted]
    early = beyond(window, complete)
    if early:
        newest = world.began_in(*early, call.now)
        seen += [Seen(each, call.now) for each in newest if has_already(each.id)]
    return seen
