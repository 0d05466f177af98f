"""The vendor's own Python client against a served sandbox: it logs in, reads everything, and drops nothing of it.

The client maps what it does not know to nothing, and unknown words of an enumeration to ``outdated_sdk_version``. So
every answer is turned into its models and back, and must be what was served.
"""

from __future__ import annotations

import collections
import datetime as dt
import json
import time
import typing as t
import urllib.parse

import PureCloudPlatformClientV2 as vendor  # noqa: N813  # shorter, and whose it is
import pytest
from PureCloudPlatformClientV2.rest import ApiException
from sandbox.testing import GENESYS_CLIENT_ID, GENESYS_CLIENT_SECRET, SandboxProcess, start_sandbox

NOW = "2026-03-20T12:00:00Z"
DAY = "2026-03-17T00:00:00Z/2026-03-18T00:00:00Z"
EVALUATOR = "00000000-0000-4000-8000-000000000302"
BILLING = "00000000-0000-4000-8000-000000000201"


@pytest.fixture(scope="module")
def sandbox() -> t.Iterator[SandboxProcess]:
    with start_sandbox(now=NOW, days=45, conversations_per_day=60, frozen=True) as running:
        running.settings(genesys={"rate_per_minute": None, "route_rates": {"GET /api/v2/users": None}})
        yield running


def client_of(sandbox: SandboxProcess, secret: str = GENESYS_CLIENT_SECRET, name: str = GENESYS_CLIENT_ID) -> t.Any:
    api, login = urllib.parse.urlsplit(sandbox.genesys_api_url), urllib.parse.urlsplit(sandbox.genesys_login_url)
    client = vendor.ApiClient()
    client.set_gateway(api.hostname, api.scheme, api.port, login.path, api.path)
    return client.get_client_credentials_token(name, secret)


@pytest.fixture(scope="module")
def client(sandbox: SandboxProcess) -> t.Any:
    return client_of(sandbox)


def same(value: t.Any) -> t.Any:
    """A value with its times as instants, whatever their spelling, and without empty members."""
    if isinstance(value, dict):
        return {key: same(each) for key, each in value.items() if each is not None}
    if isinstance(value, list):
        return [same(each) for each in value]
    if isinstance(value, str) and 20 <= len(value) < 40 and value[4:5] == value[7:8] == "-" and value[10:11] == "T":
        return dt.datetime.fromisoformat(value)
    return value


def whole(client: t.Any, model: t.Any) -> t.Any:
    """The model of the last answer, after making sure that it holds all that was served."""
    served = json.loads(client.last_response.data)
    kept = client.sanitize_for_serialization(model)
    assert "outdated_sdk_version" not in json.dumps(kept)
    assert same(kept) == same(served)
    return model


def pages(client: t.Any, read: t.Callable[..., t.Any], size: int = 7, **options: t.Any) -> list[t.Any]:
    """All entities of a listing, as long as it links to a next page."""
    found: list[t.Any] = []
    for number in range(1, 200):
        page = whole(client, read(page_size=size, page_number=number, **options))
        found += page.entities
        if not page.next_uri:
            return found
    raise AssertionError("the listing never ends")


def ids(rows: t.Iterable[t.Any]) -> list[str]:
    return [row.id for row in rows]


def test_a_refused_login_speaks_the_logins_own_words(sandbox: SandboxProcess) -> None:
    with pytest.raises(ApiException) as wrong:
        client_of(sandbox, secret="wrong")
    assert (wrong.value.status, json.loads(wrong.value.body)["error"]) == (401, "invalid_client")
    with pytest.raises(ApiException) as unknown:
        client_of(sandbox, name="nobody")
    assert json.loads(unknown.value.body) == {
        "error": "invalid_client",
        "description": "client not found",
        "error_description": "client not found",
    }


def test_conversations_by_query(sandbox: SandboxProcess, client: t.Any) -> None:
    api = vendor.AnalyticsApi(client)
    query = vendor.ConversationQuery()
    query.interval, query.order_by, query.order = DAY, "conversationStart", "asc"
    found: list[t.Any] = []
    for number in range(1, 20):
        query.paging = vendor.PagingSpec()
        query.paging.page_size, query.paging.page_number = 20, number
        page = whole(client, api.post_analytics_conversations_details_query(query))
        if not page.conversations:
            break
        found += page.conversations
    truth = sandbox.genesys_truth("conversations", *DAY.split("/"))
    assert [each.conversation_id for each in found] == [row["conversationId"] for row in truth]
    assert [each.conversation_start for each in found] == sorted(each.conversation_start for each in found)
    one = whole(client, api.get_analytics_conversation_details(found[0].conversation_id))
    assert one.to_dict() == found[0].to_dict()
    wanted = [each.conversation_id for each in found[:3]]
    several = whole(client, api.get_analytics_conversations_details(id=wanted))
    assert [each.conversation_id for each in several.conversations] == wanted


