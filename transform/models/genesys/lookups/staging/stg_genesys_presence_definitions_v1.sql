{#
  Grain: one row a presence of the organisation (presence_definition_key), deactivated ones too. What is not in the vendor's list
  any more is kept as it was last seen there. Definitions of the system have a label and no name.
#}
with {{ landed_rows(source('raw_genesys', 'presence_definitions'), ['id'], {
  'varchar': 'id name type systemPresence divisionId',
  'boolean': 'deactivated',
  'json': 'languageLabels',
}) }}

select
    {{ merge_key(['account_label', 'id']) }} as presence_definition_key,
    account_label as account_id,
    id as presence_definition_id,
    coalesce(name, {{ json_member('languageLabels', 'en_US') }}, {{ json_member('languageLabels', 'en') }}, systemPresence) as presence_name,
    type as definition_type,
    systemPresence as system_presence,
    deactivated as is_deactivated,
    _sdc_deleted_at is null as is_listed,
    _sdc_received_at as loaded_at
from latest
