"""The blocks of fields that the reports of contacts share (https://comagic.github.io/data_api/, each report's page)."""

# ruff: noqa: RUF001  # the vendor's own words, and the account's, are Russian
from __future__ import annotations

import dataclasses
import functools
import typing as t

from sandbox.comagic import catalog
from sandbox.comagic.life.contact import Contact, Tagging
from sandbox.comagic.life.samples import sample_row
from sandbox.comagic.life.zone import Zone, wall_day, wall_text
from sandbox.dice import below, between

Row = dict[str, t.Any]


@dataclasses.dataclass(frozen=True)
class Moment:
    """When a row is looked at, and where.

    Attributes:
        now: the present instant in milliseconds.
        zone: the account's zone.
    """

    now: int
    zone: Zone

    def text(self, at: int | None) -> str | None:
        """An instant as the account's clock shows it, once it has come."""
        return None if at is None or at > self.now else wall_text(self.zone.wall(at))

    def has_come(self, at: int | None) -> bool:
        """Whether an instant lies in the past."""
        return at is not None and at <= self.now


def documented(method: str, wall: int) -> Row:
    """The documented row of a method on the day of a wall time."""
    return dict(sample_row(method, wall_day(wall)))


def contact_blocks(contact: Contact, moment: Moment) -> Row:
    """Traffic, visitor, tags, sale and attributes of a contact."""
    return {
        **traffic(contact.campaign),
        **contact.person.visitor,
        **_contact(contact),
        **sale(contact, moment),
        "tags": tags(contact, moment),
    }


def traffic(campaign: int | None) -> Row:
    """What is known about the source of a visit."""
    return catalog.no_traffic() if campaign is None else catalog.traffic(campaign)


def _contact(contact: Contact) -> Row:
    tracked = contact.campaign is not None
    domain = catalog.campaign_site(contact.campaign)[1] if contact.campaign is not None else None
    return {
        "communication_number": contact.ordinal if tracked else None,
        "communication_page_url": f"https://{domain}/contacts" if tracked else None,
        "visit_other_campaign": tracked and contact.campaign != contact.person.campaign,
        "visitor_type": visitor_type(contact.ordinal) if tracked else "Не заполнен",
        "visitor_session_id": contact.session,
        "visits_count": contact.ordinal + below(contact.dice[7], 3) if tracked else None,
        "attributes": attributes(contact),
    }


def visitor_type(ordinal: int) -> str:
    """The vendor's word for a newcomer or a known visitor."""
    return "Новый" if ordinal == 1 else "Вернувшийся"


def attributes(contact: Contact) -> list[str]:
    """The vendor's judgement of a contact."""
    if contact.campaign is None:
        return []
    found = ["primary" if contact.ordinal == 1 else "secondary"]
    if not getattr(contact, "answered", True):
        return [*found, "lost"]
    talk = getattr(contact, "talk", 61 + contact.dice[15] % 2)
    return [*found, "target", "quality"] if talk > 60 else [*found, "off-target"]  # noqa: PLR2004  # seconds


def sale(contact: Contact, moment: Moment) -> Row:
    """The deal that followed, once it has been entered."""
    sold = moment.has_come(contact.sold_at)
    cost = between(contact.dice[5], 1500, 90_000) + (contact.dice[6] % 2) / 2
    return {"sale_date": moment.text(contact.sold_at), "sale_cost": cost if sold else None}


def tags(contact: Contact, moment: Moment) -> list[Row]:
    """The tags it has got so far."""
    return [_tag(tagging, moment.zone) for tagging in contact.taggings() if tagging.at <= moment.now]


def _tag(tagging: Tagging, zone: Zone) -> Row:
    number, name, _ = catalog.TAGS[tagging.tag]
    manual = tagging.employee is not None
    return {
        "tag_id": number,
        "tag_name": name,
        "tag_type": "manual" if manual else "auto",
        "tag_change_time": wall_text(zone.wall(tagging.at)),
        "tag_user_id": 2870 if manual else None,
        "tag_user_login": "user@example.test" if manual else None,
        "tag_employee_id": catalog.employee_id(tagging.employee) if tagging.employee is not None else None,
        "tag_employee_full_name": catalog.employee_name(tagging.employee) if tagging.employee is not None else None,
    }


@functools.cache
def employee(index: int | None) -> Row:
    """Who dealt with it."""
    return {
        "employee_id": None if index is None else catalog.employee_id(index),
        "employee_full_name": None if index is None else catalog.employee_name(index),
    }


@functools.cache
def group(index: int | None) -> Row:
    """The group of employees of that number."""
    number, name = (None, None) if index is None else catalog.GROUPS[index % len(catalog.GROUPS)]
    return {"group_id": number, "group_name": name}
