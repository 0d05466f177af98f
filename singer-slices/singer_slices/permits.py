"""How many requests are under way at once, whoever makes them."""

from __future__ import annotations

import collections
import contextlib
import threading
import typing as t

from singer_slices.control import RunControl

_NAP = 0.2  # seconds after which a waiting thread looks whether it is still wanted


class Permits:
    """So many may be held at once, by whichever threads; who waits gets one in the order in which they came.

    A semaphore would let newcomers pass those whose nap ends: then slices that are read ahead could hold up the one
    that everybody waits for.

    Args:
        control: for ending a wait.
        count: how many there are.
    """

    def __init__(self, control: RunControl, count: int) -> None:
        self._control = control
        self._free = count
        self._line: collections.deque[threading.Event] = collections.deque()
        self._lock = threading.Lock()

    @contextlib.contextmanager
    def one(self) -> t.Iterator[None]:
        """Hold one permit; wait for it if none is free.

        Raises:
            Interruption: a stop was asked for meanwhile.
            Abandoned: nobody waits any more for what this worker reads.
        """
        self._take()
        try:
            yield
        finally:
            self._give_back()

    def _take(self) -> None:
        with self._lock:
            if self._free:
                self._free -= 1
                return
            turn = threading.Event()
            self._line.append(turn)
        try:
            while not turn.wait(_NAP):
                self._control.check()
        except BaseException:
            self._leave(turn)
            raise

    def _leave(self, turn: threading.Event) -> None:
        """Wait no longer. What was handed over just now goes to the next one."""
        with self._lock:
            if not turn.is_set():
                self._line.remove(turn)
                return
        self._give_back()

    def _give_back(self) -> None:
        with self._lock:
            if self._line:
                self._line.popleft().set()
            else:
                self._free += 1
