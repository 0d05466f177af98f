"""Settings and discovery of tap-comagic."""

from __future__ import annotations

import datetime as dt
import difflib
import functools
import typing as t

from singer_sdk import typing as th
from singer_slices import (
    Budget,
    ConfigurationError,
    Row,
    SlicedTap,
    SourceZone,
    StreamRefusedError,
    Transport,
    common_settings,
    name_of,
)

from tap_comagic.client import ComagicClient
from tap_comagic.schemas import field_names
from tap_comagic.streams import MAX_PAGE_SIZE, STREAMS

#: https://comagic.github.io/data_api/account/get_account/ is the only word on zones; most accounts are Russian.
_DEFAULT_ZONE = "Europe/Moscow"


class TapComagic(SlicedTap):
    """Singer tap for the CoMagic / UIS Data API: calls and the lists around them."""

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
            slice_days="30",
            lookback_days="3",
            day_zone="the account's zone",
        ),
    ).to_dict()

    @classmethod
    def own_problems(cls, config: t.Mapping[str, t.Any]) -> list[str]:
        """What is wrong with credentials, zone and field lists."""
        problems = _credential_problems(config)
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

    @functools.cached_property
    def transport(self) -> Transport:
        """What makes the requests."""
        config = self.config
        return Transport(
            self.control,
            user_agent=config.get("user_agent") or f"{self.name}/{self.plugin_version}",
            timeout=float(config["request_timeout"]),
            max_retries=int(config["max_retries"]),
            max_wait_seconds=float(config["max_wait_seconds"]),
        )

    @functools.cached_property
    def client(self) -> ComagicClient:
        """The one client of the run; it holds the session and the points."""
        budget = Budget(self.control, max_wait_seconds=float(self.config["max_wait_seconds"]), vendor="CoMagic")
        return ComagicClient(self.config, self.transport, budget, self.control)

    @property
    def client_params(self) -> dict[str, t.Any]:
        """What an agency's token needs with every method."""
        user_id = self.config.get("user_id")
        return {} if user_id is None else {"user_id": user_id}

    @functools.cached_property
    def account(self) -> Row:
        """The account's id, name and zone, asked once a run; empty if the vendor gives none.

        `get.account` is for clients only; for an agency's client the same is read from `getobj.account`
        (https://comagic.github.io/data_api/account_new/getobj_account/).
        """
        doing = "reading the account"
        if not self.client_params:
            rows = self.client.call("get.account", {}, doing=doing).rows
            return rows[0] if rows else {}
        rows = self.client.call("getobj.account", self.client_params, doing=doing).rows
        if not rows:
            return {}
        account = rows[0]
        return {"app_id": account.get("app_id"), "name": account.get("app_name"), "timezone": account.get("timezone")}

    def resolve_zone(self) -> SourceZone:
        """The zone from the settings, else the account's own."""
        if configured := self.config.get("timezone"):
            return SourceZone(configured)
        try:
            asked = self.account.get("timezone")
        except StreamRefusedError as error:
            self.logger.warning("The account's time zone may not be read (%s)", error)
            asked = None
        if not asked:
            self.logger.warning("Times are taken to be in %s; set timezone if that is wrong", _DEFAULT_ZONE)
        return SourceZone(asked or _DEFAULT_ZONE)


def _credential_problems(config: t.Mapping[str, t.Any]) -> list[str]:
    if config.get("access_token"):
        return []
    missing = [name for name in ("login", "password") if not config.get(name)]
    if len(missing) == len(("login", "password")):
        return ["credentials are missing: give access_token, or login and password"]
    return [f"{name} is missing: login and password go together" for name in missing]


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
