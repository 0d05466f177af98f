{#
  What every report of contacts (calls, chats, offline messages, goals, communications) says alike about where the contact came
  from, as the vendor documents it once for all of them: raw columns by type, and their names in staging models.
#}
{% macro comagic_contact_columns(own) -%}
  {%- set shared = {
    'bigint': 'communication_id communication_number person_id visitor_id visitor_session_id visits_count site_id campaign_id
      visitor_first_campaign_id',
    'double': 'sale_cost',
    'timestamp with time zone': 'sale_date',
    'boolean': 'visit_other_campaign',
    'json': 'tag_names attributes',
    'date': 'partition_date',
    'varchar': 'communication_page_url visitor_type visitor_city visitor_region visitor_country visitor_device ua_client_id
      ym_client_id site_domain_name campaign_name visitor_first_campaign_name channel search_engine search_query
      referrer_domain referrer entrance_page gclid yclid utm_source utm_medium utm_campaign utm_term utm_content',
  } -%}
  {%- set columns = {} -%}
  {%- for type in shared -%}
    {%- do columns.update({type: shared[type] ~ ' ' ~ own.pop(type, '')}) -%}
  {%- endfor -%}
  {%- do columns.update(own) -%}
  {{ return(columns) }}
{%- endmacro %}


{# Who it was and from which page, then what brought the person there. Goals have no source in the vendor's newer sense. #}
{% macro comagic_contact_fields(with_source=true) -%}
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
    {% if with_source -%}
    source_name as traffic_source,
    source_new as traffic_source_group,
    {% endif -%}
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

    {{ json_text_list('tag_names') }} as tag_names,
    {{ json_text_list('attributes') }} as attributes,
    sale_date as sold_at,
    sale_cost as sale_amount,

    _sdc_received_at as loaded_at
{%- endmacro %}
