{#
  Grain: one row a person (user_key), whether active, inactive or deleted: history is full of people who have left. So people
  who are not in the vendor's list any more are kept too, as they were last seen there.
#}
with {{ landed_rows(source('raw_genesys', 'users'), ['id'], {
  'varchar': 'id name email department title state',
  'json': 'division manager',
}) }}

select
    {{ merge_key(['account_label', 'id']) }} as user_key,
    account_label as account_id,
    id as user_id,
    name as user_name,
    email,
    department,
    title,
    state as user_state,
    {{ json_member('division', 'id') }} as division_id,
    {{ json_member('division', 'name') }} as division_name,
    {{ json_member('manager', 'id') }} as manager_id,
    _sdc_deleted_at is null as is_listed,
    _sdc_received_at as loaded_at
from latest
