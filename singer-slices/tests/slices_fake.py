"""A vendor in memory and a tap over it: rows with local times, page limits, faults, and everything it was asked."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import io
import itertools
import json
import logging
import typing as t
from pathlib import Path

from hypothesis import HealthCheck, settings
from singer_sdk import typing as th
from singer_slices import (
    Calendar,
    Derived,
    EngineError,
    Envelope,
    Limits,
    ListStream,
    LocalDay,
    Page,
    Slice,
    SlicedStream,
    SlicedTap,
    SourceZone,
    common_settings,
)
from singer_slices.planning import Range
from singer_slices.reading import Batch, Keyed, Tally, read_pages
from singer_slices.schedule import Complete, Failed, OneByOne
from singer_slices.slice_run import Plan, SliceRun
from singer_slices.state import Bookmark
from singer_slices.summary import StreamSummary

Row = dict[str, t.Any]
Message = dict[str, t.Any]
#: What happens to an answer: a page instead of it, or an error.
Fault = t.Callable[[Page], Page]

#: Every test's present moment: 15:00 in Moscow.
NOW = dt.datetime(2026, 3, 10, 12, 0, tzinfo=dt.UTC)
LISTS: t.Final = "things"

EVENT_SCHEMA = th.PropertiesList(
    th.Property("id", th.IntegerType(nullable=False), required=True),
    th.Property("at", th.DateTimeType),
    th.Property("phone", th.StringType),
    th.Property("price", th.NumberType),
    th.Property("lost", th.BooleanType),
    th.Property("day", th.DateType, description="Derived: the local day of `at`."),
    th.Property(
        "tags",
        th.ArrayType(
            th.ObjectType(
                th.Property("id", th.IntegerType),
                th.Property("name", th.StringType),
                additional_properties=False,
            )
        ),
    ),
    th.Property("words", th.ArrayType(th.StringType)),
).to_dict()
THING_SCHEMA = th.PropertiesList(
    th.Property("id", th.IntegerType(nullable=False), required=True), th.Property("name", th.StringType)
).to_dict()


def many(examples: int) -> settings:
    """So many examples; the fixtures of `conftest.py` may serve all of them."""
    quiet = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
    return settings(deadline=None, suppress_health_check=quiet, max_examples=examples)


@dataclasses.dataclass
class Ask:
    """One request that the vendor saw: local times as text."""

    stream: str
    start: str | None
    end: str | None
    offset: int


@dataclasses.dataclass
class Vendor:
    """A source that filters by local text, as CoMagic does, with the habits that a test gives it."""

    events: list[Row] = dataclasses.field(default_factory=list)
    things: list[Row] = dataclasses.field(default_factory=list)
    page_size: int = 100
    max_offset: int = 1000
    slack: int = 0
    zone: str = "Europe/Moscow"
    inclusive_end: bool = True
    states_total: bool = True
    faults: dict[int, Fault] = dataclasses.field(default_factory=dict)
    refuse: t.Callable[[Ask], None] = lambda ask: None
    asked: list[Ask] = dataclasses.field(default_factory=list)

    def answer(self, ask: Ask) -> Page:
        """The rows that are asked for, in the order of their time; or what a fault makes of them."""
        number = len(self.asked)
        self.asked.append(ask)
        self.refuse(ask)
        rows = self.things if ask.stream == LISTS else sorted(self._within(ask), key=lambda row: (row["at"], row["id"]))
        page = Page(
            [dict(row) for row in rows[ask.offset : ask.offset + self.page_size]],
            len(rows) if self.states_total else None,
        )
        fault = self.faults.get(number)
        return fault(page) if fault else page

    def _within(self, ask: Ask) -> list[Row]:
        start, end = ask.start or "", ask.end or "~"
        return [row for row in self.events if start <= row["at"] < end or (self.inclusive_end and row["at"] == end)]


@dataclasses.dataclass
class Gathered:
    """What reading some slices gave."""

    rows: list[Row] = dataclasses.field(default_factory=list)
    done: list[tuple[Slice, Complete]] = dataclasses.field(default_factory=list)
    errors: list[EngineError] = dataclasses.field(default_factory=list)
    most_remembered: int = 0

    @property
    def ids(self) -> list[int]:
        return [row["id"] for row in self.rows]


class BareStream:
    """As much of a stream as reading its slices needs."""

    name = "bare"
    key_fields = ("id",)
    time_field = "at"
    picked_by_time = True
    moves_bookmark = dry_run = False
    logger = logging.getLogger("bare")

    def __init__(self, fetch: t.Callable[[Slice, int], Page], limits: Limits) -> None:
        self.fetch, self.limits = fetch, limits

    def read_query(self, piece: Slice, context: t.Any, tally: Tally) -> t.Iterator[Keyed]:
        return read_pages(lambda offset: self.fetch(piece, offset), self.limits.of(piece), tally)

    def make_shaper(self, zone: SourceZone) -> None:
        return None

    def versions(self, page: Keyed) -> None:
        return None

    def given_by(self, context: t.Any) -> Row:
        return {}

    def added_to(self, context: t.Any) -> Row:
        return {}

    def complete_until(self, calendar: Calendar) -> dt.datetime:
        return dt.datetime.max.replace(tzinfo=dt.UTC)


def gather(
    fetch: t.Callable[[Slice, int], Page], limits: Limits, zone: SourceZone, slices: t.Sequence[Slice]
) -> Gathered:
    """Read slices of a source that is asked by offset, as a run of one partition does."""
    stream = t.cast("t.Any", BareStream(fetch, limits))
    whole = Slice(slices[0].start, slices[-1].end)
    settings = Range(whole.start, None, "now", dt.timedelta(0), backfill=False)
    plan = Plan(Calendar(zone, settings, dt.timedelta(0), lambda: NOW), whole, slices)
    lane = SliceRun(stream, None, StreamSummary("bare"), Bookmark("bare", {}, "at", zone), plan)
    found = Gathered()
    for run, work, what in OneByOne([lane]).events():
        if isinstance(what, Batch):
            found.rows += t.cast("list[Row]", run.take(work, what))
            found.most_remembered = max(found.most_remembered, len(run._given))
            continue
        run.settle(work, what)
        if isinstance(what, Complete):
            found.done.append((t.cast("Slice", work), what))
        if isinstance(what, Failed):
            found.errors.append(what.error)
    return found


class FakeTap(SlicedTap):
    """A tap over a `Vendor`."""

    name = "tap-fake"
    settling = dt.timedelta(minutes=10)
    vendor: t.ClassVar[Vendor]
    config_jsonschema = th.PropertiesList(
        th.Property("api_key", th.StringType, secret=True),
        *common_settings(
            api_url="https://fake.example/v1", page_size=100, slice_days="1", lookback_days="0", day_zone="the zone"
        ),
    ).to_dict()

    def resolve_zone(self) -> SourceZone:
        return SourceZone(self.vendor.zone)


class _OfVendor:
    engine_tap: t.Any

    @property
    def vendor(self) -> Vendor:
        return t.cast("Vendor", self.engine_tap.vendor)

    @property
    def limits(self) -> Limits:
        return Limits(self.vendor.page_size, self.vendor.max_offset, self.vendor.slack)


class Events(_OfVendor, SlicedStream):
    """Rows with a time."""

    name = "events"
    key_fields: t.ClassVar[tuple[str, ...]] = ("id",)
    time_field = "at"
    default_slice_days = 1
    most_slice_days = 30

    @classmethod
    def schema_of(cls, config: t.Mapping[str, t.Any]) -> Row:
        return EVENT_SCHEMA

    def fetch_page(self, piece: Slice, offset: int, context: t.Any, *, limit: int | None = None) -> Page:
        zone = self.zone_of(context)
        start, end = zone.ask_from(piece.start), zone.ask_till(piece.end)
        return self.vendor.answer(Ask(self.name, zone.local_text(start), zone.local_text(end), offset))

    derived: t.ClassVar[t.Mapping[str, Derived]] = {"day": LocalDay("at")}


class Things(_OfVendor, ListStream):
    """A list."""

    name = LISTS
    key_fields = ("id",)

    @classmethod
    def schema_of(cls, config: t.Mapping[str, t.Any]) -> Row:
        return THING_SCHEMA

    def fetch_page(self, offset: int, context: t.Any) -> Page:
        return self.vendor.answer(Ask(self.name, None, None, offset))

    def probe(self, context: t.Any) -> None:
        self.fetch_page(0, context)


FakeTap.stream_types = (Events, Things)


@dataclasses.dataclass
class Run:
    """What a run did."""

    exit_code: int
    lines: list[str]
    summary: Row
    tap: FakeTap

    @property
    def messages(self) -> list[Message]:
        return [json.loads(line) for line in self.lines]

    @property
    def order(self) -> list[str]:
        """The types of the messages, one for each run of RECORDs."""
        return [kind for kind, _ in itertools.groupby(message["type"] for message in self.messages)]

    def records(self, stream: str = "events") -> list[Row]:
        return [m["record"] for m in self.messages if m["type"] == "RECORD" and m["stream"] == stream]

    def ids(self, stream: str = "events") -> list[int]:
        return [record["id"] for record in self.records(stream)]

    def schema(self, stream: str = "events") -> Message:
        [message] = [m for m in self.messages if m["type"] == "SCHEMA" and m["stream"] == stream]
        return message

    @property
    def states(self) -> list[Row]:
        return [m["value"] for m in self.messages if m["type"] == "STATE"]

    def stream(self, name: str = "events") -> Row:
        [part] = [part for part in self.summary["streams"] if part["stream"] == name]
        return t.cast("Row", part)


def tap_class(vendor: Vendor, *streams: type) -> type[FakeTap]:
    """A tap bound to `vendor`, with all streams or with those given."""
    return type("BoundTap", (FakeTap,), {"vendor": vendor, "stream_types": streams or FakeTap.stream_types})


def start(
    vendor: Vendor, *, state: Row | None = None, catalog: t.Any = None, only: type | None = None, **config: t.Any
) -> FakeTap:
    """The tap before its run: from 2026-03-08 unless told otherwise."""
    settings = {"start_date": "2026-03-08", **config}
    return tap_class(vendor, *([only] if only else []))(config=settings, state=state, catalog=catalog)


def finish(tap: FakeTap) -> Run:
    """Run the tap and gather what it wrote."""
    with contextlib.redirect_stdout(io.StringIO()) as out:
        code = tap.run()
    return Run(int(code), out.getvalue().split("\n")[:-1], json.loads(tap.summary.as_json()), tap)


def run(vendor: Vendor, **options: t.Any) -> Run:
    """Run the tap over `vendor`; events alone unless `only` says otherwise."""
    return finish(start(vendor, **{"only": Events, **options}))


def event(number: int, at: str, **fields: t.Any) -> Row:
    """A vendor's row."""
    return {"id": number, "at": at, **fields}


