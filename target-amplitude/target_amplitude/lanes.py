"""Which updates must keep their order, and how to spread the rest over parallel requests."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from target_amplitude.updates import Update


def assign_lanes(updates: Iterable[Update]) -> None:
    """Number the lanes: updates that share a user or a device, directly or through others, share a lane.

    An update with both ids binds the device to the user, so what comes for either of them must stay behind it.
    """
    known: dict[tuple[str, str], int] = {}
    parents: list[int] = []

    def root(lane: int) -> int:
        while parents[lane] != lane:
            parents[lane] = parents[parents[lane]]
            lane = parents[lane]
        return lane

    numbered = list(updates)
    for update in numbered:
        named = [("user", update.user_id), ("device", update.device_id)]
        names = [(kind, value) for kind, value in named if value is not None]
        found = sorted({root(known[name]) for name in names if name in known})
        if not found:
            found = [len(parents)]
            parents.append(found[0])
        for other in found[1:]:
            parents[other] = found[0]
        known |= dict.fromkeys(names, found[0])
        update.lane = found[0]
    for update in numbered:
        update.lane = root(update.lane)
        for part in update.parts:
            part.lane = update.lane


def spread(updates: Sequence[Update], shares: int) -> list[list[Update]]:
    """Deal the updates out to so many senders, a lane to one of them, each share in order and of like size."""
    lists: list[list[Update]] = [[] for _ in range(shares)]
    loads = [0] * shares
    homes: dict[int, int] = {}
    for update in updates:
        home = homes.setdefault(update.lane, loads.index(min(loads)))
        lists[home].append(update)
        loads[home] += len(update.encoded)
    return [share for share in lists if share]


def halve(updates: Sequence[Update]) -> tuple[list[Update], list[Update]]:
    """Two parts of like size in bytes, no lane in both, unless there is only one: then it is cut in the middle.

    Args:
        updates: At least two.
    """
    halves = spread(updates, 2)
    if len(halves) == 2:  # noqa: PLR2004 - two halves
        return halves[0], halves[1]
    middle = len(updates) // 2
    return list(updates[:middle]), list(updates[middle:])
