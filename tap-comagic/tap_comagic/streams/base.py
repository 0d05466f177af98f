"""What all streams of CoMagic have in common: method, fields, clients, and how lists and reports are asked for."""

from __future__ import annotations

import dataclasses
import datetime as dt
import functools
import typing as t

from singer_sdk.helpers.types import Context
from singer_slices import (
    Derived,
    EngineStream,
    Limits,
    ListStream,
    LocalDay,
    Page,
    PartList,
    Row,
    RowReader,
    Slice,
    SlicedStream,
    SourceZone,
    StreamFailedError,
    StreamRefusedError,
    TypedRows,
    name_of,
)

from tap_comagic.client import ENVELOPE
from tap_comagic.rows import Renamed, Repair, renamed
from tap_comagic.schemas import Schema, field_names, schema_of

if t.TYPE_CHECKING:
    from singer_slices.summary import StreamSummary

    from tap_comagic.tap import TapComagic

#: https://comagic.github.io/data_api/ (common parameters): offset at most 100 000, limit at most 10 000.
MAX_OFFSET = 100_000
MAX_PAGE_SIZE = 10_000
#: A list may lose a row while it is read: that is no reason to refuse the others.
LIST_SLACK = 1
#: Stated totals were seen one too low (a full page is never the end).
SHORTFALL = 1
#: Times are rounded to seconds on output, so a row may show a second of the neighbouring window.
OVERLAP = dt.timedelta(seconds=1)
#: The client account of an agency, where a run reads several.
CLIENT = "user_id"

