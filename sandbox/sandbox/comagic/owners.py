"""The accounts whose data there is: the ordinary one, one of the sister brand, and an agency's clients."""

# ruff: noqa: RUF001  # the vendor's own words, and the account's, are Russian
from __future__ import annotations

import dataclasses
import typing as t

Row = dict[str, t.Any]

# ids that belong to the vendor or to the telephone network, not to an account
COMMON_IDS: t.Final = frozenset(
    {
        "app_id",
        "customer_id",
        "child_customer_id",
        "cpn_region_id",
        "industry_id",
        "status_id",
        "tariff_plan_id",
        "yandex_region_id",
    }
)
ID_LISTS: t.Final = frozenset({"session_ids", "visitor_ids", "old_banner_ids"})
DOMAINS: t.Final = frozenset({"site_domain_name", "domain_name", "site_domain"})


@dataclasses.dataclass(frozen=True)
class Owner:
    """An account with data of its own.

    Attributes:
        name: what settings and the control endpoints call it.
        title: its name for people.
        app_id: its id.
        user_id: what an agency calls it by.
        customer_id: its id among an agency's customers.
        shift: added to every id, so that no two accounts share one.
        share: its calls as a part of the ordinary account's.
    """

    name: str
    title: str
    app_id: int
    user_id: int | None = None
    customer_id: int | None = None
    shift: int = 0
    share: float = 1.0

    def claim(self, value: t.Any, name: str = "") -> t.Any:
        """A row, or a part of it, with this account's ids and domains."""
        if not self.shift:
            return value
        if isinstance(value, dict):
            return {key: self.claim(member, key) for key, member in value.items()}
        if isinstance(value, list):
            if name in ID_LISTS:
                return [member + self.shift for member in value]
            return [self.claim(member) for member in value]
        if isinstance(value, int) and _is_id(name):
            return value + self.shift
        return f"{self.name}.{value}" if name in DOMAINS and value else value


def _is_id(name: str) -> bool:
    return (name == "id" or name.endswith("_id")) and name not in COMMON_IDS


OWN: t.Final = Owner("own", "ООО Тест", 1103)
UIS: t.Final = Owner("uis", "ООО Сестра", 3309, shift=3_000_000_000_000, share=0.5)
# the first of them is the documented one
CLIENTS: t.Final = (
    Owner("2870", "ООО Тест", 3870, user_id=2870, customer_id=183_501, shift=20_000_000_000_000, share=0.2),
    Owner("4001", "Окна Север", 5001, user_id=4001, customer_id=183_502, shift=40_000_000_000_000, share=0.3),
    Owner("4002", "Окна Юг", 5002, user_id=4002, customer_id=183_503, shift=50_000_000_000_000, share=0.4),
)
OWNERS: t.Final = {owner.name: owner for owner in (OWN, UIS, *CLIENTS)}
CLIENT_OF: t.Final = {client.user_id: client for client in CLIENTS}
