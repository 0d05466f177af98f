"""Settings, discovery and catalogs: what is found, and what is said when something is not."""

from __future__ import annotations

import json
import typing as t

import pytest
from singer_sdk.plugin_base import _ConfigInput
from tap_duckdb.errors import ConfigurationError
from tap_duckdb.run import Run
from tap_duckdb.tap import TapDuckDB

if t.TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Executable, Message, WriteSql

    Sync = Callable[..., list[Message]]
    Records = Callable[[list[Message], str], list[Message]]


def _streams(config: Message) -> list[str]:
    return sorted(TapDuckDB(config=config).streams)


def test_a_stream_is_called_by_its_table_or_by_both_names_where_two_share_one(write: WriteSql) -> None:
    path = write(
        "CREATE SCHEMA a; CREATE TABLE a.x (id INT); "
        "CREATE SCHEMA b; CREATE TABLE b.x (id INT); CREATE VIEW b.y AS FROM b.x"
    )
    tables = [{"table": "a.x"}, {"table": "B.Y"}]
    assert _streams({"path": str(path), "tables": tables}) == ["x", "y"]
    assert _streams({"path": str(path), "tables": [*tables, {"table": "b.x"}]}) == ["a-x", "b-x", "y"]


def test_names_are_found_whatever_their_case_and_odd_ones_by_quotes(
    write: WriteSql, sync: Sync, records: Records
) -> None:
    path = write('CREATE SCHEMA "my.marts"; CREATE TABLE "my.marts"."Odd ""one""" AS SELECT 1 AS "Id", 2 AS "select"')
    config = {
        "path": str(path),
        "tables": [{"table": '"my.marts"."odd ""ONE"""', "key": "ID", "replication_key": "SELECT"}],
    }
    messages = sync(config)
    assert messages[0]["key_properties"] == ["Id"]
    assert records(messages, 'Odd "one"') == [{"Id": 1, "select": 2}]


def test_a_view_that_names_its_own_database_is_readable(write: WriteSql, sync: Sync, records: Records) -> None:
    path = write("CREATE TABLE t AS SELECT 1 AS id; CREATE VIEW v AS SELECT id + 1 AS id FROM warehouse.main.t")
    assert records(sync({"path": str(path), "tables": [{"table": "v", "key": "id"}]}), "v") == [{"id": 2}]


WRONG_TABLES = {
    "no such table": (
        {"table": "marts.profile"},
        "tables: there is no table marts.profile. Tables and views of the file: main.profiles, marts.profiles.",
    ),
    "ambiguous": (
        {"table": "profiles"},
        "tables: profiles may be main.profiles or marts.profiles; put the schema before it.",
    ),
    "no such key": (
        {"table": "marts.profiles", "key": ["user_id", "day"]},
        "tables: key day is not a column of marts.profiles. It has: user_id, calls, updated_at.",
    ),
    "no such replication key": (
        {"table": "marts.profiles", "replication_key": "changed"},
        "tables: replication_key changed is not a column of marts.profiles. It has: user_id, calls, updated_at.",
    ),
    "unordered": (
        {"table": "main.profiles", "replication_key": "tags"},
        (
            "tables: main.profiles.tags is VARCHAR[], which has no order to read by; "
            "replication_key must be a time, a day, a number or text."
        ),
    ),
}


@pytest.mark.parametrize("case", WRONG_TABLES)
def test_a_wrong_table_is_told_with_what_there_is(profiles: Message, write: WriteSql, case: str) -> None:
    write("CREATE TABLE profiles (tags VARCHAR[])")
    table, message = WRONG_TABLES[case]
    with pytest.raises(ConfigurationError) as raised:
        _streams(profiles | {"tables": [table]})
    assert str(raised.value) == message


def test_a_table_listed_twice_is_refused(profiles: Message) -> None:
    with pytest.raises(ConfigurationError, match=r"marts\.profiles is listed twice"):
        _streams(profiles | {"tables": profiles["tables"] * 2})


HOSTILE: dict[str, tuple[t.Any, str]] = {
    "path missing": ({"path": None}, "'path' is a required property"),
    "tables missing": ({"tables": None}, "'tables' is a required property"),
    "misspelt setting": ({"lock_timeout": 3}, "'lock_timeout' was unexpected"),
    "misspelt table setting": (
        {"tables": [{"table": "marts.profiles", "primary_key": "x"}]},
        "'primary_key' was unexpected",
    ),
    "wrong type": ({"lock_timeout_seconds": "long"}, "'long' is not of type 'number'"),
    "negative time": ({"lock_timeout_seconds": -1}, "-1 is less than the minimum of 0"),
    "no time": ({"start_date": "yesterday"}, "start_date: 'yesterday' is no ISO 8601 time"),
    "no table": ({"tables": []}, "[] should be non-empty"),
    "no such file": ({"path": "nowhere.duckdb"}, "path: there is no file nowhere.duckdb."),
    "a folder": ({"path": "."}, "path: there is no file"),
    "no database": ({"path": __file__}, "test_duckdb_settings.py cannot be read as a DuckDB database"),
    "no such table": ({"tables": [{"table": "orders"}]}, "Tables and views of the file: marts.profiles."),
}


