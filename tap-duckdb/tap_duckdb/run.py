"""One run from settings to exit code, with its summary."""

from __future__ import annotations

import json
import sys
import typing as t
from pathlib import Path

from singer_sdk.exceptions import ConfigValidationError

from tap_duckdb.errors import ConfigurationError, ExitCode, FileBusyError, Interruption
from tap_duckdb.summary import RunSummary

if t.TYPE_CHECKING:
    from singer_sdk.plugin_base import _ConfigInput

    from tap_duckdb.streams import DuckDBStream
    from tap_duckdb.tap import TapDuckDB


class Run:
    """Runs a sync and ends the process with what came of it."""

    def __init__(self, tap_class: type[TapDuckDB], given: _ConfigInput) -> None:
        """Note the start.

        Args:
            tap_class: the tap.
            given: settings of the command line, not yet checked.
        """
        self._tap_class = tap_class
        self._given = given
        self._tap: TapDuckDB | None = None
        self._summary = RunSummary(tap_class.name, tap_class.plugin_version)

    def sync(self, state: t.IO[str] | None, catalog: t.IO[str] | None) -> t.NoReturn:
        """Read all tables; always writes the summary; ends with `SystemExit`."""
        try:
            self._sync(state, catalog)
        except ConfigValidationError as error:
            self._end(ExitCode.CONFIGURATION, "; ".join(error.errors) or str(error))
        except ConfigurationError as error:
            self._end(ExitCode.CONFIGURATION, str(error))
        except Interruption as stop:
            self._write_state()
            self._end(128 + stop.signum, str(stop))
        except FileBusyError as error:
            self._end(ExitCode.CRASH, str(error))
        except Exception as error:  # the last line: whatever it is, it is told and stands in the summary
            self._tap_class.logger.exception("Unexpected failure")
            self._end(ExitCode.CRASH, f"{type(error).__name__}: {error}")
        self._end(*self._verdict())

    def _sync(self, state: t.IO[str] | None, catalog: t.IO[str] | None) -> None:
        self._tap = self._tap_class(
            config=self._given.config,
            state=_read_json(state, "--state"),
            catalog=_read_json(catalog, "--catalog"),
            parse_env_config=self._given.parse_env,
        )
        self._summary.streams = [stream.summary for stream in self._streams() if stream.selected]
        self._tap.sync_all()

    def _streams(self) -> list[DuckDBStream]:
        return t.cast("list[DuckDBStream]", list(self._tap.streams.values())) if self._tap else []

    def _verdict(self) -> tuple[ExitCode, str | None]:
        """Exit code and message of a run that came to its end."""
        failed = [stream.stream for stream in self._summary.streams if stream.status == "failed"]
        if not failed:
            return ExitCode.DONE, None
        code = ExitCode.PARTIAL if len(failed) < len(self._summary.streams) else ExitCode.CRASH
        return code, f"Failed: {', '.join(failed)}; see above and the summary."

    def _write_state(self) -> None:
        if self._tap is not None and self._tap.state:
            self._tap.state_writer.write_state(self._tap.state)

    def _end(self, code: ExitCode | int, error: str | None) -> t.NoReturn:
        self._summary.exit_code, self._summary.error = code, error
        if self._tap is not None:
            self._summary.waited_seconds = self._tap.tap_connector.waited_seconds
        if error:
            self._tap_class.logger.error(error)
        sys.stderr.write(self._summary.table() + "\n")
        sys.exit(self._write_summary(code))

    def _write_summary(self, code: ExitCode | int) -> int:
        """Write it where the settings say, even if they are otherwise wrong."""
        settings = self._given.config | (self._tap_class._env_var_config if self._given.parse_env else {})  # noqa: SLF001 - the SDK's only name for it
        path = settings.get("summary_path")
        if not isinstance(path, str) or not path:
            return int(code)
        try:
            self._summary.write(Path(path).expanduser())
        except OSError as error:
            self._tap_class.logger.error("summary_path: %s cannot be written: %s", path, error)
            return int(code) or int(ExitCode.CONFIGURATION)
        return int(code)


def _read_json(file: t.IO[str] | None, option: str) -> dict[str, t.Any] | None:
    if file is None:
        return None
    try:
        document = json.load(file)
    except ValueError as error:
        raise ConfigurationError(f"{option}: {file.name} is not JSON: {error}") from error
    if not isinstance(document, dict):
        raise ConfigurationError(f"{option}: {file.name} holds no JSON object.")
    return document
