"""The loader: batches of records in, every record's fate known when `load` returns."""

from __future__ import annotations

import dataclasses
import itertools
import logging
import threading
import typing as t
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from singer_spool import Backend, Batch, ConfigurationError, ExitCode, StreamSpec

from target_amplitude.client import Transport
from target_amplitude.collapse import collapse
from target_amplitude.courier import Courier, Halted
from target_amplitude.dead_letters import DeadLetters
from target_amplitude.endpoints import Endpoint
from target_amplitude.lanes import assign_lanes, spread
from target_amplitude.ledger import Ledger
from target_amplitude.mapping import IdentifyMapping
from target_amplitude.pace import Clock, Gate
from target_amplitude.records import Mapper
from target_amplitude.report import Allowance, stream_result, write_report
from target_amplitude.updates import Rejected, Rejection, Update

logger = logging.getLogger(__name__)

_WORST_FIRST = (ExitCode.FAILED, ExitCode.CONFIGURATION, ExitCode.QUOTA)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """The settings that the backend itself looks at.

    Attributes:
        min_id_length: Shortest id, in characters.
        max_parallel_requests: Senders at work at the same time.
        max_retries: How often the same bytes are sent again.
        max_wait_seconds: Longest wait without progress.
        max_rejects: Rejects allowed.
        ignore_unmapped_streams: Leave out streams without a mapping instead of stopping.
        dry_run: Nothing is sent and nothing written but the report.
        report_path: Where the report goes, if anywhere.
    """

    min_id_length: int
    max_parallel_requests: int
    max_retries: int
    max_wait_seconds: float
    max_rejects: Allowance
    ignore_unmapped_streams: bool
    dry_run: bool
    report_path: Path | None


