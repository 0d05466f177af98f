"""The executable: the SDK's command line, with one clear line and exit 2 for what the caller can correct."""

from __future__ import annotations

import gc
import sys

# What loading modules makes stays to the end. The garbage collector would look through it again and again, at last when
# the program ends: a third of a start.
gc.disable()

from singer_sdk.exceptions import ConfigValidationError  # noqa: E402 - this is the loading

from tap_duckdb.errors import ConfigurationError, ExitCode, FileBusyError  # noqa: E402 - as above
from tap_duckdb.tap import TapDuckDB  # noqa: E402 - as above

gc.freeze()
gc.enable()


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
