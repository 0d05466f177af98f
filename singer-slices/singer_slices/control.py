"""What all parts of one run share: the wish to stop, the clock, the waiting."""

from __future__ import annotations

import contextlib
import datetime as dt
import email.utils
import logging
import threading
import time
import typing as t

from singer_slices.errors import Abandoned, Interruption

logger = logging.getLogger(__name__)

_TRUSTED_SKEW = dt.timedelta(seconds=60)
_NAP = 0.2  # seconds after which a waiting worker looks whether it is still wanted


class RunControl:
    """Stops, waits and tells the time for one run. Safe to use from several threads.

    A signal reaches the main thread alone. There it sets a flag that is looked at before each row and request; only a
    wait or a request in flight is cut short at once, because nothing is half written then. Workers look at the flag
    before each request and while they wait; what they have in flight is abandoned when the program ends.
    """

    def __init__(self) -> None:
        self._signum: int | None = None
        self._ended = False
        self._interruptible = False
        self._worker = threading.local()
        self._vendor_lag = dt.timedelta(0)
        self._counting = threading.Lock()
        self.waited_seconds = 0.0

    # Stopping

    def request_stop(self, signum: int) -> None:
        """Ask the run to stop at the next safe point.

        Raises:
            Interruption: if the run is at such a point right now.
        """
        self._signum = signum
        if self._interruptible:
            raise Interruption(signum)

    @property
    def stopping(self) -> bool:
        """Whether a stop was asked for."""
        return self._signum is not None

    def check(self) -> None:
        """Go on only if that is still wanted.

        Raises:
            Interruption: a stop was asked for.
            Abandoned: nobody waits any more for what this worker reads.
        """
        if self._signum is not None:
            raise Interruption(self._signum)
        if (unwanted := self._unwanted) and (self._ended or unwanted()):
            raise Abandoned

    def end(self) -> None:
        """The run is over: workers that still have something under way are to leave it."""
        self._ended = True

    @contextlib.contextmanager
    def working(self, unwanted: t.Callable[[], bool]) -> t.Iterator[None]:
        """Make this thread a worker, whose checks and waits end as soon as `unwanted` says so."""
        self._worker.unwanted = unwanted
        try:
            yield
        finally:
            self._worker.unwanted = None

    @property
    def _unwanted(self) -> t.Callable[[], bool] | None:
        return getattr(self._worker, "unwanted", None)

    @contextlib.contextmanager
    def interruptible(self) -> t.Iterator[None]:
        """Mark a stretch of code in which a signal may break in at once; in a worker, look once before it."""
        if self._unwanted:
            self.check()
            yield
            return
        self._interruptible = True
        try:
            self.check()  # after the mark, or a signal in between would wait for the end
            yield
        finally:
            self._interruptible = False

    # Waiting

    def wait(self, seconds: float) -> None:
        """Sleep for `seconds`, counted in `waited_seconds`.

        Raises:
            Interruption: a signal ended it early.
            Abandoned: nobody waits any more for what this worker reads.
        """
        with self.counted():
            if not self._unwanted:
                with self.interruptible():
                    time.sleep(max(seconds, 0.0))
                return
            until = time.monotonic() + seconds
            while (left := until - time.monotonic()) > 0:
                self.check()
                time.sleep(min(left, _NAP))
        self.check()

    @contextlib.contextmanager
    def counted(self) -> t.Iterator[None]:
        """Count the time that passes within in `waited_seconds`."""
        started = time.monotonic()
        try:
            yield
        finally:
            with self._counting:
                self.waited_seconds += time.monotonic() - started

    # The clock

    def hear_vendor_clock(self, date_header: str | None, at: dt.datetime | None = None) -> None:
        """Learn from an answer's `Date` header how far the vendor's clock is behind ours.

        A local clock that runs ahead would let the bookmark pass rows that do not exist yet, so planning believes the
        earlier of the two clocks.

        Args:
            date_header: as it came.
            at: when it came, by the local clock; now if not given.
        """
        vendor_now = parse_http_date(date_header)
        if vendor_now is None:
            return
        lag = (at or dt.datetime.now(dt.UTC)) - vendor_now
        lag = lag if lag > _TRUSTED_SKEW else dt.timedelta(0)
        if lag and not self._vendor_lag:
            logger.info(
                "The vendor's clock is %s behind this machine's; reading up to the vendor's now.",
                dt.timedelta(seconds=round(lag.total_seconds())),
            )
        self._vendor_lag = lag

    def now(self) -> dt.datetime:
        """The present moment in UTC, by the earlier of the vendor's and the local clock."""
        return dt.datetime.now(dt.UTC) - self._vendor_lag


def parse_http_date(text: str | None) -> dt.datetime | None:
    """The moment of a `Date` or `Retry-After` header, or None if it is none.

    Dates without a zone are in GMT (https://www.rfc-editor.org/rfc/rfc9110#name-date-time-formats).
    """
    try:
        moment = email.utils.parsedate_to_datetime(text or "")
        return moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
