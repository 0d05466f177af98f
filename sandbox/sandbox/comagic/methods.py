"""The methods this sandbox serves: one entry each."""

from __future__ import annotations

import dataclasses
import typing as t

from sandbox.comagic import catalog, sources

LIST: t.Final = frozenset({"limit", "offset", "fields", "filter", "sort"})
DATES: t.Final = frozenset({"date_from", "date_till"})


@dataclasses.dataclass(frozen=True)
class Method:
    """A ``get.*`` method.

    Attributes:
        name: as in the request.
        source: where its rows come from.
        params: parameters it knows besides ``access_token`` and ``user_id``.
        dated: the dates are required.
        client_level: an agency reads it for one of its clients (``user_id``); others are for clients alone.
        odd_metadata: its documented sample spells the metadata block ``meta_data``.
    """

    name: str
    source: sources.Source
    params: frozenset[str] = LIST
    dated: bool = False
    client_level: bool = True
    odd_metadata: bool = False


def _listed(name: str, rows: t.Callable[[], list[dict[str, t.Any]]], *, odd_metadata: bool = False) -> Method:
    return Method(name, sources.listed(name, rows), odd_metadata=odd_metadata)


METHODS: t.Final = {
    method.name: method
    for method in (
        Method("get.account", sources.account, frozenset(), client_level=False, odd_metadata=True),
        Method("get.calls_report", sources.CallRows, LIST | DATES | {"include_ongoing_calls"}, dated=True),
        _listed("get.sites", catalog.sites, odd_metadata=True),
        _listed("get.campaigns", catalog.campaigns),
        _listed("get.employees", catalog.employees),
        _listed("get.tags", catalog.tags),
    )
}

# methods that do not return a list, with the parameters they know besides `access_token`
ACTIONS: t.Final = {
    "login.user": frozenset({"login", "password"}),
    "logout.user": frozenset[str](),
    "getobj.account": frozenset({"user_id"}),
}
