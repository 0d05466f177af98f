"""Two ways for a row, one result, for schemas and rows that are generated."""

from __future__ import annotations

import typing as t
from unittest import mock

from hypothesis import given
from hypothesis import strategies as st
from singer_slices import answers, row_types
from slices_fake import Row, body_of, many
from slices_paths import ROWS_A_PAGE, Setting, both

SPEAKABLE = st.sampled_from(["a", "b", "c", "extra.key", "$id", "class", "_x", "имя", "q'", "f0", "UNSET"])
NAMES = st.integers(0, 19).flatmap(
    lambda dice: st.sampled_from(['q"', "back\\slash", "tab\t"]) if dice == 0 else SPEAKABLE
)
NEW_NAMES = st.sampled_from(["new", "other.new", "Ω", 'new"', "list[0]", "`tick`"])
SCALARS = st.sampled_from(
    [
        {"type": ["string", "null"]},
        {"type": "string", "format": "date-time"},
        {"type": ["string", "null"], "format": "date"},
        {"type": ["integer", "null"]},
        {"type": "number"},
        {"type": ["boolean", "null"]},
        {"type": ["object", "null"]},
        {"type": ["object", "null"], "additionalProperties": True},
        {"type": ["array", "null"]},
        {"type": ["string", "integer", "null"]},
        {},
    ]
)


def objects(parts: st.SearchStrategy[Row]) -> st.SearchStrategy[Row]:
    return st.builds(
        lambda properties, additional: {"type": ["object", "null"], "properties": properties, **additional},
        st.dictionaries(NAMES, parts, min_size=1, max_size=4),
        st.sampled_from([{}, {}, {"additionalProperties": False}, {"additionalProperties": True}]),
    )


SCHEMAS = st.recursive(
    SCALARS,
    lambda parts: objects(parts) | st.builds(lambda item: {"type": ["array", "null"], "items": item}, parts),
    max_leaves=8,
)
TEXTS = st.sampled_from(
    ["", "x", "5", " 7 ", "5.0", "true", "1e5", "привет", "a\nb", '"', "\u2028", "\x00", "😀", "2026-03-09", "null"]
)
TIMES = st.sampled_from(
    [
        "2026-03-09 10:00:00",
        "2026-03-09T10:00:00",
        "2026-03-09T10:00:00Z",
        "2026-03-09T10:00:00.123Z",
        "2026-03-09T11:59:00.123Z",
        "2026-03-09T10:60:00.123Z",
        "2026-03-09 10:00:00+05:00",
        "2026-03-09 24:00:00",
        "2026-03-09 10:60:00",
        "2026-02-30 10:00:00",
        "2026-W11-1T10:00:00",
        "20260309T100000",
        "2026-03-09x10:00:00",
        "1900-01-01 00:00:00",
        "٢٠٢٦-03-09 10:00:00",
        "0000-00-00 00:00:00",
        "2026-03-09",
        "2026-03-09 10",
    ]
)
NUMBERS = st.sampled_from([0, 1, -1, 5.0, 0.1, -0.0, 1e300, 2**53 + 1, 2**64, -(2**70), 10**40]) | st.integers()
ANYTHING = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS | TIMES,
    lambda parts: st.lists(parts, max_size=2) | st.dictionaries(NAMES | NEW_NAMES, parts, max_size=2),
    max_leaves=4,
)
ODD = st.sampled_from([float("nan"), float("inf"), "\ud83d", 10**400])


def kind_of(schema: Row) -> str:
    types = schema.get("type", [])
    kinds = [kind for kind in ([types] if isinstance(types, str) else types) if kind != "null"]
    return kinds[0] if len(kinds) == 1 else "any"


FITTING: dict[str, st.SearchStrategy[t.Any]] = {
    "string": TEXTS,
    "integer": st.integers() | st.sampled_from([2**53 + 1, 2**64, -(2**70)]),
    "number": NUMBERS,
    "boolean": st.booleans(),
}


def fitting(schema: Row) -> st.SearchStrategy[t.Any]:
    """Values that mostly are what the schema says."""
    kind = kind_of(schema)
    if kind == "array" and "items" in schema:
        return st.lists(values(schema["items"]), max_size=3)
    if kind == "object" and "properties" in schema:
        return rows_of(schema["properties"])
    if schema.get("format") == "date-time":
        return TIMES
    return FITTING.get(kind, ANYTHING)


def values(schema: Row) -> st.SearchStrategy[t.Any]:
    """Most fit, the others are null or something else."""
    return st.integers(0, 29).flatmap(lambda dice: st.none() | ANYTHING if dice == 0 else fitting(schema))


def rows_of(properties: Row) -> st.SearchStrategy[Row]:
    known = st.fixed_dictionaries({}, optional={name: values(schema) for name, schema in properties.items()})
    some = st.dictionaries(NEW_NAMES, ANYTHING, max_size=2)
    unknown = st.integers(0, 9).flatmap(lambda dice: some if dice == 0 else st.just({}))
    return st.builds(lambda a, b: {**b, **a}, known, unknown)


@st.composite
def breadcrumbs(draw: st.DrawFn, properties: Row) -> tuple[str, ...]:
    """The breadcrumb of a field, or of a part of one."""
    name = draw(st.sampled_from(sorted(properties)))
    below = properties[name].get("properties") if kind_of(properties[name]) == "object" else None
    rest = draw(breadcrumbs(below)) if below and draw(st.booleans()) else ()
    return ("properties", name, *rest)


@st.composite
def settings_(draw: st.DrawFn) -> Setting:
    """Everything at once."""
    properties = draw(st.dictionaries(NAMES, SCHEMAS, min_size=1, max_size=5))
    schema = {
        "type": "object",
        "properties": {
            "id": {"type": "integer"},
            "at": {"type": ["string", "null"], "format": "date-time"},
            "day": {"type": ["string", "null"], "format": "date"},
            **properties,
        },
    }
    lists = draw(st.lists(st.lists(rows_of(properties), min_size=ROWS_A_PAGE, max_size=ROWS_A_PAGE), max_size=3))
    pages = []
    for number, rows in enumerate(lists):
        for place, row in enumerate(rows):
            row["id"] = number * ROWS_A_PAGE + place + draw(st.sampled_from([0, 0, 0, 1]))  # some come twice
            at = draw(st.sampled_from(["2026-03-09 10:00:00", "2026-03-09 23:59:59", "2026-03-09T00:00:00", None]))
            row["at"] = at
        if draw(st.integers(0, 9)) == 0:
            rows[0]["a"] = draw(ODD)
        pages.append(body_of(rows, None, ensure_ascii=draw(st.booleans())))
    config: Row = {}
    if draw(st.booleans()):
        config["unknown_fields"] = "keep"
    if draw(st.booleans()):
        config["account_id"] = "shop"
    if draw(st.integers(0, 2)) == 0:
        names = [name for name in properties if "." not in name]
        config |= {"hash_fields": names[:1], "hash_salt": "salt"} if names else {}
    deselected = draw(st.lists(breadcrumbs({**properties, "day": {}}), max_size=2)) if draw(st.booleans()) else []
    return Setting(schema, pages, config, tuple(deselected))


@given(setting=settings_(), patience=st.sampled_from([1, 2, 10]), chunk=st.sampled_from([1, 80, 2**16]))
@many(400)
def test_both_paths_give_the_same(setting: Setting, patience: int, chunk: int) -> None:
    with mock.patch.object(row_types, "PATIENCE", patience), mock.patch.object(answers, "CHUNK_BYTES", chunk):
        both(setting)
