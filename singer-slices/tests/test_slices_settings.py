"""What leaves by settings and catalog: hashing, selection, and what the SDK does for every tap."""

from __future__ import annotations

import copy
import gzip
import json
import typing as t
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from singer_sdk.exceptions import ConfigValidationError
from singer_sdk.testing import SuiteConfig, get_tap_test_class
from singer_slices import StreamFailedError, StreamRefusedError
from slices_fake import (
    NOW,
    RECORD,
    ROW,
    Events,
    Row,
    Things,
    Vendor,
    event,
    failing,
    refusing,
    run,
    start,
    tap_class,
    things,
)

VERSION = int(NOW.timestamp())
# Hashing


def test_hashed_fields_are_text_in_schema_and_record() -> None:
    options: Row = {"hash_fields": ["events.phone", "tags.name", "words"], "hash_salt": "a salt of mine"}
    done = run(Vendor([ROW]), **options)
    [record] = done.records()
    assert record["phone"] != "79261234567"
    assert (len(record["phone"]), len(record["tags"][0]["name"]), record["tags"][0]["id"]) == (64, 64, 3)
    assert (len(record["words"][0]), record["words"][1]) == (64, None)
    fields = done.schema()["schema"]["properties"]
    assert fields["phone"]["type"] == ["string", "null"]
    assert fields["tags"]["items"]["properties"]["name"]["type"] == ["string", "null"]
    assert run(Vendor([{**ROW, "phone": "79261234567"}]), **options).records() == [record]


@pytest.mark.parametrize(
    ("settings", "text"),
    [
        ({"hash_fields": ["phone"]}, "hash_fields needs hash_salt"),
        ({"hash_fields": ["fone"], "hash_salt": "salt"}, "hash_fields: no stream has a field 'fone'"),
        ({"hash_fields": ["things.phone"], "hash_salt": "salt"}, "no stream has a field 'things.phone'"),
        ({"hash_fields": ["at"], "hash_salt": "salt"}, "hash_fields: 'at' is the time of events"),
    ],
)
def test_hash_settings_that_cannot_be(settings: Row, text: str) -> None:
    with pytest.raises(ConfigValidationError) as caught:
        start(Vendor(), **settings)
    assert text in "\n".join(caught.value.errors)


# Catalogs and selection


def catalog_of(vendor: Vendor, **config: t.Any) -> Row:
    return t.cast("Row", copy.deepcopy(start(vendor, only=Events, **config).catalog_dict))


def deselect(catalog: Row, *names: str) -> Row:
    for entry in catalog["streams"][0]["metadata"]:
        if entry["breadcrumb"] and entry["breadcrumb"][-1] in names:
            entry["metadata"]["selected"] = False
    return catalog


def select(catalog: Row) -> Row:
    for entry in catalog["streams"][0]["metadata"]:
        if not entry["breadcrumb"]:
            entry["metadata"]["selected"] = True
    return catalog


def test_deselected_fields_leave_record_and_schema_but_derived_ones_and_keys_stay() -> None:
    vendor = Vendor([ROW])
    done = run(vendor, catalog=deselect(catalog_of(vendor), "id", "at", "phone", "tags"))
    gone = {"phone", "tags"}
    assert done.records() == [{name: value for name, value in RECORD.items() if name not in gone}]
    assert set(done.schema()["schema"]["properties"]) == {"id", "at", "price", "lost", "day", "words"}


def test_deselected_stream_is_not_read() -> None:
    vendor = Vendor([ROW])
    catalog = catalog_of(vendor)
    for entry in catalog["streams"][0]["metadata"]:
        if not entry["breadcrumb"]:
            entry["metadata"]["selected"] = False
    done = run(vendor, catalog=catalog)
    assert (done.exit_code, done.lines, vendor.asked) == (0, [], [])


