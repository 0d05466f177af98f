"""What settings change in requests and records, and what wrong settings lead to."""

from __future__ import annotations

import hashlib
import hmac
import subprocess
import typing as t

import pytest
from strict_rows import call, calls, entities
from strict_vendor import Vendor, field_table
from tap_process import TAP

if t.TYPE_CHECKING:
    import datetime as dt

    from tap_process import Tap

REPORT = "get.calls_report"
DOCUMENTED = [field["name"] for field in field_table(REPORT) if "inside" not in field]


@pytest.fixture
def account(vendor: Vendor, hour: dt.timedelta) -> Vendor:
    vendor.rows[REPORT] = calls(24, "2026-03-01 00:00:00", hour)
    vendor.rows["get.tags"] = entities("get.tags", 2)
    return vendor


def asked(vendor: Vendor, method: str = REPORT) -> list[str]:
    return t.cast("list[str]", vendor.calls(method)[0].params["fields"])


def test_a_field_that_the_brand_does_not_know(account: Vendor, tap: Tap) -> None:
    account.unknown_fields = ("cpn_country_id", "tags")

    refused = tap.run()
    assert refused.exit_code == 3
    assert "unexpected_parameters" in refused.stream()["error"]
    assert "cpn_country_id" in refused.stream()["error"]
    assert 'with the setting fields: {"<stream>": ["-<field>"]}' in refused.stream()["error"]
    assert refused.bookmark is None

    account.seen.clear()
    tap.streams = None  # the schema of a catalog would stand
    run = tap.run(fields={"calls": ["-cpn_country_id", "-tags", "-id", "-start_time"]})

    assert (run.stream()["status"], len(run.ids())) == ("complete", 24)
    assert asked(account) == [name for name in DOCUMENTED if name not in {"cpn_country_id", "tags"}]
    derived = {"partition_date"}  # tag_names cannot be made without tags
    assert set(run.records()[0]) == {*asked(account), *derived}
    assert set(run.schema()["schema"]["properties"]) == set(run.records()[0])


def test_an_undocumented_field(account: Vendor, tap: Tap) -> None:
    account.rows[REPORT] = [call(1, "2026-03-01 10:00:00", hold_duration=7)]

    run = tap.run(fields={"calls": ["+hold_duration", "+hold_duration", "-tags"]})

    assert asked(account) == [*(name for name in DOCUMENTED if name != "tags"), "hold_duration"]
    assert run.records()[0]["hold_duration"] == 7


def test_a_set_of_fields_of_ones_own(account: Vendor, tap: Tap) -> None:
    run = tap.run(fields={"calls": ["talk_duration", "+hold_duration"]})

    assert asked(account) == ["id", "start_time", "talk_duration", "hold_duration"]
    assert set(run.records()[0]) == {"id", "start_time", "talk_duration", "partition_date"}


def test_deselected_fields_are_not_asked_for(account: Vendor, tap: Tap) -> None:
    tap.deselected = tuple(name for name in DOCUMENTED if name not in {"id", "start_time", "is_lost"})

    run = tap.run()

    assert asked(account) == ["id", "start_time", "is_lost", "tags"], "tags, because tag_names is made of them"
    assert run.records()[0] == {
        "id": 9_161_005_000,
        "start_time": "2026-03-01T00:00:00+03:00",
        "is_lost": False,
        "partition_date": "2026-03-01",
        "tag_names": ["tag_name 9161005000"],
    }

    account.seen.clear()
    tap.deselected = (*tap.deselected, "tag_names", "partition_date")
    assert set(tap.run().records()[0]) == {"id", "start_time", "is_lost"}
    assert asked(account) == ["id", "start_time", "is_lost"]


def test_a_label_for_the_account(account: Vendor, tap: Tap) -> None:
    tap.streams = ("calls", "tags")

    run = tap.run(account_id="north")

    assert {record["account_id"] for record in [*run.records(), *run.records("tags")]} == {"north"}
    assert [run.schema(name)["key_properties"] for name in tap.streams] == [["account_id", "id"], ["account_id", "id"]]


def test_hashed_fields(account: Vendor, tap: Tap) -> None:
    fields = ["contact_phone_number", "calls.visitor_id", "calls.employees.employee_full_name", "voice_mail_records"]

    run = tap.run(hash_fields=fields, hash_salt="pepper-and-salt")

    def digest(text: str) -> str:
        return hmac.new(b"pepper-and-salt", text.encode(), hashlib.sha256).hexdigest()

    record = run.records()[1]
    assert record["contact_phone_number"] == digest("contact_phone_number 9161005001")
    assert record["visitor_id"] == digest("1")
    assert record["employees"][0]["employee_full_name"] == digest("employee_full_name 9161005001")
    assert record["voice_mail_records"] == [digest("voice_mail_records-9161005001")]
    assert "pepper-and-salt" not in run.stdout + run.stderr
    assert "9161005001" not in str([record[name] for name in ("contact_phone_number", "visitor_id")])


def test_unknown_fields(account: Vendor, tap: Tap) -> None:
    """A vendor that sends more than it was asked for."""
    account.rows["get.tags"][0]["rating"] = 5
    account.always = ("rating",)
    tap.streams = ("tags",)

    dropped = tap.run()
    assert set(dropped.records("tags")[0]) == {"id", "name", "is_system"}
    assert "rating" in dropped.stderr

    kept = tap.run(unknown_fields="keep")
    assert [record.get("_extra") for record in kept.records("tags")] == [{"rating": 5}, None]


def test_small_pages(account: Vendor, tap: Tap) -> None:
    tap.streams = ("account", "calls", "tags")

    run = tap.run(page_size=1, end_date="2026-03-02")

    assert run.exit_code == 0
    assert (len(run.records("account")), len(run.ids()), run.ids("tags")) == (1, 24, [1, 2])
    assert account.outcomes("get.account") == ["ok"], "the zone and the stream share one answer"


# Hostile settings (more of them, without processes, in the package's own tests)


@pytest.mark.parametrize(
    ("changes", "lines"),
    [
        (
            {"access_token": None, "start_dat": "2026-01-01", "page_size": "many", "start_date": "2031-01-01"},
            [
                "unknown setting 'start_dat'; did you mean 'start_date'?",
                "page_size: 'many' must be of type integer",
                "start_date 2031-01-01 lies in the future",
                "credentials are missing: give access_token, or login and password",
            ],
        ),
        (
            {"start_date": "2026-03-12"},
            ["start_date 2026-03-12 is not before end_date 2026-03-11; swap or correct them"],
        ),
    ],
)
def test_wrong_settings(account: Vendor, tap: Tap, changes: dict[str, t.Any], lines: list[str]) -> None:
    run = tap.run(**changes)

    assert run.exit_code == 2
    told = run.summary["error"].splitlines()
    for line in lines:
        assert [one for one in told if one.startswith(line)], f"{line!r} is not among {told}"
    assert len(told) <= len(lines) + 1
    assert (run.stdout, account.seen) == ("", [])


@pytest.mark.parametrize("content", [None, "", "{", "[]"])
def test_a_settings_file_that_is_none(tap: Tap, content: str | None) -> None:
    path = tap.folder / "broken.json"
    if content is not None:
        path.write_text(content)

    done = subprocess.run([TAP, "--config", path], capture_output=True, text=True, timeout=60, check=False)

    assert (done.returncode, done.stdout) == (2, "")
    assert "Traceback" not in done.stderr
    assert "--config" in done.stderr or "start_date is missing" in done.stderr
