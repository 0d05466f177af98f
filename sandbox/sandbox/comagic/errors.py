"""The vendor's errors: codes, mnemonics and message templates as documented (https://comagic.github.io/data_api/)."""

from __future__ import annotations

import typing as t

INVALID_PARAMS: t.Final = -32602
ACCESS: t.Final = -32001
RIGHTS: t.Final = -32003
COMPONENT: t.Final = -32008
PROTOCOL: t.Final = -32099

# mnemonic -> (code, message template)
CATALOG: t.Final[dict[str, tuple[int, str]]] = {
    "parse_error": (-32700, "Invalid JSON was received by the server."),
    "invalid_request": (-32600, "Invalid Request. The JSON sent is not a valid Request object."),
    "method_not_found": (-32601, "The method does not exist / is not available."),
    "required_parameter_missed": (INVALID_PARAMS, "The required parameter has been missed"),
    "invalid_parameter_value": (INVALID_PARAMS, "Invalid parameter value"),
    "data_type_error": (INVALID_PARAMS, "Data supplied is of wrong type"),
    "unexpected_parameters": (INVALID_PARAMS, "Unexpected method parameter(s)"),
    "invalid_parameters_combination": (INVALID_PARAMS, "The combination of parameters is not permitted"),
    "sort_prohibited": (INVALID_PARAMS, "Sort by parameter is prohibited"),
    "filter_prohibited": (INVALID_PARAMS, "Filter by parameter is prohibited"),
    "date_interval_limit_reached": (INVALID_PARAMS, "Max value of requested date interval is 3 months"),
    "entity_not_found": (INVALID_PARAMS, "The entity has not been found"),
    "error": (INVALID_PARAMS, "Error"),
    "access_token_expired": (ACCESS, "Access token has been expired"),
    "access_token_blocked": (ACCESS, "Access token has been blocked"),
    "access_token_invalid": (ACCESS, "Access token is invalid"),
    "auth_error": (ACCESS, "Login or password is wrong"),
    "ip_not_whitelisted": (RIGHTS, "Your IP {ip} is not whitelisted"),
    "forbidden": (RIGHTS, "Permission denied"),
    "method_component_disabled": (
        COMPONENT,
        "You need at least on of the following components to access this method: {components}",
    ),
    "account_inactive": (-32009, "Your account has been disabled, contact the support service"),
    "limit_exceeded": (
        -32029,
        "Limit per {limit_type} has been exceeded. Value of current limit per {limit_type} is {limit_max_value}",
    ),
    "internal_error": (-32603, "Internal error, contact the support service"),
    "batch_opreations_not_supported": (PROTOCOL, "Batch operations not supported"),
    "notifications_not_supported": (PROTOCOL, "Notifications not supported"),
}


class ApiError(Exception):
    """An error that the vendor would send back.

    Attributes:
        mnemonic: what a client should branch on; codes are not unique.
        code: JSON-RPC error code.
        message: text for people.
        field: name of the parameter at fault, dotted where nested.
        value: what was given.
        params: what the message's template was filled with.
    """

    def __init__(
        self,
        mnemonic: str,
        field: str | None = None,
        value: t.Any = None,
        params: dict[str, t.Any] | None = None,
        *,
        code: int | None = None,
        message: str | None = None,
    ) -> None:
        documented_code, template = CATALOG.get(mnemonic, (INVALID_PARAMS, mnemonic))
        self.mnemonic = mnemonic
        self.code = documented_code if code is None else code
        self.params = params or {}
        self.message = template.format_map(_Gaps(self.params)) if message is None else message
        self.field = field
        self.value = value
        super().__init__(self.message)

    def body(self, request_id: t.Any, metadata: dict[str, t.Any] | None) -> dict[str, t.Any]:
        """The JSON-RPC error body, with metadata as documented or without, as seen live."""
        data: dict[str, t.Any] = {
            "mnemonic": self.mnemonic,
            "field": self.field,
            "value": self.value,
            "params": self.params,
            "extended_helper": None,
        }
        if metadata is not None:
            data["metadata"] = metadata
        error = {"code": self.code, "message": self.message, "data": data}
        return {"jsonrpc": "2.0", "id": request_id, "error": error}


class _Gaps(dict[str, t.Any]):
    """Leaves a placeholder standing when nothing was given for it."""

    def __missing__(self, key: str) -> str:
        return "{" + key + "}"
