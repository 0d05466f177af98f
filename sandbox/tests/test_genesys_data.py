"""The organisation's data: consistent with itself, changing as the clock passes, the documented examples among it."""

from __future__ import annotations

import collections
import datetime as dt
import importlib.resources
import itertools
import typing as t

import msgspec
import pytest
from genesys_org import JOBS, USER_JOBS, USER_QUERY, Org, Row, ids

WEEK = "2026-03-13T00:00:00Z/2026-03-20T00:00:00Z"
MONDAY = "2026-03-16T00:00:00Z/2026-03-17T00:00:00Z"


def bounds(interval: str) -> dict[str, str]:
    return dict(zip(("start", "end"), interval.split("/"), strict=True))


def sessions(row: Row) -> t.Iterator[tuple[Row, Row]]:
    for person in row["participants"]:
        for session in person.get("sessions", ()):
            yield person, session


def test_the_same_seed_tells_the_same_stories(make_org: t.Callable[..., Org]) -> None:
    first, again, other = make_org(), make_org(), make_org(seed=2)
    for name in ("conversations", "user_routing_status", "evaluations"):
        assert first.truth(name, **bounds(WEEK)) == again.truth(name, **bounds(WEEK))
    assert ids(first.truth("conversations", **bounds(WEEK))) != ids(other.truth("conversations", **bounds(WEEK)))


def test_a_later_start_of_the_clock_changes_no_settled_story(make_org: t.Callable[..., Org]) -> None:
    early = make_org()
    rows = early.truth("conversations", **bounds(MONDAY))
    early.advance(days=1)
    assert ids(early.truth("conversations", **bounds(MONDAY))) == ids(rows)


def test_there_is_something_of_everything(org: Org) -> None:
    rows = org.truth("conversations")
    found: collections.Counter[str] = collections.Counter()
    for row in rows:
        found["open"] += "conversationEnd" not in row
        found["outbound"] += row["originatingDirection"] == "outbound"
        found["survey"] += "surveys" in row
        found["evaluation"] += "evaluations" in row
        found["resolution"] += "resolutions" in row
        found["transfer"] += sum(person["purpose"] == "acd" for person in row["participants"]) > 1
        for _, session in sessions(row):
            found[session["mediaType"]] += 1
            names = collections.Counter(metric["name"] for metric in session.get("metrics", ()))
            found["repeated metric"] += names["tAcw"] > 1
            found["abandoned"] += names["tAbandon"]
            found["not responding"] += names["tNotResponding"]
            kinds = [segment["segmentType"] for segment in session.get("segments", ())]
            found["held"] += "hold" in kinds
            codes = [segment.get("wrapUpCode") for segment in session.get("segments", ())]
            found["timed out"] += "ININ-WRAP-UP-TIMEOUT" in codes
        end = row.get("conversationEnd")
        found["week long"] += end is not None and days_between(row["conversationStart"], end) > 6
    wanted = {
        "open", "outbound", "survey", "evaluation", "resolution", "transfer", "voice", "chat", "message", "email",
        "callback", "repeated metric", "abandoned", "not responding", "held", "timed out", "week long",
    }  # fmt: skip
    assert {name for name in wanted if not found[name]} == set()


def days_between(low: str, high: str) -> float:
    return (dt.datetime.fromisoformat(high) - dt.datetime.fromisoformat(low)).total_seconds() / 86_400


def test_ids_can_be_looked_up(org: Org) -> None:
    people = set(ids(org.truth("users"), "id"))
    queues = set(ids(org.truth("queues"), "id"))
    codes = set(ids(org.truth("wrapup_codes"), "id")) | {"ININ-WRAP-UP-TIMEOUT"}
    for row in org.truth("conversations"):
        for person, session in sessions(row):
            assert person.get("userId", next(iter(people))) in people
            for segment in session.get("segments", ()):
                assert segment.get("queueId", next(iter(queues))) in queues
                assert segment.get("wrapUpCode", "ININ-WRAP-UP-TIMEOUT") in codes
    presences = set(ids(org.truth("presence_definitions"), "id"))
    assert {row["organizationPresenceId"] for row in org.truth("user_presence")} <= presences
    forms = {row["id"] for row in org.truth("evaluation_forms")}
    assert {row["evaluationForm"]["id"] for row in org.truth("evaluations")} <= forms


