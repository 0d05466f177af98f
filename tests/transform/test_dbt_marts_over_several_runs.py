"""Three days in the life of the marts: a first load, a look-back without news, then every kind of late change."""

from __future__ import annotations

import dataclasses
import datetime as dt
import typing as t

import pytest

if t.TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Dbt, NewWarehouse, Row, Warehouse

CALLS = "SELECT * FROM marts.prd_comagic_calls_v1 ORDER BY call_id"
PROFILES = "SELECT * FROM marts.prd_contacts_profiles_v1 ORDER BY user_id"


@dataclasses.dataclass
class State:
    """The marts after one run."""

    calls: list[Row]
    profiles: list[Row]
    output: str

    def profile(self, person: int) -> Row:
        (found,) = [row for row in self.profiles if row["person_id"] == person]
        return found

    def call(self, call_id: int) -> Row:
        (found,) = [row for row in self.calls if row["call_id"] == call_id]
        return found


@dataclasses.dataclass
class Story:
    """The marts after each run, and after a rebuild from the same raw tables."""

    first: State
    looked_back: State
    changed: State
    rebuilt: State


def _first_calls(call: Callable[..., Row]) -> list[Row]:
    return [
        call(
            101,
            "2026-03-01T10:00:00",
            person_id=7,
            campaign_id=31001,
            campaign_name="Spring",
            visitor_city="Omsk",
            visitor_device="mobile",
            tag_names=["target"],
            tags=[{"tag_id": 88, "tag_name": "target"}],
            employees=[{"employee_id": 5001, "employee_full_name": "Test Testov"}],
            last_answered_employee_id=5001,
            attributes=["first", "target"],
        ),
        call(
            102,
            "2026-03-01T23:59:59",
            person_id=7,
            campaign_id=31002,
            campaign_name="Autumn",
            is_lost=True,
            talk_duration=None,
        ),
        call(103, "2026-03-02T09:00:00", person_id=8, tags=None, tag_names=None),
        call(
            104,
            "2026-03-02T09:30:00",
            person_id=8,
            finish_time=None,
            is_lost=False,
            talk_duration=None,
            total_duration=None,
        ),
        call(105, "2026-03-02T10:00:00"),
        call(106, "2026-03-02T11:00:00", person_id=9),
    ]


def _load_late_changes(warehouse: Warehouse, call: Callable[..., Row], first: list[Row]) -> None:
    """A new call; an old one that gets a sale and a tag; one that ended; one that the vendor rounds into the next day;
    one whose person was merged into another; one marked as deleted; one that vanished.
    """
    rows = {row["id"]: row for row in first}
    late = [
        call(107, "2026-03-03T08:00:00", person_id=10),
        rows[101] | {"sale_cost": 1500.5, "tag_names": ["target", "sold"]},
        rows[104] | {"finish_time": rows[104]["start_time"], "is_lost": True, "talk_duration": 0, "total_duration": 40},
        rows[106] | {"person_id": 8},
    ]
    moved = call(
        102,
        "2026-03-02T00:00:00",
        person_id=7,
        campaign_id=31002,
        campaign_name="Autumn",
        is_lost=True,
        talk_duration=None,
    )
    warehouse.load("calls", [*late, moved], at="2026-03-04T00:00:00Z")
    warehouse.execute("UPDATE raw_comagic.calls SET _sdc_deleted_at = _sdc_received_at WHERE id = 105")
    warehouse.execute("DELETE FROM raw_comagic.calls WHERE id = 103")


@pytest.fixture(scope="module")
def story(
    dbt: Dbt, new_warehouse: NewWarehouse, call: Callable[..., Row], tmp_path_factory: pytest.TempPathFactory
) -> Story:
    warehouse = new_warehouse()

    def after(*command: str, on: Warehouse = warehouse) -> State:
        outcome = dbt.build(on) if command == ("build",) else dbt.models(on, *command)
        return State(on.rows(CALLS), on.rows(PROFILES), outcome.output)

    calls = _first_calls(call)
    warehouse.load("calls", calls, at="2026-03-02T21:00:00Z")
    first = after("build")
    warehouse.load("calls", calls, at="2026-03-03T21:00:00Z")
    looked_back = after()
    _load_late_changes(warehouse, call, calls)
    changed = after()
    copy = warehouse.copy(tmp_path_factory.mktemp("rebuilt"))
    return Story(first, looked_back, changed, after("--full-refresh", on=copy))


def test_a_call_is_renamed_typed_and_complete(story: Story) -> None:
    told = {name: value for name, value in story.first.call(101).items() if value is not None}
    assert told == {
        "call_key": "default/101",
        "account_id": "default",
        "call_id": 101,
        "communication_id": 101,
        "partition_date": dt.date(2026, 3, 1),
        "started_at": "2026-03-01T07:00:00.000000Z",
        "finished_at": "2026-03-01T07:01:15.000000Z",
        "is_ongoing": False,
        "direction": "in",
        "is_lost": False,
        "wait_seconds": 15,
        "talk_seconds": 60,
        "total_seconds": 75,
        "person_id": 7,
        "visitor_city": "Omsk",
        "visitor_device": "mobile",
        "site_id": 25001,
        "campaign_id": 31001,
        "campaign_name": "Spring",
        "last_answered_employee_id": 5001,
        "tag_names": ["target"],
        "attributes": ["first", "target"],
        "employee_names": ["Test Testov"],
        "recording_ids": [],
        "recording_urls": [],
        "wav_recording_ids": [],
        "wav_recording_urls": [],
        "voice_mail_ids": [],
        "voice_mail_urls": [],
        "legs_count": 0,
        "rung_employee_ids": [],
        "rung_employee_names": [],
        "talked_employee_ids": [],
        "talked_employee_names": [],
        "talked_employee_seconds": [],
        "loaded_at": "2026-03-02T21:00:00.000000Z",
    }


