"""Exit codes and the errors that carry them."""

from __future__ import annotations

import enum
import typing as t

from singer_sdk.exceptions import MissingKeyPropertiesError, RecordsWithoutSchemaException


class ExitCode(enum.IntEnum):
    """What the process tells whoever started it."""

    OK = 0
    FAILED = 1
    CONFIGURATION = 2
    PARTIAL = 3
    """Finished, but some stream failed or records were rejected past the allowance."""
    QUOTA = 4
    """The destination's quota is spent; what was delivered is covered by the STATE emitted."""
    INTERRUPTED = 130
    TERMINATED = 143


class SpoolError(Exception):
    """An error with a message for people and an exit code; its text never holds record values.

    Args:
        message: What was being done, what came back, what to change.
        stream: The stream concerned, if it is one.
    """

    exit_code: t.ClassVar[ExitCode] = ExitCode.FAILED

    def __init__(self, message: str, *, stream: str | None = None) -> None:
        super().__init__(message)
        self.stream = stream


class InputError(SpoolError):
    """The tap's output is not valid Singer: everything before the line is still loaded, then exit 1."""


class RecordBeforeSchemaError(InputError, RecordsWithoutSchemaException):
    """A RECORD, BATCH or ACTIVATE_VERSION came before the SCHEMA of its stream."""


class LoadError(SpoolError):
    """The destination refused a load; nothing of that load is covered by any STATE."""


class MissingKeyError(LoadError, MissingKeyPropertiesError):
    """A record lacks a value for a part of its primary key."""


class ConfigurationError(SpoolError):
    """A setting is missing, misspelt, of the wrong type, or names something that does not exist."""

    exit_code = ExitCode.CONFIGURATION


class CredentialError(ConfigurationError):
    """The destination refused the credential."""


class QuotaSpent(SpoolError):  # noqa: N818 - an outcome of the run, named as the exit code names it
    """The destination's quota is spent: the run ends with exit 4, STATE covers what was delivered."""

    exit_code = ExitCode.QUOTA
