"""Every stream against the sandbox's own memory: keys and values, on a first load and a day later."""

from __future__ import annotations

import typing as t

import pytest
from sandbox.testing import LOGIN, PASSWORD, SandboxProcess, start_sandbox
from strict_methods import METHODS
from tap_process import Run, Tap
from test_against_sandbox import same

if t.TYPE_CHECKING:
    from pathlib import Path

Row = dict[str, t.Any]
START = "2026-06-10"
#: Stream → its method and the vendor's key, for reports whose rows have a time of their own.
REPORTS = {
    "calls": ("get.calls_report", ("id",)),
    "call_legs": ("get.call_legs_report", ("id",)),
    "financial_call_legs": ("get.financial_call_legs_report", ("call_session_id", "leg_id")),
    "communications": ("get.communications_report", ("communication_type", "id")),
    "chats": ("get.chats_report", ("id",)),
    "chat_messages": ("get.chat_messages_report", ("id",)),
    "offline_messages": ("get.offline_messages_report", ("id",)),
    "goals": ("get.goals_report", ("communication_id",)),
    "visitor_sessions": ("get.visitor_sessions_report", ("id",)),
}
KEYS_OF_LISTS = {
    "account": "app_id",
    "campaign_parameter_weights": "site_id",
    "available_virtual_numbers": "phone_number",
}
LISTS = {
    method.removeprefix("get."): method
    for method, known in METHODS.items()
    if method.startswith("get.") and not known.time and not known.of_agency
}
DERIVED = {"partition_date", "tag_names"}


@pytest.fixture(scope="module")
def sandbox() -> t.Iterator[SandboxProcess]:
    with start_sandbox(seed=5, now="2026-06-15T12:00:00+03:00", frozen=True) as running:
        yield running


@pytest.fixture
def reading(tmp_path: Path, sandbox: SandboxProcess) -> Tap:
    config = {"api_url": sandbox.comagic_url, "login": LOGIN, "password": PASSWORD, "start_date": START}
    return Tap(tmp_path, config | {"page_size": 200}, (PASSWORD,), streams=(*REPORTS, *LISTS))


def listed(sandbox: SandboxProcess, method: str) -> list[Row]:
    """A list under its documented names; deleted statuses are in a list of their own."""
    rows = sandbox.truth(method, plain="true")
    return rows + sandbox.truth(method, plain="true", is_deleted="true") if method == "get.statuses" else rows


def sent(mine: t.Any, theirs: t.Any) -> t.Any:
    """A record's value, null as the empty list that the sandbox may send null for; the tap hands null on as null."""
    if mine is None and theirs == []:
        return []
    if isinstance(mine, dict) and isinstance(theirs, dict):
        return {name: sent(value, theirs.get(name)) for name, value in mine.items()}
    if isinstance(mine, list) and isinstance(theirs, list) and len(mine) == len(theirs):
        return [sent(left, right) for left, right in zip(mine, theirs, strict=True)]
    return mine


def compare(sandbox: SandboxProcess, run: Run, first: str, end: str) -> None:
    """The records of a run against what the sandbox holds."""
    for name, (method, key) in REPORTS.items():
        held = {tuple(str(row[part]) for part in key): row for row in sandbox.truth(method, first, end, plain="true")}
        records = {tuple(str(row[part]) for part in key): row for row in run.records(name)}
        assert set(records) == set(held), name
        assert len(records) == len(run.records(name)) > 0, name
        for found, record in records.items():
            plain = {field: value for field, value in record.items() if field not in DERIVED}
            same(sent(plain, held[found]), held[found], name)
    for name, method in LISTS.items():
        key_field = KEYS_OF_LISTS.get(name, "id")
        held_rows = {row[key_field]: row for row in listed(sandbox, method)}
        assert sorted(row[key_field] for row in run.records(name)) == sorted(held_rows), name
        for record in run.records(name):
            held_row = held_rows[record[key_field]]
            same(sent(record, held_row), held_row, name)


def test_every_stream_now_and_a_day_later(sandbox: SandboxProcess, reading: Tap) -> None:
    first = reading.run()
    assert first.exit_code == 0, first.stderr
    compare(sandbox, first, f"{START} 00:00:00", "2026-06-15 11:50:00")
    assert {entry["outcome"] for entry in sandbox.requests()} == {"ok"}
    sandbox.advance(days=1)
    second = reading.run(state=first.state)
    assert second.exit_code == 0, second.stderr
    compare(sandbox, second, "2026-06-12 00:00:00", "2026-06-16 11:50:00")
