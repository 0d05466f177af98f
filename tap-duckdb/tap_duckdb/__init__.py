"""Singer tap for DuckDB: reads tables and marts back, incrementally, for reverse syncs."""

from __future__ import annotations

from tap_duckdb.tap import TapDuckDB

__all__ = ["TapDuckDB"]