def test_metrics_follow_from_segments(org: Org) -> None:
    checked = 0
    for row in org.truth("conversations", **bounds(MONDAY)):
        for person, session in sessions(row):
            if person["purpose"] != "agent" or "conversationEnd" not in row:
                continue
            spans: collections.Counter[str] = collections.Counter()
            for segment in session["segments"]:
                spans[segment["segmentType"]] += milliseconds(segment["segmentStart"], segment["segmentEnd"])
            values: collections.Counter[str] = collections.Counter()
            for metric in session["metrics"]:
                values[metric["name"]] += metric["value"]
            if row["conversationId"].startswith("00000000") or not spans["interact"]:
                continue
            assert values["tTalk"] == spans["interact"] == values["tTalkComplete"]
            assert values["tHeld"] == spans["hold"]
            checked += 1
    assert checked > 20


def milliseconds(low: str, high: str) -> int:
    return round((dt.datetime.fromisoformat(high) - dt.datetime.fromisoformat(low)).total_seconds() * 1000)


def test_nobody_does_two_things_at_once_and_statuses_say_so(org: Org) -> None:
    """What agents do in conversations lies within entries of INTERACTING or COMMUNICATING of their own."""
    work: dict[str, list[tuple[str, str]]] = collections.defaultdict(list)
    for row in org.truth("conversations", **bounds(MONDAY)):
        if row["conversationId"].startswith("00000000"):
            continue
        for person, session in sessions(row):
            talks = [each for each in session.get("segments", ()) if each["segmentType"] in {"interact", "hold"}]
            if person["purpose"] == "agent" and talks and days_between(row["conversationStart"], MONDAY[21:]) < 1:
                work[person["userId"]].append((talks[0]["segmentStart"], talks[-1]["segmentEnd"]))
    busy: dict[str, list[tuple[str, str]]] = collections.defaultdict(list)
    for entry in org.truth("user_routing_status"):
        if entry["routingStatus"] in {"INTERACTING", "COMMUNICATING"}:
            busy[entry["userId"]].append((entry["startTime"], entry.get("endTime", "9")))
    assert sum(map(len, work.values())) > 20
    for user, stretches in work.items():
        stretches.sort()
        assert all(first[1] <= second[0] for first, second in itertools.pairwise(stretches)), user
        for low, high in stretches:
            assert any(start <= low and high <= end for start, end in busy[user]), (user, low, high)


@pytest.mark.parametrize("name", ["user_presence", "user_routing_status"])
def test_histories_have_no_gaps_and_no_overlaps(org: Org, name: str) -> None:
    by_user: dict[str, list[Row]] = collections.defaultdict(list)
    for entry in org.truth(name):
        by_user[entry["userId"]].append(entry)
    assert len(by_user) == (28 if name == "user_presence" else 24)
    for entries in by_user.values():
        entries.sort(key=lambda entry: entry["startTime"])
        assert all(a["endTime"] == b["startTime"] for a, b in itertools.pairwise(entries))
        assert "endTime" not in entries[-1]
        assert all("endTime" in entry for entry in entries[:-1])


def entries_of(rows: t.Iterable[Row], part: str) -> set[tuple[str, str, str | None]]:
    return {(row["userId"], each["startTime"], each.get("endTime")) for row in rows for each in row.get(part, ())}


def true_entries(org: Org, name: str, **given: str) -> set[tuple[str, str, str | None]]:
    return {(each["userId"], each["startTime"], each.get("endTime")) for each in org.truth(name, **given)}


