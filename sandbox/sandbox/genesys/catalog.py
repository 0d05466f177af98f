"""The organisation's lookups except its people: rows as the API lists them.

The first rows are the documented examples, so that ids in the documented conversations can be looked up.
"""

from __future__ import annotations

import dataclasses
import typing as t

from sandbox.genesys.examples import Row, example_id, examples
from sandbox.genesys.names import iso, iso_short, read_iso, uuid

CREATED: t.Final = read_iso("2024-05-01T08:00:00Z")
HOME: t.Final = example_id(1)
SECOND_DIVISION: t.Final = "1b6b98a6-3d70-47be-9406-61a5aa8cc570"  # of the vendor's sample conversation


def _division(identifier: str, name: str, *, home: bool = False) -> Row:
    return {
        "id": identifier,
        "name": name,
        "description": f"Division {name}",
        "homeDivision": home,
        "selfUri": f"/api/v2/authorization/divisions/{identifier}",
    }


DIVISIONS: t.Final = [*examples()["divisions"], _division(SECOND_DIVISION, "Web sales")]


def division_reference(identifier: str) -> Row:
    """A division as other things name it."""
    names = {row["id"]: row["name"] for row in DIVISIONS}
    uri = f"/api/v2/authorization/divisions/{identifier}"
    return {"id": identifier, "name": names[identifier], "selfUri": uri}


@dataclasses.dataclass(frozen=True)
class Queue:
    """A queue.

    Attributes:
        id: its id.
        name: its name.
        division: id of its division.
        media: media types it serves.
        acw_ms: usual length of after-call work.
        level_ms: the time within which an answer meets the service level.
    """

    id: str
    name: str
    division: str
    media: tuple[str, ...]
    acw_ms: int
    level_ms: int = 20_000


QUEUES: t.Final = (
    Queue(example_id(201), "Billing (fake)", HOME, ("voice", "callback"), 30_000),
    Queue(example_id(202), "E-mail desk (fake)", HOME, ("email",), 60_000, 86_400_000),
    Queue("a623d83c-96d7-4baa-af1f-d46ad6700d8b", "Queue One (fake)", SECOND_DIVISION, ("chat",), 20_000),
    Queue(uuid("queue", "support"), "Support (fake)", HOME, ("voice", "message"), 45_000),
    Queue(uuid("queue", "sales"), "Sales (fake)", SECOND_DIVISION, ("voice", "callback"), 25_000),
    Queue(uuid("queue", "messages"), "Messages (fake)", HOME, ("message",), 15_000, 60_000),
)

WRAPUP_NAMES: t.Final = ("Resolved", "Call back later", "Wrong number", "Complaint", "Sale", "Technical fault")


def _wrapup(index: int, name: str) -> Row:
    if index == 0:
        return dict(examples()["wrapup_codes"][0])
    identifier = uuid("wrapup", name)
    return {
        "id": identifier,
        "name": name,
        "division": division_reference(HOME),
        "dateCreated": iso(CREATED),
        "dateModified": iso_short(CREATED + index * 86_400_000),
        "createdBy": example_id(303),
        "modifiedBy": example_id(303),
        "selfUri": f"/api/v2/routing/wrapupcodes/{identifier}",
    }


WRAPUP_CODES: t.Final = [_wrapup(index, name) for index, name in enumerate(WRAPUP_NAMES)]
TIMED_OUT: t.Final = "ININ-WRAP-UP-TIMEOUT"  # a system's word that the lookup does not list


def codes_of(queue: int) -> list[Row]:
    """The wrap-up codes of a queue; every code belongs to several queues."""
    return [row for index, row in enumerate(WRAPUP_CODES) if index in {0, 3} or (index + queue) % 2]


def queue_row(queue: Queue, members: int, joined: int) -> Row:
    """A queue as it is listed."""
    row = dict(examples()["queue"])
    settings = {name: dict(value) for name, value in row["mediaSettings"].items()}
    for media in ("call", "callback", "chat", "message"):
        settings[media]["serviceLevel"] = {"percentage": 0.8, "durationMs": min(queue.level_ms, 60_000)}
    row |= {
        "id": queue.id,
        "name": queue.name,
        "division": division_reference(queue.division),
        "memberCount": members,
        "userMemberCount": members,
        "joinedMemberCount": joined,
        "mediaSettings": settings,
        "acwSettings": {"wrapupPrompt": "MANDATORY_TIMEOUT", "timeoutMs": queue.acw_ms},
        "selfUri": f"/api/v2/routing/queues/{queue.id}",
    }
    return row


