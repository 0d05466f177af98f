"""The worker's half: one load after the other into the backend, and STATE out behind each."""

from __future__ import annotations

import dataclasses
import logging
import time
from collections.abc import Callable

from singer_spool.errors import SpoolError
from singer_spool.model import Backend, Batch, StreamSpec

logger = logging.getLogger(__name__)


@dataclasses.dataclass(slots=True)
class StreamProgress:
    """One stream's schema version in force, and what became of its records."""

    spec: StreamSpec
    records: int = 0
    loaded: int = 0
    mended: int = 0
    error: str | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class Cargo:
    """What one load consists of.

    Attributes:
        batches: The files; they are deleted after the load.
        activations: Versions to activate after it: stream and version, in the order in which they came.
        state: The latest STATE that came after all of this, and before anything that is not in it; None without one.
    """

    batches: list[Batch]
    activations: list[tuple[StreamSpec, int]]
    state: bytes | None

    @property
    def bytes(self) -> int:
        """The size of the files."""
        return sum(batch.bytes for batch in self.batches)


class Delivery:
    """Brings cargo to the backend, in order; runs in the worker's thread.

    Args:
        backend: The loader proper.
        emit: Writes one STATE value (JSON, one line) out; None keeps STATE back altogether.
        streams: Where to note what was loaded and what failed.
    """

    def __init__(
        self, backend: Backend, emit: Callable[[bytes], None] | None, streams: dict[str, StreamProgress]
    ) -> None:
        self._backend = backend
        self._emit = emit
        self._streams = streams
        self._emitted: bytes | None = None
        self._broken = False

    def deliver(self, cargo: Cargo) -> None:
        """Load, activate, emit STATE; after a failure nothing any more, because STATE would pass over what failed.

        Raises:
            SpoolError: The backend failed.
        """
        if self._broken:
            return
        try:
            self._deliver(cargo)
        except BaseException as error:
            self._broken = True
            if isinstance(error, SpoolError) and error.stream in self._streams:
                self._streams[error.stream].error = str(error)
            raise

    def _deliver(self, cargo: Cargo) -> None:
        if cargo.batches:
            self._load(cargo.batches)
        for spec, version in cargo.activations:
            self._backend.activate_version(spec, version)
        if cargo.state is not None and self._emit is not None and cargo.state != self._emitted:
            self._emit(cargo.state)
            self._emitted = cargo.state

    def _load(self, batches: list[Batch]) -> None:
        started = time.monotonic()
        self._backend.load(batches)
        for batch in batches:
            self._streams[batch.spec.name].loaded += batch.rows
            for path in batch.paths:
                path.unlink(missing_ok=True)
        names = ", ".join(f"{batch.rows} {batch.spec.name}" for batch in batches)
        logger.info("Loaded %s in %.1f s", names, time.monotonic() - started)
