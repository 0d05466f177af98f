"""What wrong settings are told, one line each; what right ones lead to."""

from __future__ import annotations

import json
import typing as t
from pathlib import Path

import pytest
from click.testing import CliRunner
from singer_slices import SourceZone, name_of
from singer_slices.errors import ExitCode
from tap_comagic.streams.lists import Campaigns, Tags
from tap_comagic.streams.reports import Calls, VisitorSessions
from tap_comagic.tap import TapComagic

GOOD = {"access_token": "a-key-that-is-secret", "start_date": "2026-01-01", "timezone": "Europe/Moscow"}


def told(folder: Path, config: dict[str, t.Any]) -> list[str]:
    """What the command line says about these settings, as it stands in the summary."""
    summary, path = folder / "summary.json", folder / "config.json"
    path.write_text(json.dumps({"summary_path": str(summary), **config}))
    done = CliRunner().invoke(TapComagic.cli, ["--config", str(path)])
    assert done.exit_code == ExitCode.CONFIGURATION
    document = json.loads(summary.read_text())
    assert (document["exit_code"], document["requests"], document["streams"]) == (2, 0, [])
    assert "a-key-that-is-secret" not in summary.read_text()
    return t.cast("list[str]", document["error"].splitlines())


@pytest.mark.parametrize(
    ("changes", "lines"),
    [
        ({"access_token": None}, ["credentials are missing: give access_token, or login and password"]),
        ({"access_token": None, "login": "me"}, ["password is missing: login and password go together"]),
        ({"access_token": None, "password": "pass-word"}, ["login is missing: login and password go together"]),
        ({"timezone": "Moscow"}, ["timezone: 'Moscow' is not a time zone; give a name like 'Europe/Moscow'"]),
        ({"acess_token": "x"}, ["unknown setting 'acess_token'; did you mean 'access_token'?"]),
        ({"user_id": "four"}, ["user_id: 'four' must be of type integer"]),
        ({"include_ongoing_calls": "yes"}, ["include_ongoing_calls: 'yes' must be of type boolean"]),
        ({"page_size": 10_001}, ["page_size: 10001 must be at most 10000"]),
        ({"page_size": 0}, ["page_size: 0 must be at least 1"]),
        ({"slice_days": 90}, ["slice_days: 90 is more than the vendor allows; at most 89"]),
        (
            {"slice_days": {"chat_messages": 30}},
            ["slice_days.chat_messages: 30 is more than the vendor allows; at most 29"],
        ),
        ({"user_id": 1, "user_ids": [2]}, ["user_ids contradicts user_id: give one of"]),
        ({"user_ids": [2], "all_clients": True}, ["all_clients contradicts user_ids: give one of"]),
        ({"slice_days": {"calls": 90}}, ["slice_days.calls: 90 is more than the vendor allows; at most 89"]),
        (
            {"slice_days": {"tags": 1}},
            ["slice_days.tags: there is no stream 'tags' with a time; there are call_legs, calls, "],
        ),
        ({"start_date": "yesterday"}, ["start_date: 'yesterday' is neither a date nor a time"]),
        ({"start_date": None}, ["start_date is missing"]),
        ({"start_date": "2099-01-01"}, ["start_date 2099-01-01 lies in the future"]),
        ({"end_date": "2025-12-31"}, ["start_date 2026-01-01 is not before end_date 2025-12-31"]),
        ({"backfill": True}, ["backfill needs end_date"]),
        ({"hash_fields": ["contact_phone_number"]}, ["hash_fields needs hash_salt"]),
        ({"hash_fields": ["nonsense"], "hash_salt": "salt"}, ["hash_fields: no stream has a field 'nonsense'"]),
        ({"known_unavailable": ["callz"]}, ["known_unavailable: there is no stream 'callz'"]),
        (
            {"fields": {"callz": ["id"]}},
            ["fields: there is no stream 'callz'; there are account, available_virtual_numbers,"],
        ),
        (
            {"fields": {"calls": ["-talk_durations"]}},
            ["fields.calls: 'talk_durations' is no documented field; did"],
        ),
        ({"fields": {"calls": ["qqq"]}}, ["fields.calls: 'qqq' is no documented field; write '+qqq' to ask"]),
        ({"fields": {"calls": ["+", ""]}}, ["fields.calls: '+' is no field name", "fields.calls: '' is no field name"]),
        ({"fields": ["calls"]}, ["fields: ['calls'] must be of type object"]),
        ({"fields": {"calls": "id"}}, ["fields.calls: 'id' must be of type array"]),
        ({"api_url": "vendor"}, ["api_url: 'vendor' is no address"]),
    ],
)
def test_wrong_settings(tmp_path: Path, changes: dict[str, t.Any], lines: list[str]) -> None:
    config = {name: value for name, value in {**GOOD, **changes}.items() if value is not None}
    found = told(tmp_path, config)
    assert len(found) == len(lines), found
    assert [text[: len(line)] for text, line in zip(found, lines, strict=True)] == lines


