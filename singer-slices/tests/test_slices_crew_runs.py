"""Whole runs with several threads: the records and the state of one thread, and a clean end whatever happens."""

from __future__ import annotations

import collections
import contextlib
import datetime as dt
import io
import json
import os
import random
import signal
import threading
import time
import typing as t

import pytest
from hypothesis import given
from hypothesis import strategies as st
from singer_slices import (
    CredentialError,
    Page,
    QuotaSpentError,
    StreamFailedError,
    StreamRefusedError,
)
from slices_fake import Ask, Events, Row, Run, Things, Vendor, bookmark, event, finish, many, run, start

pytestmark = pytest.mark.usefixtures("deadline")


class Regions(Events):
    """Events by region: each with its own rows and its own bookmark."""

    name = "events"
    regions: t.ClassVar[tuple[str, ...]] = ("north", "south", "west")

    @classmethod
    def schema_of(cls, config: t.Mapping[str, t.Any]) -> Row:
        schema = super().schema_of(config)
        return {**schema, "properties": {**schema["properties"], "region": {"type": ["string"]}}}

    def list_partitions(self) -> list[dict[str, t.Any]]:
        return [{"region": region} for region in self.regions]

    def fetch_page(self, piece: t.Any, offset: int, context: t.Any, *, limit: int | None = None) -> Page:
        page = super().fetch_page(piece, offset, context)
        self.vendor.refuse(Ask(context["region"], self.zone_of(context).local_text(piece.start), None, offset))
        return Page([{**row, "phone": context["region"]} for row in page.rows], page.total)


class Dawdler(Vendor):
    """A vendor that takes its time, each request another."""

    seed = 0

    def answer(self, ask: Ask) -> Page:
        dice = random.Random(f"{self.seed}{ask}")  # noqa: S311 - a test's dice
        page = super().answer(ask)
        time.sleep(dice.random() * 0.003)
        return page


def facts(done: Run) -> tuple[int, dict[str, int], t.Any, list[t.Any]]:
    """What must not depend on the scheduling."""
    records = collections.Counter(json.dumps(record, sort_keys=True) for record in done.records())
    parts = [
        {key: part[key] for key in ("partition", "status", "records", "vendor_total", "difference", "bookmark")}
        for part in done.summary["streams"]
    ]
    return done.exit_code, dict(records), done.states[-1] if done.states else None, parts


@many(30)
@given(
    seconds=st.lists(st.integers(0, 3 * 86400 - 1), max_size=60),
    page_size=st.integers(1, 5),
    pages=st.integers(1, 4),
    workers=st.integers(2, 8),
    failing_day=st.sampled_from([None, "2026-03-08", "2026-03-09"]),
    partitions=st.booleans(),
    seed=st.integers(),
)
def test_several_workers_give_the_records_and_the_state_of_one(
    *,
    seconds: list[int],
    page_size: int,
    pages: int,
    workers: int,
    failing_day: str | None,
    partitions: bool,
    seed: int,
) -> None:
    begin = dt.datetime(2026, 3, 8)  # noqa: DTZ001 - the vendor's local clock
    rows = [event(n, str(begin + dt.timedelta(seconds=s))) for n, s in enumerate(seconds)]

    def refuse(ask: Ask) -> None:
        if failing_day and (ask.start or "").startswith(failing_day) and ask.stream in {"events", "south"}:
            raise StreamFailedError("down")

    vendor = Dawdler(rows, page_size=page_size, max_offset=page_size * pages)
    vendor.seed = seed
    vendor.refuse = (lambda ask: refuse(ask) if ask.stream == "south" else None) if partitions else refuse
    only = Regions if partitions else Events
    one = run(vendor, only=only)
    several = run(vendor, only=only, max_parallel_requests=workers)
    assert facts(several) == facts(one)


