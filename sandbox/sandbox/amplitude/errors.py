"""Answers of the JSON endpoints, as documented (https://amplitude.com/docs/apis/analytics/http-v2)."""

from __future__ import annotations

import typing as t

BAD_REQUEST: t.Final = 400
TOO_LARGE: t.Final = 413
TOO_MANY: t.Final = 429

INVALID_FIELDS: t.Final = "Invalid field values on some events"
MISSING_FIELD: t.Final = "Request missing required field"
INVALID_ID_LENGTH: t.Final = "Invalid id length for user_id or device_id"


class RefusedError(Exception):
    """A request that is refused as a whole.

    Attributes:
        status: HTTP status.
        body: JSON body.
    """

    def __init__(self, status: int, error: str, **details: t.Any) -> None:
        self.status = status
        self.body = {"code": status, "error": error, **details}
        super().__init__(error)
