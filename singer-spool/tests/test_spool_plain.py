"""Blocks of like lines take a shorter way into the spool; what arrives there, and what is refused, must be the same."""

from __future__ import annotations

import datetime as dt
import json
import pathlib
import typing as t
from collections.abc import Sequence
from unittest import mock

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from singer_spool import Backend, Batch, Inspector, StreamSpec
from singer_spool.loader import Limits, Loader
from singer_spool.messages import decode
from singer_spool.metadata import RECORD_METADATA
from singer_spool.plain import plain_block
from singer_spool.spool import Spool
from singer_spool.worker import Worker

COMPACT = b'{"type":"RECORD","stream":"a","record":%s,"time_extracted":"2026-03-01T10:00:00Z"}'
SPACED = b'{"type": "RECORD", "stream": "a", "version": 7, "record": %s}'
LAST = b'{"record":%s,"stream":"a","type":"RECORD"}\r'
SCHEMA = b'{"type":"SCHEMA","stream":"a","schema":{"properties":{"id":{"type":"integer"}}},"key_properties":[]}'
RECORDS = [
    b'{"id":1}',
    b'{"id":2,"text":"}\\n{"}',
    b'{"id":3,"x":{}}',
    b'{"id":4} ',
    b'{"id":5,"x":[{"y":"\xd0\xaf"}]}',
]


def block(wrapping: bytes, records: Sequence[bytes]) -> bytes:
    return b"".join(wrapping % record + b"\n" for record in records)


@pytest.mark.parametrize("wrapping", [COMPACT, SPACED, LAST])
def test_like_lines_are_unwrapped(wrapping: bytes) -> None:
    records = [record.strip() for record in RECORDS]
    plain = plain_block(block(wrapping, records))
    assert plain is not None
    envelope = decode(wrapping % b"null")
    assert (plain.message.stream, plain.message.version) == ("a", envelope.version)
    assert bytes(plain.message.time_extracted) == bytes(envelope.time_extracted)
    assert plain.records() == b"".join(record + b"\n" for record in records)
    assert plain.records(b'{"n":0,') == b"".join(b'{"n":0,' + record[1:] + b"\n" for record in records)


def test_the_last_line_need_not_end() -> None:
    whole = block(COMPACT, [b'{"id":1}'] * 4)
    plain = plain_block(whole)
    assert plain is not None
    assert plain == plain_block(whole[:-1])
    assert plain.parts == [b'"id":1}'] * 4


@pytest.mark.parametrize(
    "odd",
    [
        b"",
        b" ",
        b"null",
        SCHEMA,
        b'{"type":"STATE","value":1}',
        SPACED % b'{"id":1}',
        COMPACT % b"{}",
        COMPACT % b"[]",
        COMPACT % b'{"id":1} ',
        COMPACT.replace(b":00Z", b":01Z") % b'{"id":1}',
        COMPACT.replace(b'"a"', b'"b"') % b'{"id":1}',
        COMPACT % b'{"text":"\xff"}',
        (COMPACT % b'{"id":1}')[:-1],
    ],
)
@pytest.mark.parametrize("place", [0, 2, 4])
def test_one_odd_line_is_enough_to_look_at_each(odd: bytes, place: int) -> None:
    lines = [COMPACT % b'{"id":1}'] * 4
    lines.insert(place, odd)
    assert plain_block(b"\n".join(lines) + b"\n") is None


def test_the_text_of_a_record_in_another_place() -> None:
    lines = [b'{"type":"RECORD","stream":"{\\"a\\":1}","x":{"a":1},"record":{"a":1}}'] * 4
    assert plain_block(b"\n".join(lines)) is None
    lines = [b'{"type":"RECORD","stream":"a","record":{"a":1},"record":{"a":1}}'] * 4
    assert plain_block(b"\n".join(lines)) is None


class Told(Backend):
    """Remembers rows, and what its inspectors saw."""

    def __init__(self) -> None:
        self.rows: list[bytes] = []
        self.seen: list[dict[str, t.Any]] = []

    def declare(self, spec: StreamSpec) -> None:
        del spec

    def inspector(self, spec: StreamSpec) -> Inspector:
        del spec
        return Eyes()

    def activate_version(self, spec: StreamSpec, version: int) -> None:
        self.rows.append(f"{spec.name} {version}".encode())

    def load(self, batches: Sequence[Batch]) -> None:
        for batch in batches:
            self.rows += batch.raw_lines()
            assert isinstance(batch.seen, Eyes)
            self.seen += batch.seen.lines
            assert batch.rows == len(list(batch.raw_lines()))
            assert batch.bytes == sum(path.stat().st_size for path in batch.paths)
            assert batch.longest > max(map(len, batch.raw_lines()))


