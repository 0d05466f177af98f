"""The advertisements behind the campaigns: what a visit and the daily statistics say about them."""

from __future__ import annotations

import functools
import typing as t

from sandbox.comagic import catalog
from sandbox.comagic.life.visit import Visit

AD_GROUPS: t.Final = 2
# group, keyword and banner of each advertisement of a campaign; one is shown without a keyword
LAYOUT: t.Final[tuple[tuple[int, int | None, int], ...]] = ((0, 0, 0), (0, 1, 0), (1, 2, 1), (1, None, 1))
KEYWORDS: t.Final = ("пластиковые окна", "окна цена", "остекление балкона")
# the one before it is the documented row's, which no made advertisement may share: the vendor has one row a key and day
FIRST_KEYWORD: t.Final = 60_000_002


class Ad(t.NamedTuple):
    """An advertisement of a campaign; all of it is null for visits that came without one."""

    ext_campaign_id: str | None = None
    ext_campaign_name: str | None = None
    group_id: str | None = None
    group_name: str | None = None
    keyword_id: str | None = None
    keyword: str | None = None
    banner_id: int | None = None
    banner_name: str | None = None
    old_banner_ids: tuple[int, ...] = ()


@functools.cache
def ads_of(campaign: int) -> tuple[Ad, ...]:
    """The advertisements of a campaign; one without any stands for campaigns that are not advertised."""
    if catalog.CAMPAIGNS[campaign][2] is None:
        return (Ad(),)
    return tuple(_ad(campaign, *places) for places in LAYOUT)


def _ad(campaign: int, group: int, keyword: int | None, banner: int) -> Ad:
    name = "ext-campaign" if campaign == 0 else f"ext-campaign-{campaign}"
    return Ad(
        ext_campaign_id=str(70_000_001 + campaign),
        ext_campaign_name=name,
        group_id=str(80_000_001 + campaign * AD_GROUPS + group),
        group_name=f"Группа {group + 1}",
        keyword_id=None if keyword is None else str(FIRST_KEYWORD + campaign * len(KEYWORDS) + keyword),
        keyword=None if keyword is None else KEYWORDS[keyword],
        banner_id=50_000_001 + campaign * 10 + banner,
        banner_name=f"Баннер {banner + 1}",
        old_banner_ids=(50_000_000 + campaign * 10,) if banner == 0 else (),
    )


def ad_of(visit: Visit) -> int:
    """The number of the advertisement, within its campaign, that brought a visit."""
    return visit.dice[12] % len(ads_of(visit.campaign))
