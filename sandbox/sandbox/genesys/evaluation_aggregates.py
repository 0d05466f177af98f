"""Aggregates of evaluations: counts and scores by dimensions and periods.

Shape: EvaluationAggregationQuery and EvaluationAggregateQueryResponse of
https://developer.genesys.cloud/devapps/sdk/docexplorer/purecloudpython/. Which instant an evaluation counts for:
https://developer.genesys.cloud/forum/t/new-default-alternate-time-dimension-for-evaluation-aggregates/5703.
Views: https://developer.genesys.cloud/analyticsdatamanagement/analytics/aggregate/aggregate-views.
"""

from __future__ import annotations

import collections
import dataclasses
import itertools
import typing as t

from sandbox.genesys.call import Call, Reply
from sandbox.genesys.errors import bad_request
from sandbox.genesys.evaluation_rows import scores_of
from sandbox.genesys.evaluations import Evaluation
from sandbox.genesys.examples import Row
from sandbox.genesys.facets import Bounds, read_bounds, word_of
from sandbox.genesys.fields import Body, choice, flag, refuse_unknown
from sandbox.genesys.filter_names import DIMENSIONS
from sandbox.genesys.filters import SPELT, Test, read_filter
from sandbox.genesys.granularity import Buckets, read_period, read_zone
from sandbox.genesys.intervals import Interval, read_interval
from sandbox.genesys.names import iso

KIND: t.Final = "evaluation_aggregate"
METRICS: t.Final = ("nEvaluations", "nEvaluationsDeleted", "nEvaluationsRescored", "oTotalCriticalScore", "oTotalScore")
TIMES: t.Final = ("conversationStart", "evaluationCreatedDate", "evaluationReleaseDate", "eventTime")
MOST_VIEWS: t.Final = 10
MEMBERS: t.Final = frozenset(
    {"interval", "granularity", "timeZone", "groupBy", "filter", "metrics"}
    | {"flattenMultivaluedDimensions", "views", "alternateTimeDimension"}
)
Group = tuple[tuple[str, str], ...]
Values = dict[str, list[int]]
"""By metric, what was measured."""


class Event(t.NamedTuple):
    """Something that an evaluation adds to a metric."""

    metric: str
    at: int
    value: int = 1


class View(t.NamedTuple):
    """A metric of which only some values count."""

    name: str
    target: str
    bounds: Bounds

    def row(self, numbers: t.Iterable[int]) -> Row | None:
        """As the platform writes it; nothing where no value counts."""
        kept = [each for each in numbers if self.bounds.hold(each)]
        return {"name": self.name, "stats": stats(kept)} if kept else None


@dataclasses.dataclass(frozen=True)
class Wanted:
    """What a query asks for."""

    buckets: Buckets
    time: str
    group_by: list[str]
    flat: bool
    metrics: list[str]
    views: list[View]
    test: Test | None

    def tally(self, found: t.Iterable[Evaluation], now: int) -> dict[Group, dict[Interval, Values]]:
        """What each group measured in each bucket."""
        tallied: dict[Group, dict[Interval, Values]] = {}
        for each in found:
            row = dimensions_of(each, now)
            if self.test and not self.test(row):
                continue
            for event in events_of(each, now):
                bucket = self.buckets.of(event.at if self.time == "eventTime" else self._instant(each))
                if bucket:
                    for group in self._groups(row):
                        values = tallied.setdefault(group, {}).setdefault(bucket, collections.defaultdict(list))
                        values[event.metric].append(event.value)
        return tallied

    def _instant(self, each: Evaluation) -> int:
        times = {"conversationStart": each.began, "evaluationReleaseDate": each.released}
        return times.get(self.time, each.created)

    def _groups(self, row: Row) -> t.Iterator[Group]:
        """The groups of a row: with a dimension of several values, one for each of them or one for all together."""
        choices: list[list[tuple[str, str]]] = []
        for name in self.group_by:
            words = [word_of(value) for value in _listed(row.get(SPELT.get(name, name)))]
            words = [",".join(words)] if self.flat and words else words
            choices.append([(name, word) for word in words])
        return itertools.product(*(each for each in choices if each))

    def row(self, interval: Interval, values: Values) -> Row:
        """A bucket as the platform writes it."""
        row: Row = {"interval": f"{iso(interval.low)}/{iso(interval.high)}"}
        if metrics := [{"metric": name, "stats": stats(values[name])} for name in self.metrics if name in values]:
            row["metrics"] = metrics
        if views := [shown for view in self.views if (shown := view.row(values.get(view.target, ())))]:
            row["views"] = views
        return row


