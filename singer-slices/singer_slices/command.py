"""The command line: the SDK's, with exit codes that tell a wrong setting from a crash and messages of one line."""

from __future__ import annotations

import contextlib
import json
import logging
import typing as t

import click
from singer_sdk.exceptions import ConfigValidationError
from singer_sdk.plugin_base import SingerCommand

from singer_slices.errors import ConfigurationError, ExitCode
from singer_slices.redact import redactor
from singer_slices.summary import RunSummary, publish


class EngineCommand(SingerCommand):
    """The SDK's command; what goes wrong before the tap exists ends with exit 2 and one line."""

    @classmethod
    def of(cls, command: click.Command, plugin_logger: logging.Logger) -> EngineCommand:
        """`command` as an `EngineCommand`."""
        return cls(
            name=command.name,
            callback=command.callback,
            params=command.params,
            help=command.help,
            context_settings=command.context_settings,
            logger=plugin_logger,
        )

    def make_context(self, *args: t.Any, **kwargs: t.Any) -> click.Context:
        """Parse the arguments; this reads the configuration files."""
        try:
            return super().make_context(*args, **kwargs)
        except FileNotFoundError as error:
            self._refuse(f"--config: {error}")
        except (ValueError, TypeError, OSError) as error:  # the SDK reads with another library than ours
            self._refuse(f"--config: the file cannot be read as a JSON object ({error})")
        raise AssertionError  # `_refuse` does not return

    def _refuse(self, text: str) -> t.NoReturn:
        self.logger.error("%s", redactor.scrub(text))
        raise SystemExit(ExitCode.CONFIGURATION)


def load_document(option: str, file: t.IO[str] | None) -> dict[str, t.Any] | None:
    """The JSON object in the file of a command line option.

    Raises:
        ConfigurationError: it holds something else.
    """
    if file is None:
        return None
    try:
        document = json.loads(file.read())
    except ValueError as error:
        raise ConfigurationError(f"{option}: {file.name} is no JSON ({error})") from None
    if not isinstance(document, dict):
        raise ConfigurationError(f"{option}: {file.name} holds no JSON object")
    return document


@contextlib.contextmanager
def configuration_errors(
    logger: logging.Logger, summary: RunSummary, config: t.Mapping[str, t.Any]
) -> t.Iterator[None]:
    """Tell wrong settings one a line and end with exit 2, summary included.

    Args:
        logger: the plugin's.
        summary: of a run that does not begin.
        config: the settings as given; only `summary_path` is looked at.
    """
    try:
        yield
    except (ConfigValidationError, ConfigurationError) as error:
        problems = error.errors if isinstance(error, ConfigValidationError) else error.problems
        lines = [redactor.scrub(str(problem)) for problem in problems]
        for line in lines:
            logger.error("%s", line)
        path = config.get("summary_path")
        publish(summary, ExitCode.CONFIGURATION, "\n".join(lines), path if isinstance(path, str) else None)
        raise SystemExit(ExitCode.CONFIGURATION) from None
