{#
  Grain: one row a person (user_id), as the calls say now. Calls without a person (plain PBX calls: the vendor gives none)
  belong to nobody and are left out; the mart logs how many those are.
  "First" and "last" go by start time, then by call id, so that two calls in one second always give the same answer.
  Only finished calls count as lost or talked; a call that goes on counts as a contact.
#}
{% set in_order = ['started_at', 'call_id'] %}

select
    {{ person_user_id() }} as user_id,
    'comagic' as source,
    account_id,
    person_id,
    min(started_at) as first_contact_at,
    max(started_at) as last_contact_at,
    count(*) as calls_count,
    count(*) filter (where is_lost) as lost_calls_count,
    cast(coalesce(sum(talk_seconds), 0) as bigint) as talk_seconds_total,
    {{ value_at_first('campaign_id', in_order, 'campaign_id') }} as first_campaign_id,
    {{ value_at_first('campaign_name', in_order, 'campaign_id') }} as first_campaign_name,
    {{ value_at_last('campaign_id', in_order, 'campaign_id') }} as last_campaign_id,
    {{ value_at_last('campaign_name', in_order, 'campaign_id') }} as last_campaign_name,
    {{ value_at_last('visitor_city', in_order, 'visitor_city') }} as city,
    {{ value_at_last('visitor_device', in_order, 'visitor_device') }} as device,
    {{ distinct_members('tag_names') }} as tag_names
from {{ ref('prd_comagic_calls_v1') }}
where person_id is not null
group by account_id, person_id
