{#
  Grain: one row a published version of a form (form_key). An evaluation was made on one version, and its answers can only be read
  with that one's questions. Versions that are not in the vendor's list any more are kept.
#}
with {{ landed_rows(source('raw_genesys', 'evaluation_forms'), ['id'], {
  'varchar': 'id name contextId weightMode latestVersionFormName',
  'timestamp with time zone': 'modifiedDate',
  'boolean': 'published',
  'json': 'division questionGroups',
}) }}

select
    {{ merge_key(['account_label', 'id']) }} as form_key,
    account_label as account_id,
    id as form_id,
    contextId as form_context_id,
    name as form_name,
    latestVersionFormName as newest_form_name,
    modifiedDate as modified_at,
    published as is_published,
    weightMode as weight_mode,
    {{ json_member('division', 'id') }} as division_id,
    questionGroups as question_groups,
    _sdc_deleted_at is null as is_listed,
    _sdc_received_at as loaded_at
from latest
