"""Whether a conversation passes a query's filters."""

from __future__ import annotations

import typing as t

from sandbox.genesys.examples import Row
from sandbox.genesys.filters import Test
from sandbox.genesys.names import read_iso

KINDS: t.Final = {
    "conversationFilters": "conversation",
    "segmentFilters": "segment",
    "evaluationFilters": "evaluation",
    "surveyFilters": "survey",
    "resolutionFilters": "resolution",
}


def passes(row: Row, tests: t.Mapping[str, t.Sequence[Test]]) -> bool:
    """Whether some part of the conversation passes all filters of each kind."""
    return all(
        any(all(test(part) for test in wanted) for part in parts_of(row, kind)) for kind, wanted in tests.items()
    )


def parts_of(row: Row, kind: str) -> t.Iterable[Row]:
    """The parts of a conversation that the predicates of some kind look at."""
    match kind:
        case "conversation":
            sessions = (session for person in row["participants"] for session in person.get("sessions", ()))
            return [row | {"metrics": [metric for session in sessions for metric in session.get("metrics", ())]}]
        case "segment":
            return _segments(row)
        case _:
            return t.cast("list[Row]", row.get(f"{kind}s", []))


def _segments(row: Row) -> t.Iterator[Row]:
    for person in row["participants"]:
        for session in person.get("sessions", ()):
            for segment in session.get("segments", ()):
                flat = {**person, **session, **session.get("flow", {}), **segment}
                yield flat | {"metrics": _duration(segment)}


def _duration(segment: Row) -> list[Row]:
    if "segmentEnd" not in segment:
        return []
    value = read_iso(segment["segmentEnd"]) - read_iso(segment["segmentStart"])
    return [{"name": "tSegmentDuration", "value": value}]
