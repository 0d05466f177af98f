"""Lookups: full listings of what ids in the details stand for.

Routes, envelopes and permissions: https://developer.genesys.cloud/devapps/sdk/docexplorer/purecloudpython/ (UsersApi,
RoutingApi, PresenceApi, AuthorizationApi, GroupsApi, LocationsApi, TeamsApi).
"""

from __future__ import annotations

import typing as t

from sandbox.genesys import catalog
from sandbox.genesys.call import Call, Reply
from sandbox.genesys.catalog import QUEUES, Queue, codes_of, queue_row
from sandbox.genesys.errors import bad_request, not_found
from sandbox.genesys.examples import Row, examples
from sandbox.genesys.fields import choice
from sandbox.genesys.names import iso_short
from sandbox.genesys.organisation import Organisation
from sandbox.genesys.pages import cursor_listing, listing
from sandbox.genesys.people import ROLE_IDS, Person, expansions, role_ids, user_row

STATES: t.Final = ("active", "inactive", "deleted", "any")


def chosen(call: Call, rows: t.Sequence[Row]) -> list[Row]:
    """The rows that ``name`` (contains), ``id`` and ``divisionId`` leave, in the asked order of names."""
    name, ids, divisions = (call.one("name") or "").lower(), set(call.many("id")), set(call.many("divisionId"))
    kept = [
        row
        for row in rows
        if name in row.get("name", "").lower()
        and (not ids or row["id"] in ids)
        and (not divisions or row["division"]["id"] in divisions)
    ]
    return in_order(call, kept)


def in_order(call: Call, rows: t.Sequence[Row]) -> list[Row]:
    """Rows by name, backwards if ``sortOrder`` says so."""
    if (call.one("sortBy") or "name") != "name":
        raise bad_request("sortBy: only name is supported here.", "invalid.value")
    order = (call.one("sortOrder") or "ASC").upper()
    if order not in {"ASC", "DESC", "ASCENDING", "DESCENDING"}:
        raise bad_request(f"sortOrder: {order!r} is not one of [ASC, DESC].", "invalid.value")
    return sorted(rows, key=lambda row: (row.get("name", ""), row["id"]), reverse=order.startswith("DESC"))


def in_divisions(call: Call, rows: t.Iterable[Row]) -> list[Row]:
    """The rows whose division the client may read; the others are left out without a word."""
    return [row for row in rows if "division" not in row or call.sees([row["division"]["id"]])]


def plain(rows: t.Sequence[Row], most: int = 100) -> t.Callable[[Call], Reply]:
    """A listing of fixed rows."""
    return lambda call: listing(call, chosen(call, in_divisions(call, rows)), most=most)


def users(call: Call) -> Reply:
    """``GET /api/v2/users``: the active ones unless ``state`` asks for others."""
    state = choice({"state": call.one("state") or "active"}, "state", STATES, "active")
    ids = set(call.many("id"))
    kept = [
        _user(call, person)
        for person in call.org.people.everybody
        if state in {"any", person.state(call.now)} and (not ids or person.id in ids)
    ]
    most = 100 if "integrationPresence" in call.many("expand") else 500
    return listing(call, in_order(call, in_divisions(call, kept)), most=most)


def user(call: Call) -> Reply:
    """``GET /api/v2/users/{userId}``."""
    person = call.org.people.find(call.params["userId"])
    if person is None:
        raise not_found("user", call.params["userId"])
    return Reply(_user(call, person), rows=1)


def _user(call: Call, person: Person) -> Row:
    wanted = call.many("expand")
    extra = expansions(person, call.now) if wanted else {}
    return user_row(person, call.now) | {name: extra[name] for name in wanted if name in extra}


def queue_rows(org: Organisation, now: int) -> list[Row]:
    """All queues."""
    return [_queue_row(org, now, number) for number in range(len(QUEUES))]


def _queue_row(org: Organisation, now: int, number: int) -> Row:
    members = member_rows(org, now, number)
    return queue_row(QUEUES[number], len(members), sum(row["joined"] for row in members))


def queues(call: Call) -> Reply:
    """``GET /api/v2/routing/queues``, sorted by name."""
    return listing(call, chosen(call, in_divisions(call, queue_rows(call.org, call.now))), most=500)


def queue(call: Call) -> Reply:
    """``GET /api/v2/routing/queues/{queueId}``."""
    return Reply(_queue_row(call.org, call.now, _queue(call)), rows=1)


def _queue(call: Call) -> int:
    identifier = call.params["queueId"]
    for number, each in enumerate(QUEUES):
        if each.id == identifier and identifier not in call.settings.removed_queues and call.sees([each.division]):
            return number
    raise not_found("queue", identifier)


def queue_members(call: Call) -> Reply:
    """``GET /api/v2/routing/queues/{queueId}/members``: QueueMemberEntityListing has no counts."""
    joined, name = call.flag("joined"), (call.one("name") or "").lower()
    rows = member_rows(call.org, call.now, _queue(call))
    kept = [row for row in rows if joined in {None, row["joined"]} and name in row["name"].lower()]
    return listing(call, in_order(call, kept), counts=False)


def member_rows(org: Organisation, now: int, number: int) -> list[Row]:
    """The members of a queue."""
    return [_member(QUEUES[number], person) for person in org.people.members(number, now)]


