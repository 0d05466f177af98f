"""Bodies in time: one tree holds everything that will ever be known of a conversation, and any instant sees part of it.

A tree is what the platform answers, with instants as numbers and, at any object, three private members: ``_at`` and
``_until`` bound the time in which the object is there, ``_late`` maps members to the instant from which they are known
and their value.
"""

from __future__ import annotations

import typing as t

from sandbox.genesys.examples import Row
from sandbox.genesys.names import iso, read_iso

# known once they have come
TIMES: t.Final = frozenset(
    {
        "conversationStart",
        "conversationEnd",
        "conferenceStart",
        "segmentStart",
        "segmentEnd",
        "emitDate",
        "eventTime",
        "surveyCompletedDate",
        "deliveryStatusChangeDate",
        "flowOutcomeStartTimestamp",
        "flowOutcomeEndTimestamp",
    }
)
CHANGING: t.Final = TIMES | {"_at", "_until"}
# instants that may lie ahead
PLANNED: t.Final = frozenset({"callbackScheduledTime", "inactivityTimeout"})


def visible(node: Row, now: int) -> bool:
    """Whether an object is there at an instant."""
    return bool(node.get("_at", now) <= now < node.get("_until", now + 1))


def as_of(node: Row, now: int, *, attributes: bool = True) -> Row:
    """What is known of an object at an instant; an object or list without content is left out."""
    row: Row = {}
    for key, value in node.items():
        if key[0] == "_" or (key == "attributes" and not attributes):
            continue
        if key in TIMES:
            if value <= now:
                row[key] = iso(value)
        elif key in PLANNED:
            row[key] = iso(value)
        elif isinstance(value, dict) and key != "attributes":
            row[key] = as_of(value, now)
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            kept = [as_of(item, now, attributes=attributes) for item in value if visible(item, now)]
            if kept:
                row[key] = kept
        else:
            row[key] = value
    row.update((key, value) for key, (at, value) in node.get("_late", {}).items() if at <= now)
    return row


def last_change(node: Row) -> int:
    """The last instant at which something about a tree changes."""
    last = max((at for at, _ in node.get("_late", {}).values()), default=0)
    for key, value in node.items():
        if key in CHANGING:
            last = max(last, value)
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            last = max(last, *map(last_change, value))
        elif isinstance(value, dict) and key not in {"_late", "attributes"}:
            last = max(last, last_change(value))
    return last


def tree_of(row: t.Any, shift: int = 0) -> t.Any:
    """A tree from a documented body, moved by some milliseconds."""
    if isinstance(row, list):
        return [tree_of(item, shift) for item in row]
    if not isinstance(row, dict):
        return row
    tree = {key: tree_of(value, shift) for key, value in row.items()}
    for key in (TIMES | PLANNED) & row.keys():
        tree[key] = read_iso(row[key]) + shift
    starts = [tree[key] for key in ("segmentStart", "emitDate", "eventTime") if key in tree]
    if starts:
        tree["_at"] = starts[0]
    return tree
