"""What exists now, all of it, past every limit: the yardstick for tests."""

from __future__ import annotations

import typing as t

import msgspec

from sandbox.genesys import catalog
from sandbox.genesys.catalog import QUEUES
from sandbox.genesys.conversation import overlaps
from sandbox.genesys.evaluation_rows import row_of
from sandbox.genesys.examples import Row
from sandbox.genesys.intervals import Interval
from sandbox.genesys.lookups import code_rows, member_rows, queue_rows, role_rows
from sandbox.genesys.names import DAY_MS, NEVER, day_start, read_iso
from sandbox.genesys.people import user_row
from sandbox.genesys.statuses import Entry, stored_days
from sandbox.genesys.user_details import presence_row, routing_row

if t.TYPE_CHECKING:
    from sandbox.genesys.organisation import Organisation
    from sandbox.state import Sandbox

Window = tuple[int, int]
Options = t.Mapping[str, str]
Dataset = t.Callable[["Organisation", Window, int, Options], t.Iterable[t.Any]]


class NotADatasetError(Exception):
    """There is no truth of that name."""


def truth_lines(sandbox: Sandbox, name: str, given: Options) -> bytes:
    """All rows of a dataset as JSON lines.

    Args:
        sandbox: whose data.
        name: a key of ``DATASETS``.
        given: ``start`` and ``end`` (ISO 8601, the end exclusive; open without). Conversations: those that began in
            the window, or whose lifetime touches it with ``match=lifetime``; as known at the instant ``at``, or now.
            ``user_presence``, ``user_routing_status``: one row for each entry that a query in the window
            can bring. ``evaluations``: by assignment, with scores. ``evaluation_forms``: published
            versions. Lookups: all rows, children with ``queueId``.

    Raises:
        NotADatasetError: no such dataset.
        ValueError: bounds that cannot be read.
    """
    if name not in DATASETS:
        raise NotADatasetError(f"{name} is not served here; there are {', '.join(DATASETS)}")
    low = read_iso(given["start"]) if "start" in given else 0
    high = read_iso(given["end"]) if "end" in given else NEVER
    rows = DATASETS[name](sandbox.genesys, (low, high), sandbox.clock.now_ms(), given)
    return msgspec.json.Encoder().encode_lines(rows)


def _conversations(org: Organisation, window: Window, now: int, given: Options) -> list[msgspec.Raw]:
    at = read_iso(given["at"]) if "at" in given else now
    if given.get("match") == "lifetime":
        found = [each for each in org.world.alive_in(*window, at) if overlaps(each, *window, at)]
    else:
        found = org.world.began_in(*window, at)
    return [msgspec.Raw(each.encoded(at, attributes=True)) for each in found]


def _presence(org: Organisation, window: Window, now: int, given: Options) -> t.Iterator[Row]:
    at = read_iso(given["at"]) if "at" in given else now
    for person in org.people.everybody:
        for entry in org.statuses.presence(person, *window, at):
            if _is_stored(entry, window, at):
                yield {"userId": person.id, **presence_row(entry, at)}


def _routing(org: Organisation, window: Window, now: int, given: Options) -> t.Iterator[Row]:
    at = read_iso(given["at"]) if "at" in given else now
    low = max(window[0], day_start(org.world.first_day))
    for person in org.people.everybody:
        for entry in org.statuses.routing(person, low, min(window[1], at + 1), at):
            if _is_stored(entry, window, at):
                yield {"userId": person.id, **routing_row(entry, at)}


def _is_stored(entry: Entry, window: Window, now: int) -> bool:
    """Whether any query within the window can bring an entry: its first or last day lies in it."""
    low, high = Interval(*window).whole_days()
    return any(low <= day * DAY_MS < high for day in stored_days(entry, now))


def _evaluations(org: Organisation, window: Window, now: int, given: Options) -> list[Row]:
    del given
    return [row_of(each, now, scored=True) for each in org.evaluations.assigned_in(*window, now)]


def _forms(org: Organisation, window: Window, now: int, given: Options) -> list[Row]:
    del window, given
    return [each.full(org.forms.newest_name(each, now)) for each in org.forms.published(now)]


def _fixed(rows: t.Sequence[Row]) -> Dataset:
    return lambda *_: rows


def _queues(org: Organisation, window: Window, now: int, given: Options) -> list[Row]:
    del window, given
    return queue_rows(org, now)


def _queue_members(org: Organisation, window: Window, now: int, given: Options) -> list[Row]:
    del window, given
    rows = ((queue, member_rows(org, now, number)) for number, queue in enumerate(QUEUES))
    return [{"queueId": queue.id, **row} for queue, members in rows for row in members]


def _queue_codes(org: Organisation, window: Window, now: int, given: Options) -> list[Row]:
    del org, window, now, given
    return [{"queueId": queue.id, **row} for number, queue in enumerate(QUEUES) for row in code_rows(number)]


def _roles(org: Organisation, window: Window, now: int, given: Options) -> list[Row]:
    del window, given
    return role_rows(org, now)


def _users(org: Organisation, window: Window, now: int, given: Options) -> list[Row]:
    del window, given
    return [user_row(person, now) for person in org.people.everybody]


DATASETS: t.Final[dict[str, Dataset]] = {
    "conversations": _conversations,
    "user_presence": _presence,
    "user_routing_status": _routing,
    "evaluations": _evaluations,
    "evaluation_forms": _forms,
    "users": _users,
    "queues": _queues,
    "queue_members": _queue_members,
    "queue_wrapup_codes": _queue_codes,
    "roles": _roles,
    "wrapup_codes": _fixed(catalog.WRAPUP_CODES),
    "presence_definitions": _fixed(catalog.PRESENCES),
    "skills": _fixed(catalog.SKILLS),
    "languages": _fixed(catalog.LANGUAGES),
    "divisions": _fixed(catalog.DIVISIONS),
    "groups": _fixed(catalog.GROUPS),
    "locations": _fixed(catalog.LOCATIONS),
    "teams": _fixed(catalog.TEAMS),
}
