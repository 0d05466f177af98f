"""The Singer SDK's own tests for targets."""

from __future__ import annotations

import pathlib

import pytest
from singer_sdk.testing import get_target_test_class
from singer_sdk.testing.runners import TargetTestRunner
from target_duckdb.target import TargetDuckDB

SuiteBase = get_target_test_class(target_class=TargetDuckDB, config={})


class TestTargetDuckDB(SuiteBase):  # type: ignore[misc,valid-type]  # a class made at run time
    """Each test loads one of the SDK's files into a database of its own."""

    @pytest.fixture
    def runner(self, tmp_path: pathlib.Path) -> TargetTestRunner:
        return TargetTestRunner(target_class=TargetDuckDB, config={"path": str(tmp_path / "sdk.duckdb")})
