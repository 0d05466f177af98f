"""Several threads that read the units of several lanes, handed on in order.

Workers take units round-robin over the lanes, so that no partition waits for another. What they read waits until it is
its turn: of each lane only the first unit, the head, is handed on. How far workers read ahead is bounded in bytes; a
head is always let through, one batch at a time, so that a full buffer can never keep the one batch outside that would
empty it.
"""

from __future__ import annotations

import collections
import threading
import typing as t

from singer_slices.control import RunControl
from singer_slices.errors import Abandoned, Interruption
from singer_slices.reading import Batch
from singer_slices.schedule import Divided, Event, Failed, L, Outcome, Work, advance, ends_all
from singer_slices.switching import quick_switching

_LOOK_AHEAD_BYTES = 32 * 2**20
_BYTES_A_WORKER = 8 * 2**20  # few workers need not be far ahead: it would only take memory
_UNIT_BYTES = 1024  # what a unit weighs that gave nothing
_NAP = 0.2  # seconds after which a waiting thread looks for signals and for dead threads


class _Unit(t.Generic[L]):
    """A unit on its way: waiting, being read by a thread, or read with an outcome; batches not yet handed on."""

    def __init__(self, queue: _Queue[L], work: Work) -> None:
        self.queue = queue
        self.work = work
        self.batches: collections.deque[Batch] = collections.deque()
        self.reader: threading.Thread | None = None
        self.outcome: Outcome | None = None
        self.crash: BaseException | None = None

    @property
    def is_waiting(self) -> bool:
        return self.reader is None

    @property
    def weight(self) -> int:
        return (0 if self.is_waiting else _UNIT_BYTES) + sum(batch.size for batch in self.batches)

    @property
    def is_head(self) -> bool:
        return bool(self.queue.units) and self.queue.units[0] is self


class _Queue(t.Generic[L]):
    """The units of a lane that were not handed on to their end, in order."""

    def __init__(self, lane: L) -> None:
        self.lane = lane
        self.units: collections.deque[_Unit[L]] = collections.deque(_Unit(self, work) for work in lane.works)

    def next_waiting(self) -> _Unit[L] | None:
        """The next unit to read; none behind one that failed, until that has been judged."""
        for unit in self.units:
            if unit.is_waiting:
                return unit
            if isinstance(unit.outcome, Failed):
                return None
        return None

    def divide(self, unit: _Unit[L], parts: t.Sequence[Work]) -> None:
        """Put `parts` behind the unit, which keeps what it has read."""
        place = self.units.index(unit) + 1
        for part in reversed(parts):
            self.units.insert(place, _Unit(self, part))


