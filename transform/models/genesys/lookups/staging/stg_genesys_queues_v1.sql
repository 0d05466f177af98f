{#
  Grain: one row a queue (queue_key). Queues that are not in the vendor's list any more are kept as they were last seen there,
  because history names them.
#}
{%- set media = ['call', 'callback', 'chat', 'email', 'message'] -%}
with {{ landed_rows(source('raw_genesys', 'queues'), ['id'], {
  'varchar': 'id name description',
  'bigint': 'memberCount joinedMemberCount',
  'timestamp with time zone': 'dateCreated dateModified',
  'json': 'division mediaSettings acwSettings',
}) }}

select
    {{ merge_key(['account_label', 'id']) }} as queue_key,
    account_label as account_id,
    id as queue_id,
    name as queue_name,
    description,
    {{ json_member('division', 'id') }} as division_id,
    {{ json_member('division', 'name') }} as division_name,
    memberCount as members_count,
    joinedMemberCount as joined_members_count,
    dateCreated as created_at,
    dateModified as changed_at,
    {%- for medium in media %}
    cast({{ json_path('mediaSettings', [medium, 'serviceLevel', 'durationMs']) }} as bigint) as {{ medium }}_service_level_ms,
    {%- endfor %}
    {{ json_member('acwSettings', 'wrapupPrompt') }} as wrapup_prompt,
    _sdc_deleted_at is null as is_listed,
    _sdc_received_at as loaded_at
from latest
