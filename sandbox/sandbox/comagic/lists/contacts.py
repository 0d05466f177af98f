"""The address book: people who are known by name, their groups and organizations."""

# ruff: noqa: RUF001  # the vendor's own words, and the account's, are Russian
from __future__ import annotations

import typing as t

from sandbox.comagic import catalog
from sandbox.comagic.fields import example_rows
from sandbox.comagic.life.person import Person, person

Row = dict[str, t.Any]

GROUPS: t.Final = ((401, "Клиенты", False), (402, "Поставщики", False), (403, "Все контакты", True))
ORGANIZATIONS: t.Final = ((11, "ООО Тест"), (12, "ИП Иванов"), (13, "АО Окна"))
MEMBERS_SHOWN: t.Final = 40


def contacts(seed: int, crowd: int) -> list[Row]:
    """The rows of ``get.contacts``: the people of an account's crowd that the address book knows."""
    known = (person(seed, index) for index in range(crowd))
    return [example_rows("get.contacts")[0], *(_contact(one) for one in known if one.contact["contact_id"])]


def _contact(one: Person) -> Row:
    last, first = one.contact["contact_full_name"].split()
    index = one.index
    groups = GROUPS[: index % 3]
    organization, organization_name = ORGANIZATIONS[index % 3] if index % 4 == 0 else (None, None)
    return {
        "id": one.contact["contact_id"],
        "last_name": last,
        "first_name": first,
        "patronymic": None,
        "full_name": one.contact["contact_full_name"],
        "emails": [f"visitor{index}@example.test"] if index % 2 else [],
        "phone_numbers": [one.phone] if one.phone else [],
        "groups": [{"group_id": number, "group_name": name} for number, name, _ in groups],
        "personal_manager_id": catalog.employee_id(index % 8) if index % 5 == 0 else None,
        "personal_manager_full_name": catalog.employee_name(index % 8) if index % 5 == 0 else None,
        "organization_id": organization,
        "organization_name": organization_name,
    }


def group_contacts(seed: int, crowd: int) -> list[Row]:
    """The rows of ``get.group_contacts``, under the names of the field table; the first is documented."""
    documented = {**example_rows("get.group_contacts")[0]}
    documented["members"] = [_member(row["contacts_id"], row["contact_full_name"]) for row in documented["members"]]
    rows = contacts(seed, crowd)
    return [documented, *(_group(rows, *group) for group in GROUPS[1:])]


def _group(rows: list[Row], number: int, name: str, system: bool) -> Row:  # a row of the table above
    members = [row for row in rows if system or any(group["group_id"] == number for group in row["groups"])]
    shown = [_member(row["id"], row["full_name"]) for row in members[:MEMBERS_SHOWN]]
    return {"id": number, "name": name, "is_system": system, "members": shown}


def _member(number: int, name: str) -> Row:
    return {"contact_id": number, "contact_full_name": name}


def contact_organizations() -> list[Row]:
    """The rows of ``get.contact_organizations``."""
    return [{"id": number, "name": name} for number, name in ORGANIZATIONS]
