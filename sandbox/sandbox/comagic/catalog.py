"""The account's lists: sites, campaigns, employees, tags. The vendor's documented example rows are among them."""

# ruff: noqa: RUF001  # the vendor's own words, and the account's, are Russian
from __future__ import annotations

import functools
import typing as t

from sandbox.comagic.fields import example_rows, examples
from sandbox.comagic.owners import OWN, Owner
from sandbox.dice import throw

Row = dict[str, t.Any]

SITES: t.Final = (
    (25001, "example.test", "Тестовый сайт"),
    (25002, "shop.example.test", "Магазин"),
    (25003, "service.example.test", "Сервис"),
)

# name, type, engine, status, channel, source group, channel title, utm_source, utm_medium
CAMPAIGNS: t.Final = (
    (
        "Тестовая кампания",
        "basic",
        "yandex.direct",
        "active",
        "paid",
        "Яндекс Директ",
        "Контекстная реклама",
        "src",
        "cpc",
    ),
    (
        "Поиск бренд",
        "integrated",
        "yandex.direct",
        "active",
        "paid",
        "Яндекс Директ",
        "Контекстная реклама",
        "yandex",
        "cpc",
    ),
    (
        "Поиск общий",
        "integrated",
        "google.adwords",
        "active",
        "paid",
        "Google Ads",
        "Контекстная реклама",
        "google",
        "cpc",
    ),
    ("VK лента", "integrated", "vk.ads", "active", "social", "VK", "Социальные сети", "vk", "social_cpc"),
    ("Рассылка", "basic", None, "active", "email", "Email", "Рассылки", "newsletter", "email"),
    (
        "Баннеры осень",
        "basic",
        None,
        "inactive",
        "display",
        "Медийная реклама",
        "Медийная реклама",
        "banner",
        "display",
    ),
    ("Партнёры", "basic", None, "active", "affiliate", "Партнёры", "Партнёрские программы", "partner", "affiliate"),
    ("SEO", "system", None, "active", "organic", "Яндекс", "Поисковые системы", None, None),
    ("Прямые заходы", "system", None, "active", "direct", "Прямые заходы", "Прямые заходы", None, None),
    ("Ссылки с сайтов", "system", None, "active", "referral", "Сайты", "Ссылки с сайтов", None, None),
)
FIRST_CAMPAIGN_ID: t.Final = 31001

EMPLOYEES: t.Final = (
    ("Тестов", "Тест", "Тестович"),
    ("Иванова", "Анна", "Петровна"),
    ("Сидоров", "Пётр", "Ильич"),
    ("Кузнецова", "Мария", "Олеговна"),
    ("Орлов", "Илья", None),
    ("Волкова", "Дарья", "Сергеевна"),
    ("Лебедев", "Олег", "Игоревич"),
    ("Зайцева", "Ольга", "Павловна"),
)
FIRST_EMPLOYEE_ID: t.Final = 5001
GROUPS: t.Final = ((301, "Отдел продаж"), (302, "Поддержка"))

TAGS: t.Final = (
    (88, "Целевой контакт", False),
    (89, "Нецелевой контакт", False),
    (90, "Повторный клиент", False),
    (91, "Записан на встречу", False),
    (92, "Жалоба", False),
    (93, "Спам", True),
    (94, "Продажа", True),
    (95, "Перезвонить", False),
)
SCENARIOS: t.Final = ((41001, "Основной сценарий"), (41002, "Вечерний сценарий"), (41003, "Отдел продаж"))
# id, name, type, status; the first is the widget of the sites
OPEN_CHANNELS: t.Final = (
    (802, "Чат на сайте", "comagic", "active"),
    (801, "Тестовый бот", "telegram", "active"),
    (803, "WhatsApp отдела продаж", "whatsapp", "active"),
    (804, "Сообщество", "vkontakte_groups", "idle"),
)
# id of the definition, name, type, id elsewhere, where it is counted
GOALS: t.Final = (
    (9001, "Клик", "click", None, "comagic"),
    (9002, "Просмотр контактов", "track_event", None, "comagic"),
    (9003, "Корзина", "ppc_goal", "30200303", "yandex.metrika"),
    (9004, "Скачан прайс", "link", None, "comagic"),
    (9005, "Заявка", "comagic", "1700404", "google.analytics"),
)
SEGMENTS: t.Final = ((701, "Тестовый сегмент"), (702, "Постоянные клиенты"))


