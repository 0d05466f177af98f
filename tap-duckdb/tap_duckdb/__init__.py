"""Singer tap for DuckDB: reads tables and marts back, incrementally, for reverse syncs."""
