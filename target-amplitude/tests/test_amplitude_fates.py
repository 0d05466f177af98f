"""Whatever the server refuses, and however: each record has one fate, and order holds within a user."""

from __future__ import annotations

import collections
import dataclasses
import random
import tempfile
import typing as t
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from singer_spool import ConfigurationError, LoadError, QuotaSpent
from target_amplitude.answers import Answer
from target_amplitude.backend import run_all

if t.TYPE_CHECKING:
    from conftest import Events, Stand

USERS = [f"user-{number}" for number in range(6)]


class MoodyServer:
    """Refuses bad events in a way it picks anew for every request, and is sometimes out of sorts altogether.

    Attributes:
        accepted: Every event it took in, in order.
    """

    def __init__(self, seed: int, bad: set[int], silenced: set[str], max_events: int) -> None:
        self.accepted: list[dict[str, t.Any]] = []
        self._dice = random.Random(seed)  # noqa: S311 - a test's dice
        self._bad = bad
        self._silenced = silenced
        self._max_events = max_events
        self._sulks = 0

    def __call__(self, events: Events) -> Answer:
        if len(events) > self._max_events:
            return Answer(413, body={"code": 413, "error": "Payload too large"})
        if self._sulks < 2 and self._dice.random() < 0.3:
            self._sulks += 1
            return self._sulk(events)
        self._sulks = 0
        bad = [place for place, event in enumerate(events) if self._bad & set(self.numbers(event))]
        silenced = [place for place, event in enumerate(events) if event.get("device_id") in self._silenced]
        if silenced:
            return self._silence(events, silenced)
        if bad:
            return self._refuse(bad)
        self.accepted += events
        return Answer(200, body={"code": 200})

    @staticmethod
    def numbers(event: dict[str, t.Any]) -> list[int]:
        """The records that an event was made of."""
        properties = event["user_properties"]
        return t.cast("list[int]", (properties.get("$append") or properties["$postInsert"])["tags"])

    @property
    def taken(self) -> list[int]:
        """The records taken in, in order."""
        return [number for event in self.accepted for number in self.numbers(event)]

    def _sulk(self, events: Events) -> Answer:
        some = sorted(self._dice.sample(range(len(events)), self._dice.randint(1, len(events))))
        return self._dice.choice(
            [
                Answer(500, text="<html>"),
                Answer(None, problem="the connection failed"),
                Answer(200, text="half an ans"),
                Answer(429, body={"code": 429}),
                Answer(429, body={"code": 429, "throttled_events": some}),
                Answer(429, body={"code": 429, "throttled_users": {str(events[0].get("user_id")): 31}}),
            ],
        )

    def _silence(self, events: Events, silenced: list[int]) -> Answer:
        body: dict[str, t.Any] = {"code": 400, "error": "Events silenced for device_id"}
        if self._dice.random() < 0.5:
            body["silenced_events"] = silenced
        else:
            body["silenced_devices"] = [events[place]["device_id"] for place in silenced]
        return Answer(400, body=body)

    def _refuse(self, bad: list[int]) -> Answer:
        mood = self._dice.randrange(5)
        if mood == 4 and len(bad) == 1 and self.accepted:
            return Answer(403, body={"code": 403, "error": "Forbidden"})
        if mood == 0:
            return Answer(400, body={"code": 400, "error": "Invalid event JSON"})
        if mood == 1:
            return Answer(400, body={"code": 400, "events_with_invalid_fields": {"user_properties": [999]}})
        listed = bad[:1] if mood == 2 else bad
        return Answer(400, body={"code": 400, "events_with_invalid_fields": {"user_properties": listed, "x": listed}})


@dataclasses.dataclass(frozen=True)
class Case:
    """Records as (user, device, is it bad), and how the server behaves."""

    rows: list[tuple[str | None, str | None, bool]]
    seed: int
    batch_size: int
    silenced: set[str]
    max_events: int

    @property
    def records(self) -> list[dict[str, t.Any]]:
        return [
            {"id": user, "device": device, "level": number, "tags": [number]}
            for number, (user, device, _) in enumerate(self.rows)
        ]

    @property
    def bad(self) -> set[int]:
        return {number for number, row in enumerate(self.rows) if row[2]}

    @property
    def good(self) -> list[int]:
        return [n for n, (_, device, is_bad) in enumerate(self.rows) if not is_bad and device not in self.silenced]

    def identity(self, number: int) -> tuple[str | None, str | None]:
        return self.rows[number][:2]


