"""A DuckDB file with raw CoMagic tables as target-duckdb lands them, and the real dbt run on it.

dbt wants other versions of shared libraries than the connectors, so it lives in an environment of its own: the path of
its executable comes from `SWITCHBOARD_DBT`, else `.venv-dbt/bin/dbt` in the repository. Without one these tests are
skipped; under CI they fail.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import os
import shutil
import subprocess
import typing as t
from pathlib import Path

import duckdb
import pytest

REPOSITORY = Path(__file__).parents[2]
PROJECT = REPOSITORY / "transform"

Row = dict[str, t.Any]

# The columns of raw_comagic.calls by the type they land with: the vendor's field list
# (https://comagic.github.io/data_api/report/get_calls_report/), what the tap derives, the loader's metadata.
CALLS_COLUMNS = {
    "BIGINT": """id cpn_region_id communication_number communication_id wait_duration total_wait_duration
        lost_call_processing_duration talk_duration clean_talk_duration total_duration postprocess_duration
        last_answered_employee_id first_answered_employee_id last_talked_employee_id first_talked_employee_id
        scenario_id site_id campaign_id visitor_id person_id visitor_session_id visits_count
        visitor_first_campaign_id call_api_request_id contact_id source_id _sdc_sequence _sdc_table_version""",
    "TIMESTAMPTZ": """start_time finish_time sale_date _sdc_extracted_at _sdc_received_at _sdc_batched_at
        _sdc_deleted_at""",
    "DATE": "partition_date",
    "DOUBLE": "sale_cost last_answered_employee_rating",
    "BOOLEAN": "is_lost is_transfer visit_other_campaign",
    "JSON": """scenario_operations call_records wav_call_records voice_mail_records tags employees
        visitor_custom_properties segments attributes tag_names""",
    "VARCHAR": """finish_reason direction source communication_type channel visitor_type visitor_device cpn_region_name
        cpn_country_name cpn_country_id properties communication_page_url contact_phone_number full_record_file_link
        virtual_phone_number ua_client_id ym_client_id search_query search_engine referrer_domain referrer entrance_page
        gclid yclid ymclid ef_id last_answered_employee_full_name first_answered_employee_full_name
        last_talked_employee_full_name first_talked_employee_full_name operator_phone_number scenario_name
        site_domain_name campaign_name auto_call_campaign_name visitor_first_campaign_name visitor_city visitor_region
        visitor_country call_api_external_id contact_full_name utm_source utm_medium utm_term utm_content utm_campaign
        openstat_ad openstat_campaign openstat_service openstat_source eq_utm_source eq_utm_medium eq_utm_term
        eq_utm_content eq_utm_campaign eq_utm_referrer eq_utm_expid source_name source_new channel_new channel_code
        ext_id""",
}
METADATA_COLUMNS = {"TIMESTAMPTZ": "_sdc_extracted_at _sdc_received_at _sdc_deleted_at", "BIGINT": "_sdc_sequence"}
# Of the lists only the columns that the project reads.
LIST_COLUMNS = {
    "account": {"BIGINT": "app_id", "VARCHAR": "name timezone"},
    "sites": {"BIGINT": "id", "VARCHAR": "domain_name name"},
    "campaigns": {"BIGINT": "id", "VARCHAR": "name status"},
    "employees": {"BIGINT": "id", "VARCHAR": "full_name"},
    "tags": {"BIGINT": "id", "VARCHAR": "name", "BOOLEAN": "is_system"},
}
LISTS: dict[str, list[Row]] = {
    "account": [{"app_id": 1, "name": "Example", "timezone": "Europe/Moscow"}],
    "sites": [{"id": 25001, "domain_name": "example.test"}],
    "campaigns": [{"id": 31001, "name": "Spring"}, {"id": 31002, "name": "Autumn"}],
    "employees": [{"id": 5001, "full_name": "Test Testov"}],
    "tags": [{"id": 88, "name": "target"}],
}


def _call(call_id: int, start: str, **fields: t.Any) -> Row:
    """A finished, answered, incoming call of one minute that starts at a Moscow time; `fields` override anything."""
    started = dt.datetime.fromisoformat(f"{start}+03:00")
    row: Row = {
        "id": call_id,
        "start_time": started,
        "finish_time": started + dt.timedelta(seconds=75),
        "partition_date": started.date(),
        "direction": "in",
        "is_lost": False,
        "wait_duration": 15,
        "talk_duration": 60,
        "total_duration": 75,
        "site_id": 25001,
        "communication_type": "call",
        "tags": [],
        "tag_names": [],
    }
    return row | fields


@dataclasses.dataclass
class Warehouse:
    """The DuckDB file; loads are merges on the key, as target-duckdb does them."""

    path: Path
    account_label: bool = False

    def create(self) -> None:
        """Create the raw tables, with the lists filled."""
        with duckdb.connect(str(self.path)) as connection:
            connection.execute("CREATE SCHEMA raw_comagic")
            label = {"VARCHAR": "account_id"} if self.account_label else {}
            for table, columns in {"calls": CALLS_COLUMNS, **LIST_COLUMNS}.items():
                groups = [columns, *([] if table == "calls" else [METADATA_COLUMNS]), label]
                body = [
                    f'"{name}" {kind}' for group in groups for kind, names in group.items() for name in names.split()
                ]
                connection.execute(f"CREATE TABLE raw_comagic.{table} ({', '.join(body)})")
        for table, rows in LISTS.items():
            self.load(table, rows, at="2026-03-01T00:00:00Z")

    def load(self, table: str, rows: t.Iterable[Row], *, at: str) -> None:
        """Merge whole rows on the key, received at the instant `at`."""
        moment = dt.datetime.fromisoformat(at)
        stamps = {"_sdc_extracted_at": moment, "_sdc_received_at": moment, "_sdc_sequence": int(moment.timestamp())}
        key = "app_id" if table == "account" else "id"
        with duckdb.connect(str(self.path)) as connection:
            for row in rows:
                values = {name: _landed(value) for name, value in (row | stamps).items()}
                where, parameters = f"{key} = ?", [row[key]]
                if self.account_label and "account_id" in row:
                    where, parameters = f"{where} AND account_id = ?", [*parameters, row["account_id"]]
                relation = connection.table(f"raw_comagic.{table}")
                connection.execute(f"DELETE FROM raw_comagic.{table} WHERE {where}", parameters)  # noqa: S608 - no outside text
                relation.insert([values.get(name) for name in relation.columns])

    def execute(self, sql: str, parameters: t.Sequence[t.Any] = ()) -> None:
        """Run one statement on the file."""
        with duckdb.connect(str(self.path)) as connection:
            connection.execute(sql, parameters)

    def rows(self, sql: str) -> list[Row]:
        """Run one query; times come back as text in UTC."""
        with duckdb.connect(str(self.path), read_only=True) as connection:
            connection.execute("SET TimeZone = 'UTC'")
            described = connection.sql(sql)
            columns = [
                f"strftime(timezone('UTC', \"{name}\"), '%Y-%m-%dT%H:%M:%S.%fZ') AS \"{name}\""
                if str(kind) == "TIMESTAMP WITH TIME ZONE"
                else f'"{name}"'
                for name, kind in zip(described.columns, described.types, strict=True)
            ]
            rows = described.project(", ".join(columns)).fetchall()
            return [dict(zip(described.columns, values, strict=True)) for values in rows]

    def copy(self, folder: Path) -> Warehouse:
        """A second file with the same content and the same name, which views carry."""
        return dataclasses.replace(self, path=Path(shutil.copy(self.path, folder)))


def _landed(value: t.Any) -> t.Any:
    """Nested values land as JSON text."""
    return json.dumps(value) if isinstance(value, list | dict) else value


@dataclasses.dataclass
class Outcome:
    """What one dbt command gave."""

    exit_code: int
    output: str
    results: dict[str, str]
    """Node name (tests by the name they are given or generate) to status."""

    def failed(self) -> set[str]:
        """Names of the nodes that neither passed nor warned."""
        return {name for name, status in self.results.items() if status not in {"pass", "success", "warn", "skipped"}}


@dataclasses.dataclass
class Dbt:
    """The dbt executable on one warehouse file."""

    executable: str
    folder: Path

    def run(self, warehouse: Warehouse, *arguments: str, variables: Row | None = None, cwd: Path = PROJECT) -> Outcome:
        """Run one dbt command; artefacts go to this object's folder, never into the project.

        The run summaries are this object's `tap_summary` and `target_summary`: those of a run in the checkout are no
        business of these tests.
        """
        (self.target / "run_results.json").unlink(missing_ok=True)
        environment = {
            **os.environ,
            "SWITCHBOARD_DUCKDB_PATH": str(self._linked(warehouse)),
            "DBT_PROJECT_DIR": str(PROJECT),
            "DBT_PROFILES_DIR": str(PROJECT),
            "DBT_TARGET_PATH": str(self.target),
            "DBT_LOG_PATH": str(self.folder / "logs"),
        }
        paths = {"tap_summary_path": str(self.tap_summary), "target_summary_path": str(self.target_summary)}
        command = [self.executable, "--no-use-colors", *arguments, "--vars", json.dumps(paths | (variables or {}))]
        done = subprocess.run(
            command, cwd=cwd, env=environment, capture_output=True, text=True, timeout=300, check=False
        )
        return Outcome(done.returncode, done.stdout + done.stderr, _statuses(self.target / "run_results.json"))

    @property
    def target(self) -> Path:
        """Where dbt puts its artefacts."""
        return self.folder / "target"

    @property
    def tap_summary(self) -> Path:
        """The tap's run summary, if a test writes one."""
        return self.folder / "tap.json"

    @property
    def target_summary(self) -> Path:
        """The loader's run summary, if a test writes one."""
        return self.folder / "target.json"

    def _linked(self, warehouse: Warehouse) -> Path:
        """One path for every file: dbt parses the whole project anew whenever its profile changes."""
        link = self.folder / "switchboard.duckdb"
        link.unlink(missing_ok=True)
        link.symlink_to(warehouse.path)
        return link

    def build(self, warehouse: Warehouse, *arguments: str, variables: Row | None = None) -> Outcome:
        """Run `dbt build` and expect it to succeed."""
        outcome = self.run(warehouse, "build", *arguments, variables=variables)
        assert outcome.exit_code == 0, outcome.output
        return outcome