def test_all_that_is_wrong_is_told_at_once(tmp_path: Path) -> None:
    found = told(tmp_path, {"login": "me", "startdate": "2026", "page_size": "x", "timezone": "Nowhere/City"})
    starts = ["unknown setting 'startdate'", "page_size", "start_date is missing", "password is missing", "timezone"]
    assert sorted(text.startswith(tuple(starts)) for text in found) == [True] * 5


def test_a_secret_of_a_wrong_type_is_not_shown(tmp_path: Path) -> None:
    lines = told(tmp_path, {**GOOD, "access_token": 123_456_789_012})
    assert lines[0] == "access_token: the value must be of type string"
    assert "123456789012" not in "".join(lines)


# The setting `fields`


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (None, ["id", "name", "is_system"]),
        ([], ["id", "name", "is_system"]),
        (["-name"], ["id", "is_system"]),
        (["-id"], ["id", "name", "is_system"]),
        (["+rating", "+rating"], ["id", "name", "is_system", "rating"]),
        (["name"], ["id", "name"]),
        (["is_system", "+color", "-is_system"], ["id", "color"]),
    ],
)
def test_fields_of_tags(changes: list[str] | None, expected: list[str]) -> None:
    config = {} if changes is None else {"fields": {"tags": changes}}
    assert Tags.vendor_fields(config) == expected
    assert list(Tags.schema_of(config)["properties"]) == expected
    assert Campaigns.vendor_fields(config)[0] == "id"


def test_fields_of_calls_keep_key_and_time() -> None:
    config = {"fields": {"calls": ["is_lost", "-start_time"]}}
    assert Calls.vendor_fields(config) == ["id", "start_time", "is_lost"]
    assert list(Calls.schema_of(config)["properties"]) == ["id", "start_time", "is_lost", "partition_date"]
    with_tags = {"fields": {"calls": ["tags"]}}
    assert list(Calls.schema_of(with_tags)["properties"]) == ["id", "start_time", "tags", "partition_date", "tag_names"]


@pytest.mark.parametrize(
    ("row", "day", "names"),
    [
        ({"start_time": "2026-03-01 00:00:00", "tags": []}, "2026-03-01", []),
        ({"start_time": "2026-03-01T23:59:59", "tags": None}, "2026-03-01", None),
        ({"start_time": "2026-03-01T23:30:00+00:00", "tags": [{"tag_name": "a"}, None]}, "2026-03-02", ["a"]),
        ({"start_time": "2026-03-01 10:00:00", "tags": {"tag_name": "lone"}}, "2026-03-01", ["lone"]),
        ({"start_time": None, "tags": [{"tag_id": 1}, {"tag_name": "b"}]}, None, [None, "b"]),
        ({"start_time": "", "tags": "none"}, None, None),
        ({"start_time": 5, "tags": 7}, None, None),
    ],
)
def test_derived_fields(row: dict[str, t.Any], day: str | None, names: list[t.Any] | None) -> None:
    zone = SourceZone("Europe/Moscow")
    assert {name: make.of(row, zone) for name, make in Calls.derived.items()} == {
        "partition_date": day,
        "tag_names": names,
    }


def test_streams_without_tags_have_no_tag_names() -> None:
    assert set(VisitorSessions.derived) == {"partition_date"}
    assert "tag_names" not in Calls.schema_of({"fields": {"calls": ["-tags"]}})["properties"]


def test_every_setting_is_described() -> None:
    settings = TapComagic.config_jsonschema["properties"]
    assert [
        name for name, setting in settings.items() if not setting.get("title") or not setting.get("description")
    ] == []
    secrets = {name for name, setting in settings.items() if setting.get("secret")}
    assert secrets == {"access_token", "password", "hash_salt"}
    assert [name_of(stream) for stream in TapComagic.stream_types] == TapComagic.stream_names()
