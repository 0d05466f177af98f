"""One small declarative class per stream."""

from __future__ import annotations

import dataclasses
import datetime as dt
import typing as t

from singer_sdk.helpers.types import Context
from singer_slices import EngineStream, Limits, ListStream, Page, Row, Slice, SlicedStream, name_of

from tap_comagic.schemas import Schema, field_names, schema_of

if t.TYPE_CHECKING:
    from tap_comagic.tap import TapComagic

#: https://comagic.github.io/data_api/ (common parameters): offset at most 100 000, limit at most 10 000.
MAX_OFFSET = 100_000
MAX_PAGE_SIZE = 10_000
#: A list may lose a row while it is read: that is no reason to refuse the others.
LIST_SLACK = 1
#: Times are rounded to seconds on output, so a row may show a second of the neighbouring window.
OVERLAP = dt.timedelta(seconds=1)

_PARTITION_DATE = {
    "type": ["string", "null"],
    "format": "date",
    "description": "Local day of the row's time, for tables that are partitioned by day.",
}
_TAG_NAMES = {
    "type": ["array", "null"],
    "items": {"type": ["string", "null"]},
    "description": "The plain titles of `tags`.",
}


class ComagicStream(EngineStream):
    """What lists and reports have in common: the method and the fields that are asked for."""

    method: t.ClassVar[str]
    key_fields: t.ClassVar[tuple[str, ...]] = ("id",)
    #: A documented sortable field, so that pages follow each other.
    sort_field: t.ClassVar[str | None] = None
    #: Derived field → the vendor's field it is made of.
    derived_from: t.ClassVar[t.Mapping[str, str]] = {}

    @classmethod
    def vendor_fields(cls, config: t.Mapping[str, t.Any]) -> list[str]:
        """The vendor's fields under the setting `fields`: `+x` adds, `-x` leaves out, plain names replace the set."""
        documented = field_names(cls.method)
        changes = (config.get("fields") or {}).get(name_of(cls)) or []
        plain = [name for name in changes if name[:1] not in "+-"]
        added = [name[1:] for name in changes if name.startswith("+")]
        left_out = {name[1:] for name in changes if name.startswith("-")} - set(cls.fixed_fields())
        chosen = [name for name in documented if name in plain or name in cls.fixed_fields()] if plain else documented
        return list(dict.fromkeys([name for name in [*chosen, *added] if name not in left_out]))

    @classmethod
    def fixed_fields(cls) -> tuple[str, ...]:
        """The fields that are always asked for."""
        return cls.key_fields

    @classmethod
    def schema_of(cls, config: t.Mapping[str, t.Any]) -> Schema:
        """The schema of the fields that the setting `fields` leaves, with those that it adds."""
        schema = schema_of(cls.method, cls.key_fields)
        documented = schema["properties"]
        added = {"description": "Added by the setting fields."}
        schema["properties"] = {name: documented.get(name, dict(added)) for name in cls.vendor_fields(config)}
        return schema

    def asked_fields(self) -> list[str]:
        """The fields to ask for now: those that are selected, or from which something selected is made."""
        needed = {*self.fixed_fields(), *(made for name, made in self.derived_from.items() if self._is_selected(name))}
        return [name for name in self.vendor_fields(self.config) if name in needed or self._is_selected(name)]

    def _is_selected(self, field: str) -> bool:
        return bool(self.mask[("properties", field)])

    @property
    def comagic(self) -> TapComagic:
        """The tap."""
        return t.cast("TapComagic", self.engine_tap)

    def list_params(self, offset: int, limit: int | None) -> dict[str, t.Any]:
        """The parameters that every list method takes."""
        params: dict[str, t.Any] = {
            "limit": limit or self.comagic.page_size,
            "offset": offset,
            "fields": self.asked_fields(),
        }
        if self.sort_field:
            params["sort"] = [{"field": self.sort_field, "order": "asc"}]
        return {**self.comagic.client_params, **params}

    @property
    def limits(self) -> Limits:
        """The vendor's reach at the configured page size."""
        return Limits(self.comagic.page_size, MAX_OFFSET)


