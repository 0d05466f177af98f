"""The connection that every load uses."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

SETTING = """
import sys
from target_duckdb.session import Database
with Database(sys.argv[1]).connection() as connection:
    print(connection.execute("SELECT current_setting('enable_progress_bar')").fetchone())
"""


def test_nothing_but_state_goes_to_standard_output(tmp_path: Path) -> None:
    """DuckDB draws a progress bar where Python was started without a script, as `python -m` does."""
    command = [sys.executable, "-c", SETTING, str(tmp_path / "w.duckdb")]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == "(False,)\n"
