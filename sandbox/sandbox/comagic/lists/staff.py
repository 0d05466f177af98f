"""Employees' groups, positions, statuses and schedules, and the channels of their chats."""

# ruff: noqa: RUF001  # the vendor's own words, and the account's, are Russian
from __future__ import annotations

import typing as t

from sandbox.comagic import catalog
from sandbox.comagic.fields import example_rows

Row = dict[str, t.Any]

POSITIONS: t.Final = ((1, "Менеджер"), (2, "Старший менеджер"), (3, "Оператор"))
# id, name, mnemonic, external calls, paid time, deleted
STATUSES: t.Final = (
    (2, "Перерыв", "break", (), True, False),
    (3, "Не беспокоить", "do_not_disturb", ("out",), True, False),
    (4, "Нет на месте", "not_at_workplace", (), True, False),
    (5, "Нет на работе", "not_at_work", (), False, False),
    (6, "Исходящий обзвон", "auto_out_call", ("out",), True, False),
    (7, "Неизвестно", "unknown", (), False, False),
    (8, "Кофе", None, (), True, False),
    (9, "Обучение", None, ("in", "out"), True, True),
)
WEEK: t.Final = [1, 2, 3, 4, 5]


def group_employees() -> list[Row]:
    """The rows of ``get.group_employees``, under the names of the field table; the first is documented."""
    documented = {**example_rows("get.group_employees")[0]}
    documented["phone_numbers"] = documented.pop("phone_number")
    number, name = catalog.GROUPS[1]
    members = [row for row in catalog.employees() if row["groups"] and row["groups"][0]["group_id"] == number]
    support = {
        "id": number,
        "name": name,
        "members": [{"employee_id": row["id"], "employee_full_name": row["full_name"]} for row in members],
        "phone_numbers": [
            {
                "employee_phone_number": row["phone_numbers"][0]["phone_number"],
                "employee_phone_number_id": row["phone_numbers"][0]["phone_id"],
                "employee_full_name": row["full_name"],
                "employee_id": row["id"],
                "available": row["status"] == "available",
            }
            for row in members
        ],
        "group_phone_number": "102",
        "queue_enabled": True,
        "channels_count": len(members),
    }
    empty = {"id": 303, "name": "Новая группа", "members": [], "phone_numbers": [], "group_phone_number": None}
    return [documented, documented | support, documented | empty | {"channels_count": 0}]


def employee_positions() -> list[Row]:
    """The rows of ``get.employee_positions``."""
    return [{"id": number, "name": name} for number, name in POSITIONS]


def statuses() -> list[Row]:
    """The rows of ``get.statuses``, deleted ones included."""
    documented = example_rows("get.statuses")[0]
    return [documented, *(_status(documented, status) for status in STATUSES)]


def _status(documented: Row, status: tuple[int, str, str | None, tuple[str, ...], bool, bool]) -> Row:
    number, name, mnemonic, ways, paid, gone = status
    return documented | {
        "id": number,
        "name": name,
        "mnemonic": mnemonic,
        "description": None if mnemonic else "Статус компании",
        "color": f"#{number * 11:02d}AA00",
        "is_deleted": gone,
        "in_external_allowed_call_directions": [way for way in ways if way == "in"],
        "in_internal_allowed_call_directions": ["in"],
        "out_external_allowed_call_directions": [way for way in ways if way == "out"],
        "out_internal_allowed_call_directions": ["out"] if paid else [],
        "allowed_phone_protocols": ["PSTN", "SIP", "SIP_TRUNK", "FMC"] if ways else [],
        "is_select_allowed": mnemonic != "unknown",
        "is_worktime": paid,
        "is_auto_out_calls_ready": mnemonic == "auto_out_call",
    }


def schedules() -> list[Row]:
    """The rows of ``get.schedules``."""
    documented = example_rows("get.schedules")[0]
    hours = [{"time_from": "08:00", "time_till": "12:00"}, {"time_from": "13:00", "time_till": "17:30"}]
    workdays = {
        "activity_days": {"type": "days_of_week", "days": WEEK},
        "activity_time": hours,
        "activity_date_from": "2024-01-09",
        "activity_date_till": "2030-12-31",
    }
    holidays: Row = {
        "activity_days": {"type": "business_calendar", "days": []},
        "activity_time": [],
        "activity_date_from": None,
        "activity_date_till": None,
    }
    return [
        documented,
        {"id": 81_001, "name": "Будни", "schedules": [workdays, holidays]},
        {"id": 502, "name": "Пустое", "schedules": []},
    ]


def chat_channels() -> list[Row]:
    """The rows of ``get.chat_channels``; the second of the open ones is documented."""
    documented = example_rows("get.chat_channels")[0]
    rows = [
        documented
        | {
            "id": number,
            "name": name,
            "type": kind,
            "status": status,
            "group_id": None,
            "group_name": None,
            "employee_id": None if index == 0 else catalog.employee_id(index),
            "employee_full_name": None if index == 0 else catalog.employee_name(index),
            "channel_external_id": None if index == 0 else f"7000000040{index}",
        }
        for index, (number, name, kind, status) in enumerate(catalog.OPEN_CHANNELS)
        if number != documented["id"]
    ]
    gone = {"id": 805, "name": "Старый бот", "type": "viber", "status": "deleted", "channel_external_id": "bot-5"}
    return [documented, *rows, documented | gone]
