{# Grain: one row a chat (chat_key). #}
with {{ landed_rows(source('raw_comagic', 'chats'), ['id'], comagic_contact_columns({
  'bigint': 'id answer_time chat_channel_id messages_count employee_id employee_messages_count',
  'double': 'employee_raiting',
  'timestamp with time zone': 'date_time',
  'boolean': 'is_group_chat is_transfer',
  'varchar': 'status initiator duration chat_ad_url chat_channel_type chat_channel_name chat_user_id chat_username release_cause
    employee_full_name visitor_phone_number source_name source_new ext_id',
})) }}

select
    {{ merge_key(['account_label', 'id']) }} as chat_key,
    account_label as account_id,
    id as chat_id,
    partition_date,

    date_time as started_at,
    status,
    initiator,
    release_cause,
    is_group_chat,
    is_transfer as is_transferred,
    -- The vendor sends these seconds as text.
    cast({{ amount_of_text('duration') }} as bigint) as total_seconds,
    answer_time as answer_seconds,
    messages_count,
    employee_messages_count,
    employee_id,
    employee_full_name as employee_name,
    employee_raiting as employee_rating,

    chat_channel_id,
    chat_channel_type,
    chat_channel_name,
    chat_user_id,
    chat_username,
    chat_ad_url,
    visitor_phone_number,
    ext_id as external_id,

    communication_id,
    {{ comagic_contact_fields() }}
from latest
where _sdc_deleted_at is null