def test_filters_of_the_clients_models(sandbox: SandboxProcess, client: t.Any) -> None:
    predicate = vendor.SegmentDetailQueryPredicate()
    predicate.dimension, predicate.operator, predicate.value = "mediaType", "matches", "email"
    filter_ = vendor.SegmentDetailQueryFilter()
    filter_.type, filter_.predicates = "and", [predicate]
    query = vendor.ConversationQuery()
    query.interval, query.segment_filters = DAY, [filter_]
    query.paging = vendor.PagingSpec()
    query.paging.page_size, query.paging.page_number = 100, 1
    page = vendor.AnalyticsApi(client).post_analytics_conversations_details_query(query)
    truth = sandbox.genesys_truth("conversations", *DAY.split("/"))
    mails = [row for row in truth if row["participants"][0]["sessions"][0]["mediaType"] == "email"]
    assert 0 < len(mails) < len(truth)
    assert [each.conversation_id for each in page.conversations] == [row["conversationId"] for row in mails]


def test_aggregations_of_a_details_query(sandbox: SandboxProcess, client: t.Any) -> None:
    media, talk = vendor.AnalyticsQueryAggregation(), vendor.AnalyticsQueryAggregation()
    media.type, media.dimension, media.size = "termFrequency", "mediaType", 20
    talk.type, talk.metric, talk.ranges = "numericRange", "nConnected", [vendor.AggregationRange()]
    talk.ranges[0].gte = 1
    query = vendor.ConversationQuery()
    query.interval, query.aggregations = DAY, [media, talk]
    answer = whole(client, vendor.AnalyticsApi(client).post_analytics_conversations_details_query(query))
    truth = sandbox.genesys_truth("conversations", *DAY.split("/"))
    counts = collections.Counter(row["participants"][0]["sessions"][0]["mediaType"] for row in truth)
    terms, ranges = answer.aggregations
    assert {entry.value: entry.count for entry in terms.results} == counts
    assert (terms.count, ranges.results[0].count, ranges.results[0].gte) == (len(truth), len(truth), 1.0)


def test_aggregates_of_evaluations(sandbox: SandboxProcess, client: t.Any) -> None:
    body = vendor.EvaluationAggregationQuery()
    body.interval, body.granularity = "2026-01-01T00:00:00Z/2026-04-01T00:00:00Z", "P1W"
    body.group_by, body.metrics = ["evaluatorId"], ["nEvaluations", "oTotalScore"]
    body.filter = vendor.EvaluationAggregateQueryFilter()
    body.filter.type, body.filter.predicates = "or", [vendor.EvaluationAggregateQueryPredicate()]
    body.filter.predicates[0].dimension, body.filter.predicates[0].value = "evaluatorId", EVALUATOR
    answer = whole(client, vendor.AnalyticsApi(client).post_analytics_evaluations_aggregates_query(body))
    (found,) = answer.results
    assert found.group == {"evaluatorId": EVALUATOR}
    truth = [row for row in sandbox.genesys_truth("evaluations") if row.get("evaluator", {}).get("id") == EVALUATOR]
    scores = [round(row["answers"]["totalScore"]) for row in truth if "answers" in row]
    told = [(metric.metric, metric.stats) for bucket in found.data for metric in bucket.metrics]
    assert sum(stats.count for name, stats in told if name == "nEvaluations") == len(truth)
    assert sum(stats.sum for name, stats in told if name == "oTotalScore") == sum(scores)
    assert max(stats.max for name, stats in told if name == "oTotalScore") == max(scores)


def fulfilled(read: t.Callable[[], t.Any]) -> t.Any:
    for _ in range(200):
        status = read()
        if status.state == "FULFILLED":
            return status
        assert status.state in {"QUEUED", "PENDING"}
        time.sleep(0.02)
    raise AssertionError(status.state)


