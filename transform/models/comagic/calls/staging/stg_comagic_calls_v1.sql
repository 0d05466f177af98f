{#
  Grain: one row a call (call_key). Cleaned, renamed, typed; nothing is computed that a person would have to guess at.
  A call is taken in the version that was loaded last, so the model also holds on loaders that only append; a call whose
  last version is marked as deleted is left out.
#}
with {{ landed_rows(source('raw_comagic', 'calls'), ['id'], comagic_contact_columns({
  'bigint': 'id wait_duration total_wait_duration talk_duration clean_talk_duration total_duration postprocess_duration
    lost_call_processing_duration contact_id scenario_id first_answered_employee_id last_answered_employee_id first_talked_employee_id',
  'double': 'last_answered_employee_rating',
  'timestamp with time zone': 'start_time finish_time',
  'boolean': 'is_lost is_transfer',
  'json': 'employees call_records wav_call_records voice_mail_records',
  'varchar': 'direction source finish_reason contact_phone_number virtual_phone_number operator_phone_number cpn_region_name
    cpn_country_name contact_full_name scenario_name first_answered_employee_full_name last_answered_employee_full_name
    first_talked_employee_full_name full_record_file_link source_name source_new eq_utm_source eq_utm_medium eq_utm_campaign',
})) }}

select
    {{ merge_key(['account_label', 'id']) }} as call_key,
    account_label as account_id,
    id as call_id,
    partition_date,

    start_time as started_at,
    finish_time as finished_at,
    finish_time is null as is_ongoing,
    direction,
    source as call_source,
    finish_reason,
    -- While a call goes on nobody knows whether it will be answered, whatever the flag says.
    case when finish_time is not null then is_lost end as is_lost,
    is_transfer as is_transferred,

    wait_duration as wait_seconds,
    total_wait_duration as total_wait_seconds,
    talk_duration as talk_seconds,
    clean_talk_duration as clean_talk_seconds,
    total_duration as total_seconds,
    postprocess_duration as postprocess_seconds,
    lost_call_processing_duration as callback_after_seconds,

    contact_phone_number,
    virtual_phone_number,
    operator_phone_number,
    cpn_region_name as contact_region,
    cpn_country_name as contact_country,
    contact_id,
    contact_full_name,

    scenario_id,
    scenario_name,
    first_talked_employee_id,
    first_talked_employee_full_name as first_talked_employee_name,
    first_answered_employee_id,
    first_answered_employee_full_name as first_answered_employee_name,
    last_answered_employee_id,
    last_answered_employee_full_name as last_answered_employee_name,
    last_answered_employee_rating,
    {{ json_pluck('employees', 'employee_full_name') }} as employee_names,

    -- Recordings are addressed by the contact's id, which for a call is the call's own.
    coalesce(communication_id, id) as communication_id,
    full_record_file_link as recording_url,
    {{ json_text_list('call_records') }} as recording_ids,
    {{ json_text_list('wav_call_records') }} as wav_recording_ids,
    {{ json_text_list('voice_mail_records') }} as voice_mail_ids,

    eq_utm_source,
    eq_utm_medium,
    eq_utm_campaign,
    {{ comagic_contact_fields() }}
from latest
where _sdc_deleted_at is null
