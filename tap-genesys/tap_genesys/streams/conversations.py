"""Conversation details: https://developer.genesys.cloud/analyticsdatamanagement/analytics/detail/conversation-query."""

from __future__ import annotations

import datetime as dt
import itertools
import typing as t

from singer_sdk.helpers.types import Context
from singer_slices import Column, Count, Row, Rows, Slice, StreamFailedError, TypedRows

from tap_genesys import schemas
from tap_genesys.answers import Read, TooManyRowsError, rows_of
from tap_genesys.jobs import results_envelope
from tap_genesys.streams.base import QUERY_PAGE, interval
from tap_genesys.streams.history import HistoryStream, Rank, values

_QUERY = "/analytics/conversations/details/query"
#: The deepest result that paging reaches.
_REACH = 100_000
_DAY = dt.timedelta(days=1)
_END = "conversationEnd"
_SEGMENTS = Count(("participants", "sessions", "segments"))


class Conversations(HistoryStream):
    """Conversations with their participants, sessions, segments and metrics.

    There is no updated-at field. Jobs match every conversation whose lifetime overlaps the window; queries match those
    that began on a UTC day which the window touches. Participants' attributes come from jobs alone.
    """

    name = "conversations"
    record_schema = schemas.CONVERSATION
    key_fields = ("conversationId",)
    time_field = "conversationStart"
    entity = "conversations"
    rows_field = "conversations"
    default_slice_days = 7
    most_slice_days = 30
    #: The nightly rebuild reaches 48 hours back, corrections may show on the third day
    #: (https://help.mypurecloud.com/faqs/why-can-my-data-change).
    default_lookback_days = 4

    def columns(self) -> tuple[Column, ...]:
        """Beside key and time what a row's rank is made of."""
        return (*super().columns(), _END, _SEGMENTS)

    def ranks(self, rows: Rows) -> list[Rank]:
        """An ended conversation tells more than a running one, and more segments more than fewer."""
        counts = rows.values(_SEGMENTS) if isinstance(rows, TypedRows) else map(_SEGMENTS.of, rows)
        return list(zip(map(bool, values(rows, _END)), counts, strict=True))

    def last_times(self, rows: Rows) -> t.Sequence[str | None]:
        """Queries give what began on a day that they touch."""
        return [None if start is None else str(start) for start in values(rows, self.time_field)]

    def job_rows(self, piece: Slice) -> t.Iterator[Rows]:
        """All conversations that were alive in the window."""
        body = {"interval": interval(piece), "order": "asc", "orderBy": "conversationStart"}
        doing = f"reading conversations of {interval(piece)}"
        return self.jobs().rows(body, doing=doing, hear=self.hear_watermark, read=self._reading())

    def _reading(self) -> Read:
        return self.reading(None, results_envelope(self.rows_field))

    def query_rows(self, piece: Slice) -> t.Iterator[Rows]:
        """All conversations that began on the window's day; a job reads what queries cannot.

        Raises:
            SliceTooWideError: half of the window may do.
            StreamFailedError: it would not, and a job may not be used.
        """
        try:
            yield from self._query_pages(piece)
        except TooManyRowsError as why:
            self._count_refusal(piece, why)
            self.logger.warning("%s; a job reads it as far as jobs reach, the next run brings the rest", why)
            yield from self.job_rows(piece)  # what queries gave before does not count twice

    def _query_pages(self, piece: Slice) -> t.Iterator[Rows]:
        doing = f"reading conversations of {interval(piece)}"
        size = self.genesys.page_size(QUERY_PAGE)
        for number in itertools.count(1):
            if number * size > _REACH:  # `totalHits` is approximate, so this may come as a surprise
                raise self._beyond_reach(piece, doing, _REACH + 1)
            page = self._query(piece, number, size, doing)
            rows = rows_of(page, self.rows_field, doing)
            if not rows:
                return
            total = page.get("totalHits")
            if number == 1 and isinstance(total, int) and total > _REACH:
                raise self._beyond_reach(piece, doing, total)
            yield rows

    def _beyond_reach(self, piece: Slice, doing: str, total: int) -> TooManyRowsError:
        day = piece.start.date()
        text = f"{doing}: the day {day} holds {total} conversations, and queries reach {_REACH} of them"
        return TooManyRowsError(text, total)

    def _query(self, piece: Slice, number: int, size: int, doing: str) -> Row:
        body = {
            "interval": interval(piece),
            "order": "asc",
            "orderBy": "conversationStart",
            "paging": {"pageSize": size, "pageNumber": number},
        }
        return self.client.post(_QUERY, body, doing=doing, query=True, read=self._reading())

    def _count_refusal(self, piece: Slice, why: TooManyRowsError) -> None:
        """Return if a job must read the window instead.

        Raises:
            TooManyRowsError: half of the window may do.
            StreamFailedError: it would not, and a job may not be used.
        """
        day = piece.start.date()
        before = self._totals.get(day)
        total = self._totals[day] = why.rows or _REACH + 1
        # Queries match whole days, so cutting one helps only if the vendor narrows by time after all.
        if piece.length > _DAY or before is None or total < before:
            raise why
        if self.source == "query":
            raise StreamFailedError(f"{why}, however it is cut; set conversation_source to auto or jobs") from why

    @property
    def _totals(self) -> dict[dt.date, int]:
        return self.genesys.day_totals

    def probe(self, context: Context | None) -> None:
        """Ask for one conversation of the last hour."""
        del context
        end = self.engine_tap.control.now()
        self._query(Slice(end - dt.timedelta(hours=1), end), 1, 1, f"trying {self.name}")
