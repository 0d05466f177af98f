{#
  Grain: one row a page looked at in a visit (hit_key), in the visit's order. The vendor says these times by the account's
  clock and without an offset, so `viewed_at_local` is a local time, not an instant.
#}
with {{ landed_rows(source('raw_comagic', 'visitor_sessions'), ['id'], {
  'bigint': 'id', 'date': 'partition_date', 'json': 'hits',
}) }},

members as (

    {{ members_of('latest', json_objects('hits'), ['account_label', 'id', 'partition_date', '_sdc_received_at', '_sdc_deleted_at']) | indent(4) }}

)

select
    {{ merge_key(['account_label', 'id', 'position']) }} as hit_key,
    {{ merge_key(['account_label', 'id']) }} as session_key,
    account_label as account_id,
    id as session_id,
    partition_date,
    cast(position as bigint) as hit_number,
    {{ local_time_of_text(json_member('member', 'hit_time')) }} as viewed_at_local,
    {{ seconds_of_clock(json_member('member', 'hit_duration')) }} as viewed_seconds,
    {{ json_member('member', 'hit_url') }} as page_url,
    _sdc_received_at as loaded_at
from members
where _sdc_deleted_at is null
