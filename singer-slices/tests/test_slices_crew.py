"""The schedule of several threads: what leaves is what one would have read, in the slices' order; nothing hangs."""

from __future__ import annotations

import collections
import datetime as dt
import random
import threading
import time
import typing as t

import pytest
from hypothesis import given
from hypothesis import strategies as st
from singer_slices import (
    QuotaSpentError,
    RunControl,
    Slice,
    StreamFailedError,
)
from singer_slices.crew import Crew
from singer_slices.reading import Batch
from singer_slices.schedule import Complete, Divided, Event, Failed, Outcome, Reading
from slices_fake import many

START = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
MINUTE = dt.timedelta(minutes=1)


pytestmark = pytest.mark.usefixtures("deadline")


class Plan:
    """A lane whose slices give batches of known sizes, after pauses, and may be cut in two."""

    def __init__(self, name: str, minutes: int, dice: random.Random, most: int = 5) -> None:
        self.name = name
        self.works = [Slice(START + n * MINUTE, START + (n + 1) * MINUTE) for n in range(minutes)]
        self.dice = dice
        self.most = most
        self.taken: list[Slice] = []

    def read(self, work: t.Any) -> Reading:
        self.taken.append(work)
        dice = random.Random(f"{self.name}{work}{self.dice.random()}")  # noqa: S311 - a test's dice
        for number in range(dice.randint(0, 3)):
            time.sleep(dice.random() * 0.002)
            yield Batch([{"n": number}], [(work, number)], dice.randint(1, self.most))
        halves = work.length > MINUTE / 8 and dice.random() < 0.3
        middle = work.start + work.length / 2
        return (
            Divided([Slice(work.start, middle), Slice(middle, work.end)])
            if halves
            else Complete(0, 0, None, whole=True)
        )


def in_order(events: t.Iterable[Event[Plan]]) -> dict[str, list[tuple[Slice, t.Any]]]:
    found = collections.defaultdict(list)
    for lane, work, what in events:
        found[lane.name].append((t.cast("Slice", work), what))
    return found


@many(40)
@given(
    lanes=st.integers(1, 6),
    minutes=st.integers(0, 6),
    workers=st.integers(2, 8),
    look_ahead=st.sampled_from([1, 10, 5_000, 10**9]),
    most=st.sampled_from([1, 5, 10**6]),
    seed=st.integers(),
)
def test_every_slice_is_handed_on_whole_and_in_order_however_small_the_buffer(
    *, lanes: int, minutes: int, workers: int, look_ahead: int, most: int, seed: int
) -> None:
    dice = random.Random(seed)  # noqa: S311 - a test's dice
    plans = [Plan(str(number), minutes, dice, most) for number in range(lanes)]
    crew = Crew(plans, workers, RunControl(), look_ahead)
    found = in_order(crew.events())
    for plan in plans:
        ended = [work for work, what in found[plan.name] if isinstance(what, Complete)]
        assert sum((work.length for work in ended), dt.timedelta()) == minutes * MINUTE
        assert ended == sorted(ended, key=lambda work: work.start)
        order = [work for work, what in found[plan.name]]
        assert order == sorted(order, key=order.index)  # a slice's batches stand together
        assert collections.Counter(plan.taken).most_common(1) in ([], [(plan.taken[0], 1)]) if plan.taken else True
        for work in ended:
            batches = [
                t.cast("t.Any", what.marks[0])[1]
                for its, what in found[plan.name]
                if its == work and isinstance(what, Batch)
            ]
            assert batches == list(range(len(batches)))
    assert crew._held == 0


def test_what_waits_stays_within_the_look_ahead_and_one_batch_a_worker() -> None:
    plans = [Plan(str(number), 40, random.Random(number), most=100) for number in range(3)]  # noqa: S311 - no secret
    crew = Crew(plans, 4, RunControl(), 20_000)
    most = 0
    for _ in crew.events():
        time.sleep(0.0005)  # a loader that is slower than the source
        most = max(most, crew._held)
    assert most <= 20_000 + 4 * (100 + 1024)


@pytest.mark.parametrize(("workers", "megabytes"), [(2, 16), (3, 24), (11, 32)])
def test_few_workers_do_not_read_far_ahead(workers: int, megabytes: int) -> None:
    class Large(Plan):
        def read(self, work: t.Any) -> Reading:
            yield Batch([], [], 2**20)
            return Complete(0, 0, None, whole=True)

    crew = Crew([Large("one", 60, random.Random(1))], workers, RunControl())  # noqa: S311 - no secret
    events = crew.events()
    next(events)
    deadline = time.monotonic() + 20
    while crew._held < (megabytes - 1) * 2**20:
        assert time.monotonic() < deadline
        time.sleep(0.001)
    time.sleep(0.05)  # for one too many
    assert (megabytes - 1) * 2**20 <= crew._held <= megabytes * 2**20 + 1024
    assert len(list(events)) == 2 * 60 - 1


def test_nothing_more_is_read_ahead_while_a_batch_waits_for_room() -> None:
    """Of 100 kB 60 are held, and the next 60 wait: a fourth unit would have to wait with them."""
    begun: list[dt.datetime] = []
    gate = threading.Event()

    class Large(Plan):
        def read(self, work: t.Any) -> Reading:
            begun.append(work.start)
            if work.start == START:
                assert gate.wait(20)
            yield Batch([], [], 60_000)
            return Complete(0, 0, None, whole=True)

    crew = Crew([Large("one", 6, random.Random(1))], 4, RunControl(), 100_000)  # noqa: S311 - no secret
    events = crew.events()
    first = threading.Thread(target=lambda: next(events))
    first.start()
    deadline = time.monotonic() + 20
    while len(begun) < 3:
        assert time.monotonic() < deadline
        time.sleep(0.001)
    time.sleep(0.1)  # for one too many
    assert len(begun) == 3
    gate.set()
    first.join(20)
    assert len(list(events)) == 2 * 6 - 1
    assert sorted(begun) == [START + number * MINUTE for number in range(6)]