def account_object(timezone: str, owner: Owner) -> Row:
    """The object of ``getobj.account``: the documented sample, with whose it is."""
    sample = t.cast("Row", examples()["getobj.account"]["response_example"]["result"]["data"])
    row = {**sample, "timezone": timezone, "is_agent": False, "agent_type": None}
    if owner is OWN:
        return row
    named = {"app_id": owner.app_id, "app_name": owner.title, "customer_id": owner.customer_id}
    return row | named | {"user_id": owner.user_id or row["user_id"]}


@functools.cache
def sites() -> list[Row]:
    """The rows of ``get.sites``."""
    return [_site(index) for index in range(len(SITES))]


def _site(index: int) -> Row:
    number, domain, name = SITES[index]
    row = {**example_rows("get.sites")[0], "id": number, "domain_name": domain, "name": name}
    row |= {"creation_date": f"2022-0{index + 3}-14 10:20:30", "state": "work"}
    if index == 0:
        return row
    return row | {
        "default_phone_number": f"7000000{index}100",
        "app_key": f"APPKEYFAKE000000000{index + 1}",
        "site_key": f"SITEKEYFAKE00000000{index + 1}",
        "sales_enabled": True,
        "widget_link": {"enabled": True, "text": "Заказать звонок", "url": f"https://{domain}/call"},
        "site_blocks": [{"site_block_id": 61001 + index * 10, "site_block_name": "Основной блок"}],
        "connected_integrations": [] if index == 1 else ["yandex.metrika", "google.analytics"],
        "child_customer_id": 183510 + index,
        "parent_id": 25001,
    }


def campaign_id(index: int) -> int:
    """The id of a campaign."""
    return FIRST_CAMPAIGN_ID + index


def campaign_site_index(index: int) -> int:
    """The number of the site a campaign belongs to."""
    return index % len(SITES)


def campaign_site(index: int) -> tuple[int, str]:
    """The site a campaign belongs to: id and domain."""
    return SITES[campaign_site_index(index)][:2]


@functools.cache
def campaigns() -> list[Row]:
    """The rows of ``get.campaigns``; ``campaign_conditions`` is missing from other than basic ones, as documented."""
    return [_campaign(index) for index in range(len(CAMPAIGNS))]


def _campaign(index: int) -> Row:
    name, kind, engine, status, _, _, _, source, medium = CAMPAIGNS[index]
    static = {
        f"static_utm_{part}": None for part in ("source", "medium", "campaign", "term", "content", "referrer", "expid")
    }
    row = {**example_rows("get.campaigns")[0], **static}
    if index == 0:
        return row | {"static_utm_source": source, "static_utm_medium": medium}
    site_id, domain = campaign_site(index)
    row |= {
        "id": campaign_id(index),
        "name": name,
        "description": f"Кампания {index}" if index % 2 else None,
        "status": status,
        "creation_time": f"2023-0{index % 9 + 1}-1{index % 10} 12:0{index % 10}:00",
        "type": kind,
        "engine": engine,
        "costs": round(1500.5 * index, 2),
        "site_id": site_id,
        "site_domain_name": domain,
        "site_blocks": [],
        "static_utm_source": source,
        "static_utm_medium": medium,
    }
    if kind != "basic":
        del row["campaign_conditions"]
        row["dynamic_call_tracking"] = None
    return row


def employee_id(index: int) -> int:
    """The id of an employee."""
    return FIRST_EMPLOYEE_ID + index


@functools.cache
def employee_name(index: int) -> str:
    """The full name of an employee."""
    return " ".join(part for part in EMPLOYEES[index] if part)


def virtual_number(index: int) -> str:
    """The account's number for a campaign."""
    return f"70000000{101 + index}"


def employee_phone(index: int) -> str:
    """The number at which an employee takes calls."""
    return f"70000000{301 + index}"


@functools.cache
def employees() -> list[Row]:
    """The rows of ``get.employees``."""
    return [_employee(index) for index in range(len(EMPLOYEES))]


