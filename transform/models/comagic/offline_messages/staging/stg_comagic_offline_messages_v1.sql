{# Grain: one row an offline message (offline_message_key): a form that a visitor sent from the site. #}
with {{ landed_rows(source('raw_comagic', 'offline_messages'), ['id'], comagic_contact_columns({
  'bigint': 'id group_id employee_id',
  'timestamp with time zone': 'date_time process_time',
  'boolean': 'is_agree_to_process_personal_data is_agree_to_mailing',
  'varchar': 'text status form_type form_name properties group_name employee_full_name employee_answer_message employee_comment
    visitor_phone_number visitor_email visitor_name source_name source_new ext_id',
})) }}

select
    {{ merge_key(['account_label', 'id']) }} as offline_message_key,
    account_label as account_id,
    id as offline_message_id,
    partition_date,

    date_time as sent_at,
    process_time as processed_at,
    status,
    form_type,
    form_name,
    text as message_text,
    properties as form_properties,
    is_agree_to_process_personal_data as agrees_to_data_processing,
    is_agree_to_mailing as agrees_to_mailing,
    group_id,
    group_name,
    employee_id,
    employee_full_name as employee_name,
    employee_answer_message as answer_text,
    employee_comment,
    visitor_phone_number,
    visitor_email,
    visitor_name,
    ext_id as external_id,

    communication_id,
    {{ comagic_contact_fields() }}
from latest
where _sdc_deleted_at is null
