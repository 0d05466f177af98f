"""Aggregates agree with what the other routes serve: each is recomputed from rows of a details query or a listing."""

from __future__ import annotations

import collections
import datetime as dt
import typing as t

import pytest
from genesys_org import QUERY, Org, Row

AGGREGATES = "/analytics/evaluations/aggregates/query"
DAY = "2026-03-17T00:00:00Z/2026-03-18T00:00:00Z"
MARCH = "2026-03-01T00:00:00Z/2026-03-20T00:00:00Z"
EVERYTHING = "2025-01-01T00:00:00Z/2027-01-01T00:00:00Z"


@pytest.fixture
def busy(make_org: t.Callable[..., Org]) -> Org:
    return make_org(conversations_per_day=120, days=45)


def facets(org: Org, aggregations: list[Row], **body: t.Any) -> list[Row]:
    """The aggregations of a query, which are the same on each of its pages."""
    pages = []
    for number in (1, 2):
        asked = {"interval": DAY, "aggregations": aggregations, "paging": {"pageSize": 5, "pageNumber": number}, **body}
        answer = org.send("POST", QUERY, asked)
        assert answer.status == 200, answer.body
        pages.append(answer.json())
    assert pages[0]["conversations"] != pages[1]["conversations"]
    assert pages[0]["aggregations"] == pages[1]["aggregations"]
    return t.cast("list[Row]", pages[0]["aggregations"])


def segments(row: Row) -> t.Iterator[Row]:
    for person in row["participants"]:
        for session in person["sessions"]:
            yield from ({**person, **session, **segment} for segment in session["segments"])


def terms(rows: t.Iterable[Row], name: str, size: int) -> Row:
    """A `termFrequency`, counted from whole conversations."""
    found = [{part[name] for part in segments(row) if name in part} for row in rows]
    counts = collections.Counter(value for values in found for value in values)
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return {
        "type": "termFrequency",
        "dimension": name,
        "count": sum(1 for values in found if values),
        "results": [{"value": value, "count": count} for value, count in ordered[:size]],
    }


def test_terms_are_counted_over_all_that_was_found(busy: Org) -> None:
    rows = busy.queried(DAY)
    wanted: list[Row] = [{"type": "termFrequency", "dimension": "wrapUpCode", "size": 3}, {"dimension": "mediaType"}]
    codes, media = facets(busy, wanted)
    assert codes == terms(rows, "wrapUpCode", 3)
    assert media == terms(rows, "mediaType", 10)
    assert len(codes["results"]) == 3
    assert media["count"] == sum(each["count"] for each in media["results"]) == len(rows)


def test_aggregations_follow_the_filters(busy: Org) -> None:
    only = [{"type": "and", "predicates": [{"dimension": "mediaType", "value": "voice"}]}]
    (media,) = facets(busy, [{"dimension": "mediaType"}], segmentFilters=only)
    voices = len(busy.queried(DAY, segmentFilters=only))
    assert media["results"] == [{"value": "voice", "count": voices}]
    assert 0 < voices < len(busy.queried(DAY))


def test_metrics_are_counted_by_range(busy: Org) -> None:
    talked = [
        {metric["value"] for person in row["participants"] for session in person["sessions"]
         for metric in session.get("metrics", ()) if metric["name"] == "tTalk"}
        for row in busy.queried(DAY)
    ]  # fmt: skip
    (found,) = facets(busy, [{"metric": "tTalk", "ranges": [{"lt": 120_000}, {"gte": 120_000, "lt": 300_000}]}])
    short = sum(any(value < 120_000 for value in values) for values in talked)
    middle = sum(any(120_000 <= value < 300_000 for value in values) for values in talked)
    assert min(short, middle) > 0
    assert found == {
        "type": "numericRange",
        "metric": "tTalk",
        "count": sum(1 for values in talked if values),
        "results": [{"lt": 120_000, "count": short}, {"gte": 120_000, "lt": 300_000, "count": middle}],
    }


def test_nothing_found_has_no_aggregations(busy: Org) -> None:
    body = {"interval": "2025-01-01T00:00:00Z/2025-01-02T00:00:00Z", "aggregations": [{"dimension": "mediaType"}]}
    assert busy.send("POST", QUERY, body).json() == {"totalHits": 0}


def results(org: Org, **body: t.Any) -> list[Row]:
    answer = org.send("POST", AGGREGATES, {"interval": EVERYTHING, **body})
    assert answer.status == 200, answer.body
    return t.cast("list[Row]", answer.json().get("results", []))


def evaluations(org: Org) -> list[Row]:
    """What the quality routes serve, deleted people's included, with scores: by each assignee or evaluator."""
    rows: dict[str, Row] = {}
    people = [row["id"] for row in org.truth("users")]
    for who in ("evaluatorUserId", "assigneeUserId"):
        for person in people:
            options = {who: person, "expandAnswerTotalScores": "true", "includeDeletedUsers": "true"}
            rows |= {row["id"]: row for row in org.entities("/quality/evaluations/query", 100, **options)}
    return list(rows.values())


