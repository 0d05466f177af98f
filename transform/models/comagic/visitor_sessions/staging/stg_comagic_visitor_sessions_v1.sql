{# Grain: one row a visit to a site (session_key). #}
with {{ landed_rows(source('raw_comagic', 'visitor_sessions'), ['id'], {
  'bigint': 'id duration hits_count site_id campaign_id person_id visitor_id',
  'timestamp with time zone': 'date_time',
  'date': 'partition_date',
  'json': 'integrated_campaign_data communications',
  'varchar': 'ua_client_id ym_client_id gclid yclid referrer_domain referrer search_engine search_query entrance_page
    exit_page channel engine campaign_name site_domain_name visitor_type visitor_device visitor_country visitor_city
    visitor_region visitor_browser_name visitor_os_name visitor_language source_name source_new utm_source utm_medium
    utm_campaign utm_term utm_content ext_id',
}) }}

select
    {{ merge_key(['account_label', 'id']) }} as session_key,
    account_label as account_id,
    id as session_id,
    partition_date,

    date_time as started_at,
    duration as total_seconds,
    hits_count,
    entrance_page,
    exit_page,
    {{ json_pluck('communications', 'communication_id') }} as communication_ids,

    person_id,
    visitor_id,
    visitor_type,
    visitor_city,
    visitor_region,
    visitor_country,
    visitor_device,
    visitor_browser_name as visitor_browser,
    visitor_os_name as visitor_os,
    visitor_language,
    ua_client_id,
    ym_client_id,

    site_id,
    site_domain_name as site_domain,
    campaign_id,
    campaign_name,
    engine,
    {{ json_member('integrated_campaign_data', 'ext_campaign_id') }} as ad_campaign_id,
    {{ json_member('integrated_campaign_data', 'ext_campaign_name') }} as ad_campaign_name,
    {{ json_member('integrated_campaign_data', 'group_id') }} as ad_group_id,
    {{ json_member('integrated_campaign_data', 'keyword') }} as ad_keyword,
    channel,
    source_name as traffic_source,
    source_new as traffic_source_group,
    search_engine,
    search_query,
    referrer_domain,
    referrer,
    gclid,
    yclid,
    utm_source,
    utm_medium,
    utm_campaign,
    utm_term,
    utm_content,
    ext_id as external_id,

    _sdc_received_at as loaded_at
from latest
where _sdc_deleted_at is null
