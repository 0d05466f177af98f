"""One small declarative class per stream, by family."""

from __future__ import annotations

from singer_slices import name_of

from tap_comagic.streams.base import CLIENT, MAX_OFFSET, MAX_PAGE_SIZE, ComagicStream, reads_clients
from tap_comagic.streams.chat_messages import ChatMessages
from tap_comagic.streams.contacts import Contacts
from tap_comagic.streams.daily import DAILY
from tap_comagic.streams.lists import LISTS
from tap_comagic.streams.reports import REPORTS

STREAMS: tuple[type[ComagicStream], ...] = tuple(
    sorted((*REPORTS, ChatMessages, *DAILY, *LISTS, Contacts), key=name_of)
)

__all__ = ["CLIENT", "MAX_OFFSET", "MAX_PAGE_SIZE", "STREAMS", "ComagicStream", "reads_clients"]
