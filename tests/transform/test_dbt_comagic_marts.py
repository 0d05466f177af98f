"""The marts made of CoMagic over two days of two accounts: first loads, then late rows, corrections and deletions."""

from __future__ import annotations

import dataclasses
import datetime as dt
import typing as t
from decimal import Decimal

import pytest

if t.TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Dbt, NewWarehouse, Row, Warehouse

MARTS = {
    "comagic_calls": "call_key",
    "comagic_missed_calls": "call_key",
    "comagic_campaign_days": "campaign_day_key",
    "comagic_person_sources": "person_key",
    "contacts_timeline": "contact_key",
}
PROFILES = (
    "SELECT * EXCLUDE (content_hash, profile_updated_at) FROM marts.prd_contacts_profiles_v1 WHERE contacts_count > 0"
)
DAY = dt.date(2026, 3, 1)
Marts = dict[str, dict[str, "Row"]]


@dataclasses.dataclass
class Story:
    """Every mart's rows by key after each run, and after a rebuild from the same raw tables."""

    first: Marts
    changed: Marts
    rebuilt: Marts
    profiles: list[dict[str, Row]]
    """Those of the three, by user."""


def _marts(warehouse: Warehouse) -> Marts:
    return {
        name: {row[key]: row for row in warehouse.rows(f"SELECT * FROM marts.prd_{name}_v1")}  # noqa: S608 - own names
        for name, key in MARTS.items()
    }


def _profiles(warehouse: Warehouse) -> dict[str, Row]:
    return {row["user_id"]: row for row in warehouse.rows(PROFILES)}


