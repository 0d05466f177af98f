"""The platform's error body.

Shape and codes: https://developer.genesys.cloud/devapps/sdk/docexplorer/purecloudpython/ (ErrorBody); texts as working
clients have met them.
"""

from __future__ import annotations

import typing as t


class ApiError(Exception):
    """An answer with the platform's error body.

    Attributes:
        status: HTTP status.
        code: the vendor's word for it.
        message: its text.
        headers: headers that go with it.
    """

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        params: t.Mapping[str, str] | None = None,
        entity: str | None = None,
        headers: t.Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.headers = dict(headers or {})
        self._params = dict(params or {})
        self._entity = entity

    def body(self, context: str) -> dict[str, t.Any]:
        """The body, with the request's correlation id."""
        body: dict[str, t.Any] = {
            "message": self.message,
            "code": self.code,
            "status": self.status,
            "contextId": context,
            "details": [],
            "errors": [],
        }
        if self._params:
            body["messageParams"] = self._params
        if self._entity:
            body["entityId"] = self._entity
        return body


def bad_request(message: str, code: str = "bad.request") -> ApiError:
    """400: the query is wrong, or a limit speaks."""
    return ApiError(400, code, message)


def not_found(kind: str, identifier: str) -> ApiError:
    """404: there is no such thing."""
    text = f"The requested {kind} was not found: {identifier}"
    return ApiError(404, "not.found", text, entity=identifier)


def unauthorised(code: str, message: str) -> ApiError:
    """401: the token."""
    return ApiError(401, code, message)


def missing_permissions(needed: t.Sequence[str], *, every: bool = False) -> ApiError:
    """403 in the vendor's words: one of several permissions is missing, or all of some."""
    listed = f"[{', '.join(needed)}]"
    if every:
        text = (
            f"Unable to perform the requested action. You are missing the following permission(s): {', '.join(needed)}"
        )
        return ApiError(403, "missing.permissions", text, params={"permissions": listed})
    text = (
        "Unable to perform the requested action. You must have at least one of the following permissions assigned: "
        f"{listed}"
    )
    return ApiError(403, "missing.any.permissions", text, params={"permissions": listed})


def too_many(seconds: int) -> ApiError:
    """429: the rate is spent."""
    text = f"Rate limit exceeded the maximum. Retry the request in [{seconds}] seconds"
    return ApiError(429, "too.many.requests", text, headers={"Retry-After": str(seconds)})
