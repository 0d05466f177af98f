"""Reports that sum up a window: employees' statuses, and the numbers of call tracking."""

from __future__ import annotations

import collections
import typing as t

from sandbox.comagic import catalog
from sandbox.comagic.life.call import Call
from sandbox.comagic.life.zone import DAY_MS, HOUR_MS
from sandbox.comagic.reports.calls import source
from sandbox.dice import between, throw

Row = dict[str, t.Any]

# mnemonic, id, first and last hour of the day, seconds of an hour at least and at most
WORKDAY: t.Final = (
    ("available", 1, 9, 18, 2400, 3000),
    ("break", 2, 9, 18, 200, 600),
    ("not_at_workplace", 4, 18, 20, 100, 3600),
    ("coffee", 8, 11, 16, 30, 240),
)
# statuses of the account's own making are told by id alone
OWN_STATUSES: t.Final = frozenset({"coffee"})
WORKDAYS: t.Final = 5
NUMBERS_A_SITE: t.Final = 20
RESERVE: t.Final = 5


def employee_stats(seed: int, low: int, high: int, *, defaults_only: bool) -> list[Row]:
    """Seconds that each employee spent in each status between two wall times.

    Args:
        seed: the account's.
        low: wall time in milliseconds.
        high: wall time in milliseconds, not beyond the present.
        defaults_only: statuses by mnemonic without those of the account's own making; else all of them by id.
    """
    return [_employee(row, seed, low, high, defaults_only=defaults_only) for row in catalog.employees()]


def _employee(row: Row, seed: int, low: int, high: int, *, defaults_only: bool) -> Row:
    names = ("id", "first_name", "last_name", "patronymic", "full_name", "groups")
    seconds: collections.Counter[str] = collections.Counter()
    for hour in range(low // HOUR_MS, -(-high // HOUR_MS)):
        share = (min(high, (hour + 1) * HOUR_MS) - max(low, hour * HOUR_MS)) / HOUR_MS
        for name, spent in _hour(seed, row["id"], hour, defaults_only=defaults_only):
            seconds[name] += int(spent * share)
    return {**{name: row[name] for name in names}, "status_stats": dict(seconds)}


def _hour(seed: int, employee: int, hour: int, *, defaults_only: bool) -> t.Iterator[tuple[str, int]]:
    day, of_day = divmod(hour, DAY_MS // HOUR_MS)
    if (day + 3) % 7 >= WORKDAYS:  # 1970-01-01 was a Thursday
        return
    dice = throw(seed, "status", employee, hour)
    for face, (mnemonic, number, first, last, least, most) in zip(dice, WORKDAY, strict=False):
        if first <= of_day < last and not (defaults_only and mnemonic in OWN_STATUSES):
            yield mnemonic if defaults_only else str(number), between(face, least, most)


def site_summaries(calls: t.Iterable[Call]) -> list[Row]:
    """How the numbers of each site were used, from the calls of a window."""
    tracked = _by(calls, catalog.campaign_site_index)
    return [
        {
            "site_id": number,
            "site_domain": domain,
            "reserve_numbers_count": RESERVE,
            "active_numbers_count": NUMBERS_A_SITE,
            **_usage(tracked[index]),
        }
        for index, (number, domain, _) in enumerate(catalog.SITES)
    ]


def campaign_summaries(calls: t.Iterable[Call], site: int) -> list[Row]:
    """How the numbers of each campaign of a site were used, and those of its reserve, from the calls of a window."""
    tracked = _by(calls, lambda campaign: campaign)
    rows = [
        {
            "ac_id": catalog.campaign_id(index),
            "ac_name": catalog.CAMPAIGNS[index][0],
            "is_reserve_pool": False,
            "is_dynamic": catalog.CAMPAIGNS[index][1] != "system",
            "is_static": catalog.CAMPAIGNS[index][1] == "system",
            "active_numbers_count": NUMBERS_A_SITE if index == 0 else 2,
            **_usage(tracked[index]),
        }
        for index in range(len(catalog.CAMPAIGNS))
        if catalog.campaign_site_index(index) == site
    ]
    reserve = {"ac_id": 39_001 + site, "ac_name": "Резерв", "is_reserve_pool": True}
    kind = {"is_dynamic": True, "is_static": False, "active_numbers_count": RESERVE}
    return [*rows, {**reserve, **kind, **_usage([])}]


def _by(calls: t.Iterable[Call], place: t.Callable[[int], int]) -> dict[int, list[Call]]:
    found: dict[int, list[Call]] = collections.defaultdict(list)
    for call in calls:
        if call.campaign is not None and call.inbound:
            found[place(call.campaign)].append(call)
    return found


def _usage(calls: list[Call]) -> Row:
    dynamic = sum(source(call) == "dynamic_call_tracking" for call in calls)
    return {
        "dt_ratio": round(100 * dynamic / len(calls), 1) if calls else None,
        "non_session_calls_count": len(calls) - dynamic,
        "calls_count": len(calls),
    }