def _versioned(kind: str, path: str, name: str) -> Row:
    identifier = uuid(kind, name)
    return {
        "id": identifier,
        "name": name,
        "dateModified": iso_short(CREATED),
        "state": "active",
        "version": "1",
        "selfUri": f"/api/v2/routing/{path}/{identifier}",
    }


SKILLS: t.Final = [
    *examples()["skills"],
    *(_versioned("skill", "skills", name) for name in ("Complaints", "Returns", "Technical")),
]
LANGUAGES: t.Final = [
    *examples()["languages"],
    *(_versioned("language", "languages", name) for name in ("English - Spoken", "German - Spoken")),
]


def _presence(number: int, label: str, system: str, *, user: bool = False, deactivated: bool = False) -> Row:
    identifier = example_id(number)
    row = {
        "id": identifier,
        "type": "User" if user else "System",
        "languageLabels": {"en_US": label, "de": label},
        "systemPresence": system,
        "deactivated": deactivated,
        "selfUri": f"/api/v2/presence/definitions/{identifier}",
    }
    return row | {"divisionId": HOME} if user else row


PRESENCES: t.Final = [
    _presence(401, "Offline", "Offline"),
    _presence(402, "On Queue", "OnQueue"),
    _presence(403, "Meal", "Meal"),
    _presence(404, "Available", "Available"),
    _presence(405, "Coaching", "Meeting", user=True),
    _presence(406, "Break", "Break"),
    _presence(407, "Training", "Training"),
    _presence(408, "Busy", "Busy"),
    _presence(409, "Away", "Away"),
    _presence(410, "Idle", "Idle"),
    _presence(411, "Paperwork (old)", "Busy", user=True, deactivated=True),
]
# system presence of a history entry -> the organisation's definition
PRESENCE_IDS: t.Final = {
    "OFFLINE": example_id(401),
    "ON_QUEUE": example_id(402),
    "MEAL": example_id(403),
    "AVAILABLE": example_id(404),
    "MEETING": example_id(405),
    "BREAK": example_id(406),
    "TRAINING": example_id(407),
    "BUSY": example_id(408),
}

LOCATIONS: t.Final = [
    *examples()["locations"],
    {
        "id": uuid("location", 2),
        "name": "Closed site (fake)",
        "state": "deleted",
        "version": 3,
        "path": [example_id(481)],
        "selfUri": f"/api/v2/locations/{uuid('location', 2)}",
    },
]
GROUPS: t.Final = [
    *examples()["groups"],
    {
        "id": uuid("group", 2),
        "name": "Group Two (fake)",
        "dateModified": iso_short(CREATED),
        "memberCount": 0,
        "state": "active",
        "version": 1,
        "type": "social",
        "rulesVisible": False,
        "visibility": "members",
        "owners": [],
        "selfUri": f"/api/v2/groups/{uuid('group', 2)}",
    },
]
TEAMS: t.Final = [
    *examples()["teams"],
    {
        "id": uuid("team", 3),
        "name": "Team Three (fake)",
        "division": division_reference(SECOND_DIVISION),
        "dateCreated": iso(CREATED),
        "dateModified": iso_short(CREATED),
        "memberCount": 8,
        "selfUri": f"/api/v2/teams/{uuid('team', 3)}",
    },
]
FLOWS: t.Final = [
    {
        "id": uuid("flow", "main"),
        "name": "Main menu (fake)",
        "division": division_reference(HOME),
        "type": "INBOUNDCALL",
        "active": True,
        "system": False,
        "deleted": False,
        "selfUri": f"/api/v2/flows/{uuid('flow', 'main')}",
    },
    {
        "id": uuid("flow", "old"),
        "name": "Old menu (fake)",
        "division": division_reference(HOME),
        "type": "INBOUNDCALL",
        "active": False,
        "system": False,
        "deleted": True,
        "selfUri": f"/api/v2/flows/{uuid('flow', 'old')}",
    },
]
