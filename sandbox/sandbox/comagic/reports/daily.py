"""The daily advertising statistics of a site (https://comagic.github.io/data_api/report/get_campaign_daily_stat/).

The figures of the advertising systems grow in the course of the day and are corrected on the two days after it; visits
and contacts are counted from what happened.
"""

from __future__ import annotations

import collections
import dataclasses
import datetime as dt
import typing as t

from sandbox.comagic import catalog
from sandbox.comagic.fields import fields_of
from sandbox.comagic.life.samples import sample_row
from sandbox.comagic.life.visit import Visit
from sandbox.comagic.life.zone import DAY_MS, HOUR_MS, day_start
from sandbox.comagic.reports.ads import FIRST_KEYWORD, Ad, ad_of, ads_of
from sandbox.comagic.reports.blocks import Moment, attributes, tags
from sandbox.dice import FACES, between, chance, throw

if t.TYPE_CHECKING:
    from sandbox.comagic.life.world import World

Row = dict[str, t.Any]

DAILY: t.Final = "get.campaign_daily_stat"
# hours after midnight of the day at which its figures are corrected, and by how many percent at most
CORRECTIONS: t.Final = ((30, 6), (54, 2))
SETTLED_MS: t.Final = 8 * DAY_MS
# sample names of fields that the table of fields calls otherwise
TABLE_NAMES: t.Final = {
    "campain_id": "campaign_id",
    "banner_id": "current_banner_id",
    "banner_name": "current_banner_name",
}
# an advertisement on the first site that no campaign of the account knows of
UNBOUND: t.Final = Ad(ext_campaign_id="79999999", ext_campaign_name="Чужая кампания")


@dataclasses.dataclass(frozen=True)
class Place:
    """Whose statistics, of which site and day, and when they are looked at.

    Attributes:
        world: the account.
        site: index of the site.
        date: the day.
        moment: the present.
    """

    world: World
    site: int
    date: dt.date
    moment: Moment


def daily_rows(place: Place, visits: t.Iterable[Visit]) -> list[Row]:
    """The rows of one site and day, from the day's visits that have begun."""
    by_ad: dict[tuple[int, int], list[Visit]] = collections.defaultdict(list)
    for visit in visits:
        if not visit.sample:
            by_ad[visit.campaign, ad_of(visit)].append(visit)
    rows = [
        _row(place, campaign, ad, by_ad[campaign, number])
        for campaign in range(len(catalog.CAMPAIGNS))
        if catalog.campaign_site_index(campaign) == place.site
        for number, ad in enumerate(ads_of(campaign))
        if by_ad[campaign, number] or _is_running(campaign)
    ]
    if place.site == 0:
        rows.append(_row(place, None, UNBOUND, []))
    if place.site == 0 and place.date == place.world.sample_day:
        rows.append(_documented(place.date))
    return rows


def is_documented(row: Row) -> bool:
    """Whether a row is the documented one: no made advertisement has its keyword."""
    return bool(row.get("keyword_id") == str(FIRST_KEYWORD - 1))


def _is_running(campaign: int) -> bool:
    _, _, engine, status, *_ = catalog.CAMPAIGNS[campaign]
    return engine is not None and status == "active"


def _row(place: Place, campaign: int | None, ad: Ad, visits: list[Visit]) -> Row:
    site_id, domain, _ = catalog.SITES[place.site]
    moment = place.moment
    contacts = [contact for visit in visits for contact in visit.contacts if contact.utc <= moment.now]
    counts = collections.Counter(contact.kind for contact in contacts)
    traffic = catalog.no_traffic() if campaign is None else catalog.traffic(campaign)
    engine = None if campaign is None else catalog.CAMPAIGNS[campaign][2]
    return {
        "date": place.date.isoformat(),
        "site_id": site_id,
        "site_domain_name": domain,
        "campaign_id": traffic["campaign_id"],
        "campaign_name": traffic["campaign_name"],
        "campaign_ext_id": ad.ext_campaign_id,
        "campaign_ext_name": ad.ext_campaign_name,
        "engine": engine or ("yandex.direct" if campaign is None else None),
        "banner_group_id": ad.group_id,
        "banner_group_name": ad.group_name,
        "keyword_id": ad.keyword_id,
        "keyword": ad.keyword,
        "current_banner_id": ad.banner_id,
        "current_banner_name": ad.banner_name,
        "old_banner_ids": list(ad.old_banner_ids),
        **_figures(place, ad, len(visits)),
        "visits_count": len(visits),
        "session_ids": [visit.number for visit in visits],
        **{f"{kind}s_count": counts[kind] for kind in ("call", "chat", "goal", "offline_message")},
        "source_id": traffic["source_id"],
        "source_name": traffic["source_name"],
        "communications": [
            {
                "communication_type": contact.kind,
                "communication_id": contact.number,
                "attributes": attributes(contact),
                "tags": tags(contact, moment),
            }
            for contact in contacts
        ],
    }


def _figures(place: Place, ad: Ad, visits: int) -> Row:
    """What the advertising system counts: more than half of the clicks arrive as visits."""
    if ad.ext_campaign_id is None:
        names = ("cost_sum", "shows_count", "clicks_count", "daily_budget", "weekly_budget", "currency")
        return dict.fromkeys(names)
    dice = throw(place.world.seed, place.date.toordinal(), ad.ext_campaign_id, ad.group_id, ad.keyword_id)
    share = _share_known(place, dice[4:])
    clicks = visits + int(between(dice[0], 0, 12) * share)
    shows = int(clicks * between(dice[1], 12, 40) + between(dice[2], 0, 90) * share)
    kopecks = int(clicks * between(dice[3], 900, 6000) * share)
    return {
        "cost_sum": f"{kopecks // 100}.{kopecks % 100:02d}",
        "shows_count": shows,
        "clicks_count": clicks,
        "daily_budget": 2000,
        "weekly_budget": None if chance(dice[8], 50) else 12_000,
        "currency": "RUB",
    }


def _share_known(place: Place, dice: t.Sequence[int]) -> float:
    """Which part of a day's figures is known by now: by the hour during the day, corrected after it."""
    since = place.moment.zone.wall(place.moment.now) - day_start(place.date)
    share = min(1.0, since // HOUR_MS / 24)
    for (hours, percent), face in zip(CORRECTIONS, dice, strict=False):
        if since < hours * HOUR_MS:
            share *= 1 - percent / 100 * face / FACES
    return share


def _documented(date: dt.date) -> Row:
    """The documented row under the names of the table of fields."""
    row = {TABLE_NAMES.get(name, name): value for name, value in _with_values(date).items()}
    return {**dict.fromkeys(fields_of(DAILY)), "visits_count": 1, "currency": "RUB", **row, "date": date.isoformat()}


def _with_values(date: dt.date) -> Row:
    row = sample_row(DAILY, date)
    return {name: value for name, value in row.items() if value is not None or name not in fields_of(DAILY)}