def _member(queue: Queue, person: Person) -> Row:
    return {
        "id": person.id,
        "name": person.name,
        "user": {"id": person.id, "name": person.name, "selfUri": f"/api/v2/users/{person.id}"},
        "ringNumber": 1,
        "joined": bool((person.agent or 0) % 2),
        "memberBy": "user",
        "selfUri": f"/api/v2/routing/queues/{queue.id}/members/{person.id}",
    }


def queue_codes(call: Call) -> Reply:
    """``GET /api/v2/routing/queues/{queueId}/wrapupcodes``: thin rows."""
    return listing(call, chosen(call, code_rows(_queue(call))))


def code_rows(number: int) -> list[Row]:
    """The wrap-up codes of a queue."""
    return [{"id": row["id"], "name": row["name"]} for row in codes_of(number)]


def presences(call: Call) -> Reply:
    """``GET /api/v2/presence/definitions``: not paged, and the active ones unless asked otherwise."""
    deactivated = bool(call.flag("deactivated"))
    rows = [row for row in catalog.PRESENCES if row["deactivated"] == deactivated]
    uri = call.path + ("?deactivated=true" if deactivated else "")
    return Reply({"total": len(rows), "entities": rows, "selfUri": uri}, rows=len(rows))


def old_presences(call: Call) -> Reply:
    """``GET /api/v2/presencedefinitions``, deprecated: paged, with spaced names."""
    deleted = choice({"deleted": call.one("deleted") or "FALSE"}, "deleted", ("TRUE", "FALSE", "ALL"), "FALSE")
    kept = [row for row in catalog.PRESENCES if deleted == "ALL" or row["deactivated"] == (deleted == "TRUE")]
    rows = [
        {
            "id": row["id"],
            "languageLabels": row["languageLabels"],
            "systemPresence": "On Queue" if row["systemPresence"] == "OnQueue" else row["systemPresence"],
            "deactivated": row["deactivated"],
            "primary": row["type"] == "System",
            "createdDate": iso_short(catalog.CREATED),
            "modifiedDate": iso_short(catalog.CREATED),
            "selfUri": f"/api/v2/presencedefinitions/{row['id']}",
        }
        for row in kept
    ]
    return listing(call, rows)


def role_rows(org: Organisation, now: int) -> list[Row]:
    """All roles with the number of their holders."""
    rows = []
    for name, identifier in ROLE_IDS.items():
        row = dict(examples()["role"])
        custom = name not in {"Quality Evaluator", "employee", "Supervisor"}
        row |= {"id": identifier, "name": name, "userCount": len(_holders(org, now, identifier)), "default": not custom}
        row |= {"selfUri": f"/api/v2/authorization/roles/{identifier}"}
        if name != "Quality Evaluator":
            row.pop("defaultRoleId")
        rows.append(row)
    return rows


def _holders(org: Organisation, now: int, role: str) -> list[Person]:
    return [each for each in org.people.everybody if role in role_ids(each) and each.state(now) == "active"]


def roles(call: Call) -> Reply:
    """``GET /api/v2/authorization/roles``: ``name`` is part of a name here."""
    return listing(call, chosen(call, role_rows(call.org, call.now)), most=500)


def role_users(call: Call) -> Reply:
    """``GET /api/v2/authorization/roles/{roleId}/users``: ids only, without links to other pages."""
    role = call.params["roleId"]
    if role not in ROLE_IDS.values():
        raise not_found("role", role)
    rows = [{"id": each.id, "selfUri": f"/api/v2/users/{each.id}"} for each in _holders(call.org, call.now, role)]
    return listing(call, rows, next_uri=False)


def teams(call: Call) -> Reply:
    """``GET /api/v2/teams``: by cursor."""
    return cursor_listing(call, chosen(call, in_divisions(call, catalog.TEAMS)))


def flows(call: Call) -> Reply:
    """``GET /api/v2/flows``: without the deleted ones unless asked for."""
    deleted = bool(call.flag("deleted"))
    rows = [row for row in catalog.FLOWS if deleted or not row["deleted"]]
    return listing(call, chosen(call, in_divisions(call, rows)))


def groups(call: Call) -> Reply:
    """``GET /api/v2/groups``."""
    return listing(call, chosen(call, catalog.GROUPS), most=500)


def locations(call: Call) -> Reply:
    """``GET /api/v2/locations``."""
    return listing(call, chosen(call, catalog.LOCATIONS), most=500)


def organisation(call: Call) -> Reply:
    """``GET /api/v2/organizations/me``."""
    del call
    return Reply({"id": "0a8ff7b5-4a4e-4e2c-8a2b-1d5c1d1f0001", "name": "Sandbox (fake)", "state": "active"}, rows=1)


def token(call: Call) -> Reply:
    """``GET /api/v2/tokens/me``."""
    organisation = {"id": "0a8ff7b5-4a4e-4e2c-8a2b-1d5c1d1f0001", "name": "Sandbox (fake)"}
    return Reply({"organization": organisation, "OAuthClient": {"id": call.client.id}}, rows=1)


def own_user(call: Call) -> Reply:
    """``GET /api/v2/users/me`` has no answer for a client without a user."""
    del call
    raise bad_request("This request requires a user context. Client credentials cannot be used for this request.")
