{#
  Grain: one row a visit and contact that was made in it (session_contact_key): what leads from visits to their calls, chats,
  offline messages and goals. Times inside nested values come with `T` and offset.
#}
with {{ landed_rows(source('raw_comagic', 'visitor_sessions'), ['id'], {
  'bigint': 'id', 'date': 'partition_date', 'json': 'communications',
}) }},

members as (

    {{ members_of('latest', json_objects('communications'), ['account_label', 'id', 'partition_date', '_sdc_received_at', '_sdc_deleted_at']) | indent(4) }}

),

contacts as (

    select
        account_label as account_id,
        id as session_id,
        partition_date,
        {{ json_member('member', 'communication_type') }} as contact_type,
        cast({{ json_member('member', 'communication_id') }} as bigint) as communication_id,
        {{ instant_of_text(json_member('member', 'communication_date_time')) }} as contacted_at,
        _sdc_received_at as loaded_at
    from members
    where _sdc_deleted_at is null

)

select
    {{ merge_key(['account_id', 'session_id', 'contact_type', 'communication_id']) }} as session_contact_key,
    {{ merge_key(['account_id', 'session_id']) }} as session_key,
    account_id,
    session_id,
    partition_date,
    contact_type,
    communication_id,
    min(contacted_at) as contacted_at,
    loaded_at
from contacts
where contact_type is not null and communication_id is not null
group by account_id, session_id, partition_date, contact_type, communication_id, loaded_at
