"""The Singer SDK's own tests for targets, delivered to the sandbox."""

from __future__ import annotations

import typing as t

import pytest
from sandbox.testing import AMPLITUDE_API_KEY, SandboxProcess
from singer_sdk.testing import SuiteConfig, get_target_test_class
from singer_sdk.testing.runners import TargetTestRunner
from singer_sdk.testing.suites import SingerTestSuite, target_tests
from singer_sdk.testing.target_tests import TargetRecordMissingKeyProperty, TargetSchemaNoProperties
from target_amplitude.target import TargetAmplitude

if t.TYPE_CHECKING:
    from pathlib import Path

COLUMNS = {
    "test_array_data": ["fruits"],
    "test_duplicate_records": ["metric"],
    "test_strings": ["info"],
    "test_strings_in_arrays": ["strings"],
    "test_strings_in_objects": ["info"],
    "test_no_pk": ["metric"],
    "test_optional_attributes": ["optional"],
    "example_stream": ["name", "email"],
    "test_record_before_schema": ["metric"],
    "record_missing_fields": ["optional"],
    "test_schema_updates": ["a1"],
}
KEYS = {"TestCamelcase": "Id", "ForecastingTypeToCategory": "Id", "test:SpecialChars!in?attributes": "_id"}
VALUES = {
    "TestCamelcase": ["clientName"],
    "ForecastingTypeToCategory": ["CreatedDate", "IsDeleted"],
    "test:SpecialChars!in?attributes": ["d"],
}


def mapping(stream: str) -> dict[str, t.Any]:
    return {
        "type": "identify",
        "user_id": KEYS.get(stream, "id"),
        "user_properties": [*COLUMNS.get(stream, []), *VALUES.get(stream, [])],
    }


# Left out: a record without its Singer key still has a fate here (the mapping's id decides), and a stream without
# columns has nothing that could be mapped.
SUITE: SingerTestSuite[t.Any] = SingerTestSuite(
    kind="target",
    tests=[
        test for test in target_tests.tests if test not in {TargetRecordMissingKeyProperty, TargetSchemaNoProperties}
    ],
)
SuiteBase = get_target_test_class(
    TargetAmplitude,
    config={},
    custom_suites=[SUITE],
    suite_config=SuiteConfig(),
    include_target_tests=False,
)


class TestTargetAmplitude(SuiteBase):  # type: ignore[misc,valid-type]  # a class made at run time
    """Each test delivers one of the SDK's files."""

    @pytest.fixture
    def runner(self, tmp_path: Path, sandbox: SandboxProcess) -> TargetTestRunner:
        config = {
            "api_key": AMPLITUDE_API_KEY,
            "api_url": sandbox.amplitude_url,
            "streams": {stream: mapping(stream) for stream in (*COLUMNS, *VALUES)},
            "min_id_length": 1,
            "dead_letter_path": str(tmp_path / "dead.jsonl"),
        }
        return TargetTestRunner(target_class=TargetAmplitude, config=config)
