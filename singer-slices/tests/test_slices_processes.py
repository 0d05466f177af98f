"""The program as a process of its own: signals, and a reader that leaves."""

from __future__ import annotations

import ctypes
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from slices_fake import Row, bookmark, read_summary

SCRIPT = """
import os, sys
from slices_fake import FakeTap, Vendor, event

class Source(Vendor):
    control = None

    def answer(self, ask):
        if self.control and len(self.asked) == 2:
            print("waiting", file=sys.stderr, flush=True)
            self.control.wait(30)
        return super().answer(ask)

class ProcessTap(FakeTap):
    vendor = Source([event(n, f"{day} 09:00:00") for n, day in enumerate(os.environ["DAYS"].split())])

    def __init__(self, **options):
        super().__init__(**options)
        self.vendor.control = self.control if os.environ.get("PAUSE") else None

ProcessTap.cli()
"""


def spawn(tmp_path: Path, config: Row, script: str = SCRIPT, **env: str) -> subprocess.Popen[str]:
    path = tmp_path / "config.json"
    path.write_text(json.dumps(config), encoding="utf-8")
    return subprocess.Popen(
        [sys.executable, "-c", script, "--config", str(path)],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parent), **env},
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_terminated_process_leaves_with_143_and_its_state(tmp_path: Path) -> None:
    summary = tmp_path / "summary.json"
    process = spawn(
        tmp_path,
        {"start_date": "2026-01-01", "end_date": "2026-01-10", "summary_path": str(summary)},
        DAYS="2026-01-01 2026-01-02 2026-01-03",
        PAUSE="1",
    )
    assert process.stderr is not None
    while process.stderr.readline() != "waiting\n":
        assert process.poll() is None
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=120)
    assert process.returncode == 143
    assert json.loads(out.splitlines()[-1]) == {"type": "STATE", "value": bookmark("2026-01-03T00:00:00+03:00")}
    assert read_summary(summary)["exit_code"] == 143
    assert "stopped by SIGTERM" not in out
    assert "Traceback" not in err


def test_process_whose_reader_leaves_ends_with_1_and_no_noise(tmp_path: Path) -> None:
    summary = tmp_path / "summary.json"
    days = " ".join(f"2025-{month:02d}-{day:02d}" for month in range(1, 13) for day in range(1, 29))
    process = spawn(tmp_path, {"start_date": "2025-01-01", "summary_path": str(summary)}, DAYS=days)
    assert process.stdout is not None
    process.stdout.readline()
    process.stdout.close()
    assert process.stderr is not None
    err = process.stderr.read()
    process.stderr.close()
    assert process.wait(timeout=120) == 1
    assert read_summary(summary)["error"] == "the program that reads this tap's output has ended"
    assert "Exception ignored" not in err


HEAPS = """
import ctypes, os, re, tempfile
from slices_fake import FakeTap, Vendor, event

c = ctypes.CDLL(None)
c.fdopen.restype, c.fdopen.argtypes = ctypes.c_void_p, [ctypes.c_int, ctypes.c_char_p]
c.malloc.restype, c.malloc.argtypes, c.free.argtypes = ctypes.c_void_p, [ctypes.c_size_t], [ctypes.c_void_p]
c.malloc_info.argtypes, c.fclose.argtypes = [ctypes.c_int, ctypes.c_void_p], [ctypes.c_void_p]

class Source(Vendor):
    def answer(self, ask):
        c.free(c.malloc(8 << 20))  # after this glibc would take the next one from the heap
        large = c.malloc(8 << 20)
        with tempfile.TemporaryFile() as told:
            file = c.fdopen(os.dup(told.fileno()), b"w")
            c.malloc_info(0, file)
            c.fclose(file)
            told.seek(0)
            text = told.read()
            apart = re.search(rb'type="mmap" count="(\\d+)"', text)[1]
            os.write(2, b"heaps %d %s\\n" % (text.count(b"<heap nr="), apart))
        return super().answer(ask)

class HeapTap(FakeTap):
    vendor = Source([event(1, "2026-01-01 09:00:00")])

HeapTap.cli()
"""


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "malloc_info"), reason="this C library has one heap anyway")
@pytest.mark.parametrize(
    ("env", "shared", "apart"),
    [({}, True, True), ({"MALLOC_ARENA_MAX": "4", "MALLOC_MMAP_THRESHOLD_": "33554432"}, False, False)],
)
def test_threads_share_one_heap_without_large_answers_unless_told_otherwise(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, env: dict[str, str], shared: bool, apart: bool
) -> None:
    for name in ("MALLOC_ARENA_MAX", "MALLOC_MMAP_THRESHOLD_"):
        monkeypatch.delenv(name, raising=False)
    config = {"start_date": "2026-01-01", "end_date": "2026-01-20", "max_parallel_requests": 4}
    process = spawn(tmp_path, config, HEAPS, **env)
    _, err = process.communicate(timeout=120)
    assert process.returncode == 0
    told = [tuple(map(int, line.split()[1:])) for line in err.splitlines() if line.startswith("heaps ")]
    heaps, large = map(max, zip(*told, strict=True))
    assert heaps == 1 if shared else 1 < heaps <= 4
    assert (large >= len(told)) is apart