def test_catalog_of_an_older_version_gets_the_fields_that_records_hold() -> None:
    vendor = Vendor([ROW])
    catalog = catalog_of(vendor)
    entry = catalog["streams"][0]
    for name in ("phone", "words"):
        del entry["schema"]["properties"][name]
    entry["metadata"] = [part for part in entry["metadata"] if part["breadcrumb"][-1:] not in (["phone"], ["words"])]
    entry["schema"]["properties"]["gone"] = {"type": ["string", "null"]}
    done = run(vendor, catalog=select(catalog))
    assert done.records() == [RECORD]
    assert set(done.schema()["schema"]["properties"]) == {*RECORD, "gone"}


def test_types_of_the_catalog_are_those_of_the_records() -> None:
    """Meltano's `schema` extra changes a type in the catalog; SCHEMA and RECORD must agree."""
    vendor = Vendor([ROW])
    catalog = catalog_of(vendor)
    catalog["streams"][0]["schema"]["properties"]["tags"] = {"type": ["string", "null"]}
    done = run(vendor, catalog=select(catalog))
    assert done.records()[0]["tags"] == '[{"id":"3","name":"vip","new":1}]'
    assert done.schema()["schema"]["properties"]["tags"] == {"type": ["string", "null"]}


def test_keys_label_and_hashes_stay_ours_with_a_foreign_catalog() -> None:
    vendor = Vendor([ROW])
    catalog = select(deselect(catalog_of(vendor), "id"))
    entry = catalog["streams"][0]
    entry.update(key_properties=["phone"], replication_key=None, replication_method=None)
    for part in entry["metadata"]:
        part["metadata"].pop("inclusion", None)
        for name in ("table-key-properties", "replication-key", "forced-replication-method"):
            part["metadata"].pop(name, None)
    done = run(vendor, catalog=catalog, account_id="north", hash_fields=["phone"], hash_salt="a salt")
    [record] = done.records()
    assert (record["account_id"], record["id"], len(record["phone"])) == ("north", 1, 64)
    schema = done.schema()
    assert (schema["key_properties"], schema["bookmark_properties"]) == (["account_id", "id"], ["at"])
    assert schema["schema"]["properties"]["phone"]["type"] == ["string", "null"]
    assert done.states[-1]["bookmarks"]["events"]["replication_key_value"] == "2026-03-10T14:50:00+03:00"


def test_discovered_catalog_gives_the_same_run() -> None:
    vendor = Vendor([ROW])
    plain = run(vendor, account_id="north", unknown_fields="keep")
    catalog = catalog_of(vendor, account_id="north", unknown_fields="keep")
    assert run(vendor, catalog=catalog, account_id="north", unknown_fields="keep").lines == plain.lines


# What the SDK does for every tap


def test_stream_maps_rename_drop_compute_and_filter() -> None:
    row = {**ROW, "id": 2, "at": "2026-03-08 10:00:00", "lost": 1}
    done = run(
        Vendor([ROW, row]),
        stream_maps={"events": {"__alias__": "calls", "phone": "__NULL__", "twice": "id * 2", "__filter__": "lost"}},
        stream_map_config={},
    )
    kept = {name: value for name, value in RECORD.items() if name != "phone"}
    assert done.records("calls") == [{**kept, "id": 2, "at": "2026-03-08T10:00:00+03:00", "lost": True, "twice": 4}]
    assert "phone" not in done.schema("calls")["schema"]["properties"]
    assert done.states[-1]["bookmarks"]["events"]["replication_key_value"] == "2026-03-10T14:50:00+03:00"


def test_flattening() -> None:
    nested = {"type": "object", "properties": {"a": {"type": "integer"}, "b": {"type": "object", "properties": {}}}}

    class Nested(Events):
        @classmethod
        def schema_of(cls, config: t.Mapping[str, t.Any]) -> Row:
            schema = super().schema_of(config)
            return {**schema, "properties": {**schema["properties"], "box": nested}}

    row = event(1, "2026-03-08 09:00:00", box={"a": "5"})
    done = run(Vendor([row]), only=Nested, flattening_enabled=True, flattening_max_depth=1)
    assert done.records() == [{"id": 1, "at": "2026-03-08T09:00:00+03:00", "box__a": 5, "day": "2026-03-08"}]
    assert done.schema()["schema"]["properties"]["box__a"]["type"] == "integer"


