"""What the project says about itself: descriptions, the analyses, the hash of a profile's content."""

from __future__ import annotations

import datetime as dt
import json
import typing as t

import pytest

if t.TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Dbt, NewWarehouse, Row, Warehouse

MARTS = {
    "prd_comagic_calls_v1",
    "prd_comagic_campaign_days_v1",
    "prd_comagic_missed_calls_v1",
    "prd_comagic_person_sources_v1",
    "prd_contacts_profiles_v1",
    "prd_contacts_timeline_v1",
    "prd_genesys_agent_days_v1",
    "prd_genesys_conversations_v1",
    "prd_genesys_evaluation_answers_v1",
    "prd_genesys_evaluations_v1",
    "prd_genesys_queue_intervals_v1",
    "prd_genesys_user_details_v1",
}


@pytest.fixture(scope="module")
def built(dbt: Dbt, new_warehouse: NewWarehouse, call: Callable[..., Row]) -> Warehouse:
    warehouse = new_warehouse()
    calls = [
        call(
            1,
            "2026-03-01T10:00:00",
            person_id=7,
            channel="paid",
            campaign_id=31001,
            campaign_name="Spring",
            is_lost=True,
            sale_cost=10,
        ),
        call(2, "2026-03-01T12:00:00", person_id=8, campaign_id=31001, campaign_name="Spring", wait_duration=6),
        call(3, "2026-03-02T12:00:00", person_id=8),
    ]
    warehouse.load("calls", calls, at="2026-03-03T00:00:00Z")
    day = {"date": dt.date(2026, 3, 1), "site_id": 25001, "campaign_id": 31001, "calls_count": 2, "currency": "RUB"}
    spent = [day | {"row_key": key, "cost_sum": "10.5"} for key in ("a", "b")]
    warehouse.load("campaign_daily_stat", spent, at="2026-03-03T00:00:00Z")
    outcome = dbt.run(warehouse, "run")
    assert outcome.exit_code == 0, outcome.output
    return warehouse


@pytest.fixture(scope="module")
def manifest(dbt: Dbt, built: Warehouse) -> Row:
    """dbt's manifest with compiled code, the analyses' included."""
    outcome = dbt.run(built, "compile")
    assert outcome.exit_code == 0, outcome.output
    document: Row = json.loads((dbt.target / "manifest.json").read_text(encoding="utf-8"))
    return document


def _nodes(manifest: Row, kind: str) -> dict[str, Row]:
    return {node["name"]: node for node in manifest["nodes"].values() if node["resource_type"] == kind}


def test_every_model_states_its_grain_and_describes_every_column(manifest: Row, built: Warehouse) -> None:
    models = _nodes(manifest, "model")
    assert set(models) > MARTS
    for name, model in models.items():
        assert model["description"].startswith("Grain: one row a "), name
        described = {column for column, told in model["columns"].items() if told["description"]}
        there = {row["column_name"] for row in built.rows(f'DESCRIBE "{model["schema"]}".{name}')}
        assert described == there, name
    assert {name for name in models if name.startswith("prd_")} == MARTS
    without = {name for name, model in models.items() if not model["contract"]["enforced"]}
    assert without == {"stg_contacts_profiles_v1"}


def test_every_column_of_a_profile_is_content_but_its_name_and_marks(manifest: Row) -> None:
    model = _nodes(manifest, "model")["prd_contacts_profiles_v1"]
    hashed = model["compiled_code"].split("md5(")[1].split(") as varchar))")[0]
    content = set(model["columns"]) - {"user_id", "source", "content_hash", "profile_updated_at"}
    assert content
    assert {column for column in content if f"to_json({column})" not in hashed} == set()


def test_the_analyses_answer_their_questions(manifest: Row, built: Warehouse) -> None:
    answers = {name: built.rows(node["compiled_code"]) for name, node in _nodes(manifest, "analysis").items()}
    assert [(str(day["partition_date"]), day["calls"], day["lost_calls"]) for day in answers.pop("calls_per_day")] == [
        ("2026-03-01", 2, 1),
        ("2026-03-02", 1, 0),
    ]
    (campaign,) = answers.pop("campaign_performance")
    assert (campaign["campaign_name"], campaign["calls"], campaign["persons"], campaign["sale_amount"]) == (
        "Spring",
        2,
        2,
        10,
    )
    assert [person["user_id"] for person in answers.pop("persons_never_answered")] == ["comagic-person-7"]
    (nobody,) = answers.pop("callbacks_per_employee")
    assert (nobody["callback_employee_name"], nobody["missed_calls"], nobody["nobody_tried"]) == (None, 1, 1)
    (costs,) = answers.pop("campaign_costs")
    assert (costs["campaign_id"], costs["spend"], costs["contacts"], costs["cost_per_contact"]) == (31001, 21, 4, 5.25)
    assert [(row["first_channel"], row["persons"]) for row in answers.pop("contacts_by_first_and_last_channel")] == [
        ("paid", 1),
        (None, 1),
    ]
    assert {name: rows for name, rows in answers.items() if rows} == {}  # those of Genesys: see its own test