def test_conversations_by_job(sandbox: SandboxProcess, client: t.Any) -> None:
    api = vendor.AnalyticsApi(client)
    query = vendor.AsyncConversationQuery()
    query.interval = DAY
    job = whole(client, api.post_analytics_conversations_details_jobs(query)).job_id
    status = fulfilled(lambda: whole(client, api.get_analytics_conversations_details_job(job)))
    assert status.expiration_date > status.completion_date > status.submission_date
    found: list[t.Any] = []
    options: dict[str, str] = {}
    while True:
        page = whole(client, api.get_analytics_conversations_details_job_results(job, page_size=30, **options))
        found += page.conversations
        if not page.cursor:
            break
        options = {"cursor": page.cursor}
    watermark = whole(client, api.get_analytics_conversations_details_jobs_availability()).data_availability_date
    assert page.data_availability_date == watermark
    truth = sandbox.genesys_truth("conversations", *DAY.split("/"), match="lifetime", at=watermark.isoformat())
    assert {each.conversation_id for each in found} == {row["conversationId"] for row in truth}
    assert min(each.conversation_start for each in found) < dt.datetime(2026, 3, 16, tzinfo=dt.UTC)
    assert any(person.attributes for each in found for person in each.participants)
    api.delete_analytics_conversations_details_job(job)
    with pytest.raises(ApiException, match=r"not\.found"):
        api.get_analytics_conversations_details_job(job)


def entries(details: t.Iterable[t.Any], name: str) -> set[tuple[str, dt.datetime]]:
    return {(each.user_id, entry.start_time) for each in details for entry in getattr(each, name) or ()}


def test_user_details_by_query_and_by_job(sandbox: SandboxProcess, client: t.Any) -> None:
    api = vendor.AnalyticsApi(client)
    query = vendor.UserDetailsQuery()
    query.interval = DAY
    queried: list[t.Any] = []
    for number in range(1, 20):
        query.paging = vendor.PagingSpec()
        query.paging.page_size, query.paging.page_number = 10, number
        page = whole(client, api.post_analytics_users_details_query(query))
        if not page.user_details:
            break
        queried += page.user_details
    body = vendor.AsyncUserDetailsQuery()
    body.interval = DAY
    job = api.post_analytics_users_details_jobs(body).job_id
    fulfilled(lambda: whole(client, api.get_analytics_users_details_job(job)))
    results = whole(client, api.get_analytics_users_details_job_results(job, page_size=1000))
    truth = sandbox.genesys_truth("user_routing_status", *DAY.split("/"))
    expected = {(row["userId"], dt.datetime.fromisoformat(row["startTime"])) for row in truth}
    assert len(expected) > 100
    assert entries(queried, "routing_status") == expected == entries(results.user_details, "routing_status")
    assert entries(queried, "primary_presence") == entries(results.user_details, "primary_presence")
    assert whole(client, api.get_analytics_users_details_jobs_availability()).data_availability_date


def test_evaluations_and_evaluators(sandbox: SandboxProcess, client: t.Any) -> None:
    api = vendor.QualityApi(client)
    found = pages(
        client,
        api.get_quality_evaluations_query,
        evaluator_user_id=EVALUATOR,
        expand_answer_total_scores=True,
        include_deleted_users=True,
    )
    truth = [row for row in sandbox.genesys_truth("evaluations") if row.get("evaluator", {}).get("id") == EVALUATOR]
    assert sorted(ids(found)) == sorted(row["id"] for row in truth)
    done = next(each for each in found if each.status == "FINISHED")
    assert done.answers.question_group_scores
    one = whole(
        client, api.get_quality_conversation_evaluation(done.conversation.id, done.id, expand=["evaluationForm"])
    )
    assert one.answers.to_dict() == done.answers.to_dict()
    assert one.evaluation_form.question_groups[0].questions
    bare = whole(client, api.get_quality_evaluations_query(evaluator_user_id=EVALUATOR, page_size=5))
    assert all(each.answers is None for each in bare.entities)
    busy = pages(client, api.get_quality_evaluators_activity, start_time=day(1), end_time=day(20))
    assert EVALUATOR in ids(busy)


def day(number: int) -> dt.datetime:
    return dt.datetime(2026, 3, number, tzinfo=dt.UTC)


def test_forms(sandbox: SandboxProcess, client: t.Any) -> None:
    api = vendor.QualityApi(client)
    published = pages(client, api.get_quality_publishedforms_evaluations, size=2)
    assert [each.published for each in published] == [True, True, True]
    truth = {row["id"]: row for row in sandbox.genesys_truth("evaluation_forms")}
    full = [whole(client, api.get_quality_forms_evaluation(each.id)) for each in published]
    assert {each.id: len(each.question_groups) for each in full} == {
        key: len(row["questionGroups"]) for key, row in truth.items()
    }
    copies = pages(client, api.get_quality_forms_evaluations, expand=["publishHistory"])
    assert [(each.published, each.question_groups) for each in copies] == [(False, None)] * 3
    assert len(pages(client, api.get_quality_forms_evaluation_versions, form_id=copies[0].id)) == 2
    newest = whole(client, api.get_quality_publishedforms_evaluation(published[-1].id))
    assert newest.id != published[-1].id


