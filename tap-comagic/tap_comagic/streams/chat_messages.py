"""Chat messages, by dates, or chat by chat where a server knows no dates.

https://comagic.github.io/data_api/report/get_chat_messages_report/; that older servers and brands know `chat_id` alone,
and neither `id` nor `resource`, is said by https://novofon.github.io/data_api/.
"""

from __future__ import annotations

import collections
import datetime as dt
import hashlib
import typing as t

import msgspec
from singer_sdk.helpers.types import Context
from singer_slices import Keyed, Limits, Page, Row, Slice, Tally, read_pages

from tap_comagic.errors import RequestProblemError
from tap_comagic.streams.base import ComagicReport

#: What servers answer that do not know dates here.
_NO_DATES = frozenset({"unexpected_parameters", "required_parameter_missed", "invalid_parameters_combination"})
_DATES = frozenset({"date_from", "date_till"})
_NEWER_FIELDS = frozenset({"id", "resource"})
#: Chats that began so long before a slice may still get messages in it.
_LONGEST_CHAT = dt.timedelta(days=30)
_KEY_BITS = 63
_CHATS_METHOD = "get.chats_report"


class ChatMessages(ComagicReport):
    """Messages of chats: text, author, attachment."""

    name = "chat_messages"
    method = "get.chat_messages_report"
    time_field = "date_time"
    sort_field = "date_time"
    default_slice_days = 28
    #: 30 days are allowed.
    most_slice_days = 29

    def __init__(self, tap: t.Any) -> None:
        super().__init__(tap)
        self._only_by_chat = False

    def probe(self, context: Context | None) -> None:
        """Ask for one message of the last hour; where a server knows no dates, for one of a chat, if there is any."""
        try:
            super().probe(context)
        except RequestProblemError as problem:
            if not _speaks_of_dates(problem):
                raise
            now = self.comagic.calendar(self.zone_of(context)).watermark()
            params = {**self._chat_params(Slice(now, now), context), "limit": 1, "offset": 0}
            for chat in self.comagic.client.call(_CHATS_METHOD, params, doing="looking for a chat").rows:
                self._of_chat(chat["id"], 0, 1, context)

    def read_query(self, piece: Slice, context: Context | None, tally: Tally) -> t.Iterator[Keyed]:
        """The messages of a slice."""
        if not self._only_by_chat:
            try:
                yield from super().read_query(piece, context, tally)
            except RequestProblemError as problem:
                if not _speaks_of_dates(problem):
                    raise
                self._only_by_chat = True
                self.logger.warning(
                    "%s: %s. This server gives messages chat by chat only: one request a chat, chats that began up to "
                    "%d days before",
                    self.name,
                    problem,
                    _LONGEST_CHAT.days,
                )
            else:
                return
        for chat in self._chats(piece, context):
            yield from self._messages_of(chat, piece, context, tally)

    def _chats(self, piece: Slice, context: Context | None) -> list[t.Any]:
        """The ids of the chats that may have messages in the slice."""
        params = self._chat_params(piece, context)
        zone = self.zone_of(context)
        doing = f"looking for chats of {piece.text(zone)}"

        def fetch(offset: int) -> Page:
            paged = {**params, "limit": self.comagic.page_size, "offset": offset}
            return self.comagic.client.call(_CHATS_METHOD, paged, doing=doing)

        chats = Tally(("id",))
        for _ in read_pages(fetch, self.limits, chats):
            pass
        return sorted(chats.keys)

    def _chat_params(self, piece: Slice, context: Context | None) -> dict[str, t.Any]:
        """What to ask for the chats of a slice with."""
        zone = self.zone_of(context)
        return {
            **self.client_params(context),
            "fields": ["id", "date_time"],
            "sort": [{"field": "date_time", "order": "asc"}],
            "date_from": zone.local_text(piece.start - _LONGEST_CHAT),
            "date_till": zone.local_text(zone.ask_till(piece.end)),
        }

    def _messages_of(self, chat: t.Any, piece: Slice, context: Context | None, tally: Tally) -> t.Iterator[Keyed]:
        """The slice's messages of one chat."""
        alike: collections.Counter[bytes] = collections.Counter()
        zone = self.zone_of(context)
        first, last = zone.local_text(piece.start), zone.local_text(piece.end)

        def fetch(offset: int) -> Page:
            page = self._of_chat(chat, offset, None, context)
            for row in page.rows:
                _give_id(row, alike)
            return page

        limits: Limits = self.limits
        for page in read_pages(fetch, limits, Tally(self.key_fields)):
            kept = [row for row in page.rows if first <= str(row.get(self.time_field)).replace("T", " ")[:19] < last]
            yield tally.add(Page(kept, None))

    def _of_chat(self, chat: t.Any, offset: int, limit: int | None, context: Context | None) -> Page:
        """One page of a chat's messages."""
        params = {**self.list_params(offset, limit, context), "chat_id": chat}
        params["fields"] = [name for name in params["fields"] if name not in _NEWER_FIELDS]
        return self.call(params, f"reading {self.name} of chat {chat} from row {offset}")


def _speaks_of_dates(problem: RequestProblemError) -> bool:
    """Whether a server refused the dates, or fields that came with them."""
    named = {*str(problem.field or "").split("."), str(problem.value)}
    return problem.mnemonic in _NO_DATES and bool(
        problem.field is None or named & (_DATES | _NEWER_FIELDS | {"chat_id", "chat_ids"})
    )


def _give_id(row: Row, alike: collections.Counter[bytes]) -> None:
    """Give a message an id where the server knows none: made of its contents, and below zero, as no vendor's is.

    Args:
        row: a message, changed in place.
        alike: how many messages of the chat had the same contents so far; "ok" may be said twice in a second.
    """
    if row.get("id") is not None:
        return
    parts = [row.get(name) for name in ("chat_id", "date_time", "source", "employee_id", "visitor_id", "text")]
    contents = msgspec.json.encode(parts)
    alike[contents] += 1
    if (number := alike[contents]) > 1:
        contents += str(number).encode()
    digest = hashlib.sha256(contents).digest()
    row["id"] = -(int.from_bytes(digest[:8], "big") >> (64 - _KEY_BITS)) - 1
