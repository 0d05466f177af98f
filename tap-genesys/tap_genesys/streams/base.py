"""What all streams of Genesys Cloud have in common."""

from __future__ import annotations

import datetime as dt
import functools
import typing as t

from singer_sdk.helpers.types import Context
from singer_slices import EngineStream, Envelope, Limits, Slice, decode

from tap_genesys.schemas.parts import Schema

if t.TYPE_CHECKING:
    from tap_genesys.answers import Read
    from tap_genesys.client import GenesysClient
    from tap_genesys.tap import TapGenesys

#: The largest pages that public clients use (https://developer.genesys.cloud/devapps/sdk/docexplorer/purecloudpython/).
QUERY_PAGE = 100
LISTING_PAGE = 100


class GenesysStream(EngineStream):
    """A stream with a fixed schema, whose pages the vendor strings together itself."""

    record_schema: t.ClassVar[Schema]
    key_fields: t.ClassVar[tuple[str, ...]] = ("id",)

    @classmethod
    def schema_of(cls, config: t.Mapping[str, t.Any]) -> Schema:
        """The same for all settings."""
        del config
        return cls.record_schema

    @property
    def genesys(self) -> TapGenesys:
        """The tap."""
        return t.cast("TapGenesys", self.engine_tap)

    @property
    def client(self) -> GenesysClient:
        """The one client of the run."""
        return self.genesys.client

    def reading(self, context: Context | None, envelope: Envelope) -> Read:
        """What makes a document of an answer's bytes, its rows typed where they may be."""
        reader = self.row_reader(context)
        return decode if reader is None else functools.partial(reader.decode, envelope=envelope)

    @property
    def limits(self) -> Limits:
        """The vendor states no total that could be held against what came; pages end where it says so."""
        return Limits(self.genesys.page_size(QUERY_PAGE), max_offset=0)

    def is_selected(self, field: str) -> bool:
        """Whether a top-level field is selected."""
        return bool(self.mask[("properties", field)])


def instant(moment: dt.datetime) -> str:
    """A moment as the vendor reads it: ISO 8601 in UTC with `Z`."""
    return moment.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def interval(piece: Slice) -> str:
    """A slice as an analytics interval; its end is taken to be exclusive."""
    return f"{instant(piece.start)}/{instant(piece.end)}"
