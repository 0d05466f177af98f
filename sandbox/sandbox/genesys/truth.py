"""What exists now, all of it, past every limit: the yardstick for tests."""

from __future__ import annotations

import typing as t

import msgspec

from sandbox.genesys.conversation import overlaps
from sandbox.genesys.examples import Row
from sandbox.genesys.names import NEVER, read_iso

if t.TYPE_CHECKING:
    from sandbox.genesys.organisation import Organisation
    from sandbox.state import Sandbox

Window = tuple[int, int]
Options = t.Mapping[str, str]


class NotADatasetError(Exception):
    """There is no truth of that name."""


def truth_lines(sandbox: Sandbox, name: str, given: Options) -> bytes:
    """All rows of a dataset as JSON lines.

    Args:
        sandbox: whose data.
        name: ``conversations``.
        given: ``start`` and ``end`` (ISO 8601, the end exclusive; open without). Conversations: those that began in
            the window, or whose lifetime touches it with ``match=lifetime``; as known at the instant ``at``, or now.

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


def _conversations(org: Organisation, window: Window, now: int, given: Options) -> list[Row]:
    at = read_iso(given["at"]) if "at" in given else now
    if given.get("match") == "lifetime":
        found = [each for each in org.world.alive_in(*window, at) if overlaps(each, *window, at)]
    else:
        found = org.world.began_in(*window, at)
    return [each.row(at) for each in found]


Dataset = t.Callable[["Organisation", Window, int, Options], t.Iterable[Row]]
DATASETS: t.Final[dict[str, Dataset]] = {"conversations": _conversations}
