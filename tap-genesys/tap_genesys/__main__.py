"""The program `tap-genesys`, also as `python -m tap_genesys`."""

import gc

# What loading modules makes stays to the end. The garbage collector would look through it again and again, at last when
# the program ends: a third of a start.
gc.disable()

from tap_genesys.tap import TapGenesys  # noqa: E402 - this is the loading

gc.freeze()
gc.enable()


def main() -> None:
    """Run the command line."""
    TapGenesys.cli()


if __name__ == "__main__":
    main()