DEVICES = ["device-1", "device-2"]
rows = st.tuples(st.sampled_from([*USERS, None]), st.sampled_from([*DEVICES, None]), st.booleans())
cases = st.builds(
    Case,
    rows=st.lists(rows.filter(lambda row: row[0] or row[1]), max_size=25),
    seed=st.integers(0, 10_000),
    batch_size=st.integers(1, 9),
    silenced=st.sets(st.sampled_from(DEVICES), max_size=1),
    max_events=st.integers(1, 10),
)


COLLAPSING = {"user_properties": {"$set": ["level"], "$postInsert": ["tags"]}}
APPENDING = {"user_properties": {"$append": ["tags"]}, "insert_id": ["level"]}


def identity_of(event: dict[str, t.Any]) -> tuple[str | None, str | None]:
    return event.get("user_id"), event.get("device_id")


@settings(max_examples=300, deadline=None)
@given(case=cases)
@pytest.mark.parametrize("collapsing", [True, False])
def test_every_record_has_exactly_one_fate(*, stand_class: type[Stand], collapsing: bool, case: Case) -> None:
    mapping = {"type": "identify", "user_id": "id", "device_id": "device", **(COLLAPSING if collapsing else APPENDING)}
    server = MoodyServer(case.seed, case.bad, case.silenced, case.max_events)
    with tempfile.TemporaryDirectory() as folder:
        stand = stand_class(Path(folder), mapping, {"batch_size": case.batch_size, "max_rejects": "100%"})
        stand.amplitude.rule = server
        stand.load(*case.records)
        rejected = [letter["record"]["level"] for letter in stand.letters]

    assert rejected == sorted(set(range(len(case.rows))) - set(case.good)), "each once, in the order of arrival"
    assert stand.result["delivered"] + stand.result["collapsed"] == len(case.good)
    assert sum(stand.result["rejected"].values()) == len(rejected)
    assert sorted(server.taken) == case.good, "each once"
    _assert_order(server)
    if collapsing:
        final = {identity_of(event): event["user_properties"]["$set"]["level"] for event in server.accepted}
        assert final == {case.identity(number): number for number in case.good}, "the last good value remains"


def _assert_order(server: MoodyServer) -> None:
    by_id: dict[tuple[str, str], list[int]] = collections.defaultdict(list)
    for event in server.accepted:
        for name in ("user_id", "device_id"):
            if event.get(name):
                by_id[name, event[name]] += server.numbers(event)
    for numbers in by_id.values():
        assert numbers == sorted(numbers)


@pytest.mark.parametrize("parallel", [2, 4])
def test_parallel_senders_share_the_work_and_keep_the_order(make_stand: t.Any, parallel: int) -> None:
    mapping = {"type": "identify", "user_id": "id", **APPENDING}
    stand: Stand = make_stand(mapping, batch_size=5, max_parallel_requests=parallel)
    server = MoodyServer(1, {3, 77}, set(), 5)
    stand.amplitude.rule = server
    stand.load(*({"id": f"user-{number % 13}", "level": number, "tags": [number]} for number in range(200)))
    assert sorted(server.taken) == [n for n in range(200) if n not in {3, 77}]
    assert [letter["record"]["level"] for letter in stand.letters] == [3, 77]
    _assert_order(server)


def test_the_worst_failure_wins_and_the_others_stop(make_stand: t.Any) -> None:
    stand: Stand = make_stand()
    raised: list[Exception] = [QuotaSpent("quota"), ConfigurationError("settings"), LoadError("network")]

    def failing(error: Exception) -> t.Callable[[], None]:
        def work() -> None:
            raise error

        return work

    with pytest.raises(LoadError):
        run_all([failing(error) for error in raised], stand.clock)
    assert stand.clock.stopped
    with pytest.raises(ConfigurationError):
        run_all([failing(error) for error in raised[:2]], stand.clock)
