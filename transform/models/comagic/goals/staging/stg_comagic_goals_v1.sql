{#
  Grain: one row a goal that a visitor reached (goal_key, made from communication_id: `goal_id` may be that of the goal's
  definition, which repeats).
#}
with {{ landed_rows(source('raw_comagic', 'goals'), ['communication_id'], comagic_contact_columns({
  'bigint': 'id',
  'timestamp with time zone': 'date_time',
  'varchar': 'name type ext_id source',
})) }}

select
    {{ merge_key(['account_label', 'communication_id']) }} as goal_key,
    account_label as account_id,
    communication_id,
    id as goal_id,
    partition_date,

    date_time as reached_at,
    name as goal_name,
    type as goal_type,
    source as goal_source,
    ext_id as external_id,

    {{ comagic_contact_fields(with_source=false) }}
from latest
where _sdc_deleted_at is null
