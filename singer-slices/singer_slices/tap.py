"""The tap around the streams: settings, isolation of failures, signals, summary, exit code."""

from __future__ import annotations

import contextlib
import copy
import datetime as dt
import os
import sys
import typing as t
from types import FrameType

from singer_sdk.exceptions import ConfigValidationError

from singer_slices import checks
from singer_slices.command_line import CommandLineTap
from singer_slices.control import RunControl
from singer_slices.errors import (
    ConfigurationError,
    EngineError,
    ExitCode,
    Interruption,
    QuotaSpentError,
    StreamRefusedError,
)
from singer_slices.once import once
from singer_slices.outcome import exit_code
from singer_slices.planning import Calendar, resolve_range
from singer_slices.redact import redactor
from singer_slices.sliced import SlicedStream
from singer_slices.state import check_state
from singer_slices.stream_base import EngineStream, name_of
from singer_slices.summary import RunSummary, StreamSummary, publish
from singer_slices.times import SourceZone, parse_day_border
from singer_slices.transport import Transport
from singer_slices.writer import LineWriter


class SlicedTap(CommandLineTap):
    """A tap whose streams are the engine's.

    Subclasses give `name`, `config_jsonschema`, `stream_types`, `settling`, `resolve_zone`, and `transport` over HTTP.
    """

    message_writer_class = LineWriter

    #: The classes of all streams.
    stream_types: t.ClassVar[t.Sequence[type[EngineStream]]] = ()
    #: How long after its time a row may still be on its way into the source.
    settling: t.ClassVar[dt.timedelta] = dt.timedelta(0)

    def __init__(self, **options: t.Any) -> None:
        self.control = RunControl()
        self.summary = RunSummary(self.name, self.plugin_version)
        self.ended: EngineError | None = None
        self._state_given: dict[str, t.Any] = {}
        self._calendars: dict[str, Calendar] = {}
        super().__init__(**options)

    # Settings

    @classmethod
    def stream_names(cls) -> list[str]:
        """The names of all streams."""
        return [name_of(stream) for stream in cls.stream_types]

    @classmethod
    def own_problems(cls, config: t.Mapping[str, t.Any]) -> list[str]:
        """One line for everything that is wrong with the vendor's own settings. Override."""
        del config
        return []

    def _validate_config(self, *, raise_errors: bool = True) -> list[str]:
        """Fill in defaults and check all settings, also those that only make sense together."""
        schema = self.config_jsonschema
        self.append_builtin_config(schema)
        self._config = dict(self._config)  # defaults are not written into the caller's
        for name, setting in schema["properties"].items():
            if setting.get("secret"):
                redactor.add(self._config.get(name))
            if "default" in setting and self._config.get(name) is None:
                self._config[name] = setting["default"]
        wrong = checks.schema_problems(self._config, schema)
        problems = self.wrong_settings = list(wrong.values())
        if raise_errors:
            sound = {name: value for name, value in self._config.items() if name not in wrong}
            others = self._setting_problems(sound)
            told = tuple(name + mark for name in wrong for mark in (" ", ":", "."))
            problems = problems + [line for line in others if not line.startswith(told)]
        if problems and raise_errors:
            raise ConfigValidationError("wrong settings", errors=problems, schema={})
        return problems

    def _setting_problems(self, config: t.Mapping[str, t.Any]) -> list[str]:
        """What is wrong with settings whose types are right."""
        sliced = {name_of(s): s.most_slice_days for s in self.stream_types if issubclass(s, SlicedStream)}
        return [
            *checks.time_problems(config, dt.datetime.now(dt.UTC)),
            *checks.request_problems(config),
            *checks.stream_problems(config, self.stream_names(), sliced),
            *self._hash_problems(config),
            *self.own_problems(config),
        ]

    def _hash_problems(self, config: t.Mapping[str, t.Any]) -> list[str]:
        names = self.stream_names()
        found: set[str] = set()
        problems = []
        for stream in self.stream_types:
            matched, keys = stream.hashable(config, names)
            found |= matched
            problems += [
                f"hash_fields: {key!r} is the time of {name_of(stream)}; it must stay readable" for key in keys
            ]
        asked = config.get("hash_fields") or []
        return problems + [f"hash_fields: no stream has a field {path!r}" for path in asked if path not in found]

    # Streams

    def discover_streams(self) -> list[EngineStream]:
        """One stream of each type."""
        return [stream(self) for stream in self.stream_types]

    def setup_mapper(self) -> None:
        """Let streams dress the input catalog before the mapper reads it."""
        _ = self.streams
        super().setup_mapper()

    # State

    def load_state(self, state: dict[str, t.Any]) -> None:
        """Take over the bookmarks of the last run; a backfill only keeps them, to pass them on.

        Raises:
            ConfigurationError: it is no state of a tap.
        """
        check_state(state)
        self._state_given = copy.deepcopy(state)
        if not self.backfill:
            super().load_state(state)

    # Time

    def resolve_zone(self) -> SourceZone:
        """The zone of the source's local times.

        Raises:
            EngineError: it cannot be found out.
        """
        return SourceZone("UTC")

    @property
    def source_zone(self) -> SourceZone:
        """The zone of the source's local times, found out once; so is a failure."""
        outcome = self._zone_outcome
        if isinstance(outcome, EngineError):
            raise outcome
        return outcome

    @once
    def _zone_outcome(self) -> SourceZone | EngineError:
        try:
            return self.resolve_zone()
        except EngineError as error:
            return error

    def calendar(self, zone: SourceZone) -> Calendar:
        """The time settings in a zone.

        Raises:
            ConfigurationError: they make no sense there.
        """
        known = self._calendars.get(zone.name)
        if known is None:
            border = parse_day_border(self.config.get("day_border") or "00:00")
            limits = resolve_range(self.config, zone, border, dt.datetime.now(dt.UTC))
            known = self._calendars[zone.name] = Calendar(zone, limits, self.settling, self.control.now)
        return known

    @property
    def backfill(self) -> bool:
        """Whether this run leaves the stored bookmarks alone."""
        return bool(self.config.get("backfill"))

    @property
    def transport(self) -> Transport | None:
        """What makes the requests; None where the source is not read over HTTP. A tap over HTTP keeps its own here."""
        return None

    def make_transport(self) -> Transport:
        """A transport as the common settings want it."""
        config = self.config
        return Transport(
            self.control,
            user_agent=config.get("user_agent") or f"{self.name}/{self.plugin_version}",
            timeout=float(config["request_timeout"]),
            max_retries=int(config["max_retries"]),
            max_wait_seconds=float(config["max_wait_seconds"]),
            parallel_requests=self.parallel_requests,
        )

    @property
    def parallel_requests(self) -> int:
        """How many requests may be under way at once."""
        return int(self.config.get("max_parallel_requests") or 1)

    @property
    def readers(self) -> int:
        """How many threads read: more than requests may be under way, for some are busy with what came.

        Each may hold a page of rows, so two requests at once, of which one is under way for most of the time, have none
        to spare. Without a transport, which holds requests back, a thread more were a request more.
        """
        requests = self.parallel_requests
        return requests + (requests - 1) // 2 if self.transport else requests

    # Isolation of failures

    def begin(self, stream: str, partition: str | None) -> StreamSummary:
        """The summary of a stream or partition that is about to be read."""
        summary = StreamSummary(stream, partition)
        self.summary.streams.append(summary)
        return summary

    def skip(self, stream: str, partition: str | None) -> None:
        """Note a stream or partition that the user knows the vendor does not give."""
        self.summary.streams.append(StreamSummary(stream, partition, status="skipped"))
        self.logger.info("%s is skipped: it stands in known_unavailable", self.summary.streams[-1].name)

    @contextlib.contextmanager
    def isolating(self, summary: StreamSummary, *, dry_run: bool = False) -> t.Iterator[None]:
        """Keep a failure from ending other streams; one that ends them all is kept in `ended`.

        Args:
            summary: of what is being read.
            dry_run: let every failure through.
        """
        try:
            yield
        except EngineError as error:
            self.note_failure(summary, error, dry_run=dry_run)

    def note_failure(self, summary: StreamSummary, error: EngineError, *, dry_run: bool = False) -> None:
        """Keep what ended a stream or partition for its summary; what ends them all is kept in `ended`.

        Args:
            summary: of what was being read.
            error: what ended it.
            dry_run: let every failure through.
        """
        if dry_run:
            raise error
        summary.error = redactor.scrub(str(error))
        if isinstance(error, ConfigurationError | QuotaSpentError):
            self.ended = error
        else:
            summary.status = "failed"
        if isinstance(error, StreamRefusedError):
            summary.known_unavailable = summary.name
        self.logger.error("%s: %s", summary.name, error)

    def all_complete(self, stream: str) -> bool:
        """Whether all partitions of a stream were read to their end."""
        parts = [part for part in self.summary.streams if part.stream == stream]
        return bool(parts) and all(part.status == "complete" for part in parts)

    # Running

    def run(self) -> ExitCode:
        """Sync all streams, write the summary."""
        return self._conclude(self._sync, self.config.get("summary_path"))

    def _sync(self) -> None:
        self._announce_skipped()
        self.sync_all()
        if self.backfill and self._state_given:
            self.state_writer.write_state(t.cast("t.Any", self._state_given))
        sys.stdout.flush()

    def _conclude(self, work: t.Callable[[], None], summary_path: str | None) -> ExitCode:
        """Do the work of this program and publish the summary, however it ends."""
        code, error = self._outcome(work)
        self.control.end()
        self.summary.requests = self.transport.requests if self.transport else 0
        self.summary.waited_seconds = self.control.waited_seconds
        publish(self.summary, code, error, summary_path)
        return code

    def _outcome(self, work: t.Callable[[], None]) -> tuple[ExitCode, str | None]:
        try:
            work()
        except BrokenPipeError:
            _abandon_stdout()
            return ExitCode.CRASH, "the program that reads this tap's output has ended"
        except Interruption as stop:
            with contextlib.suppress(BrokenPipeError):
                sys.stdout.flush()
            return ExitCode(128 + stop.signum), f"{stop}; what is complete is in the state"
        except Exception as error:
            self.logger.exception("The run failed unexpectedly")
            return ExitCode.CRASH, f"{type(error).__name__}: {redactor.scrub(str(error))}"
        return exit_code(self.summary, self.ended), redactor.scrub(str(self.ended)) if self.ended else None

    def _announce_skipped(self) -> None:
        known = self.config.get("known_unavailable") or ()
        for name, stream in self.streams.items():
            if name in known and stream.mask.get((), True):
                self.skip(name, None)

    def _handle_termination(self, signum: int, frame: FrameType | None) -> None:
        """First signal: stop at the next safe point. Second: at once."""
        del frame
        if self.control.stopping:
            os._exit(128 + signum)
        self.logger.warning("Stopping; what is complete is in the state. A second signal ends the program at once.")
        self.control.request_stop(signum)

    # The connection test

    def probe_all(self) -> ExitCode:
        """Make one cheap call for every selected stream and name those that may not be read."""
        return self._conclude(self._probe, None)

    def _probe(self) -> None:
        for name, stream in self.streams.items():
            if not stream.selected or self.ended:
                continue
            summary = self.begin(name, None)
            with self.isolating(summary):
                t.cast("EngineStream", stream).probe_first()
                summary.status = "complete"
                self.logger.info("%s may be read", name)


def _abandon_stdout() -> None:
    """Keep the interpreter from flushing into a closed pipe when it ends."""
    with contextlib.suppress(OSError):  # a stream put in place by a test has no file number
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
