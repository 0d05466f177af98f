from __future__ import annotations

import errno
import os
import pathlib
import resource
import subprocess
import sys
import typing as t

import pytest
from singer_spool import ConfigurationError, LoadError, StreamSpec
from singer_spool.spool import Spool

A = StreamSpec("a", {"properties": {}})
KILLED = """
import os, sys
from singer_spool.spool import Spool
print(Spool(sys.argv[1]).path, flush=True)
os._exit(9)
"""
B = StreamSpec("../b", {"properties": {}})


def test_files_keep_the_order_of_arrival_and_go_away(tmp_path: pathlib.Path) -> None:
    spool = Spool(str(tmp_path))
    for spec, lines in ((B, [b"1\n"]), (A, [b"2\n"]), (B, [b"33\n", b"4\n"])):
        spool.append(spec, lines)
    assert (spool.rows, spool.bytes) == (4, 9)
    batches = spool.seal()
    assert (spool.rows, spool.bytes, spool.seal()) == (0, 0, [])
    spool.append(A, [b"5\n"])
    batches += spool.seal()
    assert [
        (batch.spec.name, batch.rows, batch.bytes, batch.longest, list(batch.raw_lines())) for batch in batches
    ] == [
        ("../b", 3, 7, 3, [b"1", b"33", b"4"]),
        ("a", 1, 2, 2, [b"2"]),
        ("a", 1, 2, 2, [b"5"]),
    ]
    assert all(path.parent == spool.path for batch in batches for path in batch.paths)
    spool.append(A, [b"6\n"])
    spool.remove()
    spool.remove()
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def few_files() -> t.Iterator[t.Callable[[], None]]:
    """Lets this process have few open files, until the end of the test."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    yield lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (100, before[1]))
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


def append_all(spool: Spool, specs: list[StreamSpec]) -> None:
    for spec in specs:
        spool.append(spec, [b"1\n"])


def test_more_streams_than_files_may_be_open(tmp_path: pathlib.Path, few_files: t.Callable[[], None]) -> None:
    specs = [StreamSpec(f"s{number}", {"properties": {}}) for number in range(150)]
    few_files()
    spool = Spool(str(tmp_path))
    append_all(spool, specs)
    assert len(spool.seal()) == len(specs)
    few_files()
    try:
        with pytest.raises(LoadError, match=r"Too many open files.*ulimit -n"):
            append_all(spool, specs)
    finally:
        spool.remove()


def test_large_batches_are_some_files_of_whole_lines(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("singer_spool.spool.PART_BYTES", 10)
    spool = Spool(str(tmp_path))
    spool.append(A, [b"{1}\n", b"{2}\n"])
    spool.append(B, [b"{b}\n"])
    assert spool.offer(A, 1, b"{}\n", b"{3}\n")
    spool.append(A, [b"{a line that is longer than a file}\n"])
    spool.append(A, [b"{4}\n"])
    whole, other = spool.seal()
    assert [path.read_bytes() for path in whole.paths] == [
        b"{1}\n{2}\n",
        b"{3}\n",
        b"{a line that is longer than a file}\n",
        b"{4}\n",
    ]
    assert [path.read_bytes() for path in other.paths] == [b"{b}\n"]
    assert (whole.rows, whole.bytes, whole.longest) == (5, 52, 36)
    assert list(whole.raw_lines()) == [b"{1}", b"{2}", b"{3}", b"{a line that is longer than a file}", b"{4}"]
    spool.append(A, [b"{5}\n"])
    (after,) = spool.seal()
    assert not {*after.paths} & {*whole.paths, *other.paths}
    spool.remove()
    assert list(tmp_path.iterdir()) == []


def test_the_folder_is_closed_to_others(tmp_path: pathlib.Path) -> None:
    spool = Spool(str(tmp_path))
    assert spool.path.stat().st_mode & 0o077 == 0
    spool.remove()


def test_folders_of_killed_processes_are_removed_and_those_of_living_ones_stay(tmp_path: pathlib.Path) -> None:
    living = Spool(str(tmp_path))
    killed = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path)], capture_output=True, text=True, check=False)
    leftover = pathlib.Path(killed.stdout.strip())
    assert leftover.is_dir()
    spool = Spool(str(tmp_path))
    assert sorted(tmp_path.iterdir()) == sorted([living.path, spool.path])
    spool.remove()
    living.remove()


def test_a_full_disk_is_an_error_that_says_what_to_do(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Full:
        def write(self, _line: bytes) -> t.NoReturn:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        def close(self) -> t.NoReturn:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    spool = Spool(str(tmp_path))
    monkeypatch.setattr(pathlib.Path, "open", lambda *_args, **_kwargs: Full())
    with pytest.raises(LoadError, match=r"No space left on device.*Free some space there, set 'spool_path'"):
        spool.append(A, [b"1\n"])
    monkeypatch.undo()
    spool.remove()
    assert list(tmp_path.iterdir()) == []


def test_a_disk_that_is_full_when_the_next_file_begins(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("singer_spool.spool.PART_BYTES", 4)
    spool = Spool(str(tmp_path))
    spool.append(A, [b"{1}\n"])

    def full(*_args: object, **_options: object) -> t.NoReturn:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(pathlib.Path, "open", full)
    with pytest.raises(LoadError, match=r"No space left on device.*Free some space there, set 'spool_path'"):
        spool.append(A, [b"{2}\n"])
    monkeypatch.undo()
    spool.remove()
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_made(tmp_path: pathlib.Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigurationError, match="Set 'spool_path' to a writable folder"):
        Spool(str(tmp_path / "file" / "spool"))
