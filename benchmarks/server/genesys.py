"""Details of conversations by interval and page number, in Genesys Cloud's words, over stored rows."""

from __future__ import annotations

import datetime as dt
import typing as t
import urllib.parse

from benchmarks.server.answer import Answer
from benchmarks.server.rows import EPOCH
from benchmarks.server.store import Store

PATH: t.Final = "/genesys/api/v2/analytics/conversations/details"


class Genesys:
    """The endpoint.

    Args:
        conversations: the rows.
    """

    def __init__(self, conversations: Store) -> None:
        self._conversations = conversations

    def answer(self, query: str) -> Answer:
        """Answer `interval=<iso>/<iso>&pageNumber=<from 1>&pageSize=<rows>`; the interval's end is not part of it."""
        given = dict(urllib.parse.parse_qsl(query, strict_parsing=True))
        first, last = seconds_of(given["interval"])
        size, number = int(given["pageSize"]), int(given["pageNumber"])
        found = self._conversations.find(first, last)
        rows = found[(number - 1) * size : number * size]
        tail = b'],"totalHits":%d}' % len(found)
        return Answer(b'{"conversations":[', self._conversations.extent(rows), tail)


def seconds_of(interval: str) -> tuple[int, int]:
    """The first and the last second of an interval; its end is not part of it.

    Raises:
        ValueError: it is none.
    """
    start, end = interval.split("/")
    return _second(start), _second(end) - 1


def _second(text: str) -> int:
    moment = dt.datetime.fromisoformat(text)
    wall = moment.astimezone(dt.UTC).replace(tzinfo=None) if moment.tzinfo else moment
    return int((wall - EPOCH).total_seconds())
