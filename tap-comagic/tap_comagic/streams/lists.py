"""Lists of entities: https://comagic.github.io/data_api/. No dates, no modified-since."""

from __future__ import annotations

import typing as t

from singer_sdk.helpers.types import Context
from singer_slices import Page, RowReader

from tap_comagic.rows import Repair, with_conditions
from tap_comagic.streams.base import CLIENT, ComagicList


class Account(ComagicList):
    """The client account itself, one row: its id, name and time zone."""

    name = "account"
    method = "get.account"
    key_fields = ("app_id",)

    def fetch(self, offset: int, limit: int | None, context: Context | None, reader: RowReader | None = None) -> Page:
        """The account as one row; `get.account` takes no list parameters and is not for agencies."""
        del limit, reader
        account = self.comagic.account(self.client_params(context).get(CLIENT))
        return Page([account] if account and offset == 0 else [], 1)


class Sites(ComagicList):
    """Sites of the account: default number and scenario, how long visits count, connected integrations."""

    name = "sites"
    method = "get.sites"


class SiteBlocks(ComagicList):
    """Blocks of sites in which numbers are replaced, with their templates and numbers."""

    name = "site_blocks"
    method = "get.site_blocks"
    sort_field = "site_id"


class Campaigns(ComagicList):
    """Advertising campaigns: costs, conditions, numbers on sites, dynamic call tracking."""

    name = "campaigns"
    method = "get.campaigns"
    sort_field = "name"
    repairs: t.ClassVar[tuple[Repair, ...]] = (with_conditions("campaign_conditions"),)


class CampaignParameterWeights(ComagicList):
    """Weights, per site, by which visits are given to campaigns."""

    name = "campaign_parameter_weights"
    method = "get.campaign_parameter_weights"
    key_fields = ("site_id",)
    sort_field = "site_id"


class Employees(ComagicList):
    """Employees: numbers, groups, operator and coach settings, working status."""

    name = "employees"
    method = "get.employees"
    sort_field = "full_name"


class GroupEmployees(ComagicList):
    """Groups of employees with their members and numbers."""

    name = "group_employees"
    method = "get.group_employees"
    sort_field = "name"
    renamed: t.ClassVar[t.Mapping[str, str]] = {"phone_number": "phone_numbers"}


class EmployeePositions(ComagicList):
    """Positions that operators may hold."""

    name = "employee_positions"
    method = "get.employee_positions"
    sort_field = "name"


class Statuses(ComagicList):
    """Working statuses, deleted ones included: history names them."""

    name = "statuses"
    method = "get.statuses"
    sort_field = "name"

    def pages(self, context: Context | None) -> t.Iterator[Page]:
        """Those in use, then the deleted ones; a deleted status may come with both."""
        for deleted in (False, True):
            offset = 0
            while rows := self._of(context, offset, deleted=deleted).rows:
                yield Page(rows, None)
                offset += len(rows)

    def _of(self, context: Context | None, offset: int, *, deleted: bool) -> Page:
        params = {**self.list_params(offset, None, context), "is_deleted": deleted}
        return self.call(params, f"reading {self.name} from row {offset}")


class Tags(ComagicList):
    """Tags that can be set on contacts."""

    name = "tags"
    method = "get.tags"
    sort_field = "name"


class VirtualNumbers(ComagicList):
    """Virtual numbers of the account: status, kind, and the campaigns and scenarios they serve."""

    name = "virtual_numbers"
    method = "get.virtual_numbers"
    sort_field = "name"


class AvailableVirtualNumbers(ComagicList):
    """Numbers on sale with their prices: the vendor's stock, large and of the moment."""

    name = "available_virtual_numbers"
    method = "get.available_virtual_numbers"
    key_fields = ("phone_number",)
    selected_by_default = False


class Scenarios(ComagicList):
    """Scenarios of call handling with their numbers, sites and campaigns; needs the component va."""

    name = "scenarios"
    method = "get.scenarios"
    sort_field = "id"


class GroupContacts(ComagicList):
    """Groups of address-book contacts with their members."""

    name = "group_contacts"
    method = "get.group_contacts"
    sort_field = "name"
    renamed: t.ClassVar[t.Mapping[str, str]] = {"members.contacts_id": "contact_id"}


class ContactOrganizations(ComagicList):
    """Organisations in the address book."""

    name = "contact_organizations"
    method = "get.contact_organizations"
    sort_field = "name"


class Schedules(ComagicList):
    """Working hours: days, times and dates in force."""

    name = "schedules"
    method = "get.schedules"
    sort_field = "name"


class MediaFiles(ComagicList):
    """Sound files with their length and link."""

    name = "media_files"
    method = "get.media_files"
    sort_field = "id"


class SipLines(ComagicList):
    """SIP lines with their channels, state and addresses; needs the component va."""

    name = "sip_lines"
    method = "get.sip_lines"
    sort_field = "virtual_phone_number"


class ChatChannels(ComagicList):
    """Channels through which chats come, with whom they are given to."""

    name = "chat_channels"
    method = "get.chat_channels"
    sort_field = "name"


class Segments(ComagicList):
    """Segments of visitors and their conditions."""

    name = "segments"
    method = "get.segments"
    sort_field = "id"
    renamed: t.ClassVar[t.Mapping[str, str]] = {"segment_conditions": "segments_conditions"}
    repairs: t.ClassVar[tuple[Repair, ...]] = (with_conditions("segments_conditions"),)


class Events(ComagicList):
    """Events on sites that can be counted, goal definitions among them."""

    name = "events"
    method = "get.events"
    sort_field = "id"


class BlacklistPhoneNumbers(ComagicList):
    """Numbers that are refused, with who added them and why."""

    name = "blacklist_phone_numbers"
    method = "get.blacklist_phone_numbers"
    sort_field = "id"


class OfAgency(ComagicList):
    """Lists for partners: they belong to the agency, not to one of its clients."""

    selected_by_default = False

    @classmethod
    def partition_fields(cls, config: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
        """No client."""
        del config
        return {}

    def list_partitions(self) -> list[dict[str, t.Any]] | None:
        """No client."""
        return None

    def client_params(self, context: Context | None) -> dict[str, t.Any]:
        """No client."""
        del context
        return {}


class CustomerUsers(OfAgency):
    """Users of an agency's client accounts; their `id` is the `user_id` of all other methods."""

    name = "customer_users"
    method = "get.customer_users"
    sort_field = "name"


class Customers(OfAgency):
    """An agency's client accounts with their tariffs and limits; the vendor leaves archived ones out."""

    name = "customers"
    method = "get.customers"
    sort_field = "creation_date_time"


LISTS: tuple[type[ComagicList], ...] = (
    Account,
    AvailableVirtualNumbers,
    BlacklistPhoneNumbers,
    CampaignParameterWeights,
    Campaigns,
    ChatChannels,
    ContactOrganizations,
    CustomerUsers,
    Customers,
    EmployeePositions,
    Employees,
    Events,
    GroupContacts,
    GroupEmployees,
    MediaFiles,
    Scenarios,
    Schedules,
    Segments,
    SipLines,
    SiteBlocks,
    Sites,
    Statuses,
    Tags,
    VirtualNumbers,
)
