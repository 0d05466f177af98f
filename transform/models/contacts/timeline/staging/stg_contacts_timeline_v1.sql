{#
  Grain: one row a contact (contact_key): a call, a chat or an offline message, as its own report tells it. Reached goals are
  no contacts of their own: most are set on the very form or button that the others come through.
  A contact without a person (a plain PBX call) is here too, with no `user_id`.
#}
{%- set kinds = [
  {
    'type': 'call', 'model': 'prd_comagic_calls_v1', 'id': 'call_id', 'at': 'started_at',
    'employee_name': 'coalesce(last_answered_employee_name, first_talked_employee_name)',
    'is_lost': 'is_lost', 'talk_seconds': 'talk_seconds', 'direction': 'direction',
  },
  {
    'type': 'chat', 'model': 'stg_comagic_chats_v1', 'id': 'chat_id', 'at': 'started_at',
    'employee_name': 'employee_name',
    'is_lost': "case when status not in ('new', 'active') then status = 'lost' end",
  },
  {
    'type': 'offline_message', 'model': 'stg_comagic_offline_messages_v1', 'id': 'offline_message_id', 'at': 'sent_at',
    'employee_name': 'employee_name',
  },
] %}

with contacts as (

    {% for kind in kinds %}
    select
        account_id,
        '{{ kind.type }}' as contact_type,
        {{ kind.id }} as contact_id,
        person_id,
        partition_date,
        {{ kind.at }} as contacted_at,
        cast({{ kind.direction or 'null' }} as varchar) as direction,
        cast({{ kind.is_lost or 'null' }} as boolean) as is_lost,
        cast({{ kind.talk_seconds or 'null' }} as bigint) as talk_seconds,
        {{ kind.employee_name }} as employee_name,
        site_domain,
        campaign_id,
        campaign_name,
        channel,
        traffic_source,
        visitor_city,
        visitor_device,
        tag_names
    from {{ ref(kind.model) }}
    {% if not loop.last %}
    union all
    {% endif %}
    {% endfor %}

)

select
    {{ merge_key(['account_id', "'comagic'", 'contact_type', 'contact_id']) }} as contact_key,
    'comagic' as source,
    -- Null where the contact has no person.
    {{ person_user_id() }} as user_id,
    *
from contacts
where contacted_at is not null
