"""Settings and discovery of tap-comagic."""

from __future__ import annotations

import datetime as dt
import difflib
import operator
import typing as t

from singer_sdk import typing as th
from singer_slices import (
    Budget,
    ConfigurationError,
    Limits,
    Page,
    Row,
    SlicedTap,
    SourceZone,
    StreamFailedError,
    StreamRefusedError,
    Tally,
    Transport,
    common_settings,
    name_of,
    once,
    read_pages,
)

from tap_comagic.client import ComagicClient
from tap_comagic.schemas import field_names
from tap_comagic.streams import CLIENT, MAX_OFFSET, MAX_PAGE_SIZE, STREAMS, reads_clients

#: https://comagic.github.io/data_api/account/get_account/ is the only word on zones; most accounts are Russian.
_DEFAULT_ZONE = "Europe/Moscow"


class TapComagic(SlicedTap):
    """Singer tap for the CoMagic / UIS Data API: calls, chats, messages, visits, goals, statistics and all lists."""

    name = "tap-comagic"
    package_name = "tap-comagic"
    stream_types = STREAMS
    settling = dt.timedelta(minutes=10)

    config_jsonschema = th.PropertiesList(
        th.Property(
            "access_token",
            th.StringType,
            secret=True,
            title="Access token",
            description="A permanent or temporary API key of a user of the account. Give this, or login and password.",
        ),
        th.Property(
            "login",
            th.StringType,
            title="Login",
            description="The login of a user of the account, if there is no access_token.",
        ),
        th.Property(
            "password",
            th.StringType,
            secret=True,
            title="Password",
            description="The password that belongs to login.",
        ),
        th.Property(
            "user_id",
            th.IntegerType,
            title="Client id",
            description="For agencies: the id of the client account to read (get.customer_users lists them).",
        ),
        th.Property(
            "user_ids",
            th.ArrayType(th.IntegerType),
            title="Client ids",
            description=(
                "For agencies: the ids of several client accounts to read in one run, each with bookmarks of its own. "
                "Every record and every key then holds the client's id as user_id."
            ),
        ),
        th.Property(
            "all_clients",
            th.BooleanType,
            default=False,
            title="All clients",
            description="For agencies: read every client account that get.customer_users lists, as user_ids does.",
        ),
        th.Property(
            "timezone",
            th.StringType,
            title="Time zone",
            description=(
                "The zone in which the account keeps its times, like Europe/Moscow. Default: asked from the account."
            ),
        ),
        th.Property(
            "fields",
            th.ObjectType(additional_properties=th.ArrayType(th.StringType)),
            title="Fields",
            description=(
                'Vendor fields per stream: ["-x"] leaves x out, ["+x"] adds an undocumented x, plain names replace '
                "the set. Keys and the time always stay."
            ),
        ),
        th.Property(
            "include_ongoing_calls",
            th.BooleanType,
            default=False,
            title="Include ongoing calls",
            description="Also read calls that are still in progress; they are read again by later runs.",
        ),
        *common_settings(
            api_url="https://dataapi.comagic.ru/v2.0",
            page_size=MAX_PAGE_SIZE,
            slice_days="30; chat_messages 28; goals, offline_messages, visitor_sessions and aggregates 1",
            lookback_days="3",
            day_zone="the account's zone",
            parallel_requests=2,
        ),
    ).to_dict()

    def __init__(self, **options: t.Any) -> None:
        # Per client of an agency; None is an ordinary account.
        self._accounts: dict[int | None, Row] = {}
        self._sites: dict[int | None, list[int]] = {}
        self._zones: dict[int | None, SourceZone] = {}
        super().__init__(**options)

    @classmethod
    def own_problems(cls, config: t.Mapping[str, t.Any]) -> list[str]:
        """What is wrong with credentials, zone and field lists."""
        problems = [*_credential_problems(config), *_client_problems(config)]
        try:
            SourceZone(config.get("timezone") or "UTC")
        except ConfigurationError as error:
            problems.append(str(error))
        for stream, names in (config.get("fields") or {}).items():
            problems += _field_problems(stream, names or [])
        return problems

    @property
    def page_size(self) -> int:
        """Rows a request asks for."""
        return int(self.config["page_size"])

    @once
    def transport(self) -> Transport:
        """What makes the requests."""
        return self.make_transport()

    @once
    def client(self) -> ComagicClient:
        """The one client of the run; it holds the session and the points."""
        budget = Budget(self.control, max_wait_seconds=float(self.config["max_wait_seconds"]), vendor="CoMagic")
        return ComagicClient(self.config, self.transport, budget, self.control)

    # Clients of an agency

    @once
    def clients(self) -> list[int]:
        """The client accounts of this run, in the order of their ids.

        An agency's list names users, and several of them may belong to one customer: each customer is read once, as its
        user with the lowest id, or its rows would come several times.

        Raises:
            EngineError: the agency's list cannot be read.
        """
        if not self.config.get("all_clients"):
            return sorted(set(self.config.get("user_ids") or ()))
        params = {"fields": ["id", "customer_id"]}
        users = self._all_rows("get.customer_users", params, "looking for the agency's clients")
        if not users:
            self.logger.warning("all_clients: the agency's list names no client, so there is nothing to read")
        first: dict[tuple[bool, t.Any], int] = {}
        for user in sorted(users, key=operator.itemgetter("id")):
            customer = user.get("customer_id")
            first.setdefault((customer is None, user["id"] if customer is None else customer), user["id"])
        return sorted(first.values())

    def site_ids(self, client_params: Row) -> list[int]:
        """The ids of a client's sites, asked for once a run.

        Raises:
            EngineError: they cannot be read.
        """
        client = client_params.get(CLIENT)
        if client not in self._sites:
            params = {**client_params, "fields": ["id"]}
            found = self._all_rows("get.sites", params, "looking for sites")
            self._sites[client] = sorted(row["id"] for row in found)
        return self._sites[client]

    def _all_rows(self, method: str, params: Row, doing: str) -> list[Row]:
        """All rows of a short list, each once, with ids as parameters and states take them: whole numbers."""

        def fetch(offset: int) -> Page:
            return self.client.call(method, {**params, "limit": self.page_size, "offset": offset}, doing=doing)

        pages = read_pages(fetch, Limits(self.page_size, MAX_OFFSET), Tally(("id",)))
        rows = [{**row, "id": int(row["id"])} for page in pages for row in page.rows]
        return list({row["id"]: row for row in rows}.values())

    def account(self, client: int | None) -> Row:
        """A client account's id, name and zone, asked for once a run; empty if the vendor gives none.

        `get.account` is for clients only; for an agency's client the same is read from `getobj.account`
        (https://comagic.github.io/data_api/account_new/getobj_account/).

        Args:
            client: the agency's client; None for an ordinary account.

        Raises:
            EngineError: it cannot be read.
        """
        if client not in self._accounts:
            self._accounts[client] = self._asked_account(client)
        return self._accounts[client]

    def _asked_account(self, client: int | None) -> Row:
        doing = "reading the account" if client is None else f"reading the account of client {client}"
        if client is None:
            rows = self.client.call("get.account", {}, doing=doing).rows
            return rows[0] if rows else {}
        rows = self.client.call("getobj.account", {CLIENT: client}, doing=doing).rows
        if not rows:
            return {}
        account = rows[0]
        return {"app_id": account.get("app_id"), "name": account.get("app_name"), "timezone": account.get("timezone")}

    # Zones

    def resolve_zone(self) -> SourceZone:
        """The zone from the settings, else the account's own."""
        return self.zone_of_client(self.config.get(CLIENT))

    def zone_of_client(self, client: int | None) -> SourceZone:
        """The zone from the settings, else that of a client's account, asked for once a run.

        Raises:
            EngineError: the account cannot be read.
        """
        if client not in self._zones:
            given = self.config.get("timezone")
            self._zones[client] = SourceZone(given) if given else self._zone_named(self._asked_zone(client))
        return self._zones[client]

    def _zone_named(self, name: str) -> SourceZone:
        """The zone that an account names.

        Raises:
            StreamFailedError: it is unknown, and others of an agency's clients may still be read.
            ConfigurationError: it is unknown, and so nothing can be read.
        """
        try:
            return SourceZone(name)
        except ConfigurationError as error:
            kind = StreamFailedError if reads_clients(self.config) else ConfigurationError
            raise kind(f"the account's {error}, in the setting timezone") from None

    def _asked_zone(self, client: int | None) -> str:
        try:
            asked = self.account(client).get("timezone")
        except StreamRefusedError as error:
            self.logger.warning("The account's time zone may not be read (%s)", error)
            asked = None
        if not asked:
            self.logger.warning("Times are taken to be in %s; set timezone if that is wrong", _DEFAULT_ZONE)
        return str(asked or _DEFAULT_ZONE)