def test_unknown_lists_are_empty_and_an_ongoing_call_is_neither_lost_nor_answered(story: Story) -> None:
    without_tags, ongoing = story.first.call(103), story.first.call(104)
    assert (without_tags["tag_names"], without_tags["attributes"], without_tags["employee_names"]) == ([], [], [])
    assert (ongoing["is_ongoing"], ongoing["is_lost"], ongoing["finished_at"]) == (True, None, None)


def test_every_kind_of_late_change_reaches_the_calls_mart(story: Story) -> None:
    assert [row["call_id"] for row in story.first.calls] == [101, 102, 103, 104, 105, 106]
    # 103 vanished from the raw table, 105 is marked as deleted, 107 is new.
    assert [row["call_id"] for row in story.changed.calls] == [101, 102, 104, 106, 107]
    sold = story.changed.call(101)
    assert (sold["sale_amount"], sold["tag_names"]) == (1500.5, ["target", "sold"])
    assert story.first.call(102)["partition_date"] == dt.date(2026, 3, 1)
    assert story.changed.call(102)["partition_date"] == dt.date(2026, 3, 2)
    ended = story.changed.call(104)
    assert (ended["is_ongoing"], ended["is_lost"], ended["total_seconds"]) == (False, True, 40)
    assert story.changed.call(106)["person_id"] == 8


def test_the_calls_mart_equals_a_full_rebuild(story: Story) -> None:
    assert story.changed.calls == story.rebuilt.calls


def test_a_profile_is_complete(story: Story) -> None:
    profile = dict(story.first.profile(7))
    profile.pop("content_hash")
    profile.pop("profile_updated_at")
    assert profile == {
        "user_id": "comagic-person-7",
        "source": "comagic",
        "account_id": "default",
        "person_id": 7,
        "first_contact_at": "2026-03-01T07:00:00.000000Z",
        "first_contact_type": "call",
        "last_contact_at": "2026-03-01T20:59:59.000000Z",
        "last_contact_type": "call",
        "contacts_count": 2,
        "calls_count": 2,
        "chats_count": 0,
        "offline_messages_count": 0,
        "lost_calls_count": 1,
        "talk_seconds_total": 60,
        "first_campaign_id": 31001,
        "first_campaign_name": "Spring",
        "last_campaign_id": 31002,
        "last_campaign_name": "Autumn",
        "city": "Omsk",
        "device": "mobile",
        "tag_names": ["target"],
    }


def test_calls_without_a_person_are_in_no_profile_and_the_log_counts_them(story: Story) -> None:
    assert [row["person_id"] for row in story.first.profiles] == [7, 8, 9]
    assert "1 of 6 calls have no person and are in no profile." in story.first.output


def test_a_look_back_that_changes_nothing_moves_no_profile(story: Story) -> None:
    assert story.looked_back.profiles == story.first.profiles
    # The calls themselves were written again, in their new version.
    assert {row["loaded_at"] for row in story.looked_back.calls} == {"2026-03-03T21:00:00.000000Z"}


def test_marks_are_unique_and_those_of_a_later_run_lie_above_all_earlier_ones(story: Story) -> None:
    marks = [row["profile_updated_at"] for row in story.changed.profiles]
    assert len(set(marks)) == len(marks) == 4
    newest = max(row["profile_updated_at"] for row in story.first.profiles)
    moved = {row["person_id"] for row in story.changed.profiles if row["profile_updated_at"] > newest}
    # 7: a tag and another time; 8: lost a call and got one; 9: merged away; 10: new.
    assert moved == {7, 8, 9, 10}


def test_a_person_whose_calls_went_to_another_stays_with_zeros(story: Story) -> None:
    before, after = story.first.profile(9), story.changed.profile(9)
    assert before["calls_count"] == 1
    assert {name: value for name, value in after.items() if name.endswith(("_count", "_total"))} == {
        "contacts_count": 0,
        "calls_count": 0,
        "chats_count": 0,
        "offline_messages_count": 0,
        "lost_calls_count": 0,
        "talk_seconds_total": 0,
    }
    assert (after["user_id"], after["last_contact_at"]) == (before["user_id"], before["last_contact_at"])
    merged = story.changed.profile(8)
    assert (merged["calls_count"], merged["lost_calls_count"], merged["talk_seconds_total"]) == (2, 1, 60)


def test_profiles_equal_a_rebuild_but_for_their_marks_and_those_that_went_away(story: Story) -> None:
    kept = [row | {"profile_updated_at": None} for row in story.changed.profiles if row["calls_count"]]
    assert kept == [row | {"profile_updated_at": None} for row in story.rebuilt.profiles]
