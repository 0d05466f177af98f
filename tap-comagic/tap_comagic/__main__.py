"""The program `tap-comagic`, also as `python -m tap_comagic`."""

import gc

# What loading modules makes stays to the end. The garbage collector would look through it again and again, at last when
# the program ends: a third of a start.
gc.disable()

from tap_comagic.tap import TapComagic  # noqa: E402 - this is the loading

gc.freeze()
gc.enable()


def main() -> None:
    """Run the command line."""
    TapComagic.cli()


if __name__ == "__main__":
    main()