def stats(numbers: t.Sequence[int]) -> Row:
    """A `StatisticalSummary`."""
    return {"count": len(numbers), "min": min(numbers), "max": max(numbers), "sum": sum(numbers)}


def dimensions_of(each: Evaluation, now: int) -> Row:
    """An evaluation as filters and groups look at it, as known at an instant."""
    row: Row = {
        "assigneeApplicable": each.assignee is not None,
        "assigneeId": each.assignee,
        "contextId": each.form.context,
        "conversationId": each.conversation,
        "conversationStart": iso(each.began),
        "divisionIds": each.divisions,
        "evaluationContextId": each.context,
        "evaluationCreatedDate": iso(each.created),
        "evaluationId": each.id,
        "evaluatorId": each.evaluator,
        "formId": each.form.id,
        "mediaType": each.media,
        "queueId": each.queue,
        "released": each.released <= now,
        "rescored": each.number > 1,
        "systemSubmitted": each.evaluator is None,
        "userId": each.agent,
    }
    return row | ({"evaluationReleaseDate": iso(each.released)} if each.released <= now else {})


def events_of(each: Evaluation, now: int) -> t.Iterator[Event]:
    """What an evaluation has added to metrics by an instant; of a deleted one only its deletion is left."""
    if each.created > now:
        return
    if each.deleted <= now:
        yield Event("nEvaluationsDeleted", each.deleted)
        return
    yield Event("nEvaluations", each.created)
    if each.number > 1:
        yield Event("nEvaluationsRescored", each.created)
    if each.submitted <= now:
        scores = scores_of(each)
        yield Event("oTotalCriticalScore", each.submitted, round(scores["totalCriticalScore"]))
        yield Event("oTotalScore", each.submitted, round(scores["totalScore"]))


def query(call: Call) -> Reply:
    """``POST /api/v2/analytics/evaluations/aggregates/query``."""
    body = call.body()
    refuse_unknown(body, MEMBERS, "member of the query")
    wanted = read_wanted(body)
    visible = (each for each in call.org.evaluations.ever(call.now) if call.sees(each.divisions))
    results = []
    for group, buckets in sorted(wanted.tally(visible, call.now).items()):
        data = [wanted.row(interval, values) for interval, values in sorted(buckets.items())]
        if data := [row for row in data if len(row) > 1]:  # more than its interval
            results.append({"group": dict(group), "data": data})
    return Reply({"results": results} if results else {}, rows=len(results))


def read_wanted(body: Body) -> Wanted:
    """Reads a query.

    Raises:
        ApiError: 400.
    """
    buckets = Buckets(
        read_interval(body.get("interval")), read_period(body.get("granularity")), read_zone(body.get("timeZone"))
    )
    filter_, views = body.get("filter"), _views(body.get("views"))
    return Wanted(
        buckets=buckets,
        time=choice(body, "alternateTimeDimension", TIMES, "evaluationCreatedDate"),
        group_by=_names(body, "groupBy", sorted(DIMENSIONS[KIND])),
        flat=flag(body.get("flattenMultivaluedDimensions", False), "flattenMultivaluedDimensions"),
        metrics=_names(body, "metrics", METRICS) or ([] if views else list(METRICS)),
        views=views,
        test=None if filter_ is None else read_filter(filter_, KIND, "filter"),
    )


def _names(body: Body, member: str, known: t.Sequence[str]) -> list[str]:
    given = body.get(member)
    if given is not None and not isinstance(given, list):
        raise bad_request(f"{member} must be a list.")
    return [choice({member: each}, member, known, "") for each in given or []]


def _views(given: t.Any) -> list[View]:
    if given is not None and (not isinstance(given, list) or len(given) > MOST_VIEWS):
        raise bad_request(f"views must be a list of at most {MOST_VIEWS} views.")
    views = [_view(each) for each in given or []]
    names = [view.name for view in views]
    if len({*names, *METRICS}) < len(names) + len(METRICS):
        raise bad_request("views: a name must differ from those of other views and of metrics.", "invalid.value")
    return views


def _view(given: t.Any) -> View:
    if not isinstance(given, dict):
        raise bad_request("views: a view is an object.")
    refuse_unknown(given, {"name", "target", "function", "range"}, "member of views")
    choice(given, "function", ("rangeBound",), "")
    name = given.get("name")
    if not isinstance(name, str) or not name:
        raise bad_request("views: a view needs a name.")
    return View(name, choice(given, "target", METRICS, ""), read_bounds(given.get("range"), "views.range"))


def _listed(value: t.Any) -> list[t.Any]:
    return value if isinstance(value, list) else [] if value is None else [value]
