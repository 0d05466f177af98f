"""tap-genesys | target-duckdb | dbt against the sandbox, twice: the marts hold what the platform holds by then."""

from __future__ import annotations

import dataclasses
import datetime as dt
import decimal
import json
import re
import subprocess
import sys
import typing as t
from pathlib import Path

import pytest
from sandbox.testing import (
    GENESYS_CLIENT_ID,
    GENESYS_CLIENT_SECRET,
    GENESYS_REGION,
    SandboxProcess,
    start_sandbox,
)

sys.path.insert(0, str(Path(__file__).parent))  # `genesys_truth`

import genesys_truth

if t.TYPE_CHECKING:
    from collections.abc import Iterator

    from conftest import Dbt, Outcome, Row, Warehouse

BIN = Path(sys.executable).parent
START, NOW = "2026-03-16", "2026-03-20T12:00:00Z"
READ_UNTIL = "2026-03-21T11:50:00Z"
PATIENCE_SECONDS = 300
PROJECT = Path(__file__).parents[2] / "transform"
COMMENT, MODEL = re.compile(r"\{#.*?#\}", re.DOTALL), re.compile(r"\{\{ ref\('(\w+)'\) \}\}")
MARTS = {
    "conversations": "conversation_facts",
    "evaluations": "evaluation_facts",
    "evaluation_answers": "evaluation_answers",
    "user_details": "user_details",
    "queue_intervals": "queue_intervals",
    "agent_days": "agent_days",
}


@dataclasses.dataclass
class Line:
    """The tap and the loader as processes, with a state from run to run."""

    folder: Path
    sandbox: SandboxProcess
    dbt: Dbt
    warehouse: Warehouse

    def load(self) -> None:
        """One run. The look-back reaches over the whole range, so that nothing that changed late is left as it was."""
        tap_config = {
            "client_id": GENESYS_CLIENT_ID,
            "client_secret": GENESYS_CLIENT_SECRET,
            "region": GENESYS_REGION,
            "api_url": self.sandbox.genesys_api_url,
            "auth_url": self.sandbox.genesys_login_url,
            "start_date": START,
            "lookback_days": 30,
            "job_poll_seconds": 0.05,
            "summary_path": str(self.dbt.genesys_tap_summary),
        }
        target_config = {
            "path": str(self.warehouse.path),
            "default_target_schema": "raw_genesys",
            "summary_path": str(self.dbt.target_summary),
        }
        command: list[str | Path] = [BIN / "tap-genesys", "--config", self._file("tap-config.json", tap_config)]
        state = self.folder / "state.json"
        if state.exists():
            command += ["--state", state]
        loader: list[str | Path] = [BIN / "target-duckdb", "--config", self._file("target-config.json", target_config)]
        with (self.folder / "log").open("wb") as log:
            tap = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log)
            target = subprocess.Popen(loader, stdin=tap.stdout, stdout=subprocess.PIPE, stderr=log)
            assert tap.stdout
            tap.stdout.close()  # the target alone reads it now
            states, _ = target.communicate(timeout=PATIENCE_SECONDS)
            codes = tap.wait(PATIENCE_SECONDS), target.returncode
        assert codes == (0, 0), (self.folder / "log").read_text()
        state.write_bytes(states.splitlines()[-1])

    def _file(self, name: str, document: Row) -> Path:
        path = self.folder / name
        path.write_text(json.dumps(document))
        return path


@pytest.fixture(scope="module")
def line(dbt: Dbt, empty_warehouse: Warehouse, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Line]:
    with start_sandbox(now=NOW, days=16, conversations_per_day=20, calls_per_day=1, frozen=True) as sandbox:
        quick = {"job_queued_seconds": 0.0, "job_pending_seconds": 0.1}
        # Jobs reach as far as is read: what queries do at the newest end is tested with the tap.
        settings = {
            "rate_per_minute": None,
            "route_rates": {"GET /api/v2/users": None},
            "conversations_lag_seconds": 600,
        }
        sandbox.settings(genesys=settings | quick)
        yield Line(tmp_path_factory.mktemp("genesys"), sandbox, dbt, empty_warehouse)
    dbt.genesys_tap_summary.unlink(missing_ok=True)
    dbt.target_summary.unlink(missing_ok=True)


@pytest.fixture(scope="module")
def first_build(line: Line) -> Outcome:
    line.load()
    return line.dbt.build(line.warehouse, "--select", "genesys")


@pytest.fixture(scope="module")
def built(line: Line, first_build: Outcome) -> Line:
    """Built twice, a day between: conversations have ended and been wrapped up since, evaluations scored."""
    assert first_build.results
    line.sandbox.advance(days=1)
    line.load()
    line.dbt.build(line.warehouse, "--select", "genesys")
    return line


