"""The command line: settings, exit codes, signals, redaction and the summary round a run."""

from __future__ import annotations

import abc
import datetime as dt
import json
import signal
import sys
import typing as t
from collections import Counter
from collections.abc import Callable
from pathlib import Path, PurePath

import click
from singer_sdk import Target
from singer_sdk.exceptions import ConfigValidationError
from singer_sdk.helpers.capabilities import CapabilitiesEnum, PluginCapabilities
from singer_sdk.plugin_base import _ConfigInput
from singer_sdk.singerlib.encoding.base import GenericSingerReader

from singer_spool.errors import ConfigurationError, ExitCode, SpoolError
from singer_spool.model import Backend
from singer_spool.redaction import redact, redact_logging, secret_values
from singer_spool.run import Run
from singer_spool.settings import COMMON_SETTINGS, METADATA_SETTING, settings_errors
from singer_spool.signals import StopRequest
from singer_spool.summary import table_lines, write_summary


class SpoolReader(GenericSingerReader[bytes]):
    """The SDK's seam for reading: hands the whole input over to the spool."""

    def __init__(self, consume: Callable[[t.IO[t.Any] | None], Counter[str]]) -> None:
        super().__init__()
        self._consume = consume

    @property
    def default_input(self) -> t.IO[bytes]:
        """Standard input."""
        return sys.stdin.buffer

    def deserialize_json(self, line: bytes) -> dict[str, t.Any]:
        """Part of the SDK's interface; the spool decodes envelopes itself."""
        return t.cast("dict[str, t.Any]", json.loads(line))

    def process_lines(
        self,
        file_input: t.IO[bytes] | None,
        callbacks: dict[str, t.Callable[[dict[str, t.Any]], None]],  # noqa: ARG002 - the SDK's signature
    ) -> Counter[str]:
        """Read everything; the number of messages by type."""
        return self._consume(file_input)


