"""Who got where: the fate of every record, counted for the report and kept for the dead letters."""

from __future__ import annotations

import collections
import dataclasses
import logging
import threading
import typing as t
from collections.abc import Sequence

from target_amplitude.pace import Clock
from target_amplitude.updates import Rejection, Source, Update

logger = logging.getLogger(__name__)

UPDATES_PER_HOUR: t.Final = 1800
"""Updates of one user's properties within an hour, beyond which Amplitude drops them silently
(https://amplitude.com/docs/apis/analytics/identify)."""
_HOUR = 3600.0


@dataclasses.dataclass(slots=True)
class StreamReport:
    """One stream's counts, all in records. `records` is the sum of delivered, collapsed, skipped and rejected.

    Attributes:
        records: Received.
        delivered: Accepted in an update of their own.
        collapsed: Accepted within the update of a later record of the same user.
        skipped: With nothing to send.
        rejected: By reason.
        retried: Carried by more than one request, whatever the end.
        over_hourly_limit: Updates accepted beyond what Amplitude keeps of one user in an hour.
    """

    records: int = 0
    delivered: int = 0
    collapsed: int = 0
    skipped: int = 0
    rejected: collections.Counter[str] = dataclasses.field(default_factory=collections.Counter)
    retried: int = 0
    over_hourly_limit: int = 0


class Ledger:
    """The run's books; safe to use from several senders at once.

    Attributes:
        streams: The counts by stream.
        requests: Requests sent.
        request_bytes: Bytes of their bodies.
    """

    def __init__(self, clock: Clock) -> None:
        self.streams: dict[str, StreamReport] = {}
        self.requests = 0
        self.request_bytes = 0
        self._clock = clock
        self._lock = threading.Lock()
        self._rejected: list[tuple[Source, Rejection]] = []
        self._spent: dict[str | None, Rejection] = {}
        self._hour_began = clock.now()
        self._hour: collections.Counter[tuple[str | None, str | None]] = collections.Counter()
        self._warned: set[str] = set()

    def stream(self, name: str) -> StreamReport:
        """One stream's counts."""
        return self.streams.setdefault(name, StreamReport())

    def sent(self, size: int) -> None:
        """A request goes out."""
        with self._lock:
            self.requests += 1
            self.request_bytes += size

    def accepted(self, updates: Sequence[Update]) -> None:
        """Amplitude took these in."""
        with self._lock:
            for update in updates:
                report = self.stream(update.sources[0].stream)
                report.delivered += 1
                report.collapsed += len(update.sources) - 1
                report.retried += len(update.sources) if update.attempts > 1 else 0
                self._count_hour(update, report)

    @property
    def anything_accepted(self) -> bool:
        """Whether Amplitude has taken in anything in this run."""
        with self._lock:
            return any(report.delivered for report in self.streams.values())

    def rejected(self, update: Update, rejection: Rejection) -> None:
        """These records will not be delivered."""
        with self._lock:
            if rejection.reason == "daily_quota":
                self._spent |= dict.fromkeys(_spent_ids(rejection), rejection)
            for source in update.sources:
                report = self.stream(source.stream)
                report.rejected[rejection.reason] += 1
                report.retried += update.attempts > 1
                self._rejected.append((source, rejection))

    def refused(self, source: Source, rejection: Rejection) -> None:
        """A record that cannot even be made into an update."""
        with self._lock:
            self.stream(source.stream).rejected[rejection.reason] += 1
            self._rejected.append((source, rejection))

    def quota_spent(self, update: Update) -> Rejection | None:
        """What was said about this user's daily quota earlier in the run, if it is spent."""
        return self._spent.get(update.user_id) or self._spent.get(update.device_id)

    def take_rejected(self) -> list[tuple[Source, Rejection]]:
        """Everything rejected since the last call, in order of arrival."""
        with self._lock:
            taken, self._rejected = self._rejected, []
        return sorted(taken, key=lambda pair: pair[0].position)

    def _count_hour(self, update: Update, report: StreamReport) -> None:
        if self._clock.now() - self._hour_began >= _HOUR:
            self._hour.clear()
            self._hour_began = self._clock.now()
        self._hour[update.identity] += 1
        if self._hour[update.identity] <= UPDATES_PER_HOUR:
            return
        report.over_hourly_limit += 1
        stream = update.sources[0].stream
        if stream not in self._warned:
            self._warned.add(stream)
            logger.warning(
                "Stream '%s': a user has had more than %d updates within an hour; Amplitude drops the rest silently. "
                "Send fewer updates of a user, or a larger 'batch_size_rows' so that more of them collapse",
                stream,
                UPDATES_PER_HOUR,
            )


def _spent_ids(rejection: Rejection) -> list[str]:
    """The ids whose quota the answer called spent."""
    return [str(name) for ids in rejection.answer.values() if isinstance(ids, dict) for name in ids]