_CLIENT_TYPE = {
    "type": ["integer"],
    "description": "The client account of the agency (`id` of customer_users) that the record belongs to.",
}
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
    """What lists and reports have in common: the method, the fields that are asked for, and whose rows they are."""

    method: t.ClassVar[str]
    key_fields: t.ClassVar[tuple[str, ...]] = ("id",)
    #: A documented sortable field, so that pages follow each other.
    sort_field: t.ClassVar[str | None] = None
    #: Documented names for those that the vendor's samples spell otherwise, by path.
    renamed: t.ClassVar[Renamed] = {}
    #: What puts rows right that come otherwise than documented.
    repairs: t.ClassVar[tuple[Repair, ...]] = ()
    #: Fields that must be asked for beside the keys.
    needed_fields: t.ClassVar[tuple[str, ...]] = ()

    @classmethod
    def vendor_fields(cls, config: t.Mapping[str, t.Any]) -> list[str]:
        """The vendor's fields under the setting `fields`: `+x` adds, `-x` leaves out, plain names replace the set."""
        documented, fixed = field_names(cls.method), cls.fixed_fields()
        changes = (config.get("fields") or {}).get(name_of(cls)) or []
        plain = [name for name in changes if name[:1] not in "+-"]
        added = [name[1:] for name in changes if name.startswith("+")]
        left_out = {name[1:] for name in changes if name.startswith("-")} - set(fixed)
        chosen = [name for name in documented if name in plain or name in fixed] if plain else documented
        return list(dict.fromkeys([name for name in [*chosen, *added] if name not in left_out]))

    @classmethod
    def fixed_fields(cls) -> tuple[str, ...]:
        """The vendor's fields that are always asked for."""
        documented = field_names(cls.method)
        return tuple(name for name in (*cls.key_fields, *cls.needed_fields) if name in documented)

    @classmethod
    def schema_of(cls, config: t.Mapping[str, t.Any]) -> Schema:
        """The schema of the fields that the setting `fields` leaves, with those that it adds."""
        schema = schema_of(cls.method, cls.key_fields)
        documented = schema["properties"]
        added = {"description": "Added by the setting fields."}
        schema["properties"] = {name: documented.get(name, dict(added)) for name in cls.vendor_fields(config)}
        return {"description": cls.what_it_holds(), **schema}

    @classmethod
    def what_it_holds(cls) -> str:
        """One line on the stream's rows: the first of the class's own docstring."""
        return (cls.__doc__ or "").partition("\n")[0]

    def asked_fields(self) -> list[str]:
        """The fields to ask for now: those that are selected, or from which something selected is made."""
        needed = {*self.fixed_fields(), *(make.field for name, make in self.derived.items() if self._is_selected(name))}
        return [name for name in self.vendor_fields(self.config) if name in needed or self._is_selected(name)]

    def _is_selected(self, field: str) -> bool:
        return bool(self.mask[("properties", field)])

    @property
    def comagic(self) -> TapComagic:
        """The tap."""
        return t.cast("TapComagic", self.engine_tap)

    # Whose rows

    @classmethod
    def partition_fields(cls, config: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
        """The client, where a run reads several."""
        return {CLIENT: dict(_CLIENT_TYPE)} if reads_clients(config) else {}

    def list_partitions(self) -> list[dict[str, t.Any]] | None:
        """One partition a client, where a run reads several."""
        return [{CLIENT: client} for client in self.comagic.clients] if reads_clients(self.config) else None

    def client_params(self, context: Context | None) -> dict[str, t.Any]:
        """What an agency's token needs with every method of a client."""
        client = (context or {}).get(CLIENT, self.config.get(CLIENT))
        return {} if client is None else {CLIENT: client}

    def zone_of(self, context: Context | None) -> SourceZone:
        """The zone of the client's account."""
        return self.comagic.zone_of_client(self.client_params(context).get(CLIENT))

    # The connection test

    def probe_first(self) -> None:
        """Probe every partition: each client has rights of its own, and a user may see some sites alone.

        Raises:
            EngineError: no partition may be read. One that alone may not is a failure beside the others.
        """
        partitions = self.partitions
        if partitions is None:
            super().probe_first()
            return
        names = [self.partition_name(context) for context in partitions]
        known = [context for context, name in zip(partitions, names, strict=True) if not self.known_unavailable(name)]
        tried = [self._tried(context) for context in known if not self.comagic.ended]
        if tried and all(part.status == "failed" for part in tried):
            kind = StreamRefusedError if all(part.known_unavailable for part in tried) else StreamFailedError
            raise kind(f"reading {self.name}: refused for all of {', '.join(part.name for part in tried)}")

    def _tried(self, context: dict[str, t.Any]) -> StreamSummary:
        """What a probe of one partition came to."""
        part = self.comagic.begin(self.name, self.partition_name(context))
        with self.comagic.isolating(part):
            self.probe(context)
            part.status = "complete"
        return part

    # Requests

    def row_reader(self, context: Context | None) -> RowReader | None:
        """None too where a row may fit its types although it is to be repaired."""
        return super().row_reader(context) if self._fits_only_as_documented else None

    @functools.cached_property
    def _fits_only_as_documented(self) -> bool:
        """Whether rows need no look once they fit their types: these are closed wherever a repair looks.

        They are not where parts are hashed, which is done on dicts, where `fields` asks for what is documented nowhere,
        or where the catalog has another schema.
        """
        if not self.renamed and not self.repairs:
            return True
        documented = schema_of(self.method, self.key_fields)["properties"]
        own = self.schema["properties"]
        repaired = {name for path, right in self.renamed.items() for name in (path.partition(".")[0], right)}
        return (
            not (self.hashed_fields if self.repairs else self.hashed_fields & repaired)
            and set(self.vendor_fields(self.config)) <= set(documented)
            and all(own.get(name, schema) == schema for name, schema in documented.items())
        )

    def list_params(self, offset: int, limit: int | None, context: Context | None) -> dict[str, t.Any]:
        """The parameters that every list method takes."""
        params: dict[str, t.Any] = {
            "limit": limit or self.comagic.page_size,
            "offset": offset,
            "fields": self.asked_fields(),
        }
        if self.sort_field:
            params["sort"] = [{"field": self.sort_field, "order": "asc"}]
        return {**self.client_params(context), **params, **self.own_params()}

    def own_params(self) -> dict[str, t.Any]:
        """Parameters of this method alone."""
        return {}

    def call(self, params: dict[str, t.Any], doing: str, reader: RowReader | None = None) -> Page:
        """One call of the method; its rows as documented, typed if a `reader` is given."""
        repair = self._repaired if self.renamed or self.repairs else None
        if reader is not None:
            # A row that fits its types came as documented: only others are looked at.
            read = functools.partial(reader.decode, envelope=ENVELOPE, repair=repair)
            page = self.comagic.client.call(self.method, params, doing=doing, read=read)
        else:
            page = self.comagic.client.call(self.method, params, doing=doing)
        for row in page.rows if repair and not isinstance(page.whole, TypedRows) else ():
            self._repaired(row)
        return page

    def _repaired(self, row: Row) -> Row:
        """A row as documented, changed in place."""
        renamed(row, self.renamed)
        for repair in self.repairs:
            repair(row)
        return row

    @property
    def limits(self) -> Limits:
        """The vendor's reach at the configured page size."""
        return Limits(self.comagic.page_size, MAX_OFFSET, shortfall=SHORTFALL)


class ComagicList(ComagicStream, ListStream):
    """A list of entities: no dates, no modified-since, replaced whole on each run."""

    @property
    def limits(self) -> Limits:
        """The vendor's reach, and how many rows may be missing."""
        return dataclasses.replace(super().limits, slack=LIST_SLACK)

    def fetch_page(self, offset: int, context: Context | None) -> Page:
        """One page of the list."""
        return self.fetch(offset, None, context, self.row_reader(context))

    def probe(self, context: Context | None) -> None:
        """Ask for one row."""
        self.fetch(0, 1, context)

    def fetch(self, offset: int, limit: int | None, context: Context | None, reader: RowReader | None = None) -> Page:
        """One page of the list, `limit` rows instead of a whole page."""
        return self.call(self.list_params(offset, limit, context), f"reading {self.name} from row {offset}", reader)


class ComagicReport(ComagicStream, SlicedStream):
    """A report: rows with a time, asked for by `date_from` and `date_till`."""

    default_slice_days = 30
    #: The vendor allows 90 days; a bound widened for overlap must still fit.
    most_slice_days = 89
    default_lookback_days = 3

    def __init_subclass__(cls) -> None:
        """Declare what every report derives: the day of its time, and the titles of its tags."""
        super().__init_subclass__()
        if "method" not in vars(cls):
            return
        derived: dict[str, Derived] = {"partition_date": LocalDay(cls.time_field)}
        if "tags" in field_names(cls.method):
            derived["tag_names"] = PartList("tags", "tag_name")
        cls.derived = derived

    @classmethod
    def fixed_fields(cls) -> tuple[str, ...]:
        """Keys and time."""
        return tuple(dict.fromkeys([*super().fixed_fields(), *cls._time_fields()]))

    @classmethod
    def _time_fields(cls) -> tuple[str, ...]:
        return (cls.time_field,) if cls.time_field in field_names(cls.method) else ()

    @classmethod
    def schema_of(cls, config: t.Mapping[str, t.Any]) -> Schema:
        """The method's schema with the derived fields."""
        schema = super().schema_of(config)
        schema["properties"]["partition_date"] = dict(_PARTITION_DATE)
        if "tags" in schema["properties"]:
            schema["properties"]["tag_names"] = dict(_TAG_NAMES)
        return schema

    def fetch_page(self, piece: Slice, offset: int, context: Context | None, *, limit: int | None = None) -> Page:
        """One page of a slice.

        Whether the vendor's bounds are inclusive is not documented, so the slice is asked for up to its very end and
        from a second before it; only a slice of a single second is asked for without that lead.
        """
        zone = self.zone_of(context)
        lead = OVERLAP if piece.length > OVERLAP else dt.timedelta(0)
        params = {
            **self.list_params(offset, limit, context),
            "date_from": zone.local_text(zone.ask_from(piece.start - lead)),
            "date_till": zone.local_text(zone.ask_till(piece.end)),
        }
        doing = f"reading {self.name} of {piece.text(zone)} from row {offset}"
        return self.call(params, doing, self.row_reader(context))


class UnsortedReport(ComagicReport):
    """A report without a documented sortable time.

    The order of its pages is undefined, so slices are split until one page holds them; only a slice of a single second
    is paged.
    """

    default_slice_days = 1

    @property
    def limits(self) -> Limits:
        """One page, since nothing says in which order they come."""
        return dataclasses.replace(super().limits, ordered=False)


def reads_clients(config: t.Mapping[str, t.Any]) -> bool:
    """Whether a run reads several client accounts of an agency."""
    return bool(config.get("user_ids") or config.get("all_clients"))
