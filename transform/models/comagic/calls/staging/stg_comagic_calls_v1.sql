{#
  Grain: one row a call (call_key). Cleaned, renamed, typed; nothing is computed that a person would have to guess at.
  A call is taken in the version that was loaded last, so the model also holds on loaders that only append; a call whose
  last version is marked as deleted is left out.
#}
with latest as (

    {{ latest_versions(
        source('raw_comagic', 'calls'),
        key=['account_id', 'id'] if var('comagic_account_label') else ['id'],
        version=['_sdc_received_at', '_sdc_sequence'],
    ) | indent(4) }}

)

select
    {{ merge_key([account_label(), 'id']) }} as call_key,
    {{ account_label() }} as account_id,
    id as call_id,
    partition_date,

    start_time as started_at,
    finish_time as finished_at,
    finish_time is null as is_ongoing,
    direction,
    source as call_source,
    finish_reason,
    -- While a call goes on nobody knows whether it will be answered, whatever the flag says.
    case when finish_time is not null then is_lost end as is_lost,
    is_transfer as is_transferred,

    wait_duration as wait_seconds,
    total_wait_duration as total_wait_seconds,
    talk_duration as talk_seconds,
    clean_talk_duration as clean_talk_seconds,
    total_duration as total_seconds,
    postprocess_duration as postprocess_seconds,
    lost_call_processing_duration as callback_after_seconds,

    contact_phone_number,
    virtual_phone_number,
    operator_phone_number,
    cpn_region_name as contact_region,
    cpn_country_name as contact_country,
    contact_id,
    contact_full_name,

    communication_id,
    communication_number,
    communication_page_url,
    person_id,
    visitor_id,
    visitor_session_id,
    visitor_type,
    visits_count,
    visitor_city,
    visitor_region,
    visitor_country,
    visitor_device,
    ua_client_id,
    ym_client_id,

    site_id,
    site_domain_name as site_domain,
    campaign_id,
    campaign_name,
    visitor_first_campaign_id,
    visitor_first_campaign_name,
    visit_other_campaign as has_other_campaigns,
    channel,
    source_name as traffic_source,
    source_new as traffic_source_group,
    search_engine,
    search_query,
    referrer_domain,
    referrer,
    entrance_page,
    gclid,
    yclid,
    utm_source,
    utm_medium,
    utm_campaign,
    utm_term,
    utm_content,
    eq_utm_source,
    eq_utm_medium,
    eq_utm_campaign,

    scenario_id,
    scenario_name,
    first_answered_employee_id,
    first_answered_employee_full_name as first_answered_employee_name,
    last_answered_employee_id,
    last_answered_employee_full_name as last_answered_employee_name,
    last_answered_employee_rating,

    {{ json_text_list('tag_names') }} as tag_names,
    {{ json_text_list('attributes') }} as attributes,
    {{ json_pluck('employees', 'employee_full_name') }} as employee_names,
    full_record_file_link as recording_url,

    sale_date as sold_at,
    sale_cost as sale_amount,

    _sdc_received_at as loaded_at
from latest
where _sdc_deleted_at is null
