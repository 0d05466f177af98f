"""Presence and routing status: https://developer.genesys.cloud/analyticsdatamanagement/analytics/detail/user-query."""

from __future__ import annotations

import dataclasses
import datetime as dt
import itertools
import typing as t

from singer_sdk.helpers.types import Context
from singer_slices import Limits, Row, Rows, Slice, StreamFailedError

from tap_genesys import schemas
from tap_genesys.answers import rows_of
from tap_genesys.streams.base import QUERY_PAGE, interval
from tap_genesys.streams.history import HistoryStream, Rank, values

_QUERY = "/analytics/users/details/query"
_CHUNK = 1000
_END = "endTime"
_MOST_PAGES = 100_000
_HOUR = dt.timedelta(hours=1)


class UserDetails(HistoryStream):
    """One record per entry; the vendor groups them under their user, twice if it likes, with the same or others.

    Entries are not cut to the window. The one still running has no end; a later read brings it.
    """

    key_fields = ("userId", "startTime")
    time_field = "startTime"
    entity = "users"
    rows_field = "userDetails"
    default_slice_days = 1
    #: Windows of both streams are the same, since one read feeds both; the vendor allows 7 days.
    most_slice_days = 1
    default_lookback_days = 2
    #: The list of entries in the vendor's row.
    entries_field: t.ClassVar[str]

    @property
    def limits(self) -> Limits:
        """Everybody has an entry in every window, so cutting an hour makes it no smaller."""
        return dataclasses.replace(super().limits, smallest=_HOUR)

    def ranks(self, rows: Rows) -> list[Rank]:
        """An entry with an end tells more than one without."""
        return [(end or "",) for end in values(rows, _END)]

    def last_times(self, rows: Rows) -> t.Sequence[str | None]:
        """Queries give what reaches into their window."""
        return [str(end) if end else None for end in values(rows, _END)]

    def job_rows(self, piece: Slice) -> t.Iterator[list[Row]]:
        """The entries of a window from a job."""
        doing = f"reading user details of {interval(piece)}"
        body = {"interval": interval(piece), "order": "asc"}
        return self._entries(piece, lambda: _dicts(self.jobs().rows(body, doing=doing, hear=self.hear_watermark)))

    def query_rows(self, piece: Slice) -> t.Iterator[list[Row]]:
        """The entries of a window from queries."""
        return self._entries(piece, lambda: _dicts(self._query_pages(piece)))

    def _query_pages(self, piece: Slice) -> t.Iterator[Rows]:
        """A short page is not the end: repeats are taken out after paging."""
        doing = f"reading user details of {interval(piece)}"
        size = self.genesys.page_size(QUERY_PAGE)
        for number in itertools.count(1):
            rows = rows_of(self._query(piece, number, size, doing), self.rows_field, doing)
            if not rows:
                return
            if number > _MOST_PAGES:
                raise StreamFailedError(f"{doing}: there is no end to the pages")
            yield rows

    def _query(self, piece: Slice, number: int, size: int, doing: str) -> Row:
        body = {"interval": interval(piece), "order": "asc", "paging": {"pageSize": size, "pageNumber": number}}
        # An hour that answers 504 is not too long: the vendor is down, and cutting would ask it ever more.
        return self.client.post(_QUERY, body, doing=doing, query=piece.length > _HOUR)

    def _entries(self, piece: Slice, read: t.Callable[[], t.Iterator[list[Row]]]) -> t.Iterator[list[Row]]:
        """The window's entries, each once, the version with an end before the one without."""
        entries: dict[tuple[str, str], Row] = {}
        for users in self.genesys.user_details.read((piece.start, piece.end), self.name, read):
            for user in users:
                for entry in user.get(self.entries_field) or ():
                    self._merge(entries, user, entry)
        rows = list(entries.values())
        for first in range(0, len(rows), _CHUNK):
            yield rows[first : first + _CHUNK]

    def _merge(self, entries: dict[tuple[str, str], Row], user: Row, entry: Row) -> None:
        key = str(user.get("userId")), str(entry.get("startTime"))
        row = {"userId": user.get("userId"), **entry}
        known = entries.get(key)
        if known is None or (row.get(_END) or "") > (known.get(_END) or ""):
            entries[key] = row

    def probe(self, context: Context | None) -> None:
        """Ask for one user of the last hour."""
        del context
        end = self.engine_tap.control.now()
        self._query(Slice(end - dt.timedelta(hours=1), end), 1, 1, f"trying {self.name}")


def _dicts(pages: t.Iterator[Rows]) -> t.Iterator[list[Row]]:
    """Pages that were read as dicts: entries are taken out of them."""
    return t.cast("t.Iterator[list[Row]]", pages)


class UserPresence(UserDetails):
    """Who was in which presence, and since when."""

    name = "user_presence"
    record_schema = schemas.USER_PRESENCE
    entries_field = "primaryPresence"


class UserRoutingStatus(UserDetails):
    """Who was in which routing status, and since when."""

    name = "user_routing_status"
    record_schema = schemas.USER_ROUTING_STATUS
    entries_field = "routingStatus"