def readable(name: str) -> str:
    """Generic tests carry a hash behind their name."""
    return name.rsplit(".", 1)[0]


@pytest.fixture(scope="module")
def conversations(built: Line) -> dict[str, Row]:
    """Every conversation whose lifetime touches the range of the runs, as the platform shows it now."""
    rows = built.sandbox.genesys_truth("conversations", f"{START}T00:00:00Z", READ_UNTIL, match="lifetime")
    return {row["conversationId"]: row for row in rows}


def test_the_first_build_runs_every_data_test_and_counts_rows_at_both_ends(first_build: Outcome) -> None:
    assert set(first_build.results.values()) == {"success", "pass"}, first_build.output
    assert {
        "source_is_key_raw_genesys_conversations_conversationId",
        "source_is_key_raw_genesys_evaluations_id",
        "source_is_key_raw_genesys_evaluation_forms_id",
        "genesys_ended_conversations_have_an_end",
        "raw_genesys_rows_match_run_summary",
    } < {readable(name) for name in first_build.results}
    assert "not checked" not in first_build.output


@pytest.mark.parametrize("mart", MARTS)
def test_a_mart_equals_what_it_is_made_of_after_the_second_run(built: Line, mart: str) -> None:
    held, made = f"marts.prd_genesys_{mart}_v1", f"staging.stg_genesys_{MARTS[mart]}_v1"
    counts = f"SELECT (SELECT count(*) FROM {held}) AS held, (SELECT count(*) FROM {made}) AS made"  # noqa: S608 - own names
    [row] = built.warehouse.rows(counts)
    assert row["held"] == row["made"] > 0
    difference = f"SELECT * EXCLUDE (content_hash) FROM {held} EXCEPT SELECT * FROM {made}"  # noqa: S608 - own names
    assert built.warehouse.rows(difference) == []


def test_nested_parts_have_the_rows_that_the_platform_shows(built: Line, conversations: dict[str, Row]) -> None:
    for row in built.warehouse.rows("SELECT count(*) AS n FROM staging.stg_genesys_participants_v1"):
        assert row["n"] == sum(len(conversation["participants"]) for conversation in conversations.values())
    stored = built.warehouse.rows("SELECT session_key FROM staging.stg_genesys_sessions_v1")
    expected = [session.key for session in genesys_truth.sessions(conversations.values())]
    assert sorted(row["session_key"] for row in stored) == sorted(expected)
    stored = built.warehouse.rows("SELECT segment_key FROM staging.stg_genesys_segments_v1")
    assert sorted(row["segment_key"] for row in stored) == sorted(genesys_truth.segment_keys(conversations.values()))
    stored = built.warehouse.rows("SELECT session_key, metric_name, metric_value FROM staging.stg_genesys_metrics_v1")
    assert sorted(tuple(row.values()) for row in stored) == sorted(genesys_truth.metric_rows(conversations.values()))


def test_a_conversation_says_what_its_parts_say(built: Line, conversations: dict[str, Row]) -> None:
    truth = built.sandbox.genesys_truth
    names = genesys_truth.Names(
        {row["id"]: row["name"] for row in truth("users")},
        {row["id"]: row["name"] for row in truth("queues")},
        {row["id"]: row["name"] for row in truth("wrapup_codes")},
    )
    expected = {
        key: genesys_truth.conversation_facts(conversation, names)
        | {"is_ongoing": "conversationEnd" not in conversation}
        for key, conversation in conversations.items()
    }
    columns = ", ".join(next(iter(expected.values())))
    stored = built.warehouse.rows(f"SELECT conversation_id, {columns} FROM marts.prd_genesys_conversations_v1")  # noqa: S608 - own names
    held = {row.pop("conversation_id"): row | {"wrapup_names": sorted(row["wrapup_names"])} for row in stored}
    assert held.keys() == expected.keys()
    assert {key: row for key, row in held.items() if row != expected[key]} == {}
    for column in ("is_ongoing", "is_abandoned"):
        assert {row[column] for row in held.values()} == {True, False}
    assert max(len(row["agent_names"]) for row in held.values()) > 1


def test_queues_have_their_service_levels(built: Line, conversations: dict[str, Row]) -> None:
    queues = built.sandbox.genesys_truth("queues")
    expected = genesys_truth.queue_intervals(conversations.values(), queues)
    columns = ", ".join(next(iter(expected.values())))
    stored = built.warehouse.rows(
        f"SELECT queue_id, media_type, interval_start, {columns} FROM marts.prd_genesys_queue_intervals_v1"  # noqa: S608 - own names
    )
    held = {
        (row.pop("queue_id"), row.pop("media_type"), dt.datetime.fromisoformat(row.pop("interval_start"))): row
        for row in stored
    }
    assert held.keys() == expected.keys()
    assert {key: row for key, row in held.items() if row != pytest.approx(expected[key])} == {}
    assert {row["service_level"] for row in held.values()} > {None, 0.0, 1.0}