class ComagicList(ComagicStream, ListStream):
    """A list of entities: no dates, no modified-since, replaced whole on each run."""

    @property
    def limits(self) -> Limits:
        """The vendor's reach, and how many rows may be missing."""
        return dataclasses.replace(super().limits, slack=LIST_SLACK)

    def fetch_page(self, offset: int, context: Context | None) -> Page:
        """One page of the list."""
        del context
        return self._fetch(offset, None)

    def probe(self) -> None:
        """Ask for one row."""
        self._fetch(0, 1)

    def _fetch(self, offset: int, limit: int | None) -> Page:
        doing = f"reading {self.name} from row {offset}"
        return self.comagic.client.call(self.method, self.list_params(offset, limit), doing=doing)


class ComagicReport(ComagicStream, SlicedStream):
    """A report: rows with a time, asked for by `date_from` and `date_till`."""

    default_slice_days = 30
    #: The vendor allows 90 days; a bound widened for overlap must still fit.
    most_slice_days = 89
    default_lookback_days = 3

    @classmethod
    def fixed_fields(cls) -> tuple[str, ...]:
        """Keys and time."""
        return (*cls.key_fields, cls.time_field)

    @classmethod
    def schema_of(cls, config: t.Mapping[str, t.Any]) -> Schema:
        """The method's schema with the derived fields."""
        schema = super().schema_of(config)
        schema["properties"]["partition_date"] = dict(_PARTITION_DATE)
        if cls.derived_from.get("tag_names") in schema["properties"]:
            schema["properties"]["tag_names"] = dict(_TAG_NAMES)
        return schema

    def fetch_page(self, piece: Slice, offset: int, context: Context | None, *, limit: int | None = None) -> Page:
        """One page of a slice.

        Whether the vendor's bounds are inclusive is not documented, so the slice is asked for up to its very end and
        from a second before it; only a slice of a single second is asked for without that lead.
        """
        del context
        zone = self.zone
        lead = OVERLAP if piece.length > OVERLAP else dt.timedelta(0)
        params = {
            **self.list_params(offset, limit),
            **self.report_params(),
            "date_from": zone.local_text(zone.ask_from(piece.start - lead)),
            "date_till": zone.local_text(zone.ask_till(piece.end)),
        }
        doing = f"reading {self.name} of {piece.text(zone)} from row {offset}"
        return self.comagic.client.call(self.method, params, doing=doing)

    def report_params(self) -> dict[str, t.Any]:
        """Parameters of this report alone."""
        return {}

    def derive(self, row: Row) -> None:
        """Add `partition_date` and `tag_names`."""
        row["partition_date"] = self._local_day(row.get(self.time_field))
        if "tags" in row and "tag_names" in self.derived_from:
            tags = row["tags"]
            tags = [tags] if isinstance(tags, dict) else tags
            named = [tag.get("tag_name") for tag in tags if isinstance(tag, dict)] if isinstance(tags, list) else None
            row["tag_names"] = named

    def _local_day(self, text: t.Any) -> str | None:
        if not isinstance(text, str):
            return None
        try:
            if len(text) > len("YYYY-MM-DD hh:mm:ss"):
                return self.zone.local_text(self.zone.parse(text))[:10]
            return dt.date.fromisoformat(text[:10]).isoformat()
        except ValueError:
            return None


class Calls(ComagicReport):
    """Call sessions."""

    name = "calls"
    method = "get.calls_report"
    time_field = "start_time"
    sort_field = "start_time"
    derived_from: t.ClassVar[t.Mapping[str, str]] = {"tag_names": "tags", "partition_date": "start_time"}

    def report_params(self) -> dict[str, t.Any]:
        """Calls still in progress come only when asked for."""
        return {"include_ongoing_calls": True} if self.config.get("include_ongoing_calls") else {}


class Account(ComagicList):
    """The client account itself, one row."""

    name = "account"
    method = "get.account"
    key_fields = ("app_id",)

    def _fetch(self, offset: int, limit: int | None) -> Page:
        """The account as one row; `get.account` takes no list parameters and is not for agencies."""
        del limit
        account = self.comagic.account
        return Page([account] if account and offset == 0 else [], 1)


class Sites(ComagicList):
    """Sites."""

    name = "sites"
    method = "get.sites"


class Campaigns(ComagicList):
    """Advertising campaigns."""

    name = "campaigns"
    method = "get.campaigns"
    sort_field = "name"


class Employees(ComagicList):
    """Employees."""

    name = "employees"
    method = "get.employees"
    sort_field = "full_name"


class Tags(ComagicList):
    """Tags that can be set on contacts."""

    name = "tags"
    method = "get.tags"
    sort_field = "name"


STREAMS: tuple[type[ComagicList | ComagicReport], ...] = (Account, Calls, Campaigns, Employees, Sites, Tags)
