"""Figures per local day: advertising statistics, and aggregates that the vendor counts for any range."""

from __future__ import annotations

import datetime as dt
import typing as t

from singer_sdk.helpers.types import Context
from singer_slices import Calendar, Page, Row, Slice, SourceZone, StreamFailedError

from tap_comagic.rows import Repair, row_key, whole_numbers
from tap_comagic.schemas import Schema
from tap_comagic.streams.base import CLIENT, ComagicReport

_DATE_TEXT = len("2026-03-01")
_SITE = "site_id"


class DailyReport(ComagicReport):
    """Rows of whole local days. Bounds are days, inclusive, whatever the time of the slice's ends."""

    time_field = "date"
    picked_by_time = False

    def days_of(self, piece: Slice, context: Context | None) -> tuple[dt.date, dt.date]:
        """The first and the last local day that a slice touches."""
        tz = self.zone_of(context).tz
        first = piece.start.astimezone(tz).date()
        last = (piece.end - dt.timedelta(microseconds=1)).astimezone(tz).date()
        return first, last

    def fetch_page(self, piece: Slice, offset: int, context: Context | None, *, limit: int | None = None) -> Page:
        """One page of a slice."""
        first, last = self.days_of(piece, context)
        params = {
            **self.list_params(offset, limit, context),
            "date_from": f"{first} 00:00:00",
            "date_till": f"{last} 23:59:59",
        }
        page = self.call(params, f"reading {self.name} of {first} … {last} from row {offset}")
        return Page([self.completed(row, first, context) for row in page.rows], page.total)

    def completed(self, row: Row, day: dt.date, context: Context | None) -> Row:
        """A row with what the vendor leaves out."""
        raise NotImplementedError


class OfSite(DailyReport):
    """One pass a site: `site_id` is a required parameter."""

    def __init__(self, tap: t.Any) -> None:
        self._without_sites: dict[t.Any, StreamFailedError] = {}
        super().__init__(tap)

    def list_partitions(self) -> list[dict[str, t.Any]] | None:
        """Every site of every client; a client whose sites may not be read is a partition that fails by itself."""
        clients = super().list_partitions()
        if clients is None:
            return [{_SITE: site} for site in self.comagic.site_ids(self.client_params(None))]
        found: list[dict[str, t.Any]] = []
        for client in clients:
            try:
                found += [{**client, _SITE: site} for site in self.comagic.site_ids(client)]
            except StreamFailedError as error:
                self._without_sites[client[CLIENT]] = error
                found.append(client)
        return found

    def zone_of(self, context: Context | None) -> SourceZone:
        """The zone of the client's account.

        Raises:
            EngineError: it, or the client's sites, cannot be read.
        """
        if context and _SITE not in context:
            raise self._without_sites[context[CLIENT]]
        return super().zone_of(context)

    def list_params(self, offset: int, limit: int | None, context: Context | None) -> dict[str, t.Any]:
        """With the site."""
        return {**super().list_params(offset, limit, context), _SITE: (context or {})[_SITE]}


class CampaignDailyStat(OfSite):
    """Advertising figures per day, campaign, ad group, keyword and banner of a site: cost, views, clicks, contacts.

    Parts of the vendor's key may be null, so `row_key` is the key.

    https://comagic.github.io/data_api/report/get_campaign_daily_stat/
    """

    name = "campaign_daily_stat"
    method = "get.campaign_daily_stat"
    time_field = "date"
    sort_field = "date"
    key_fields = ("row_key",)
    #: Without an order of their own these make the key, together.
    needed_fields = (
        "date",
        "site_id",
        "campaign_id",
        "campaign_ext_id",
        "banner_group_id",
        "keyword_id",
        "current_banner_id",
    )
    renamed: t.ClassVar[t.Mapping[str, str]] = {
        "campain_id": "campaign_id",
        "banner_id": "current_banner_id",
        "banner_name": "current_banner_name",
        "communications.tags.tag_employee_full": "tag_employee_full_name",
    }

    @classmethod
    def schema_of(cls, config: t.Mapping[str, t.Any]) -> Schema:
        """With the key in front."""
        schema = super().schema_of(config)
        key = {"type": ["string"], "description": "SHA-256 of the seven parts of the key, of which some may be null."}
        schema["properties"] = {"row_key": key, **schema["properties"]}
        return schema

    def completed(self, row: Row, day: dt.date, context: Context | None) -> Row:
        """With the site, where the vendor left it out, and the key."""
        del day
        if row.get(_SITE) is None:  # rows of two sites would have one key
            row[_SITE] = (context or {})[_SITE]
        if isinstance(row.get("date"), str):
            row["date"] = row["date"][:_DATE_TEXT]
        row["row_key"] = row_key(*(row.get(part) for part in self.needed_fields))
        return row


class Aggregate(DailyReport):
    """Figures that the vendor counts over the range asked for: one range a local day."""

    selected_by_default = False
    default_slice_days = 1
    most_slice_days = 1

    @classmethod
    def schema_of(cls, config: t.Mapping[str, t.Any]) -> Schema:
        """With the day."""
        schema = super().schema_of(config)
        day = {"type": ["string"], "format": "date", "description": "The local day that the figures count."}
        schema["properties"] = {"date": day, **schema["properties"]}
        return schema

    def cut(self, start: dt.datetime, end: dt.datetime, calendar: Calendar) -> t.Iterator[Slice]:
        """Local days from midnight to midnight, whatever `day_border` says."""
        zone = calendar.zone
        start = zone.day_start(start)
        while start < end:
            following = zone.add_days(start, 1)
            yield Slice(start, min(following, end))
            start = following

    def completed(self, row: Row, day: dt.date, context: Context | None) -> Row:
        """With the day."""
        del context
        return {"date": day.isoformat(), **row}


def _seconds(row: Row) -> None:
    """Seconds that came as text are numbers."""
    stats = row.get("status_stats")
    if isinstance(stats, dict):
        whole_numbers(*stats)(stats)


class EmployeeStat(Aggregate):
    """Seconds that employees spent in each status, per day; needs the component call_center."""

    name = "employee_stat"
    method = "get.employee_stat"
    time_field = "date"
    sort_field = "full_name"
    key_fields = ("date", "id")
    repairs: t.ClassVar[tuple[Repair, ...]] = (_seconds,)


class CtSummary(Aggregate):
    """Call tracking numbers per site and day: in reserve, in use, calls."""

    name = "ct_summary"
    method = "get.ct_summary_report"
    time_field = "date"
    sort_field = "site_id"
    key_fields = ("date", "site_id")


class CtAcSummary(Aggregate, OfSite):
    """Call tracking numbers per campaign of a site and day: in use, calls."""

    name = "ct_ac_summary"
    method = "get.ct_ac_summary_report"
    time_field = "date"
    sort_field = "ac_name"
    key_fields = ("date", "site_id", "ac_id")

    @classmethod
    def schema_of(cls, config: t.Mapping[str, t.Any]) -> Schema:
        """With the site."""
        schema = super().schema_of(config)
        schema["properties"][_SITE] = {"type": ["integer"], "description": "The site that the figures belong to."}
        return schema

    def completed(self, row: Row, day: dt.date, context: Context | None) -> Row:
        """With day and site."""
        return {_SITE: (context or {})[_SITE], **super().completed(row, day, context)}


DAILY = (CampaignDailyStat, EmployeeStat, CtSummary, CtAcSummary)
