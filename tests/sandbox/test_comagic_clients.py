"""Third parties' CoMagic clients against a served sandbox: what they read equals the truth."""

from __future__ import annotations

import contextlib
import copy
import datetime as dt
import inspect
import typing as t

import pytest
import requests
from comagic import models
from comagic.client import Comagic as SdkClient
from comagic.comagic import VALID_ENDPOINTS
from comagic.comagic import Comagic as WrapperClient
from comagic.errors import ComagicException as SdkError
from comagic.exceptions import ComagicException as WrapperError
from comagic.models import BaseModel, Call, Employee, Tag
from sandbox.comagic.fields import fields_of
from sandbox.comagic.methods import METHODS
from sandbox.testing import ACCESS_TOKEN, AGENCY_TOKEN, LOGIN, PASSWORD, SandboxProcess, start_sandbox

FROM, TILL = dt.datetime(2026, 3, 1), dt.datetime(2026, 3, 15)  # noqa: DTZ001  # the client wants account-local times
SITE = 25001
# the client asks for this field, which the documentation does not list for calls
UNDOCUMENTED = "utm_referrer"


@pytest.fixture(scope="module")
def sandbox() -> t.Iterator[SandboxProcess]:
    settings = {"bounds": "half_open", "undocumented_extras": False, "limits": None}
    with start_sandbox(
        now="2026-03-20T12:00:00Z", days=40, calls_per_day=30, frozen=True, settings=settings
    ) as running:
        yield running


@pytest.fixture
def sdk(sandbox: SandboxProcess, monkeypatch: pytest.MonkeyPatch) -> t.Callable[..., t.Any]:
    """`comagic-data-api-sdk`: it takes no address, so it is made with a key and then pointed here."""

    def make(token: str = ACCESS_TOKEN) -> t.Any:
        client = SdkClient(token=token)
        client.API_URL = sandbox.comagic_url
        return client

    return make


@pytest.fixture
def wrapper(sandbox: SandboxProcess) -> t.Callable[..., t.Any]:
    """`comagic-wrapper`: the same, its session holds the address."""

    def make(token: str = ACCESS_TOKEN) -> t.Any:
        client = WrapperClient(token=token)
        client._session.API_URL = sandbox.comagic_url
        return client

    return make


def by_id(rows: t.Iterable[dict[str, t.Any]]) -> dict[int, dict[str, t.Any]]:
    return {row["id"]: row for row in rows}


def test_the_sdk_reads_every_call(sandbox: SandboxProcess, sdk: t.Callable[..., t.Any]) -> None:
    fields = [name for name in Call.fields() if name != UNDOCUMENTED]
    calls = sdk().get_calls_report(FROM, TILL, limit=10_000, fields=fields, sort=[{"field": "start_time"}])
    truth = sandbox.truth("get.calls_report", "2026-03-01", "2026-03-15")
    times = ("start_time", "finish_time", "sale_date")
    expected = [
        {name: dt.datetime.fromisoformat(row[name]) if name in times and row[name] else row[name] for name in fields}
        for row in truth
    ]
    got = [{name: getattr(call, name) for name in fields} for call in calls]
    assert len(got) > 200
    assert by_id(got) == by_id(expected)


def test_the_sdk_pages_through_a_window(sandbox: SandboxProcess, sdk: t.Callable[..., t.Any]) -> None:
    client, ids = sdk(), []
    for offset in range(0, 10_000, 150):
        page = client.get_calls_report(
            FROM, TILL, limit=150, offset=offset, fields=["id"], sort=[{"field": "start_time"}]
        )
        rows = [call.id for call in page]
        if not rows:
            break
        ids += rows
    truth = sandbox.truth("get.calls_report", "2026-03-01", "2026-03-15", fields="id")
    assert sorted(ids) == sorted(row["id"] for row in truth)


