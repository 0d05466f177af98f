"""What a test may change about Genesys Cloud while the sandbox runs."""

from __future__ import annotations

import typing as t

import msgspec


class GenesysSettings(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Switches below ``genesys`` of ``POST /_sandbox/settings``; objects are merged key by key.

    Attributes:
        token_lifetime_seconds: life of a token, on the sandbox's clock.
        hipaa: tokens die after 15 minutes without use, on the sandbox's clock.
        missing_permissions: permissions that no client has, whatever its roles.
        hidden_divisions: ids of divisions whose things are left out for every client.
        rate_per_minute: requests a token may make in a window; null is no limit.
        route_rates: route (``GET /api/v2/users``) to requests of the whole organisation in a window.
        rate_window_seconds: length of a window, in real seconds.
        query_days: longest interval of the details queries without filters.
        filtered_query_days: the same with filters.
        query_depth: deepest ``pageSize`` x ``pageNumber`` of the details queries.
        job_depth: rows of a job's results that can be paged.
        job_page_size: largest page of a job's results.
        job_queued_seconds: real seconds a job waits before it runs.
        job_pending_seconds: real seconds a job runs.
        running_jobs: jobs that run at once; the others wait.
        open_jobs: unfinished jobs that may exist, more answer 429.
        job_lifetime_seconds: life of a job's results, on the sandbox's clock.
        conversations_lag_seconds: by how much the lake trails for conversations.
        users_lag_seconds: by how much it trails for user details.
        conversations_watermark: a fixed watermark (ISO 8601), or ``none`` for an answer without a date.
        users_watermark: the same for user details.
        short_pages: job pages and user pages come short at times though more follow.
        wrong_totals: totals are off where the vendor calls them approximate.
        removed_queues: queue ids that are listed, but gone when their members or codes are asked for.
    """

    token_lifetime_seconds: int = 86_399
    hipaa: bool = False
    missing_permissions: list[str] = []
    hidden_divisions: list[str] = []
    rate_per_minute: int | None = 300
    route_rates: dict[str, int | None] = msgspec.field(default_factory=lambda: {"GET /api/v2/users": 180})
    rate_window_seconds: float = 60.0
    query_days: int = 7
    filtered_query_days: int = 31
    query_depth: int = 100_000
    job_depth: int = 400_000
    job_page_size: int = 10_000
    job_queued_seconds: float = 0.2
    job_pending_seconds: float = 0.5
    running_jobs: int = 8
    open_jobs: int = 50
    job_lifetime_seconds: int = 86_400
    conversations_lag_seconds: int = 21_600
    users_lag_seconds: int = 32_400
    conversations_watermark: str | None = None
    users_watermark: str | None = None
    short_pages: bool = True
    wrong_totals: bool = True
    removed_queues: list[str] = []


def merged(current: GenesysSettings, changes: t.Any) -> t.Any:
    """The plain values of the settings with some replaced."""
    values = msgspec.to_builtins(current)
    if not isinstance(changes, dict):
        return changes
    rates = changes.get("route_rates")
    both = {**values["route_rates"], **rates} if isinstance(rates, dict) else values["route_rates"]
    return {**values, **changes, "route_rates": both}