class SpoolTarget(Target, abc.ABC):
    """A Singer target over a `Backend`; subclasses give `name`, `config_jsonschema` and `make_backend`."""

    capabilities: t.ClassVar[list[CapabilitiesEnum]] = [
        PluginCapabilities.ABOUT,
        PluginCapabilities.BATCH,
        PluginCapabilities.STRUCTURED_LOGGING,
    ]

    supports_record_metadata: t.ClassVar[bool] = True
    """Whether the setting `add_record_metadata` exists."""

    def __init__(
        self,
        *,
        config: dict[str, t.Any] | PurePath | str | list[PurePath | str] | None = None,
        parse_env_config: bool = False,
        validate_config: bool = True,
        setup_mapper: bool = False,
        message_reader: GenericSingerReader[t.Any] | None = None,
    ) -> None:
        # Stream maps would need every record decoded: they belong to the tap or to a mapper.
        del setup_mapper
        self._stop = StopRequest()
        self._run: Run | None = None
        super().__init__(
            config=dict(config) if isinstance(config, dict) else config,
            parse_env_config=parse_env_config,
            validate_config=validate_config,
            setup_mapper=False,
            message_reader=message_reader or SpoolReader(self._consume),
        )

    @abc.abstractmethod
    def make_backend(self) -> Backend:
        """Make the loader from `self.config`; called once a run, before the first line is read.

        Raises:
            ConfigurationError: The settings contradict each other or name something that does not exist.
        """

    @property
    def emit_state(self) -> bool:
        """Whether STATE leaves at all; a dry run says no."""
        return True

    # The SDK's seams

    @classmethod
    def append_builtin_config(cls, config_jsonschema: dict[str, t.Any]) -> None:
        """Add the common settings; a subclass's own declaration of one of them wins."""
        common = dict(COMMON_SETTINGS["properties"])
        if cls.supports_record_metadata:
            common |= METADATA_SETTING["properties"]
        for name, schema in common.items():
            config_jsonschema["properties"].setdefault(name, schema)

    def _validate_config(self, *, raise_errors: bool = True) -> list[str]:
        schema = self.config_jsonschema
        self.append_builtin_config(schema)
        redact.add(*secret_values(schema, self._config))
        errors = settings_errors(self._config, schema)
        if errors and raise_errors:
            raise ConfigValidationError("Config validation failed", errors=errors, schema=schema)
        return errors

    def _setup_signal_handlers(self) -> None:
        """Signals are taken over by `run`, not by merely making a target."""

    def _consume(self, file_input: t.IO[t.Any] | None) -> Counter[str]:
        self._run = self._run or Run(self.config, self.make_backend, self._stop, emit_state=self.emit_state)
        try:
            return self._run.consume(file_input)
        except BaseException:
            self._run.close()
            raise

    def process_endofpipe(self) -> None:
        """Load the rest, emit the last STATE, release everything."""
        if self._run is None:
            return
        try:
            self._run.finish()
        finally:
            self._run.close()

    # The command line

    @classmethod
    def cb_config(cls, ctx: click.Context, param: click.Option, value: tuple[str, ...]) -> _ConfigInput:  # noqa: ARG003 - click's
        """Read the configuration files; a missing or broken one is a configuration error (exit 2)."""
        config: dict[str, t.Any] = {}
        try:
            for path in value:
                if path != "ENV":
                    config |= read_config(path)
        except ConfigurationError as error:
            cls.logger.error("%s", error)
            ctx.exit(ExitCode.CONFIGURATION)
        return _ConfigInput(config=config, parse_env="ENV" in value)

    @classmethod
    def invoke(  # type: ignore[override]  # the SDK's own subclass narrows the signature the same way
        cls,
        *,
        about: bool = False,
        about_format: str | None = None,
        config: _ConfigInput | None = None,
        file_input: t.IO[str] | None = None,
    ) -> None:
        """Run the target and end the process with its exit code."""
        redact_logging()
        if about:
            cls.print_about(about_format)
            return
        cls.print_version(print_fn=cls.logger.info)
        config = config or _ConfigInput()
        started = _now()
        try:
            target = cls(config=config.config, parse_env_config=config.parse_env)
        except ConfigValidationError as error:
            cls._refuse(config.config, started, list(error.errors))
        except ValueError as error:
            cls._refuse(config.config, started, [f"A setting in an environment variable cannot be read: {error}"])
        else:
            sys.exit(target.run(file_input))

    @classmethod
    def _refuse(cls, config: dict[str, t.Any], started: str, errors: list[str]) -> t.NoReturn:
        """End with exit 2: one line per error, and the summary where it was asked for."""
        for message in errors:
            cls.logger.error("%s", message)
        path = config.get("summary_path")
        if isinstance(path, str):
            cls._write(path, cls._summary(started, ExitCode.CONFIGURATION, "; ".join(errors)))
        sys.exit(ExitCode.CONFIGURATION)

    def run(self, file_input: t.IO[str] | None = None) -> ExitCode:
        """Read the input to its end, with signals, summary and logging; the exit code."""
        started = _now()
        with self._stop.installed(on_first=self._announce_stop, on_second=self._discard_spool):
            code, error = self._outcome(lambda: self.listen(file_input))
        if code is ExitCode.OK and self._stop.requested:
            code = self._stop.exit_code
        self._report(started, code, error)
        return code

    def _outcome(self, work: Callable[[], None]) -> tuple[ExitCode, str | None]:
        try:
            work()
        except SpoolError as error:
            self.logger.error("%s", error)
            return error.exit_code, str(error)
        except Exception as error:
            self.logger.exception("Unexpected failure")
            return ExitCode.FAILED, f"{type(error).__name__}: {error}"
        return (self._run.outcome if self._run else ExitCode.OK), None

    def _announce_stop(self, signum: int) -> None:
        name = signal.Signals(signum).name
        self.logger.warning("%s: loading what was received so far; a second signal ends at once", name)

    def _discard_spool(self) -> None:
        if self._run is not None:
            self._run.discard_spool()

    def _report(self, started: str, code: ExitCode, error: str | None) -> None:
        summary = self._summary(started, code, error)
        if self._run is not None:
            summary |= {**self._run.totals, "streams": self._run.streams}
        for line in table_lines(summary["streams"]):
            self.logger.info("%s", line)
        if path := self.config.get("summary_path"):
            self._write(path, summary)

    @classmethod
    def _summary(cls, started: str, code: ExitCode, error: str | None) -> dict[str, t.Any]:
        return {
            "program": cls.name,
            "version": cls.plugin_version,
            "started_at": started,
            "finished_at": _now(),
            "exit_code": int(code),
            "error": error and redact(error),
            "requests": 0,
            "waited_seconds": 0.0,
            "streams": [],
        }

    @classmethod
    def _write(cls, path: str, summary: dict[str, t.Any]) -> None:
        try:
            write_summary(path, summary)
        except OSError as failure:
            cls.logger.error("The summary cannot be written to '%s': %s", path, failure.strerror)


def read_config(path: str) -> dict[str, t.Any]:
    """Read one configuration file.

    Raises:
        ConfigurationError: It is missing, not readable, not JSON, or not an object.
    """
    try:
        config = json.loads(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigurationError(f"The configuration file '{path}' cannot be read: {error.strerror}.") from error
    except json.JSONDecodeError as error:
        msg = f"The configuration file '{path}' is not JSON: {error.msg} in line {error.lineno}, column {error.colno}."
        raise ConfigurationError(msg) from None
    except UnicodeDecodeError:
        raise ConfigurationError(f"The configuration file '{path}' is not UTF-8.") from None
    if not isinstance(config, dict):
        raise ConfigurationError(f"The configuration file '{path}' must hold a JSON object of settings.")
    return config


def _now() -> str:
    return dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds")