def test_user_details_bring_every_stored_entry(org: Org) -> None:
    now_week = "2026-03-14T00:00:00Z/2026-03-20T12:00:00Z"
    rows = org.queried(now_week, USER_QUERY, size=10)
    assert entries_of(rows, "primaryPresence") == true_entries(org, "user_presence", **bounds(now_week))
    assert entries_of(rows, "routingStatus") == true_entries(org, "user_routing_status", **bounds(now_week))
    assert any(each[2] is None for each in entries_of(rows, "primaryPresence"))
    assert any("routingStatus" not in row for row in rows)
    users = collections.Counter(row["userId"] for row in rows)
    assert max(users.values()) > 1  # the same person on several pages
    starts = {each[1] for each in entries_of(rows, "primaryPresence")}
    assert min(starts) < "2026-03-14"  # entries are not cut to the interval


def test_user_pages_come_short_and_go_on(org: Org) -> None:
    sizes = []
    for number in range(1, 50):
        body = {"interval": WEEK, "paging": {"pageSize": 40, "pageNumber": number}}
        page = org.send("POST", USER_QUERY, body).json()
        if "userDetails" not in page:
            assert page == {}
            break
        sizes.append(len(page["userDetails"]))
        assert page["totalHits"] > sum(sizes[:1])
    assert len(sizes) > 2
    assert all(size < 40 for size in sizes)


def test_user_details_have_a_watermark_of_their_own(org: Org) -> None:
    assert org.get(f"{USER_JOBS}/availability") == {"dataAvailabilityDate": "2026-03-20T03:00:00.000Z"}
    assert org.get(f"{JOBS}/availability") == {"dataAvailabilityDate": "2026-03-20T06:00:00.000Z"}
    day = "2026-03-20T00:00:00Z/2026-03-21T00:00:00Z"
    rows = org.job(day, USER_JOBS, size=30)
    known = true_entries(org, "user_presence", **bounds(day), at="2026-03-20T02:59:59.999Z")
    assert entries_of(rows, "primaryPresence") == known
    starts = {each[:2] for each in true_entries(org, "user_presence", **bounds(day))}
    assert {each[:2] for each in known} < starts


def test_user_filters_and_their_intervals(org: Org) -> None:
    month = "2026-02-20T00:00:00Z/2026-03-20T00:00:00Z"
    user = "00000000-0000-4000-8000-000000000301"
    chosen = [{"type": "or", "predicates": [{"type": "dimension", "dimension": "userId", "value": user}]}]
    rows = org.queried(month, USER_QUERY, userFilters=chosen)
    assert {row["userId"] for row in rows} == {user}
    meals = [{"type": "and", "predicates": [{"dimension": "systemPresence", "value": "MEAL"}]}]
    kept = org.queried(month, USER_QUERY, userFilters=chosen, presenceFilters=meals)
    assert {each["systemPresence"] for row in kept for each in row.get("primaryPresence", ())} == {"MEAL"}
    body: Row = {"interval": month}
    assert "does not exceed 7 days" in org.refused("POST", USER_QUERY, body)[2]
    body["userFilters"] = [{"type": "or", "predicates": [{"dimension": "queueId", "value": user}]}]
    assert org.refused("POST", USER_QUERY, body)[:2] == (400, "invalid.value")


def changes(org: Org, interval: str, **step: float) -> tuple[dict[str, Row], dict[str, Row]]:
    before = {row["conversationId"]: row for row in org.truth("conversations", **bounds(interval))}
    org.advance(**step)
    return before, {row["conversationId"]: row for row in org.truth("conversations", **bounds(interval))}


def test_conversations_change_for_weeks(make_org: t.Callable[..., Org]) -> None:
    org = make_org(conversations_per_day=150)
    week = "2026-03-12T00:00:00Z/2026-03-20T12:00:00Z"
    before, after = changes(org, week, days=30)
    same = {key for key in before if before[key] == after.get(key)}
    assert len(before) * 0.5 < len(same) < len(before)
    gone = set(before) - set(after)
    assert gone  # deleted for privacy
    ended = [key for key in after if "conversationEnd" in after[key] and "conversationEnd" not in before[key]]
    assert ended
    for part in ("surveys", "evaluations", "resolutions"):
        assert any(after[key].get(part) and not before[key].get(part) for key in after), part
    words = {each["evaluationStatus"] for row in after.values() for each in row.get("evaluations", ())}
    assert words >= {"Pending", "Finished", "Retracted"}


