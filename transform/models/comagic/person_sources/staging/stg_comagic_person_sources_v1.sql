{#
  Grain: one row a person (person_key): what the person came from first and last.

  Only touches that say anything about their source count as first or last touch, and everything that is said of a touch comes
  from that one touch: never the campaign of one beside the channel of another. Touches go by time; within one second the
  visit comes before the contacts it brought, then the lower id before the higher. "First" is the first in this warehouse:
  what lies before the tap's start_date is not known here.
  A contact is a call, a chat or an offline message, as everywhere; visits and goals are touches and no contacts.
#}
{%- set in_order = ['touched_at', "case when touch_type = 'session' then 0 else 1 end", 'touch_type', 'touch_id'] %}
{%- set source = [
  'channel', 'traffic_source', 'traffic_source_group', 'campaign_id', 'campaign_name', 'site_id', 'site_domain',
  'referrer_domain', 'search_query', 'utm_source', 'utm_medium', 'utm_campaign', 'utm_term', 'utm_content',
] %}
{%- set counts = {
  'session': 'visits_count', 'call': 'calls_count', 'chat': 'chats_count', 'offline_message': 'offline_messages_count',
  'goal': 'goals_count',
} %}
{%- set present = 'case when has_source then 1 end' %}
{%- set contact = "case when touch_type in ('call', 'chat', 'offline_message') then 1 end" %}

select
    person_key,
    account_id,
    person_id,
    min(touched_at) as first_seen_at,
    max(touched_at) as last_seen_at,
    {%- for type, count in counts.items() %}
    count(case when touch_type = '{{ type }}' then 1 end) as {{ count }},
    {%- endfor %}
    {%- for end, pick in [('first', value_at_first), ('last', value_at_last)] %}

    {{ pick('touched_at', in_order, present) }} as {{ end }}_touch_at,
    {{ pick('touch_type', in_order, present) }} as {{ end }}_touch_type,
    {{ pick('touch_id', in_order, present) }} as {{ end }}_touch_id,
    {%- for column in source %}
    {{ pick(column, in_order, present) }} as {{ end }}_{{ column }},
    {%- endfor %}
    {%- endfor %}
    count({{ contact }}) as contacts_count,
    {{ value_at_first('touched_at', in_order, contact) }} as first_contact_at,
    {{ value_at_first('touch_type', in_order, contact) }} as first_contact_type,
    {{ value_at_last('touched_at', in_order, contact) }} as last_contact_at,
    {{ value_at_last('touch_type', in_order, contact) }} as last_contact_type
from {{ ref('stg_comagic_touches_v1') }}
group by person_key, account_id, person_id
