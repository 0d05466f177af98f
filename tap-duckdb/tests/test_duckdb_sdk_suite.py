"""The Singer SDK's own tests of a tap, on a file with a table and a view."""

from __future__ import annotations

import atexit
import tempfile
from pathlib import Path

import duckdb
from singer_sdk.testing import SuiteConfig, get_tap_test_class
from tap_duckdb.tap import TapDuckDB

# The suite wants its settings when this file is imported, before any fixture.
_FOLDER = tempfile.TemporaryDirectory(prefix="tap-duckdb-")
atexit.register(_FOLDER.cleanup)
_PATH = Path(_FOLDER.name) / "warehouse.duckdb"
with duckdb.connect(str(_PATH)) as _connection:
    _connection.execute("""
        CREATE SCHEMA marts;
        CREATE TABLE marts.profiles AS
            SELECT 'p-' || range AS user_id, range AS calls, 1.5::DECIMAL(9,2) AS amount, range % 2 = 0 AS lost,
                DATE '2026-03-01' AS day, TIMESTAMPTZ '2026-03-01 00:00:00+00' + to_seconds(range) AS updated_at,
                ['a', 'b'] AS tags, {'city': 'Omsk'} AS place, '{"a": 1}'::JSON AS raw
            FROM range(20);
        CREATE VIEW marts.totals AS SELECT day, count(*) AS profiles FROM marts.profiles GROUP BY day;
    """)

TestTapDuckDB = get_tap_test_class(
    tap_class=TapDuckDB,
    config={
        "path": str(_PATH),
        "tables": [
            {"table": "marts.profiles", "key": "user_id", "replication_key": "updated_at"},
            {"table": "marts.totals", "key": ["day"]},
        ],
    },
    suite_config=SuiteConfig(),
)
