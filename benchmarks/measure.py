"""Run programs, alone or piped into each other, and tell what they cost: CPU, wall time, memory."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import resource
import subprocess
import threading
import time
import typing as t
from pathlib import Path

ROOT: t.Final = Path(__file__).resolve().parent.parent
SAMPLE_SECONDS: t.Final = 0.05
TIMEOUT_SECONDS: t.Final = 3_600
PAGE_BYTES: t.Final = resource.getpagesize()
LOG_TAIL: t.Final = 3_000


class ContenderError(Exception):
    """A program failed; the message holds the end of what it said."""


@dataclasses.dataclass(frozen=True)
class Command:
    """A program of a pipeline.

    Attributes:
        name: what figures call it.
        words: program and arguments.
        environment: variables to add.
        folder: where it runs.
    """

    name: str
    words: t.Sequence[str | Path]
    environment: t.Mapping[str, str] = dataclasses.field(default_factory=dict)
    folder: Path = ROOT


@dataclasses.dataclass(frozen=True)
class Cost:
    """What a run took.

    Attributes:
        cpu: user and system seconds of all processes, children included.
        wall: seconds from the first start to the last end.
        memory: megabytes (10^6) resident at the peak. Of a pipeline the sum of its programs' peaks, which need not have
            come at once.
        parts: CPU seconds by program.
    """

    cpu: float
    wall: float
    memory: float
    parts: dict[str, float]

    def rounded(self) -> dict[str, t.Any]:
        """For a file of figures."""
        parts = {name: round(seconds, 3) for name, seconds in self.parts.items()}
        return {"cpu": round(self.cpu, 3), "wall": round(self.wall, 3), "memory": round(self.memory), "parts": parts}


def run(commands: t.Sequence[Command], log: Path, output: Path | None = None) -> Cost:
    """Run a pipeline to its end.

    Args:
        commands: each reads what the one before it writes.
        log: where their standard errors go.
        output: where the last one's standard output goes; nowhere by default.

    Raises:
        ContenderError: one of them failed, or took too long.
    """
    begun = time.monotonic()
    with log.open("wb") as errors, (output or Path(os.devnull)).open("wb") as end:
        processes = _start(commands, errors, end)
        with _MemoryWatch([process.pid for process in processes]) as watch:
            usages = _wait(commands, processes)
        wall = time.monotonic() - begun
    for command, process in zip(commands, processes, strict=True):
        if process.returncode:
            said = log.read_bytes()[-LOG_TAIL:].decode(errors="replace")
            raise ContenderError(f"{command.name} ended with {process.returncode}:\n{said}")
    seconds = [usage.ru_utime + usage.ru_stime for usage in usages]
    peaks = sum(usage.ru_maxrss for usage in usages) * 1024
    parts = {command.name: each for command, each in zip(commands, seconds, strict=True)}
    return Cost(sum(seconds), wall, max(peaks, watch.peak) / 1e6, parts)


def _start(commands: t.Sequence[Command], errors: t.IO[bytes], end: t.IO[bytes]) -> list[subprocess.Popen[bytes]]:
    processes: list[subprocess.Popen[bytes]] = []
    source: t.Any = subprocess.DEVNULL
    for number, command in enumerate(commands, 1):
        process = subprocess.Popen(
            [str(word) for word in command.words],
            cwd=command.folder,
            env=os.environ | command.environment,
            stdin=source,
            stdout=end if number == len(commands) else subprocess.PIPE,
            stderr=errors,
        )
        if processes:
            source.close()  # or the writer would never learn that its reader is gone
        source = process.stdout
        processes.append(process)
    return processes


def _wait(
    commands: t.Sequence[Command], processes: t.Sequence[subprocess.Popen[bytes]]
) -> list[resource.struct_rusage]:
    """Wait for each by its id, which also tells what it and its children used."""
    slow = threading.Timer(TIMEOUT_SECONDS, _kill, [processes])
    slow.start()
    usages = []
    try:
        for process in processes:
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            usages.append(usage)
    except BaseException:
        _kill(processes)
        raise
    finally:
        slow.cancel()
    if not usages:
        raise ContenderError(f"nothing to run: {commands}")
    return usages


def _kill(processes: t.Sequence[subprocess.Popen[bytes]]) -> None:
    for process in processes:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()


class _MemoryWatch:
    """Looks at processes and their descendants now and then, and keeps the greatest sum of what is resident."""

    def __init__(self, pids: t.Sequence[int]) -> None:
        self.peak = 0
        self._pids = pids
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> t.Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._over.wait(SAMPLE_SECONDS):
            self.peak = max(self.peak, sum(_resident(pid) for pid in self._pids))


def _resident(pid: int) -> int:
    """Bytes that a process and its descendants hold; 0 where there is no /proc."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
        threads = [each / "children" for each in Path(f"/proc/{pid}/task").iterdir()]
        children = [int(child) for each in threads for child in each.read_text(encoding="ascii").split()]
    except (OSError, ValueError, IndexError):
        return 0  # it has just ended
    return pages * PAGE_BYTES + sum(_resident(child) for child in children)
