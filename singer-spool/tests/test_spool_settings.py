from __future__ import annotations

import json
import logging
import pathlib
import typing as t

import pytest
from singer_sdk.exceptions import ConfigValidationError
from singer_spool.errors import ConfigurationError
from singer_spool.redaction import RedactingFormatter, Redactor, secret_values
from singer_spool.settings import FOREIGN_SETTINGS, settings_errors
from singer_spool.target import read_config

SCHEMA = {
    "type": "object",
    "required": ["path"],
    "properties": {
        "path": {"type": "string"},
        "batch_size_rows": {"type": ["integer", "null"], "minimum": 1, "default": 10},
        "nested": {"type": "string", "enum": ["json", "struct"]},
        "password": {"type": "string", "secret": True, "minLength": 30},
        "streams": {"type": "object", "additionalProperties": {"type": "object", "required": ["type"]}},
    },
}


@pytest.mark.parametrize(
    ("config", "errors"),
    [
        ({"path": "x"}, []),
        ({"path": "x", "validate_records": False, "load_method": "upsert", "stream_maps": {}}, []),
        ({}, ["setting 'path' is required and not given"]),
        ({"path": None}, ["setting 'path' is required and not given"]),
        ({"path": "x", "batch_size_row": 1}, ["unknown setting 'batch_size_row'; did you mean 'batch_size_rows'?"]),
        (
            {"path": "x", "zzz": 1},
            ["unknown setting 'zzz'; known settings: batch_size_rows, nested, password, path, streams"],
        ),
        ({"path": 7, "batch_size_rows": "9"},
         ["setting 'path' must be string, not integer", "setting 'batch_size_rows' must be integer, not string"]),
        ({"path": "x", "batch_size_rows": True}, ["setting 'batch_size_rows' must be integer, not boolean"]),
        ({"path": "x", "batch_size_rows": 0}, ["setting 'batch_size_rows': 0 is less than the minimum of 1"]),
        ({"path": "x", "nested": "xml"}, ["setting 'nested' must be one of 'json', 'struct'"]),
        ({"path": "x", "password": "hunter22"}, ["setting 'password' does not fit its description (minLength)"]),
        ({"path": "x", "streams": {"calls": {}}}, ["setting 'streams.calls.type' is required and not given"]),
        (
            {"path": "x", "load_method": "overwrite"},
            [f"setting 'load_method' is not supported by this target: {FOREIGN_SETTINGS['load_method']}"],
        ),
    ],
)  # fmt: skip
def test_one_clear_line_per_error(config: dict[str, t.Any], errors: list[str]) -> None:
    assert settings_errors(config, SCHEMA) == errors


def test_defaults_are_filled_in_and_foreign_settings_dropped() -> None:
    config = {"path": "x", "validate_records": True}
    settings_errors(config, SCHEMA)
    assert config == {"path": "x", "batch_size_rows": 10}


def test_a_target_refuses_bad_settings(memory_target: t.Any) -> None:
    with pytest.raises(ConfigValidationError) as caught:
        memory_target(config={"sizes": 1})
    assert list(caught.value.errors) == ["unknown setting 'sizes'; did you mean 'size'?"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "cannot be read: No such file or directory"),
        (b"{", "is not JSON: Expecting property name enclosed in double quotes in line 1, column 2"),
        (b"[]", "must hold a JSON object"),
        (b"\xff", "is not UTF-8"),
    ],
)
def test_broken_configuration_files(tmp_path: pathlib.Path, content: bytes | None, message: str) -> None:
    path = tmp_path / "config.json"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ConfigurationError, match=message):
        read_config(str(path))


def test_secrets_are_found_at_any_depth() -> None:
    schema = {
        "properties": {
            "password": {"secret": True},
            "plain": {},
            "pages": {"items": {"properties": {"token": {"writeOnly": True}, "id": {}}}},
            "keys": {"secret": True},
        }
    }
    config = {
        "password": "p-1",
        "plain": "open",
        "pages": [{"token": "t-1", "id": "i"}, {"token": "t-2"}],
        "keys": {"a": ["k-1", 5]},
    }
    assert list(secret_values(schema, config)) == ["p-1", "t-1", "t-2", "k-1", "5"]


def test_every_spelling_of_a_secret_is_masked() -> None:
    secret = 'a/b "c\\d é'
    redactor = Redactor([secret, "a/b "])
    for text in (
        secret,
        json.dumps({"x": secret}),
        json.dumps({"x": secret}, ensure_ascii=False),
        repr({"x": secret}),
        "u=a%2Fb%20%22c%5Cd%20%C3%A9",
        "u=a%2Fb+%22c%5Cd+%C3%A9",
    ):
        masked = redactor(text)
        assert "c" not in masked.replace("\\u00e9", "")
        assert "***" in masked


def test_short_values_are_no_secrets() -> None:
    assert Redactor(["", "abc"])("abc 1") == "abc 1"


def test_exceptions_in_the_log_are_redacted() -> None:
    formatter = RedactingFormatter(logging.Formatter("%(message)s"), Redactor(["s3cret-token"]))
    error = ValueError("got s3cret-token back")
    record = logging.LogRecord("x", logging.ERROR, "f", 1, "asked %s", ("s3cret-token",), (ValueError, error, None))
    text = formatter.format(record)
    assert "s3cret-token" not in text
    assert "asked ***" in text
    assert "ValueError: got *** back" in text