def test_records_of_a_partition_keep_their_order_and_state_follows_them() -> None:
    vendor = Dawdler([event(n, f"2026-03-{8 + n % 2:02d} {n:02d}:00:00") for n in range(20)], page_size=3)
    done = run(vendor, only=Regions, max_parallel_requests=6)
    for region in Regions.regions:
        times = [record["at"] for record in done.records() if record["region"] == region]
        assert times == sorted(times)
        assert len(times) == 20
    written: dict[str, str] = {}
    for message in done.messages:
        if message["type"] == "RECORD":
            record = message["record"]
            assert record["at"] >= written.get(record["region"], ""), "a record came behind the state that covers it"
        if message["type"] == "STATE":
            for part in message["value"]["bookmarks"]["events"]["partitions"]:
                written[part["context"]["region"]] = part.get("replication_key_value", "")
    assert set(written.values()) == {"2026-03-10T14:50:00+03:00"}


@pytest.mark.parametrize("error", [QuotaSpentError("spent"), CredentialError("no entry")])
def test_what_is_complete_before_the_quota_is_spent_is_saved(error: Exception) -> None:
    vendor = Dawdler([event(n, f"2026-02-{n:02d} 09:00:00") for n in range(1, 29)])

    def refuse(ask: Ask) -> None:
        if (ask.start or "") >= "2026-02-20":
            time.sleep(0.01)
            raise error

    vendor.refuse = refuse
    done = run(vendor, max_parallel_requests=4, start_date="2026-02-01")
    assert done.exit_code == (4 if isinstance(error, QuotaSpentError) else 2)
    assert done.ids() == list(range(1, 20))
    assert done.states[-1] == bookmark("2026-02-20T00:00:00+03:00")
    assert done.summary["error"] == str(error)
    assert len(vendor.asked) < 28


def test_crash_in_a_worker_is_exit_1_with_the_state_of_what_is_complete() -> None:
    vendor = Dawdler([event(n, f"2026-02-{n:02d} 09:00:00") for n in range(1, 29)])

    def crash(ask: Ask) -> None:
        if (ask.start or "").startswith("2026-02-20"):
            time.sleep(1)  # the slices before it are read by then, on a busy machine as well
            raise ZeroDivisionError("a bug")

    vendor.refuse = crash
    done = run(vendor, max_parallel_requests=4, start_date="2026-02-01")
    assert (done.exit_code, done.summary["error"]) == (1, "ZeroDivisionError: a bug")
    assert done.ids() == list(range(1, 20))
    assert done.states[-1] == bookmark("2026-02-20T00:00:00+03:00")


def test_refused_partition_leaves_the_others_alone() -> None:
    vendor = Dawdler([event(n, f"2026-03-08 0{n}:00:00") for n in range(5)])

    def refuse(ask: Ask) -> None:
        if ask.stream == "south":
            raise StreamRefusedError("no right")

    vendor.refuse = refuse
    done = run(vendor, only=Regions, max_parallel_requests=3)
    assert done.exit_code == 3
    assert [(part["partition"], part["status"]) for part in done.summary["streams"]] == [
        ("north", "complete"),
        ("south", "failed"),
        ("west", "complete"),
    ]
    assert len(done.records()) == 10


class PartedThings(Things):
    """A list in parts."""

    @classmethod
    def schema_of(cls, config: t.Mapping[str, t.Any]) -> Row:
        schema = super().schema_of(config)
        return {**schema, "properties": {**schema["properties"], "site": {"type": ["integer"]}}}

    def list_partitions(self) -> list[dict[str, t.Any]]:
        return [{"site": number} for number in range(5)]

    def fetch_page(self, offset: int, context: t.Any) -> Page:
        page = super().fetch_page(offset, context)
        return Page([{**row, "id": row["id"] + 100 * context["site"]} for row in page.rows], page.total)


