"""What an agency sees of its clients."""

# the vendor's own words, and the account's, are Russian
from __future__ import annotations

import typing as t

from sandbox.comagic.fields import example_rows
from sandbox.comagic.owners import CLIENTS

Row = dict[str, t.Any]


def customer_users() -> list[Row]:
    """The rows of ``get.customer_users``: their ids are what other methods take as ``user_id``."""
    documented = example_rows("get.customer_users")[0]
    others = [
        documented
        | {
            "id": client.user_id,
            "login": f"client{client.user_id}@example.test",
            "name": client.title,
            "description": "Основной пользователь",
            "customer_id": client.customer_id,
        }
        for client in CLIENTS
        if client.user_id != documented["id"]
    ]
    return [documented, *others]


def customers() -> list[Row]:
    """The rows of ``get.customers``."""
    documented = example_rows("get.customers")[0]
    others = [_customer(documented, index) for index in range(len(CLIENTS))]
    return [documented, *(row for row in others if row["id"] != documented["id"])]


def _customer(documented: Row, index: int) -> Row:
    client = CLIENTS[index]
    limited = index % 2 == 1
    return documented | {
        "id": client.customer_id,
        "name": client.title,
        "description": "Клиент агентства",
        "creation_date_time": f"2023-0{index + 2}-10 12:00:00",
        "status": "limit_lock" if limited else "active",
        "status_change_date_time": "2024-02-01 00:00:00" if limited else None,
        "monthly_base_limit": 15_000 if limited else None,
        "monthly_base_notify_limit": 12_000.5 if limited else None,
        "monthly_base_notify_emails": ["boss@example.test"] if limited else [],
        "daily_calls_limit": 300 if limited else None,
        "daily_calls_notify_limit": 250 if limited else None,
        "daily_calls_notify_emails": ["boss@example.test", "ops@example.test"] if limited else [],
        "sites": [],
    }
