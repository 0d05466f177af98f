"""The strict vendor's error answers, by the contract's table of errors."""

from __future__ import annotations

import typing as t

#: Mnemonic → code and message.
ERRORS = {
    "parse_error": (-32700, "Invalid JSON was received by the server."),
    "invalid_request": (-32600, "Invalid Request"),
    "method_not_found": (-32601, "The method does not exist / is not available"),
    "required_parameter_missed": (-32602, "The required parameter has been missed"),
    "invalid_parameter_value": (-32602, "Invalid parameter value"),
    "data_type_error": (-32602, "Data supplied is of wrong type"),
    "unexpected_parameters": (-32602, "Unexpected method parameter(s)"),
    "invalid_parameters_combination": (-32602, "The combination of parameters is not permitted"),
    "sort_prohibited": (-32602, "Sort by parameter is prohibited"),
    "filter_prohibited": (-32602, "Filter by parameter is prohibited"),
    "date_interval_limit_reached": (-32602, "Max value of requested date interval is 3 months"),
    "error": (-32602, "Something only the vendor understands"),
    "access_token_expired": (-32001, "Access token has been expired"),
    "access_token_blocked": (-32001, "Access token has been blocked"),
    "access_token_invalid": (-32001, "Access token is invalid"),
    "auth_error": (-32001, "Login or password is wrong"),
    "ip_not_whitelisted": (-32003, "Your IP 192.0.2.1 is not whitelisted"),
    "forbidden": (-32003, "Permission denied"),
    "method_component_disabled": (-32008, "You need at least on of the following components to access this method: x"),
    "parameter_component_disabled": (-32008, "You need at least on of the components to access this paremeter: x"),
    "account_inactive": (-32009, "Your account has been disabled, contact the support service"),
    "limit_exceeded": (-32029, "Limit per {0} has been exceeded. Value of current limit per {0} is {1}"),
    "internal_error": (-32603, "Internal error, contact the support service"),
    "batch_opreations_not_supported": (-32099, "Batch operations not supported"),
    "notifications_not_supported": (-32099, "Notifications not supported"),
}


class RefusalError(Exception):
    """An error answer."""

    def __init__(self, mnemonic: str, field: str | None = None, value: t.Any = None, **more: t.Any) -> None:
        super().__init__(mnemonic)
        self.mnemonic, self.field, self.value, self.more = mnemonic, field, value, more