def test_removed_list_activates_nothing() -> None:
    done = run(Vendor(things=things(1)), only=Things, stream_maps={"things": None})
    assert done.order == ["STATE"]


def test_batch_names_its_file_before_the_state_that_covers_it(tmp_path: Path) -> None:
    vendor = Vendor([event(n, f"2026-03-{8 + n // 2:02d} 10:00:00") for n in range(5)])
    done = run(
        vendor,
        batch_config={
            "encoding": {"format": "jsonl", "compression": "gzip"},
            "storage": {"root": tmp_path.as_uri()},
            "batch_size": 3,
        },
    )
    assert done.exit_code == 0
    assert done.order == ["SCHEMA", "BATCH", "STATE", "BATCH", "STATE"]
    covered: list[int] = []
    for message in done.messages:
        if message["type"] == "BATCH":
            for address in message["manifest"]:
                lines = gzip.decompress(Path(urlsplit(address).path).read_bytes()).splitlines()
                covered += [json.loads(line)["id"] for line in lines]
        if message["type"] == "STATE":
            until = message["value"]["bookmarks"]["events"]["replication_key_value"]
            assert {row["id"] for row in vendor.events if row["at"] < until.replace("T", " ")} <= set(covered)
    assert covered == [0, 1, 2, 3, 4]


def test_dry_run_stops_after_its_rows_and_activates_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    tap = start(Vendor([ROW, {**ROW, "id": 2}], things(1, 2)))
    assert tap.run_sync_dry_run(dry_run_record_limit=1)
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(m["stream"], m["record"]["id"]) for m in lines if m["type"] == "RECORD"] == [("events", 1), ("things", 1)]
    assert "ACTIVATE_VERSION" not in {m["type"] for m in lines}


@pytest.mark.parametrize("stream", ["events", "things"])
def test_dry_run_lets_failures_through(stream: str) -> None:
    tap = start(Vendor([ROW], things(1), refuse=refusing(stream, StreamFailedError("broken"))))
    with pytest.raises(StreamFailedError, match="broken"):
        tap.run_connection_test()


def test_dry_run_passes_over_what_is_known_to_be_unavailable() -> None:
    vendor = Vendor([ROW], things(1), refuse=refusing("things", StreamRefusedError("no")))
    assert start(vendor, known_unavailable=["things"]).run_connection_test()


def test_callers_settings_are_not_written_into() -> None:
    config: Row = {"start_date": "2026-03-08"}
    tap_class(Vendor())(config=config)
    assert config == {"start_date": "2026-03-08"}


def test_probes_name_what_may_not_be_read(capsys: pytest.CaptureFixture[str]) -> None:
    vendor = Vendor([ROW], things(1), refuse=refusing("things", StreamRefusedError("no right")))
    assert start(vendor).probe_all() == 3
    assert len(vendor.asked) == 2
    assert "! things: no right" in capsys.readouterr().err
    vendor.refuse = lambda ask: None
    assert start(vendor).probe_all() == 0
    vendor.refuse = refusing("things", StreamRefusedError("no right"))
    assert start(vendor, known_unavailable=["things"]).probe_all() == 0
    assert start(vendor, only=Things).probe_all() == 2
    assert capsys.readouterr().out == ""


def test_fault_in_a_probe_is_the_streams() -> None:
    vendor = Vendor(faults={0: failing(StreamFailedError("down"))})
    tap = start(vendor)
    assert tap.probe_all() == 3
    assert [part.status for part in tap.summary.streams] == ["failed", "complete"]


TestSdkSuite = get_tap_test_class(
    tap_class(Vendor([{**ROW, "words": ["a"]}], things(1))),
    config={"start_date": "2026-03-08"},
    suite_config=SuiteConfig(max_records_limit=5),
)