def _at(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(f"{text}+03:00")


def _contact(number: int, time: str, **fields: t.Any) -> Row:
    row = {"account_id": "north", "id": number, "date_time": _at(time), "partition_date": _at(time).date()}
    return row | fields


def _leg(number: int, call_id: int, **fields: t.Any) -> Row:
    row = {"account_id": "north", "id": number, "call_session_id": call_id, "start_time": _at("2026-03-01T12:00:01")}
    return row | {"partition_date": DAY, "direction": "out"} | fields


def _stat(key: str, cost: str | None, **fields: t.Any) -> Row:
    row = {"account_id": "north", "row_key": key, "date": DAY, "partition_date": DAY, "site_id": 25001}
    return row | {"campaign_id": 31001, "cost_sum": cost, "currency": "RUB", "visits_count": 5} | fields


def _load_first(warehouse: Warehouse, call: Callable[..., Row]) -> None:
    lost = {"is_lost": True, "talk_duration": None}
    calls = [
        call(1, "2026-03-01T10:00:00", account_id="north", person_id=7, channel="direct", **lost),
        call(2, "2026-03-01T11:00:00", account_id="north", contact_phone_number="79260000002", **lost),
        call(3, "2026-03-01T12:00:00", account_id="north", person_id=8, communication_id=903, call_records=["r1"]),
        # The same ids in another account are other calls of other persons.
        call(1, "2026-03-01T10:00:00", account_id="south", person_id=7, channel="referral", **lost),
        call(3, "2026-03-01T10:10:00", account_id="south", person_id=7, first_talked_employee_id=9),
    ]
    loads: dict[str, list[Row]] = {
        "calls": calls,
        "call_legs": [_leg(31, 3, employee_id=5001, employee_full_name="Test Testov", is_talked=True, duration=60)],
        "visitor_sessions": [_contact(71, "2026-03-01T09:00:00", person_id=7, channel="organic")],
        "chats": [_contact(81, "2026-03-01T09:30:00", person_id=8, duration="75", communication_id=81)],
        "chat_messages": [_contact(811, "2026-03-01T09:30:05", chat_id=81, text="Hello")],
        "offline_messages": [_contact(91, "2026-03-01T09:40:00", person_id=8, utm_source="letter")],
        "goals": [_contact(5, "2026-03-01T09:50:00", person_id=8, communication_id=55, name="Form")],
        "communications": [_contact(81, "2026-03-01T09:30:00", communication_type="chat", person_id=8)],
        "campaign_daily_stat": [
            _stat("k1", "100.50", calls_count=2, chats_count=1),
            _stat("k2", "0.25", visits_count=1),
            _stat("k3", None, campaign_id=31002, currency=None, calls_count=1),
        ],
    }
    for stream, rows in loads.items():
        warehouse.load(stream, rows, at="2026-03-01T21:00:00Z")


def _load_late(warehouse: Warehouse, call: Callable[..., Row]) -> None:
    """The call-back of call 1; a leg that comes late; call 2 vanishes; a corrected cost; an old visit by a backfill;
    a chat that is lost in the end; one offline message is new, another vanishes.
    """
    loads: dict[str, list[Row]] = {
        "calls": [
            call(
                4,
                "2026-03-01T10:05:00",
                account_id="north",
                person_id=7,
                direction="out",
                first_answered_employee_id=5001,
            )
        ],
        "call_legs": [
            _leg(32, 3, employee_id=5002, employee_full_name="Late Comer", is_talked=False, call_records=["r1", "r2"])
        ],
        "visitor_sessions": [_contact(60, "2026-02-20T09:00:00", person_id=7, channel="paid", campaign_id=31001)],
        "campaign_daily_stat": [_stat("k1", "120.50", calls_count=3, chats_count=1)],
        "chats": [_contact(81, "2026-03-01T09:30:00", person_id=8, duration="75", status="lost", tag_names=["late"])],
        "offline_messages": [_contact(92, "2026-03-02T08:00:00", person_id=11, campaign_id=31002)],
    }
    for stream, rows in loads.items():
        warehouse.load(stream, rows, at="2026-03-02T21:00:00Z")
    warehouse.execute("DELETE FROM raw_comagic.calls WHERE id = 2")
    warehouse.execute("DELETE FROM raw_comagic.offline_messages WHERE id = 91")
    warehouse.execute("DELETE FROM raw_comagic.campaign_daily_stat WHERE row_key = 'k3'")


@pytest.fixture(scope="module")
def story(
    dbt: Dbt, new_warehouse: NewWarehouse, call: Callable[..., Row], tmp_path_factory: pytest.TempPathFactory
) -> Story:
    warehouse = new_warehouse(account_label=True)
    _load_first(warehouse, call)
    dbt.build(warehouse)
    first, profiles = _marts(warehouse), [_profiles(warehouse)]
    _load_late(warehouse, call)
    dbt.models(warehouse)
    copy = warehouse.copy(tmp_path_factory.mktemp("rebuilt"))
    dbt.models(copy, "--full-refresh")
    return Story(first, _marts(warehouse), _marts(copy), [*profiles, _profiles(warehouse), _profiles(copy)])


def test_a_calls_legs_tell_who_took_part_and_where_its_recordings_are(story: Story) -> None:
    before, after = story.first["comagic_calls"]["north/3"], story.changed["comagic_calls"]["north/3"]
    media = "https://app.comagic.ru/system/media/talk"
    assert (before["legs_count"], before["rung_employee_names"]) == (1, ["Test Testov"])
    assert before["recording_urls"] == [f"{media}/903/r1/"]
    assert (after["legs_count"], after["rung_employee_ids"], after["talked_employee_ids"]) == (2, [5001, 5002], [5001])
    assert after["talked_employee_seconds"] == [60]
    assert after["recording_urls"] == [f"{media}/903/r1/", f"{media}/3/r2/"]
    assert story.changed["comagic_calls"]["south/3"]["legs_count"] == 0


def test_a_missed_call_waits_for_its_call_back_in_its_own_account(story: Story) -> None:
    assert set(story.first["comagic_missed_calls"]) == {"north/1", "north/2", "south/1"}
    assert set(story.changed["comagic_missed_calls"]) == {"north/1", "south/1"}
    waiting, answered = story.first["comagic_missed_calls"]["north/1"], story.changed["comagic_missed_calls"]["north/1"]
    assert (waiting["is_called_back"], waiting["callback_call_key"], waiting["callback_seconds"]) == (False, None, None)
    assert (answered["is_called_back"], answered["callback_call_key"]) == (True, "north/4")
    # Missed from 10:00:00 to 10:01:15, called back at 10:05:00.
    assert (answered["callback_seconds"], answered["first_attempt_seconds"]) == (225, 225)
    assert (answered["callback_direction"], answered["callback_employee_id"]) == ("out", 5001)
    south = story.first["comagic_missed_calls"]["south/1"]
    assert (south["callback_call_key"], south["callback_direction"], south["callback_employee_id"]) == (
        "south/3",
        "in",
        9,
    )
    assert south["first_attempt_call_key"] is None


def test_a_campaigns_day_follows_corrections(story: Story) -> None:
    assert set(story.first["comagic_campaign_days"]) == {"north/2026-03-01/25001/31001", "north/2026-03-01/25001/31002"}
    before = story.first["comagic_campaign_days"]["north/2026-03-01/25001/31001"]
    assert (before["spend"], before["contacts_count"], before["visits_count"]) == (Decimal("100.75"), 3, 6)
    assert before["cost_per_contact"] == Decimal("33.583333")
    unpaid = story.first["comagic_campaign_days"]["north/2026-03-01/25001/31002"]
    assert (unpaid["spend"], unpaid["contacts_count"], unpaid["cost_per_contact"]) == (None, 1, None)
    (after,) = story.changed["comagic_campaign_days"].values()
    assert (after["spend"], after["contacts_count"], after["currency"]) == (Decimal("120.75"), 4, "RUB")
    assert after["cost_per_contact"] == Decimal("30.1875")


def test_an_old_visit_that_comes_late_becomes_the_first_touch(story: Story) -> None:
    def told(marts: Marts, person: str) -> tuple[t.Any, ...]:
        row = marts["comagic_person_sources"][person]
        return tuple(row[column] for column in ("first_channel", "first_campaign_id", "last_channel", "visits_count"))

    assert told(story.first, "north/7") == ("organic", None, "direct", 1)
    assert told(story.changed, "north/7") == ("paid", 31001, "direct", 2)
    assert told(story.changed, "south/7") == ("referral", None, "referral", 0)


def test_a_contact_that_two_reports_know_is_counted_once(story: Story) -> None:
    person = story.first["comagic_person_sources"]["north/8"]
    counts = {name: person[name] for name in person if name.endswith("_count")}
    assert counts == {
        "visits_count": 0,
        "calls_count": 1,
        "chats_count": 1,
        "offline_messages_count": 1,
        "goals_count": 1,
        "contacts_count": 3,
    }
    assert (person["first_contact_type"], person["last_contact_type"]) == ("chat", "call")
    assert (person["first_touch_type"], person["first_utm_source"], person["last_touch_id"]) == (
        "offline_message",
        "letter",
        91,
    )


def test_contacts_of_all_kinds_stand_in_one_timeline(story: Story) -> None:
    def told(marts: Marts) -> list[tuple[t.Any, ...]]:
        names = ("contact_key", "contacted_at", "user_id", "is_lost", "tag_names")
        rows = sorted(marts["contacts_timeline"].values(), key=lambda row: (row["contacted_at"], row["contact_key"]))
        return [tuple(row[name] for name in names) for row in rows if row["account_id"] == "north"]

    seven, eight, eleven = (f"comagic-north-person-{person}" for person in (7, 8, 11))
    call_1: tuple[t.Any, ...] = ("north/comagic/call/1", "2026-03-01T07:00:00.000000Z", seven, True, [])
    call_3: tuple[t.Any, ...] = ("north/comagic/call/3", "2026-03-01T09:00:00.000000Z", eight, False, [])
    assert told(story.first) == [
        ("north/comagic/chat/81", "2026-03-01T06:30:00.000000Z", eight, None, []),
        ("north/comagic/offline_message/91", "2026-03-01T06:40:00.000000Z", eight, None, []),
        call_1,
        ("north/comagic/call/2", "2026-03-01T08:00:00.000000Z", None, True, []),
        call_3,
    ]
    assert told(story.changed) == [
        ("north/comagic/chat/81", "2026-03-01T06:30:00.000000Z", eight, True, ["late"]),
        call_1,
        ("north/comagic/call/4", "2026-03-01T07:05:00.000000Z", seven, False, []),
        call_3,
        ("north/comagic/offline_message/92", "2026-03-02T05:00:00.000000Z", eleven, None, []),
    ]


def test_a_profile_counts_contacts_by_channel(story: Story) -> None:
    first, changed, rebuilt = story.profiles
    assert changed == rebuilt
    assert set(first) == {"comagic-north-person-7", "comagic-north-person-8", "comagic-south-person-7"}
    before = {
        "user_id": "comagic-north-person-8",
        "source": "comagic",
        "account_id": "north",
        "person_id": 8,
        "first_contact_at": "2026-03-01T06:30:00.000000Z",
        "first_contact_type": "chat",
        "last_contact_at": "2026-03-01T09:00:00.000000Z",
        "last_contact_type": "call",
        "contacts_count": 3,
        "calls_count": 1,
        "chats_count": 1,
        "offline_messages_count": 1,
        "lost_calls_count": 0,
        "talk_seconds_total": 60,
        "first_campaign_id": None,
        "first_campaign_name": None,
        "last_campaign_id": None,
        "last_campaign_name": None,
        "city": None,
        "device": None,
        "tag_names": [],
    }
    assert first["comagic-north-person-8"] == before
    after = before | {"contacts_count": 2, "offline_messages_count": 0, "tag_names": ["late"]}
    assert changed["comagic-north-person-8"] == after
    writer = changed["comagic-north-person-11"]
    counts = {name: value for name, value in writer.items() if name.endswith(("_count", "_total"))}
    assert counts == {
        "contacts_count": 1,
        "calls_count": 0,
        "chats_count": 0,
        "offline_messages_count": 1,
        "lost_calls_count": 0,
        "talk_seconds_total": 0,
    }
    assert (writer["last_contact_type"], writer["last_campaign_id"]) == ("offline_message", 31002)


@pytest.mark.parametrize("mart", MARTS)
def test_a_mart_equals_a_full_rebuild(story: Story, mart: str) -> None:
    assert story.changed[mart]
    assert story.changed[mart] == story.rebuilt[mart]
