{#
  Grain: one row a leg (leg_key): one connection of a call to one telephone or one step of a scenario. Legs are what tells who
  took part in a call, when and how long. `direction` is the leg's own, not that of the call.
#}
with {{ landed_rows(source('raw_comagic', 'call_legs'), ['id'], {
  'bigint': 'id call_session_id duration total_duration employee_id scenario_id contact_id action_id group_id',
  'double': 'employee_rating',
  'timestamp with time zone': 'start_time connect_time',
  'date': 'partition_date',
  'boolean': 'is_transfered is_operator is_coach is_failed is_talked',
  'json': 'call_records wav_call_records',
  'varchar': 'finish_reason finish_reason_description virtual_phone_number calling_phone_number called_phone_number direction
    employee_full_name employee_phone_number scenario_name contact_full_name contact_phone_number action_name group_name',
}) }}

select
    {{ merge_key(['account_label', 'id']) }} as leg_key,
    {{ merge_key(['account_label', 'call_session_id']) }} as call_key,
    account_label as account_id,
    id as leg_id,
    call_session_id as call_id,
    partition_date,

    start_time as started_at,
    connect_time as picked_up_at,
    direction,
    is_operator,
    is_talked,
    is_coach,
    is_failed,
    is_transfered as is_transferred,
    finish_reason,
    finish_reason_description,
    duration as seconds_from_pick_up,
    total_duration as total_seconds,

    virtual_phone_number,
    calling_phone_number,
    called_phone_number,
    employee_id,
    employee_full_name as employee_name,
    employee_phone_number,
    employee_rating,
    scenario_id,
    scenario_name,
    action_id,
    action_name,
    group_id,
    group_name,
    contact_id,
    contact_full_name,
    contact_phone_number,

    {{ json_text_list('call_records') }} as recording_ids,
    {{ json_text_list('wav_call_records') }} as wav_recording_ids,

    _sdc_received_at as loaded_at
from latest
where _sdc_deleted_at is null
