from __future__ import annotations

import io
import os
import pathlib
import signal
import threading

from hypothesis import given
from hypothesis import strategies as st
from singer_spool.lines import read_blocks, whole_lines
from singer_spool.signals import StopRequest


@given(st.binary(), st.lists(st.integers(min_value=1, max_value=9)))
def test_blocks_are_cut_at_line_ends_and_nothing_is_lost(content: bytes, sizes: list[int]) -> None:
    blocks = []
    rest = content
    for size in sizes:
        blocks.append(rest[:size])
        rest = rest[size:]
    blocks = [block for block in [*blocks, rest] if block]
    cut = list(whole_lines(iter(blocks), StopRequest()))
    assert b"".join(cut) == content
    assert all(block.endswith(b"\n") for block in cut[:-1])


def test_text_and_binary_files_in_memory() -> None:
    assert b"".join(read_blocks(io.StringIO("é\n"), StopRequest())) == "é\n".encode()
    assert b"".join(read_blocks(io.BytesIO(b"x"), StopRequest())) == b"x"


def test_a_file_with_a_line_larger_than_a_block(tmp_path: pathlib.Path) -> None:
    content = b"a" * 3_000_000 + b"\nb\n"
    path = tmp_path / "input"
    path.write_bytes(content)
    with path.open() as file:
        assert b"".join(read_blocks(file, StopRequest())) == content


def test_half_a_line_is_left_out_when_asked_to_stop() -> None:
    stop = StopRequest()
    blocks = whole_lines(iter([b"one\ntw", b"o\nthr"]), stop)
    assert next(blocks) == b"one\n"
    assert next(blocks) == b"two\n"
    stop.signum = signal.SIGTERM
    assert list(blocks) == []


def test_a_signal_wakes_a_waiting_read() -> None:
    read_end, write_end = os.pipe()
    told: list[int] = []
    stop = StopRequest()
    before = signal.getsignal(signal.SIGTERM)
    with stop.installed(on_first=told.append, on_second=lambda: None), os.fdopen(read_end, "rb") as file:
        timer = threading.Timer(0.05, os.kill, (os.getpid(), signal.SIGTERM))
        timer.start()
        assert [block for block in read_blocks(file, stop) if block] == []
        timer.join()
    os.close(write_end)
    assert told == [signal.SIGTERM]
    assert stop.exit_code == 143
    assert signal.getsignal(signal.SIGTERM) is before


def test_a_silent_input_gives_a_sign_of_life() -> None:
    read_end, write_end = os.pipe()
    with os.fdopen(read_end, "rb") as file:
        blocks = read_blocks(file, StopRequest())
        assert next(blocks) == b""
        os.write(write_end, b"x\n")
        assert next(blocks) == b"x\n"
        os.close(write_end)
        assert list(blocks) == []