def _statuses(path: Path) -> dict[str, str]:
    if not path.exists():
        return {}
    results = json.loads(path.read_text(encoding="utf-8"))["results"]
    return {result["unique_id"].split(".", 2)[2]: result["status"] for result in results}


@pytest.fixture(scope="session")
def dbt_executable() -> str:
    configured = os.environ.get("SWITCHBOARD_DBT")
    executable = Path(configured) if configured else REPOSITORY / ".venv-dbt" / "bin" / "dbt"
    if executable.is_file():
        return str(executable)
    message = f"dbt is not at {executable}: `make test` installs it there, or set SWITCHBOARD_DBT"
    if os.environ.get("CI"):
        pytest.fail(message)
    pytest.skip(message)


@pytest.fixture(scope="session")
def dbt(dbt_executable: str, tmp_path_factory: pytest.TempPathFactory) -> Dbt:
    return Dbt(dbt_executable, tmp_path_factory.mktemp("dbt"))


class NewWarehouse(t.Protocol):
    """Makes a CoMagic landing zone: lists filled, no calls."""

    def __call__(self, *, account_label: bool = False) -> Warehouse: ...


@pytest.fixture(scope="session")
def new_warehouse(tmp_path_factory: pytest.TempPathFactory) -> NewWarehouse:
    def make(*, account_label: bool = False) -> Warehouse:
        made = Warehouse(tmp_path_factory.mktemp("warehouse") / "switchboard.duckdb", account_label)
        made.create()
        return made

    return make


@pytest.fixture(scope="session")
def call() -> t.Callable[..., Row]:
    return _call
