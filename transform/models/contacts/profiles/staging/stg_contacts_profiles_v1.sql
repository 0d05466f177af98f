{#
  Grain: one row a person (user_id), as calls, chats and offline messages say now. Contacts without a person (plain PBX calls:
  the vendor gives none) belong to nobody and are left out; the mart logs how many calls those are.
  "First" and "last" go by time, then by type and id, so that two contacts in one second always give the same answer.
  Only finished calls count as lost or talked; a call or chat that goes on counts as a contact.
#}
{% set in_order = ['contacted_at', 'contact_type', 'contact_id'] %}
{% set counts = {'call': 'calls_count', 'chat': 'chats_count', 'offline_message': 'offline_messages_count'} %}

select
    user_id,
    source,
    account_id,
    person_id,
    min(contacted_at) as first_contact_at,
    {{ value_at_first('contact_type', in_order, 'contact_type') }} as first_contact_type,
    max(contacted_at) as last_contact_at,
    {{ value_at_last('contact_type', in_order, 'contact_type') }} as last_contact_type,
    count(*) as contacts_count,
    {%- for type, count in counts.items() %}
    count(case when contact_type = '{{ type }}' then 1 end) as {{ count }},
    {%- endfor %}
    count(case when contact_type = 'call' and is_lost then 1 end) as lost_calls_count,
    cast(coalesce(sum(talk_seconds), 0) as bigint) as talk_seconds_total,
    {{ value_at_first('campaign_id', in_order, 'campaign_id') }} as first_campaign_id,
    {{ value_at_first('campaign_name', in_order, 'campaign_id') }} as first_campaign_name,
    {{ value_at_last('campaign_id', in_order, 'campaign_id') }} as last_campaign_id,
    {{ value_at_last('campaign_name', in_order, 'campaign_id') }} as last_campaign_name,
    {{ value_at_last('visitor_city', in_order, 'visitor_city') }} as city,
    {{ value_at_last('visitor_device', in_order, 'visitor_device') }} as device,
    {{ distinct_members('tag_names') }} as tag_names
from {{ ref('stg_contacts_timeline_v1') }}
where user_id is not null
group by user_id, source, account_id, person_id
