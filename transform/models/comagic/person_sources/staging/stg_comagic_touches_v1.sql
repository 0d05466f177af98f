{#
  Grain: one row a touch of a person (touch_key): a visit to the site, or a contact (call, chat, offline message, goal). The
  contacts of the communications report are the same ones that the types' own reports hold, so a contact that comes from
  both is one touch, as its own report tells it. Touches without a person (plain PBX calls) are left out.
#}
{%- set reports = [
  ('session', 'stg_comagic_visitor_sessions_v1', 'started_at', 'session_id'),
  ('call', 'prd_comagic_calls_v1', 'started_at', 'communication_id'),
  ('chat', 'stg_comagic_chats_v1', 'started_at', 'coalesce(communication_id, chat_id)'),
  ('offline_message', 'stg_comagic_offline_messages_v1', 'sent_at', 'coalesce(communication_id, offline_message_id)'),
  ('goal', 'stg_comagic_goals_v1', 'reached_at', 'communication_id'),
] %}
{%- set shared = [
  'site_id', 'site_domain', 'campaign_id', 'campaign_name', 'channel', 'referrer_domain', 'search_query', 'utm_source',
  'utm_medium', 'utm_campaign', 'utm_term', 'utm_content',
] %}

with own as {{ inlined() }} (

    {% for kind, model, time, id in reports %}
    select
        account_id,
        person_id,
        '{{ kind }}' as touch_type,
        {{ id }} as touch_id,
        {{ time }} as touched_at,
        {% if kind == 'goal' %}cast(null as varchar){% else %}traffic_source{% endif %} as traffic_source,
        {% if kind == 'goal' %}cast(null as varchar){% else %}traffic_source_group{% endif %} as traffic_source_group,
        {{ shared | join(', ') }}
    from {{ ref(model) }}
    where person_id is not null
    {% if not loop.last %}
    union all
    {% endif %}
    {% endfor %}

),

told_of as (

    select
        account_id,
        person_id,
        communication_type as touch_type,
        communication_id as touch_id,
        contacted_at as touched_at,
        traffic_source,
        traffic_source_group,
        {{ shared | join(', ') }}
    from {{ ref('stg_comagic_communications_v1') }} as told
    where
        person_id is not null
        and not exists (
            select 1
            from own
            where
                own.account_id = told.account_id
                and own.touch_type = told.communication_type
                and own.touch_id = told.communication_id
        )

),

touches as (

    select * from own
    union all
    select * from told_of

)

select
    {{ merge_key(['account_id', 'touch_type', 'touch_id']) }} as touch_key,
    {{ merge_key(['account_id', 'person_id']) }} as person_key,
    *,
    -- Whether the touch says anything about where the person came from.
    (
        channel is not null
        or campaign_id is not null
        or traffic_source is not null
        or utm_source is not null
        or referrer_domain is not null
    ) as has_source
from touches
where touched_at is not null