def test_the_sdk_reads_the_lists(sandbox: SandboxProcess, sdk: t.Callable[..., t.Any]) -> None:
    client = sdk()
    account = client.get_account()
    assert {name: getattr(account, name) for name in ("app_id", "name", "timezone")} == sandbox.truth("get.account")[0]
    tags = [{name: getattr(tag, name) for name in Tag.fields()} for tag in client.get_tags()]
    assert by_id(tags) == by_id(sandbox.truth("get.tags"))
    documented = sandbox.truth("get.employees")
    wanted = [name for name in Employee.fields() if name in documented[0]]
    employees = [{name: getattr(one, name) for name in wanted} for one in client.get_employees(fields=wanted)]
    assert by_id(employees) == {row["id"]: {name: row[name] for name in wanted} for row in documented}


def test_the_wrapper_logs_in_and_reads_lists(sandbox: SandboxProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its constructor logs in at once, so the default address is replaced for the time of the call."""
    session = type(WrapperClient(token="unused")._session)
    begin = session.__init__

    def at_the_sandbox(self: t.Any, login: str, password: str, token: str, api_url: str) -> None:
        del api_url
        begin(self, login, password, token, sandbox.comagic_url)

    monkeypatch.setattr(session, "__init__", at_the_sandbox)
    client = WrapperClient(LOGIN, PASSWORD)
    assert client.comagic_app_id == 1103
    assert client.access_token not in {"", ACCESS_TOKEN}
    for endpoint in ("sites", "campaigns", "employees", "tags"):
        fields = list(sandbox.truth(f"get.{endpoint}")[0])
        rows = getattr(client, endpoint).get(fields=fields)
        assert by_id(rows) == by_id(sandbox.truth(f"get.{endpoint}"))
    with pytest.raises(WrapperError, match="-32001"):
        WrapperClient(LOGIN, "wrong")


def test_the_wrapper_reads_a_report(sandbox: SandboxProcess, wrapper: t.Callable[..., t.Any]) -> None:
    """Its own argument `date_to` gets lost on the way, and with it the request's end; the API's name goes through."""
    report = wrapper().calls_report
    rows = report.get(date_from="2026-03-10 00:00:00", date_till="2026-03-11 00:00:00", limit=10_000)
    truth = sandbox.truth("get.calls_report", "2026-03-10", "2026-03-11")
    defaults = [name for name, field in fields_of("get.calls_report").items() if field.default]
    assert by_id(rows) == {row["id"]: {name: row[name] for name in defaults} for row in truth}
    with pytest.raises(WrapperError) as refusal:
        report.get(date_from="2026-03-10 00:00:00", date_to="2026-03-11 00:00:00")
    assert refusal.value.error_data["data"]["mnemonic"] == "required_parameter_missed"
    assert refusal.value.error_data["data"]["field"] == "date_till"


def test_an_agency_reads_its_client(sandbox: SandboxProcess, sdk: t.Callable[..., t.Any]) -> None:
    client = sdk(AGENCY_TOKEN)
    assert len(list(client.get_tags(user_id=4001))) == len(sandbox.truth("get.tags"))
    with pytest.raises(SdkError, match="required parameter"):
        client.get_tags()


def test_errors_reach_the_client_with_their_codes(sandbox: SandboxProcess, sdk: t.Callable[..., t.Any]) -> None:
    sandbox.fault(vendor="comagic", kind="error", mnemonic="internal_error")
    with pytest.raises(SdkError, match="-32603"):
        sdk().get_tags()
    sandbox.fault(vendor="comagic", kind="html", status=502)
    with pytest.raises(requests.JSONDecodeError):  # the client has no word of its own for a body that is not JSON
        sdk().get_tags()
    sandbox.fault(vendor="comagic", kind="reset")
    with pytest.raises(SdkError, match="502"):
        sdk().get_tags()


# Every read method

#: The SDK's read methods, each with the API's and the model it decodes rows to.
SDK_METHODS = {
    "get_virtual_numbers": ("get.virtual_numbers", models.VirtualNumber),
    "get_available_virtual_numbers": ("get.available_virtual_numbers", models.AvailableVirtualNumber),
    "get_sip_lines": ("get.sip_lines", models.SipLine),
    "get_scenarios": ("get.scenarios", models.Scenario),
    "get_media_files": ("get.media_files", models.MediaField),
    "get_campaigns": ("get.campaigns", models.Campaign),
    "get_campaign_parameter_weights": ("get.campaign_parameter_weights", models.CampaignWeight),
    "get_sites": ("get.sites", models.Site),
    "get_site_blocks": ("get.site_blocks", models.SiteBlock),
    "get_tags": ("get.tags", models.Tag),
    "get_employees": ("get.employees", models.Employee),
    "get_employees_groups": ("get.group_employees", models.EmployeeGroup),
    "get_customer_users": ("get.customer_users", models.CustomerUser),
    "get_customers": ("get.customers", models.Customer),
    "get_communication_report": ("get.communications_report", models.Communication),
    "get_calls_report": ("get.calls_report", models.Call),
    "get_call_legs_report": ("get.call_legs_report", models.CallLegs),
    "get_goals_report": ("get.goals_report", models.Goal),
    "get_chats_report": ("get.chats_report", models.Chat),
    "get_offline_messages_report": ("get.offline_messages_report", models.OfflineMessage),
    "get_visitor_sessions_report": ("get.visitor_sessions_report", models.VisitorSession),
    "get_financial_call_legs_report": ("get.financial_call_legs_report", models.FinancialCallLegs),
    "get_contacts": ("get.contacts", models.Contact),
    "get_contact_groups": ("get.group_contacts", models.ContactGroup),
    "get_contact_organizations": ("get.contact_organizations", models.ContactOrganization),
    "get_schedules": ("get.schedules", models.Schedule),
}
#: Models that cannot decode any row: a mistake of the client's own. What came over the wire is compared all the same.
BROKEN_MODELS = {
    models.AvailableVirtualNumber,
    models.Campaign,
    models.CampaignWeight,
    models.FinancialCallLegs,
}
#: Names in the SDK's own lists of fields that the documentation does not know: the first that is refused.
UNDOCUMENTED_NAMES = {
    "get_virtual_numbers": "site_blocks",
    "get_employees_groups": "phone_number",
    "get_calls_report": "utm_referrer",
    "get_goals_report": "utm_referrer",
    "get_chats_report": "utm_referrer",
    "get_offline_messages_report": "utm_referrer",
    "get_visitor_sessions_report": "hit_time",
}
#: Methods that serve the screens in which campaigns and lines are made; the contract does not cover them.
NOT_SERVED = {
    "get_campaign_available_phone_numbers",
    "get_campaign_available_redirection_phone_numbers",
    "get_sip_line_virtual_numbers",
}
#: Methods of which the SDK gets the parameters wrong: it sends `chat` for `chat_id`, and no `site_id`.
OWN_MISTAKES = {
    "get_chat_messages_report": ("unexpected_parameters", "chat"),
    "get_campaign_daily_stat": ("required_parameter_missed", "site_id"),
}
WINDOW = ("2026-03-10 00:00:00", "2026-03-12 00:00:00")


def window_of(read: t.Callable[..., t.Any]) -> dict[str, dt.datetime]:
    """The dates that a method of the SDK must be given, if it takes any."""
    if "date_from" not in inspect.signature(read).parameters:
        return {}
    return dict(zip(("date_from", "date_till"), map(dt.datetime.fromisoformat, WINDOW), strict=True))


def held(sandbox: SandboxProcess, method: str, fields: t.Sequence[str], **given: t.Any) -> list[str]:
    """What the sandbox holds of it, one text a row, sorted: some methods have no key, and none promises an order."""
    window = WINDOW if METHODS[method].dates else ()
    return sorted(repr(row) for row in sandbox.truth(method, *window, fields=",".join(fields), **given))


def as_printed(value: t.Any) -> t.Any:
    """A value of the SDK's model as the API prints it."""
    return str(value) if isinstance(value, dt.datetime) else value


@pytest.mark.parametrize("name", SDK_METHODS)
def test_each_read_method_of_the_sdk(sandbox: SandboxProcess, sdk: t.Callable[..., t.Any], name: str) -> None:
    method, model = SDK_METHODS[name]
    client = sdk(AGENCY_TOKEN if METHODS[method].level == "partner" else ACCESS_TOKEN)
    documented = fields_of(method)
    fields = [field for field in dict.fromkeys(model.fields()) if field in documented]
    send, pages = client._send_api_request, []

    def listening(params: dict[str, t.Any]) -> t.Any:
        page = send(params)
        pages.append(copy.deepcopy(page))  # the models change rows in place
        return page

    client._send_api_request = listening
    read = getattr(client, name)
    window = window_of(read)
    objects: list[BaseModel] = []
    while not pages or pages[-1]:
        with contextlib.suppress(*([TypeError] if model in BROKEN_MODELS else [])):
            objects += read(limit=10_000, offset=sum(map(len, pages)), fields=fields, **window)
    rows = [row for page in pages for row in page]
    assert sorted(repr(row) for row in rows) == held(sandbox, method, fields) != []
    decoded = [{field: as_printed(one[field]) for field in row} for one, row in zip(objects, rows, strict=False)]
    assert decoded == ([] if model in BROKEN_MODELS else rows)
    if name not in UNDOCUMENTED_NAMES:  # its own choice of fields is answered too
        with contextlib.suppress(*([TypeError] if model in BROKEN_MODELS else [])):
            assert len(list(read(limit=1, **window))) == 1


def test_these_are_all_read_methods_of_the_sdk(sdk: t.Callable[..., t.Any]) -> None:
    offered = {name for name, _ in inspect.getmembers(SdkClient, inspect.isfunction) if name.startswith("get_")}
    assert offered == {"get_account", *SDK_METHODS, *NOT_SERVED, *OWN_MISTAKES}
    for name in NOT_SERVED:
        with pytest.raises(SdkError, match="-32601"):
            getattr(sdk(), name)()


@pytest.mark.parametrize("name", UNDOCUMENTED_NAMES)
def test_a_name_that_the_sdk_asks_for_and_the_documentation_lacks(sdk: t.Callable[..., t.Any], name: str) -> None:
    read = getattr(sdk(), name)
    with pytest.raises(SdkError) as refusal:
        read(**window_of(read))
    data = refusal.value.error_data["data"]
    assert (data["mnemonic"], data["field"]) == ("unexpected_parameters", UNDOCUMENTED_NAMES[name])


@pytest.mark.parametrize("name", OWN_MISTAKES)
def test_what_the_sdk_gets_wrong_itself(sdk: t.Callable[..., t.Any], name: str) -> None:
    read = getattr(sdk(), name)
    given = {"chat_id": 1} if "chat_id" in inspect.signature(read).parameters else window_of(read)
    with pytest.raises(SdkError) as refusal:
        read(fields=["date", "campaign_id"] if "stat" in name else ["chat_id"], **given)
    data = refusal.value.error_data["data"]
    assert (data["mnemonic"], data["field"]) == OWN_MISTAKES[name]


@pytest.mark.parametrize("endpoint", [name for name in VALID_ENDPOINTS if f"get.{name}" in METHODS])
def test_each_read_method_of_the_wrapper(
    sandbox: SandboxProcess, wrapper: t.Callable[..., t.Any], endpoint: str
) -> None:
    method = f"get.{endpoint}"
    known = METHODS[method]
    client = wrapper(AGENCY_TOKEN if known.level == "partner" else ACCESS_TOKEN)
    fields = list(fields_of(method))
    given: dict[str, t.Any] = {"site_id": SITE} if "site_id" in known.params else {}
    dates = dict(zip(("date_from", "date_till"), WINDOW, strict=True)) if known.dates else {}
    if method == "get.account":
        assert client.account.get() == sandbox.truth(method)
        return
    rows: list[dict[str, t.Any]] = []
    while page := getattr(client, endpoint).get(limit=10_000, offset=len(rows), fields=fields, **given, **dates):
        rows += page
    assert sorted(repr(row) for row in rows) == held(sandbox, method, fields, **given) != []
