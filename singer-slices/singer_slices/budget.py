"""One request budget per credential, shared by all threads: waits before a request that the vendor would refuse.

Three things are known to it: buckets as the vendor's answers tell them, a static rate as the vendor's documentation
tells it, and pauses that the vendor asks for. Requests that were let through and have no answer yet count as spent,
since nobody knows whether the vendor has counted them.
"""

from __future__ import annotations

import collections
import contextlib
import dataclasses
import logging
import threading
import time
import typing as t

from singer_slices.control import RunControl
from singer_slices.errors import QuotaSpentError, RetryableError

logger = logging.getLogger(__name__)

_ROUNDING = 1.0  # vendors tell whole seconds, some rounded down: asking at the very second would be too early
_DEFAULT_RESET = {"minute": 60.0, "hour": 3600.0, "day": 86400.0}
_NAP = 0.2  # seconds after which a waiting thread looks whether it is still wanted
_TOLD_FROM = 1.0  # seconds; shorter waits are not worth a line


@dataclasses.dataclass(slots=True)
class _Bucket:
    """One filling of a bucket.

    Attributes:
        remaining: the least that an answer told.
        limit: its size, if the vendor says it.
        refills_at: when it is full again at the latest.
        since: when it was filled, as far as known; what was asked before may have been counted before.
        told_at: when an answer last spoke of it; None if it is only thought to be full.
        unsure: requests since then that ended without a word about it.
    """

    remaining: int
    limit: int | None
    refills_at: float
    since: float
    told_at: float | None = None
    unsure: int = 0


@dataclasses.dataclass(slots=True, eq=False)
class _Admission:
    """A request that was let through: when, and which buckets its answer spoke of."""

    asked_at: float
    told: set[str] = dataclasses.field(default_factory=set)


@dataclasses.dataclass(slots=True)
class _Hindrance:
    """Why no request may be made now: `seconds` until it may, or 0 if an answer under way has to be awaited."""

    what: str
    seconds: float


class Rate:
    """At most `limit` requests in any `seconds`, whichever way the vendor cuts its windows.

    A request takes its place until `seconds` after its answer: the vendor counted it before it answered.
    """

    def __init__(self, limit: int, seconds: float) -> None:
        self.limit = limit
        self.seconds = seconds
        self._ended: collections.deque[float] = collections.deque()

    def end(self, now: float) -> None:
        """Note that a request has ended."""
        self._ended.append(now)

    def free_in(self, under_way: int, now: float) -> float | None:
        """Seconds until there is a place; 0 if there is one now, None if an answer has to be awaited first."""
        while self._ended and self._ended[0] <= now - self.seconds:
            self._ended.popleft()
        if under_way + len(self._ended) < self.limit:
            return 0.0
        return self._ended[0] + self.seconds - now if self._ended else None


