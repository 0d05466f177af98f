{#
  Grain: one row a wrap-up code of the organisation (wrapup_code_key). Codes that are not in the vendor's list any more are kept
  as they were last seen there. System words (ININ-WRAP-UP-TIMEOUT and the like) are in no list.
#}
with {{ landed_rows(source('raw_genesys', 'wrapup_codes'), ['id'], {
  'varchar': 'id name description',
}) }}

select
    {{ merge_key(['account_label', 'id']) }} as wrapup_code_key,
    account_label as account_id,
    id as wrapup_code_id,
    name as wrapup_name,
    description,
    _sdc_deleted_at is null as is_listed,
    _sdc_received_at as loaded_at
from latest
