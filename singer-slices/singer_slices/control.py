"""What all parts of one run share: the wish to stop, the clock, the waiting."""

from __future__ import annotations

import contextlib
import datetime as dt
import email.utils
import logging
import time
import typing as t

from singer_slices.errors import Interruption

logger = logging.getLogger(__name__)

_TRUSTED_SKEW = dt.timedelta(seconds=60)


class RunControl:
    """Stops, waits and tells the time for one run.

    A signal sets a flag that is looked at before each row and request; only a wait or a request in flight is cut short
    at once, because nothing is half written then.
    """

    def __init__(self) -> None:
        self._signum: int | None = None
        self._interruptible = False
        self._vendor_lag = dt.timedelta(0)
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
        """Raise `Interruption` if a stop was asked for."""
        if self._signum is not None:
            raise Interruption(self._signum)

    @contextlib.contextmanager
    def interruptible(self) -> t.Iterator[None]:
        """Mark a stretch of code in which a signal may break in at once."""
        self._interruptible = True
        try:
            self.check()  # after the mark, or a signal in between would wait for the end
            yield
        finally:
            self._interruptible = False

    # Waiting

    def wait(self, seconds: float) -> None:
        """Sleep for `seconds`, counted in `waited_seconds`; a signal ends it early with `Interruption`."""
        started = time.monotonic()
        try:
            with self.interruptible():
                time.sleep(max(seconds, 0.0))
        finally:
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
