"""What landed in the warehouse beside what the sandbox holds: keys and values of every stream of tap-comagic."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import decimal
import json
import typing as t
import zoneinfo

import duckdb

if t.TYPE_CHECKING:
    from pathlib import Path

    from sandbox.testing import SandboxProcess

Row = dict[str, t.Any]
Key = tuple[str, ...]

ZONE = zoneinfo.ZoneInfo("Europe/Moscow")
#: What the tap adds to the vendor's rows.
DERIVED = {"partition_date", "tag_names", "row_key", "user_id"}
SITES = (25001, 25002, 25003)


@dataclasses.dataclass(frozen=True)
class Source:
    """Where a stream comes from.

    Attributes:
        method: the vendor's method.
        key: the fields that tell its rows apart.
        time: the field by which a report is read; None for a list.
        passes: the parameters of each pass, where the vendor wants one a site or one a state; rows get them too.
        by_day: whether the vendor counts a range, of which the tap makes local days.
    """

    method: str
    key: tuple[str, ...] = ("id",)
    time: str | None = None
    passes: tuple[Row, ...] = ({},)
    by_day: bool = False

    def rows(self, sandbox: SandboxProcess, first: str, end: str, **more: str) -> t.Iterator[Row]:
        """Its rows as the sandbox holds them now; of a report those shown between two local times, half-open."""
        for one in self.passes:
            options = {option: json.dumps(value) for option, value in one.items()}
            for bounds, day in self._ranges(first, end):
                for row in sandbox.truth(self.method, *bounds, plain="true", **(options | more)):
                    if self._within(row, first, end):
                        yield {**one, **day, **row}

    def _within(self, row: Row, first: str, end: str) -> bool:
        if self.time is None or self.by_day:
            return True
        shown = str(row[self.time]).replace("T", " ")
        return first[: len(shown)] <= shown < end

    def _ranges(self, first: str, end: str) -> list[tuple[tuple[str, str] | tuple[()], Row]]:
        if self.time is None:
            return [((), {})]
        if not self.by_day:
            # the vendor picks by the moment, and shows it rounded to the second: maybe to one outside
            before, after = (
                str(dt.datetime.fromisoformat(each) + dt.timedelta(seconds=s)) for each, s in ((first, -1), (end, 1))
            )
            return [((before, after), {})]
        start, till = dt.date.fromisoformat(first[:10]), dt.date.fromisoformat(end[:10])
        days = [(start + dt.timedelta(n)).isoformat() for n in range((till - start).days + 1)]
        return [((f"{day} 00:00:00", f"{day} 23:59:59"), {"date": day}) for day in days]


def _report(name: str, time: str, *key: str) -> Source:
    return Source(f"get.{name}_report", key or ("id",), time)


OF_EACH_SITE = tuple({"site_id": site} for site in SITES)
REPORTS = {
    "calls": _report("calls", "start_time"),
    "call_legs": _report("call_legs", "start_time"),
    "financial_call_legs": _report("financial_call_legs", "start_time", "call_session_id", "leg_id"),
    "communications": _report("communications", "date_time", "communication_type", "id"),
    "chats": _report("chats", "date_time"),
    "chat_messages": _report("chat_messages", "date_time"),
    "offline_messages": _report("offline_messages", "date_time"),
    "goals": _report("goals", "date_time", "communication_id"),
    "visitor_sessions": _report("visitor_sessions", "date_time"),
}
PLAIN_LISTS = (
    "blacklist_phone_numbers",
    "campaigns",
    "chat_channels",
    "contact_organizations",
    "contacts",
    "employee_positions",
    "employees",
    "events",
    "group_contacts",
    "group_employees",
    "media_files",
    "scenarios",
    "schedules",
    "segments",
    "sip_lines",
    "site_blocks",
    "sites",
    "tags",
    "virtual_numbers",
)
LISTS = {name: Source(f"get.{name}") for name in PLAIN_LISTS} | {
    "account": Source("get.account", ("app_id",)),
    "available_virtual_numbers": Source("get.available_virtual_numbers", ("phone_number",)),
    "campaign_parameter_weights": Source("get.campaign_parameter_weights", ("site_id",)),
    "statuses": Source("get.statuses", passes=({"is_deleted": False}, {"is_deleted": True})),
}
AD = ("date", "site_id", "campaign_id", "campaign_ext_id", "banner_group_id", "keyword_id", "current_banner_id")
DAILY = {
    "campaign_daily_stat": Source("get.campaign_daily_stat", AD, "date", OF_EACH_SITE),
    "employee_stat": Source("get.employee_stat", ("date", "id"), "date", by_day=True),
    "ct_summary": Source("get.ct_summary_report", ("date", "site_id"), "date", by_day=True),
    "ct_ac_summary": Source(
        "get.ct_ac_summary_report", ("date", "site_id", "ac_id"), "date", OF_EACH_SITE, by_day=True
    ),
}
OF_AGENCY = {"customers": Source("get.customers"), "customer_users": Source("get.customer_users")}
STREAMS = REPORTS | DAILY | LISTS


def held(sandbox: SandboxProcess, name: str, first: str, end: str) -> dict[Key, Row]:
    """A stream's rows as the sandbox holds them now, by key; reports between two local times, half-open."""
    source = (STREAMS | OF_AGENCY)[name]
    rows = list(source.rows(sandbox, first, end))
    found = {key_of(row, source.key): row for row in rows}
    assert len(found) == len(rows) > 0, f"the sandbox's own {name} are not told apart by {source.key}"
    return found


