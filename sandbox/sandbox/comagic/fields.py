"""The documented fields of every method, with their flags.

``data/fields.json`` was transcribed from the vendor's pages; each method names its page under ``source``
(for example https://comagic.github.io/data_api/report/get_calls_report/).
"""

from __future__ import annotations

import dataclasses
import functools
import importlib.resources
import typing as t

import msgspec

FieldType = t.Literal["number", "string", "boolean", "enum", "array", "object", "datetime"]

# Entity pages have no "default" column. These appear only when asked for: the static tags by the page's own words,
# the others because the documented answer of the page leaves them out.
ON_REQUEST: t.Final = {
    "get.sites": frozenset({"creation_date", "state"}),
    "get.campaigns": frozenset(
        f"static_utm_{part}" for part in ("source", "medium", "campaign", "term", "content", "referrer", "expid")
    ),
    "get.employees": frozenset({"status_id"}),
    "get.site_blocks": frozenset({"name"}),
}

# pages of which no flags are known, so none are taken to be set
UNFLAGGED: t.Final = {
    "get.available_virtual_numbers": {
        "phone_number": "string",
        "category": "enum",
        "location_mnemonic": "string",
        "location_name": "string",
        "onetime_payment": "number",
        "monthly_charge": "number",
        "min_charge": "number",
    },
}
UNFLAGGED_PAGES: t.Final = {
    method: {"fields": [{"name": name, "type": kind} for name, kind in types.items()]}
    for method, types in UNFLAGGED.items()
}


@dataclasses.dataclass(frozen=True)
class Field:
    """One field of a method's rows.

    Attributes:
        name: as in ``params.fields``.
        type: documented type.
        filterable: allowed in ``filter``.
        sortable: allowed in ``sort``.
        default: returned when ``fields`` is left out.
        values: documented values of an enum; a few enums hold Russian words and list none.
    """

    name: str
    type: FieldType
    filterable: bool
    sortable: bool
    default: bool
    values: tuple[str, ...] = ()


@functools.cache
def _documented() -> dict[str, t.Any]:
    raw = importlib.resources.files("sandbox.comagic").joinpath("data/fields.json").read_bytes()
    return {**UNFLAGGED_PAGES, **msgspec.json.decode(raw)["methods"]}


@functools.cache
def fields_of(method: str) -> dict[str, Field]:
    """The top-level fields of a method, by name, in the documented order."""
    on_request = ON_REQUEST.get(method, frozenset())
    return {
        field["name"]: Field(
            name=field["name"],
            type=field["type"],
            filterable=field.get("filter", False),
            sortable=field.get("sort", False),
            default=field.get("default", field["name"] not in on_request),
            values=tuple(field.get("values", ())),
        )
        for field in _documented()[method]["fields"]
        if "inside" not in field
    }


@functools.cache
def examples() -> dict[str, t.Any]:
    """The example bodies of the vendor's pages, by method."""
    raw = importlib.resources.files("sandbox.comagic").joinpath("data/examples.json").read_bytes()
    return t.cast("dict[str, t.Any]", msgspec.json.decode(raw)["methods"])


def example_rows(method: str) -> list[dict[str, t.Any]]:
    """The rows of a method's documented example."""
    result = examples()[method]["response_example"]["result"]
    return t.cast("list[dict[str, t.Any]]", result if isinstance(result, list) else result["data"])
