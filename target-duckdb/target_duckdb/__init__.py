"""A Singer target for DuckDB."""
