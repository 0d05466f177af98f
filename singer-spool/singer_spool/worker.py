"""The one thread in which all of a backend's code runs.

Python runs signal handlers in the main thread only, and only between its own instructions. While a destination's
library works (a long INSERT), the main thread must therefore be waiting, not working, or a second SIGTERM would have
to wait as well.

That wait is a row of naps. The system may hand a signal to any thread, and one that comes right before the main thread
falls asleep does not wake it either: in both cases Python notes the signal and runs its handler when the main thread
next runs.
"""

from __future__ import annotations

import queue
import threading
import typing as t
from collections.abc import Callable

T = t.TypeVar("T")
_NAP = 0.25  # seconds


class Job(t.Generic[T]):
    """A function that runs, or will run, in the worker's thread."""

    def __init__(self, function: Callable[..., T], *args: t.Any) -> None:
        self._function: Callable[[], T] | None = lambda: function(*args)
        self._ended = threading.Event()
        self._results: list[T] = []
        self._error: BaseException | None = None

    @property
    def done(self) -> bool:
        """Whether it has returned or raised."""
        return self._ended.is_set()

    def result(self) -> T:
        """Wait for its end; return what it returned, raise what it raised."""
        while not self._ended.wait(_NAP):
            pass
        if self._error is not None:
            raise self._error
        return self._results[0]

    def run(self) -> None:
        """Run it, in the worker's thread."""
        function, self._function = self._function, None  # its arguments need not live longer than it runs
        try:
            if function is not None:
                self._results.append(function())
        except BaseException as error:  # noqa: BLE001 - raised again by `result`
            self._error = error
        finally:
            del function
            self._ended.set()


class Worker:
    """Runs functions one after the other; its thread is a daemon, so that it never holds up the process's end."""

    def __init__(self, name: str) -> None:
        self._jobs: queue.SimpleQueue[Job[t.Any] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._work, name=name, daemon=True)
        self._thread.start()

    def submit(self, function: Callable[..., T], *args: t.Any) -> Job[T]:
        """Let a function run after those submitted before it."""
        job = Job(function, *args)
        self._jobs.put(job)
        return job

    def call(self, function: Callable[..., T], *args: t.Any) -> T:
        """Let a function run and wait for it; return what it returns, raise what it raises."""
        return self.submit(function, *args).result()

    def stop(self) -> None:
        """End the thread after its last job."""
        self._jobs.put(None)
        while self._thread.is_alive():
            self._thread.join(_NAP)

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            job.run()
            del job  # it refers to the caller's results until the next one comes
