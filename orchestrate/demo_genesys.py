"""The demonstration's part of Genesys Cloud: what a run brought, and whether every conversation arrived."""

from __future__ import annotations

import dataclasses
import json
import typing as t

import duckdb

if t.TYPE_CHECKING:
    from pathlib import Path

    from orchestrate.sandbox_server import Sandbox

CONVERSATIONS = "raw_genesys.conversations"
CONVERSATION_MART = "marts.prd_genesys_conversations_v1"
QUEUE_MART = "marts.prd_genesys_queue_intervals_v1"
MARTS = (
    CONVERSATION_MART,
    QUEUE_MART,
    "marts.prd_genesys_agent_days_v1",
    "marts.prd_genesys_user_details_v1",
    "marts.prd_genesys_evaluations_v1",
    "marts.prd_genesys_evaluation_answers_v1",
)


@dataclasses.dataclass(frozen=True)
class Run:
    """What one run brought.

    Attributes:
        read: Records that the tap sent, by stream.
        conversations: Rows in the raw table afterwards.
        changed: Conversations that the mart held before and shows differently now.
        complete_until: The bookmark of conversations: what ended before is settled.
        marts: Rows in the marts afterwards.
    """

    read: dict[str, int]
    conversations: int
    changed: int
    complete_until: str
    marts: dict[str, int]


@dataclasses.dataclass(frozen=True)
class Arrival:
    """What is at both ends after the last run.

    Attributes:
        settled: Ids of conversations that had ended before the bookmark: these must be in the warehouse.
        stored: Conversation ids in the raw table, one a row.
        queues: Queue, medium, offered, answered, abandoned, and the service level in per cent or None; busiest first.
    """

    settled: set[str]
    stored: list[str]
    queues: list[tuple[str, str, int, int, int, int | None]]


def take_down(output: Path, number: int) -> Run:
    """Read what a run left behind, and keep what the mart shows for comparison with the next.

    Args:
        output: The demonstration's folder.
        number: The run's number, from 1.

    Returns:
        What the run brought.
    """
    summary = json.loads((output / "summary" / "tap-genesys.json").read_text(encoding="utf-8"))
    read: dict[str, int] = {}
    for stream in summary["streams"]:
        read[stream["stream"]] = read.get(stream["stream"], 0) + int(stream["records"])
    bookmarks = {stream["stream"]: stream["bookmark"] for stream in summary["streams"]}
    with duckdb.connect(str(output / "switchboard.duckdb"), read_only=True) as warehouse:
        before = output / f"conversations-{number - 1}.parquet"
        changed = _changed(warehouse, before) if before.is_file() else 0
        copy = str(output / f"conversations-{number}.parquet").replace("'", "''")
        hashes = f"select conversation_key, content_hash from {CONVERSATION_MART}"  # noqa: S608 - own names
        warehouse.execute(f"copy ({hashes}) to '{copy}' (format parquet)")
        return Run(
            read=read,
            conversations=_count(warehouse, CONVERSATIONS),
            changed=changed,
            complete_until=str(bookmarks["conversations"]),
            marts={mart: _count(warehouse, mart) for mart in MARTS},
        )


def _count(warehouse: duckdb.DuckDBPyConnection, table: str) -> int:
    return len(warehouse.table(table))


def _changed(warehouse: duckdb.DuckDBPyConnection, before: Path) -> int:
    query = f"""
        select count(*) from {CONVERSATION_MART} as present
        join read_parquet(?) as known using (conversation_key)
        where present.content_hash <> known.content_hash
    """  # noqa: S608 - names from this module
    [(count,)] = warehouse.execute(query, [str(before)]).fetchall()
    return int(count)


def arrival(output: Path, sandbox: Sandbox, first_day: str, complete_until: str) -> Arrival:
    """Ask both ends what they hold.

    Args:
        output: The demonstration's folder.
        sandbox: The running sandbox.
        first_day: The first UTC day that was to be loaded.
        complete_until: The bookmark of conversations after the last run.

    Returns:
        What is there.
    """
    shown = sandbox.genesys_rows("conversations", first_day)
    until = complete_until[:19]  # seconds and above read alike at both ends
    with duckdb.connect(str(output / "switchboard.duckdb"), read_only=True) as warehouse:
        stored = warehouse.execute(f"select conversationId from {CONVERSATIONS}").fetchall()  # noqa: S608 - own names
        queues = warehouse.execute(
            f"""
            select
                queue_name, media_type,
                sum(offered_count)::bigint, sum(answered_count)::bigint, sum(abandoned_count)::bigint,
                round(100 * sum(answered_in_time_count) / nullif(sum(answered_count) + sum(abandoned_count), 0))::bigint
            from {QUEUE_MART}
            group by all having sum(offered_count) > 0 order by 3 desc, 1, 2 limit 8
            """  # noqa: S608 - own names
        ).fetchall()
    return Arrival(
        settled={row["conversationId"] for row in shown if row.get("conversationEnd", "9999")[:19] < until},
        stored=[str(row[0]) for row in stored],
        queues=t.cast("list[tuple[str, str, int, int, int, int | None]]", queues),
    )


def problems(runs: t.Sequence[Run], arrived: Arrival) -> list[str]:
    """Everything that did not arrive as it should.

    Args:
        runs: The runs, first to last.
        arrived: What is at both ends now.

    Returns:
        One line a problem; empty when all is well.
    """
    stored = set(arrived.stored)
    found = []
    if lost := len(arrived.settled - stored):
        found.append(f"{lost} conversations that Genesys has and the warehouse lacks")
    if twice := len(arrived.stored) - len(stored):
        found.append(f"{twice} conversations stored twice")
    for number, run in enumerate(runs, 1):
        if run.marts[CONVERSATION_MART] != run.conversations:
            found.append(
                f"run {number}: {run.conversations} conversations and {run.marts[CONVERSATION_MART]} in the mart"
            )
        found += [f"run {number}: {mart} is empty" for mart, rows in run.marts.items() if not rows]
    if not runs[-1].conversations > runs[0].conversations:
        found.append("the last run brought no new conversation")
    if not runs[-1].read.get("conversations", 0) < runs[0].read.get("conversations", 0):
        found.append("the last run read as many conversations as the first: it was not incremental")
    return found
