"""What the vendor would show now, all of it: the yardstick for tests."""

from __future__ import annotations

import typing as t

import msgspec

from sandbox.comagic.dates import read_moment
from sandbox.comagic.errors import ApiError
from sandbox.comagic.fields import fields_of
from sandbox.comagic.listing import cutter
from sandbox.comagic.methods import METHODS
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
            ``include_ongoing_calls=true``; ``fields=id,start_time`` for some fields only; ``extras=true`` for the
            undocumented fields that live rows may carry.

    Raises:
        NotAMethodError: no such method.
        ValueError: dates that cannot be read.
    """
    method = METHODS.get(name)
    if method is None:
        raise NotAMethodError(f"{name} is not served here; there are {', '.join(METHODS)}")
    present = Present(sandbox.world, sandbox.settings, sandbox.clock.now_ms())
    wanted = given.get("fields", ",".join(fields_of(name))).split(",")
    fields = tuple(field for field in wanted if field not in sandbox.settings.unknown_fields)
    window = _window(given) if method.dated else None
    query = Query(fields, window=window, ongoing=given.get("include_ongoing_calls") == "true")
    rows = method.source(present, query)
    extras = rows.extras if given.get("extras") == "true" else ()
    cut = cutter(fields, extras)
    return msgspec.json.Encoder().encode_lines([cut(rows.row(reference)) for reference in rows.references])


def _window(given: t.Mapping[str, str]) -> tuple[int, int]:
    try:
        return read_moment("date_from", given.get("date_from")), read_moment("date_till", given.get("date_till"))
    except ApiError as error:
        raise ValueError(f"{error.field}: give a local YYYY-MM-DD or YYYY-MM-DD hh:mm:ss") from error
