"""The organisation's people: agents with shifts and queues, evaluators, a supervisor, and who has left."""

from __future__ import annotations

import dataclasses
import functools
import typing as t

from sandbox.genesys.catalog import HOME, LANGUAGES, QUEUES, SECOND_DIVISION, SKILLS, division_reference
from sandbox.genesys.examples import Row, example_id, examples
from sandbox.genesys.names import DAY_MS, NEVER, iso_short, uuid

AGENTS: t.Final = 24
SHIFTS: t.Final = 3
FIRST_EVALUATOR: t.Final = example_id(302)
SECOND_EVALUATOR: t.Final = example_id(304)
SUPERVISOR: t.Final = uuid("user", "supervisor")
FORMER_EVALUATOR: t.Final = uuid("user", "former evaluator")
EVALUATOR_ROLE: t.Final = "Quality Evaluator"

FIRST_NAMES: t.Final = ("Ada", "Ben", "Cleo", "Dan", "Eva", "Finn", "Gus", "Hana", "Ivo", "Jana", "Kim", "Lea")
LAST_NAMES: t.Final = ("Abel", "Brandt", "Costa", "Dietz", "Ernst", "Falk", "Groot", "Hale", "Ilic")


@dataclasses.dataclass(frozen=True)
class Person:
    """A user of the organisation; times in milliseconds.

    Attributes:
        id: user id.
        name: full name.
        title: job title.
        division: id of the division.
        agent: index among the agents, or none.
        inactive_from: when the account was switched off.
        deleted_from: when the account was deleted.
        version: version of the account.
    """

    id: str
    name: str
    title: str
    division: str
    agent: int | None = None
    inactive_from: int = NEVER
    deleted_from: int = NEVER

    def state(self, now: int) -> str:
        """The account's state at an instant."""
        if now >= self.deleted_from:
            return "deleted"
        return "inactive" if now >= self.inactive_from else "active"

    @property
    def gone_from(self) -> int:
        """From when this person does no work."""
        return min(self.inactive_from, self.deleted_from)


def shift_of(agent: int) -> int:
    """0 early, 1 day, 2 late."""
    return agent % SHIFTS


def queues_of(agent: int) -> tuple[int, ...]:
    """Indexes of the queues an agent serves; in every shift every queue has somebody."""
    step = agent // SHIFTS
    return tuple(sorted({step % len(QUEUES), (step + 1) % len(QUEUES), (step + 3) % len(QUEUES)}))


class People:
    """Everybody, as of the start of the sandbox's clock: some left before it, one leaves after it."""

    def __init__(self, started: int) -> None:
        leaving = {
            20: {"deleted_from": started + 5 * DAY_MS},
            21: {"inactive_from": started - 10 * DAY_MS},
            22: {"deleted_from": started - 20 * DAY_MS},
        }
        self.agents = [_agent(index, leaving.get(index, {})) for index in range(AGENTS)]
        self.others = [
            Person(FIRST_EVALUATOR, "Evaluator Two (fake)", "Quality Evaluator", HOME),
            Person(SECOND_EVALUATOR, "Evaluator Four (fake)", "Quality Evaluator", HOME),
            Person(SUPERVISOR, "Supervisor Six (fake)", "Supervisor", HOME),
            Person(
                FORMER_EVALUATOR,
                "Former Evaluator (fake)",
                "Quality Evaluator",
                HOME,
                deleted_from=started - 15 * DAY_MS,
            ),
        ]
        self.everybody = [*self.agents, *self.others]
        self._by_id = {person.id: person for person in self.everybody}

    def find(self, identifier: str) -> Person | None:
        """The person of an id."""
        return self._by_id.get(identifier)

    def members(self, queue: int, now: int) -> list[Person]:
        """Who serves a queue and is still there."""
        served = (person for index, person in enumerate(self.agents) if queue in queues_of(index))
        return [person for person in served if now < person.gone_from]


def _agent(index: int, leaving: dict[str, int]) -> Person:
    known = {0: (example_id(301), "Agent One (fake)"), 22: (example_id(303), "Former Person (fake)")}
    made = f"{FIRST_NAMES[index % len(FIRST_NAMES)]} {LAST_NAMES[index % len(LAST_NAMES)]} (fake)"
    identifier, name = known.get(index, (uuid("user", index), made))
    if index == 4:  # noqa: PLR2004  # whom the vendor's sample conversation names
        identifier = "50fcd33c-f432-4726-abc9-979f3ca01555"
    division = SECOND_DIVISION if index % 4 == 3 else HOME  # noqa: PLR2004  # every fourth
    return Person(identifier, name, "Agent", division, index, **leaving)


@functools.cache
def _numbers() -> dict[str, Row]:
    return {row["id"]: row for row in examples()["users"]}


def user_row(person: Person, now: int) -> Row:
    """A user as it is listed without ``expand``."""
    mail = f"{person.id[:8]}.{person.id[-3:]}@example.invalid"
    row: Row = {
        "id": person.id,
        "name": person.name,
        "division": division_reference(person.division),
        "chat": {"jabberId": f"{person.id[-6:]}@org.example.invalid"},
        "department": "Support",
        "email": mail,
        "primaryContactInfo": [{"address": mail, "mediaType": "EMAIL", "type": "PRIMARY"}],
        "addresses": [],
        "title": person.title,
        "username": mail,
        "version": 7,
        "acdAutoAnswer": False,
        "selfUri": f"/api/v2/users/{person.id}",
    }
    row |= _numbers().get(person.id, {})
    row["state"] = person.state(now)
    if person.agent is not None and person.id != example_id(303):
        row["manager"] = {"id": SUPERVISOR, "selfUri": f"/api/v2/users/{SUPERVISOR}"}
    return row


def role_ids(person: Person) -> list[str]:
    """The roles a person holds."""
    roles = [ROLE_IDS["employee"]]
    if person.title == EVALUATOR_ROLE:
        roles.append(ROLE_IDS[EVALUATOR_ROLE])
    if person.title == "Supervisor":
        roles.append(ROLE_IDS["Supervisor"])
    return roles


ROLE_IDS: t.Final = {
    EVALUATOR_ROLE: example_id(471),
    "employee": example_id(472),
    "Supervisor": uuid("role", "Supervisor"),
    "Quality Evaluator - Night": uuid("role", "Quality Evaluator - Night"),
}


def expansions(person: Person, now: int) -> dict[str, t.Any]:
    """What ``expand`` can add to a user here, best effort as at the vendor."""
    index = person.agent or 0
    names = {identifier: name for name, identifier in ROLE_IDS.items()}
    skill, language = SKILLS[index % len(SKILLS)], LANGUAGES[index % len(LANGUAGES)]
    group = {"id": example_id(461), "selfUri": f"/api/v2/groups/{example_id(461)}"}
    added: dict[str, t.Any] = {
        "skills": [{"id": skill["id"], "name": skill["name"], "proficiency": 3.0, "state": "active"}],
        "languages": [{"id": language["id"], "name": language["name"], "proficiency": 4.0, "state": "active"}],
        "groups": [group] if index < 3 else [],  # noqa: PLR2004  # the first three are in it
        "locations": [],
        "authorization": {
            "roles": [{"id": role, "name": names[role]} for role in role_ids(person)],
            "permissions": [],
            "permissionPolicies": [],
        },
        "employerInfo": {"officialName": person.name, "employeeId": f"E-{person.id[:4]}", "employeeType": "Full-time"},
        "certifications": [],
        "profileSkills": [],
        "dateLastLogin": iso_short(min(now, person.gone_from) // DAY_MS * DAY_MS + 28_800_000),
    }
    return added
