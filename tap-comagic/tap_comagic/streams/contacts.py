"""Address-book contacts: a list that may be longer than paging reaches.

https://comagic.github.io/data_api/contact/get_contacts/: `id` is filterable, so the list is read in ranges of ids then.
"""

from __future__ import annotations

import typing as t

from singer_sdk.helpers.types import Context
from singer_slices import Page, StreamFailedError, Tally, read_pages

from tap_comagic.streams.base import ComagicList

_FIRST_GUESS = 1 << 20
_MOST = 1 << 62


class Contacts(ComagicList):
    """Contacts in the address book: names, numbers, addresses, groups, personal manager."""

    name = "contacts"
    method = "get.contacts"
    sort_field = "full_name"

    def pages(self, context: Context | None) -> t.Iterator[Page] | None:
        """None while paging reaches the end of the list; else ranges of ids."""
        total = self.fetch(0, 1, context).total or 0
        if total + self.limits.shortfall <= self.limits.reach:
            return None
        self.logger.info("%s: %d rows are more than paging reaches; reading ranges of ids", self.name, total)
        return self._all_ranges(context, total)

    def _all_ranges(self, context: Context | None, total: int) -> t.Iterator[Page]:
        """Ranges that double until nothing lies behind them."""
        low, high = 0, _FIRST_GUESS
        while self._count(context, low - 1, None):
            if high > _MOST:
                raise StreamFailedError(f"{self.name}: ids have no end")
            yield from self._range(context, low - 1, high, total)
            low, high = high + 1, high * 2

    def _range(self, context: Context | None, above: int, up_to: int, total: int) -> t.Iterator[Page]:
        """Contacts with `above` < id ≤ `up_to`, halved until paging reaches their end."""
        count = self._count(context, above, up_to)
        if count + self.limits.shortfall > self.limits.reach:
            middle = (above + up_to) // 2
            yield from self._range(context, above, middle, total)
            yield from self._range(context, middle, up_to, total)
            return
        one_range = Tally(self.key_fields)
        for page in read_pages(lambda offset: self._ask(context, above, up_to, offset, None), self.limits, one_range):
            yield Page(page.rows, total)

    def _count(self, context: Context | None, above: int, up_to: int | None) -> int:
        page = self._ask(context, above, up_to, 0, 1)
        return page.total if page.total is not None else len(page.rows)

    def _ask(self, context: Context | None, above: int, up_to: int | None, offset: int, limit: int | None) -> Page:
        lower = {"field": "id", "operator": ">", "value": above}
        upper = {"field": "id", "operator": "<=", "value": up_to}
        both = {"filters": [lower, upper], "condition": "and"}
        params = {**self.list_params(offset, limit, context), "filter": lower if up_to is None else both}
        bounds = f"{above} < id" + ("" if up_to is None else f" ≤ {up_to}")
        return self.call(params, f"reading {self.name} with {bounds} from row {offset}")
