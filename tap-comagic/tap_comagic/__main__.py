"""`python -m tap_comagic` is `tap-comagic`."""

from tap_comagic.tap import TapComagic

TapComagic.cli()
