"""Streams are selected one by one, and refused one by one: dbt runs all the same, on what is there."""

from __future__ import annotations

import json
import typing as t

import pytest

if t.TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Dbt, NewWarehouse, Outcome, Row, Warehouse

MODELS = """
    SELECT table_schema || '.' || table_name AS name
    FROM information_schema.tables
    WHERE table_schema IN ('staging', 'marts')
"""


@pytest.fixture(scope="module")
def nothing(new_warehouse: NewWarehouse) -> Warehouse:
    """A warehouse into which nothing was ever loaded."""
    warehouse = new_warehouse("tags")
    warehouse.execute("DROP TABLE raw_comagic.tags")
    return warehouse


@pytest.fixture(scope="module")
def built_on_nothing(dbt: Dbt, nothing: Warehouse) -> Outcome:
    return dbt.run(nothing, "build")


def test_without_a_single_table_every_model_test_and_unit_test_passes(built_on_nothing: Outcome) -> None:
    assert built_on_nothing.exit_code == 0, built_on_nothing.output
    assert set(built_on_nothing.results.values()) == {"success", "pass"}
    assert "a_missed_call_is_answered_by_the_first_talk" in " ".join(built_on_nothing.results)


def test_models_are_empty_and_the_log_says_why(built_on_nothing: Outcome, nothing: Warehouse) -> None:
    names = {row["name"] for row in nothing.rows(MODELS)}
    assert {"marts.prd_comagic_calls_v1", "staging.stg_comagic_chats_v1", "marts.prd_contacts_profiles_v1"} < names
    assert {"marts.prd_genesys_conversations_v1", "staging.stg_genesys_metrics_v1"} < names
    for name in names:
        assert nothing.rows(f"SELECT * FROM {name}") == [], name  # noqa: S608 - own names
    assert (
        "Not landed in raw_comagic, so without rows in the models: call_legs, calls, campaign_daily_stat, "
        "chat_messages, chats, communications, goals, offline_messages, visitor_sessions."
    ) in built_on_nothing.output
    assert (
        "Not landed in raw_genesys, so without rows in the models: conversations, evaluation_forms, evaluations, "
        "presence_definitions, queues, user_presence, user_routing_status, users, wrapup_codes."
    ) in built_on_nothing.output


def test_freshness_of_what_is_not_there_is_no_error(dbt: Dbt, nothing: Warehouse) -> None:
    outcome = dbt.run(nothing, "source", "freshness")
    assert outcome.exit_code == 0, outcome.output
    results = json.loads((dbt.target / "sources.json").read_text(encoding="utf-8"))["results"]
    assert {result["status"] for result in results} == {"pass"}


def test_columns_that_are_not_selected_are_null(
    dbt: Dbt, new_warehouse: NewWarehouse, call: Callable[..., Row]
) -> None:
    """Only calls, with a handful of fields; later the rest comes, and the marts fill up."""
    warehouse = new_warehouse("calls")
    missed = call(1, "2026-03-01T10:00:00", person_id=7, is_lost=True, channel="paid", campaign_id=31001)
    warehouse.load("calls", [missed], at="2026-03-02T00:00:00Z")
    kept = "id start_time finish_time partition_date direction is_lost person_id _sdc_extracted_at _sdc_received_at"
    warehouse.execute("CREATE TABLE raw_comagic.whole AS FROM raw_comagic.calls")
    warehouse.execute(
        f"CREATE OR REPLACE TABLE raw_comagic.calls AS SELECT {', '.join(kept.split())} FROM raw_comagic.whole"  # noqa: S608 - own names
    )
    dbt.build(warehouse)
    mart = "SELECT call_id, channel, tag_names, talk_seconds FROM marts.prd_comagic_calls_v1"
    assert warehouse.rows(mart) == [{"call_id": 1, "channel": None, "tag_names": [], "talk_seconds": None}]
    sources = "SELECT person_key, calls_count, first_channel FROM marts.prd_comagic_person_sources_v1"
    assert warehouse.rows(sources) == [{"person_key": "default/7", "calls_count": 1, "first_channel": None}]

    warehouse.execute(
        "CREATE OR REPLACE TABLE raw_comagic.calls AS "
        "SELECT * REPLACE (_sdc_received_at + INTERVAL 1 DAY AS _sdc_received_at) FROM raw_comagic.whole"
    )
    dbt.models(warehouse)
    assert warehouse.rows(mart) == [{"call_id": 1, "channel": "paid", "tag_names": [], "talk_seconds": 60}]
    assert warehouse.rows(sources) == [{"person_key": "default/7", "calls_count": 1, "first_channel": "paid"}]
