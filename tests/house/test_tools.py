"""The generators' rules, on small inputs."""

from __future__ import annotations

import importlib.util
import tomllib
import typing as t
from pathlib import Path

import pytest

from tools import environments, generated, release
from tools.settings import meltano_settings

ROOT = Path(__file__).resolve().parents[2]


def one(definition: dict[str, t.Any], name: str = "setting") -> dict[str, t.Any]:
    (setting,) = meltano_settings({"properties": {name: definition}})
    return setting


@pytest.mark.parametrize(
    ("definition", "kind"),
    [
        ({"type": ["string", "null"]}, "string"),
        ({"type": "integer"}, "integer"),
        ({"type": ["number", "null"]}, "integer"),
        ({"type": ["boolean", "null"]}, "boolean"),
        ({"type": ["array", "null"], "items": {"type": "string"}}, "array"),
        ({"type": ["object", "null"], "additionalProperties": True}, "object"),
        ({"type": ["string", "null"], "format": "date-time"}, "date_iso8601"),
        ({"type": ["string", "null"], "secret": True}, "password"),
        ({"type": ["integer", "object", "null"]}, "integer"),
        ({"type": ["integer", "string"]}, "string"),
        ({"anyOf": [{"type": "integer"}, {"type": "object"}, {"type": "null"}]}, "integer"),
        ({}, "string"),
    ],
)
def test_kinds(definition: dict[str, t.Any], kind: str) -> None:
    assert one(definition)["kind"] == kind


def test_a_whole_setting() -> None:
    definition = {
        "type": ["string", "null"],
        "enum": ["now", "last_complete_day", None],
        "default": "now",
        "title": "Sync Until",
        "description": "Where a run ends:\n  now, or the last day.",
    }
    assert one(definition, "sync_until") == {
        "name": "sync_until",
        "label": "Sync Until",
        "description": "Where a run ends: now, or the last day.",
        "kind": "options",
        "options": [
            {"label": "Now", "value": "now"},
            {"label": "Last Complete Day", "value": "last_complete_day"},
        ],
        "value": "now",
    }


def test_start_date_is_a_date_whatever_its_format_and_shows_no_default() -> None:
    setting = one({"type": ["string", "null"], "default": "2026-01-01"}, "start_date")
    assert (setting["kind"], "value" in setting) == ("date_iso8601", False)


def test_a_name_that_sounds_secret_is_not_masked() -> None:
    assert "sensitive" not in one({"type": "string"}, "sip_package_id")


def test_nested_settings_get_dotted_names_and_maps_do_not() -> None:
    inner = {"type": "object", "properties": {"seed": {"type": "integer"}}}
    schema = {"properties": {"faker_config": inner, "stream_maps": inner, "b": {"type": "string"}}}
    assert [setting["name"] for setting in meltano_settings(schema)] == ["b", "faker_config.seed", "stream_maps"]


TEXT = """before
  # begin generated: settings of a (by a tool)
  old
    # end generated: settings of a
after
"""


def test_a_generated_part_is_replaced_at_its_indentation_and_again_alike() -> None:
    made = generated.replace_part(TEXT, "settings of a", "x:\n\n- y", where="file")
    assert made.splitlines() == [
        "before",
        "  # begin generated: settings of a (by a tool)",
        "  x:",
        "",
        "  - y",
        "    # end generated: settings of a",
        "after",
    ]
    assert generated.replace_part(made, "settings of a", "x:\n\n- y", where="file") == made


@pytest.mark.parametrize("text", ["", TEXT + TEXT, TEXT.replace("end", "and")])
def test_a_missing_or_doubled_place_is_named(text: str) -> None:
    with pytest.raises(ValueError, match="README of a should hold"):
        generated.replace_part(text, "settings of a", "x", where="README of a")


def test_differences_show_what_to_change(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(generated, "ROOT", tmp_path)
    (tmp_path / "a.txt").write_text("one\n", encoding="utf-8")
    assert generated.differences({tmp_path / "a.txt": "one\n"}) == ""
    files = {tmp_path / "a.txt": "two\n", tmp_path / "new" / "b.txt": "three\n"}
    assert [line for line in generated.differences(files).splitlines() if line[1:] in {"one", "two", "three"}] == [
        "-one",
        "+two",
        "+three",
    ]
    assert generated.write(files) == 0
    assert generated.differences(files) == ""


def test_a_fingerprint_follows_content_and_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environments, "ROOT", tmp_path)
    first, second = tmp_path / "first", tmp_path / "second"
    first.write_text("a", encoding="utf-8")
    second.write_text("a", encoding="utf-8")
    before = environments.fingerprint(first)
    assert environments.fingerprint(first) == before
    assert environments.fingerprint(second) != before
    first.write_text("b", encoding="utf-8")
    assert environments.fingerprint(first) != before


def test_an_environment_that_cannot_be_made_says_what_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(environments.SetupError, match="ended with 1"):
        environments.run(["git", "rev-parse", "--verify", "--quiet", "no-such-revision"])
    with pytest.raises(SystemExit) as stopped:
        environments.main(["nothing"])
    assert stopped.value.code == 2


def test_a_release_tag_names_a_package_and_its_version() -> None:
    assert release.folder_for("tap-comagic-v0.1.0").name == "tap-comagic"


@pytest.mark.parametrize(
    ("tag", "says"),
    [
        ("v0.1.0", "is not <package>-v<version>"),
        ("sandbox-v0.1.0", "is not <package>-v<version>"),
        ("tap-nothing-v0.1.0", "is not <package>-v<version>"),
        ("tap-comagic-v9.9.9", "the tag says 9.9.9"),
    ],
)
def test_a_wrong_release_tag_is_refused(tag: str, says: str) -> None:
    with pytest.raises(release.ReleaseError, match=says):
        release.folder_for(tag)


def test_no_folder_of_tests_is_left_out() -> None:
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["pytest"]["ini_options"]
    folders = {path.parent.relative_to(ROOT).as_posix() for path in ROOT.glob("[!.]*/**/test_*.py")}
    assert sorted(declared["testpaths"]) == sorted(folders)


@pytest.mark.parametrize("module", ["singer_sdk", "sandbox", "tap_comagic"])
def test_what_the_tests_start_is_compiled_already(module: str) -> None:
    found = importlib.util.find_spec(module)
    assert found is not None
    assert found.cached is not None
    assert Path(found.cached).is_file()
