"""Full lists that give ids their names. None of them can be asked for changes alone."""

from __future__ import annotations

import typing as t

from singer_sdk.helpers.types import Context
from singer_slices import ListStream, Page, Row

from tap_genesys import schemas
from tap_genesys.answers import NotFoundError
from tap_genesys.client import LISTING
from tap_genesys.streams.base import LISTING_PAGE, GenesysStream

_USERS_PAGE = 500


class Lookup(GenesysStream, ListStream):
    """A list at one path."""

    path: t.ClassVar[str]
    most_rows: t.ClassVar[int] = LISTING_PAGE

    def params(self) -> dict[str, t.Any]:
        """Filters of this list."""
        return {}

    def pages(self, context: Context | None) -> t.Iterator[Page]:
        """All pages."""
        read = self.reading(context, LISTING)
        for rows in self.client.pages(self.path, self._page_params(), doing=f"reading {self.name}", read=read):
            yield Page(rows, None)

    def probe(self, context: Context | None) -> None:
        """Ask for one row."""
        del context
        self.client.get(self.path, {**self.params(), "pageSize": 1}, doing=f"trying {self.name}")

    def _listing(self, path: str, doing: str) -> t.Iterator[list[Row]]:
        return self.client.listing(path, self._page_params(), doing=doing)

    def _page_params(self) -> dict[str, t.Any]:
        return {**self.params(), "pageSize": self.genesys.page_size(self.most_rows)}


class Users(Lookup):
    """Users in every state: history names people who left long ago."""

    name = "users"
    path = "/users"
    most_rows = _USERS_PAGE
    record_schema = schemas.USER
    #: Fields that the vendor gives only when asked.
    expandable: t.ClassVar[tuple[str, ...]] = (
        "authorization",
        "biography",
        "certifications",
        "dateLastLogin",
        "dateWelcomeSent",
        "employerInfo",
        "groups",
        "languagePreference",
        "languages",
        "locations",
        "profileSkills",
        "skills",
        "team",
    )

    def params(self) -> dict[str, t.Any]:
        """The default would be active users only."""
        expand = [field for field in self.expandable if self.is_selected(field)]
        return {"state": "any", "sortOrder": "ASC", **({"expand": expand} if expand else {})}


class Queues(Lookup):
    """Queues."""

    name = "queues"
    path = "/routing/queues"
    record_schema = schemas.QUEUE


class OfQueue(Lookup):
    """Lists that hang below each queue."""

    below: t.ClassVar[str]
    path = "/routing/queues"
    key_fields = ("queueId", "id")

    def pages(self, context: Context | None) -> t.Iterator[Page]:
        """The list of each queue, one after the other."""
        del context
        for queue in self.genesys.queue_ids:
            yield from self._pages_of(queue)

    def _pages_of(self, queue: str) -> t.Iterator[Page]:
        try:
            for rows in self._listing(f"{self.path}/{queue}/{self.below}", f"reading {self.name} of queue {queue}"):
                yield Page([{"queueId": queue, **row} for row in rows], None)
        except NotFoundError:
            self.logger.info("%s: queue %s has vanished meanwhile and is passed over", self.name, queue)


class QueueMembers(OfQueue):
    """Who belongs to which queue."""

    name = "queue_members"
    below = "members"
    record_schema = schemas.QUEUE_MEMBER


class QueueWrapupCodes(OfQueue):
    """Which wrap-up codes a queue offers; one code belongs to many queues."""

    name = "queue_wrapup_codes"
    below = "wrapupcodes"
    record_schema = schemas.QUEUE_WRAPUP_CODE


class WrapupCodes(Lookup):
    """Wrap-up codes of the organisation."""

    name = "wrapup_codes"
    path = "/routing/wrapupcodes"
    record_schema = schemas.WRAPUP_CODE


class PresenceDefinitions(Lookup):
    """Presence definitions, those no longer offered included. The list is not paged."""

    name = "presence_definitions"
    path = "/presence/definitions"
    record_schema = schemas.PRESENCE_DEFINITION

    def pages(self, context: Context | None) -> t.Iterator[Page]:
        """Active ones, then the others; the vendor does not say whether the second answer repeats the first."""
        del context
        for deactivated in ("false", "true"):
            params = {"deactivated": deactivated}
            for rows in self.client.listing(self.path, params, doing=f"reading {self.name}"):
                yield Page(rows, None)

    def probe(self, context: Context | None) -> None:
        """Ask for the list."""
        del context
        self.client.get(self.path, doing=f"trying {self.name}")


class Skills(Lookup):
    """Routing skills."""

    name = "skills"
    path = "/routing/skills"
    record_schema = schemas.SKILL


class Languages(Lookup):
    """Language skills."""

    name = "languages"
    path = "/routing/languages"
    record_schema = schemas.LANGUAGE


class Divisions(Lookup):
    """Divisions, to which roles are limited."""

    name = "divisions"
    path = "/authorization/divisions"
    record_schema = schemas.DIVISION


class Groups(Lookup):
    """Groups of users."""

    name = "groups"
    path = "/groups"
    record_schema = schemas.GROUP


class Locations(Lookup):
    """Locations."""

    name = "locations"
    path = "/locations"
    record_schema = schemas.LOCATION


class Roles(Lookup):
    """Roles; evaluators are found through them."""

    name = "roles"
    path = "/authorization/roles"
    record_schema = schemas.ROLE


class Teams(Lookup):
    """Teams; paged by cursor."""

    name = "teams"
    path = "/teams"
    record_schema = schemas.TEAM


LOOKUPS: tuple[type[Lookup], ...] = (
    Divisions,
    Groups,
    Languages,
    Locations,
    PresenceDefinitions,
    QueueMembers,
    QueueWrapupCodes,
    Queues,
    Roles,
    Skills,
    Teams,
    Users,
    WrapupCodes,
)
