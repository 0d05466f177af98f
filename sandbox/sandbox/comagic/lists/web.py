"""What belongs to the sites: blocks, weights, segments, events."""

# the vendor's own words, and the account's, are Russian
from __future__ import annotations

import typing as t

from sandbox.comagic import catalog
from sandbox.comagic.fields import example_rows
from sandbox.comagic.lists.numbers import FIRST_NUMBER_ID

Row = dict[str, t.Any]


def site_blocks() -> list[Row]:
    """The rows of ``get.site_blocks``; the documented one has no name."""
    documented = example_rows("get.site_blocks")[0]
    rows = [{**documented, "name": "Основной блок"}]
    for index, (number, domain, _) in enumerate(catalog.SITES[1:], start=1):
        campaign = index
        rows.append(
            documented
            | {
                "id": 61_001 + index * 10,
                "name": "Основной блок",
                "site_id": number,
                "site_domain_name": domain,
                "templates": [] if index == 1 else [{**documented["templates"][0], "template_id": index + 1}],
                "phone_numbers": [
                    {
                        "phone_number": catalog.virtual_number(campaign),
                        "phone_number_id": FIRST_NUMBER_ID + campaign,
                        "campaign_id": catalog.campaign_id(campaign),
                        "campaign_name": catalog.CAMPAIGNS[campaign][0],
                        "image_url": f"https://{domain}/phone.png",
                    }
                ],
            }
        )
    return rows


def campaign_parameter_weights() -> list[Row]:
    """The rows of ``get.campaign_parameter_weights``, one a site."""
    documented = example_rows("get.campaign_parameter_weights")[0]
    others = [
        documented | {"site_id": number, "site_domain_name": domain, "search_query": 40 + index, "utm_tags": 100}
        for index, (number, domain, _) in enumerate(catalog.SITES[1:], start=1)
    ]
    return [documented, *others]


def segments() -> list[Row]:
    """The rows of ``get.segments``, under the name of the field table."""
    documented = {**example_rows("get.segments")[0]}
    documented["segments_conditions"] = documented.pop("segment_conditions")
    number, name = catalog.SEGMENTS[1]
    conditions = [
        {"conditions": [{"type": "include", "segment_parameter": "visits_count", "operator": ">", "value": "3"}]},
        {"conditions": [{"type": "exclude", "segment_parameter": "utm_source", "operator": "=", "value": None}]},
    ]
    regular = {
        "id": number,
        "name": name,
        "description": "Больше трёх визитов",
        "segments_conditions": {"group_conditions": conditions},
    }
    empty = {"id": 703, "name": "Без условий", "description": None, "segments_conditions": {}}
    return [documented, documented | regular, documented | empty]


def events() -> list[Row]:
    """The rows of ``get.events``: the definitions of the goals, and an event that is none."""
    documented = example_rows("get.events")[0]
    return [documented, *(_event(documented, index) for index in range(1, len(catalog.GOALS))), _plain(documented)]


def _event(documented: Row, index: int) -> Row:
    number, name, kind, ext_id, counted_by = catalog.GOALS[index]
    site_id, domain, _ = catalog.SITES[index % len(catalog.SITES)]
    elsewhere = counted_by != "comagic"
    return documented | {
        "id": number,
        "name": name,
        "description": f"Цель {index}",
        "site_id": site_id,
        "site_domain_name": domain,
        "type": kind,
        "category": "order" if kind == "track_event" else None,
        "action": "view" if kind == "track_event" else None,
        "label": "contacts" if kind == "track_event" else None,
        "value": "1" if kind == "track_event" else None,
        "url": f"https://{domain}/price.pdf" if kind == "link" else None,
        "segment_id": None,
        "is_goal": True,
        "goal_name": name,
        "engine": counted_by if elsewhere else None,
        "ext_id": ext_id,
        "ga_category": "order" if counted_by == "google.analytics" else None,
        "ga_action": "send" if counted_by == "google.analytics" else None,
        "ga_label": "form" if counted_by == "google.analytics" else None,
        "ga_value": "10" if counted_by == "google.analytics" else None,
        "ym_goal_id": ext_id if counted_by == "yandex.metrika" else None,
    }


def _plain(documented: Row) -> Row:
    row = {"id": 9100, "name": "Прокрутка", "type": "track_event", "segment_id": None, "engine": None}
    return documented | row | {"value": None, "is_active": False}
