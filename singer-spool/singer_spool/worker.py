"""The one thread in which all of a backend's code runs.

Python runs signal handlers in the main thread only, and only between its own instructions. While a destination's
library works (a long INSERT), the main thread must therefore be waiting, not working, or a second SIGTERM would have
to wait as well.
"""

from __future__ import annotations

import queue
import threading
import typing as t
from collections.abc import Callable

T = t.TypeVar("T")


class Worker:
    """Runs functions in one thread and waits for them; a daemon, so that it never holds up the end of the process."""

    def __init__(self, name: str) -> None:
        self._jobs: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._work, name=name, daemon=True)
        self._thread.start()

    def call(self, function: Callable[..., T], *args: t.Any) -> T:
        """Run a function in the thread; return what it returns, raise what it raises."""
        done = threading.Event()
        results: list[T] = []
        errors: list[BaseException] = []

        def job() -> None:
            try:
                results.append(function(*args))
            except BaseException as error:  # noqa: BLE001 - raised again in the calling thread
                errors.append(error)
            finally:
                done.set()

        self._jobs.put(job)
        done.wait()
        if errors:
            raise errors[0]
        return results[0]

    def stop(self) -> None:
        """End the thread after its last job."""
        self._jobs.put(None)
        self._thread.join()

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            job()
            del job  # it refers to the caller's results until the next one comes
