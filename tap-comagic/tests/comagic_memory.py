"""A whole tap over a vendor in memory: what it was asked, and the messages that came of it."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import io
import json
import typing as t

from singer_slices import Page, decode
from tap_comagic.tap import TapComagic

Row = dict[str, t.Any]
#: Answers one call: method and parameters in, rows and stated total out.
Answering = t.Callable[[str, Row], Page]

NOW = dt.datetime(2026, 3, 10, 12, 0, tzinfo=dt.UTC)  # 15:00 in Moscow
CONFIG: Row = {"access_token": "a-key-of-a-user", "start_date": "2026-03-08", "timezone": "Europe/Moscow"}


@dataclasses.dataclass
class MemoryClient:
    """In the place of the client that makes requests."""

    answer: Answering
    asked: list[tuple[str, Row]] = dataclasses.field(default_factory=list)

    def call(self, method: str, params: Row, *, doing: str, read: t.Callable[[bytes], t.Any] = decode) -> Page:
        assert doing
        self.asked.append((method, params))
        page = self.answer(method, params)
        return Page(read(json.dumps({"result": {"data": page.rows}}).encode())["result"]["data"], page.total)


@dataclasses.dataclass
class Ended:
    """A run that came to its end."""

    exit_code: int
    messages: list[Row]
    summary: Row
    asked: list[tuple[str, Row]]

    def records(self, stream: str) -> list[Row]:
        return [m["record"] for m in self.messages if m["type"] == "RECORD" and m["stream"] == stream]

    @property
    def state(self) -> Row:
        states: list[Row] = [m["value"] for m in self.messages if m["type"] == "STATE"]
        return states[-1]

    def params(self, method: str) -> list[Row]:
        return [params for asked, params in self.asked if asked == method]


def catalog_of(streams: t.Collection[str], config: Row) -> Row:
    """A catalog in which these streams are selected, as Meltano writes it."""
    catalog: Row = json.loads(TapComagic(config=config).catalog_json_text)
    for entry in catalog["streams"]:
        [root] = [part["metadata"] for part in entry["metadata"] if not part["breadcrumb"]]
        root["selected"] = entry["tap_stream_id"] in streams
    return catalog


def sync(answer: Answering, *streams: str, state: Row | None = None, **config: t.Any) -> Ended:
    """Read `streams` and nothing else."""
    settings = {**CONFIG, **config}
    tap = TapComagic(config=settings, state=state, catalog=catalog_of(streams, settings))
    client = MemoryClient(answer)
    tap.__dict__["client"] = client
    with contextlib.redirect_stdout(io.StringIO()) as out:
        code = tap.run()
    messages = [json.loads(line) for line in out.getvalue().splitlines()]
    return Ended(int(code), messages, json.loads(tap.summary.as_json()), client.asked)


def table(rows: t.Sequence[Row], **options: t.Any) -> Answering:
    """A vendor with one table, who pages as asked."""

    def answer(method: str, params: Row) -> Page:
        offset, limit = params["offset"], params["limit"]
        return Page(list(rows[offset : offset + limit]), options.get("total", len(rows)))

    return answer


def within(params: Row, time: str) -> bool:
    return bool(params["date_from"] <= time <= params["date_till"])


def report(rows: t.Sequence[Row], field: str) -> t.Callable[[str, Row], Page]:
    """A vendor who filters by time and pages as asked."""

    def answer(method: str, params: Row) -> Page:
        found = [row for row in rows if within(params, row[field])]
        return Page(found[params["offset"] :][: params["limit"]], len(found))

    return answer
