{#
  Grain: one row a contact (communication_key): a call, a chat, a goal or an offline message. Ids are unique only within their
  type. What is particular to a type stands in that type's own model under the same communication_id.
#}
with {{ landed_rows(source('raw_comagic', 'communications'), ['communication_type', 'id'], comagic_contact_columns({
  'bigint': 'id',
  'timestamp with time zone': 'date_time',
  'varchar': 'communication_type source_name source_new',
})) }}

select
    {{ merge_key(['account_label', 'communication_type', 'id']) }} as communication_key,
    account_label as account_id,
    communication_type,
    id as communication_id,
    partition_date,
    date_time as contacted_at,

    {{ comagic_contact_fields() }}
from latest
where _sdc_deleted_at is null
