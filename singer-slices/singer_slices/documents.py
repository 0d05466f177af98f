"""What the command line names: files and the environment, and telling what is wrong with them in one line each."""

from __future__ import annotations

import contextlib
import json
import logging
import typing as t

import click
from singer_sdk.configuration._dict_config import parse_environment_config
from singer_sdk.exceptions import ConfigValidationError
from singer_sdk.plugin_base import _ConfigInput
from singer_sdk.singerlib import Catalog

from singer_slices.errors import ConfigurationError, ExitCode
from singer_slices.redact import redactor
from singer_slices.summary import RunSummary, publish

Document = dict[str, t.Any]


def read_config(paths: t.Sequence[str]) -> _ConfigInput:
    """The settings in the files of `--config`; `ENV` stands for the environment.

    Raises:
        ConfigurationError: a file is missing or holds no JSON object.
    """
    try:
        return _ConfigInput.from_cli_args(*paths)
    except FileNotFoundError as error:
        raise ConfigurationError(f"--config: {error}") from None
    except (ValueError, TypeError, OSError) as error:
        raise ConfigurationError(f"--config: the file cannot be read as a JSON object ({error})") from None


def with_environment(given: _ConfigInput, schema: t.Mapping[str, t.Any], prefix: str) -> Document:
    """The settings of the files and, where asked for, of the environment, which wins.

    Raises:
        ConfigurationError: a variable holds no value of its setting's type.
    """
    if not given.parse_env:
        return given.config
    config, problems = dict(given.config), []
    for name, setting in schema["properties"].items():
        try:
            config |= parse_environment_config({"properties": {name: setting}}, prefix)
        except ValueError as error:
            what = "the value is not valid" if setting.get("secret") else error
            problems.append(f"{name}: {prefix}{name.upper().replace('-', '_')} cannot be read ({what})")
    if problems:
        raise ConfigurationError(*problems)
    return config


def load_document(option: str, file: t.IO[str] | None) -> Document | None:
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


def load_catalog(file: t.IO[str] | None) -> Catalog | None:
    """The catalog in the file of `--catalog`.

    Raises:
        ConfigurationError: it holds something else.
    """
    document = load_document("--catalog", file)
    if document is None:
        return None
    try:
        return Catalog.from_dict({"streams": document["streams"]})
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        what = f"{type(error).__name__}: {error}"
        raise ConfigurationError(
            f"--catalog: there is no Singer catalog in the file ({what}); write one with --discover"
        ) from None


@contextlib.contextmanager
def telling(logger: logging.Logger, summary: RunSummary, config: t.Mapping[str, t.Any]) -> t.Iterator[None]:
    """Tell wrong settings one a line and end with exit 2, or a crash and end with exit 1; summary included.

    Args:
        logger: the plugin's.
        summary: of a run that does not begin.
        config: the settings as given; only `summary_path` is looked at.
    """
    path = config.get("summary_path")
    path = path if isinstance(path, str) else None
    try:
        yield
    except (click.exceptions.Exit, click.ClickException):
        raise
    except (ConfigValidationError, ConfigurationError) as error:
        problems = error.errors if isinstance(error, ConfigValidationError) else error.problems
        lines = [redactor.scrub(str(problem)) for problem in problems]
        for line in lines:
            logger.error("%s", line)
        publish(summary, ExitCode.CONFIGURATION, "\n".join(lines), path)
        raise SystemExit(ExitCode.CONFIGURATION) from None
    except Exception as error:
        logger.exception("The program failed before the run began")
        publish(summary, ExitCode.CRASH, f"{type(error).__name__}: {error}", path)
        raise SystemExit(ExitCode.CRASH) from None
