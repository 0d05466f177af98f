"""What the vendor would show now, all of it: the yardstick for tests."""

from __future__ import annotations

import typing as t

import msgspec

from sandbox.comagic.dates import read_moment
from sandbox.comagic.errors import ApiError
from sandbox.comagic.fields import fields_of
from sandbox.comagic.listing import cutter
from sandbox.comagic.methods import METHODS, Method
from sandbox.comagic.oddities import printed_names
from sandbox.comagic.owners import OWN, OWNERS
from sandbox.comagic.query import Query
from sandbox.comagic.sources import Present

if t.TYPE_CHECKING:
    from sandbox.state import Sandbox


class NotAMethodError(Exception):
    """No list method of that name is served here."""


def truth_lines(sandbox: Sandbox, name: str, given: t.Mapping[str, str]) -> bytes:
    """All rows of a method as JSON lines.

    Args:
        sandbox: whose data.
        name: a ``get.*`` method.
        given: ``date_from`` and ``date_till`` (local, half-open, compared with the unrounded start) for dated methods;
            the method's own parameters, such as ``include_ongoing_calls=true`` or ``site_id=25001``;
            ``account=4001`` for an agency's client, ``account=uis`` for the other brand's account;
            ``fields=id,start_time`` for some fields only; ``extras=true`` for the undocumented fields that live rows
            may carry; ``plain=true`` for names and types of the tables of fields instead of what is sent.

    Raises:
        NotAMethodError: no such method.
        ValueError: parameters that cannot be read.
    """
    method = METHODS.get(name)
    if method is None:
        raise NotAMethodError(f"{name} is not served here; there are {', '.join(METHODS)}")
    present = _present(sandbox, given.get("account", OWN.name))
    wanted = given.get("fields", ",".join(fields_of(name))).split(",")
    fields = tuple(field for field in wanted if field not in sandbox.settings.unknown_fields)
    options = {option: msgspec.json.decode(given[option]) for option in method.options if option in given}
    query = Query(fields, window=_window(given) if _is_dated(method, options) else None, options=options)
    return msgspec.json.Encoder().encode_lines(_rows(method, present, query, given))


def _present(sandbox: Sandbox, account: str) -> Present:
    if account not in OWNERS:
        raise ValueError(f"account must be one of {', '.join(OWNERS)}")
    owner = OWNERS[account]
    return Present(sandbox.world_of(owner), sandbox.settings, sandbox.clock.now_ms(), owner)


def _is_dated(method: Method, options: t.Mapping[str, t.Any]) -> bool:
    return method.dates is not None and not method.dates.instead & options.keys()


def _rows(method: Method, present: Present, query: Query, given: t.Mapping[str, str]) -> list[dict[str, t.Any]]:
    try:
        rows = method.source(present, query)
    except (KeyError, ApiError) as error:
        raise ValueError(f"{method.name}: {error} is missing or unknown") from error
    if given.get("plain") == "true":
        cut = cutter(query.fields)
        return [cut(rows.row(reference)) for reference in rows.references]
    extras = rows.extras if given.get("extras") == "true" else ()
    cut = cutter(query.fields, extras, printed_names(method.name, present.settings))
    return [cut(rows.shown(reference)) for reference in rows.references]


def _window(given: t.Mapping[str, str]) -> tuple[int, int]:
    try:
        return read_moment("date_from", given.get("date_from")), read_moment("date_till", given.get("date_till"))
    except ApiError as error:
        raise ValueError(f"{error.field}: give a local YYYY-MM-DD or YYYY-MM-DD hh:mm:ss") from error
