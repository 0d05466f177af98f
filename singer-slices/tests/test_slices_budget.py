"""One budget for several threads: a vendor that counts refuses nothing, and hardly anything is left unused."""

from __future__ import annotations

import collections
import random
import threading
import time

import pytest
from singer_slices import Budget, QuotaSpentError, Rate, RetryableError, RunControl


class Window:
    """A vendor that admits so many requests a window, tells what is left, and counts refusals."""

    def __init__(self, limit: int, seconds: float, *, tells_limit: bool = True) -> None:
        self.limit, self.seconds, self.tells_limit = limit, seconds, tells_limit
        self.began = time.monotonic()
        self.used: collections.Counter[int] = collections.Counter()
        self.refused = 0
        self.lock = threading.Lock()

    def ask(self, budget: Budget, dice: random.Random) -> None:
        """A request: the way there, the count, the way back."""
        with budget.request():
            time.sleep(dice.random() * 0.004)
            with self.lock:
                passed = time.monotonic() - self.began
                number = int(passed / self.seconds)
                if self.used[number] >= self.limit:
                    self.refused += 1
                    return
                self.used[number] += 1
                left = self.limit - self.used[number]
                reset = (number + 1) * self.seconds - passed
            time.sleep(dice.random() * 0.004)
            limit = self.limit if self.tells_limit else None
            budget.observe("minute", remaining=left, reset_seconds=reset, limit=limit)


class Sliding:
    """A vendor that admits so many requests in any stretch of time and tells nothing."""

    def __init__(self, limit: int, seconds: float) -> None:
        self.limit, self.seconds = limit, seconds
        self.counted: collections.deque[float] = collections.deque()
        self.lock = threading.Lock()
        self.passed = self.refused = 0

    def ask(self, budget: Budget, dice: random.Random) -> None:
        with budget.request():
            time.sleep(dice.random() * 0.004)
            with self.lock:
                now = time.monotonic()
                while self.counted and self.counted[0] <= now - self.seconds:
                    self.counted.popleft()
                self.refused += len(self.counted) >= self.limit
                self.passed += 1
                self.counted.append(now)
            time.sleep(dice.random() * 0.004)


def crowd(vendor: Window | Sliding, budget: Budget, threads: int, seconds: float) -> None:
    """So many threads that ask as often as they may."""
    until = time.monotonic() + seconds

    def work(number: int) -> None:
        dice = random.Random(number)  # noqa: S311 - a test's dice
        while time.monotonic() < until:
            vendor.ask(budget, dice)

    workers = [threading.Thread(target=work, args=(number,), daemon=True) for number in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(20)
    assert not any(worker.is_alive() for worker in workers)


def budget_of(rate: Rate | None = None, max_wait: float = 300) -> Budget:
    return Budget(RunControl(), max_wait_seconds=max_wait, vendor="Fake", rate=rate)


@pytest.mark.parametrize("threads", [1, 2, 8])
@pytest.mark.parametrize("tells_limit", [True, False])
def test_nothing_is_refused_and_every_window_is_used_up(*, threads: int, tells_limit: bool) -> None:
    vendor = Window(10, 1.0, tells_limit=tells_limit)
    crowd(vendor, budget_of(), threads, 2.8)
    assert vendor.refused == 0
    assert [vendor.used[number] for number in range(2)] == [10, 10]


def test_a_static_rate_holds_in_any_stretch_of_time() -> None:
    vendor = Sliding(20, 0.5)
    crowd(vendor, budget_of(Rate(20, 0.5)), 6, 1.9)
    assert vendor.refused == 0
    assert vendor.passed >= 76  # 80 would fit, if no answer took any time


def test_the_first_request_goes_alone_since_its_answer_may_tell_how_many_there_are() -> None:
    budget = budget_of()
    under_way, most = 0, 0
    lock, first = threading.Lock(), threading.Event()

    def ask() -> None:
        nonlocal under_way, most
        with budget.request():
            with lock:
                under_way += 1
                most = max(most, under_way)
            first.wait(0.1)
            with lock:
                under_way -= 1

    workers = [threading.Thread(target=ask, daemon=True) for _ in range(4)]
    for worker in workers:
        worker.start()
    time.sleep(0.05)
    assert most == 1
    first.set()
    for worker in workers:
        worker.join(10)
    assert not any(worker.is_alive() for worker in workers)


def test_requests_without_an_answer_count_as_spent() -> None:
    budget = budget_of()
    with budget.request():
        budget.observe("minute", remaining=1, reset_seconds=0.45)
    began = time.monotonic()
    with budget.request():
        other = threading.Thread(target=lambda: budget.request().__enter__(), daemon=True)
        other.start()
        other.join(0.2)
        assert other.is_alive()
    other.join(10)
    assert time.monotonic() - began >= 0.25  # its answer did not tell either: the next filling has to be awaited


def test_an_older_answer_that_comes_later_does_not_bring_points_back() -> None:
    budget = budget_of(max_wait=1)
    with budget.request():
        budget.observe("minute", remaining=10, reset_seconds=60)
    slow = budget.request()
    slow.__enter__()

    def quick() -> None:
        with budget.request():
            budget.observe("minute", remaining=0, reset_seconds=60)

    worker = threading.Thread(target=quick)
    worker.start()
    worker.join(10)
    budget.observe("minute", remaining=9, reset_seconds=60)
    slow.__exit__(None, None, None)
    with pytest.raises(QuotaSpentError), budget.request():
        pass


def test_a_bucket_that_fills_earlier_than_told_is_believed() -> None:
    budget = budget_of(max_wait=1)
    with budget.request():
        budget.observe("minute", remaining=1, reset_seconds=60)
    with budget.request():
        budget.observe("minute", remaining=50, reset_seconds=60)
    for _ in range(40):
        with budget.request():
            pass


def test_retry_after_pauses_every_thread() -> None:
    budget = budget_of()
    with pytest.raises(RetryableError), budget.request():
        raise RetryableError("HTTP 429", retry_after=0.3, throttled=True)
    began = time.monotonic()
    with budget.request():
        assert time.monotonic() - began >= 0.25
    impatient = budget_of(max_wait=5)
    impatient.pause(60)
    with pytest.raises(QuotaSpentError, match="longer than max_wait_seconds"), impatient.request():
        pass


def test_a_vendor_that_stops_telling_stops_nobody() -> None:
    budget = budget_of(max_wait=5)
    with budget.request():
        budget.observe("minute", remaining=0, reset_seconds=0.05)
    for _ in range(5):
        with budget.request():
            pass