class Eyes(Inspector):
    """Remembers what it saw, without what the spool adds."""

    def __init__(self) -> None:
        self.lines: list[dict[str, t.Any]] = []

    def take(self, records: bytes, rows: int) -> bool:
        taken = super().take(records, rows)
        if taken:
            self.note(records)
        return taken

    def note(self, lines: bytes) -> None:
        self.lines += [own_fields(line) for line in lines.splitlines()]


class Standing(dt.datetime):
    """A clock that stands: the moment of receipt is the same on both ways."""

    @classmethod
    def now(cls, tz: dt.tzinfo | None = None) -> t.Self:
        return cls(2026, 3, 1, tzinfo=tz)


def own_fields(line: bytes) -> dict[str, t.Any]:
    return {name: value for name, value in json.loads(line).items() if name not in RECORD_METADATA}


def told(
    folder: pathlib.Path, blocks: Sequence[bytes], *, metadata: bool = False, rows: int = 1000
) -> tuple[t.Any, ...]:
    """What arrives of some blocks: rows, lines seen, the last STATE, an error, and what was counted."""
    backend, states = Told(), list[bytes]()
    spool, worker = Spool(str(folder)), Worker("test")
    loader = Loader(backend, worker, spool, Limits(rows, 10**9, 3600), add_metadata=metadata, emit=states.append)
    error = ""
    try:
        with mock.patch.object(dt, "datetime", Standing):
            loader.consume(blocks)
        loader.flush()
    except Exception as caught:  # noqa: BLE001 - whatever it is, it must be the same
        error = f"{type(caught).__name__}: {caught}"
    worker.stop()
    spool.remove()
    counts = {name: (progress.records, progress.loaded, progress.mended) for name, progress in loader.streams.items()}
    return backend.rows, sorted(map(str, backend.seen)), states[-1:], error, counts, loader.counts


PIECES = st.sampled_from(
    [
        *[COMPACT % record for record in RECORDS],
        COMPACT % b"{}",
        COMPACT % b'{"id":NaN}',
        COMPACT % b'{"id":1}{"id":2}',
        COMPACT % b'{"id":1},"record":{"id":2}',
        COMPACT % b'{"id":1,"_sdc_deleted_at":"2026-01-01","_sdc_sequence":5}',
        COMPACT % b'{"\\u005fsdc_sequence":5}',
        COMPACT % b'{"id":',
        COMPACT % b'{"}',
        SPACED % b'{"id":7}',
        b"",
        b'{"type":"STATE","value":1}',
        b'{"type":"ACTIVATE_VERSION","stream":"a","version":7}',
    ]
)
LINES = st.lists(PIECES, min_size=1, max_size=6)


@given(usual=st.integers(0, 6), odd=LINES, more=st.integers(0, 6), rows=st.sampled_from([5, 1000]))
@pytest.mark.parametrize("metadata", [False, True])
@settings(max_examples=200, deadline=None)
def test_blocks_and_single_lines_arrive_alike(
    tmp_path_factory: pytest.TempPathFactory, *, usual: int, odd: list[bytes], more: int, metadata: bool, rows: int
) -> None:
    folder = tmp_path_factory.getbasetemp()
    lines = [COMPACT % b'{"id":1}'] * usual + odd + [COMPACT % b'{"id":9}'] * more
    blocks = [SCHEMA + b"\n", b"".join(line + b"\n" for line in lines)]
    singly = [SCHEMA + b"\n", *(line + b"\n" for line in lines)]
    assert told(folder, blocks, metadata=metadata, rows=rows) == told(folder, singly, metadata=metadata, rows=rows)


@pytest.mark.parametrize("metadata", [False, True])
def test_every_record_is_seen_once(tmp_path: pathlib.Path, metadata: bool) -> None:
    odd = [b'{"id":6}', b"{}", b'{"id":7,"x":null}', b'{"id":8}']
    records = [record.strip() for record in RECORDS[:3]] + [b'{"id":4}']
    blocks = [SCHEMA + b"\n", block(COMPACT, records), block(SPACED, odd), block(COMPACT, records)]
    rows, seen, _, error, *_ = told(tmp_path, blocks, metadata=metadata)
    assert error == ""
    expected = [json.loads(record) for record in [*records, *odd, *records]]
    assert [own_fields(row) for row in rows] == expected
    assert seen == sorted(map(str, expected))


def test_what_comes_behind_an_activation_is_loaded_behind_it(tmp_path: pathlib.Path) -> None:
    records = [b'{"id":1}'] * 4
    activate = b'{"type":"ACTIVATE_VERSION","stream":"a","version":7}\n'
    rows, *_ = told(
        tmp_path, [SCHEMA + b"\n", block(COMPACT, records), activate, block(COMPACT, records)], metadata=False
    )
    assert rows == [*records, b"a 7", *records]
