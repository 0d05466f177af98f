{# Grain: one row a message in a chat (message_key). #}
with {{ landed_rows(source('raw_comagic', 'chat_messages'), ['id'], {
  'bigint': 'id chat_id channel_id visitor_id employee_id',
  'timestamp with time zone': 'date_time',
  'date': 'partition_date',
  'boolean': 'is_group_chat',
  'json': 'resource',
  'varchar': 'channel_type text source employee_full_name',
}) }}

select
    {{ merge_key(['account_label', 'id']) }} as message_key,
    {{ merge_key(['account_label', 'chat_id']) }} as chat_key,
    account_label as account_id,
    id as message_id,
    chat_id,
    partition_date,

    date_time as sent_at,
    source as sender,
    text as message_text,
    {{ json_member('resource', 'file_name') }} as file_name,
    {{ json_member('resource', 'file_url') }} as file_url,
    {{ json_member('resource', 'mime_type') }} as file_mime_type,
    cast({{ amount_of_text(json_member('resource', 'size')) }} as bigint) as file_bytes,
    is_group_chat,
    channel_id as chat_channel_id,
    channel_type as chat_channel_type,
    visitor_id,
    employee_id,
    employee_full_name as employee_name,

    _sdc_received_at as loaded_at
from latest
where _sdc_deleted_at is null