def _employee(index: int) -> Row:
    documented = {**example_rows("get.employees")[0], "status_id": 1}
    if index == 0:
        return documented
    last, first, patronymic = EMPLOYEES[index]
    login = f"employee{index}@example.test"
    group_id, group_name = GROUPS[index % len(GROUPS)]
    # phone numbers may carry an extension and are then not E.164
    number = employee_phone(index) + ("ext12" if index == len(EMPLOYEES) - 1 else "")
    phone = {
        "phone_id": 91001 + index,
        "phone_number": number,
        "channels_count": 1,
        "dial_time": 60,
        "status": "active",
    }
    return documented | {
        "id": employee_id(index),
        "login": login if index % 2 else None,
        "email": login,
        "first_name": first,
        "last_name": last,
        "patronymic": patronymic,
        "full_name": employee_name(index),
        "status": ("available", "break", "not_at_work")[index % 3],
        "status_id": index % 3 + 1,
        "groups": [{"group_id": group_id, "group_name": group_name}],
        "call_recording": ("all", "in", "off")[index % 3],
        "schedule_id": 81001 if index % 2 else None,
        "schedule_name": "Будни" if index % 2 else None,
        "phone_numbers": [phone],
        "extension": {**documented["extension"], "extension_phone_number": str(100 + index)},
        "operator": {
            **documented["operator"],
            "operator_login": f"op{index}@example.test",
            "operator_display_name": first,
        },
    }


@functools.cache
def tags() -> list[Row]:
    """The rows of ``get.tags``."""
    return [{"id": number, "name": name, "is_system": system} for number, name, system in TAGS]


@functools.cache
def traffic(index: int) -> Row:
    """The traffic block that a call owes to its campaign (documented block of communication-type reports)."""
    name, _, engine, _, channel, group, title, source, medium = CAMPAIGNS[index]
    site_id, domain = campaign_site(index)
    dice = throw("campaign", index)
    paid = engine is not None
    utm = f"?utm_source={source}&utm_medium={medium}" if source else ""
    return {
        "search_query": "ремонт окон" if channel in {"paid", "organic"} and index % 2 else None,
        "search_engine": "Яндекс" if channel in {"paid", "organic"} else None,
        "referrer_domain": None if channel == "direct" else f"ref{index}.example.test",
        "referrer": None if channel == "direct" else f"https://ref{index}.example.test/",
        "entrance_page": f"https://{domain}/{utm}",
        "gclid": f"Cj0K{dice[0]:08x}" if engine == "google.adwords" else None,
        "yclid": f"{dice[1]}{dice[2]}" if engine == "yandex.direct" else None,
        "ymclid": f"{dice[3]}{dice[4]}" if index == 1 else None,
        "ef_id": f"ef-{dice[5]:x}" if index == 2 else None,  # noqa: PLR2004  # one campaign carries AdLense ids
        "channel": channel,
        "site_id": site_id,
        "site_domain_name": domain,
        "campaign_id": campaign_id(index),
        "campaign_name": name,
        "utm_source": source,
        "utm_medium": medium,
        "utm_term": "okna" if paid else None,
        "utm_content": f"ad{index}" if paid else None,
        "utm_campaign": f"campaign_{index}" if source else None,
        "utm_referrer": f"ref{index}" if paid else None,
        "utm_expid": "exp1" if index == 3 else None,  # noqa: PLR2004  # one campaign runs an experiment
        "openstat_ad": "ad1" if index == 1 else None,
        "openstat_campaign": "brand" if index == 1 else None,
        "openstat_service": "direct.yandex.ru" if index == 1 else None,
        "openstat_source": "search" if index == 1 else None,
        "eq_utm_source": source,
        "eq_utm_medium": medium,
        "eq_utm_term": "okna" if paid else None,
        "eq_utm_content": f"ad{index}" if paid else None,
        "eq_utm_campaign": f"campaign_{index}" if source else None,
        "eq_utm_referrer": f"ref{index}" if paid else None,
        "eq_utm_expid": "exp1" if index == 3 else None,  # noqa: PLR2004  # one campaign runs an experiment
        "source_id": 34001 + index,
        "source_name": f"{group}: {name}",
        "source_new": group,
        "channel_new": title,
        "channel_code": channel,
    }


@functools.cache
def no_traffic() -> Row:
    """The same block for a plain call to the office: everything null."""
    return dict.fromkeys(traffic(0))