def test_the_nightly_rebuild_corrects_what_is_two_days_old(make_org: t.Callable[..., Org]) -> None:
    org = make_org(conversations_per_day=150)

    def measured(rows: dict[str, Row]) -> dict[str, list[tuple[str, int]]]:
        return {
            key: sorted((each["name"], each["value"]) for _, part in sessions(row) for each in part.get("metrics", ()))
            for key, row in rows.items()
        }

    monday = "2026-03-16T00:00:00Z/2026-03-17T00:00:00Z"
    org.vendor.control("POST", "/clock", {"now": "2026-03-18T20:00:00Z"})
    before, after = changes(org, monday, hours=14)
    kept = before.keys() & after.keys()
    old, new = measured(before), measured(after)
    corrected = [key for key in kept if old[key] != new[key] and len(old[key]) == len(new[key])]
    completed = [key for key in kept if len(old[key]) < len(new[key])]
    assert corrected
    assert completed  # wrap-up that was missing


def test_wrap_ups_come_minutes_later(org: Org) -> None:
    org.vendor.control("POST", "/clock", {"now": "2026-03-19T15:00:00Z"})
    late = 0
    for _ in range(12):
        before, after = changes(org, "2026-03-19T00:00:00Z/2026-03-20T00:00:00Z", minutes=15)
        for key in before.keys() & after.keys():
            late += "conversationEnd" in before[key] and codes(before[key]) < codes(after[key])
    assert late


def codes(row: Row) -> int:
    return sum("wrapUpCode" in each for _, session in sessions(row) for each in session.get("segments", ()))


def examples() -> dict[str, t.Any]:
    text = importlib.resources.files("sandbox.genesys").joinpath("data/examples.json").read_bytes()
    return t.cast("dict[str, t.Any]", msgspec.json.decode(text))


def without_attributes(row: Row) -> Row:
    people = [{k: v for k, v in person.items() if k != "attributes"} for person in row["participants"]]
    return row | {"participants": people}


def test_documented_conversations_are_served_on_their_days(make_org: t.Callable[..., Org]) -> None:
    documented = {row["conversationId"]: row for row in examples()["conversations"]}
    sample = next(iter(documented))
    then = make_org(now=dt.datetime(2021, 4, 20, tzinfo=dt.UTC), days=45)
    found = {row["conversationId"]: row for row in then.queried("2021-04-01T00:00:00Z/2021-04-02T00:00:00Z")}
    assert found[sample] == documented[sample]
    now = make_org(days=45)
    day = "2026-03-02T00:00:00.000Z/2026-03-03T00:00:00.000Z"
    job = {row["conversationId"]: row for row in now.job(day)}
    query = {row["conversationId"]: row for row in now.queried(day)}
    numbers = [f"00000000-0000-4000-8000-{number:012d}" for number in (101, 102, 103, 104)]
    assert {number: job[number] for number in numbers} == {number: documented[number] for number in numbers}
    assert {number: query.get(number) for number in numbers[:3]} == {
        number: without_attributes(documented[number]) for number in numbers[:3]
    }
    assert numbers[3] not in query  # begun ten days before


def test_documented_evaluations_can_be_found(make_org: t.Callable[..., Org]) -> None:
    org = make_org(days=45)
    finished, pending = examples()["evaluations"]
    rows = org.get(
        "/quality/evaluations/query",
        conversationId=finished["conversation"]["id"],
        expandAnswerTotalScores="true",
        includeDeletedUsers="true",
    )["entities"]
    assert ids(rows, "id") == [finished["id"]]
    for name in ("answers", "evaluator", "agent", "status", "conversationDate", "queue", "mediaType", "evaluationForm"):
        assert rows[0][name] == finished[name], name
    other = org.get("/quality/evaluations/query", conversationId=pending["conversation"]["id"])["entities"]
    assert [(row["id"], row["status"]) for row in other] == [(pending["id"], "PENDING")]
