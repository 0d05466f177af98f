"""The program `target-duckdb`, also as `python -m target_duckdb`."""

import gc

# What loading modules makes stays to the end. The garbage collector would look through it again and again, at last when
# the program ends: a third of a start.
gc.disable()

from target_duckdb.target import TargetDuckDB  # noqa: E402 - this is the loading

gc.freeze()
gc.enable()


def main() -> None:
    """Run the command line."""
    TargetDuckDB.cli()


if __name__ == "__main__":
    main()
