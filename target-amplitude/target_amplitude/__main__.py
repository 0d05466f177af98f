"""The program `target-amplitude`, also as `python -m target_amplitude`."""

import gc

# What loading modules makes stays to the end. The garbage collector would look through it again and again, at last when
# the program ends: a third of a start.
gc.disable()

from target_amplitude.target import TargetAmplitude  # noqa: E402 - this is the loading

gc.freeze()
gc.enable()


def main() -> None:
    """Run the command line."""
    TargetAmplitude.cli()


if __name__ == "__main__":
    main()
