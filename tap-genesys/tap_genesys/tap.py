"""Settings and discovery of tap-genesys."""

from __future__ import annotations

import datetime as dt
import re
import typing as t

from singer_sdk import typing as th
from singer_slices import Budget, Calendar, Rate, SlicedTap, Transport, common_settings, name_of, once

from tap_genesys.client import GenesysClient
from tap_genesys.evaluators import Evaluators
from tap_genesys.jobs import Jobs
from tap_genesys.shared_reads import SharedReads
from tap_genesys.streams import STREAMS
from tap_genesys.streams.user_details import UserDetails
from tap_genesys.watermarks import Watermarks

#: The largest page that most public clients ask job results for; other routes allow less and get less.
_MAX_PAGE_SIZE = 1000
_QUEUES = "/routing/queues"
_DOMAIN = re.compile(r"[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")


class TapGenesys(SlicedTap):
    """Singer tap for Genesys Cloud: conversations, quality evaluations, agent status and the lists around them."""

    name = "tap-genesys"
    package_name = "tap-genesys"
    stream_types = STREAMS
    #: Pages of queries shift while their interval includes the present
    #: (https://developer.genesys.cloud/blog/2022-04-21-Analytics-conversations-api-behavior/).
    settling = dt.timedelta(minutes=10)

    config_jsonschema = th.PropertiesList(
        th.Property(
            "client_id",
            th.StringType,
            title="Client id",
            description="The id of an OAuth client with the grant Client Credentials.",
        ),
        th.Property(
            "client_secret",
            th.StringType,
            secret=True,
            title="Client secret",
            description="The secret of that OAuth client. What it may read follows from the roles given to it.",
        ),
        th.Property(
            "region",
            th.StringType,
            default="mypurecloud.com",
            title="Region",
            description="The domain of the organisation's region, like mypurecloud.de or usw2.pure.cloud.",
        ),
        th.Property(
            "auth_url",
            th.StringType,
            title="Login URL",
            description="The base address of the login service. Default: https://login.{region}.",
        ),
        th.Property(
            "conversation_source",
            th.StringType,
            default="auto",
            allowed_values=["auto", "jobs", "query"],
            title="Conversation source",
            description=(
                "How conversations and agent status are read. auto: by jobs as far as they reach, the newest part by "
                "queries. jobs: only what is settled, up to about a day ago. query: everything by queries, without "
                "participants' attributes."
            ),
        ),
        th.Property(
            "evaluator_roles",
            th.ArrayType(th.StringType),
            default=["Quality Evaluator"],
            title="Evaluator roles",
            description="The names of the roles whose users evaluate. [] looks for none: give evaluator_ids then.",
        ),
        th.Property(
            "evaluator_ids",
            th.ArrayType(th.StringType),
            title="Evaluator ids",
            description=(
                "User ids of further evaluators: people who no longer hold the role, or have the right in another way."
            ),
        ),
        th.Property(
            "requests_per_minute",
            th.CustomType({"type": ["integer", "null"], "minimum": 1}),
            default=300,
            title="Requests per minute",
            description="The rate that the organisation allows one client; the vendor's support may raise it.",
        ),
        th.Property(
            "job_poll_seconds",
            th.CustomType({"type": ["number", "null"], "exclusiveMinimum": 0}),
            default=3,
            title="Job poll seconds",
            description="Seconds between the first two looks at a job; the pauses grow to 15 s.",
        ),
        th.Property(
            "job_timeout_minutes",
            th.CustomType({"type": ["number", "null"], "exclusiveMinimum": 0}),
            default=30,
            title="Job timeout minutes",
            description="Minutes after which a job is given up.",
        ),
        *common_settings(
            api_url=None,
            api_url_default="https://api.{region}",
            page_size=_MAX_PAGE_SIZE,
            slice_days="conversations 7, evaluations 30, user_presence and user_routing_status 1",
            lookback_days="conversations 4, user_presence and user_routing_status 2, evaluations 90",
            day_zone="UTC",
            parallel_requests=6,
        ),
    ).to_dict()

    @classmethod
    def own_problems(cls, config: t.Mapping[str, t.Any]) -> list[str]:
        """What is wrong with credentials, region and addresses."""
        problems = [
            f"{name} is missing: give the id and the secret of an OAuth client with the grant Client Credentials"
            for name in ("client_id", "client_secret")
            if not config.get(name)
        ]
        region = str(config.get("region") or "")
        if not _DOMAIN.fullmatch(region):
            problems.append(f"region: {region!r} is no domain; give the organisation's own, like 'mypurecloud.de'")
        auth_url = config.get("auth_url")
        if auth_url and not str(auth_url).startswith(("http://", "https://")):
            problems.append(f"auth_url: {auth_url!r} is no address; leave it out unless a proxy stands between")
        return problems

    # Parts of the run

    @once
    def transport(self) -> Transport:
        """What makes the requests."""
        return self.make_transport()

    @once
    def client(self) -> GenesysClient:
        """The one client of the run; it holds token and budget."""
        patience = float(self.config["max_wait_seconds"])
        rate = Rate(int(self.config["requests_per_minute"]), 60)
        budget = Budget(self.control, max_wait_seconds=patience, vendor="Genesys Cloud", rate=rate)
        return GenesysClient(self.config, self.transport, budget)

    @once
    def watermarks(self) -> Watermarks:
        """How far jobs reach."""
        return Watermarks(self.client, self.control)

    @once
    def evaluators(self) -> Evaluators:
        """Who evaluates."""
        return Evaluators(self.client, self.config["evaluator_roles"] or (), self.config.get("evaluator_ids") or ())

    @once
    def user_details(self) -> SharedReads:
        """Feeds both streams of agent status from one read."""
        kinds = [stream for stream in self.stream_types if issubclass(stream, UserDetails)]
        return SharedReads([name_of(stream) for stream in kinds if self.streams[name_of(stream)].selected])

    @once
    def queue_ids(self) -> list[str]:
        """The ids of all queues, asked for once a run.

        Raises:
            EngineError: they cannot be read.
        """
        params = {"pageSize": self.page_size(100)}
        pages = self.client.listing(_QUEUES, params, doing="looking for queues")
        return [str(row["id"]) for page in pages for row in page if row.get("id")]

    def jobs(self, path: str, rows_field: str) -> Jobs:
        """The jobs at one path."""
        return Jobs(
            self.client,
            self.control,
            path=path,
            rows_field=rows_field,
            page_size=self.page_size(_MAX_PAGE_SIZE),
            poll_seconds=float(self.config["job_poll_seconds"]),
            timeout_seconds=float(self.config["job_timeout_minutes"]) * 60,
        )

    def page_size(self, most: int) -> int:
        """Rows that a request asks for, where a route gives at most `most`."""
        return min(int(self.config["page_size"]), most)

    def present(self, entity: str, calendar: Calendar) -> dt.datetime:
        """Now less the settling time, the same for all streams of one kind, so that one read may feed them.

        Raises:
            EngineError: the vendor, whose clock counts, does not let this client in.
        """
        if entity not in self._presents:
            self.client.sign_in()
            self._presents[entity] = calendar.watermark()
        return self._presents[entity]

    @once
    def _presents(self) -> dict[str, dt.datetime]:
        return {}

    @once
    def day_totals(self) -> dict[dt.date, int]:
        """The total that a query last stated for a UTC day."""
        return {}
