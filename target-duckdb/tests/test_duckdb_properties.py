"""What goes in comes out equal, for any records of a typed schema, in any order and any cut into batches."""

from __future__ import annotations

import datetime as dt
import json
import pathlib
import tempfile
import typing as t

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

MOMENTS = st.datetimes(
    min_value=dt.datetime(2, 1, 1),  # noqa: DTZ001 - hypothesis adds the zone
    max_value=dt.datetime(9998, 12, 31),  # noqa: DTZ001 - as above
    timezones=st.integers(-14 * 60, 14 * 60).map(lambda minutes: dt.timezone(dt.timedelta(minutes=minutes))),
)
TEXT = st.text(st.characters(exclude_categories=["Cs"]))
JSON_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)
FIELDS: dict[str, tuple[dict[str, t.Any], st.SearchStrategy[t.Any]]] = {
    "i": ({"type": ["integer", "null"]}, st.integers(-(2**63), 2**63 - 1)),
    "n": ({"type": ["number", "null"]}, st.floats(allow_nan=False, allow_infinity=False)),
    "b": ({"type": ["boolean", "null"]}, st.booleans()),
    "s": ({"type": ["string", "null"]}, TEXT),
    "m": ({"type": ["string", "null"], "format": "date-time"}, MOMENTS.map(dt.datetime.isoformat)),
    "d": ({"type": ["string", "null"], "format": "date"}, st.dates().map(dt.date.isoformat)),
    "o": ({"type": ["object", "null"]}, st.dictionaries(TEXT, JSON_VALUES, max_size=3)),
    "a": ({"type": ["array", "null"]}, st.lists(JSON_VALUES, max_size=3)),
}
RECORDS = st.lists(
    st.fixed_dictionaries(
        {"id": st.integers(0, 6)},
        optional={name: st.none() | values for name, (_, values) in FIELDS.items()},
    ),
    max_size=12,
)


def expected(record: dict[str, t.Any]) -> dict[str, t.Any]:
    row = {name: record.get(name) for name in ("id", *FIELDS)}
    moment = row["m"]
    return row | {"m": None if moment is None else dt.datetime.fromisoformat(moment).astimezone(dt.UTC)}


def found(row: tuple[t.Any, ...]) -> dict[str, t.Any]:
    values = dict(zip(("id", *FIELDS), row, strict=True))
    for name in ("o", "a"):
        values[name] = None if values[name] is None else json.loads(values[name])
    return values | {"d": values["d"] and values["d"].isoformat()}


@given(records=RECORDS, size=st.integers(1, 13), keyed=st.booleans(), ascii_only=st.booleans())
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_goes_in_comes_out(
    warehouse: t.Any, records: list[dict[str, t.Any]], size: int, keyed: bool, ascii_only: bool
) -> None:
    properties = {"id": {"type": "integer"}, **{name: schema for name, (schema, _) in FIELDS.items()}}
    lines = [
        json.dumps({"type": "RECORD", "stream": "t", "record": record}, ensure_ascii=ascii_only).encode()
        for record in records
    ]
    schema = {"type": "SCHEMA", "stream": "t", "schema": {"properties": properties}, "key_properties": ["id"] * keyed}
    with tempfile.TemporaryDirectory() as folder:
        place = type(warehouse)(pathlib.Path(folder))
        outcome = place.load(schema, *lines, batch_size_rows=size)
        assert outcome.code == 0, outcome.error
        rows = [found(row) for row in place.query("SELECT * FROM t ORDER BY rowid")]
    if keyed:
        rows.sort(key=lambda row: row["id"])
        records = [record for _, record in sorted({record["id"]: record for record in records}.items())]
    assert rows == [expected(record) for record in records]
