{#
  Grain: one row a day, site and campaign (campaign_day_key): the daily statistics, which the vendor gives by ad group, keyword
  and banner, added up. Days are those of the vendor's statistics, the account's local ones.

  Spend is what the advertising system charged, in its currency. Amounts of different currencies have no sum: where a
  campaign's day has several, `spend` is null and `currencies` names them (and a test warns). Days on which nobody said
  anything about cost have no spend either, which is not the same as nothing spent.
  A contact is a call, a chat or an offline message. Reached goals are counted apart: most of them are set on the very
  form or button that the other contacts come through.
#}
{%- set contacts = ['calls_count', 'chats_count', 'offline_messages_count'] %}

with rows_by_key as (

    select
        *,
        -- Rows that belong to no campaign or site are kept, under a key of their own.
        {{ merge_key(['account_id', 'stat_date', "coalesce(cast(site_id as varchar), 'none')", "coalesce(cast(campaign_id as varchar), 'none')"]) }}
            as campaign_day_key
    from {{ ref('stg_comagic_campaign_daily_stat_v1') }}

),

days as (

    select
        campaign_day_key,
        account_id,
        stat_date,
        site_id,
        max(site_domain) as site_domain,
        campaign_id,
        max(campaign_name) as campaign_name,
        max(engine) as engine,
        max(traffic_source) as traffic_source,
        {{ distinct_values('currency', 'spend is not null and currency is not null') }} as currencies,
        sum(spend) as spend_in_all,
        {%- for count in ['shows_count', 'clicks_count', 'visits_count', 'goals_count'] + contacts %}
        cast(coalesce(sum({{ count }}), 0) as bigint) as {{ count }}{% if not loop.last %},{% endif %}
        {%- endfor %}
    from rows_by_key
    group by campaign_day_key, account_id, stat_date, site_id, campaign_id

),

summed as (

    select
        *,
        {{ contacts | join(' + ') }} as contacts_count,
        case when {{ list_length('currencies') }} <= 1 then {{ as_amount('spend_in_all') }} end as spend
    from days

)

select
    campaign_day_key,
    account_id,
    stat_date,
    site_id,
    site_domain,
    campaign_id,
    campaign_name,
    engine,
    traffic_source,

    spend,
    {{ first_member('currencies') }} as currency,
    currencies,
    shows_count,
    clicks_count,
    visits_count,
    calls_count,
    chats_count,
    offline_messages_count,
    contacts_count,
    goals_count,

    {%- for count, cost in [
        ('clicks_count', 'cost_per_click'),
        ('visits_count', 'cost_per_visit'),
        ('contacts_count', 'cost_per_contact'),
        ('goals_count', 'cost_per_goal'),
    ] %}
    {{ as_amount('spend / nullif(' ~ count ~ ', 0)') }} as {{ cost }}{% if not loop.last %},{% endif %}
    {%- endfor %}
from summed
