{# Grain: one row a presence of a person (user_presence_key): from its beginning to its end, which is absent while it runs. #}
with {{ landed_rows(source('raw_genesys', 'user_presence'), ['userId', 'startTime'], {
  'varchar': 'userId systemPresence organizationPresenceId',
  'timestamp with time zone': 'startTime endTime',
}) }}

select
    {{ merge_key(['account_label', 'userId', epoch_milliseconds('startTime')]) }} as user_presence_key,
    account_label as account_id,
    userId as user_id,
    startTime as started_at,
    endTime as ended_at,
    systemPresence as system_presence,
    organizationPresenceId as organization_presence_id,
    _sdc_received_at as loaded_at
from latest
where _sdc_deleted_at is null
