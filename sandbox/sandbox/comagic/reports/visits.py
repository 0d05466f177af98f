"""Visits of the sites."""

from __future__ import annotations

import typing as t

from sandbox.comagic import catalog
from sandbox.comagic.life.person import FIRST_PERSON_ID
from sandbox.comagic.life.visit import Visit
from sandbox.comagic.life.zone import SECOND_MS, wall_text
from sandbox.comagic.reports.ads import ad_of, ads_of
from sandbox.comagic.reports.blocks import Moment, documented, traffic, visitor_type

Row = dict[str, t.Any]

VISITS: t.Final = "get.visitor_sessions_report"
PAGES: t.Final = ("", "catalog", "prices", "contacts", "about", "order")
BROWSERS: t.Final = (("Chrome", "122.0"), ("Yandex", "24.1"), ("Safari", "17.3"), ("Firefox", "123.0"))
SYSTEMS: t.Final = (("Android", "14", "412x915"), ("Windows", "10", "1920x1080"), ("iOS", "17.3", "390x844"))


def visit_row(visit: Visit, moment: Moment) -> Row:
    """All documented fields of a visit, as far as it has come."""
    if visit.sample:
        return _documented(visit)
    return {
        **traffic(visit.campaign),
        **visit.person.visitor,
        "id": visit.number,
        "date_time": wall_text(visit.wall),
        "visitor_type": visitor_type(_ordinal(visit)),
        "engine": catalog.CAMPAIGNS[visit.campaign][2],
        "integrated_campaign_data": _advertising(visit),
        "cm_id": f"cm-{visit.dice[13]:x}" if visit.dice[13] % 3 == 0 else None,
        "ext_id": f"visit-{visit.dice[14]}" if visit.dice[14] % 20 == 0 else None,
        **_device(visit),
        **_pages(visit, moment),
        "communications": [
            {
                "communication_type": contact.kind,
                "communication_id": contact.number,
                "communication_date_time": wall_text(contact.wall),
            }
            for contact in visit.contacts
            if contact.utc <= moment.now
        ],
    }


def _ordinal(visit: Visit) -> int:
    """A visit with a first contact is a newcomer's, one without any usually a known visitor's."""
    return min((contact.ordinal for contact in visit.contacts), default=1 + visit.dice[15] % 3)


def _device(visit: Visit) -> Row:
    index = visit.person.index
    browser, version = BROWSERS[index % len(BROWSERS)]
    system, release, screen = SYSTEMS[index // 4 % len(SYSTEMS)]
    return {
        "visitor_ip_address": f"192.0.2.{index % 250 + 1}",
        "visitor_browser_name": browser,
        "visitor_browser_version": version,
        "visitor_os_name": system,
        "visitor_os_version": release,
        "visitor_provider": "Test ISP" if index % 5 else None,
        "visitor_screen": screen,
        "visitor_language": "ru" if index % 9 else "en",
    }


def _pages(visit: Visit, moment: Moment) -> Row:
    """The pages seen so far; the visit lasts until the latest of them, and in the end until its end."""
    seen = [beat for beat in visit.beats if visit.utc + beat * SECOND_MS <= moment.now]
    over = moment.has_come(visit.finish)
    ends = [*seen[1:], visit.length if over else seen[-1]]
    domain = catalog.campaign_site(visit.campaign)[1]
    urls = [_url(domain, visit, index) for index in range(len(seen))]
    hits = [
        {
            "hit_time": wall_text(moment.zone.wall(visit.utc + begin * SECOND_MS)),
            "hit_duration": _clock(end - begin),
            "hit_url": url,
        }
        for begin, end, url in zip(seen, ends, urls, strict=True)
    ]
    return {
        "hits": hits,
        "hits_count": len(hits),
        "exit_page": urls[-1] if over else None,
        "duration": ends[-1],
    }


def _url(domain: str, visit: Visit, index: int) -> str:
    return f"https://{domain}/{PAGES[(visit.dice[index] if index else 0) % len(PAGES)]}"


def _clock(seconds: int) -> str:
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"


def _advertising(visit: Visit) -> Row | None:
    engine = catalog.CAMPAIGNS[visit.campaign][2]
    if engine is None:
        return None
    ad = ads_of(visit.campaign)[ad_of(visit)]
    yandex = engine == "yandex.direct"
    return {
        "adv_system": engine,
        "ext_campaign_id": ad.ext_campaign_id,
        "ext_campaign_name": ad.ext_campaign_name,
        "keyword_id": ad.keyword_id,
        "keyword": ad.keyword,
        "current_banner_id": ad.banner_id,
        "old_banner_ids": list(ad.old_banner_ids),
        "banner_name": ad.banner_name,
        "group_id": int(ad.group_id or 0),
        "group_name": ad.group_name,
        "auditory_id": None,
        "auditory_name": None,
        "placement_name": None if yandex else "feed",
        "yandex_placement_type": "search" if yandex else None,
        "campaign_type": "type1",
        "device_type": visit.person.visitor["visitor_device"],
        "position_type": "premium" if yandex else None,
        "yandex_region_id": 213 if yandex else None,
        "yandex_region_name": visit.person.visitor["visitor_city"] if yandex else None,
        "yandex_region_type": "city" if yandex else None,
    }


def _documented(visit: Visit) -> Row:
    """The documented row in the types of the field table; how the sample prints them is a matter of its own."""
    row = documented(VISITS, visit.wall)
    data = {**row["integrated_campaign_data"]}
    data["current_banner_id"] = data.pop("banner_id")
    return {
        **row,
        "duration": int(row["duration"]),
        "hits": [row["hits"]] if isinstance(row["hits"], dict) else row["hits"],
        "integrated_campaign_data": data,
        "person_id": FIRST_PERSON_ID,
    }
