"""A tap on `singer-slices` for the conversations: what its README calls a whole tap, with a nested schema."""

from __future__ import annotations

import datetime as dt
import functools
import sys
import typing as t

from singer_sdk import typing as th
from singer_slices import (
    Envelope,
    Limits,
    Page,
    RetryableError,
    Slice,
    SlicedStream,
    SlicedTap,
    SourceZone,
    StreamFailedError,
    Transport,
    common_settings,
    decode,
)

from benchmarks.contenders.job import DATA

OK: t.Final = 200
ENVELOPE: t.Final = Envelope(("conversations",), kept=("totalHits",))


class Conversations(SlicedStream):
    """Conversations with participants, sessions and segments."""

    name = "conversations"
    key_fields = ("conversationId",)
    time_field = "conversationStart"
    default_slice_days = 1
    most_slice_days = 31

    @property
    def limits(self) -> Limits:
        """Pages as large as the settings say, as many as there are."""
        return Limits(page_size=int(self.config["page_size"]), max_offset=100_000)

    @classmethod
    def schema_of(cls, config: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
        """The schema that every contender has."""
        del config
        return t.cast("dict[str, t.Any]", decode((DATA / "conversations.schema.json").read_bytes()))

    def fetch_page(self, piece: Slice, offset: int, context: t.Any, *, limit: int | None = None) -> Page:
        """One page of a slice."""
        size = limit or self.limits.page_size
        params = {
            "interval": f"{piece.start:%Y-%m-%dT%H:%M:%SZ}/{piece.end:%Y-%m-%dT%H:%M:%SZ}",
            "pageSize": size,
            "pageNumber": offset // size + 1,
        }
        tap = t.cast("TapConversations", self.engine_tap)
        reader = self.row_reader(context)
        read = decode if reader is None else functools.partial(reader.decode, envelope=ENVELOPE)
        answer = tap.call(params, f"reading conversations of {piece.text(self.zone_of(context))}", read)
        return Page(answer["conversations"], answer["totalHits"])


class TapConversations(SlicedTap):
    """Conversations of the benchmark's server."""

    name = "tap-conversations"
    stream_types = (Conversations,)
    settling = dt.timedelta(minutes=10)
    config_jsonschema = th.PropertiesList(
        *common_settings(api_url="http://127.0.0.1", page_size=1000, slice_days="1", lookback_days="0", day_zone="UTC"),
    ).to_dict()

    @functools.cached_property
    def transport(self) -> Transport:
        """What makes the requests."""
        return self.make_transport()

    def resolve_zone(self) -> SourceZone:
        """Genesys counts in UTC."""
        return SourceZone("UTC")

    def call(self, params: dict[str, t.Any], doing: str, read: t.Callable[[bytes], t.Any]) -> t.Any:
        """One request, repeated where that may help."""

        def once() -> t.Any:
            answer = self.transport.send("GET", self.config["api_url"], params=params)
            if answer.may_pass:
                raise RetryableError(
                    f"HTTP {answer.status}", retry_after=answer.retry_after, throttled=answer.throttled
                )
            if answer.status != OK:
                raise StreamFailedError(f"{doing}: HTTP {answer.status}: {answer.excerpt()}")
            return read(answer.body)

        return self.transport.retry(doing, once)


if __name__ == "__main__":
    sys.argv[0] = TapConversations.name
    TapConversations.cli()
