"""What the tests on raw tables find, and what they only warn about."""

from __future__ import annotations

import datetime as dt
import json
import typing as t

if t.TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from conftest import Dbt, NewWarehouse, Row


def test_wrong_raw_rows_fail_by_name_and_loose_references_only_warn(
    dbt: Dbt, new_warehouse: NewWarehouse, call: Callable[..., Row]
) -> None:
    warehouse = new_warehouse()
    broken = [
        call(1, "2026-03-01T10:00:00", talk_duration=-1),
        call(2, "2026-03-01T10:00:00", partition_date=dt.date(2026, 3, 3)),
        call(3, "2026-03-01T10:00:00", finish_time=dt.datetime(2026, 3, 1, 6, 59, 58, tzinfo=dt.UTC)),
        call(4, "2026-03-01T10:00:00", campaign_id=404, direction="sideways"),
        call(5, "2026-03-01T10:00:00", partition_date=None),
    ]
    warehouse.load("calls", broken, at="2026-03-02T00:00:00Z")
    warehouse.execute("INSERT INTO raw_comagic.calls SELECT * FROM raw_comagic.calls WHERE id = 1")
    warehouse.execute("INSERT INTO raw_comagic.tags (name) VALUES ('without an id')")

    outcome = dbt.run(warehouse, "test", "--select", "source:raw_comagic")

    assert outcome.exit_code == 1
    assert {_readable(name) for name in outcome.failed()} == {
        "source_accepted_range_raw_comagic_calls_talk_duration__86400__0",
        "raw_comagic_calls_lie_in_their_partition",
        "raw_comagic_calls_end_after_their_start",
        "source_never_null_raw_comagic_calls_start_time__partition_date___sdc_received_at",
        "source_is_key_raw_comagic_calls_id",
        "source_is_key_raw_comagic_tags_id",
    }
    assert {_readable(name) for name, status in outcome.results.items() if status == "warn"} == {
        "source_refers_to_raw_comagic_calls_campaign_id__id__source_raw_comagic_campaigns_",
        "raw_comagic_calls_direction_is_known",
    }


def _readable(name: str) -> str:
    """Generic tests carry a hash behind their name."""
    return name.rsplit(".", 1)[0]


def test_two_accounts_with_the_same_ids_stay_apart(
    dbt: Dbt, new_warehouse: NewWarehouse, call: Callable[..., Row]
) -> None:
    warehouse = new_warehouse(account_label=True)
    for table in ("account", "sites", "campaigns", "employees", "tags"):
        warehouse.execute(f"ALTER TABLE raw_comagic.{table} ALTER account_id SET DATA TYPE VARCHAR USING 'north'")
    rows = [call(1, "2026-03-01T10:00:00", person_id=7, account_id=label) for label in ("north", "south")]
    warehouse.load("calls", rows, at="2026-03-02T00:00:00Z")
    dbt.build(warehouse)
    assert warehouse.rows("SELECT call_key FROM marts.prd_comagic_calls_v1 ORDER BY 1") == [
        {"call_key": "north/1"},
        {"call_key": "south/1"},
    ]
    assert warehouse.rows("SELECT user_id, calls_count FROM marts.prd_contacts_profiles_v1 ORDER BY 1") == [
        {"user_id": "comagic-north-person-7", "calls_count": 1},
        {"user_id": "comagic-south-person-7", "calls_count": 1},
    ]


def test_freshness_goes_by_the_newest_row(dbt: Dbt, new_warehouse: NewWarehouse, call: Callable[..., Row]) -> None:
    warehouse = new_warehouse()
    ages = {"calls": (call(1, "2026-03-01T10:00:00"), 1), "sites": ({"id": 2}, 48), "tags": ({"id": 3}, 96)}
    for table, (row, hours) in ages.items():
        read_at = dt.datetime.now(dt.UTC) - dt.timedelta(hours=hours)
        warehouse.load(table, [row], at=read_at.isoformat())
    dbt.run(warehouse, "source", "freshness")
    results = json.loads((dbt.target / "sources.json").read_text(encoding="utf-8"))["results"]
    found = {result["unique_id"].rsplit(".", 1)[1]: result["status"] for result in results}
    assert {table: found[table] for table in ages} == {"calls": "pass", "sites": "warn", "tags": "error"}


def test_paths_are_the_same_from_any_working_folder(
    dbt: Dbt, new_warehouse: NewWarehouse, call: Callable[..., Row], tmp_path: Path
) -> None:
    """Meltano runs dbt from the repository, people run it from the project."""
    warehouse = new_warehouse()
    warehouse.load("calls", [call(1, "2026-03-01T10:00:00")], at="2026-03-02T00:00:00Z")
    outcome = dbt.run(warehouse, "run", "--select", "+prd_comagic_calls_v1", cwd=tmp_path)
    assert outcome.exit_code == 0, outcome.output
    assert warehouse.rows("SELECT call_id FROM marts.prd_comagic_calls_v1") == [{"call_id": 1}]
    assert not list(tmp_path.iterdir())
