"""`python -m tap_genesys`."""

from tap_genesys.tap import TapGenesys

TapGenesys.cli()