@pytest.mark.parametrize("option", [(), ("--discover",), ("--test",)], ids=["sync", "discover", "test"])
@pytest.mark.parametrize("case", ["misspelt setting", "no such table"])
def test_hostile_settings_end_with_one_line_and_exit_2_in_every_mode(
    profiles: Message, executable: Executable, case: str, option: tuple[str, ...]
) -> None:
    changes, message = HOSTILE[case]
    ended = executable.run(profiles | changes, *option)
    assert (ended.exit_code, len(ended.errors)) == (2, 1), ended.stderr
    assert message in ended.errors[0]
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize("case", HOSTILE)
def test_hostile_settings_end_with_one_line_and_exit_2(
    profiles: Message, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str], case: str
) -> None:
    changes, message = HOSTILE[case]
    config = {name: value for name, value in (profiles | changes).items() if value is not None}
    with pytest.raises(SystemExit) as ended:
        Run(TapDuckDB, _ConfigInput(config)).sync(None, None)
    errors = [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]
    assert (ended.value.code, len(errors), capsys.readouterr().out) == (2, 1, "")
    assert message in errors[0]


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"config": "{"}, "config.json: Expecting property name"),
        ({"config": "[1]"}, "--config "),
        ({"state": "[]"}, "state.json holds no JSON object."),
        ({"state": "{"}, "state.json is not JSON"),
        ({"catalog": "nonsense"}, "catalog.json is not JSON"),
    ],
)
def test_broken_files_end_with_exit_2(
    profiles: Message, executable: Executable, files: dict[str, str], message: str
) -> None:
    documents: dict[str, t.Any] = dict(files)
    ended = executable.run(documents.pop("config", profiles), **documents)
    assert (ended.exit_code, len(ended.errors)) == (2, 1), ended.stderr
    assert message in ended.errors[0]


def test_a_config_file_that_is_not_there(executable: Executable) -> None:
    ended = executable.run(None, "--config", "absent.json")
    assert (ended.exit_code, len(ended.errors)) == (2, 1)
    assert "absent.json" in ended.errors[0]


def test_about_and_discover_work_without_configuration(executable: Executable) -> None:
    about = executable.run(None, "--about", "--format=json")
    told = json.loads(about.stdout)
    assert about.exit_code == 0
    assert {"path", "tables", "start_date", "lock_timeout_seconds", "summary_path"} < set(
        told["settings"]["properties"]
    )
    assert all(setting["description"] for setting in told["settings"]["properties"].values())
    discovered = executable.run(None, "--discover")
    assert (discovered.exit_code, json.loads(discovered.stdout)) == (0, {"streams": []})


def test_discovery_gives_an_incremental_entry_that_is_selected(profiles: Message, executable: Executable) -> None:
    (entry,) = json.loads(executable.run(profiles, "--discover").stdout)["streams"]
    root = next(each["metadata"] for each in entry["metadata"] if each["breadcrumb"] == [])
    assert {
        name: entry[name]
        for name in ("tap_stream_id", "table_name", "key_properties", "replication_key", "replication_method")
    } == {
        "tap_stream_id": "profiles",
        "table_name": "profiles",
        "key_properties": ["user_id"],
        "replication_key": "updated_at",
        "replication_method": "INCREMENTAL",
    }
    assert (root["schema-name"], root["selected-by-default"]) == ("marts", True)


def test_a_catalog_chooses_columns_and_streams(
    profiles: Message, write: WriteSql, sync: Sync, records: Records
) -> None:
    write("CREATE TABLE marts.other AS SELECT 1 AS id")
    config = profiles | {"tables": [*profiles["tables"], {"table": "other", "key": "id"}]}
    catalog = json.loads(TapDuckDB(config=config).catalog_json_text)
    for entry in catalog["streams"]:
        for each in entry["metadata"]:
            if each["breadcrumb"] in ([], ["properties", "calls"]):
                each["metadata"]["selected"] = entry["tap_stream_id"] == "profiles" and each["breadcrumb"] == []
    messages = sync(config, catalog=catalog)
    assert {message["stream"] for message in messages if message["type"] == "RECORD"} == {"profiles"}
    assert records(messages, "profiles")[0] == {"user_id": "p-2", "updated_at": "2026-03-01T09:00:00.000000Z"}


def test_a_catalog_from_before_a_column_went_away_is_refused(profiles: Message, write: WriteSql, sync: Sync) -> None:
    catalog = json.loads(TapDuckDB(config=profiles).catalog_json_text)
    write("ALTER TABLE marts.profiles DROP calls")
    with pytest.raises(ConfigurationError, match=r"The catalog has calls in profiles, but marts\.profiles has not"):
        sync(profiles, catalog=catalog)
