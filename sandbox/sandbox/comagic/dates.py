"""Date-times of requests: ``YYYY-MM-DD hh:mm:ss`` on the account's wall clock, nothing else."""

from __future__ import annotations

import datetime as dt
import re
import typing as t

from sandbox.comagic.errors import ApiError
from sandbox.comagic.life.zone import DAY_MS, SECOND_MS

# a bare date is sent by one client in use and then means midnight
FORMAT: t.Final = re.compile(r"\A[0-9]{4}-[0-9]{2}-[0-9]{2}( [0-9]{2}:[0-9]{2}:[0-9]{2})?\Z")
# the general page says 3 months, the reports' index 90 days: the stricter of the two
LONGEST_WINDOW_DAYS: t.Final = 90


def read_moment(name: str, value: t.Any) -> int:
    """The wall time of a parameter in milliseconds.

    Raises:
        ApiError: ``data_type_error`` for other than text, ``invalid_parameter_value`` for another format.
    """
    if not isinstance(value, str):
        raise ApiError("data_type_error", name, value)
    if not FORMAT.match(value):
        raise ApiError("invalid_parameter_value", name, value)
    try:
        moment = dt.datetime.fromisoformat(value).replace(tzinfo=dt.UTC)
    except ValueError as error:
        raise ApiError("invalid_parameter_value", name, value) from error
    return int(moment.timestamp()) * SECOND_MS


def read_window(params: t.Mapping[str, t.Any], longest_days: int = LONGEST_WINDOW_DAYS) -> tuple[int, int]:
    """``date_from`` and ``date_till`` as wall times.

    Raises:
        ApiError: ``required_parameter_missed``, ``invalid_parameter_value`` or ``date_interval_limit_reached``.
    """
    for name in ("date_from", "date_till"):
        if params.get(name) is None:
            raise ApiError("required_parameter_missed", name)
    start, end = (read_moment(name, params[name]) for name in ("date_from", "date_till"))
    if end < start:
        raise ApiError("invalid_parameter_value", "date_till", params["date_till"])
    if end - start > longest_days * DAY_MS:
        raise ApiError("date_interval_limit_reached", "date_till", params["date_till"])
    return start, end
