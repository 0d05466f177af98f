"""What the runs of the demonstration did and whether everything arrived: from files, the warehouse, the sandbox."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import typing as t
from pathlib import Path

import duckdb

if t.TYPE_CHECKING:
    from orchestrate.sandbox_server import Sandbox

Json = dict[str, t.Any]

CALLS = "raw_comagic.calls"
CALL_MART = "marts.prd_comagic_calls_v1"
PROFILE_MART = "marts.prd_contacts_profiles_v1"
MARTS = (
    CALL_MART,
    "marts.prd_comagic_missed_calls_v1",
    "marts.prd_comagic_campaign_days_v1",
    "marts.prd_comagic_person_sources_v1",
    PROFILE_MART,
)
CHART_DAYS = 14


@dataclasses.dataclass(frozen=True)
class Run:
    """One run of both jobs.

    Attributes:
        seconds: How long it took.
        read: Records that the tap sent, by stream.
        loaded: Records that the loader received, by stream.
        profiles: Profiles that went to Amplitude.
        calls: Rows in the raw table of calls afterwards.
        changed_calls: Rows that were there before and look different now.
        complete_until: The bookmark of calls, local time as the vendor writes it.
        marts: Rows in the marts afterwards.
        tests: dbt tests by outcome, as `{"pass": 40}`.
    """

    seconds: float
    read: dict[str, int]
    loaded: dict[str, int]
    profiles: int
    calls: int
    changed_calls: int
    complete_until: str
    marts: dict[str, int]
    tests: dict[str, int]


@dataclasses.dataclass(frozen=True)
class Arrival:
    """What is at both ends after the last run.

    Attributes:
        vendor_calls: Call ids that CoMagic would show now, since the first day that was to be loaded.
        finished_calls: Those that had ended before the bookmark: these at least must be in the warehouse.
        stored_calls: Call ids in the raw table, one a row.
        profiles: Users that Amplitude knows, with their properties.
        mart_profiles: User ids in the profile mart.
        refused: Profiles that Amplitude refused.
        days: Local day, calls, lost calls; newest last.
    """

    vendor_calls: set[int]
    finished_calls: set[int]
    stored_calls: list[int]
    profiles: dict[str, Json]
    mart_profiles: set[str]
    refused: int
    days: list[tuple[str, int, int]]


def take_down(output: Path, dbt_target: Path, number: int, seconds: float) -> Run:
    """Read what a run left behind, and keep a copy of the calls for comparison with the next.

    Args:
        output: The demonstration's folder.
        dbt_target: Where dbt leaves `run_results.json`.
        number: The run's number, from 1.
        seconds: How long it took.

    Returns:
        What the run did.
    """
    with duckdb.connect(str(output / "switchboard.duckdb"), read_only=True) as warehouse:
        marts = {mart: _count(warehouse, mart) for mart in MARTS}
        calls = _count(warehouse, CALLS)
        changed = _changed_calls(warehouse, output / f"calls-{number - 1}.parquet")
        _copy_calls(warehouse, output / f"calls-{number}.parquet")
    return Run(
        seconds=seconds,
        read=_records(output, "tap-comagic"),
        loaded=_records(output, "target-duckdb"),
        profiles=sum(_records(output, "target-amplitude").values()),
        calls=calls,
        changed_calls=changed,
        complete_until=_bookmark(output),
        marts=marts,
        tests=_tests(dbt_target / "run_results.json"),
    )


def _count(warehouse: duckdb.DuckDBPyConnection, table: str) -> int:
    return int(_rows(warehouse, f"select count(*) from {table}")[0][0])  # noqa: S608 - names from this module


def _rows(warehouse: duckdb.DuckDBPyConnection, query: str, *values: str) -> list[tuple[t.Any, ...]]:
    return warehouse.execute(query, values).fetchall()


VENDOR_COLUMNS = "columns(name -> name not like '\\_sdc%' escape '\\')"


def _copy_calls(warehouse: duckdb.DuckDBPyConnection, path: Path) -> None:
    quoted = str(path).replace("'", "''")
    warehouse.execute(f"copy (select {VENDOR_COLUMNS} from {CALLS}) to '{quoted}' (format parquet)")  # noqa: S608 - own names


def _changed_calls(warehouse: duckdb.DuckDBPyConnection, before: Path) -> int:
    """Calls that the copy has too, with another value in some column of the vendor's."""
    if not before.is_file():
        return 0
    query = f"""
        select count(*) from (select {VENDOR_COLUMNS} from {CALLS} except select * from read_parquet(?)) as different
        where id in (select id from read_parquet(?))
    """  # noqa: S608 - names from this module
    return int(_rows(warehouse, query, str(before), str(before))[0][0])