def test_lookups(sandbox: SandboxProcess, client: t.Any) -> None:
    routing, people = vendor.RoutingApi(client), vendor.UsersApi(client)
    everybody = pages(client, people.get_users, state="any")
    assert sorted(ids(everybody)) == sorted(row["id"] for row in sandbox.genesys_truth("users"))
    assert {each.state for each in everybody} == {"active", "inactive", "deleted"}
    assert {each.state for each in pages(client, people.get_users)} == {"active"}
    expanded = whole(
        client, people.get_users(expand=["skills", "languages", "groups", "authorization", "employerInfo"])
    )
    assert expanded.entities[0].skills[0].proficiency == 3.0
    queues = pages(client, routing.get_routing_queues, size=4)
    assert [each.name for each in queues] == sorted(each.name for each in queues)
    members = pages(client, routing.get_routing_queue_members, size=5, queue_id=BILLING)
    assert len(members) == next(each.member_count for each in queues if each.id == BILLING)
    codes = ids(pages(client, routing.get_routing_wrapupcodes, size=4))
    assert set(ids(pages(client, routing.get_routing_queue_wrapupcodes, queue_id=BILLING))) < set(codes)
    counts = [
        len(pages(client, read, size=2))
        for read in (
            routing.get_routing_skills,
            routing.get_routing_languages,
            vendor.AuthorizationApi(client).get_authorization_divisions,
            vendor.GroupsApi(client).get_groups,
            vendor.LocationsApi(client).get_locations,
        )
    ]
    assert counts == [4, 3, 2, 2, 2]


def test_presences_roles_and_teams(client: t.Any) -> None:
    presence, rights = vendor.PresenceApi(client), vendor.AuthorizationApi(client)
    active = whole(client, presence.get_presence_definitions())
    assert (active.total, {each.deactivated for each in active.entities}) == (10, {False})
    assert [each.deactivated for each in presence.get_presence_definitions(deactivated="true").entities] == [True]
    with pytest.warns(DeprecationWarning, match="get_presencedefinitions"):
        assert len(whole(client, presence.get_presencedefinitions()).entities) == 10
    roles = pages(client, rights.get_authorization_roles, size=1, name="Quality Evaluator")
    assert sorted(each.name for each in roles) == ["Quality Evaluator", "Quality Evaluator - Night"]
    role = next(each.id for each in roles if each.name == "Quality Evaluator")
    holders = [
        whole(client, rights.get_authorization_role_users(role, page_size=1, page_number=number)) for number in (1, 2)
    ]
    assert [(page.page_count, page.total, len(page.entities)) for page in holders] == [(2, 2, 1)] * 2
    teams: list[t.Any] = []
    after: dict[str, str] = {}
    while True:
        page = whole(client, vendor.TeamsApi(client).get_teams(page_size=2, **after))
        teams += page.entities
        if not page.next_uri:
            break
        after = {"after": urllib.parse.parse_qs(urllib.parse.urlsplit(page.next_uri).query)["after"][0]}
    assert len(ids(teams)) == len(set(ids(teams))) == 3


def test_the_client_understands_refusals(sandbox: SandboxProcess, client: t.Any) -> None:
    bare = client_of(sandbox, name="sandbox-no-roles")
    with pytest.raises(ApiException) as refused:
        vendor.RoutingApi(bare).get_routing_queues()
    body = json.loads(refused.value.body)
    assert (refused.value.status, body["code"]) == (403, "missing.any.permissions")
    assert body["message"].endswith("permissions assigned: [routing:queue:view]")
    assert refused.value.headers["ININ-Correlation-Id"] == body["contextId"]
    assert vendor.UsersApi(bare).get_users().entities  # needs none


def test_the_client_waits_as_long_as_a_429_says(sandbox: SandboxProcess) -> None:
    """Its transport obeys ``Retry-After`` by itself: the third call comes back refused, waits, and is answered."""
    routing = vendor.RoutingApi(client_of(sandbox))
    sandbox.settings(genesys={"rate_per_minute": 2, "rate_window_seconds": 1.5})
    sandbox.clear_requests()
    began = time.monotonic()
    for _ in range(3):
        whole(routing.api_client, routing.get_routing_languages())
    took = time.monotonic() - began
    sandbox.settings(genesys={"rate_per_minute": None, "rate_window_seconds": 60})
    assert [entry["outcome"] for entry in sandbox.requests()] == [200, 200, 429, 200]
    assert took >= 1
    headers = routing.api_client.last_response.getheaders()
    assert (headers["inin-ratelimit-count"], headers["inin-ratelimit-allowed"]) == ("1", "2")
