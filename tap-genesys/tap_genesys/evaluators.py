"""Who evaluates: the users of certain roles, and those that are known anyway.

What this misses: people who no longer hold the role, rights held through a group or another role, evaluations without
an evaluator. Ids of such people go into the setting `evaluator_ids`.
"""

from __future__ import annotations

import functools
import logging
import typing as t

from singer_slices import StreamFailedError

from tap_genesys.client import GenesysClient

logger = logging.getLogger(__name__)

_ROLES = "/authorization/roles"
_PAGE = 100


class Evaluators:
    """Finds the evaluators of one organisation, once a run.

    Args:
        client: for the requests.
        roles: names of the roles whose users evaluate.
        known: ids that are known anyway.
    """

    def __init__(self, client: GenesysClient, roles: t.Sequence[str], known: t.Sequence[str]) -> None:
        self._client = client
        self._roles = list(dict.fromkeys(roles))
        self._known = list(known)

    def ids(self) -> list[str]:
        """The user ids, sorted.

        Raises:
            EngineError: roles or their users cannot be read, or a name is no role's.
        """
        return self._found

    @functools.cached_property
    def _found(self) -> list[str]:
        found = set(self._known)
        for role in self._roles:
            users = {user for role_id in self._role_ids(role) for user in self._users_of(role_id, role)}
            if not users:
                logger.warning("evaluations: nobody has the role %r of evaluator_roles", role)
            found |= users
        if not found:
            logger.warning("evaluations: there is no evaluator to ask for; set evaluator_roles or evaluator_ids")
        return sorted(found)

    def _role_ids(self, name: str) -> list[str]:
        """The ids of the roles of exactly this name: whether the vendor's filter is exact is not documented."""
        doing = f"looking for the role {name!r}"
        rows = [row for page in self._client.listing(_ROLES, self._by_name(name), doing=doing) for row in page]
        ids = [str(row["id"]) for row in rows if row.get("name") == name and row.get("id")]
        if not ids:
            raise StreamFailedError(
                f"{doing}: there is none; there are {', '.join(self._role_names())}. Correct evaluator_roles, or leave "
                "it empty and give evaluator_ids"
            )
        return ids

    @staticmethod
    def _by_name(name: str) -> dict[str, t.Any]:
        return {"name": name, "pageSize": _PAGE, "pageNumber": 1}

    def _role_names(self) -> list[str]:
        params = {"pageSize": _PAGE, "pageNumber": 1}
        pages = self._client.listing(_ROLES, params, doing="reading the names of the roles")
        return sorted(str(row.get("name")) for page in pages for row in page)

    def _users_of(self, role_id: str, name: str) -> t.Iterator[str]:
        """The ids of a role's users; the list has no next address, only a number of pages."""
        params = {"pageSize": _PAGE, "pageNumber": 1}
        doing = f"looking for the users of the role {name!r}"
        for page in self._client.listing(f"{_ROLES}/{role_id}/users", params, doing=doing):
            yield from (str(row["id"]) for row in page if row.get("id"))
