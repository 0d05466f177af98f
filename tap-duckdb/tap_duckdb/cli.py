"""The executable: the SDK's command line, with one clear line and exit 2 for what the caller can correct."""

from __future__ import annotations

import sys

from singer_sdk.exceptions import ConfigValidationError

from tap_duckdb.errors import ConfigurationError, ExitCode, FileBusyError
from tap_duckdb.tap import TapDuckDB


def main() -> None:
    """Run the command line; errors met while reading options, in --discover and in --test end here."""
    try:
        TapDuckDB.cli()
    except ConfigValidationError as error:
        _exit(ExitCode.CONFIGURATION, "; ".join(error.errors) or str(error))
    except ConfigurationError as error:
        _exit(ExitCode.CONFIGURATION, str(error))
    except FileBusyError as error:
        _exit(ExitCode.CRASH, str(error))


def _exit(code: ExitCode, message: str) -> None:
    TapDuckDB.logger.error(message)
    sys.exit(int(code))


if __name__ == "__main__":
    main()