def key_of(row: Row, fields: t.Iterable[str]) -> Key:
    """A row's key as texts, since the vendor sends some numbers as text."""
    return tuple(str(row[field]) for field in fields)


def landed(warehouse: Path, name: str) -> dict[Key, Row]:
    """A stream's rows in the warehouse, by key: nested values read, columns of the loader left out."""
    with contextlib.closing(duckdb.connect(str(warehouse), read_only=True)) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        result = connection.execute(f"SELECT * FROM raw_comagic.{name} WHERE _sdc_deleted_at IS NULL")  # noqa: S608 - ours
        columns = [(column[0], str(column[1])) for column in result.description]
        rows = [
            {column: _read(value, kind) for (column, kind), value in zip(columns, values, strict=True)}
            for values in result.fetchall()
        ]
    found = {key_of(row, (STREAMS | OF_AGENCY)[name].key): row for row in rows}
    assert len(found) == len(rows), f"{name}: {len(rows) - len(found)} rows are there twice"
    return {key: {n: v for n, v in row.items() if not n.startswith("_sdc_")} for key, row in found.items()}


def _read(value: t.Any, kind: str) -> t.Any:
    if value is not None and "JSON" in kind:
        return json.loads(value)
    if isinstance(value, decimal.Decimal):
        return float(value)
    return value


def difference(mine: t.Any, theirs: t.Any, path: str) -> list[str]:
    """Where a landed value is not the vendor's: times are compared as moments, null stands for an empty list."""
    if isinstance(theirs, dict) and isinstance(mine, dict):
        more = sorted(name for name in set(mine) - set(theirs) - DERIVED if mine[name] is not None)
        extra = [f"{path}.{name}: not the vendor's" for name in more]
        return extra + [
            each for name, value in theirs.items() for each in difference(mine.get(name), value, f"{path}.{name}")
        ]
    if isinstance(theirs, list):
        mine = mine or []
        if len(mine) != len(theirs):
            return [f"{path}: {len(mine)} parts instead of {len(theirs)}"]
        return [each for left, right in zip(mine, theirs, strict=True) for each in difference(left, right, path)]
    return [] if _same(mine, theirs) else [f"{path}: {mine!r} instead of {theirs!r}"]


def _same(mine: t.Any, theirs: t.Any) -> bool:
    if mine == theirs or (mine is not None and str(mine) == str(theirs)):
        return True
    if not isinstance(theirs, str) or mine is None:
        return False
    if isinstance(mine, dt.datetime) or (isinstance(mine, str) and len(theirs) >= len("2026-01-01T00:00:00")):
        try:
            return _moment(mine) == _moment(theirs)
        except ValueError:
            return False
    return isinstance(mine, (int, float)) and not isinstance(mine, bool) and float(theirs) == mine


def _moment(value: dt.datetime | str) -> dt.datetime:
    moment = value if isinstance(value, dt.datetime) else dt.datetime.fromisoformat(value)
    return moment if moment.tzinfo else moment.replace(tzinfo=ZONE)
