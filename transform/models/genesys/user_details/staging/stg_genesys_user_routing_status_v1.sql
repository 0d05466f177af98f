{# Grain: one row a routing status of a person (user_routing_status_key): from its beginning to its end, which is absent while it runs. #}
with {{ landed_rows(source('raw_genesys', 'user_routing_status'), ['userId', 'startTime'], {
  'varchar': 'userId routingStatus',
  'timestamp with time zone': 'startTime endTime',
}) }}

select
    {{ merge_key(['account_label', 'userId', epoch_milliseconds('startTime')]) }} as user_routing_status_key,
    account_label as account_id,
    userId as user_id,
    startTime as started_at,
    endTime as ended_at,
    routingStatus as routing_status,
    _sdc_received_at as loaded_at
from latest
where _sdc_deleted_at is null