class Budget:
    """The requests that one credential may make.

    Args:
        control: for waiting.
        max_wait_seconds: a longer wait ends the run instead.
        vendor: its name, for messages.
        rate: a static rate, where the vendor documents one.
    """

    def __init__(self, control: RunControl, *, max_wait_seconds: float, vendor: str, rate: Rate | None = None) -> None:
        self._control = control
        self._max_wait = max_wait_seconds
        self._vendor = vendor
        self._rate = rate
        self._buckets: dict[str, _Bucket] = {}
        self._paused_until = 0.0
        self._under_way: set[_Admission] = set()
        self._answered_once = False
        self._mine = threading.local()
        self._turnstile = threading.Lock()
        self._lock = threading.Lock()
        self._answered = threading.Condition(self._lock)

    # What the vendor says

    def observe(
        self, bucket: str, *, remaining: int, reset_seconds: float | None = None, limit: int | None = None
    ) -> None:
        """Take over what an answer says about one bucket.

        Args:
            bucket: `minute`, `hour` or `day`.
            remaining: requests left.
            reset_seconds: seconds until the bucket is full again; None if the vendor does not say.
            limit: how many fit into it; None if the vendor does not say.
        """
        now = time.monotonic()
        reset = reset_seconds if reset_seconds is not None else _DEFAULT_RESET.get(bucket, 60.0)
        refills_at = now + max(reset, 0.0) + (_ROUNDING if float(reset).is_integer() else 0.0)
        admission: _Admission | None = getattr(self._mine, "admission", None)
        asked_at = admission.asked_at if admission else now
        with self._lock:
            known = self._current(bucket, now)
            if known and asked_at < known.since:
                return  # of which filling it speaks is not known
            if admission:
                admission.told.add(bucket)
            told_before = known and known.told_at is not None and asked_at < known.told_at
            if not known or (remaining > known.remaining and not told_before):
                self._buckets[bucket] = _Bucket(remaining, limit, refills_at, since=asked_at, told_at=now)
                return
            known.limit = limit if limit is not None else known.limit
            known.refills_at = refills_at if known.told_at is None else min(known.refills_at, refills_at)
            known.remaining = min(known.remaining, remaining)
            known.told_at, known.unsure = now, 0

    def exhaust(self, bucket: str) -> None:
        """Take over that the vendor refused a request because of this bucket."""
        now = time.monotonic()
        admission: _Admission | None = getattr(self._mine, "admission", None)
        with self._lock:
            known = self._current(bucket, now)
            if known and admission and admission.asked_at < known.since:
                return
            if known is None or known.told_at is None:
                reset = _DEFAULT_RESET.get(bucket, 60.0)
                self._buckets[bucket] = _Bucket(0, None, now + reset + _ROUNDING, now, now)
            else:
                known.remaining = 0

    def pause(self, seconds: float) -> None:
        """Let nobody ask for so long: the vendor said so (`Retry-After`)."""
        with self._lock:
            self._paused_until = max(self._paused_until, time.monotonic() + seconds)

    # Asking

    @contextlib.contextmanager
    def request(self) -> t.Iterator[None]:
        """Wait until a request may be made, and hold its place until its answer has been read.

        What is observed within is taken to be said by this request's answer. A `RetryableError` that says for how long
        the vendor throttles pauses every other thread as well.

        Raises:
            QuotaSpentError: it would take longer than `max_wait_seconds`.
        """
        admission = self._enter()
        self._mine.admission = admission
        try:
            yield
        except RetryableError as error:
            if error.throttled and error.retry_after is not None:
                self.pause(error.retry_after)
            raise
        finally:
            self._mine.admission = None
            self._leave(admission)

    def _enter(self) -> _Admission:
        """One thread after the other, in the order in which they came."""
        with self._turnstile:
            told = False
            while True:
                with self._lock:
                    hindrance = self._hindrance(time.monotonic())
                    if hindrance is None:
                        admission = _Admission(time.monotonic())
                        self._under_way.add(admission)
                        return admission
                self._wait_for(hindrance, tell=not told)
                told = told or hindrance.seconds > 0

    def _leave(self, admission: _Admission) -> None:
        with self._lock:
            self._under_way.discard(admission)
            self._answered_once = True
            if self._rate:
                self._rate.end(time.monotonic())
            for name in self._buckets.keys() - admission.told:
                self._doubt(name)
            self._answered.notify_all()

    def _doubt(self, name: str) -> None:
        """A request ended without a word about this bucket."""
        bucket = self._buckets[name]
        if bucket.told_at is None and bucket.limit is None:
            del self._buckets[name]  # the vendor has stopped telling
        else:
            bucket.unsure += 1

    def _wait_for(self, hindrance: _Hindrance, *, tell: bool) -> None:
        if hindrance.seconds == 0:
            with self._control.counted(), self._answered:
                self._answered.wait(_NAP)
            self._control.check()
            return
        if hindrance.seconds > self._max_wait:
            raise QuotaSpentError(
                f"{self._vendor}'s {hindrance.what} is spent and refills in {hindrance.seconds:.0f} s, longer than "
                f"max_wait_seconds ({self._max_wait:.0f}). What is complete is saved in the state: run again later"
            )
        if tell and hindrance.seconds >= _TOLD_FROM:
            logger.info("%s's %s is used up: waiting %.0f s", self._vendor, hindrance.what, hindrance.seconds)
        self._control.wait(hindrance.seconds)

    def _hindrance(self, now: float) -> _Hindrance | None:
        """What keeps a request from being made now; the longest wait of several."""
        found = [hindrance for hindrance in self._hindrances(now) if hindrance]
        return max(found, key=lambda hindrance: hindrance.seconds, default=None)

    def _hindrances(self, now: float) -> t.Iterator[_Hindrance | None]:
        under_way = len(self._under_way)
        if self._paused_until > now:
            yield _Hindrance("quota", self._paused_until - now)
        if under_way and not self._answered_once:
            yield _Hindrance("quota", 0)  # the first answer may tell how many there are
        if self._rate and (seconds := self._rate.free_in(under_way, now)) != 0:
            yield _Hindrance("rate", seconds or 0)
        for name in list(self._buckets):
            yield self._empty(name, under_way, now)

    def _empty(self, name: str, under_way: int, now: float) -> _Hindrance | None:
        bucket = self._current(name, now)
        if bucket is None or bucket.remaining - bucket.unsure - under_way > 0:
            return None
        spent = bucket.remaining - bucket.unsure <= 0
        return _Hindrance(f"quota per {name}", bucket.refills_at - now if spent else 0)

    def _current(self, name: str, now: float) -> _Bucket | None:
        """The present filling of a bucket.

        After its refill it is thought to be full. Where its size is not known, one request has to find out.
        """
        bucket = self._buckets.get(name)
        if bucket and bucket.refills_at <= now:
            full = bucket.limit if bucket.limit is not None else 1
            bucket = _Bucket(full, bucket.limit, now + _DEFAULT_RESET.get(name, 60.0), since=now)
            self._buckets[name] = bucket
        return bucket
