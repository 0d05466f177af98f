{#
  Grain: one row a day, site, campaign, campaign in the advertising system, ad group, keyword and banner (stat_key).
  Past days are corrected for some time: the last version counts.
#}
with {{ landed_rows(source('raw_comagic', 'campaign_daily_stat'), ['row_key'], {
  'varchar': 'row_key site_domain_name campaign_name campaign_ext_id campaign_ext_name engine banner_group_id banner_group_name
    keyword_id keyword current_banner_name cost_sum currency source_name',
  'date': 'date partition_date',
  'bigint': 'site_id campaign_id current_banner_id source_id shows_count clicks_count visits_count calls_count chats_count
    offline_messages_count goals_count',
  'double': 'daily_budget weekly_budget',
}) }}

select
    {{ merge_key(['account_label', 'row_key']) }} as stat_key,
    account_label as account_id,
    coalesce(partition_date, date) as stat_date,
    site_id,
    site_domain_name as site_domain,
    campaign_id,
    campaign_name,
    engine,
    campaign_ext_id as ad_campaign_id,
    campaign_ext_name as ad_campaign_name,
    banner_group_id as ad_group_id,
    banner_group_name as ad_group_name,
    keyword_id,
    keyword,
    current_banner_id as banner_id,
    current_banner_name as banner_name,
    source_id,
    source_name as traffic_source,

    -- The vendor sends money as text here.
    {{ amount_of_text('cost_sum') }} as spend,
    currency,
    daily_budget,
    weekly_budget,
    shows_count,
    clicks_count,
    visits_count,
    calls_count,
    chats_count,
    offline_messages_count,
    goals_count,

    _sdc_received_at as loaded_at
from latest
where _sdc_deleted_at is null
