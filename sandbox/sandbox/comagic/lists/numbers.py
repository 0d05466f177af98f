"""Telephony: numbers, lines, scenarios, sound files, the blacklist."""

# ruff: noqa: RUF001  # the vendor's own words, and the account's, are Russian
from __future__ import annotations

import typing as t

from sandbox.comagic import catalog
from sandbox.comagic.fields import example_rows
from sandbox.dice import pick, throw

Row = dict[str, t.Any]

FIRST_NUMBER_ID: t.Final = 71_001
STATUSES: t.Final = ("active", "waiting", "cleaning", "manual_lock")
CATEGORIES: t.Final = ("usual", "usual", "bronze", "silver", "gold", "platinum")
SPARE_NUMBERS: t.Final = 6
NUMBERS_IN_STOCK: t.Final = 60


def virtual_numbers() -> list[Row]:
    """The rows of ``get.virtual_numbers``: one a campaign, and some that serve none."""
    documented = example_rows("get.virtual_numbers")[0]
    own = [_campaign_number(documented, index) for index in range(1, len(catalog.CAMPAIGNS))]
    return [documented, *own, *(_spare_number(documented, index) for index in range(SPARE_NUMBERS))]


def _campaign_number(documented: Row, index: int) -> Row:
    site_id, domain = catalog.campaign_site(index)
    dynamic = catalog.CAMPAIGNS[index][1] == "integrated"
    return documented | {
        "id": FIRST_NUMBER_ID + index,
        "virtual_phone_number": catalog.virtual_number(index),
        "redirection_phone_number": None if dynamic else f"70000000{201 + index}",
        "activation_date": f"2023-0{index % 9 + 1}-11 09:00:00",
        "type": "dynamic_call_tracking" if dynamic else "call_tracking",
        "category": CATEGORIES[index % len(CATEGORIES)],
        "name": f"Номер {index}" if index % 2 else None,
        "campaigns": [
            {
                "campaign_id": catalog.campaign_id(index),
                "campaign_name": catalog.CAMPAIGNS[index][0],
                "site_id": site_id,
                "site_domain_name": domain,
                "site_blocks": [],
            }
        ],
        "scenarios": [_scenario_of(index)] if index % 2 else [],
    }


def _scenario_of(index: int) -> Row:
    number, name = catalog.SCENARIOS[index % len(catalog.SCENARIOS)]
    return {"scenario_id": number, "scenario_name": name, "call_processing_rule_id": 81_001 + index, "is_active": True}


def _spare_number(documented: Row, index: int) -> Row:
    return documented | {
        "id": FIRST_NUMBER_ID + 100 + index,
        "child_customer_id": 183_511 if index == 0 else None,
        "virtual_phone_number": f"70000000{150 + index}",
        "redirection_phone_number": None,
        "activation_date": f"2024-01-0{index + 1} 00:00:00" if index else None,
        "status": STATUSES[index % len(STATUSES)],
        "type": "va",
        "comment": "Резерв" if index else None,
        "campaigns": [],
        "scenarios": [],
    }


def available_virtual_numbers() -> list[Row]:
    """The rows of ``get.available_virtual_numbers``: the stock of numbers that one may rent."""
    return [_in_stock(index) for index in range(NUMBERS_IN_STOCK)]


def _in_stock(index: int) -> Row:
    dice = throw("stock", index)
    place, name = pick(dice[0], (("msk", "Москва"), ("spb", "Санкт-Петербург"), ("8800", "Бесплатный вызов")))
    category = pick(dice[1], CATEGORIES)
    dear = category not in {"usual", "bronze"}
    return {
        "phone_number": f"7495{1_000_000 + index * 137}",
        "category": category,
        "location_mnemonic": place,
        "location_name": name,
        "onetime_payment": 5000 if dear else 0,
        "monthly_charge": 950.5 if dear else 300,
        "min_charge": 1500 if place == "8800" else 0,
    }


def scenarios() -> list[Row]:
    """The rows of ``get.scenarios``."""
    documented = {**example_rows("get.scenarios")[0], "operations": [{"id": 51_001, "name": "Распределение"}]}
    rows = [documented]
    for index, (number, name) in enumerate(catalog.SCENARIOS[1:], start=1):
        site_id, domain = catalog.campaign_site(index)
        campaign = {"campaign_id": catalog.campaign_id(index), "campaign_name": catalog.CAMPAIGNS[index][0]}
        site = {"site_id": site_id, "site_domain_name": domain}
        rows.append(
            {
                "id": number,
                "name": name,
                "virtual_phone_numbers": [catalog.virtual_number(index)],
                "sites": [site] if index == 1 else [],
                "campaigns": [{**site, **campaign}],
                "operations": [],
            }
        )
    return rows


def media_files() -> list[Row]:
    """The rows of ``get.media_files``."""
    documented = example_rows("get.media_files")[0]
    names = ("hold.mp3", "closed.mp3", "menu.wav", "survey.mp3")
    return [
        documented,
        *(
            documented
            | {
                "id": 2702 + index,
                "name": name,
                "duration": 15 + 7 * index,
                "play_link": f"https://media.example.test/p/{index + 2}" if index else None,
                "normalization": index % 2 == 0,
                "size": 100_000 * (index + 1),
                "type": "system" if index < 2 else "user",  # noqa: PLR2004  # the first two came with the account
            }
            for index, name in enumerate(names)
        ),
    ]


def sip_lines() -> list[Row]:
    """The rows of ``get.sip_lines``: one an employee, the last one for a gate without anybody."""
    documented = example_rows("get.sip_lines")[0]
    return [documented, *(_line(documented, index) for index in range(1, len(catalog.EMPLOYEES) + 1))]


def _line(documented: Row, index: int) -> Row:
    nobody = index == len(catalog.EMPLOYEES)
    seen = [{"date_time": f"2024-03-0{index}T09:33:35", "ip": f"192.0.2.{20 + index}"}]
    return documented | {
        "id": 633_001 + index,
        "phone_number": f"{index + 1:07d}",
        "type": "in" if nobody else "in_out",
        "employee_id": None if nobody else catalog.employee_id(index),
        "employee_full_name": None if nobody else catalog.employee_name(index),
        "channels_count": 10 if nobody else 1,
        "billing_state": "manual_lock" if index % 5 == 0 else "active",
        "physical_state": "Не зарегистрирован" if index % 3 == 0 else "Зарегистрирован",
        "status": "inactive" if index % 5 == 0 else "active",
        "virtual_phone_number": catalog.virtual_number(index % len(catalog.CAMPAIGNS)) if index % 2 else None,
        "ip_addresses": [] if index % 3 == 0 else seen,
    }


def blacklist_phone_numbers() -> list[Row]:
    """The rows of ``get.blacklist_phone_numbers``."""
    documented = example_rows("get.blacklist_phone_numbers")[0]
    return [
        documented,
        *(
            documented
            | {
                "id": 3001 + index,
                "phone_number": f"7999000000{index}",
                "add_user_name": "Тестов Тест" if index % 2 else "Администратор",
                "add_comment": "Спам" if index % 2 else None,
                "add_date_time": f"2024-02-1{index} 1{index}:00:00",
            }
            for index in range(1, 6)
        ),
    ]