def test_parts_of_a_list_are_read_at_once() -> None:
    done = run(Dawdler(things=[{"id": n} for n in range(7)], page_size=2), only=PartedThings, max_parallel_requests=3)
    assert sorted(done.ids("things")) == [100 * site + n for site in range(5) for n in range(7)]
    assert all(record["id"] // 100 == record["site"] for record in done.records("things"))


# Stopping


def test_signal_while_all_workers_are_in_requests_ends_the_run_at_once() -> None:
    release = threading.Event()
    vendor = Vendor([event(n, f"2026-03-{n:02d} 09:00:00") for n in (8, 9, 10)])

    def refuse(ask: Ask) -> None:
        if (ask.start or "") >= "2026-03-09":
            if ask.start and ask.start.startswith("2026-03-10"):
                time.sleep(0.2)
                os.kill(os.getpid(), signal.SIGTERM)
            release.wait(50)

    vendor.refuse = refuse
    began = time.monotonic()
    done = run(vendor, max_parallel_requests=4)
    assert time.monotonic() - began < 30
    release.set()
    assert done.exit_code == 143
    assert done.ids() == [8]
    assert done.states[-1] == bookmark("2026-03-09T00:00:00+03:00")


def test_second_signal_ends_the_program_while_workers_hang(monkeypatch: pytest.MonkeyPatch) -> None:
    ended: list[int] = []
    monkeypatch.setattr(os, "_exit", ended.append)
    vendor = Vendor([event(8, "2026-03-08 09:00:00")])

    def refuse(ask: Ask) -> None:
        os.kill(os.getpid(), signal.SIGINT)
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(0.3)

    vendor.refuse = refuse
    done = run(vendor, max_parallel_requests=2)
    assert done.exit_code == 130
    assert 130 in ended or not ended  # both signals may reach the process as one


def test_closed_pipe_ends_the_run_and_its_workers() -> None:
    class Closed(io.StringIO):
        def write(self, text: str) -> int:
            if '"RECORD"' in text:
                raise BrokenPipeError
            return super().write(text)

    vendor = Dawdler([event(n, f"2026-02-{n:02d} 09:00:00") for n in range(1, 29)])
    tap = start(vendor, only=Events, max_parallel_requests=4, start_date="2026-02-01")
    with contextlib.redirect_stdout(Closed()):
        assert tap.run() == 1
    until = time.monotonic() + 20
    while any(thread.name.startswith("reader-") for thread in threading.enumerate()) and time.monotonic() < until:
        time.sleep(0.02)
    assert not [thread.name for thread in threading.enumerate() if thread.name.startswith("reader-")]


def test_workers_are_gone_after_a_run() -> None:
    finish(start(Dawdler([event(8, "2026-03-08 09:00:00")]), only=Events, max_parallel_requests=5))
    until = time.monotonic() + 20
    while (alive := [t_ for t_ in threading.enumerate() if t_.name.startswith("reader-")]) and time.monotonic() < until:
        time.sleep(0.02)
    assert alive == []


def test_dry_run_reads_one_thing_at_a_time() -> None:
    rows = [event(8, "2026-03-08 09:00:00"), event(9, "2026-03-08 10:00:00")]
    tap = start(Vendor(rows), only=Events, max_parallel_requests=5)
    with contextlib.redirect_stdout(io.StringIO()):
        tap.run_connection_test()
    assert len(tap.vendor.asked) == 1


def test_stream_maps_and_batches_read_ahead_as_well(tmp_path: t.Any) -> None:
    vendor = Dawdler([event(n, f"2026-03-08 {n:02d}:00:00") for n in range(20)], page_size=3, max_offset=3)
    mapped = run(vendor, max_parallel_requests=4, stream_maps={"events": {"twice": "id * 2"}}, stream_map_config={})
    assert [record["twice"] for record in mapped.records()] == [2 * n for n in range(20)]
    config = {"encoding": {"format": "jsonl", "compression": "gzip"}, "storage": {"root": tmp_path.as_uri()}}
    batched = run(vendor, max_parallel_requests=4, batch_config=config)
    assert batched.order == ["SCHEMA", "BATCH", "STATE"]
    assert batched.stream()["records"] == 20