def _records(output: Path, program: str) -> dict[str, int]:
    summary = json.loads((output / "summary" / f"{program}.json").read_text(encoding="utf-8"))
    counts: dict[str, int] = {}
    for stream in summary["streams"]:
        counts[stream["stream"]] = counts.get(stream["stream"], 0) + int(stream["records"])
    return counts


def _bookmark(output: Path) -> str:
    summary = json.loads((output / "summary" / "tap-comagic.json").read_text(encoding="utf-8"))
    bookmarks = {stream["stream"]: stream["bookmark"] for stream in summary["streams"]}
    return str(bookmarks["calls"])[:19].replace("T", " ")


def _tests(run_results: Path) -> dict[str, int]:
    results = json.loads(run_results.read_text(encoding="utf-8"))["results"]
    outcomes = [one["status"] for one in results if one["unique_id"].startswith(("test.", "unit_test."))]
    return {outcome: outcomes.count(outcome) for outcome in sorted(set(outcomes))}


def arrival(output: Path, sandbox: Sandbox, first_day: str, complete_until: str) -> Arrival:
    """Ask both ends what they hold.

    Args:
        output: The demonstration's folder.
        sandbox: The running sandbox.
        first_day: The first local day that was to be loaded.
        complete_until: The bookmark of calls after the last run.

    Returns:
        What is there.
    """
    received = sandbox.received()
    # A call that began in the last second of the day before may be told as one of midnight: it belongs to this day.
    day_before = dt.date.fromisoformat(first_day) - dt.timedelta(days=1)
    vendor = [row for row in sandbox.rows("get.calls_report", str(day_before)) if row["start_time"] >= first_day]
    with duckdb.connect(str(output / "switchboard.duckdb"), read_only=True) as warehouse:
        stored = [int(row[0]) for row in _rows(warehouse, f"select id from {CALLS}")]  # noqa: S608 - own names
        profiles = {str(row[0]) for row in _rows(warehouse, f"select user_id from {PROFILE_MART}")}  # noqa: S608 - own names
        days = _rows(
            warehouse,
            f"""
            select * from (
                select partition_date::varchar, count(*), count(*) filter (where is_lost)
                from {CALLS} group by all order by 1 desc limit {CHART_DAYS}
            ) order by 1
            """,  # noqa: S608 - own names
        )
    return Arrival(
        vendor_calls={row["id"] for row in vendor},
        finished_calls={row["id"] for row in vendor if row["finish_time"] and row["finish_time"] < complete_until},
        stored_calls=stored,
        profiles=received["users"],
        mart_profiles=profiles,
        refused=int(received["counts"]["refused"]),
        days=t.cast("list[tuple[str, int, int]]", days),
    )


def problems(runs: t.Sequence[Run], arrived: Arrival) -> list[str]:
    """Everything that did not arrive as it should.

    Args:
        runs: The runs, first to last.
        arrived: What is at both ends now.

    Returns:
        One line a problem; empty when all is well.
    """
    found: list[str] = []
    for number, run in enumerate(runs, 1):
        found += _run_problems(number, run)
    stored = set(arrived.stored_calls)
    lost = arrived.mart_profiles - set(arrived.profiles)
    differences = {
        "calls that CoMagic has and the warehouse lacks": len(arrived.finished_calls - stored),
        "calls that the warehouse has and CoMagic lacks": len(stored - arrived.vendor_calls),
        "calls stored twice": len(arrived.stored_calls) - len(stored),
        "profiles that Amplitude lacks": len(lost),
        "profiles that Amplitude refused": arrived.refused,
    }
    found += [f"{count} {what}" for what, count in differences.items() if count]
    if not arrived.profiles:
        found.append("no profile arrived at Amplitude")
    if not runs[-1].tests:
        found.append("no dbt test ran in the last run")
    if not runs[-1].calls > runs[0].calls:
        found.append("the last run brought no new call")
    if not runs[-1].read.get("calls", 0) < runs[0].read.get("calls", 0):
        found.append("the last run read as many calls as the first: it was not incremental")
    return found


def _run_problems(number: int, run: Run) -> list[str]:
    found = []
    if run.read != run.loaded:
        found.append(f"run {number}: the tap sent {run.read}, the loader received {run.loaded}")
    if not run.read.get("calls"):
        found.append(f"run {number}: no calls were read")
    bad = {outcome: count for outcome, count in run.tests.items() if outcome != "pass"}
    if bad:
        found.append(f"run {number}: dbt tests: {bad}")
    return found
