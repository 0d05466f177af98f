"""Every operation served: its permissions and the query parameters it knows.

Permissions and parameters: https://developer.genesys.cloud/devapps/sdk/docexplorer/purecloudpython/.
"""

from __future__ import annotations

import typing as t

from sandbox.genesys import catalog, conversations, evaluation_aggregates, jobs, lookups, quality, user_details
from sandbox.genesys.call import Handler, Route
from sandbox.genesys.lake import Kind, availability

V2: t.Final = "/api/v2"
CONVERSATIONS: t.Final = ("analytics:conversationDetail:view", "analytics:agentConversationDetail:view")
EVALUATION_AGGREGATES: t.Final = ("analytics:evaluationAggregate:view",)
USERS: t.Final = ("analytics:userDetail:view",)
QUEUE: t.Final = ("routing:queue:view",)
MEMBERS: t.Final = (
    "routing:queue:view",
    "routing:queue:edit",
    "routing:queue:readonly",
    "routing:queueMember:manage",
)
PAGED: t.Final = frozenset({"pageSize", "pageNumber"})
SORTED: t.Final = PAGED | {"sortBy", "sortOrder", "name", "id"}


def get(path: str, handler: Handler, needs: tuple[str, ...] = (), query: t.Iterable[str] = (), **more: bool) -> Route:
    """A route for reading."""
    return Route(
        verb="GET",
        template=V2 + path,
        handler=handler,
        needs=needs,
        query=frozenset(query),
        every=more.get("every", False),
    )


def post(path: str, handler: Handler, needs: tuple[str, ...]) -> Route:
    """A route with a body."""
    return Route(verb="POST", template=V2 + path, handler=handler, needs=needs)


def job_routes(base: str, kind: Kind, needs: tuple[str, ...], read: t.Any, results: Handler) -> list[Route]:
    """The routes of one kind of asynchronous query."""
    root, single = f"{base}/jobs", f"{base}/jobs/{{jobId}}"
    return [
        get(f"{root}/availability", availability(kind), needs[:1]),
        post(root, jobs.submission(kind, read), needs),
        get(single, jobs.status(kind), needs),
        Route(verb="DELETE", template=V2 + single, handler=jobs.removal(kind), needs=needs),
        get(f"{single}/results", results, needs, {"cursor", "pageSize"}),
    ]


def _encode_conversations(rows: jobs.Rows) -> bytes:
    return conversations.encode(rows, attributes=True)


ANALYTICS: t.Final = [
    post("/analytics/conversations/details/query", conversations.query, CONVERSATIONS),
    get("/analytics/conversations/details", conversations.several, CONVERSATIONS, {"id"}),
    *job_routes(
        "/analytics/conversations/details",
        "conversations",
        CONVERSATIONS,
        conversations.job_rows,
        jobs.results("conversations", "conversations", _encode_conversations),
    ),
    get("/analytics/conversations/{conversationId}/details", conversations.one, CONVERSATIONS),
    post("/analytics/evaluations/aggregates/query", evaluation_aggregates.query, EVALUATION_AGGREGATES),
    post("/analytics/users/details/query", user_details.query, USERS),
    *job_routes(
        "/analytics/users/details",
        "users",
        USERS,
        user_details.job_rows,
        jobs.results("users", "userDetails", user_details.encode),
    ),
]

LOOKUPS: t.Final = [
    get("/users/me", lookups.own_user, (), {"expand"}),
    get(
        "/users",
        lookups.users,
        (),
        PAGED | {"id", "sortBy", "sortOrder", "expand", "state"},
    ),
    get("/users/{userId}", lookups.user, (), {"expand"}),
    get("/routing/queues", lookups.queues, QUEUE, SORTED | {"divisionId"}),
    get("/routing/queues/{queueId}", lookups.queue, QUEUE),
    get(
        "/routing/queues/{queueId}/members",
        lookups.queue_members,
        MEMBERS,
        PAGED | {"sortOrder", "name", "joined"},
    ),
    get("/routing/queues/{queueId}/wrapupcodes", lookups.queue_codes, QUEUE, PAGED | {"name"}),
    get(
        "/routing/wrapupcodes",
        lookups.plain(catalog.WRAPUP_CODES, 500),
        ("routing:wrapupCode:view",),
        SORTED | {"divisionId"},
    ),
    get("/routing/skills", lookups.plain(catalog.SKILLS), ("routing:skill:view",), PAGED | {"name", "id"}),
    get("/routing/languages", lookups.plain(catalog.LANGUAGES), (), PAGED | {"sortOrder", "name", "id"}),
    get(
        "/presence/definitions",
        lookups.presences,
        ("presence:presenceDefinition:view",),
        {"deactivated", "localeCode"},
    ),
    get("/presencedefinitions", lookups.old_presences, (), PAGED | {"deleted", "localeCode"}),
    get(
        "/authorization/divisions",
        lookups.plain(catalog.DIVISIONS, 1000),
        (),
        SORTED,
    ),
    get(
        "/authorization/roles",
        lookups.roles,
        ("authorization:role:view",),
        SORTED,
        every=True,
    ),
    get("/authorization/roles/{roleId}/users", lookups.role_users, (), PAGED),
    get("/groups", lookups.groups, (), PAGED | {"id", "sortOrder"}),
    get("/locations", lookups.locations, (), PAGED | {"id", "sortOrder"}),
    get("/teams", lookups.teams, ("groups:team:view",), {"pageSize", "after", "before", "name"}, every=True),
    get("/flows", lookups.flows, ("architect:flow:view",), SORTED | {"deleted", "divisionId"}),
    get("/organizations/me", lookups.organisation),
    get("/tokens/me", lookups.token, (), {"preserveIdleTTL"}),
]

EVALUATION: t.Final = ("quality:evaluation:view",)
FORM: t.Final = ("quality:evaluationForm:view",)
WINDOW: t.Final = frozenset({"startTime", "endTime"})
FORMS: t.Final = "/quality/forms/evaluations"
PUBLISHED: t.Final = "/quality/publishedforms/evaluations"

QUALITY: t.Final = [
    get(
        "/quality/evaluations/query",
        quality.evaluations,
        EVALUATION,
        PAGED
        | WINDOW
        | set(quality.WHO)
        | {"expand", "queueId", "formContextId", "evaluationState", "isReleased"}
        | {"agentHasRead", "expandAnswerTotalScores", "sortOrder", "includeDeletedUsers"},
    ),
    get(
        "/quality/conversations/{conversationId}/evaluations/{evaluationId}",
        quality.evaluation,
        (*EVALUATION, "quality:evaluation:assign", "quality:evaluation:release"),
        {"expand"},
    ),
    get(
        "/quality/evaluators/activity",
        quality.activity,
        EVALUATION,
        PAGED | WINDOW | {"sortOrder", "name"},
    ),
    get(FORMS, quality.working_copies, FORM, PAGED | {"expand", "name"}),
    get(f"{FORMS}/{{formId}}", quality.form, FORM),
    get(f"{FORMS}/{{formId}}/versions", quality.versions, FORM, PAGED | {"sortOrder"}),
    get(PUBLISHED, quality.published, FORM, PAGED | {"name", "onlyLatestPerContext"}),
    get(f"{PUBLISHED}/{{formId}}", quality.newest_published, FORM),
]

ROUTES: t.Final = [*ANALYTICS, *LOOKUPS, *QUALITY]