def test_evaluations_are_as_many_as_are_served(busy: Org) -> None:
    rows = evaluations(busy)
    keys = results(busy, groupBy=["conversationId", "evaluationId"], metrics=["nEvaluations"])
    assert sorted((each["group"]["conversationId"], each["group"]["evaluationId"]) for each in keys) == sorted(
        (row["conversation"]["id"], row["id"]) for row in rows
    )
    one = {"count": 1, "min": 1, "max": 1, "sum": 1}
    assert all(each["data"] == [{"interval": each["data"][0]["interval"], "metrics": [
        {"metric": "nEvaluations", "stats": one}]}] for each in keys)  # fmt: skip
    group = keys[0]["group"]
    single = busy.get(f"/quality/conversations/{group['conversationId']}/evaluations/{group['evaluationId']}")
    assert single["id"] == group["evaluationId"]


def test_scores_are_those_of_the_evaluations(busy: Org) -> None:
    by_form: dict[str, list[int]] = collections.defaultdict(list)
    for row in evaluations(busy):
        if "answers" in row:
            by_form[row["evaluationForm"]["id"]].append(round(row["answers"]["totalScore"]))
    found = results(busy, groupBy=["formId"], metrics=["oTotalScore"])
    assert {each["group"]["formId"]: each["data"][0]["metrics"][0]["stats"] for each in found} == {
        form: {"count": len(scores), "min": min(scores), "max": max(scores), "sum": sum(scores)}
        for form, scores in by_form.items()
    }
    assert len(found) > 1


def test_days_are_those_of_creation_in_the_zone_asked_for(busy: Org) -> None:
    zone = dt.timezone(dt.timedelta(hours=1))  # Berlin, before the last Sunday of March
    interval = "2026-03-01T00:00:00+01:00/2026-03-20T00:00:00+01:00"
    days: collections.Counter[str] = collections.Counter()
    for row in evaluations(busy):
        days[f"{dt.datetime.fromisoformat(row['createdDate']).astimezone(zone):%Y-%m-%d}"] += 1
    (found,) = results(
        busy, interval=interval, granularity="P1D", timeZone="Europe/Berlin", metrics=["nEvaluations"]
    )  # fmt: skip
    assert found["group"] == {}
    told = {}
    for bucket in found["data"]:
        start, end = map(dt.datetime.fromisoformat, bucket["interval"].split("/"))
        assert (start.astimezone(zone).hour, end - start) == (0, dt.timedelta(days=1))
        told[f"{start.astimezone(zone):%Y-%m-%d}"] = bucket["metrics"][0]["stats"]["count"]
    assert told == {day: count for day, count in days.items() if "2026-03-01" <= day < "2026-03-20"}
    assert list(told) == sorted(told)


def later_on(org: Org, **step: float) -> None:
    """Moves the clock on, past the token's life."""
    org.advance(**step)
    org.token = org.login().json()["access_token"]


def test_days_of_a_zone_keep_midnight_when_its_clocks_change(busy: Org) -> None:
    later_on(busy, days=20)
    interval = "2026-03-27T00:00:00+01:00/2026-04-03T00:00:00+02:00"
    (found,) = results(busy, interval=interval, granularity="P1D", timeZone="Europe/Berlin", metrics=["nEvaluations"])
    starts = {bucket["interval"].split("/")[0] for bucket in found["data"]}
    assert {"2026-03-27T23:00:00.000Z", "2026-03-30T22:00:00.000Z"} <= starts
    assert {start[11:] for start in starts} == {"23:00:00.000Z", "22:00:00.000Z"}


def test_each_time_dimension_finds_its_own(busy: Org) -> None:
    rows = evaluations(busy)
    dates = {
        "evaluationCreatedDate": "createdDate",
        "conversationStart": "conversationDate",
        "evaluationReleaseDate": "releaseDate",
    }
    counts = {}
    for dimension, date in dates.items():
        (found,) = results(busy, interval=MARCH, metrics=["nEvaluations"], alternateTimeDimension=dimension)
        counts[dimension] = found["data"][0]["metrics"][0]["stats"]["count"]
        instants = [dt.datetime.fromisoformat(row[date]) for row in rows if date in row]
        assert counts[dimension] == sum(instant.month == 3 and instant.day < 20 for instant in instants)
    assert len(set(counts.values())) == 3
    (scored,) = results(busy, interval=MARCH, metrics=["oTotalScore"], alternateTimeDimension="eventTime")
    submitted = [dt.datetime.fromisoformat(row["submittedDate"]) for row in rows if "submittedDate" in row]
    assert scored["data"][0]["metrics"][0]["stats"]["count"] == sum(
        instant.month == 3 and instant.day < 20 for instant in submitted
    )


