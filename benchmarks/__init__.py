"""Reproducible measurements of the connectors beside their peers: whole processes, one local server, the same data."""
