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
from tap_comagic.schemas import schema_of
from target_duckdb.types import column_type

REPOSITORY = Path(__file__).parents[2]
PROJECT = REPOSITORY / "transform"

Row = dict[str, t.Any]

# Reports and lists that the project reads, by the vendor's method.
METHODS = {
    "calls": "get.calls_report",
    "call_legs": "get.call_legs_report",
    "communications": "get.communications_report",
    "chats": "get.chats_report",
    "chat_messages": "get.chat_messages_report",
    "offline_messages": "get.offline_messages_report",
    "goals": "get.goals_report",
    "visitor_sessions": "get.visitor_sessions_report",
    "campaign_daily_stat": "get.campaign_daily_stat",
    "account": "get.account",
    "sites": "get.sites",
    "campaigns": "get.campaigns",
    "employees": "get.employees",
    "tags": "get.tags",
}
KEYS = {
    "account": ("app_id",),
    "communications": ("communication_type", "id"),
    "goals": ("communication_id",),
    "campaign_daily_stat": ("row_key",),
}
# What the loader adds to every row, and what the tap adds to rows with a time, with tags, or without a key.
METADATA = dict.fromkeys(
    ("_sdc_extracted_at", "_sdc_received_at", "_sdc_batched_at", "_sdc_deleted_at"), "TIMESTAMP WITH TIME ZONE"
) | dict.fromkeys(("_sdc_sequence", "_sdc_table_version"), "BIGINT")
# Every run reads these in full.
LISTS: dict[str, list[Row]] = {
    "account": [{"app_id": 1, "name": "Example", "timezone": "Europe/Moscow"}],
    "sites": [{"id": 25001, "domain_name": "example.test"}],
    "campaigns": [{"id": 31001, "name": "Spring"}, {"id": 31002, "name": "Autumn"}],
    "employees": [{"id": 5001, "full_name": "Test Testov"}],
    "tags": [{"id": 88, "name": "target"}],
}


def raw_columns(stream: str) -> dict[str, str]:
    """The columns of a raw table with their types: the tap's schema as the loader lands it."""
    method = METHODS[stream]
    columns = {name: column_type(schema) for name, schema in schema_of(method, key_of(stream))["properties"].items()}
    if "tags" in columns:
        columns["tag_names"] = "JSON"
    if method.endswith("_report") or stream == "campaign_daily_stat":
        columns["partition_date"] = "DATE"
    if stream == "campaign_daily_stat":
        columns |= {"row_key": "VARCHAR", "date": "DATE"}
    return columns | METADATA


def key_of(stream: str) -> tuple[str, ...]:
    """The columns that identify a row within its account."""
    return KEYS.get(stream, ("id",))


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

    def create(self, streams: t.Collection[str]) -> None:
        """Create the raw tables of these streams, lists filled."""
        label = {"account_id": "VARCHAR"} if self.account_label else {}
        with duckdb.connect(str(self.path)) as connection:
            connection.execute("CREATE SCHEMA raw_comagic")
            for stream in streams:
                body = ", ".join(f'"{name}" {kind}' for name, kind in (raw_columns(stream) | label).items())
                connection.execute(f"CREATE TABLE raw_comagic.{stream} ({body})")
        for stream in LISTS.keys() & set(streams):
            self.load(stream, LISTS[stream], at="2026-03-01T00:00:00Z")

    def load(self, stream: str, rows: t.Iterable[Row], *, at: str) -> None:
        """Merge whole rows on the key, received at the instant `at`."""
        moment = dt.datetime.fromisoformat(at)
        stamps = {"_sdc_extracted_at": moment, "_sdc_received_at": moment, "_sdc_sequence": int(moment.timestamp())}
        key = [*key_of(stream), *(["account_id"] if self.account_label else [])]
        where = " AND ".join(f"{column} IS NOT DISTINCT FROM ?" for column in key)
        with duckdb.connect(str(self.path)) as connection:
            relation = connection.table(f"raw_comagic.{stream}")
            for row in rows:
                values = {name: _landed(value) for name, value in (row | stamps).items()}
                unknown = values.keys() - set(relation.columns)
                assert not unknown, unknown
                connection.execute(f"DELETE FROM raw_comagic.{stream} WHERE {where}", [row.get(name) for name in key])  # noqa: S608 - no outside text
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

        The run summaries are this object's (`tap_summary` and so on): those of a run in the checkout are no
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
        paths = {
            "tap_summary_path": str(self.tap_summary),
            "genesys_tap_summary_path": str(self.genesys_tap_summary),
            "target_summary_path": str(self.target_summary),
        }
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
        """The run summary of tap-comagic, if a test writes one."""
        return self.folder / "tap.json"

    @property
    def genesys_tap_summary(self) -> Path:
        """The run summary of tap-genesys, if a test writes one."""
        return self.folder / "tap-genesys.json"

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
        """Run `dbt build` and expect it to succeed, but for the unit tests: no warehouse changes their outcome, so one
        test runs them for all. Unless something is selected, it is what is made of CoMagic.
        """
        if "--select" not in arguments:
            arguments = (*arguments, "--select", "comagic", "contacts")
        arguments = ("build", "--exclude-resource-type", "unit_test", *arguments)
        outcome = self.run(warehouse, *arguments, variables=variables)
        assert outcome.exit_code == 0, outcome.output
        return outcome

    def models(self, warehouse: Warehouse, *arguments: str) -> Outcome:
        """Run the models that are made of CoMagic, no tests, and expect it to succeed: for a test that has built before,
        or asks of rows only.
        """
        outcome = self.run(warehouse, "run", "--select", "comagic", "contacts", *arguments)
        assert outcome.exit_code == 0, outcome.output
        return outcome


def _statuses(path: Path) -> dict[str, str]:
    if not path.exists():
        return {}
    results = json.loads(path.read_text(encoding="utf-8"))["results"]
    return {
        result["unique_id"].split(".", 2)[2]: result["status"]
        for result in results
        if not result["unique_id"].startswith("operation.")
    }


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
    """Makes a CoMagic landing zone: lists filled, reports empty."""

    def __call__(self, *streams: str, account_label: bool = False) -> Warehouse: ...


@pytest.fixture(scope="session")
def new_warehouse(tmp_path_factory: pytest.TempPathFactory) -> NewWarehouse:
    def make(*streams: str, account_label: bool = False) -> Warehouse:
        made = Warehouse(tmp_path_factory.mktemp("warehouse") / "switchboard.duckdb", account_label)
        made.create(streams or METHODS)
        return made

    return make


@pytest.fixture(scope="module")
def empty_warehouse(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """A file that is not there yet, for a real loader to make."""
    return Warehouse(tmp_path_factory.mktemp("warehouse") / "switchboard.duckdb")


@pytest.fixture(scope="session")
def call() -> t.Callable[..., Row]:
    return _call