def _credential_problems(config: t.Mapping[str, t.Any]) -> list[str]:
    if config.get("access_token"):
        return []
    missing = [name for name in ("login", "password") if not config.get(name)]
    if len(missing) == len(("login", "password")):
        return ["credentials are missing: give access_token, or login and password"]
    return [f"{name} is missing: login and password go together" for name in missing]


def _client_problems(config: t.Mapping[str, t.Any]) -> list[str]:
    given = [name for name in (CLIENT, "user_ids", "all_clients") if config.get(name)]
    return [f"{given[1]} contradicts {given[0]}: give one of user_id, user_ids and all_clients"] if given[1:] else []


def _field_problems(stream: str, names: t.Sequence[str]) -> list[str]:
    known = {name_of(cls): cls for cls in STREAMS}
    if stream not in known:
        return [f"fields: there is no stream {stream!r}; there are {', '.join(sorted(known))}"]
    documented = field_names(known[stream].method)
    problems = []
    for name in names:
        bare = name.lstrip("+-")
        if not bare:
            problems.append(f"fields.{stream}: {name!r} is no field name")
        elif bare not in documented and not name.startswith("+"):
            near = difflib.get_close_matches(bare, documented, n=1)
            hint = (
                f"did you mean {near[0]!r}?" if near else f"write '+{bare}' to ask for a field that is not documented"
            )
            problems.append(f"fields.{stream}: {bare!r} is no documented field; {hint}")
    return problems
