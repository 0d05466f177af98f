"""What the loader learns of records on their way into the spool, in blocks or one by one, must give the same table."""

from __future__ import annotations

import json
import typing as t

import pytest

FIELDS: dict[str, dict[str, t.Any]] = {
    "id": {"type": "integer"},
    "i": {"type": ["integer", "null"]},
    "d": {"type": ["number", "null"], "multipleOf": 1e-12},
    "n": {"type": ["number", "null"]},
    "j": {"type": ["object", "null"]},
    "text": {"type": "string"},
}
SCHEMA = {"type": "SCHEMA", "stream": "t", "schema": {"properties": FIELDS}, "key_properties": ["id"]}
ROWS = 400
#: Some hundred of these make several blocks of input.
FILLER = "x" * 2000
ODD: dict[str, dict[int, str]] = {
    "nothing odd": {},
    "fields without a column": {place: f'"more":{place},"od\\"d":null' for place in (5, 150, 151, 399)},
    "a value of another type": {150: '"i":7.0'},
    "a whole number beyond 64 bits": {150: '"i":123456789012345678901', 320: '"i":-5'},
    "long numbers": {151: '"n":0.12345678901234567890,"j":{"a":1234567890.12345678901}', 390: '"d":12.000000000001'},
    "fields of the metadata": {150: '"_sdc_sequence":5,"_sdc_extracted_at":"2020-01-01T00:00:00Z"'},
    "no fields but the key's": {150: ""},
}


def lines(odd: dict[int, str], *, alike: bool) -> list[bytes]:
    """RECORDs of four hundred rows; with different envelopes unless they are to be alike."""
    made = []
    for place in range(ROWS):
        more = odd.get(place, f'"i":{place},"n":{place}.5')
        fields = ",".join(part for part in (f'"id":{place % 390}', more, f'"text":"{FILLER}"') if part)
        second = 0 if alike else place % 2
        extracted = f'"time_extracted":"2026-03-01T10:00:0{second}Z"'
        made.append(f'{{"type":"RECORD","stream":"t","record":{{{fields}}},{extracted}}}'.encode())
    return made


@pytest.mark.parametrize("metadata", [False, True])
@pytest.mark.parametrize("odd", ODD.values(), ids=ODD.keys())
def test_blocks_and_single_records_make_the_same_table(
    tmp_path_factory: pytest.TempPathFactory, make_warehouse: t.Any, odd: dict[int, str], metadata: bool
) -> None:
    found = []
    for alike in (True, False):
        warehouse = make_warehouse(tmp_path_factory.mktemp("warehouse"))
        settings = {"batch_size_rows": 120, "add_record_metadata": metadata}
        outcome = warehouse.load(json.dumps(SCHEMA).encode(), *lines(odd, alike=alike), **settings)
        assert outcome.code == 0, outcome.error
        unknown = outcome.summary["streams"][0].get("unknown_fields")
        rows = warehouse.query("SELECT id, i::VARCHAR, d::VARCHAR, n::VARCHAR, j::VARCHAR FROM t ORDER BY id")
        found.append((rows, warehouse.types(), unknown))
    assert found[0] == found[1]
    rows, _, unknown = found[0]
    assert len(rows) == 390
    expected = {"more": 4, 'od"d': 4} if "more" in odd.get(5, "") else None
    if not metadata and "_sdc_" in odd.get(150, ""):
        expected = None
    assert unknown == expected
    if "123456789012345678901" in odd.get(150, ""):
        assert rows[150][1] == "123456789012345678901"
        assert rows[320][1] == "-5"
    if 151 in odd and "0.1234" in odd[151]:
        assert rows[151][3:] == ("0.12345678901234568", '{"a":1234567890.12345678901}')
        assert rows[0][2] == "12.000000000001", "390 % 390: it came last"