def test_a_deleted_evaluation_moves_to_another_metric(busy: Org) -> None:
    def keys(metric: str) -> set[str]:
        return {each["group"]["evaluationId"] for each in results(busy, groupBy=["evaluationId"], metrics=[metric])}

    before, gone = keys("nEvaluations"), keys("nEvaluationsDeleted")
    later_on(busy, days=20)
    later = keys("nEvaluationsDeleted")
    assert gone < later
    assert before & (later - gone)
    assert not keys("nEvaluations") & later
    assert keys("nEvaluationsRescored") == {
        row["id"] for row in evaluations(busy) if row["version"] > 1
    }  # fmt: skip


def test_filters_and_views(busy: Org) -> None:
    rows = [row for row in evaluations(busy) if "answers" in row]
    person = rows[0]["agent"]["id"]
    theirs = [round(row["answers"]["totalScore"]) for row in rows if row["agent"]["id"] == person]
    (found,) = results(
        busy,
        filter={"type": "and", "predicates": [{"dimension": "userId", "value": person}]},
        groupBy=["userId"],
        metrics=["oTotalScore"],
        views=[{"name": "all", "target": "oTotalScore", "function": "rangeBound", "range": {"gte": 0}},
               {"name": "best", "target": "oTotalScore", "function": "rangeBound", "range": {"gte": max(theirs)}}],
    )  # fmt: skip
    assert found["group"] == {"userId": person}
    (bucket,) = found["data"]
    whole = {"count": len(theirs), "min": min(theirs), "max": max(theirs), "sum": sum(theirs)}
    best = {"count": theirs.count(max(theirs)), "min": max(theirs), "max": max(theirs)}
    assert bucket["metrics"] == [{"metric": "oTotalScore", "stats": whole}]
    assert bucket["views"] == [
        {"name": "all", "stats": whole},
        {"name": "best", "stats": {**best, "sum": best["count"] * best["max"]}},
    ]


def test_divisions_are_listed_or_flattened(busy: Org) -> None:
    apart = results(busy, groupBy=["divisionId"], metrics=["nEvaluations"])
    flat = results(busy, groupBy=["divisionId"], metrics=["nEvaluations"], flattenMultivaluedDimensions=True)

    def counts(found: t.Iterable[Row]) -> dict[str, int]:
        return {each["group"]["divisionId"]: each["data"][0]["metrics"][0]["stats"]["count"] for each in found}

    several = {name: count for name, count in counts(flat).items() if "," in name}
    assert several
    expected: collections.Counter[str] = collections.Counter()
    for name, count in counts(flat).items():
        expected.update(dict.fromkeys(name.split(","), count))
    assert counts(apart) == dict(expected)
    (everyone,) = results(busy, metrics=["nEvaluations"])
    assert everyone["data"][0]["metrics"][0]["stats"]["count"] == sum(counts(flat).values())


@pytest.mark.parametrize(
    ("body", "code", "text"),
    [
        ({"interval": None}, "bad.request", "You must specify a search interval"),
        ({"granularity": "P1Y"}, "invalid.value", "granularity: 'P1Y'"),
        ({"granularity": "PT1M"}, "invalid.value", "more than 10000 periods"),
        ({"timeZone": "Mars/Olympus"}, "invalid.value", "timeZone"),
        ({"groupBy": ["colour"]}, "invalid.value", "groupBy: 'colour'"),
        ({"metrics": {}}, "bad.request", "metrics must be a list"),
        ({"metrics": ["tTalk"]}, "invalid.value", "metrics: 'tTalk'"),
        ({"alternateTimeDimension": "assignedDate"}, "invalid.value", "alternateTimeDimension"),
        ({"paging": {}}, "bad.request", "Unrecognized member of the query: paging"),
        ({"filter": {"type": "and", "predicates": []}}, "bad.request", "at least one predicate"),
        ({"filter": {"type": "and", "predicates": [{"dimension": "subject"}]}}, "invalid.value", "dimension"),
        ({"views": [{"name": "a", "target": "tTalk", "function": "rangeBound"}]}, "invalid.value", "target"),
        (
            {"views": [{"name": "oTotalScore", "target": "oTotalScore", "function": "rangeBound", "range": {"lt": 1}}]},
            "invalid.value",
            "a name must differ",
        ),
    ],
)
def test_what_the_aggregates_refuse(busy: Org, body: Row, code: str, text: str) -> None:
    status, found, message = busy.refused("POST", AGGREGATES, {"interval": EVERYTHING, **body})
    assert (status, found) == (400, code)
    assert text in message


def test_the_permission_is_its_own(busy: Org) -> None:
    busy.settings(missing_permissions=["analytics:evaluationAggregate:view"])
    status, code, text = busy.refused("POST", AGGREGATES, {"interval": EVERYTHING})
    assert (status, code) == (403, "missing.any.permissions")
    assert "[analytics:evaluationAggregate:view]" in text


def test_what_lies_in_other_divisions_is_left_out(busy: Org) -> None:
    def total(org: Org) -> int:
        (found,) = results(org, metrics=["nEvaluations"])
        return int(found["data"][0]["metrics"][0]["stats"]["count"])

    everyone = total(busy)
    busy.token = busy.login("sandbox-home-only").json()["access_token"]
    assert 0 < total(busy) < everyone