def test_agents_have_their_days(built: Line) -> None:
    window = f"{START}T00:00:00Z", READ_UNTIL
    presence = built.sandbox.genesys_truth("user_presence", *window)
    routing = built.sandbox.genesys_truth("user_routing_status", *window)
    expected = genesys_truth.agent_days(presence, routing)
    held = {}
    for row in built.warehouse.rows("SELECT * FROM marts.prd_genesys_agent_days_v1"):
        spent = {name: value for name, value in row.items() if isinstance(value, decimal.Decimal) and value}
        held[row["user_id"], row["local_date"]] = {name: round(value * 1000) for name, value in spent.items()}
    assert held == expected
    assert any("presence_meal_seconds" in spent for spent in held.values())


def test_evaluations_are_read_with_the_words_of_their_forms(built: Line) -> None:
    truth = built.sandbox.genesys_truth
    people = {row["id"]: row["name"] for row in truth("users")}
    forms = truth("evaluation_forms")
    form_names = {form["id"]: form["name"] for form in forms}
    stored = built.warehouse.rows(
        "SELECT evaluation_id, agent_name, evaluator_name, form_name, total_score FROM marts.prd_genesys_evaluations_v1"
    )
    ids = {row["evaluation_id"] for row in stored}
    evaluations = [row for row in truth("evaluations", "2026-03-01T00:00:00Z", READ_UNTIL) if row["id"] in ids]
    assert {row.pop("evaluation_id"): row for row in stored} == {
        row["id"]: {
            "agent_name": people[row["agent"]["id"]],
            "evaluator_name": people[row["evaluator"]["id"]],
            "form_name": form_names[row["evaluationForm"]["id"]],
            "total_score": row.get("answers", {}).get("totalScore"),
        }
        for row in evaluations
    }
    answered = built.warehouse.rows(
        "SELECT evaluation_id, question_group_name, question_text, answer_text, points "
        "FROM marts.prd_genesys_evaluation_answers_v1"
    )
    assert {tuple(row.values()) for row in answered} == genesys_truth.answers(evaluations, forms)
    assert len(answered) > len(ids) > 1


def test_the_analyses_answer_their_questions(built: Line) -> None:
    analyses = PROJECT / "analyses"
    queues, agents, questions = (
        built.warehouse.rows(MODEL.sub(r"marts.\1", COMMENT.sub("", (analyses / f"{name}.sql").read_text())))
        for name in ("service_level_per_queue", "occupancy_per_agent", "questions_that_cost_points")
    )
    [offered] = built.warehouse.rows("SELECT sum(offered_count) AS n FROM marts.prd_genesys_conversations_v1")
    assert sum(row["offered"] for row in queues) == offered["n"]
    assert all(row["service_level"] is None or 0 <= row["service_level"] <= 1 for row in queues)
    assert all(0 < row["occupancy"] <= 1 for row in agents)
    assert [row["share_of_points"] for row in questions] == sorted(row["share_of_points"] for row in questions)
    assert queues and agents and questions


def test_spoilt_rows_fail_the_tests_that_watch_for_them(built: Line, tmp_path: Path) -> None:
    spoilt = built.warehouse.copy(tmp_path)
    spoilt.execute("INSERT INTO raw_genesys.conversations FROM raw_genesys.conversations LIMIT 1")
    spoilt.execute("INSERT INTO raw_genesys.evaluations (name) VALUES ('without an id')")
    spoilt.execute("INSERT INTO raw_genesys.evaluation_forms FROM raw_genesys.evaluation_forms LIMIT 1")
    spoilt.execute(
        "UPDATE marts.prd_genesys_conversations_v1 SET ended_at = NULL WHERE last_activity_at < '2026-03-19'"
    )
    tables = [f"source:raw_genesys.{table}" for table in ("conversations", "evaluations", "evaluation_forms")]
    outcome = built.dbt.run(spoilt, "test", "--select", *tables, "genesys_ended_conversations_have_an_end")
    assert outcome.exit_code == 1
    assert {
        "source_is_key_raw_genesys_conversations_conversationId",
        "source_is_key_raw_genesys_evaluations_id",
        "source_is_key_raw_genesys_evaluation_forms_id",
        "genesys_ended_conversations_have_an_end",
    } < {readable(name) for name in outcome.failed()}
