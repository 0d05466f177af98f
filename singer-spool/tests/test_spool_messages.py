from __future__ import annotations

import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from singer_spool.messages import decode, malformed, mend, shape


def test_the_record_stays_exactly_the_bytes_that_came() -> None:
    message = decode(
        b'{"type":"RECORD","stream":"a","record": {"n": 1.10, "big":123456789012345678901234567890} ,"x":[1]}'
    )
    assert bytes(message.record) == b'{"n": 1.10, "big":123456789012345678901234567890}'
    assert (message.type, message.stream, message.version) == ("RECORD", "a", None)


@pytest.mark.parametrize(
    ("line", "mended"),
    [
        (b'{"a":NaN,"b":-Infinity,"c":[Infinity]}', b'{"a":null,"b":null,"c":[null]}'),
        (b'{"a":"NaN and \\" Infinity","b":NaN}', b'{"a":"NaN and \\" Infinity","b":null}'),
        (b'{"a":"cut \\ud83d"}', b'{"a":"cut \\ufffd"}'),
        (b'{"a":"\\uDE00 \\ud83d\\ude00 \\ud83dx"}', b'{"a":"\\ufffd \\ud83d\\ude00 \\ufffdx"}'),
        (b'{"a":"a backslash \\\\ud83d"}', b'{"a":"a backslash \\\\ud83d"}'),
        (b'\xef\xbb\xbf{"a":1}', b'{"a":1}'),
    ],
)
def test_mending(line: bytes, mended: bytes) -> None:
    assert mend(line) == mended
    msgspec.json.decode(mended)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_mending_leaves_sound_json_alone(value: object) -> None:
    for ascii_only in (True, False):
        try:
            line = json.dumps(value, ensure_ascii=ascii_only).encode()
        except UnicodeEncodeError:
            continue
        assert mend(line) == line


def test_a_malformed_line_is_shown_without_its_values() -> None:
    line = b'{"type":"RECORD","stream":"calls","record":{"phone":"+7 495 123","name":"Ivan \xd0\x98'
    error = str(malformed(line, 17, "cut off"))
    assert "Line 17" in error
    assert '"type":"RECORD","stream":"calls"' in error
    assert '"xxxxx":"+0 000 000","xxxx":"xxxx x' in error
    assert "Ivan" not in error
    assert "495" not in error


def test_only_the_start_of_a_long_line_is_shown() -> None:
    assert len(shape(b'"' + b"a" * 10_000)) == 121