class Crew(t.Generic[L]):
    """Reads lanes with several threads.

    Args:
        lanes: what is to be read.
        workers: the number of threads.
        control: for signals.
        look_ahead: bytes that may have been read and not handed on; None for as many as the workers need, and 32 MB
            at most.
    """

    def __init__(
        self,
        lanes: t.Sequence[L],
        workers: int,
        control: RunControl,
        look_ahead: int | None = None,
    ) -> None:
        self._queues = collections.deque(_Queue(lane) for lane in lanes)
        self._turns = collections.deque(self._queues)
        self._control = control
        self._look_ahead = look_ahead or min(_LOOK_AHEAD_BYTES, workers * _BYTES_A_WORKER)
        self._held = 0
        self._cramped = 0
        self._closed = False
        self._ending: _Unit[L] | None = None
        self._judging: _Unit[L] | None = None
        self._lock = threading.Lock()
        self._changed = threading.Condition(self._lock)
        self._ready = threading.Condition(self._lock)
        self._threads = [
            threading.Thread(target=self._work, name=f"reader-{number}", daemon=True) for number in range(workers)
        ]

    # The thread that hands on

    def events(self) -> t.Generator[Event[L], None, None]:
        """What was read: of each lane in its order, over the lanes as it comes.

        Raises:
            Interruption: a stop was asked for.
            BaseException: what a worker died of.
        """
        try:
            with quick_switching():
                for thread in self._threads:
                    thread.start()
                while (event := self._next_event()) is not None:
                    yield event
        finally:
            self._close()

    def drop(self, lane: L) -> None:
        """Read no more of a lane."""
        with self._lock:
            for queue in self._queues:
                if queue.lane is lane:
                    self._held -= sum(unit.weight for unit in queue.units)
                    queue.units.clear()
            self._changed.notify_all()

    def _next_event(self) -> Event[L] | None:
        while True:
            self._control.check()
            with self._lock:
                self._judged()
                event = self._ready_event()
                if event is not None:
                    self._changed.notify_all()
                    return event
                if not any(queue.units for queue in self._queues):
                    return None
                if self._ending and self._nothing_comes(self._ending):
                    return self._last_event(self._ending)
                self._look_for_the_dead()
                self._ready.wait(_NAP)

    def _ready_event(self) -> Event[L] | None:
        for _ in range(len(self._queues)):
            queue = self._queues[0]
            self._queues.rotate(-1)
            if not queue.units:
                continue
            head = queue.units[0]
            if head.batches:
                batch = head.batches.popleft()
                self._held -= batch.size
                return queue.lane, head.work, batch
            if head.outcome is not None:
                self._judging = head
                return queue.lane, head.work, head.outcome
        return None

    def _judged(self) -> None:
        """The unit whose end was handed on last is done with: what follows it is the head now."""
        unit, self._judging = self._judging, None
        if unit and unit.is_head:
            unit.queue.units.popleft()
            self._held -= _UNIT_BYTES
            self._changed.notify_all()

    def _nothing_comes(self, ending: _Unit[L]) -> bool:
        """Whether nothing more becomes ready: no head is being read. A crash does not wait for that."""
        if ending.crash:
            raise ending.crash
        return all(queue.units[0].is_waiting for queue in self._queues if queue.units)

    def _last_event(self, ending: _Unit[L]) -> Event[L] | None:
        """What ended the run, unless it was handed on in its turn."""
        if ending not in ending.queue.units:
            return None
        return ending.queue.lane, ending.work, t.cast("Failed", ending.outcome)

    def _look_for_the_dead(self) -> None:
        if not any(thread.is_alive() for thread in self._threads):
            raise RuntimeError("all threads that read have died")
        for queue in self._queues:
            for unit in queue.units:
                if unit.reader and unit.outcome is None and not unit.crash and not unit.reader.is_alive():
                    raise RuntimeError(f"the thread {unit.reader.name} died while it read {unit.work}")

    def _close(self) -> None:
        """Let the workers go. What they have under way is abandoned: waiting for it might take minutes."""
        with self._lock:
            self._closed = True
            self._changed.notify_all()

    # The threads that read

    def _work(self) -> None:
        with self._control.working(lambda: self._closed):
            while (unit := self._take()) is not None:
                self._read(unit)

    def _take(self) -> _Unit[L] | None:
        with self._lock:
            while not self._closed:
                unit = None if self._ending else self._next_unit()
                if unit is not None:
                    unit.reader = threading.current_thread()
                    self._held += _UNIT_BYTES
                    return unit
                self._changed.wait(_NAP)
            return None

    def _next_unit(self) -> _Unit[L] | None:
        """A head that nobody reads, else the next one of the lane whose turn it is, if there is room.

        While a batch waits for room there is none, however small what is held: it would only wait as well.
        """
        heads = [queue.units[0] for queue in self._turns if queue.units and queue.units[0].is_waiting]
        room = self._held < self._look_ahead and not self._cramped
        nexts = (queue.next_waiting() for queue in self._turns) if room else iter(())
        unit = heads[0] if heads else next((unit for unit in nexts if unit), None)
        if unit:
            self._turns.remove(unit.queue)
            self._turns.append(unit.queue)
        return unit

    def _read(self, unit: _Unit[L]) -> None:
        try:
            outcome = self._read_through(unit)
        except (Abandoned, Interruption):
            return
        except BaseException as crash:  # noqa: BLE001 - the main thread raises it
            self._crash(unit, crash)
        else:
            self._end(unit, outcome)

    def _read_through(self, unit: _Unit[L]) -> Outcome:
        reading = unit.queue.lane.read(unit.work)
        while True:
            what = advance(reading)
            if not isinstance(what, Batch):
                return what
            self._put(unit, what)

    def _put(self, unit: _Unit[L], batch: Batch) -> None:
        """Keep a batch until it is its turn; wait for room first, unless it is its turn already."""
        with self._lock:
            self._cramped += 1
            try:
                while not (self._wanted(unit) and self._has_room(unit, batch)):
                    if not self._wanted(unit):
                        raise Abandoned
                    self._changed.wait(_NAP)
            finally:
                self._cramped -= 1
                self._changed.notify_all()
            unit.batches.append(batch)
            self._held += batch.size
            if unit.is_head:
                self._ready.notify()

    def _wanted(self, unit: _Unit[L]) -> bool:
        return not self._closed and bool(unit.queue.units)

    def _has_room(self, unit: _Unit[L], batch: Batch) -> bool:
        return self._held + batch.size <= self._look_ahead or (unit.is_head and not unit.batches)

    def _end(self, unit: _Unit[L], outcome: Outcome) -> None:
        with self._lock:
            if not self._wanted(unit):
                return
            unit.outcome = outcome
            if isinstance(outcome, Divided):
                unit.queue.divide(unit, outcome.parts)
            if ends_all(outcome) and self._ending is None:
                self._ending = unit
            self._changed.notify_all()
            self._ready.notify()

    def _crash(self, unit: _Unit[L], crash: BaseException) -> None:
        with self._lock:
            if self._closed:
                return
            unit.crash = crash
            self._ending = unit
            self._ready.notify()