def test_a_batch_larger_than_the_whole_buffer_passes() -> None:
    plan = Plan("one", 5, random.Random(1), most=10**9)  # noqa: S311 - no secret
    found = in_order(Crew([plan], 3, RunControl(), 1).events())
    assert sum(isinstance(what, Batch) for _, what in found["one"]) > 2


def test_lanes_are_read_side_by_side() -> None:
    started: list[str] = []
    gate = threading.Barrier(3)

    class Meeting(Plan):
        def read(self, work: t.Any) -> Reading:
            started.append(self.name)
            if work.start == START:
                gate.wait(timeout=20)  # passes only if all three lanes are under way at once
            yield Batch([], [], 1)
            return Complete(0, 0, None, whole=True)

    plans = [Meeting(str(number), 4, random.Random(1)) for number in range(3)]  # noqa: S311 - no secret
    assert len(in_order(Crew(plans, 3, RunControl(), 10_000).events())) == 3
    assert sorted(started[:3]) == ["0", "1", "2"]


class Ending(Plan):
    """A lane whose slice number 2 ends in a special way; the others wait until it has."""

    def __init__(self, name: str, end: t.Callable[[], Outcome]) -> None:
        super().__init__(name, 6, random.Random(1))  # noqa: S311 - no secret
        self.end = end

    def read(self, work: t.Any) -> Reading:
        yield Batch([], [], 1)
        return self.end() if work == self.works[2] else Complete(0, 0, None, whole=True)


def test_slices_behind_one_that_failed_wait_until_that_has_been_judged() -> None:
    lane = Ending("one", lambda: Failed(StreamFailedError("no")))
    crew = Crew([lane], 2, RunControl(), 10**6)
    seen = []
    for its, work, what in crew.events():
        if isinstance(what, Failed):
            time.sleep(0.05)
            assert not any(unit.reader for unit in crew._queues[0].units if unit.work in its.works[4:])
        seen += [work] if not isinstance(what, Batch) else []
    assert seen == lane.works


def test_quota_hands_on_what_lies_before_it_in_every_lane_and_nothing_behind() -> None:
    def spent() -> Outcome:
        raise QuotaSpentError("spent")

    lanes = [Ending("poor", spent), Plan("other", 50, random.Random(3))]  # noqa: S311 - no secret
    found = in_order(Crew(lanes, 2, RunControl(), 10**6).events())
    ends = [what for _, what in found["poor"] if not isinstance(what, Batch)]
    assert [type(what) for what in ends] == [Complete, Complete, Failed]
    assert len([what for _, what in found["other"] if isinstance(what, Complete)]) < 50


@pytest.mark.parametrize("crash", [ZeroDivisionError("a bug"), SystemExit(3), MemoryError(), KeyboardInterrupt()])
def test_whatever_a_worker_dies_of_ends_the_run(crash: BaseException) -> None:
    def die() -> Outcome:
        raise crash

    with pytest.raises(type(crash)):
        in_order(Crew([Ending("one", die)], 2, RunControl()).events())


def test_crash_does_not_wait_for_what_others_have_under_way() -> None:
    release = threading.Event()

    class Slow(Plan):
        def read(self, work: t.Any) -> Reading:
            if work == self.works[0]:
                release.wait(50)
            elif work == self.works[1]:
                raise ZeroDivisionError
            yield Batch([], [], 1)
            return Complete(0, 0, None, whole=True)

    began = time.monotonic()
    with pytest.raises(ZeroDivisionError):
        in_order(Crew([Slow("one", 3, random.Random(1))], 2, RunControl()).events())  # noqa: S311 - no secret
    release.set()
    assert time.monotonic() - began < 30


def test_thread_that_vanishes_ends_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """No Python thread can; but a hang would be worse than a check too many."""
    monkeypatch.setattr(Crew, "_work", lambda crew: crew._take() and None)
    with pytest.raises(RuntimeError, match="have died"):
        in_order(Crew([Plan("one", 3, random.Random(1))], 2, RunControl()).events())  # noqa: S311 - no secret


def test_thread_that_vanishes_while_others_go_on_ends_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    read = Crew._read

    def vanish_once(crew: t.Any, unit: t.Any) -> None:
        if unit.work.start == START:
            crew._take = lambda: None if threading.current_thread() is unit.reader else Crew._take(crew)
            return
        read(crew, unit)

    monkeypatch.setattr(Crew, "_read", vanish_once)
    with pytest.raises(RuntimeError, match="died while it read"):
        in_order(Crew([Plan("one", 3, random.Random(1))], 2, RunControl()).events())  # noqa: S311 - no secret


def test_lane_that_is_dropped_is_read_no_further_and_holds_no_room() -> None:
    lanes = [Plan("long", 200, random.Random(1)), Plan("other", 5, random.Random(2))]  # noqa: S311 - no secret
    crew = Crew(lanes, 3, RunControl(), 10**6)
    found = 0
    for lane, _, what in crew.events():
        found += lane.name == "long"
        if found == 3 and lane.name == "long":
            crew.drop(lane)
        if isinstance(what, Complete) and lane.name == "other":
            found += 0
    assert len(lanes[0].taken) < 200
    assert len(lanes[1].taken) >= 5