def bookmark(value: str, stream: str = "events") -> Row:
    """A whole state with one bookmark."""
    return {"bookmarks": {stream: {"replication_key": "at", "replication_key_value": value}}}


def failing(error: EngineError) -> Fault:
    """A fault that raises."""

    def fault(page: Page) -> Page:
        raise error

    return fault


def read_summary(path: Path) -> Row:
    """The summary file."""
    return t.cast("Row", json.loads(path.read_text(encoding="utf-8")))


def things(*numbers: int) -> list[Row]:
    return [{"id": number, "name": f"n{number}"} for number in numbers]


def refusing(stream: str, error: Exception) -> t.Callable[[Ask], None]:
    def refuse(ask: Ask) -> None:
        if ask.stream == stream:
            raise error

    return refuse


ROW = event(
    1,
    "2026-03-08 09:00:00",
    phone=79261234567,
    price="1.5",
    lost=0,
    tags=[{"id": "3", "name": "vip", "new": 1}],
    words=["a", None],
    surprise={"x": 1},
)
RECORD: Row = {
    "id": 1,
    "at": "2026-03-08T09:00:00+03:00",
    "phone": "79261234567",
    "price": 1.5,
    "lost": False,
    "tags": [{"id": 3, "name": "vip"}],
    "words": ["a", None],
    "day": "2026-03-08",
}


ENVELOPE = Envelope(("answer", "rows"), kept=("answer.total",))


def body_of(rows: list[t.Any], total: int | None = None, **options: t.Any) -> bytes:
    text = json.dumps({"more": [{"rows": []}], "answer": {"rows": rows, "total": total}}, **options)
    return text.encode("utf-8", "surrogatepass")