class AmplitudeBackend(Backend):
    """Maps, collapses and delivers one flush after the other.

    Args:
        mappings: By stream.
        make_endpoint: The endpoint of a mapping.
        transport: What sends.
        dead_letters: Where rejected records go.
        options: The settings.
        clock: Time.
        fresh_id: Gives the `insert_id` of updates that may be repeated.
    """

    def __init__(
        self,
        mappings: Mapping[str, IdentifyMapping],
        *,
        make_endpoint: Callable[[IdentifyMapping], Endpoint],
        transport: Transport,
        dead_letters: DeadLetters,
        options: Options,
        clock: Clock,
        fresh_id: Callable[[], str],
    ) -> None:
        self.finished = False
        self._mappings = mappings
        self._make_endpoint = make_endpoint
        self._transport = transport
        self._dead_letters = dead_letters
        self._options = options
        self._clock = clock
        self._fresh_id = fresh_id
        self._ledger = Ledger(self._clock)
        self._gate = Gate(self._clock, options.max_wait_seconds)
        self._mappers: dict[str, Mapper] = {}
        self._positions = itertools.count()

    def declare(self, spec: StreamSpec) -> None:
        """Hold the stream's mapping against its SCHEMA."""
        mapping = self._mappings.get(spec.name)
        if mapping is None:
            self._unmapped(spec.name)
            return
        if spec.name not in self._mappers:
            for line in mapping.warnings():
                logger.warning("%s", line)
        before = self._mappers.get(spec.name)
        mapper = Mapper(mapping, spec, min_id_length=self._options.min_id_length, fresh_id=self._fresh_id)
        if before is not None:
            mapper.long_texts = before.long_texts
        self._mappers[spec.name] = mapper
        self._ledger.stream(spec.name)

    def _unmapped(self, stream: str) -> None:
        if not self._options.ignore_unmapped_streams:
            msg = (
                f"Stream '{stream}' has no mapping: add it to the setting 'streams' (it maps "
                f"{', '.join(sorted(self._mappings))}), deselect it at the tap, or set 'ignore_unmapped_streams'."
            )
            raise ConfigurationError(msg, stream=stream)
        logger.info("Stream '%s' has no mapping: its records are left out", stream)

    def load(self, batches: Sequence[Batch]) -> None:
        """Deliver one flush, stream by stream; then write down what was rejected."""
        for batch in batches:
            mapper = self._mappers.get(batch.spec.name)
            if mapper is not None:
                self._deliver(self._updates(mapper, batch), self._make_endpoint(mapper.mapping))
        rejected = self._ledger.take_rejected()
        if not self._options.dry_run:
            self._dead_letters.write(rejected)

    def _updates(self, mapper: Mapper, batch: Batch) -> list[Update]:
        updates = []
        report = self._ledger.stream(mapper.stream)
        for record in batch.records():
            report.records += 1
            source = mapper.source(record, next(self._positions))
            try:
                update = mapper.update(source)
            except Rejected as fate:
                self._ledger.refused(source, Rejection(fate.reason, fate.detail))
                continue
            if update is None:
                report.skipped += 1
            else:
                updates.append(update)
        return collapse(updates)

    def _deliver(self, updates: list[Update], endpoint: Endpoint) -> None:
        for update in updates:
            update.encoded = endpoint.encode(update)
        assign_lanes(updates)
        run_all(
            [self._errand(share, endpoint) for share in spread(updates, self._shares(updates, endpoint))], self._clock
        )

    def _shares(self, updates: list[Update], endpoint: Endpoint) -> int:
        """As many senders as have a request's worth of work each."""
        size = sum(endpoint.size(update) for update in updates)
        needed = max(-(-len(updates) // endpoint.max_items), -(-size // endpoint.room()), 1)
        return min(needed, self._options.max_parallel_requests)

    def _errand(self, share: list[Update], endpoint: Endpoint) -> Callable[[], None]:
        courier = Courier(
            endpoint,
            self._transport,
            self._ledger,
            self._gate,
            self._clock,
            max_retries=self._options.max_retries,
        )
        return lambda: courier.deliver(share)

    def finish(self) -> ExitCode:
        """Judge the rejects of a run that read its input to the end."""
        self.finished = True
        reports = self._ledger.streams.values()
        rejected = sum(report.rejected.total() for report in reports)
        if not self._options.max_rejects.exceeded(rejected, sum(report.records for report in reports)):
            return ExitCode.OK
        letters = "" if self._options.dry_run else f" They stand in '{self._dead_letters.path}'."
        logger.error("%d records were rejected, more than 'max_rejects' allows.%s", rejected, letters)
        over_quota = sum(report.rejected["daily_quota"] for report in reports)
        if not over_quota:
            return ExitCode.PARTIAL
        logger.error(
            "Amplitude's daily quota is spent for %d of them. Send them tomorrow: "
            "target-amplitude --config CONFIG --replay %s",
            over_quota,
            self._dead_letters.path,
        )
        return ExitCode.QUOTA

    def stream_results(self) -> list[dict[str, t.Any]]:
        """Fates by stream."""
        return [
            stream_result(name, report, self._mappers[name].long_texts) for name, report in self._ledger.streams.items()
        ]

    def run_results(self) -> dict[str, t.Any]:
        """Totals."""
        return {
            "requests": self._ledger.requests,
            "request_bytes": self._ledger.request_bytes,
            "waited_seconds": round(self._clock.waited_seconds, 3),
        }

    def close(self) -> None:
        """Write the report, also of a run that failed, and close connections."""
        self._transport.close()
        if self._options.report_path is not None:
            write_report(
                self._options.report_path,
                self._ledger,
                self.stream_results(),
                finished=self.finished,
                dry_run=self._options.dry_run,
            )


def run_all(errands: list[Callable[[], None]], clock: Clock) -> None:
    """Run all at the same time, the first one in this thread; when one fails the others stop after their request.

    Raises:
        Exception: The worst failure, in the order of the exit codes.
    """
    failures: list[Exception] = []

    def attempt(errand: Callable[[], None]) -> None:
        try:
            errand()
        except Halted:
            pass
        except Exception as error:  # noqa: BLE001 - raised below, in the calling thread
            failures.append(error)
            clock.stop()

    threads = [threading.Thread(target=attempt, args=(errand,), daemon=True) for errand in errands[1:]]
    for thread in threads:
        thread.start()
    for errand in errands[:1]:
        attempt(errand)
    for thread in threads:
        thread.join()
    if failures:
        raise min(failures, key=_severity)


def _severity(error: Exception) -> int:
    code = getattr(error, "exit_code", ExitCode.FAILED)
    return _WORST_FIRST.index(code) if code in _WORST_FIRST else 0
