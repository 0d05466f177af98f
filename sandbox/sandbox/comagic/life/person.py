"""The people who call."""

# the vendor's own words, and the account's, are Russian
from __future__ import annotations

import dataclasses
import functools
import typing as t

from sandbox.comagic import catalog
from sandbox.dice import below, chance, pick, throw

Row = dict[str, t.Any]

# ids as large as the vendor's samples, beyond 32 bits
FIRST_VISITOR_ID: t.Final = 10_117_000_001
FIRST_PERSON_ID: t.Final = 9_100_000_001
FIRST_SESSION_ID: t.Final = 9_161_000_001

CITIES: t.Final = (
    ("Москва", "Москва", "Россия", 77),
    ("Санкт-Петербург", "Санкт-Петербург", "Россия", 78),
    ("Казань", "Татарстан", "Россия", 16),
    ("Пермь", "Пермский край", "Россия", 59),
    ("Тестоград", "Тестовая область", "Россия", 77),
)
NAMES: t.Final = ("Смирнов Алексей", "Попова Елена", "Новиков Денис", "Морозова Ирина", "Фёдоров Антон", "Белова Юлия")


@dataclasses.dataclass(frozen=True, slots=True)
class Person:
    """A caller.

    Attributes:
        index: number within the account.
        phone: subscriber number, or none for a hidden one.
        tracked: known to call tracking; others are plain calls to the office, without visitor data.
        campaign: index of the campaign that brought this person first.
        visitor: the visitor part of a call's row.
        region: the part of a row about the number's region.
        contact: the address-book part of a row.
    """

    index: int
    phone: str | None
    tracked: bool
    campaign: int
    visitor: Row
    region: Row
    contact: Row


@functools.lru_cache(maxsize=50_000)
def person(seed: int, index: int) -> Person:
    """The person of that number."""
    dice = throw(seed, "person", index)
    tracked = not chance(dice[0], 20)
    campaign = below(dice[1], len(catalog.CAMPAIGNS))
    city, region, country, region_id = pick(dice[2], CITIES)
    phone = None if chance(dice[3], 1) else f"79{(dice[4] ^ index) % 1_000_000_000:09d}"
    known = chance(dice[5], 25)
    return Person(
        index=index,
        phone=phone,
        tracked=tracked,
        campaign=campaign,
        visitor=_visitor(dice, index, campaign, (city, region, country)) if tracked else _no_visitor(),
        region={
            "cpn_region_id": region_id if phone else None,
            "cpn_region_name": region if phone else None,
            "cpn_country_name": "РФ" if phone else None,
            "cpn_country_id": "7" if phone else None,
        },
        contact={
            "contact_phone_number": phone,
            "contact_id": 820_000_000 + index if known else None,
            "contact_full_name": pick(dice[6], NAMES) if known else None,
        },
    )


def _visitor(dice: tuple[int, ...], index: int, campaign: int, place: tuple[str, str, str]) -> Row:
    properties = [{"property_name": "plan", "property_value": pick(dice[7], ("basic", "pro"))}]
    segments = [{"segment_id": number, "segment_name": name} for number, name in catalog.SEGMENTS]
    return {
        "ua_client_id": f"{dice[8]}.{dice[9]}" if chance(dice[10], 80) else None,
        "ym_client_id": f"17{dice[11]}{dice[12]}" if chance(dice[13], 85) else None,
        "visitor_id": FIRST_VISITOR_ID + 1 + index * 7,
        "person_id": FIRST_PERSON_ID + 1 + index * 3,
        "visitor_first_campaign_id": catalog.campaign_id(campaign),
        "visitor_first_campaign_name": catalog.CAMPAIGNS[campaign][0],
        "visitor_city": place[0],
        "visitor_region": place[1],
        "visitor_country": place[2],
        "visitor_device": pick(dice[14], ("desktop", "mobile", "mobile", "tablet", "other")),
        "visitor_custom_properties": properties if chance(dice[15], 30) else [],
        "segments": segments[: below(dice[15] ^ dice[14], len(segments) + 1)],
    }


@functools.cache
def _no_visitor() -> Row:
    filled = _visitor(throw("nobody"), 0, 0, CITIES[0][:3])
    return {name: [] if isinstance(value, list) else None for name, value in filled.items()}
